import { IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/**
 * ARP packet for IPv4 over Ethernet (RFC 826).
 *
 * ```
 *  0        2          4      5      6      8             14         18            24         28
 *  | hw = 1 | 0x0800   | 6    | 4    | op   | sender mac  | sender ip| target mac  | target ip|
 * ```
 */
const HARDWARE = 0;
const PROTOCOL = 2;
const HARDWARE_LENGTH = 4;
const PROTOCOL_LENGTH = 5;
const OPERATION = 6;
const SENDER_MAC = 8;
const SENDER_IP = 14;
const TARGET_MAC = 18;
const TARGET_IP = 24;

export const ARP_LENGTH = 28;
export const ArpOperation = { REQUEST: 1, REPLY: 2 } as const;

/** Whether `[at, end)` is an ARP packet for IPv4 over Ethernet. Readers below require it. */
export function isArp(view: DataView, at: number, end: number): boolean {
  return (
    end - at >= ARP_LENGTH &&
    view.getUint16(at + HARDWARE) === 1 &&
    view.getUint16(at + PROTOCOL) === 0x0800 &&
    view.getUint8(at + HARDWARE_LENGTH) === 6 &&
    view.getUint8(at + PROTOCOL_LENGTH) === 4
  );
}

export function arpOperation(view: DataView, at: number): number {
  return view.getUint16(at + OPERATION);
}

export function arpSenderMac(view: DataView, at: number): MacAddress {
  return MacAddress.read(view, at + SENDER_MAC);
}

export function arpSenderIp(view: DataView, at: number): IpAddress {
  return IpAddress.readV4(view, at + SENDER_IP);
}

export function arpTargetMac(view: DataView, at: number): MacAddress {
  return MacAddress.read(view, at + TARGET_MAC);
}

export function arpTargetIp(view: DataView, at: number): IpAddress {
  return IpAddress.readV4(view, at + TARGET_IP);
}

export interface ArpFields {
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderIp: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetIp: IpAddress;
}

/** Appends an ARP packet to an empty buffer. */
export function appendArp(packet: PacketBuffer, fields: ArpFields): void {
  const { view, end: at } = packet;
  view.setUint16(at + HARDWARE, 1);
  view.setUint16(at + PROTOCOL, 0x0800);
  view.setUint8(at + HARDWARE_LENGTH, 6);
  view.setUint8(at + PROTOCOL_LENGTH, 4);
  view.setUint16(at + OPERATION, fields.operation);
  fields.senderMac.write(view, at + SENDER_MAC);
  fields.senderIp.writeV4(view, at + SENDER_IP);
  fields.targetMac.write(view, at + TARGET_MAC);
  fields.targetIp.writeV4(view, at + TARGET_IP);
  packet.end += ARP_LENGTH;
}

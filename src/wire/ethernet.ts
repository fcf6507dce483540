import { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/**
 * Ethernet II header (RFC 894).
 *
 * ```
 *  0                 6                12       14
 *  | destination     | source         | type   | payload …
 * ```
 */
const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;

export const ETHERNET_HEADER_LENGTH = 14;
/** Smallest frame without its check sequence; shorter payloads are padded (IEEE 802.3). */
export const ETHERNET_MIN_FRAME = 60;

export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  QINQ: 0x88a8,
  IPV6: 0x86dd,
} as const;

export function isEthernetFrame(_view: DataView, at: number, end: number): boolean {
  return end - at >= ETHERNET_HEADER_LENGTH;
}

export function ethernetType(view: DataView, at: number): number {
  return view.getUint16(at + TYPE);
}

export function ethernetDestination(view: DataView, at: number): MacAddress {
  return MacAddress.read(view, at + DESTINATION);
}

export function ethernetSource(view: DataView, at: number): MacAddress {
  return MacAddress.read(view, at + SOURCE);
}

/** Whether the destination has the group bit (broadcast included). */
export function isGroupFrame(view: DataView, at: number): boolean {
  return (view.getUint8(at + DESTINATION) & 1) !== 0;
}

export function isBroadcastFrame(view: DataView, at: number): boolean {
  return view.getUint16(at + DESTINATION) === 0xffff && view.getInt32(at + DESTINATION + 2) === -1;
}

/** Whether the frame is addressed to `mac`, without making an object of the address. */
export function isFrameTo(view: DataView, at: number, mac: MacAddress): boolean {
  return (
    view.getInt32(at + DESTINATION + 2) === mac.low && view.getUint16(at + DESTINATION) === mac.high
  );
}

/** Puts an Ethernet header in front of the packet. */
export function prependEthernet(
  packet: PacketBuffer,
  destination: MacAddress,
  source: MacAddress,
  type: number,
): void {
  packet.start -= ETHERNET_HEADER_LENGTH;
  destination.write(packet.view, packet.start + DESTINATION);
  source.write(packet.view, packet.start + SOURCE);
  packet.view.setUint16(packet.start + TYPE, type);
}

import { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/** The addresses of a parsed packet as objects, where words will not do. One is made at each call. */
export function sourceAddress(packet: PacketBuffer): IpAddress {
  return new IpAddress(packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD);
}

export function destinationAddress(packet: PacketBuffer): IpAddress {
  const { destinationA, destinationB, destinationC, destinationD } = packet;
  return new IpAddress(destinationA, destinationB, destinationC, destinationD);
}

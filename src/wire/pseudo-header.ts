import { checksumWord } from "../base/checksum.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/**
 * Partial sum of the pseudo-header of TCP, UDP and ICMPv6 without the length
 * (RFC 9293 §3.1, RFC 8200 §8.1). Add the upper-layer length, then the octets.
 *
 * The v4-mapped prefix sums to 0xffff, the ones' complement zero, so one
 * formula would almost serve both families; the branch keeps sums exact.
 */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
): number {
  const low = checksumWord(source.d) + checksumWord(destination.d) + protocol;
  if (source.isV4) return low;
  return (
    low +
    checksumWord(source.a) +
    checksumWord(source.b) +
    checksumWord(source.c) +
    checksumWord(destination.a) +
    checksumWord(destination.b) +
    checksumWord(destination.c)
  );
}

/** The same from the address words that IP input left in the packet. */
export function packetPseudoHeaderSum(packet: PacketBuffer, protocol: number): number {
  const low = checksumWord(packet.sourceD) + checksumWord(packet.destinationD) + protocol;
  if (packet.sourceC === 0xffff && packet.sourceA === 0 && packet.sourceB === 0) return low;
  return (
    low +
    checksumWord(packet.sourceA) +
    checksumWord(packet.sourceB) +
    checksumWord(packet.sourceC) +
    checksumWord(packet.destinationA) +
    checksumWord(packet.destinationB) +
    checksumWord(packet.destinationC)
  );
}

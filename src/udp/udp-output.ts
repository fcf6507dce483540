import { checksumFold } from "../base/checksum.ts";
import { HEADROOM, type PacketBuffer } from "../wire/packet-buffer.ts";
import {
  setUdpChecksum,
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_LENGTH,
  writeUdpHeader,
} from "../wire/udp.ts";

/** Largest payload over IPv4 without options, and over IPv6 without a jumbo option (UDP-14). */
export const UDP_MAX_PAYLOAD_V4 = 65_507;
export const UDP_MAX_PAYLOAD_V6 = 65_527;

/** Begins a datagram: puts the payload where it stays. What follows only writes in front of it. */
export function placePayload(
  packet: PacketBuffer,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  packet.reset(HEADROOM);
  const whole = from === 0 && to === bytes.length;
  const at = HEADROOM + UDP_HEADER_LENGTH;
  packet.bytes.set(whole ? bytes : bytes.subarray(from, to), at);
  packet.end = at + to - from;
}

/** Writes the header of a placed datagram, with the checksum left out (UDP-7). */
export function writeHeader(
  packet: PacketBuffer,
  sourcePort: number,
  destinationPort: number,
): void {
  writeUdpHeader(packet.view, packet.start, sourcePort, destinationPort, packet.end - packet.start);
}

/**
 * Leaves the sum over the octets to whoever is last: the device, the edge of
 * the link, or IP when it fragments. That one also sends 0xffff for a sum of 0,
 * which would mean "none" (UDP-4). `pseudoHeaderSum` is without the length.
 */
export function setPartialChecksum(packet: PacketBuffer, pseudoHeaderSum: number): void {
  const length = packet.end - packet.start;
  setUdpChecksum(packet.view, packet.start, checksumFold(pseudoHeaderSum + length));
  packet.checksumStart = packet.start;
  packet.checksumOffset = UDP_CHECKSUM_OFFSET;
}

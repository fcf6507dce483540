import { checksumAdd, checksumFinish } from "../base/checksum.ts";
import type { DropReason } from "../base/drop-reason.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { packetPseudoHeaderSum } from "../wire/pseudo-header.ts";
import {
  isUdpHeader,
  UDP_HEADER_LENGTH,
  udpChecksum,
  udpDestinationPort,
  udpLength,
} from "../wire/udp.ts";

/**
 * Why a datagram that IP delivered must not go further (RFC 768), or null. The
 * packet starts at the UDP header; what IP carried beyond the UDP length is cut
 * off (UDP-2).
 *
 * `udp-zero-checksum` is said last, so that a port that allows datagrams
 * without a checksum over IPv6 (RFC 6935 §5) may take one all the same.
 */
export function udpFault(packet: PacketBuffer): DropReason | null {
  const { view, start } = packet;
  if (packet.end - start < UDP_HEADER_LENGTH) return "udp-truncated";
  if (!isUdpHeader(view, start, packet.end)) return "udp-bad-length";
  const length = udpLength(view, start);
  packet.end = start + length;
  if (udpDestinationPort(view, start) === 0) return "udp-port-zero";
  if (packet.checksumVerified) return null;
  if (udpChecksum(view, start) === 0) return isV4(packet) ? null : "udp-zero-checksum";
  const sum = packetPseudoHeaderSum(packet, IpProtocol.UDP) + length;
  return checksumFinish(checksumAdd(sum, view, start, packet.end)) === 0
    ? null
    : "udp-bad-checksum";
}

function isV4(packet: PacketBuffer): boolean {
  return packet.destinationC === 0xffff && packet.destinationA === 0 && packet.destinationB === 0;
}

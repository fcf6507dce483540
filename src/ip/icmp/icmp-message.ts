import { checksumAdd, checksumFinish } from "../../base/checksum.ts";
import { setIcmpChecksum } from "../../wire/icmp.ts";
import type { PacketBuffer } from "../../wire/packet-buffer.ts";
import { packetPseudoHeaderSum } from "../../wire/pseudo-header.ts";
import type { Path } from "../path.ts";

/**
 * Fills in the checksum of the ICMP message `[packet.start, packet.end)`, whose
 * field is still 0. ICMPv6 sums a pseudo-header too (RFC 4443 §2.3), ICMP does
 * not. `path` is one for the protocol of the message.
 */
export function finishIcmp(packet: PacketBuffer, path: Path): void {
  const { view, start, end } = packet;
  const pseudo = path.isV6 ? path.pseudoHeaderSum + end - start : 0;
  setIcmpChecksum(view, start, checksumFinish(checksumAdd(pseudo, view, start, end)));
}

/** Whether the checksum of the received message `[packet.transportAt, packet.end)` is right. */
export function isIcmpChecksumValid(packet: PacketBuffer, isV6: boolean): boolean {
  if (packet.checksumVerified) return true;
  const { view, transportAt, end, protocol } = packet;
  const pseudo = isV6 ? packetPseudoHeaderSum(packet, protocol) + end - transportAt : 0;
  return checksumFinish(checksumAdd(pseudo, view, transportAt, end)) === 0;
}

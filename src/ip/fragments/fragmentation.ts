import { checksumAdd, checksumFinish } from "../../base/checksum.ts";
import { NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../wire/packet-buffer.ts";
import { UDP_CHECKSUM_OFFSET } from "../../wire/udp.ts";
import type { FragmentPiece, IpFamily } from "../family.ts";

/**
 * Cuts a packet into fragments, one at a time (RFC 791 §3.2, RFC 8200 §4.5):
 * `begin`, then `next` until it returns null. Each fragment is lent until the
 * following call.
 */
export class Fragmenter {
  #fragment: PacketBuffer | null = null;
  #packet: PacketBuffer | null = null;
  #family: IpFamily | null = null;
  #headerLength = 0;
  /** Octets of payload in each fragment but the last: a multiple of 8. */
  #pieceLength = 0;
  readonly #piece: FragmentPiece = {
    identification: 0,
    offset: 0,
    length: 0,
    more: false,
    nextHeader: 0,
  };

  /**
   * Starts on `packet`, which has its IP header without options or extension
   * headers and is longer than `mtu`. False when the MTU has no room for eight
   * octets of payload.
   */
  begin(
    packet: PacketBuffer,
    family: IpFamily,
    fields: { mtu: number; identification: number; protocol: number },
  ): boolean {
    finishTransportChecksum(packet);
    this.#headerLength = family.headerLength;
    this.#pieceLength = (fields.mtu - family.headerLength - family.fragmentOverhead) & ~7;
    if (this.#pieceLength < 8) return false;
    this.#packet = packet;
    this.#family = family;
    this.#piece.identification = fields.identification;
    this.#piece.nextHeader = fields.protocol;
    this.#piece.offset = 0;
    return true;
  }

  next(): PacketBuffer | null {
    const packet = this.#packet;
    const family = this.#family;
    if (packet === null || family === null) return null;
    const piece = this.#piece;
    const payloadAt = packet.start + this.#headerLength;
    const left = packet.end - payloadAt - piece.offset;
    if (left <= 0) {
      this.#packet = null;
      return null;
    }
    piece.length = Math.min(left, this.#pieceLength);
    piece.more = left > this.#pieceLength;
    const fragment = this.#compose(packet, family, payloadAt + piece.offset);
    piece.offset += piece.length;
    return fragment;
  }

  #compose(packet: PacketBuffer, family: IpFamily, from: number): PacketBuffer {
    this.#fragment ??= new PacketBuffer();
    const fragment = this.#fragment;
    fragment.reset();
    const at = fragment.start;
    const dataAt = at + this.#headerLength + family.fragmentOverhead;
    const { start } = packet;
    fragment.bytes.set(packet.bytes.subarray(start, start + this.#headerLength), at);
    fragment.bytes.set(packet.bytes.subarray(from, from + this.#piece.length), dataAt);
    fragment.end = dataAt + this.#piece.length;
    family.writeFragment(fragment.view, at, this.#piece);
    return fragment;
  }
}

/** Completes a partial transport checksum: no card can once the payload is spread over fragments. */
export function finishTransportChecksum(packet: PacketBuffer): void {
  const { checksumStart, checksumOffset, view } = packet;
  if (checksumStart === NO_PARTIAL_CHECKSUM) return;
  const sum = checksumFinish(checksumAdd(0, view, checksumStart, packet.end));
  // UDP keeps 0 for "no checksum" (RFC 768).
  const isUdp = checksumOffset === UDP_CHECKSUM_OFFSET;
  view.setUint16(checksumStart + checksumOffset, sum === 0 && isUdp ? 0xffff : sum);
  packet.checksumStart = NO_PARTIAL_CHECKSUM;
}

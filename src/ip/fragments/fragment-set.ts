import type { DropReason } from "../../base/drop-reason.ts";
import type { PacketBuffer } from "../../wire/packet-buffer.ts";
import type { HeaderFindings } from "../family.ts";
import type { IpInterface } from "../interface.ts";

/** Octets that a fragment costs besides its own. */
const FRAGMENT_OVERHEAD = 256;

/** ECN codepoints (RFC 3168 §5). */
const ECN_MASK = 3;
const ECN_NOT_ECT = 0;
const ECN_CE = 3;

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** The fragments of one datagram. */
export class FragmentSet {
  readonly hash: number;
  readonly iface: IpInterface;
  readonly expiresAt: number;
  nextInChain: FragmentSet | null = null;
  /** What the set costs, octets. */
  octets = 0;
  /** The first fragment whole, as it arrived; null until it has. */
  first: Uint8Array | null = null;
  /** An overlap was seen: nothing of the datagram is accepted any more (RFC 5722 §4). */
  isRefused = false;
  linkBroadcast = false;
  linkMulticast = false;
  readonly #key: Int32Array;
  /** Disjoint, in order of `from`: an ordered list needs no walk to insert, however many there are. */
  #pieces: Piece[] = [];
  /** Octets of payload here. */
  #received = 0;
  /** Length of the payload; −1 until the last fragment has come. */
  #total = -1;
  /** Bit n: some fragment had ECN codepoint n. */
  #ecnSeen = 0;
  #headers = new Uint8Array(0);
  #firstTrafficClass = 0;

  constructor(fields: { key: Int32Array; hash: number; iface: IpInterface; expiresAt: number }) {
    this.#key = fields.key;
    this.hash = fields.hash;
    this.iface = fields.iface;
    this.expiresAt = fields.expiresAt;
  }

  matches(key: Int32Array): boolean {
    for (let i = 0; i < key.length; i++) if (this.#key[i] !== key[i]) return false;
    return true;
  }

  get isComplete(): boolean {
    return this.#total >= 0 && this.#received === this.#total && this.first !== null;
  }

  /** Octets of the whole, headers included; valid when it is complete. */
  get length(): number {
    return this.#headers.length + this.#total;
  }

  /** Traffic class of the whole: that of the first fragment, and CE when any was marked (RFC 3168 §5.3). */
  get trafficClass(): number {
    const isMarked = (this.#ecnSeen & (1 << ECN_CE)) !== 0;
    return isMarked ? this.#firstTrafficClass | ECN_CE : this.#firstTrafficClass;
  }

  /** Takes a fragment whose own lengths are right; or the reason why not. */
  add(packet: PacketBuffer, findings: HeaderFindings): DropReason | null {
    const from = findings.fragmentOffset;
    const to = from + packet.end - findings.fragmentAt;
    if (this.isRefused) return "fragment-overlap";
    const index = this.#indexOf(from);
    const next = this.#pieces[index];
    // The same fragment once more does no harm (RFC 8200 §4.5).
    if (next !== undefined && next.from === from && next.to === to) return null;
    if (!this.#fits(index, from, to, findings.moreFragments))
      return this.#refuse("fragment-overlap");
    this.#ecnSeen |= 1 << (packet.trafficClass & ECN_MASK);
    if (!isEcnConsistent(this.#ecnSeen)) return this.#refuse("fragment-bad-ecn");

    const bytes = packet.bytes.slice(findings.fragmentAt, packet.end);
    this.#pieces.splice(index, 0, { from, to, bytes });
    this.#received += to - from;
    if (!findings.moreFragments) this.#total = to;
    this.octets += bytes.length + FRAGMENT_OVERHEAD;
    this.linkBroadcast ||= packet.linkBroadcast;
    this.linkMulticast ||= packet.linkMulticast;
    if (from === 0) this.#noteFirst(packet, findings);
    return null;
  }

  /** Writes headers and payload from `at` on; returns the end. */
  writeInto(target: Uint8Array, at: number): number {
    target.set(this.#headers, at);
    const payloadAt = at + this.#headers.length;
    for (const { from, bytes } of this.#pieces) target.set(bytes, payloadAt + from);
    return payloadAt + this.#total;
  }

  /** Position of the first piece that does not begin before `from`. */
  #indexOf(from: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pieces[middle]!.from < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether `[from, to)` overlaps no piece and agrees with what is known of the end. */
  #fits(index: number, from: number, to: number, more: boolean): boolean {
    const previous = this.#pieces[index - 1];
    const next = this.#pieces[index];
    if (previous !== undefined && previous.to > from) return false;
    if (next !== undefined && next.from < to) return false;
    if (more) return this.#total < 0 || to < this.#total;
    const last = this.#pieces.at(-1);
    return this.#total < 0 && (last === undefined || last.to <= from);
  }

  #refuse(reason: DropReason): DropReason {
    this.isRefused = true;
    this.octets -= this.#pieces.reduce(
      (sum, { bytes }) => sum + bytes.length + FRAGMENT_OVERHEAD,
      0,
    );
    this.octets -= (this.first?.length ?? 0) + this.#headers.length;
    this.#pieces = [];
    this.first = null;
    this.#headers = new Uint8Array(0);
    return reason;
  }

  #noteFirst(packet: PacketBuffer, findings: HeaderFindings): void {
    const { networkAt } = packet;
    this.first = packet.bytes.slice(networkAt, packet.end);
    this.#headers = packet.bytes.slice(networkAt, findings.headerEnd);
    // IPv6: what named the Fragment header now names what followed it (RFC 8200 §4.5).
    if (findings.nextHeaderAt >= 0) {
      this.#headers[findings.nextHeaderAt - networkAt] = findings.fragmentNext;
    }
    this.octets += this.first.length + this.#headers.length;
    this.#firstTrafficClass = packet.trafficClass;
  }
}

/** Fragments that do not agree whether the transport knows ECN were tampered with (RFC 3168 §5.3). */
function isEcnConsistent(seen: number): boolean {
  return (seen & (1 << ECN_NOT_ECT)) === 0 || seen === 1 << ECN_NOT_ECT;
}

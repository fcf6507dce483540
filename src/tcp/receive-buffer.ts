import { ByteRing } from "../base/byte-ring.ts";
import { SeqRangeSet } from "../base/range-set.ts";
import { type Seq, seqAdd, seqDiff, seqGe, seqGt, seqLe, seqLt, toSeq } from "../base/seq.ts";
import type { StoragePool } from "../base/storage-pool.ts";

/**
 * What the peer has sent and the application has not read yet. Octets in order
 * and octets above a hole (SHLD-31) lie in one ring at the place of their
 * sequence number, so filling the hole moves nothing:
 *
 * ```
 *   read point      nxt        ranges          read point + limit
 *   | readable …… | hole | above the hole | … |
 * ```
 *
 * Memory is bounded by the limit, the number of holes by `maxRanges`. Empty, it
 * holds no memory.
 */
export class ReceiveBuffer {
  /** Data above the first hole, for SACK. Owned here: callers only look. */
  readonly ranges: SeqRangeSet;
  readonly #ring: ByteRing;
  #limit: number;
  #readPoint: Seq = toSeq(0);
  #nxt: Seq = toSeq(0);

  constructor(limitOctets: number, maxRanges: number, pool: StoragePool | null = null) {
    this.#limit = limitOctets;
    this.#ring = new ByteRing(limitOctets, pool);
    this.ranges = new SeqRangeSet(maxRanges);
  }

  get limit(): number {
    return this.#limit;
  }

  /** A lower limit shrinks `free` only: what was promised to the peer is still taken (SHLD-14). */
  set limit(octets: number) {
    this.#limit = octets;
    this.#ring.limit = Math.max(this.#ring.limit, octets);
  }

  /** Next octet expected: everything below it has arrived. */
  get nxt(): Seq {
    return this.#nxt;
  }

  /** Octets in order, ready to be read. */
  get readable(): number {
    return seqDiff(this.#nxt, this.#readPoint);
  }

  /** Octets that may still arrive from `nxt` on; negative after the limit was lowered below what is held. */
  get free(): number {
    return this.#limit - this.readable;
  }

  /** Data waits above a hole. */
  get hasGaps(): boolean {
    return this.ranges.count > 0;
  }

  /** Octets of memory held. */
  get storageOctets(): number {
    return this.#ring.storageOctets;
  }

  /** Forgets everything; the next octet expected has number `seq`. */
  start(seq: Seq): void {
    this.#readPoint = seq;
    this.#nxt = seq;
    this.ranges.clear();
    this.#ring.start(seq);
  }

  /**
   * Stores `bytes[from, to)`, which begins at `seq` and was trimmed to the
   * window, and moves `nxt` over all that is now in order. What lies below
   * `nxt` is not written again. False, with nothing changed, when it would
   * be one hole too many or lie past the limit.
   */
  insert(seq: Seq, bytes: Uint8Array, from: number, to: number): boolean {
    const end = seqAdd(seq, to - from);
    if (seqLe(end, this.#nxt)) return true;
    const old = Math.max(0, seqDiff(this.#nxt, seq));
    const start = seqAdd(seq, old);
    if (seqDiff(end, this.#readPoint) > this.#ring.limit) return false;
    if (seqGt(start, this.#nxt)) {
      if (this.ranges.add(start, end) < 0) return false;
      return this.#ring.write(start, bytes, from + old, to);
    }
    this.#ring.write(start, bytes, from + old, to);
    this.#nxt = end;
    if (this.ranges.count > 0) this.#joinRanges();
    return true;
  }

  /** Whether all of `[seq, seq + length)` has arrived before. */
  duplicateOf(seq: Seq, length: number): boolean {
    const end = seqAdd(seq, length);
    if (seqLe(end, this.#nxt)) return true;
    const from = seqLt(seq, this.#nxt) ? this.#nxt : seq;
    return this.ranges.containsRange(from, end);
  }

  /** Moves up to `to − from` octets to `into[from, to)`; returns how many. */
  read(into: Uint8Array, from: number, to: number): number {
    return this.skip(this.peek(into, from, to));
  }

  /** As `read`, beginning `offset` octets later, and leaves them where they are. */
  peek(into: Uint8Array, from: number, to: number, offset = 0): number {
    const octets = Math.min(this.readable - offset, to - from);
    if (octets <= 0) return 0;
    this.#ring.read(seqAdd(this.#readPoint, offset), into, from, octets);
    return octets;
  }

  /** Drops up to `octets` from the front, as if read; returns how many. */
  skip(octets: number): number {
    const skipped = Math.min(octets, this.readable);
    if (skipped <= 0) return 0;
    this.#readPoint = seqAdd(this.#readPoint, skipped);
    this.#ring.advanceTo(this.#readPoint);
    if (this.readable === 0 && !this.hasGaps) this.#ring.releaseStorage();
    return skipped;
  }

  #joinRanges(): void {
    const { ranges } = this;
    ranges.trimBelow(this.#nxt);
    if (ranges.count > 0 && seqGe(this.#nxt, ranges.first())) {
      this.#nxt = ranges.to(0);
      ranges.trimBelow(this.#nxt);
    }
  }
}

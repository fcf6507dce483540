import type { SeqRangeSet } from "../base/range-set.ts";
import { type Seq, seqGe, seqLe, seqLt, seqMax, seqMin, toSeq } from "../base/seq.ts";

/**
 * The receiver's half of selective acknowledgment (RFC 2018 §4, RFC 2883 §4):
 * which of the ranges held above a hole an ACK reports, and in which order.
 * The ranges are the receive buffer's; here is only kept in what order they
 * were last touched.
 */
export class SackBlocks {
  // Most recently touched first. May be larger or smaller than the ranges held: `pick` looks those up.
  readonly #from: Seq[] = [];
  readonly #to: Seq[] = [];
  #duplicateFrom: Seq = toSeq(0);
  #duplicateTo: Seq = toSeq(0);
  #hasDuplicate = false;

  /** `[from, to)` arrived above a hole: its block is reported first from now on (SACK-5). */
  noteArrival(from: Seq, to: Seq): void {
    let low = from;
    let high = to;
    let kept = 0;
    for (let i = 0; i < this.#from.length; i++) {
      const left = this.#from[i] as Seq;
      const right = this.#to[i] as Seq;
      if (seqLe(left, high) && seqGe(right, low)) {
        low = seqMin(low, left);
        high = seqMax(high, right);
      } else {
        this.#from[kept] = left;
        this.#to[kept] = right;
        kept++;
      }
    }
    kept = Math.min(kept, MAX_REMEMBERED - 1);
    this.#from.length = kept;
    this.#to.length = kept;
    this.#from.unshift(low);
    this.#to.unshift(high);
  }

  /** All of `[from, to)` had arrived before: the next ACK says so, once (SACK-14). */
  noteDuplicate(from: Seq, to: Seq): void {
    this.#duplicateFrom = from;
    this.#duplicateTo = to;
    this.#hasDuplicate = true;
  }

  /** Whether `pick` would report a duplicate. */
  get hasDuplicate(): boolean {
    return this.#hasDuplicate;
  }

  /**
   * Chooses up to `maxBlocks` blocks for the ACK that is about to leave and
   * writes their edges to `out` (left, right, left, right …); returns how many.
   * A duplicate comes first, then the range that holds it or the newest
   * arrival, then ranges in the order they were last reported (SACK-11, 12, 6).
   */
  pick(ranges: SeqRangeSet, maxBlocks: number, out: Int32Array): number {
    if (maxBlocks <= 0) return 0;
    let count = 0;
    if (this.#hasDuplicate) {
      this.#hasDuplicate = false;
      out[0] = this.#duplicateFrom;
      out[1] = this.#duplicateTo;
      const around = ranges.indexOf(this.#duplicateFrom);
      count = around < 0 ? 1 : addBlock(ranges, around, out, 1, maxBlocks, 1);
    }
    const first = count > 0 ? 1 : 0;
    for (let i = 0; i < this.#from.length && count < maxBlocks; i++) {
      const index = indexTouching(ranges, this.#from[i] as Seq, this.#to[i] as Seq);
      if (index >= 0) count = addBlock(ranges, index, out, count, maxBlocks, first);
    }
    for (let index = ranges.count - 1; index >= 0 && count < maxBlocks; index--) {
      count = addBlock(ranges, index, out, count, maxBlocks, first);
    }
    return count;
  }

  /** Nothing is held above a hole any more. */
  clear(): void {
    this.#from.length = 0;
    this.#to.length = 0;
    this.#hasDuplicate = false;
  }
}

/** A header has room for four blocks (RFC 2018 §3); what is older is reported from the ranges themselves. */
const MAX_REMEMBERED = 4;

/** The range that holds the end of what arrived: its start may have been acknowledged meanwhile. */
function indexTouching(ranges: SeqRangeSet, from: Seq, to: Seq): number {
  const last = toSeq(to - 1);
  return seqLt(from, to) ? ranges.indexOf(last) : -1;
}

/** Appends range `index` unless one of `out[first …]` is the same block. */
function addBlock(
  ranges: SeqRangeSet,
  index: number,
  out: Int32Array,
  count: number,
  maxBlocks: number,
  first: number,
): number {
  const left = ranges.from(index);
  for (let block = first; block < count; block++) {
    if (out[block * 2] === left) return count;
  }
  if (count >= maxBlocks) return count;
  out[count * 2] = left;
  out[count * 2 + 1] = ranges.to(index);
  return count + 1;
}

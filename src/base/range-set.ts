import { assert } from "./assert.ts";
import { type Seq, seqDiff, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from "./seq.ts";

/**
 * Disjoint ranges `[from, to)` of sequence numbers, ascending. All of them must
 * lie within 2³¹ of each other. Ranges that touch are one. Look-up is by
 * bisection, and the number of ranges is bounded, so that a peer who sends
 * every second octet costs neither time nor memory (SegmentSmack).
 */
export class SeqRangeSet {
  readonly #maxRanges: number;
  readonly #from: Seq[] = [];
  readonly #to: Seq[] = [];
  #octets = 0;

  constructor(maxRanges: number) {
    this.#maxRanges = maxRanges;
  }

  /** Number of ranges. */
  get count(): number {
    return this.#from.length;
  }

  /** Sum of their lengths. */
  get octets(): number {
    return this.#octets;
  }

  /** First number of range `index`, 0 … count − 1. */
  from(index: number): Seq {
    return this.#from[index] as Seq;
  }

  /** One past the last number of range `index`. */
  to(index: number): Seq {
    return this.#to[index] as Seq;
  }

  /** Lowest number in the set, which must not be empty. */
  first(): Seq {
    assert(this.#from.length > 0, "an empty set has no first range");
    return this.#from[0] as Seq;
  }

  /** One past the highest number in the set, which must not be empty. */
  end(): Seq {
    assert(this.#to.length > 0, "an empty set has no last range");
    return this.#to[this.#to.length - 1] as Seq;
  }

  /** Index of the range that holds `seq`, or −1. */
  indexOf(seq: Seq): number {
    const index = this.#firstEndingAfter(seq);
    return index < this.count && seqLe(this.from(index), seq) ? index : -1;
  }

  contains(seq: Seq): boolean {
    return this.indexOf(seq) >= 0;
  }

  /** Whether all of `[from, to)` is in the set. */
  containsRange(from: Seq, to: Seq): boolean {
    const index = this.indexOf(from);
    return index >= 0 && seqLe(to, this.to(index));
  }

  /**
   * Adds `[from, to)` and returns how many octets were new. −1, with nothing
   * changed, when it would be one range too many; what touches a range that is
   * there always fits.
   */
  add(from: Seq, to: Seq): number {
    if (seqGe(from, to)) return 0;
    const begin = this.#firstEndingAtOrAfter(from);
    let end = begin;
    let merged = 0;
    while (end < this.count && seqLe(this.from(end), to)) {
      merged += seqDiff(this.to(end), this.from(end));
      end++;
    }
    if (begin === end) return this.#insert(begin, from, to);
    const low = seqMin(from, this.from(begin));
    const high = seqMax(to, this.to(end - 1));
    this.#from[begin] = low;
    this.#to[begin] = high;
    this.#remove(begin + 1, end);
    const added = seqDiff(high, low) - merged;
    this.#octets += added;
    return added;
  }

  /** Takes everything below `seq` out of the set. */
  trimBelow(seq: Seq): void {
    const keep = this.#firstEndingAfter(seq);
    for (let index = 0; index < keep; index++) {
      this.#octets -= seqDiff(this.to(index), this.from(index));
    }
    this.#remove(0, keep);
    if (this.count > 0 && seqLt(this.from(0), seq)) {
      this.#octets -= seqDiff(seq, this.from(0));
      this.#from[0] = seq;
    }
  }

  clear(): void {
    this.#from.length = 0;
    this.#to.length = 0;
    this.#octets = 0;
  }

  #insert(index: number, from: Seq, to: Seq): number {
    if (this.count >= this.#maxRanges) return -1;
    this.#from.push(from);
    this.#to.push(to);
    for (let i = this.count - 1; i > index; i--) {
      this.#from[i] = this.#from[i - 1] as Seq;
      this.#to[i] = this.#to[i - 1] as Seq;
    }
    this.#from[index] = from;
    this.#to[index] = to;
    const added = seqDiff(to, from);
    this.#octets += added;
    return added;
  }

  #remove(begin: number, end: number): void {
    const gone = end - begin;
    if (gone <= 0) return;
    for (let i = end; i < this.count; i++) {
      this.#from[i - gone] = this.#from[i] as Seq;
      this.#to[i - gone] = this.#to[i] as Seq;
    }
    this.#from.length -= gone;
    this.#to.length = this.#from.length;
  }

  #firstEndingAfter(seq: Seq): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seqGt(this.to(middle), seq)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #firstEndingAtOrAfter(seq: Seq): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seqGe(this.to(middle), seq)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * Sequence numbers of 32 bits that wrap (RFC 9293 §3.4).
 *
 * Kept as int32, which V8 stores without a box, and compared by signed
 * difference: correct as long as two numbers lie within 2³¹ of each other.
 */
export type Seq = number & { readonly __seq: unique symbol };

/** Takes any number modulo 2³² into sequence space. */
export function toSeq(value: number): Seq {
  return (value | 0) as Seq;
}

export function seqAdd(seq: Seq, octets: number): Seq {
  return ((seq + octets) | 0) as Seq;
}

/** Signed distance from `b` to `a`: positive when `a` is later. */
export function seqDiff(a: Seq, b: Seq): number {
  return (a - b) | 0;
}

export function seqLt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) < 0;
}

export function seqLe(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) <= 0;
}

export function seqGt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) > 0;
}

export function seqGe(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) >= 0;
}

export function seqMax(a: Seq, b: Seq): Seq {
  return seqGe(a, b) ? a : b;
}

export function seqMin(a: Seq, b: Seq): Seq {
  return seqLe(a, b) ? a : b;
}

/** Whether `seq` lies in `[from, from + length)`. `length` in 0 … 2³¹. */
export function inWindow(seq: Seq, from: Seq, length: number): boolean {
  return (seq - from) >>> 0 < length;
}

/** The unsigned form, 0 … 2³²−1, for people and for traces. */
export function seqToUnsigned(seq: Seq): number {
  return seq >>> 0;
}

/**
 * The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words.
 *
 * Sums are passed around as plain numbers so that a pseudo-header, a header
 * and a payload can be added in any order; `checksumFinish` folds and inverts.
 * A partial sum is below 2⁴⁸, exact in a double, for any packet of 64 KB.
 */

/**
 * Adds the octets `[from, to)` to a partial sum. An odd last octet is padded
 * with zero on the right, so only the last piece added may have odd length.
 */
export function checksumAdd(sum: number, view: DataView, from: number, to: number): number {
  let high = 0;
  let low = 0;
  let at = from;
  // Two accumulators of 16-bit halves stay small integers: 64 KB adds at most
  // 16,384 halves of 65,535 each, and 2³⁰ still fits.
  const unrolledEnd = to - 16;
  while (at <= unrolledEnd) {
    const a = view.getInt32(at);
    const b = view.getInt32(at + 4);
    const c = view.getInt32(at + 8);
    const d = view.getInt32(at + 12);
    high += (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
    low += (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff);
    at += 16;
  }
  while (at + 2 <= to) {
    low += view.getUint16(at);
    at += 2;
  }
  if (at < to) low += view.getUint8(at) << 8;
  return sum + high + low;
}

/** Folds a partial sum to 16 bits, without inverting it. */
export function checksumFold(sum: number): number {
  // Above 2³² the bit operators would lose carries.
  let folded = sum > 0xffffffff ? (sum % 0x10000) + Math.floor(sum / 0x10000) : sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** The checksum field's value for a partial sum: folded and inverted, 0 … 0xffff. */
export function checksumFinish(sum: number): number {
  return ~checksumFold(sum) & 0xffff;
}

/** Checksum of `[from, to)` in one go. Over octets that include a correct checksum it gives 0. */
export function checksum(view: DataView, from: number, to: number): number {
  return checksumFinish(checksumAdd(0, view, from, to));
}

/**
 * The new checksum after one 16-bit word changed from `before` to `after`
 * (RFC 1624 eqn. 3, which has no trouble with 0x0000 and 0xffff).
 */
export function checksumUpdate(old: number, before: number, after: number): number {
  return checksumFinish((~old & 0xffff) + (~before & 0xffff) + after);
}

/** Partial sum of a 32-bit word as it stands in network byte order. */
export function checksumWord(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

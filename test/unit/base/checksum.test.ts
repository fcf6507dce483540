import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  checksum,
  checksumAdd,
  checksumFinish,
  checksumFold,
  checksumUpdate,
  checksumWord,
} from "../../../src/base/checksum.ts";

function viewOf(...octets: number[]): DataView {
  return new DataView(Uint8Array.from(octets).buffer);
}

/** The definition, word by word (RFC 1071 §1). */
function plainChecksum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) {
    sum += ((octets[at] as number) << 8) | (octets[at + 1] ?? 0);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}

test("the example of RFC 1071 section 3", () => {
  const view = viewOf(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  assert.equal(checksumFold(checksumAdd(0, view, 0, 8)), 0xddf2);
  assert.equal(checksum(view, 0, 8), 0x220d);
});

test("equal to the definition at every length and offset", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(7), (octets, offset) => {
      const buffer = new Uint8Array(octets.length + offset);
      buffer.set(octets, offset);
      const view = new DataView(buffer.buffer);
      assert.equal(checksum(view, offset, buffer.length), plainChecksum(octets));
    }),
  );
});

test("the largest packet of all ones neither overflows nor loses a carry", () => {
  const octets = new Uint8Array(65_535).fill(0xff);
  const view = new DataView(octets.buffer);
  assert.equal(checksum(view, 0, octets.length), plainChecksum(octets));
  assert.equal(checksumFold(checksumAdd(0xffff * 100, view, 0, 65_534)), 0xffff);
});

test("pieces of even length add up in any order", () => {
  const view = viewOf(1, 2, 3, 4, 5, 6, 7);
  const parts = checksumAdd(checksumAdd(0, view, 4, 7), view, 0, 4);
  assert.equal(checksumFinish(parts), checksum(view, 0, 7));
});

test("over octets that include their checksum the result is 0", () => {
  const view = viewOf(0x45, 0x00, 0x12, 0x34, 0, 0, 0xab, 0xcd);
  view.setUint16(4, checksum(view, 0, 8));
  assert.equal(checksum(view, 0, 8), 0);
});

// req: ip/V4O-10, ip/V4O-12
test("incremental update equals summing anew, in the corner cases of RFC 1624 too", () => {
  // RFC 1624 section 4: HC = 0xDD2F, m = 0x5555, m' = 0x3285 gives 0x0000, not 0xFFFF.
  assert.equal(checksumUpdate(0xdd2f, 0x5555, 0x3285), 0x0000);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(0xffff), (octets, after) => {
      const view = new DataView(octets.slice().buffer);
      view.setUint16(6, 0x1234); // never all zeros: a header is not
      const old = checksum(view, 0, 8);
      const before = view.getUint16(2);
      view.setUint16(2, after);
      assert.equal(checksumUpdate(old, before, after), checksum(view, 0, 8));
    }),
  );
});

test("a word counts as its two halves, whatever its sign", () => {
  assert.equal(checksumWord(-1), 0x1fffe);
  assert.equal(checksumWord(0x0a4d0002), 0x0a4d + 2);
});

test("folding keeps sums above 2^32", () => {
  assert.equal(checksumFold(0x1_0000_0001), 2);
  assert.equal(checksumFold(0), 0);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SipHash } from "../../../src/base/siphash.ts";

/** Words whose octets, least significant first, are 0, 1, 2 … */
function counting(count: number): Int32Array {
  const words = new Int32Array(count);
  for (let i = 0; i < count; i++) words[i] = 0x03020100 + i * 0x04040404;
  return words;
}

/** The reference implementation's `vectors_sip64` for messages of whole words, as 64-bit numbers. */
const VECTORS: readonly [number, bigint][] = [
  [0, 0x726fdb47dd0e0e31n],
  [1, 0xcf2794e0277187b7n],
  [2, 0x93f5f5799a932462n],
  [3, 0x751e8fbc860ee5fbn],
  [4, 0x3f2acc7f57c29bdbn],
];

describe("SipHash", () => {
  for (const [count, expected] of VECTORS) {
    it(`agrees with the reference for ${count * 4} octets`, () => {
      const hash = new SipHash(counting(4));
      const low = BigInt(hash.hash(counting(count)) >>> 0);
      const high = BigInt(hash.high >>> 0);
      assert.equal((high << 32n) | low, expected);
    });
  }

  it("hashes a part of an array, whatever was hashed before", () => {
    const hash = new SipHash(counting(4));
    const expected = hash.hash(counting(3));
    hash.hash(Int32Array.of(-1, 5, 99));
    assert.equal(hash.hash(counting(10), 3), expected);
  });

  it("depends on every bit of the key and of the message", () => {
    const base = new SipHash(counting(4)).hash(counting(9));
    const seen = new Set([base]);
    for (let bit = 0; bit < 128; bit++) {
      const key = counting(4);
      key[bit >>> 5] = (key[bit >>> 5] as number) ^ (1 << (bit & 31));
      seen.add(new SipHash(key).hash(counting(9)));
    }
    for (let bit = 0; bit < 288; bit++) {
      const message = counting(9);
      message[bit >>> 5] = (message[bit >>> 5] as number) ^ (1 << (bit & 31));
      seen.add(new SipHash(counting(4)).hash(message));
    }
    assert.equal(seen.size, 1 + 128 + 288);
  });

  it("keeps its own copy of the key", () => {
    const key = counting(4);
    const hash = new SipHash(key);
    const before = hash.hash(counting(2));
    key.fill(0);
    assert.equal(hash.hash(counting(2)), before);
  });
});

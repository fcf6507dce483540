import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, paddedTo4 } from "../../../src/link/pcapng-format.ts";

test("UTF-8 as the platform has it", () => {
  const property = fc.property(fc.string({ unit: "binary" }), (text) => {
    const expected = new TextEncoder().encode(text);
    assert.deepEqual(encodeUtf8(text, Infinity), expected);
    assert.equal(decodeUtf8(expected), text);
  });
  fc.assert(property);
});

test("what is not UTF-8 becomes U+FFFD and never throws", () => {
  const rows: [number[], string][] = [
    [[0x80], "�"],
    [[0xff, 0x41], "�A"],
    [[0xc3], "�"],
    [[0xc3, 0x41], "�A"],
    [[0xc0, 0x80], "�"],
    [[0xed, 0xa0, 0x80], "�"],
    [[0xf4, 0x90, 0x80, 0x80], "�"],
    [[0xe2, 0x82, 0xac], "€"],
  ];
  for (const [octets, expected] of rows)
    assert.equal(decodeUtf8(Uint8Array.from(octets)), expected);
  fc.assert(fc.property(fc.uint8Array(), (octets) => typeof decodeUtf8(octets) === "string"));
  assert.deepEqual(encodeUtf8("a\ud800b", 9), new TextEncoder().encode("a�b"));
});

test("text is cut between characters", () => {
  assert.deepEqual(encodeUtf8("ab€", 4), Uint8Array.of(0x61, 0x62));
  assert.deepEqual([0, 1, 3, 4, 5].map(paddedTo4), [0, 4, 4, 4, 8]);
});

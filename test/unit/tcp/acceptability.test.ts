import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toSeq } from "../../../src/base/seq.ts";
import { isAcceptable, isAckPlausible, isOldTimestamp } from "../../../src/tcp/acceptability.ts";

/** Each table is run at these origins, so that windows lie across both wraps. */
const ORIGINS = [0, 0x7fffffff, -1, -50];

const ROWS: readonly [seq: number, len: number, wnd: number, accept: boolean, why: string][] = [
  [0, 0, 0, true, "empty at RCV.NXT, window closed"],
  [1, 0, 0, false, "empty above RCV.NXT, window closed"],
  [-1, 0, 0, false, "a probe of a closed window"],
  [0, 1, 0, false, "text at a closed window"],
  [0, 0, 100, true, "empty at the left edge"],
  [99, 0, 100, true, "empty at the last number"],
  [100, 0, 100, false, "empty at the right edge"],
  [-1, 0, 100, false, "empty below"],
  [-10, 10, 100, false, "ends below"],
  [-10, 11, 100, true, "its last octet is new"],
  [99, 50, 100, true, "its first octet is inside"],
  [100, 1, 100, false, "begins at the right edge"],
  [-10, 500, 100, true, "sticks out on both sides"],
  [-500, 400, 100, false, "all old"],
];

describe("isAcceptable", () => {
  for (const [seq, len, wnd, accept, why] of ROWS) {
    // req: tcp/SEG-11, tcp/SEG-2
    it(`${accept ? "takes" : "refuses"} ${why}`, () => {
      for (const origin of ORIGINS) {
        const got = isAcceptable(toSeq(origin + seq), len, toSeq(origin), wnd);
        assert.equal(got, accept, `origin ${origin}`);
      }
    });
  }
});

describe("isAckPlausible", () => {
  for (const [ack, plausible, why] of [
    [100, true, "of everything sent"],
    [101, false, "of what was never sent"],
    [0, true, "of nothing new"],
    [-1000, true, "as old as the largest window"],
    [-1001, false, "older than the largest window"],
    [0x40000000, false, "from far ahead"],
  ] as const) {
    // req: tcp/BLIND-5, tcp/SEG-22
    it(`${plausible ? "takes" : "refuses"} an ACK ${why}`, () => {
      for (const origin of ORIGINS) {
        const got = isAckPlausible(toSeq(origin + ack), toSeq(origin), toSeq(origin + 100), 1000);
        assert.equal(got, plausible, `origin ${origin}`);
      }
    });
  }
});

describe("isOldTimestamp", () => {
  const DAY = 24 * 3600 * 1000;
  for (const [value, recent, ageMs, old, why] of [
    [5, 5, 0, false, "the same"],
    [4, 5, 0, true, "one less"],
    [-0x80000000, 0x7fffffff, 0, false, "one more, across the wrap"],
    [0x7fffffff, -0x80000000, 0, true, "one less, across the wrap"],
    [4, 5, 24 * DAY - 1, true, "one less, nearly 24 days idle"],
    [4, 5, 24 * DAY, false, "one less, 24 days idle"],
  ] as const) {
    // req: tcp/PAWS-1, tcp/PAWS-4
    it(`${why} is ${old ? "old" : "not old"}`, () => {
      assert.equal(isOldTimestamp(value, recent, ageMs), old);
    });
  }
});

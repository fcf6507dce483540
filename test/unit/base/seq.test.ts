import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inWindow,
  seqAdd,
  seqDiff,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  seqMax,
  seqMin,
  seqToUnsigned,
  toSeq,
} from "../../../src/base/seq.ts";

const EDGES = [0, 1, 100, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];

// req: tcp/MUST-1
test("comparison is modulo 2^32, also across 2^31 and 2^32", () => {
  for (const edge of EDGES) {
    const a = toSeq(edge);
    for (const step of [1, 2, 1000, 0x7fffffff]) {
      const later = seqAdd(a, step);
      const row = `${edge} + ${step}`;
      assert.equal(seqDiff(later, a), step, row);
      assert.equal(seqLt(a, later), true, row);
      assert.equal(seqGt(later, a), true, row);
      assert.equal(seqLe(later, a), false, row);
      assert.equal(seqGe(a, later), false, row);
      assert.equal(seqMax(a, later), later, row);
      assert.equal(seqMin(a, later), a, row);
    }
    assert.equal(seqLe(a, a) && seqGe(a, a) && !seqLt(a, a) && !seqGt(a, a), true);
    assert.equal(seqToUnsigned(a), edge);
  }
});

test("inWindow takes [from, from + length) and wraps", () => {
  const rows: [seq: number, from: number, length: number, inside: boolean, why: string][] = [
    [100, 100, 1, true, "first"],
    [101, 100, 1, false, "one past the last"],
    [99, 100, 10, false, "just before"],
    [100, 100, 0, false, "an empty window holds nothing"],
    [2, 0xfffffffe, 5, true, "over 2^32"],
    [3, 0xfffffffe, 5, false, "one past, over 2^32"],
    [0x80000001, 0x7fffffff, 3, true, "over 2^31"],
    [0x7ffffffe, 0x7fffffff, 3, false, "before, at 2^31"],
  ];
  for (const [seq, from, length, inside, why] of rows) {
    assert.equal(inWindow(toSeq(seq), toSeq(from), length), inside, why);
  }
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HyStart } from "../../../../src/tcp/congestion/hystart.ts";

const ROUND = 10;

/** One round of ten ACKs with the given round trip; true when slow start was told to end. */
function round(hystart: HyStart, rttMs: number, acks = ROUND): boolean {
  let ends = false;
  for (let i = 0; i < acks; i++) ends = hystart.onAck(1, acks + 1, rttMs) || ends;
  return ends;
}

/** A HyStart that has seen two quiet rounds, so that the next one has something to compare with. */
function afterQuietRounds(rttMs: number): HyStart {
  const hystart = new HyStart();
  hystart.onAck(1, ROUND + 1, rttMs);
  round(hystart, rttMs);
  round(hystart, rttMs);
  assert.equal(hystart.growthDivisor, 1);
  return hystart;
}

describe("HyStart", () => {
  // req: tcp/CC-28
  const rows: [number, number, boolean, string][] = [
    [100, 112, false, "less than an eighth more"],
    [100, 113, true, "an eighth more"],
    [10, 13, false, "less than 4 ms more on a short path"],
    [10, 14, true, "4 ms more on a short path"],
    [400, 415, false, "less than 16 ms more on a long path"],
    [400, 416, true, "16 ms more on a long path"],
  ];
  for (const [before, after, slows, why] of rows) {
    it(`${slows ? "slows" : "does not slow"} when round trips take ${why}`, () => {
      const hystart = afterQuietRounds(before);
      round(hystart, after);
      assert.equal(hystart.growthDivisor, slows ? 4 : 1);
    });
  }

  it("wants eight samples in a round", () => {
    const hystart = afterQuietRounds(100);
    for (let i = 0; i < 7; i++) hystart.onAck(1, ROUND + 1, 200);
    assert.equal(hystart.growthDivisor, 1);
    hystart.onAck(1, ROUND + 1, 200);
    assert.equal(hystart.growthDivisor, 4);
  });

  it("is not fooled by one slow sample", () => {
    const hystart = afterQuietRounds(100);
    for (let i = 0; i < ROUND; i++) hystart.onAck(1, ROUND + 1, i === 3 ? 100 : 300);
    assert.equal(hystart.growthDivisor, 1);
  });

  // req: tcp/CC-28
  it("ends slow start after five rounds of slower growth", () => {
    const hystart = afterQuietRounds(100);
    const ended = Array.from({ length: 5 }, () => round(hystart, 130));
    assert.deepEqual(ended, [false, false, false, false, true]);
  });

  // req: tcp/CC-28
  it("resumes when round trips grow shorter again", () => {
    const hystart = afterQuietRounds(100);
    round(hystart, 130);
    assert.equal(hystart.growthDivisor, 4);
    round(hystart, 110);
    assert.equal(hystart.growthDivisor, 1);
  });

  it("does nothing without samples", () => {
    const hystart = new HyStart();
    for (let i = 0; i < 20; i++) assert.ok(!round(hystart, -1));
    assert.equal(hystart.growthDivisor, 1);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toSeq } from "../../../src/base/seq.ts";
import { RackState } from "../../../src/tcp/rack-state.ts";

const ISS = 0x7fffff00;

function stateWith(resentSegments: number): RackState {
  const rack = new RackState(toSeq(ISS));
  rack.resentSegments = resentSegments;
  return rack;
}

describe("the order of two segments", () => {
  // req: tcp/RACK-6
  it("is that of their times, then of their numbers, across 2³¹", () => {
    const rack = stateWith(0);
    rack.sentAt = 10;
    rack.end = toSeq(ISS + 0x200);
    for (const [sentAt, end, isAfter] of [
      [9, 0x300, true],
      [10, 0x100, true],
      [10, 0x200, false],
      [10, 0x300, false],
      [11, 0x100, false],
    ] as const) {
      assert.equal(rack.isSentAfter(sentAt, toSeq(ISS + end)), isAfter, `${sentAt} ${end}`);
    }
  });
});

describe("the reordering window", () => {
  // req: tcp/RACK-4
  it("is nothing in need while no reordering was seen, else a share of the round trip", () => {
    for (const [isReorderingSeen, isUrgent, steps, window] of [
      [false, true, 1, 0],
      [false, false, 1, 20],
      [true, true, 1, 20],
      [true, true, 3, 60],
      [true, true, 9, 100],
    ] as const) {
      const rack = stateWith(0);
      rack.isReorderingSeen = isReorderingSeen;
      rack.windowSteps = steps;
      assert.equal(rack.windowMs(80, 100, isUrgent), window);
    }
  });

  // req: tcp/RACK-5
  it("grows by a step for every round trip that reports duplicates, and lasts 16 recoveries", () => {
    const rack = stateWith(10);
    assert.ok(rack.onDuplicates(1, toSeq(ISS), toSeq(ISS + 1000)));
    assert.equal(rack.windowSteps, 2);
    rack.onDuplicates(1, toSeq(ISS + 999), toSeq(ISS + 2000));
    assert.equal(rack.windowSteps, 2, "the same round");
    rack.onDuplicates(1, toSeq(ISS + 1000), toSeq(ISS + 2000));
    assert.equal(rack.windowSteps, 3, "the next one");
    for (let i = 0; i < 15; i++) rack.onRecoveryEnd();
    assert.equal(rack.windowSteps, 3);
    rack.onRecoveryEnd();
    assert.equal(rack.windowSteps, 1);
  });

  it("does not grow by copies the network made", () => {
    const rack = stateWith(1);
    assert.ok(!rack.onDuplicates(2, toSeq(ISS), toSeq(ISS + 1000)));
    assert.equal(rack.windowSteps, 1);
  });

  it("has an end, however many duplicates are made up", () => {
    const rack = stateWith(1000);
    for (let i = 0; i < 1000; i++) rack.onDuplicates(1, toSeq(ISS + i), toSeq(ISS + i));
    assert.equal(rack.windowSteps, 255);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeqRangeSet } from "../../../src/base/range-set.ts";
import { toSeq } from "../../../src/base/seq.ts";
import { SackBlocks } from "../../../src/tcp/sack-blocks.ts";

/** A receiver whose next octet is `origin`; arrivals are offsets above it. */
class Receiver {
  readonly ranges = new SeqRangeSet(64);
  readonly blocks = new SackBlocks();
  readonly #origin: number;

  constructor(origin = 0) {
    this.#origin = origin;
  }

  arrive(...arrivals: [number, number][]): this {
    for (const [from, to] of arrivals) {
      this.ranges.add(toSeq(this.#origin + from), toSeq(this.#origin + to));
      this.blocks.noteArrival(toSeq(this.#origin + from), toSeq(this.#origin + to));
    }
    return this;
  }

  duplicate(from: number, to: number): this {
    this.blocks.noteDuplicate(toSeq(this.#origin + from), toSeq(this.#origin + to));
    return this;
  }

  acknowledge(upTo: number): this {
    this.ranges.trimBelow(toSeq(this.#origin + upTo));
    return this;
  }

  pick(maxBlocks = 4): number[][] {
    const out = new Int32Array(8);
    const count = this.blocks.pick(this.ranges, maxBlocks, out);
    return Array.from({ length: count }, (_, i) => [
      ((out[i * 2] as number) - this.#origin) | 0,
      ((out[i * 2 + 1] as number) - this.#origin) | 0,
    ]);
  }
}

for (const [name, origin] of [
  ["0", 0],
  ["2³¹", 0x7fffff9c],
  ["2³²", 0xffffff9c],
] as const) {
  describe(`SackBlocks around ${name}`, () => {
    // req: tcp/SACK-5
    it("reports the block of the newest segment first", () => {
      const receiver = new Receiver(origin).arrive([10, 20], [30, 40], [50, 60]);
      assert.deepEqual(receiver.pick(), [
        [50, 60],
        [30, 40],
        [10, 20],
      ]);
      receiver.arrive([20, 25]);
      assert.deepEqual(receiver.pick(), [
        [10, 25],
        [50, 60],
        [30, 40],
      ]);
    });

    // req: tcp/SACK-7
    it("reports whole blocks, joined with what they touch", () => {
      const receiver = new Receiver(origin).arrive([10, 20], [30, 40], [20, 30]);
      assert.deepEqual(receiver.pick(), [[10, 40]]);
    });
  });
}

describe("SackBlocks", () => {
  // req: tcp/SACK-6, tcp/SACK-3
  it("fills the room there is with what was reported most recently", () => {
    const receiver = new Receiver().arrive([10, 20], [30, 40], [50, 60], [70, 80], [90, 100]);
    assert.deepEqual(receiver.pick(3), [
      [90, 100],
      [70, 80],
      [50, 60],
    ]);
    receiver.arrive([20, 22]);
    assert.deepEqual(receiver.pick(3), [
      [10, 22],
      [90, 100],
      [70, 80],
    ]);
    assert.deepEqual(receiver.pick(4), [
      [10, 22],
      [90, 100],
      [70, 80],
      [50, 60],
    ]);
    assert.deepEqual(receiver.pick(0), []);
  });

  it("says the same again while nothing arrives", () => {
    const receiver = new Receiver().arrive([10, 20], [30, 40]);
    const first = receiver.pick();
    assert.deepEqual(receiver.pick(), first);
  });

  it("reports ranges it never heard of after those it did", () => {
    const receiver = new Receiver().arrive([50, 60]);
    receiver.ranges.add(toSeq(10), toSeq(20));
    receiver.ranges.add(toSeq(80), toSeq(90));
    assert.deepEqual(receiver.pick(), [
      [50, 60],
      [80, 90],
      [10, 20],
    ]);
  });

  it("forgets what was acknowledged, and reports the rest of a block", () => {
    const receiver = new Receiver().arrive([10, 20], [30, 40], [50, 60]);
    receiver.acknowledge(40);
    assert.deepEqual(receiver.pick(), [[50, 60]]);
    receiver.acknowledge(55);
    assert.deepEqual(receiver.pick(), [[55, 60]]);
    receiver.acknowledge(60);
    assert.deepEqual(receiver.pick(), []);
  });

  // req: tcp/SACK-10
  it("reports only what is still held, the newest first", () => {
    const receiver = new Receiver().arrive([10, 20], [30, 40], [50, 60]);
    receiver.ranges.clear();
    receiver.ranges.add(toSeq(50), toSeq(60));
    assert.deepEqual(receiver.pick(), [[50, 60]]);
  });

  it("reports nothing after clear", () => {
    const receiver = new Receiver().arrive([10, 20]).duplicate(0, 5);
    receiver.ranges.clear();
    receiver.blocks.clear();
    assert.deepEqual(receiver.pick(), []);
  });
});

describe("D-SACK", () => {
  // req: tcp/SACK-11
  it("comes first, below the cumulative acknowledgment too", () => {
    const receiver = new Receiver().arrive([100, 200]).acknowledge(50).duplicate(10, 20);
    assert.deepEqual(receiver.pick(), [
      [10, 20],
      [100, 200],
    ]);
  });

  // req: tcp/SACK-14
  it("is reported once", () => {
    const receiver = new Receiver().duplicate(10, 20);
    assert.ok(receiver.blocks.hasDuplicate);
    assert.deepEqual(receiver.pick(), [[10, 20]]);
    assert.ok(!receiver.blocks.hasDuplicate);
    assert.deepEqual(receiver.pick(), []);
  });

  // req: tcp/SACK-12
  it("is followed by the larger block it lies in", () => {
    const receiver = new Receiver().arrive([100, 200], [300, 400]).duplicate(120, 150);
    assert.deepEqual(receiver.pick(), [
      [120, 150],
      [100, 200],
      [300, 400],
    ]);
  });

  it("is followed by its block even when the two are the same", () => {
    const receiver = new Receiver().arrive([100, 200]).duplicate(100, 200);
    assert.deepEqual(receiver.pick(), [
      [100, 200],
      [100, 200],
    ]);
  });

  it("takes one of the places there are", () => {
    const receiver = new Receiver().arrive([10, 20], [30, 40], [50, 60]).duplicate(0, 5);
    assert.deepEqual(receiver.pick(3), [
      [0, 5],
      [50, 60],
      [30, 40],
    ]);
    receiver.duplicate(12, 14);
    assert.deepEqual(receiver.pick(1), [[12, 14]]);
  });

  it("waits while an ACK has no room for it", () => {
    const receiver = new Receiver().duplicate(0, 5);
    assert.deepEqual(receiver.pick(0), []);
    assert.deepEqual(receiver.pick(1), [[0, 5]]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";
import { SeqRangeSet } from "../../../src/base/range-set.ts";
import { type Seq, toSeq } from "../../../src/base/seq.ts";

const ORIGINS = [
  ["0", 0],
  ["2³¹", 0x7fffffce],
  ["2³²", 0xffffffce],
] as const;

function rangesOf(set: SeqRangeSet, origin: number): number[][] {
  const found: number[][] = [];
  for (let i = 0; i < set.count; i++) {
    found.push([(set.from(i) - origin) | 0, (set.to(i) - origin) | 0]);
  }
  return found;
}

for (const [name, origin] of ORIGINS) {
  const seq = (offset: number): Seq => toSeq(origin + offset);

  describe(`SeqRangeSet around ${name}`, () => {
    const rows: [number[][], number[], number, number[][], string][] = [
      [[], [10, 20], 10, [[10, 20]], "the first"],
      [[[10, 20]], [10, 20], 0, [[10, 20]], "the same"],
      [[[10, 20]], [12, 18], 0, [[10, 20]], "inside"],
      [[[10, 20]], [20, 30], 10, [[10, 30]], "touches the end"],
      [[[10, 20]], [0, 10], 10, [[0, 20]], "touches the start"],
      [[[10, 20]], [15, 25], 5, [[10, 25]], "overlaps the end"],
      [[[10, 20]], [5, 15], 5, [[5, 20]], "overlaps the start"],
      [[[10, 20]], [0, 100], 90, [[0, 100]], "covers"],
      [
        [[10, 20]],
        [21, 30],
        9,
        [
          [10, 20],
          [21, 30],
        ],
        "leaves one octet between",
      ],
      [
        [
          [10, 20],
          [30, 40],
        ],
        [20, 30],
        10,
        [[10, 40]],
        "joins two",
      ],
      [
        [
          [10, 20],
          [30, 40],
          [50, 60],
        ],
        [15, 55],
        20,
        [[10, 60]],
        "joins three",
      ],
      [
        [
          [10, 20],
          [50, 60],
        ],
        [30, 40],
        10,
        [
          [10, 20],
          [30, 40],
          [50, 60],
        ],
        "goes between",
      ],
      [
        [[30, 40]],
        [10, 20],
        10,
        [
          [10, 20],
          [30, 40],
        ],
        "goes before",
      ],
      [[[10, 20]], [15, 15], 0, [[10, 20]], "is empty"],
    ];
    for (const [before, [from = 0, to = 0], added, after, why] of rows) {
      it(`adds a range that ${why}`, () => {
        const set = new SeqRangeSet(8);
        for (const [low = 0, high = 0] of before) set.add(seq(low), seq(high));
        assert.equal(set.add(seq(from), seq(to)), added);
        assert.deepEqual(rangesOf(set, origin), after);
        assert.equal(
          set.octets,
          after.reduce((sum, [low = 0, high = 0]) => sum + high - low, 0),
        );
      });
    }

    it("trims what lies below a number", () => {
      const set = new SeqRangeSet(8);
      for (const low of [10, 30, 50]) set.add(seq(low), seq(low + 10));
      set.trimBelow(seq(5));
      assert.equal(set.octets, 30);
      set.trimBelow(seq(35));
      assert.deepEqual(rangesOf(set, origin), [
        [35, 40],
        [50, 60],
      ]);
      assert.equal(set.octets, 15);
      set.trimBelow(seq(40));
      assert.deepEqual(rangesOf(set, origin), [[50, 60]]);
      set.trimBelow(seq(60));
      assert.equal(set.count, 0);
      assert.equal(set.octets, 0);
    });

    it("answers what it contains", () => {
      const set = new SeqRangeSet(8);
      for (const low of [10, 30, 50]) set.add(seq(low), seq(low + 10));
      const answers = [9, 10, 19, 20, 29, 30, 45, 59, 60].map((at) => set.contains(seq(at)));
      assert.deepEqual(answers, [false, true, true, false, false, true, false, true, false]);
      assert.equal(set.indexOf(seq(55)), 2);
      assert.ok(set.containsRange(seq(30), seq(40)));
      assert.ok(!set.containsRange(seq(30), seq(41)));
      assert.ok(!set.containsRange(seq(10), seq(40)));
      assert.equal(set.first(), seq(10));
      assert.equal(set.end(), seq(60));
    });
  });
}

describe("SeqRangeSet's bound", () => {
  it("refuses one range too many, and still takes what touches another", () => {
    const set = new SeqRangeSet(2);
    set.add(toSeq(10), toSeq(20));
    set.add(toSeq(30), toSeq(40));
    assert.equal(set.add(toSeq(50), toSeq(60)), -1);
    assert.deepEqual(rangesOf(set, 0), [
      [10, 20],
      [30, 40],
    ]);
    assert.equal(set.add(toSeq(40), toSeq(60)), 20);
    assert.equal(set.add(toSeq(18), toSeq(35)), 10);
    assert.equal(set.count, 1);
  });

  it("is empty after clear", () => {
    const set = new SeqRangeSet(2);
    set.add(toSeq(10), toSeq(20));
    set.clear();
    assert.equal(set.count, 0);
    assert.equal(set.octets, 0);
    assert.ok(!set.contains(toSeq(10)));
  });
});

describe("SeqRangeSet against a plain set of numbers", () => {
  it("agrees after every random step", () => {
    const seed = 7;
    const random = new SeededRandom(seed);
    const origin = 0xffffff80 | 0;
    const set = new SeqRangeSet(1000);
    let model = new Set<number>();
    for (let step = 0; step < 3000; step++) {
      const from = randomBelow(random, 256);
      const to = from + randomBelow(random, 12);
      if (step % 17 === 16) {
        set.trimBelow(toSeq(origin + from));
        model = new Set([...model].filter((at) => at >= from));
      } else {
        const before = model.size;
        for (let at = from; at < to; at++) model.add(at);
        const added = set.add(toSeq(origin + from), toSeq(origin + to));
        assert.equal(added, model.size - before, `seed ${seed}, step ${step}`);
      }
      const found = rangesOf(set, origin).flatMap(([low = 0, high = 0]) =>
        Array.from({ length: high - low }, (_, i) => low + i),
      );
      assert.deepEqual(
        found,
        [...model].sort((a, b) => a - b),
        `seed ${seed}, step ${step}`,
      );
      assert.equal(set.octets, model.size);
      if (step % 200 === 199) {
        set.clear();
        model.clear();
      }
    }
  });
});

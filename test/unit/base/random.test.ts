import assert from "node:assert/strict";
import { test } from "node:test";
import {
  randomBelow,
  randomBetween,
  randomFraction,
  SeededRandom,
} from "../../../src/base/random.ts";

test("a seed repeats its sequence, another seed gives another", () => {
  const draw = (seed: number): number[] => {
    const source = new SeededRandom(seed);
    return Array.from({ length: 8 }, () => source.int32());
  };
  assert.deepEqual(draw(42), draw(42));
  assert.notDeepEqual(draw(42), draw(43));
  assert.notDeepEqual(draw(0), [0, 0, 0, 0, 0, 0, 0, 0], "seed 0 is as good as any");
});

test("draws are int32 and spread over their range", () => {
  const source = new SeededRandom(1);
  const buckets = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const word = source.int32();
    assert.equal(word, word | 0);
    const bucket = randomBelow(source, 10);
    buckets[bucket] = (buckets[bucket] as number) + 1;
    const fraction = randomFraction(source);
    assert.ok(fraction >= 0 && fraction < 1);
    const between = randomBetween(source, 500, 1500);
    assert.ok(between >= 500 && between < 1500);
  }
  // 1000 expected, standard deviation 30.
  assert.ok(
    buckets.every((count) => count > 850 && count < 1150),
    buckets.join(" "),
  );
});

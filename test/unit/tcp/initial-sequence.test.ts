import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { type RandomSource, SeededRandom } from "../../../src/base/random.ts";
import { seqDiff } from "../../../src/base/seq.ts";
import { InitialSequence } from "../../../src/tcp/initial-sequence.ts";

const LOCAL = address("10.77.0.1");
const REMOTE = address("10.77.0.2");

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed);
  return parsed;
}

function source(seed = 1): InitialSequence {
  return new InitialSequence(new SeededRandom(seed));
}

describe("InitialSequence.isn", () => {
  // req: tcp/MUST-8, tcp/SHLD-1, tcp/ISN-1
  it("ticks every 4 µs for one 4-tuple", () => {
    const sequence = source();
    const first = sequence.isn(LOCAL, 80, REMOTE, 5000, 1000);
    assert.equal(seqDiff(sequence.isn(LOCAL, 80, REMOTE, 5000, 1001), first), 250);
    assert.equal(seqDiff(sequence.isn(LOCAL, 80, REMOTE, 5000, 1000.008), first), 2);
    assert.equal(seqDiff(sequence.isn(LOCAL, 80, REMOTE, 5000, 61_000), first), 15_000_000);
  });

  it("is an int32 on any clock", () => {
    const sequence = source();
    for (const now of [0, 0.5, 17_179_869, 1e9, 1e12, 2 ** 50]) {
      const isn = sequence.isn(LOCAL, 80, REMOTE, 5000, now);
      assert.equal(isn, isn | 0, `${now} ms`);
    }
  });

  // req: tcp/ISN-2, tcp/SEG-43
  it("grows for one 4-tuple across the wrap of its clock, which takes 4.77 hours", () => {
    const sequence = source();
    let last = sequence.isn(LOCAL, 80, REMOTE, 5000, 0);
    for (let now = 60_000; now < 40_000_000; now += 60_000) {
      const next = sequence.isn(LOCAL, 80, REMOTE, 5000, now);
      assert.ok(seqDiff(next, last) > 0, `${now} ms`);
      last = next;
    }
  });

  // req: tcp/MUST-9, tcp/ISN-1
  it("depends on every part of the 4-tuple and on the secret", () => {
    const sequence = source();
    const numbers = new Set([
      sequence.isn(LOCAL, 80, REMOTE, 5000, 0),
      sequence.isn(REMOTE, 80, LOCAL, 5000, 0),
      sequence.isn(LOCAL, 81, REMOTE, 5000, 0),
      sequence.isn(LOCAL, 80, REMOTE, 5001, 0),
      sequence.isn(LOCAL, 5000, REMOTE, 80, 0),
      sequence.isn(address("10.77.0.3"), 80, REMOTE, 5000, 0),
      sequence.isn(LOCAL, 80, address("fd77::2"), 5000, 0),
      source(2).isn(LOCAL, 80, REMOTE, 5000, 0),
    ]);
    assert.equal(numbers.size, 8);
  });

  // req: tcp/ISN-2
  it("looks unrelated for neighbouring ports", () => {
    const sequence = source();
    const count = 20_000;
    const buckets = new Array<number>(16).fill(0);
    let last = sequence.isn(LOCAL, 80, REMOTE, 1024, 0);
    for (let port = 1025; port < 1025 + count; port++) {
      const isn = sequence.isn(LOCAL, 80, REMOTE, port, 0);
      const bucket = seqDiff(isn, last) >>> 28;
      buckets[bucket] = (buckets[bucket] as number) + 1;
      last = isn;
    }
    // Chi-squared over 16 buckets: 37.7 is exceeded once in a thousand; the seed is fixed.
    const expected = count / 16;
    const chi = buckets.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
    assert.ok(chi < 37.7, `chi² = ${chi}`);
  });

  it("draws its secrets once, 128 bits for each use", () => {
    let drawn = 0;
    const counting: RandomSource = { int32: () => ++drawn };
    const sequence = new InitialSequence(counting);
    assert.equal(drawn, 8);
    sequence.isn(LOCAL, 80, REMOTE, 5000, 0);
    sequence.timestampOffset(LOCAL, 80, REMOTE, 5000);
    assert.equal(drawn, 8);
  });
});

describe("InitialSequence.timestampOffset", () => {
  // req: tcp/TS-9
  it("is the same for the same 4-tuple and unrelated for another", () => {
    const sequence = source();
    const offset = sequence.timestampOffset(LOCAL, 80, REMOTE, 5000);
    assert.equal(sequence.timestampOffset(LOCAL, 80, REMOTE, 5000), offset);
    assert.equal(offset, offset | 0);
    const others = new Set<number>([offset]);
    for (let port = 5001; port < 5101; port++) {
      others.add(sequence.timestampOffset(LOCAL, 80, REMOTE, port));
    }
    assert.equal(others.size, 101);
  });

  it("tells nothing about the sequence number", () => {
    const sequence = source();
    assert.notEqual(
      sequence.timestampOffset(LOCAL, 80, REMOTE, 5000),
      sequence.isn(LOCAL, 80, REMOTE, 5000, 0),
    );
  });
});

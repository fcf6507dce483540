import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteRing } from "../../../src/base/byte-ring.ts";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";

const MIDDLE = 0x7fffff00 | 0;
const WRAP = 0xffffff00 | 0;

/** `length` octets that differ by position. */
function octets(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);
}

describe("ByteRing", () => {
  it("holds no memory before the first write and after release", () => {
    const ring = new ByteRing(1 << 20);
    assert.equal(ring.storageOctets, 0);
    ring.write(0, octets(10), 0, 10);
    assert.ok(ring.storageOctets >= 10);
    ring.releaseStorage();
    assert.equal(ring.storageOctets, 0);
  });

  for (const [name, start] of [
    ["0", 0],
    ["2³¹", MIDDLE],
    ["2³²", WRAP],
  ] as const) {
    it(`gives back what was written, across ${name} and through growth`, () => {
      const ring = new ByteRing(1 << 16);
      ring.start(start);
      const data = octets(60_000);
      for (let at = 0; at < data.length; at += 1000) {
        assert.ok(ring.write((start + at) | 0, data, at, at + 1000));
      }
      const read = new Uint8Array(data.length);
      ring.read(start, read, 0, read.length);
      assert.deepEqual(read, data);
    });
  }

  it("keeps octets at their positions when it grows around a hole", () => {
    const ring = new ByteRing(1 << 16);
    ring.start(WRAP);
    ring.write((WRAP + 500) | 0, octets(600), 0, 600);
    ring.write((WRAP + 30_000) | 0, octets(50, 3), 0, 50);
    const low = new Uint8Array(600);
    const high = new Uint8Array(50);
    ring.read((WRAP + 500) | 0, low, 0, 600);
    ring.read((WRAP + 30_000) | 0, high, 0, 50);
    assert.deepEqual(low, octets(600));
    assert.deepEqual(high, octets(50, 3));
  });

  it("refuses what reaches past the limit or lies below the first position", () => {
    const ring = new ByteRing(4096);
    ring.start(100);
    assert.ok(!ring.write(100 + 4096, octets(1), 0, 1));
    assert.ok(!ring.write(100, octets(4097), 0, 4097));
    assert.ok(!ring.write(99, octets(1), 0, 1));
    assert.equal(ring.storageOctets, 0);
    assert.ok(ring.write(100 + 4095, octets(1), 0, 1));
    assert.ok(ring.storageOctets <= 4096);
  });

  it("uses the room below the first position again", () => {
    const ring = new ByteRing(4096);
    let position = WRAP;
    ring.start(position);
    const read = new Uint8Array(3000);
    for (let turn = 0; turn < 100; turn++) {
      assert.ok(ring.write(position, octets(3000, turn), 0, 3000));
      ring.read(position, read, 0, 3000);
      assert.deepEqual(read, octets(3000, turn));
      position = (position + 3000) | 0;
      ring.advanceTo(position);
    }
    assert.equal(ring.storageOctets, 4096);
  });

  it("behaves like one long array under random writes and reads", () => {
    const seed = 20_261_121;
    const random = new SeededRandom(seed);
    const ring = new ByteRing(10_000);
    ring.start(WRAP);
    const model = new Uint8Array(200_000);
    let from = 0;
    let to = 0;
    for (let step = 0; step < 2000 && to < 190_000; step++) {
      const length = randomBelow(random, Math.min(700, 10_000 - (to - from)) + 1);
      const data = octets(length, step);
      model.set(data, to);
      assert.ok(ring.write((WRAP + to) | 0, data, 0, length));
      to += length;
      const read = new Uint8Array(randomBelow(random, to - from + 1));
      ring.read((WRAP + from) | 0, read, 0, read.length);
      assert.deepEqual(read, model.slice(from, from + read.length), `seed ${seed}, step ${step}`);
      from += randomBelow(random, read.length + 1);
      ring.advanceTo((WRAP + from) | 0);
    }
  });
});

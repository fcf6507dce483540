import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";
import { toSeq } from "../../../src/base/seq.ts";
import { ReceiveBuffer } from "../../../src/tcp/receive-buffer.ts";

const STREAM = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >>> 8)) & 0xff);

/** A buffer that expects the stream from `irs` on, and puts parts of it in by offset. */
function receiver(
  irs: number,
  limit = 10_000,
  maxRanges = 8,
): { buffer: ReceiveBuffer; insert: (from: number, to: number) => boolean } {
  const buffer = new ReceiveBuffer(limit, maxRanges);
  buffer.start(toSeq(irs));
  return {
    buffer,
    insert: (from, to) => buffer.insert(toSeq(irs + from), STREAM, from, to),
  };
}

function readAll(buffer: ReceiveBuffer): Uint8Array {
  const into = new Uint8Array(buffer.readable);
  assert.equal(buffer.read(into, 0, into.length), into.length);
  return into;
}

for (const [name, irs] of [
  ["0", 0],
  ["2³¹", 0x7ffffff0],
  ["2³²", 0xfffffff0],
] as const) {
  describe(`ReceiveBuffer across ${name}`, () => {
    it("delivers in order", () => {
      const { buffer, insert } = receiver(irs);
      assert.ok(insert(0, 100));
      assert.ok(insert(100, 150));
      assert.equal(buffer.nxt, toSeq(irs + 150));
      assert.equal(buffer.readable, 150);
      assert.equal(buffer.free, 10_000 - 150);
      assert.deepEqual(readAll(buffer), STREAM.subarray(0, 150));
      assert.equal(buffer.free, 10_000);
    });

    // req: tcp/SHLD-31, tcp/BUG-5
    it("keeps what lies above a hole and delivers it once the hole is filled", () => {
      const { buffer, insert } = receiver(irs);
      assert.ok(insert(100, 200));
      assert.ok(insert(300, 400));
      assert.equal(buffer.readable, 0);
      assert.ok(buffer.hasGaps);
      assert.equal(buffer.ranges.count, 2);
      assert.ok(insert(0, 100));
      assert.equal(buffer.nxt, toSeq(irs + 200));
      assert.equal(buffer.ranges.count, 1);
      assert.ok(insert(150, 350));
      assert.equal(buffer.nxt, toSeq(irs + 400));
      assert.ok(!buffer.hasGaps);
      assert.deepEqual(readAll(buffer), STREAM.subarray(0, 400));
    });

    const overlaps: [number, number, number, string][] = [
      [0, 100, 100, "wholly old data"],
      [50, 150, 150, "data half old"],
      [0, 250, 250, "data that begins in what is old and ends in a block"],
      [100, 500, 500, "data over a whole block"],
      [100, 200, 300, "data that touches a block"],
    ];
    for (const [from, to, nxt, why] of overlaps) {
      it(`takes ${why}`, () => {
        const { buffer, insert } = receiver(irs);
        insert(0, 100);
        if (why.includes("block")) insert(200, 300);
        assert.ok(insert(from, to));
        const expected = why.includes("ends in a block") ? 300 : nxt;
        assert.equal(buffer.nxt, toSeq(irs + expected));
        assert.deepEqual(readAll(buffer), STREAM.subarray(0, expected));
      });
    }

    it("recognises duplicates", () => {
      const { buffer, insert } = receiver(irs);
      insert(0, 100);
      insert(200, 300);
      const rows: [number, number, boolean][] = [
        [0, 100, true],
        [50, 51, true],
        [50, 101, false],
        [100, 150, false],
        [200, 300, true],
        [250, 301, false],
        [150, 250, false],
      ];
      for (const [from, to, expected] of rows) {
        assert.equal(buffer.duplicateOf(toSeq(irs + from), to - from), expected, `${from}…${to}`);
      }
    });
  });
}

describe("ReceiveBuffer's bounds", () => {
  it("refuses what lies past the limit, and changes nothing", () => {
    const { buffer, insert } = receiver(0, 1000);
    assert.ok(!insert(999, 1001));
    assert.ok(!insert(0, 1001));
    assert.equal(buffer.readable, 0);
    assert.ok(!buffer.hasGaps);
    assert.ok(insert(999, 1000));
    assert.ok(insert(0, 999));
    assert.equal(buffer.free, 0);
    assert.ok(!insert(1000, 1001));
    assert.deepEqual(readAll(buffer), STREAM.subarray(0, 1000));
  });

  it("refuses one hole too many, and still takes what fills one", () => {
    const { buffer, insert } = receiver(0, 10_000, 3);
    for (const at of [10, 20, 30]) assert.ok(insert(at, at + 5));
    assert.ok(!insert(40, 45));
    assert.ok(insert(35, 40));
    assert.ok(insert(0, 40));
    assert.equal(buffer.readable, 40);
    assert.deepEqual(readAll(buffer), STREAM.subarray(0, 40));
  });

  it("holds memory only while it holds octets, and never more than the next power of two", () => {
    const { buffer, insert } = receiver(0, 5000);
    assert.equal(buffer.storageOctets, 0);
    insert(4990, 5000);
    assert.ok(buffer.storageOctets <= 8192);
    insert(0, 4990);
    buffer.skip(5000);
    assert.equal(buffer.storageOctets, 0);
    insert(6000, 6001);
    insert(5000, 5001);
    buffer.skip(1);
    assert.ok(buffer.storageOctets > 0, "a block above a hole stays");
  });

  // req: tcp/SHLD-14
  it("keeps the room it promised when the limit sinks", () => {
    const { buffer, insert } = receiver(0, 1000);
    insert(0, 600);
    buffer.limit = 500;
    assert.equal(buffer.free, -100);
    assert.ok(insert(600, 1000));
    assert.deepEqual(readAll(buffer), STREAM.subarray(0, 1000));
    assert.equal(buffer.free, 500);
  });
});

describe("reading", () => {
  it("peeks without taking, at an offset too", () => {
    const { buffer, insert } = receiver(0xfffffff8);
    insert(0, 30);
    const into = new Uint8Array(12);
    assert.equal(buffer.peek(into, 2, 12), 10);
    assert.deepEqual(into.subarray(2), STREAM.subarray(0, 10));
    assert.equal(buffer.peek(into, 0, 12, 25), 5);
    assert.deepEqual(into.subarray(0, 5), STREAM.subarray(25, 30));
    assert.equal(buffer.peek(into, 0, 12, 30), 0);
    assert.equal(buffer.readable, 30);
  });

  it("skips no more than is there", () => {
    const { buffer, insert } = receiver(0);
    insert(0, 30);
    assert.equal(buffer.skip(10), 10);
    assert.equal(buffer.skip(100), 20);
    assert.equal(buffer.skip(1), 0);
    assert.equal(buffer.nxt, toSeq(30));
  });

  it("never reads into a hole", () => {
    const { buffer, insert } = receiver(0);
    insert(0, 10);
    insert(20, 30);
    const into = new Uint8Array(100);
    assert.equal(buffer.read(into, 0, 100), 10);
    assert.equal(buffer.read(into, 0, 100), 0);
  });
});

describe("a stream in pieces", () => {
  it("comes out whole whatever the order, overlap and repetition", () => {
    const seed = 42;
    const random = new SeededRandom(seed);
    const irs = 0xffffc000;
    const { buffer, insert } = receiver(irs, 8000, 64);
    const into = new Uint8Array(STREAM.length);
    let read = 0;
    for (let step = 0; read < 100_000; step++) {
      assert.ok(step < 100_000, `seed ${seed}: no progress`);
      const nxt = read + buffer.readable;
      const from = step % 3 === 0 ? nxt : Math.max(0, nxt - 500 + randomBelow(random, 4000));
      const to = Math.min(from + 1 + randomBelow(random, 900), read + 8000);
      if (to > from) insert(from, to);
      read += buffer.read(into, read, read + randomBelow(random, 1500));
      assert.ok(buffer.storageOctets <= 8192);
    }
    assert.deepEqual(into.subarray(0, read), STREAM.subarray(0, read), `seed ${seed}`);
  });
});

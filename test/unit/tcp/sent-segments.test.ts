import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { seqAdd, seqDiff, toSeq } from "../../../src/base/seq.ts";
import { SentFlag, SentSegmentPool, SentSegments } from "../../../src/tcp/sent-segments.ts";

/** Ten segments of 100 octets across the wrap at 2³². */
function tenSent(pool = new SentSegmentPool()): SentSegments {
  const sent = new SentSegments(pool);
  for (let i = 0; i < 10; i++) sent.push(toSeq(-450 + i * 100), toSeq(-350 + i * 100), 100, i);
  return sent;
}

describe("the retransmission queue", () => {
  it("finds the record of a number, across the wrap", () => {
    const sent = tenSent();
    assert.equal(sent.octets, 1000);
    for (const [seq, index] of [
      [-450, 0],
      [-351, 0],
      [-350, 1],
      [0, 4],
      [49, 4],
      [50, 5],
      [549, 9],
      [550, 10],
      [-451, 0],
    ] as const) {
      assert.equal(sent.indexOf(toSeq(seq)), index, String(seq));
    }
  });

  it("keeps its counts through splits, merges, trims and removals", () => {
    const sent = tenSent();
    sent.setFlags(sent.at(3), SentFlag.SACKED);
    sent.setFlags(sent.at(4), SentFlag.SACKED);
    sent.setFlags(sent.at(0), SentFlag.LOST);
    sent.setFlags(sent.at(1), SentFlag.LOST | SentFlag.RETRANSMITTED);
    assert.equal(sent.sackedOctets, 200);
    assert.equal(sent.lostOctets, 200);
    assert.equal(sent.retransmittedOctets, 100);
    assert.equal(sent.pipe, 1000 - 200 - 200 + 100);
    sent.mergeWithNext(3);
    assert.equal(sent.count, 9);
    assert.equal(sent.at(3).length, 200);
    assert.equal(sent.at(3).segments, 2);
    assert.equal(sent.sackedOctets, 200);
    sent.splitAt(3, seqAdd(sent.at(3).seq, 150));
    assert.deepEqual([sent.at(3).length, sent.at(4).length], [150, 50]);
    assert.equal(sent.sackedOctets, 200);
    sent.trimFirst(seqAdd(sent.at(0).seq, 30));
    assert.equal(sent.lostOctets, 170);
    sent.shift();
    sent.shift();
    assert.equal(sent.lostOctets, 0);
    assert.equal(sent.retransmittedOctets, 0);
    assert.equal(sent.octets, 800);
    sent.clear();
    assert.deepEqual([sent.count, sent.octets, sent.pipe], [0, 0, 0]);
  });

  it("uses records again", () => {
    const pool = new SentSegmentPool();
    const sent = tenSent(pool);
    const record = sent.at(0);
    sent.shift();
    assert.equal(pool.take(), record);
  });

  it("is the same as a plain list under any operations", () => {
    const seed = 7;
    const random = new SeededRandom(seed);
    const below = (bound: number): number => (random.int32() >>> 0) % bound;
    const sent = new SentSegments(new SentSegmentPool());
    let list: { seq: number; end: number; flags: number }[] = [];
    let next = -5000;
    for (let step = 0; step < 20_000; step++) {
      const operation = below(5);
      const index = list.length === 0 ? -1 : below(list.length);
      const item = list[index];
      if (operation === 0 || item === undefined) {
        const end = next + 10 + below(90);
        sent.push(toSeq(next), toSeq(end), 50, step);
        list.push({ seq: next, end, flags: 0 });
        next = end;
      } else if (operation === 1) {
        sent.shift();
        list = list.slice(1);
      } else if (operation === 2 && item.end - item.seq > 1) {
        const cut = item.seq + 1 + below(item.end - item.seq - 1);
        sent.splitAt(index, toSeq(cut));
        list.splice(index, 1, { ...item, end: cut }, { ...item, seq: cut });
      } else if (operation === 3) {
        const flags = below(8);
        sent.setFlags(sent.at(index), flags);
        item.flags = flags;
      } else if (operation === 4 && list[index + 1]?.flags === item.flags) {
        sent.mergeWithNext(index);
        item.end = list[index + 1]?.end ?? item.end;
        list.splice(index + 1, 1);
      }
      const sum = (flag: number): number =>
        list.reduce(
          (total, { seq, end, flags }) => total + ((flags & flag) !== 0 ? end - seq : 0),
          0,
        );
      assert.equal(sent.count, list.length, `seed ${seed}, step ${step}`);
      assert.equal(sent.sackedOctets, sum(SentFlag.SACKED));
      assert.equal(sent.lostOctets, sum(SentFlag.LOST));
      assert.equal(sent.retransmittedOctets, sum(SentFlag.RETRANSMITTED));
    }
    for (const [index, { seq, end }] of list.entries()) {
      assert.equal(seqDiff(sent.at(index).seq, toSeq(seq)), 0);
      assert.equal(seqDiff(sent.at(index).end, toSeq(end)), 0);
    }
  });
});

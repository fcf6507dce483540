import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd, toSeq } from "../../../src/base/seq.ts";
import { SentFlag, SentSegmentPool, SentSegments } from "../../../src/tcp/sent-segments.ts";

/** Five segments of 100 octets from 0 on, sent at 0, 1, 2, 3, 4. */
function fiveSent(): SentSegments {
  const sent = new SentSegments(new SentSegmentPool());
  for (let i = 0; i < 5; i++) sent.push(toSeq(i * 100), toSeq(i * 100 + 100), 100, i);
  return sent;
}

/** First numbers of what is in the network, in the order it was sent. */
function order(sent: SentSegments): number[] {
  const seqs: number[] = [];
  let previous = null;
  for (let record = sent.order.first; record !== null; record = record.sentNext) {
    assert.equal(record.sentPrevious, previous, "linked both ways");
    previous = record;
    seqs.push(record.seq);
  }
  return seqs;
}

describe("the order of sending", () => {
  it("is that of the numbers until something is sent again", () => {
    const sent = fiveSent();
    assert.deepEqual(order(sent), [0, 100, 200, 300, 400]);
    sent.noteResent(sent.at(1), 5);
    assert.deepEqual(order(sent), [0, 200, 300, 400, 100]);
    sent.push(toSeq(500), toSeq(600), 100, 6);
    sent.noteResent(sent.at(1), 7);
    assert.deepEqual(order(sent), [0, 200, 300, 400, 500, 100]);
  });

  it("holds what is in the network: not what arrived, nor what is lost until it is sent again", () => {
    const sent = fiveSent();
    sent.setFlags(sent.at(0), SentFlag.LOST);
    sent.setFlags(sent.at(2), SentFlag.SACKED);
    assert.deepEqual(order(sent), [100, 300, 400]);
    sent.noteResent(sent.at(0), 5);
    assert.deepEqual(order(sent), [100, 300, 400, 0]);
    sent.setFlags(sent.at(0), SentFlag.LOST | SentFlag.EVER_RETRANSMITTED);
    assert.deepEqual(order(sent), [100, 300, 400]);
  });

  it("takes back at its time what was wrongly taken for lost", () => {
    const sent = fiveSent();
    for (const index of [1, 2, 3]) sent.setFlags(sent.at(index), SentFlag.LOST);
    sent.setFlags(sent.at(2), 0);
    sent.setFlags(sent.at(1), 0);
    sent.setFlags(sent.at(3), 0);
    assert.deepEqual(order(sent), [0, 100, 200, 300, 400]);
    sent.setFlags(sent.at(0), SentFlag.LOST);
    sent.setFlags(sent.at(0), 0);
    assert.deepEqual(order(sent), [0, 100, 200, 300, 400]);
  });

  it("follows splits, merges and what is acknowledged", () => {
    const sent = fiveSent();
    sent.splitAt(1, seqAdd(sent.at(1).seq, 40));
    assert.deepEqual(order(sent), [0, 100, 140, 200, 300, 400]);
    sent.mergeWithNext(1);
    assert.deepEqual(order(sent), [0, 100, 200, 300, 400]);
    sent.shift();
    assert.deepEqual(order(sent), [100, 200, 300, 400]);
    sent.setFlags(sent.at(0), SentFlag.LOST);
    sent.splitAt(0, seqAdd(sent.at(0).seq, 40));
    assert.deepEqual(order(sent), [200, 300, 400], "neither half of a lost one is there");
    sent.clear();
    assert.deepEqual(order(sent), []);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";
import { seqAdd } from "../../../src/base/seq.ts";
import {
  applySackBlocks,
  judgeLosses,
  markAllLost,
  markFirstLost,
  nextHole,
  nextLost,
} from "../../../src/tcp/sack-scoreboard.ts";
import { SentFlag } from "../../../src/tcp/sent-segments.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import {
  openTcb,
  recordsOf,
  segmentFor,
  sendNow,
  type TcbWishes,
} from "../../support/tcb-fixture.ts";

const { SACKED, LOST, RETRANSMITTED } = SentFlag;

/** Ten segments of 1000 octets in flight, from number 1 on. */
function tenInFlight(wishes: TcbWishes = {}): Tcb {
  const tcb = openTcb(wishes);
  sendNow(tcb, 10_000);
  return tcb;
}

function report(tcb: Tcb, ...sack: (readonly [number, number])[]): boolean {
  const isNews = applySackBlocks(tcb, segmentFor(tcb, { sack }));
  judgeLosses(tcb);
  return isNews;
}

/** Numbers of the records with `flag`. */
function marked(tcb: Tcb, flag: number): number[] {
  return recordsOf(tcb).flatMap(([seq, , flags]) => ((flags & flag) !== 0 ? [seq] : []));
}

describe("applySackBlocks", () => {
  // req: tcp/SACK-7, tcp/SR-9
  it("marks whole segments and says whether that is new", () => {
    const tcb = tenInFlight({ iss: 0x7fffffff - 3000 });
    assert.equal(report(tcb, [2001, 4001]), true);
    assert.equal(report(tcb, [2001, 5001]), true);
    assert.equal(report(tcb, [2001, 5001]), false);
    assert.equal(tcb.sent.sackedOctets, 3000);
    assert.deepEqual(recordsOf(tcb).slice(0, 4), [
      [1, 1001, LOST],
      [1001, 2001, LOST],
      [2001, 5001, SACKED],
      [5001, 6001, 0],
    ]);
  });

  // req: tcp/SACK-15, tcp/SACK-13
  for (const [block, why] of [
    [[-999, 1], "below SND.UNA (a D-SACK)"],
    [[-999, 2001], "across SND.UNA"],
    [[9001, 11_001], "above SND.NXT"],
    [[3001, 3001], "of nothing"],
    [[4001, 3001], "of less than nothing"],
    [[0x40000000, 0x40001000], "from far away"],
  ] as const) {
    it(`ignores a block ${why}`, () => {
      const tcb = tenInFlight();
      assert.equal(report(tcb, block), false);
      assert.equal(tcb.sent.count, 10);
    });
  }

  // req: tcp/SACK-7
  it("cuts super-segments only between segments (CVE-2019-11477)", () => {
    const tcb = openTcb({ offload: true });
    sendNow(tcb, 10_000);
    assert.equal(tcb.sent.count, 1);
    for (let octet = 2; octet < 1000; octet += 7) report(tcb, [octet, octet + 3]);
    assert.equal(tcb.sent.count, 1, "less than a segment changes nothing");
    report(tcb, [1500, 4700]);
    assert.deepEqual(recordsOf(tcb), [
      [1, 2001, 0],
      [2001, 4001, SACKED],
      [4001, 10_001, 0],
    ]);
  });

  // req: tcp/SR-9
  it("hears of less than a segment, though there is nothing to mark", () => {
    const tcb = tenInFlight();
    assert.equal(report(tcb, [1001, 1501]), true);
    assert.equal(report(tcb, [1001, 1501]), false);
    assert.equal(tcb.sent.sackedOctets, 0);
  });

  it("joins what touches, so that a repeated block costs one look", () => {
    const tcb = openTcb();
    tcb.congestion.window = 1 << 20;
    sendNow(tcb, 500_000);
    // Every second segment, then the ones between: the worst order for joining.
    for (let at = 2001; at < 490_000; at += 2000) report(tcb, [at, at + 1000]);
    for (let at = 3001; at < 490_000; at += 2000) report(tcb, [at, at + 1000]);
    assert.ok(tcb.sent.count < 20, `${tcb.sent.count} records`);
  });
});

describe("judgeLosses", () => {
  // req: tcp/SR-1, tcp/SR-4
  it("takes a segment for lost when three above it have arrived", () => {
    const tcb = tenInFlight();
    report(tcb, [2001, 4001]);
    assert.deepEqual(marked(tcb, LOST), []);
    report(tcb, [5001, 6001]);
    assert.deepEqual(marked(tcb, LOST), [1, 1001], "4001 has only one above");
    assert.equal(tcb.sent.pipe, 10_000 - 3000 - 2000);
  });

  // req: tcp/SR-1
  it("counts three small segments, though they are few octets", () => {
    const tcb = openTcb({ settings: { noDelay: true } });
    for (let i = 0; i < 5; i++) sendNow(tcb, 10);
    report(tcb, [11, 41]);
    assert.deepEqual(marked(tcb, LOST), [1]);
  });

  it("agrees with a count over all records, whatever is reported in whatever order", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const tcb = openTcb({ iss: -20_000 });
      tcb.congestion.window = 1 << 20;
      sendNow(tcb, 40_000);
      const held = new Set<number>();
      for (let step = 0; step < 30; step++) {
        const from = randomBelow(random, 40);
        const to = Math.min(40, from + 1 + randomBelow(random, 4));
        for (let segment = from; segment < to; segment++) held.add(segment);
        report(tcb, [from * 1000 + 1, to * 1000 + 1]);
      }
      for (let segment = 0; segment < 40; segment++) {
        const above = [...held].filter((other) => other > segment).length;
        const record = tcb.sent.at(tcb.sent.indexOf(seqAdd(tcb.iss, segment * 1000 + 1)));
        const name = `seed ${seed}, segment ${segment}`;
        assert.equal(record.has(SACKED), held.has(segment), name);
        if (!held.has(segment)) assert.equal(record.has(LOST), above >= 3, name);
      }
    }
  });
});

describe("after a timeout", () => {
  // req: tcp/SR-8, tcp/SACK-8
  it("all but what the peer holds is lost", () => {
    const tcb = tenInFlight();
    report(tcb, [3001, 5001]);
    markAllLost(tcb, 0);
    assert.deepEqual(marked(tcb, SACKED), [3001]);
    assert.equal(tcb.sent.lostOctets, 8000);
    assert.equal(tcb.sent.pipe, 0);
  });

  // req: tcp/SACK-9
  it("a peer that holds the oldest segment has reneged: nothing it said counts", () => {
    const tcb = tenInFlight();
    report(tcb, [1, 3001]);
    markAllLost(tcb, 0);
    assert.equal(tcb.sent.sackedOctets, 0);
    assert.equal(tcb.sent.lostOctets, 10_000);
    assert.equal(nextLost(tcb), 0);
  });
});

describe("what to send again", () => {
  // req: tcp/SR-3
  it("is the oldest lost segment that was not sent again", () => {
    const tcb = tenInFlight();
    report(tcb, [1001, 2001], [3001, 4001], [5001, 8001]);
    assert.deepEqual(marked(tcb, LOST), [1, 2001, 4001]);
    assert.equal(nextLost(tcb), 0);
    for (const index of [0, 2]) {
      const record = tcb.sent.at(index);
      tcb.sent.setFlags(record, record.flags | RETRANSMITTED);
    }
    assert.equal(tcb.sent.at(nextLost(tcb)).seq, seqAdd(tcb.iss, 4001));
  });

  // req: tcp/SR-3
  it("is then a hole below what arrived, lost or not", () => {
    const tcb = tenInFlight();
    report(tcb, [1001, 2001], [3001, 4001]);
    assert.equal(nextLost(tcb), -1);
    assert.equal(nextHole(tcb), 0);
    tcb.recovery.highRxt = seqAdd(tcb.iss, 1001);
    assert.equal(tcb.sent.at(nextHole(tcb)).seq, seqAdd(tcb.iss, 2001));
    tcb.recovery.highRxt = seqAdd(tcb.iss, 4001);
    assert.equal(nextHole(tcb), -1, "nothing is known to have arrived above");
  });

  // req: tcp/BUG-14
  it("is one segment of a super-segment when only the first is known lost", () => {
    const tcb = openTcb({ offload: true });
    sendNow(tcb, 10_000);
    markFirstLost(tcb);
    assert.deepEqual(recordsOf(tcb), [
      [1, 1001, LOST],
      [1001, 10_001, 0],
    ]);
  });
});

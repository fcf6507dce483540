import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { armLossTimer, detectLosses, guardSent, isRecent } from "../../../src/tcp/rack.ts";
import { SentFlag } from "../../../src/tcp/sent-segments.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { arrive, openTcb, recordsOf, sendNow, sent } from "../../support/tcb-fixture.ts";

const { LOST, SACKED } = SentFlag;

/** Five segments, one every ms from 0 on, numbers on both sides of 2³¹; the round trip is 100. */
function fiveSent(rack = true): Tcb {
  const tcb = openTcb({ iss: 0x7ffff800, config: { rack } });
  tcb.rtt.sample(100);
  for (let i = 0; i < 5; i++) sendNow(tcb, 1000, i);
  return tcb;
}

/** First numbers of what is lost. */
function lost(tcb: Tcb): number[] {
  return recordsOf(tcb)
    .filter(([, , flags]) => (flags & LOST) !== 0)
    .map(([seq]) => seq);
}

describe("detectLosses", () => {
  // req: tcp/RACK-6, tcp/RACK-7
  it("judges what left before the newest arrival, and waits for the first that may be late", () => {
    const tcb = fiveSent();
    arrive(tcb, { ack: 1, sack: [[2001, 3001]] }, 102);
    assert.deepEqual(lost(tcb), []);
    assert.equal(tcb.rack.deadline, 125);
    detectLosses(tcb, 125);
    assert.deepEqual(lost(tcb), [1]);
    assert.equal(tcb.rack.deadline, 126);
    detectLosses(tcb, 200);
    assert.deepEqual(lost(tcb), [1, 1001], "not what left later than what arrived");
    assert.equal(tcb.rack.deadline, Infinity);
    assert.deepEqual(recordsOf(tcb)[2], [2001, 3001, SACKED]);
  });

  it("knows nothing before something has arrived", () => {
    const tcb = fiveSent();
    detectLosses(tcb, 10_000);
    assert.deepEqual(lost(tcb), []);
  });

  // req: tcp/RACK-1
  it("is not used where it is turned off, or no SACK is agreed", () => {
    assert.equal(openTcb().usesRack, true);
    assert.equal(openTcb({ sack: false }).usesRack, false);
    const tcb = fiveSent(false);
    arrive(tcb, { ack: 1, sack: [[2001, 3001]] }, 102);
    assert.ok(!tcb.timers.isArmed(Timer.REORDERING));
  });
});

describe("what an ACK delivers", () => {
  // req: tcp/RACK-2
  it("tells no time when it was sent again and comes back sooner than any round trip", () => {
    const tcb = fiveSent();
    arrive(tcb, { ack: 1, sack: [[1001, 4001]] }, 103);
    assert.deepEqual(sent(tcb, 103), ["A 1+1000"]);
    const { sentAt, rttMs } = tcb.rack;
    assert.deepEqual([sentAt, rttMs], [3, 100]);
    arrive(tcb, { ack: 4001 }, 150);
    assert.deepEqual([tcb.rack.sentAt, tcb.rack.rttMs], [3, 100]);
  });

  // req: tcp/RACK-3
  it("shows reordering when it never was sent again and lies below earlier arrivals", () => {
    const tcb = fiveSent();
    arrive(tcb, { ack: 1, sack: [[3001, 4001]] }, 101);
    assert.equal(tcb.rack.isReorderingSeen, false);
    arrive(tcb, { ack: 1, sack: [[1001, 2001]] }, 101);
    assert.equal(tcb.rack.isReorderingSeen, true);
  });
});

describe("isRecent", () => {
  // req: tcp/RACK-8
  it("is what left less than a round trip and the window ago", () => {
    const tcb = fiveSent();
    arrive(tcb, { ack: 1001 }, 100);
    assert.ok(isRecent(tcb, tcb.sent.at(0), 125));
    assert.ok(!isRecent(tcb, tcb.sent.at(0), 126));
  });
});

describe("the one timer", () => {
  // req: tcp/TLP-7
  it("is the reordering timer while a segment is late, not beyond the timeout", () => {
    const tcb = fiveSent();
    const { timers, rack } = tcb;
    rack.deadline = 130;
    armLossTimer(tcb, false, 100);
    assert.deepEqual([timers.at(Timer.REORDERING), timers.at(Timer.RETRANSMIT)], [130, Infinity]);
    guardSent(tcb, 110);
    assert.equal(timers.at(Timer.RETRANSMIT), Infinity);
    rack.deadline = 10_000;
    armLossTimer(tcb, false, 100);
    assert.equal(timers.at(Timer.REORDERING), 100 + tcb.rtt.rto);
    rack.deadline = Infinity;
    armLossTimer(tcb, false, 120);
    assert.deepEqual(
      [timers.at(Timer.REORDERING), timers.at(Timer.RETRANSMIT)],
      [Infinity, 120 + tcb.rtt.rto],
    );
    armLossTimer(tcb, false, 140);
    assert.equal(timers.at(Timer.RETRANSMIT), 120 + tcb.rtt.rto, "no restart without reason");
    armLossTimer(tcb, true, 140);
    assert.equal(timers.at(Timer.RETRANSMIT), 140 + tcb.rtt.rto);
  });
});

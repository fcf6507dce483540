import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd } from "../../../src/base/seq.ts";
import { RecoveryPhase } from "../../../src/tcp/recovery-state.ts";
import { timestampAt } from "../../../src/tcp/segment-builder.ts";
import { SentFlag } from "../../../src/tcp/sent-segments.ts";
import {
  beginEpisode,
  isSpurious,
  noteEpisodeDuplicates,
  noteEpisodeResent,
  takeBackLosses,
} from "../../../src/tcp/spurious-recovery.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { openTcb, recordsOf, sendNow } from "../../support/tcb-fixture.ts";

const { LOST, RETRANSMITTED, EVER_RETRANSMITTED, SACKED } = SentFlag;

/** An episode in which two segments were sent again, first at 100; the second is acknowledged. */
function episode(rack = true): Tcb {
  const tcb = openTcb({ iss: -1500, timestamps: true, config: { rack } });
  sendNow(tcb, 5000);
  tcb.recovery.phase = RecoveryPhase.FAST;
  beginEpisode(tcb);
  noteEpisodeResent(tcb, 1, 100);
  noteEpisodeResent(tcb, 1, 110);
  tcb.sndUna = seqAdd(tcb.sndUna, 2000);
  return tcb;
}

function hear(tcb: Tcb, end: number): void {
  noteEpisodeDuplicates(tcb, seqAdd(tcb.iss, end), 1);
}

describe("duplicates", () => {
  it("prove a recovery spurious when there are as many as were sent again", () => {
    const tcb = episode();
    hear(tcb, 1001);
    assert.equal(isSpurious(tcb, false), false);
    hear(tcb, 2001);
    assert.equal(isSpurious(tcb, false), true);
  });

  it("of before the recovery, or not acknowledged, count nothing", () => {
    const tcb = episode();
    hear(tcb, 1);
    hear(tcb, 2002);
    assert.equal(tcb.recovery.unconfirmedSegments, 2);
  });

  it("of an earlier recovery are waited for", () => {
    const tcb = episode();
    tcb.sent.noteResent(tcb.sent.at(0), 120);
    beginEpisode(tcb);
    assert.equal(tcb.recovery.unconfirmedSegments, 1);
    assert.equal(isSpurious(tcb, false), false, "nothing was sent again yet");
  });
});

describe("the echo", () => {
  it("of before the first retransmission proves it spurious, on an ACK that advances", () => {
    for (const [echoed, hasAdvanced, spurious] of [
      [99, true, true],
      [99, false, false],
      [100, true, false],
      [105, true, false],
    ] as const) {
      const tcb = episode();
      tcb.rack.hasEcho = true;
      tcb.rack.echo = timestampAt(tcb, echoed);
      assert.equal(isSpurious(tcb, hasAdvanced), spurious, `${echoed} ${hasAdvanced}`);
    }
  });

  it("proves nothing while other retransmissions are under way, but after a timeout it does", () => {
    const tcb = episode();
    tcb.rack.hasEcho = true;
    tcb.rack.echo = timestampAt(tcb, 50);
    const last = tcb.sent.at(tcb.sent.count - 1);
    tcb.sent.setFlags(last, LOST | RETRANSMITTED);
    assert.equal(isSpurious(tcb, true), false);
    tcb.recovery.phase = RecoveryPhase.LOSS;
    assert.equal(isSpurious(tcb, true), true);
  });

  it("is not looked at where RACK is off", () => {
    const tcb = episode(false);
    tcb.rack.hasEcho = true;
    tcb.rack.echo = timestampAt(tcb, 50);
    assert.equal(isSpurious(tcb, true), false);
  });
});

describe("takeBackLosses", () => {
  it("leaves what SACK reported, and counts each segment in the network once", () => {
    const tcb = openTcb();
    for (let i = 0; i < 4; i++) sendNow(tcb, 1000, i);
    const { sent } = tcb;
    sent.setFlags(sent.at(0), LOST);
    sent.noteResent(sent.at(0), 10);
    sent.setFlags(sent.at(1), LOST);
    sent.setFlags(sent.at(2), SACKED);
    takeBackLosses(tcb);
    const flags = recordsOf(tcb).map(([, , flag]) => flag);
    assert.deepEqual(flags, [EVER_RETRANSMITTED, 0, SACKED, 0]);
    assert.equal(sent.pipe, 3000);
  });
});

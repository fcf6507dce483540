import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd } from "../../../src/base/seq.ts";
import { enterLossRecovery, pipe, resendOversized } from "../../../src/tcp/loss-recovery.ts";
import { RecoveryPhase } from "../../../src/tcp/recovery-state.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { arrive, openTcb, sendNow, sent } from "../../support/tcb-fixture.ts";

const { OPEN, FAST, LOSS } = RecoveryPhase;

/** Plain duplicate ACKs of `ack`. */
function duplicates(tcb: ReturnType<typeof openTcb>, ack: number, count: number): string[] {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    arrive(tcb, { ack });
    lines.push(...sent(tcb));
  }
  return lines;
}

describe("without SACK", () => {
  // req: tcp/CC-16, tcp/CC-18, tcp/CC-19, tcp/CC-20
  it("two duplicates let new data go, the third resends, more inflate the window", () => {
    const tcb = openTcb({ sack: false });
    sendNow(tcb, 30_000);
    assert.equal(tcb.flightOctets, 10_000);
    assert.deepEqual(duplicates(tcb, 1, 2), ["A 10001+1000", "A 11001+1000"]);
    assert.equal(tcb.congestion.window, 10_000, "limited transmit leaves the window");
    assert.deepEqual(duplicates(tcb, 1, 1), ["A 1+1000"]);
    assert.equal(tcb.recovery.phase, FAST);
    assert.equal(tcb.congestion.ssthresh, 5000, "of 10,000: the limited data does not count");
    assert.deepEqual(duplicates(tcb, 1, 4), []);
    assert.deepEqual(duplicates(tcb, 1, 2), ["A 12001+1000", "A 13001+1000"]);
  });

  // req: tcp/NR-4, tcp/NR-3, tcp/BUG-8
  it("a partial ACK resends the next hole, a full one ends the recovery", () => {
    const tcb = openTcb({ sack: false });
    sendNow(tcb, 10_000);
    duplicates(tcb, 1, 3);
    arrive(tcb, { ack: 4001 });
    assert.deepEqual(sent(tcb), ["A 4001+1000"]);
    assert.equal(tcb.recovery.phase, FAST);
    arrive(tcb, { ack: 10_001 });
    assert.equal(tcb.recovery.phase, OPEN);
    assert.ok(tcb.congestion.window <= 5000, "no burst");
  });

  // req: tcp/NR-2, tcp/NR-7
  it("duplicates after the recovery, of nothing above its point, start no new one", () => {
    const tcb = openTcb({ sack: false });
    sendNow(tcb, 10_000);
    enterLossRecovery(tcb, 0);
    sent(tcb);
    arrive(tcb, { ack: 10_001 });
    assert.equal(tcb.recovery.phase, OPEN);
    sendNow(tcb, 5000);
    duplicates(tcb, 10_001, 4);
    assert.equal(tcb.recovery.phase, OPEN);
  });

  it("made-up duplicates never empty the pipe", () => {
    const tcb = openTcb({ sack: false });
    sendNow(tcb, 200_000);
    duplicates(tcb, 1, 500);
    assert.ok(pipe(tcb) > 0);
    assert.ok(tcb.flightOctets <= 17_000, `${tcb.flightOctets}`);
  });
});

describe("with SACK", () => {
  // req: tcp/SR-5, tcp/SR-6, tcp/SR-7
  it("resends what is lost, as the pipe allows, and ends at the recovery point", () => {
    const tcb = openTcb();
    sendNow(tcb, 10_000);
    arrive(tcb, { ack: 1, sack: [[3001, 7001]] });
    assert.deepEqual(
      sent(tcb),
      ["A 1+1000", "A 1001+1000"],
      "2000 lost, 4000 held, 3000 in flight",
    );
    assert.equal(tcb.congestion.window, 5000);
    assert.equal(pipe(tcb), 5000);
    arrive(tcb, { ack: 1, sack: [[3001, 8001]] });
    assert.deepEqual(sent(tcb), ["A 2001+1000"]);
    arrive(tcb, { ack: 8001 });
    assert.equal(tcb.recovery.phase, FAST);
    arrive(tcb, { ack: 10_001 });
    assert.equal(tcb.recovery.phase, OPEN);
  });

  // req: tcp/SR-9, tcp/CC-17
  it("a duplicate ACK without news is none", () => {
    const tcb = openTcb();
    sendNow(tcb, 20_000);
    assert.deepEqual(duplicates(tcb, 1, 10), []);
    assert.equal(tcb.recovery.phase, OPEN);
  });

  // req: tcp/SR-10, tcp/SR-3
  it("when nothing else can be sent, holes and then once the tail are", () => {
    const tcb = openTcb({ config: { rack: false } });
    sendNow(tcb, 10_000);
    arrive(tcb, {
      ack: 1,
      sack: [
        [1001, 5001],
        [6001, 7001],
      ],
    });
    assert.deepEqual(sent(tcb), ["A 1+1000"]);
    arrive(tcb, { ack: 5001, sack: [[6001, 7001]] });
    assert.deepEqual(sent(tcb), ["A 5001+1000"], "a hole");
    arrive(tcb, { ack: 5001, sack: [[6001, 8001]] });
    assert.deepEqual(sent(tcb), ["PA 9001+1000"], "the rescue");
    arrive(tcb, { ack: 5001, sack: [[6001, 9001]] });
    assert.deepEqual(sent(tcb), []);
  });
});

describe("after a timeout", () => {
  // req: tcp/CC-10, tcp/CC-12, tcp/BUG-2, tcp/BUG-14
  it("one segment is sent, then slow start goes over the rest", () => {
    const tcb = openTcb({ sack: false });
    sendNow(tcb, 10_000);
    enterLossRecovery(tcb, 0);
    assert.equal(tcb.congestion.ssthresh, 5000);
    assert.equal(tcb.congestion.window, 1000);
    assert.deepEqual(sent(tcb), ["A 1+1000"]);
    arrive(tcb, { ack: 1001 });
    assert.deepEqual(sent(tcb), ["A 1001+1000", "A 2001+1000"]);
    assert.equal(tcb.recovery.phase, LOSS);
    arrive(tcb, { ack: 10_001 });
    assert.equal(tcb.recovery.phase, OPEN);
  });

  // req: tcp/CC-11
  it("the same segment timing out again keeps ssthresh", () => {
    const tcb = openTcb();
    sendNow(tcb, 10_000);
    tcb.timeouts = 1;
    enterLossRecovery(tcb, 0);
    sent(tcb);
    tcb.timeouts = 2;
    enterLossRecovery(tcb, 1000);
    assert.equal(tcb.congestion.ssthresh, 5000);
    assert.equal(tcb.congestion.window, 1000);
  });
});

describe("resendOversized", () => {
  // req: tcp/PMTU-1, tcp/PMTU-6
  it("cuts what no longer fits and sends it at once, without slowing down", () => {
    const tcb = openTcb();
    sendNow(tcb, 3000);
    tcb.mss = 600;
    resendOversized(tcb);
    assert.deepEqual(sent(tcb), [
      "A 1+600",
      "A 601+400",
      "A 1001+600",
      "A 1601+400",
      "A 2001+600",
      "PA 2601+400",
    ]);
    assert.equal(tcb.congestion.window, 10_000);
    arrive(tcb, { ack: 3001 });
    assert.equal(tcb.recovery.phase, OPEN);
    assert.equal(tcb.timers.isArmed(Timer.RETRANSMIT), false);
    assert.equal(tcb.sndUna, seqAdd(tcb.iss, 3001));
  });
});

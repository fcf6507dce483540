import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { offerSyn } from "../../../src/tcp/handshake.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { expireTimers, nextKeepAliveAt, nextTimeout } from "../../../src/tcp/timers.ts";
import { arrive, openTcb, sendNow, sent, write } from "../../support/tcb-fixture.ts";

/** Lets each deadline pass as it comes, until nothing is armed or `until`; says when what was sent. */
function run(tcb: Tcb, until: number): [number, string][] {
  const all: [number, string][] = [];
  for (let now = nextTimeout(tcb); now <= until; now = nextTimeout(tcb)) {
    expireTimers(tcb, now);
    for (const line of sent(tcb, now)) all.push([now, line]);
    assert.ok(nextTimeout(tcb) > now, "a deadline that passed is gone");
  }
  return all;
}

describe("the retransmission timer", () => {
  // req: tcp/RTO-10, tcp/RTO-13, tcp/RTO-14, tcp/RTO-15, tcp/BUG-10, tcp/MUST-19
  it("doubles with each expiry", () => {
    const tcb = openTcb();
    sendNow(tcb, 1000);
    const times = run(tcb, 31_000).map(([at]) => at);
    assert.deepEqual(times, [1000, 3000, 7000, 15_000, 31_000]);
  });

  // req: tcp/MUST-20, tcp/SHLD-10, tcp/SHLD-11, tcp/SEG-34
  it("doubts the next hop after R1, and gives up after R2", () => {
    const tcb = openTcb({ config: { retries1: 3, retries2: 5, maxRtoMs: 60_000 } });
    let advices = 0;
    (tcb.path as { advise: () => void }).advise = () => {
      advices++;
    };
    sendNow(tcb, 1000);
    const times = run(tcb, 1e9).map(([at]) => at);
    assert.equal(advices, times.length - 3);
    assert.equal(tcb.error, Errno.ETIMEDOUT);
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.equal(nextTimeout(tcb), Infinity);
  });

  it("is late by hours and acts once", () => {
    const tcb = openTcb();
    sendNow(tcb, 5000);
    expireTimers(tcb, 7_200_000);
    assert.deepEqual(sent(tcb, 7_200_000), ["A 1+1000"]);
    assert.equal(nextTimeout(tcb), 7_202_000);
  });

  // req: tcp/MUST-21
  it("gives up when the user says so, and does not oversleep it", () => {
    const tcb = openTcb({ settings: { userTimeoutMs: 2500 } });
    sendNow(tcb, 1000);
    run(tcb, 1e9);
    assert.equal(tcb.error, Errno.ETIMEDOUT);
    const patient = openTcb();
    sendNow(patient, 1000);
    run(patient, 4000);
    assert.equal(patient.state, TcpState.ESTABLISHED);
  });

  // req: tcp/SHLD-17, tcp/MUST-35
  it("over a window that was shrunk to nothing goes on as long as the peer answers", () => {
    const tcb = openTcb({ config: { retries2: 2 } });
    sendNow(tcb, 1000);
    arrive(tcb, { ack: 1, window: 0 });
    for (let i = 0; i < 30; i++) {
      const now = nextTimeout(tcb);
      expireTimers(tcb, now);
      assert.equal(sent(tcb, now).length, 1);
      arrive(tcb, { ack: 1, window: 0 }, now + 10);
    }
    assert.equal(tcb.state, TcpState.ESTABLISHED);
  });
});

describe("a SYN", () => {
  const opening = (wishes: Parameters<typeof openTcb>[0]): Tcb => {
    const tcb = openTcb({ state: TcpState.SYN_SENT, ...wishes });
    tcb.isSynAcked = false;
    tcb.sndUna = tcb.iss;
    offerSyn(tcb, 0);
    sent(tcb);
    return tcb;
  };

  // req: tcp/MUST-22, tcp/MUST-23
  it("is repeated for more than three minutes", () => {
    const tcb = opening({});
    const times = run(tcb, 1e9).map(([at]) => at);
    assert.equal(times.length, 7);
    assert.equal(tcb.error, Errno.ETIMEDOUT);
    assert.ok((times.at(-1) as number) < 180_000);
  });

  it("TCP_SYNCNT bounds it", () => {
    const tcb = opening({ settings: { synRetries: 1 } });
    assert.deepEqual(run(tcb, 1e9), [[1000, "S 0+0"]]);
  });

  it("of a listener ends without an error to anybody", () => {
    const tcb = opening({ state: TcpState.SYN_RECEIVED });
    tcb.isPassive = true;
    assert.equal(run(tcb, 1e9).length, 5);
    assert.equal(tcb.error, 0);
    assert.equal(tcb.state, TcpState.CLOSED);
  });
});

describe("probing a closed window", () => {
  const probing = (isOrphan: boolean): Tcb => {
    const tcb = openTcb({ window: 0, config: { retries2: 4 } });
    tcb.isOrphan = isOrphan;
    write(tcb, 100);
    sent(tcb);
    return tcb;
  };

  // req: tcp/ZWP-4, tcp/MUST-37
  it("ends when nobody answers", () => {
    const tcb = probing(false);
    assert.equal(run(tcb, 1e9).length, 4);
    assert.equal(tcb.error, Errno.ETIMEDOUT);
  });

  it("for an orphan ends though the peer answers (sockstress)", () => {
    const tcb = probing(true);
    for (let i = 0; i < 20 && tcb.state !== TcpState.CLOSED; i++) {
      const now = nextTimeout(tcb);
      expireTimers(tcb, now);
      sent(tcb, now);
      arrive(tcb, { window: 0 }, now);
    }
    assert.equal(tcb.state, TcpState.CLOSED);
  });
});

describe("keep-alive", () => {
  const settings = {
    keepAlive: true,
    keepAliveIdleMs: 60_000,
    keepAliveIntervalMs: 5000,
    keepAliveProbes: 3,
  };

  // req: tcp/MUST-25, tcp/MUST-24
  it("is off by default", () => {
    assert.equal(nextTimeout(openTcb()), Infinity);
  });

  // req: tcp/MUST-27, tcp/MUST-29, tcp/SHLD-12, tcp/BUG-9, tcp/BUG-11
  it("probes below SND.NXT after silence, three times, then gives up", () => {
    const tcb = openTcb({ settings });
    assert.deepEqual(run(tcb, 1e9), [
      [60_000, "A 0+0"],
      [65_000, "A 0+0"],
      [70_000, "A 0+0"],
    ]);
    assert.equal(tcb.error, Errno.ETIMEDOUT);
  });

  // req: tcp/MUST-26
  it("starts over with any segment, and does not ask while something is outstanding", () => {
    const tcb = openTcb({ settings });
    run(tcb, 65_000);
    arrive(tcb, {}, 66_000);
    assert.equal(nextKeepAliveAt(tcb), 126_000);
    sendNow(tcb, 10, 66_000);
    assert.equal(nextKeepAliveAt(tcb), Infinity);
  });
});

describe("lingering", () => {
  // req: tcp/MUST-13
  it("in TIME-WAIT and FIN-WAIT-2 ends in CLOSED, silently", () => {
    const tcb = openTcb({ state: TcpState.TIME_WAIT });
    tcb.timers.set(Timer.LINGER, 60_000);
    assert.deepEqual(run(tcb, 1e9), []);
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.equal(tcb.error, 0);
  });
});

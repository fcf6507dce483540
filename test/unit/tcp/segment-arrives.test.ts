import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { type Arrival, arrive, openTcb, relative, sent } from "../../support/tcb-fixture.ts";

const { ACK, SYN, FIN, RST, URG } = TcpFlag;

describe("the order of checks", () => {
  for (const [arrival, drop, answers, why] of [
    [{ flags: RST, seq: 70_001 }, "tcp-unacceptable", false, "BLIND-1: a RST outside the window"],
    [{ flags: RST, seq: 2 }, "tcp-challenge-ack", true, "BLIND-3: a RST inside, not at RCV.NXT"],
    [{ flags: SYN, seq: 2 }, "tcp-challenge-ack", true, "BLIND-4: a SYN inside"],
    [{ flags: SYN, seq: -70_000 }, "tcp-unacceptable", true, "BLIND-4: a SYN outside"],
    [{ flags: 0, length: 10 }, "tcp-no-ack", false, "SEG-19: no ACK bit"],
    [{ flags: ACK, seq: 70_001, length: 10 }, "tcp-unacceptable", true, "SEG-12: text outside"],
    [{ flags: ACK, seq: 0 }, "tcp-unacceptable", true, "ZWP-1: a keep-alive probe"],
  ] as [Arrival, "tcp-no-ack", boolean, string][]) {
    // req: tcp/BLIND-1, tcp/BLIND-3, tcp/BLIND-4, tcp/SEG-12, tcp/SEG-19, tcp/ZWP-1
    it(`${answers ? "answers" : "does not answer"} ${why}`, () => {
      const tcb = openTcb();
      arrive(tcb, arrival);
      assert.equal(tcb.counters.dropped(drop), 1);
      assert.deepEqual(sent(tcb), answers ? ["A 1+0"] : []);
      assert.equal(tcb.state, TcpState.ESTABLISHED);
      assert.equal(relative(tcb.rcvNxt, tcb.irs), 1);
    });
  }

  // req: tcp/BLIND-2, tcp/SHLD-2
  it("a RST at RCV.NXT resets, with text or without", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: RST, length: 20 });
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.equal(tcb.error, Errno.ECONNRESET);
    assert.deepEqual(sent(tcb), []);
  });

  // req: tcp/BLIND-6
  it("a storm is answered so often in a second and no more", () => {
    const tcb = openTcb({ config: { challengeAckLimit: 10 } });
    let answers = 0;
    for (let i = 0; i < 1000; i++) {
      arrive(tcb, { flags: SYN, seq: 5 }, i / 2);
      answers += sent(tcb, i / 2).length;
    }
    assert.ok(answers >= 5 && answers <= 15, `${answers} answers`);
  });
});

describe("timestamps", () => {
  const stamped = (): ReturnType<typeof openTcb> => {
    const tcb = openTcb({ timestamps: true });
    tcb.tsRecent = 100;
    return tcb;
  };

  // req: tcp/PAWS-1
  it("an older one is answered and dropped, before the sequence check", () => {
    const tcb = stamped();
    arrive(tcb, { length: 10, tsVal: 99 });
    assert.equal(tcb.counters.dropped("tcp-paws"), 1);
    assert.equal(tcb.receiveBuffer.readable, 0);
    assert.deepEqual(sent(tcb), ["A 1+0"]);
  });

  // req: tcp/PAWS-2
  it("a RST needs none, and does not set any", () => {
    const tcb = stamped();
    arrive(tcb, { flags: RST, tsVal: 99 });
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.equal(tcb.tsRecent, 100);
  });

  // req: tcp/TS-3
  it("a missing one drops the segment silently", () => {
    const tcb = stamped();
    arrive(tcb, { length: 10 });
    assert.equal(tcb.counters.dropped("tcp-missing-timestamp"), 1);
    assert.deepEqual(sent(tcb), []);
    assert.equal(tcb.state, TcpState.ESTABLISHED);
  });

  // req: tcp/TS-4
  it("one that was not agreed on is ignored", () => {
    const tcb = openTcb();
    tcb.tsRecent = 100;
    arrive(tcb, { length: 10, tsVal: 5 });
    assert.equal(tcb.receiveBuffer.readable, 10);
    assert.equal(tcb.tsRecent, 100);
  });

  // req: tcp/TS-5, tcp/TS-6
  it("is taken from what begins at or below the last ACK, not from above a hole", () => {
    const tcb = stamped();
    tcb.quickAcksLeft = 0;
    arrive(tcb, { seq: 101, length: 10, tsVal: 110 });
    assert.equal(tcb.tsRecent, 100);
    sent(tcb);
    arrive(tcb, { seq: 1, length: 100, tsVal: 105 });
    assert.equal(tcb.tsRecent, 105);
    arrive(tcb, { seq: 111, length: 10, tsVal: 120 });
    assert.equal(tcb.tsRecent, 105, "the oldest that is not acknowledged yet");
  });
});

describe("a closed window of ours", () => {
  const closed = (): ReturnType<typeof openTcb> => {
    const tcb = openTcb();
    tcb.rcvAdv = tcb.rcvNxt;
    tcb.sendBuffer.append(new Uint8Array(1000), 0, 1000);
    sent(tcb);
    tcb.rcvAdv = tcb.rcvNxt;
    return tcb;
  };

  // req: tcp/SEG-13, tcp/MUST-66, tcp/ZWP-1
  it("takes the ACK of a segment at RCV.NXT, leaves its text, and answers", () => {
    const tcb = closed();
    arrive(tcb, { ack: 1001, length: 500 });
    assert.equal(relative(tcb.sndUna, tcb.iss), 1001);
    assert.equal(tcb.receiveBuffer.readable, 0);
    assert.equal(sent(tcb).length, 1);
  });

  // req: tcp/MUST-66
  it("heeds RST and URG", () => {
    const urgent = closed();
    arrive(urgent, { flags: ACK | URG, length: 5, urgentPointer: 3 });
    assert.notEqual(urgent.urgent, null);
    const reset = closed();
    arrive(reset, { flags: RST });
    assert.equal(reset.state, TcpState.CLOSED);
  });

  it("takes a bare FIN", () => {
    const tcb = closed();
    arrive(tcb, { flags: FIN | ACK });
    assert.equal(tcb.state, TcpState.CLOSE_WAIT);
  });
});

describe("SYN-RECEIVED", () => {
  const halfOpen = (isPassive: boolean): ReturnType<typeof openTcb> => {
    const tcb = openTcb({ state: TcpState.SYN_RECEIVED });
    tcb.isPassive = isPassive;
    tcb.isSynAcked = false;
    tcb.sndUna = tcb.iss;
    return tcb;
  };

  it("answers the peer's SYN, repeated, with the SYN,ACK", () => {
    const tcb = halfOpen(true);
    arrive(tcb, { flags: SYN, seq: 0 });
    assert.deepEqual(sent(tcb), ["SA 0+0"]);
  });

  // req: tcp/SEG-18
  it("of a listener ends at another SYN; of an active open it is challenged", () => {
    const passive = halfOpen(true);
    arrive(passive, { flags: SYN, seq: 50 });
    assert.equal(passive.state, TcpState.CLOSED);
    assert.equal(passive.error, 0);
    const active = halfOpen(false);
    arrive(active, { flags: SYN, seq: 50 });
    assert.equal(active.state, TcpState.SYN_RECEIVED);
  });

  // req: tcp/SEG-15
  it("ends at a RST: silently for a listener, refused for an active open", () => {
    for (const [isPassive, error] of [
      [true, 0],
      [false, Errno.ECONNREFUSED],
    ] as const) {
      const tcb = halfOpen(isPassive);
      arrive(tcb, { flags: RST });
      assert.equal(tcb.state, TcpState.CLOSED);
      assert.equal(tcb.error, error);
    }
  });

  // req: tcp/MUST-10
  it("is established by the SYN,ACK that crossed ours", () => {
    const tcb = halfOpen(false);
    arrive(tcb, { flags: SYN | ACK, seq: 0, ack: 1 });
    assert.equal(tcb.state, TcpState.ESTABLISHED);
  });
});

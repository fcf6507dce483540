import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeForGood, shutdownReceive, shutdownSend } from "../../../src/tcp/close-call.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { arrive, openTcb, sent, write } from "../../support/tcb-fixture.ts";

describe("shutdownSend", () => {
  // req: tcp/SEG-35, tcp/SEG-37
  for (const [before, after] of [
    [TcpState.SYN_RECEIVED, TcpState.FIN_WAIT_1],
    [TcpState.ESTABLISHED, TcpState.FIN_WAIT_1],
    [TcpState.CLOSE_WAIT, TcpState.LAST_ACK],
  ] as const) {
    it(`leads from ${before} to ${after}, with a FIN`, () => {
      const tcb = openTcb({ state: before });
      if (before === TcpState.SYN_RECEIVED) tcb.isSynAcked = false;
      shutdownSend(tcb);
      assert.equal(tcb.state, after);
      assert.deepEqual(sent(tcb), ["FA 1+0"]);
      shutdownSend(tcb);
      assert.deepEqual(sent(tcb), []);
    });
  }

  // req: tcp/SEG-36
  it("in SYN-SENT forgets the connection", () => {
    const tcb = openTcb({ state: TcpState.SYN_SENT });
    shutdownSend(tcb);
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.deepEqual(sent(tcb), []);
  });

  // req: tcp/SEG-37
  it("before the ACK of our SYN: that ACK then leads to FIN-WAIT-2 like any other", () => {
    const tcb = openTcb({ state: TcpState.SYN_RECEIVED });
    tcb.isSynAcked = false;
    tcb.sndUna = tcb.iss;
    shutdownSend(tcb);
    sent(tcb);
    arrive(tcb, { ack: 1 });
    assert.equal(tcb.state, TcpState.FIN_WAIT_1);
    arrive(tcb, { ack: 2 });
    assert.equal(tcb.state, TcpState.FIN_WAIT_2);
  });
});

describe("shutdownReceive", () => {
  it("lets a reader see the end", () => {
    const tcb = openTcb();
    shutdownReceive(tcb);
    assert.equal(tcb.events & TcpEvent.READABLE, TcpEvent.READABLE);
    assert.equal(tcb.state, TcpState.ESTABLISHED);
  });
});

describe("closeForGood", () => {
  it("sends what was written, then FIN", () => {
    const tcb = openTcb();
    write(tcb, 500);
    closeForGood(tcb, 0);
    assert.deepEqual(sent(tcb), ["FPA 1+500"]);
    assert.equal(tcb.isOrphan, true);
  });

  // req: tcp/SHLD-3, tcp/BUG-17, tcp/SEG-38
  it("with unread data, or a linger time of 0, resets", () => {
    const unread = openTcb();
    arrive(unread, { length: 10 });
    closeForGood(unread, 0);
    assert.deepEqual(sent(unread), ["RA 1+0"]);
    assert.equal(unread.receiveBuffer.storageOctets, 0);
    const lingering = openTcb({ settings: { lingerMs: 0 } });
    write(lingering, 500);
    closeForGood(lingering, 0);
    assert.deepEqual(sent(lingering), ["RA 1+0"]);
    assert.equal(lingering.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
  });

  it("in FIN-WAIT-2 starts to wait, with an end", () => {
    const tcb = openTcb({ state: TcpState.FIN_WAIT_2, settings: { finWait2TimeoutMs: 5000 } });
    closeForGood(tcb, 100);
    assert.equal(tcb.timers.at(Timer.LINGER), 5100);
  });

  it("of what is closed already only says so", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: 0x04 });
    tcb.events = 0;
    closeForGood(tcb, 0);
    assert.equal(tcb.events, TcpEvent.CLOSED);
    assert.deepEqual(sent(tcb), []);
  });
});

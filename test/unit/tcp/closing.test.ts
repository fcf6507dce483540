import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { abort, fail, failByReset, failByTimeout, finish } from "../../../src/tcp/closing.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import { nextTimeout } from "../../../src/tcp/timers.ts";
import { stateName } from "../../../src/tcp/transition.ts";
import { arrive, openTcb, sendNow, sent } from "../../support/tcb-fixture.ts";

const { CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 } = TcpState;
const { CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT } = TcpState;

describe("abort", () => {
  for (const [state, answers] of [
    [SYN_SENT, false],
    [SYN_RECEIVED, true],
    [ESTABLISHED, true],
    [FIN_WAIT_1, true],
    [FIN_WAIT_2, true],
    [CLOSE_WAIT, true],
    [CLOSING, false],
    [LAST_ACK, false],
    [TIME_WAIT, false],
  ] as const) {
    // req: tcp/SEG-38
    it(`in ${stateName(state)} ${answers ? "sends a RST of SND.NXT" : "sends nothing"}`, () => {
      const tcb = openTcb({ state });
      abort(tcb);
      assert.equal(tcb.state, CLOSED);
      assert.deepEqual(sent(tcb), answers ? ["RA 1+0"] : []);
      assert.equal(tcb.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
      assert.equal(nextTimeout(tcb), Infinity);
    });
  }

  it("says CLOSED only once the RST has left", () => {
    const tcb = openTcb();
    abort(tcb);
    assert.equal(tcb.events & TcpEvent.CLOSED, 0);
    sent(tcb);
    assert.equal(tcb.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
  });
});

describe("a reset by the peer", () => {
  for (const [state, error] of [
    [SYN_SENT, Errno.ECONNREFUSED],
    [ESTABLISHED, Errno.ECONNRESET],
    [FIN_WAIT_2, Errno.ECONNRESET],
    [CLOSE_WAIT, Errno.EPIPE],
  ] as const) {
    // req: tcp/SEG-15, tcp/SEG-16, tcp/MUST-12
    it(`in ${stateName(state)} is error ${error}`, () => {
      const tcb = openTcb({ state });
      sendNow(tcb, 2000);
      failByReset(tcb);
      assert.equal(tcb.error, error);
      assert.equal(tcb.events, tcb.events | TcpEvent.ERROR | TcpEvent.CLOSED);
      assert.equal(tcb.sent.count, 0);
      assert.equal(tcb.sendBuffer.length, 0);
      assert.equal(tcb.sendBuffer.storageOctets, 0);
    });
  }
});

describe("other ends", () => {
  // req: tcp/SHLD-25
  it("a time-out tells what was learned on the way", () => {
    const plain = openTcb();
    failByTimeout(plain);
    assert.equal(plain.error, Errno.ETIMEDOUT);
    const informed = openTcb();
    informed.softError = Errno.EHOSTUNREACH;
    failByTimeout(informed);
    assert.equal(informed.error, Errno.EHOSTUNREACH);
  });

  it("happen once", () => {
    const tcb = openTcb();
    finish(tcb, "timeout");
    fail(tcb, Errno.ECONNRESET, "receive RST");
    assert.equal(tcb.error, 0);
  });

  // req: tcp/SEG-24
  for (const [before, after] of [
    [FIN_WAIT_1, FIN_WAIT_2],
    [CLOSING, TIME_WAIT],
    [LAST_ACK, CLOSED],
  ] as const) {
    it(`the ACK of our FIN leads from ${stateName(before)} to ${stateName(after)}`, () => {
      const tcb = openTcb({ state: before });
      tcb.isSendShut = true;
      tcb.hasPeerFin = before !== FIN_WAIT_1;
      sendNow(tcb, 0);
      arrive(tcb, { ack: 2 }, 50);
      assert.equal(tcb.state, after);
      if (after === TIME_WAIT) assert.equal(nextTimeout(tcb), 50 + 2 * tcb.config.mslMs);
      if (after === CLOSED) assert.equal(tcb.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
    });
  }
});

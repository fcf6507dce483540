import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { offerSyn } from "../../../src/tcp/handshake.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { keepTextOfSyn } from "../../../src/tcp/syn-sent.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, relative, segmentFor, sent } from "../../support/tcb-fixture.ts";

const { ACK, SYN, FIN, RST } = TcpFlag;

function opening(iss = 0): Tcb {
  const tcb = openTcb({ iss, state: TcpState.SYN_SENT });
  tcb.isSynAcked = false;
  tcb.sndUna = tcb.iss;
  offerSyn(tcb, 0);
  assert.deepEqual(sent(tcb), ["S 0+0"]);
  return tcb;
}

describe("SYN-SENT", () => {
  for (const iss of [0, 0x7fffffff, -1]) {
    // req: tcp/SEG-7
    it(`is ESTABLISHED by a SYN,ACK, text and FIN of which count (ISS ${iss})`, () => {
      const tcb = opening(iss);
      arrive(tcb, { flags: SYN | ACK | FIN, seq: 0, ack: 1, length: 20 });
      assert.equal(tcb.state, TcpState.CLOSE_WAIT);
      assert.equal(tcb.receiveBuffer.readable, 20);
      assert.equal(relative(tcb.rcvNxt, tcb.irs), 22);
      assert.deepEqual(sent(tcb), ["A 1+0"]);
    });
  }

  // req: tcp/SEG-5
  for (const ack of [0, 2, -5, 0x7fffff00]) {
    it(`answers an ACK of ${ack} with a RST, and waits on`, () => {
      const tcb = opening();
      arrive(tcb, { flags: SYN | ACK, seq: 0, ack });
      assert.deepEqual(sent(tcb), [`R ${ack}+0`]);
      assert.equal(tcb.state, TcpState.SYN_SENT);
      arrive(tcb, { flags: RST | ACK, seq: 0, ack });
      assert.deepEqual(sent(tcb), []);
      assert.equal(tcb.state, TcpState.SYN_SENT);
    });
  }

  // req: tcp/SEG-6
  it("is refused by a RST with the right ACK only", () => {
    const tcb = opening();
    arrive(tcb, { flags: RST, seq: 0 });
    assert.equal(tcb.state, TcpState.SYN_SENT);
    arrive(tcb, { flags: RST | ACK, seq: 0, ack: 1 });
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.equal(tcb.error, Errno.ECONNREFUSED);
  });

  // req: tcp/SEG-8, tcp/MUST-10, tcp/MUST-11
  it("becomes SYN-RECEIVED by a bare SYN, and answers with the same ISS", () => {
    const tcb = opening();
    arrive(tcb, { flags: SYN, seq: 0 });
    assert.equal(tcb.state, TcpState.SYN_RECEIVED);
    assert.equal(tcb.isPassive, false);
    assert.deepEqual(sent(tcb), ["SA 0+0"]);
  });

  // req: tcp/SEG-9, tcp/SEG-29
  it("drops everything else", () => {
    const tcb = opening();
    arrive(tcb, { flags: ACK, ack: 1, length: 5 });
    arrive(tcb, { flags: FIN, seq: 0 });
    assert.equal(tcb.counters.dropped("tcp-bad-state"), 2);
    assert.deepEqual(sent(tcb), []);
    assert.equal(tcb.state, TcpState.SYN_SENT);
  });
});

describe("keepTextOfSyn", () => {
  // req: tcp/SEG-10, tcp/SEG-4
  it("keeps what came with a SYN, a segment at most", () => {
    const tcb = opening();
    const bytes = new Uint8Array(60_000);
    keepTextOfSyn(tcb, segmentFor(tcb, { flags: SYN, seq: 0, length: 60_000 }), bytes);
    assert.equal(tcb.receiveBuffer.readable, 1460);
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 1461);
  });
});

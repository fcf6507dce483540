import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd, toSeq } from "../../../src/base/seq.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { Tcb } from "../../../src/tcp/tcb.ts";
import { openTcb, sendNow, sent, write } from "../../support/tcb-fixture.ts";

describe("the control block", () => {
  it("does its arithmetic across the wrap, and with a window that was shrunk", () => {
    for (const iss of [0, 0x7fffffff - 700, -700]) {
      const tcb = openTcb({ iss, window: 5000 });
      write(tcb, 3000);
      assert.equal(tcb.unsentOctets, 3000);
      sent(tcb);
      assert.equal(tcb.unsentOctets, 0);
      assert.equal(tcb.flightOctets, 3000);
      assert.equal(tcb.usableWindow, 2000);
      tcb.sndWnd = 1000;
      assert.equal(tcb.usableWindow, -2000);
      assert.equal(tcb.sndWindowEnd, seqAdd(tcb.iss, 1001));
    }
  });

  it("counts our FIN after all that was written, and the peer's after all that arrived", () => {
    const tcb = openTcb({ iss: -5 });
    sendNow(tcb, 10);
    tcb.isSendShut = true;
    assert.deepEqual([tcb.isFinSent, tcb.isFinAcked], [false, false]);
    tcb.state = TcpState.FIN_WAIT_1;
    sent(tcb);
    assert.deepEqual([tcb.isFinSent, tcb.isFinAcked], [true, false]);
    tcb.sndUna = tcb.sndNxt;
    assert.equal(tcb.isFinAcked, true);
    tcb.hasPeerFin = true;
    tcb.peerFin = tcb.rcvNxt;
    assert.equal(tcb.isPeerFinTaken, false);
    tcb.rcvNxt = seqAdd(tcb.rcvNxt, 1);
    assert.equal(tcb.isPeerFinTaken, true);
  });

  // req: tcp/MUST-15
  it("assumes the default segment size of its address family", () => {
    for (const [isV6, mss] of [
      [false, 536],
      [true, 1220],
    ] as const) {
      const { connection, config, settings, path, counters, random, scratch } = openTcb();
      const tcb = new Tcb(connection, {
        config,
        settings,
        counters,
        random,
        scratch,
        path: { ...path, isV6 },
        iss: toSeq(0),
        timestampOffset: 0,
      });
      assert.equal(tcb.sendMss, mss);
    }
  });
});

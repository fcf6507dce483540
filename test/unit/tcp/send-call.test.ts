import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { shutdownSend } from "../../../src/tcp/close-call.ts";
import { isWritable, sendText, sendUrgentText } from "../../../src/tcp/send-call.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { arrive, openTcb, sent } from "../../support/tcb-fixture.ts";

const OCTETS = new Uint8Array(5000);

describe("sendText", () => {
  it("takes as much as there is room for, then −EAGAIN", () => {
    const tcb = openTcb({ settings: { sendBufferOctets: 3000 } });
    assert.equal(isWritable(tcb), true);
    assert.equal(sendText(tcb, OCTETS, 0, 1000), 1000);
    assert.equal(tcb.wantsWritable, false);
    assert.equal(sendText(tcb, OCTETS, 0, 5000), 2000);
    assert.equal(sendText(tcb, OCTETS, 0, 5000), -Errno.EAGAIN);
    assert.equal(tcb.wantsWritable, true);
    assert.equal(isWritable(tcb), false);
    assert.equal(sendText(tcb, OCTETS, 0, 0), 0);
  });

  it("follows a change of the buffer size", () => {
    const tcb = openTcb({ settings: { sendBufferOctets: 1000 } });
    sendText(tcb, OCTETS, 0, 5000);
    tcb.settings.sendBufferOctets = 4000;
    assert.equal(sendText(tcb, OCTETS, 0, 5000), 3000);
  });

  // req: tcp/SEG-39
  it("fails after CLOSE and after the end, with the pending error first", () => {
    const shut = openTcb();
    shutdownSend(shut);
    assert.equal(sendText(shut, OCTETS, 0, 10), -Errno.EPIPE);
    assert.equal(isWritable(shut), true, "it fails at once");
    const dead = openTcb();
    arrive(dead, { flags: 0x04 });
    assert.equal(sendText(dead, OCTETS, 0, 10), -Errno.ECONNRESET);
    assert.equal(sendText(dead, OCTETS, 0, 10), -Errno.EPIPE);
    assert.equal(sendText(openTcb({ state: TcpState.CLOSED }), OCTETS, 0, 10), -Errno.EPIPE);
  });

  // req: tcp/SEG-39
  it("goes on after the peer's FIN", () => {
    const tcb = openTcb({ state: TcpState.CLOSE_WAIT });
    assert.equal(sendText(tcb, OCTETS, 0, 10), 10);
    assert.deepEqual(sent(tcb), ["PA 1+10"]);
  });
});

describe("sendUrgentText", () => {
  it("marks nothing when the urgent octet found no room", () => {
    const tcb = openTcb({ settings: { sendBufferOctets: 5 } });
    assert.equal(sendUrgentText(tcb, OCTETS, 0, 10), 5);
    assert.equal(tcb.urgent, null);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { isReadable, readableOctets, receiveInto } from "../../../src/tcp/receive-call.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, sent } from "../../support/tcb-fixture.ts";

function read(tcb: Tcb, octets = 1 << 20, isPeek = false): number {
  return receiveInto(tcb, new Uint8Array(octets), 0, octets, isPeek);
}

describe("receiveInto", () => {
  it("gives what there is, then −EAGAIN", () => {
    const tcb = openTcb();
    assert.equal(read(tcb), -Errno.EAGAIN);
    arrive(tcb, { length: 100 });
    assert.equal(isReadable(tcb), true);
    assert.equal(read(tcb, 60, true), 60);
    assert.equal(read(tcb, 60), 60);
    assert.equal(readableOctets(tcb), 40);
    assert.equal(read(tcb, 60), 40);
    assert.equal(read(tcb, 0), 0);
    assert.equal(isReadable(tcb), false);
    assert.equal(read(tcb), -Errno.EAGAIN);
  });

  // req: tcp/MUST-12
  it("gives the text before the end, and the end again and again", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: TcpFlag.ACK | TcpFlag.FIN, length: 10 });
    assert.deepEqual([read(tcb), read(tcb), read(tcb)], [10, 0, 0]);
  });

  // req: tcp/MUST-12, tcp/SEG-16
  it("gives the text before the error, the error once, then the end", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 10 });
    arrive(tcb, { flags: TcpFlag.RST });
    assert.deepEqual([read(tcb), read(tcb), read(tcb)], [10, -Errno.ECONNRESET, 0]);
  });

  it("reads on after reading was shut down, as long as there is something", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 10 });
    tcb.isReceiveShut = true;
    assert.deepEqual([read(tcb), read(tcb)], [10, 0]);
  });

  // req: tcp/SEG-10
  it("shows nothing before the handshake is complete", () => {
    const tcb = openTcb({ state: TcpState.SYN_RECEIVED });
    tcb.receiveBuffer.insert(tcb.rcvNxt, new Uint8Array(5), 0, 5);
    assert.equal(read(tcb), -Errno.EAGAIN);
    assert.equal(isReadable(tcb), false);
  });
});

describe("window updates", () => {
  /** A buffer of 8000 octets that is full. */
  function full(): Tcb {
    const tcb = openTcb({ settings: { receiveBufferOctets: 8000 } });
    tcb.rcvAdv = (tcb.rcvNxt + 8000) as typeof tcb.rcvAdv;
    for (let i = 0; i < 8; i++) arrive(tcb, { length: 1000 });
    sent(tcb);
    assert.equal(tcb.rcvWnd, 0);
    return tcb;
  }

  // req: tcp/SWS-5, tcp/MUST-39
  it("are not sent for slivers, and are when a full segment fits", () => {
    const tcb = full();
    for (let i = 0; i < 9; i++) read(tcb, 100);
    assert.deepEqual(sent(tcb), []);
    read(tcb, 100);
    assert.deepEqual(sent(tcb), ["A 1+0"]);
    assert.equal(tcb.rcvWnd, 1000);
  });

  it("come with every doubling, not with every read", () => {
    const tcb = full();
    let updates = 0;
    for (let i = 0; i < 80; i++) {
      read(tcb, 100);
      updates += sent(tcb).length;
    }
    assert.equal(updates, 4, "1000, 2000, 4000, 8000");
  });

  it("are not sent for what the field cannot tell", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 1000 });
    sent(tcb);
    assert.equal(tcb.rcvWnd, 65_535);
    read(tcb);
    assert.deepEqual(sent(tcb), []);
  });

  it("are not sent when the peer will send no more", () => {
    const tcb = full();
    tcb.state = TcpState.CLOSE_WAIT;
    read(tcb);
    assert.deepEqual(sent(tcb), []);
  });
});

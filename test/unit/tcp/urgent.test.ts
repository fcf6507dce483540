import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { receiveInto } from "../../../src/tcp/receive-call.ts";
import { segmentArrives } from "../../../src/tcp/segment-arrives.ts";
import { sendUrgentText } from "../../../src/tcp/send-call.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import {
  hasUrgentOctet,
  isAtMark,
  octetsToMark,
  readUrgent,
  urgentPointerAt,
} from "../../../src/tcp/urgent.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, segmentFor, sendNow, sent, write } from "../../support/tcb-fixture.ts";

const { ACK, URG } = TcpFlag;

/** Text `text` arrives, with the octet before `pointer` urgent. */
function arriveText(tcb: ReturnType<typeof openTcb>, text: string, pointer: number): void {
  const packet = new PacketBuffer();
  const segment = segmentFor(tcb, {
    flags: ACK | URG,
    length: text.length,
    urgentPointer: pointer,
  });
  packet.bytes.set(
    Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    0,
  );
  segment.payloadAt = 0;
  segmentArrives(tcb, segment, packet, 0);
}

function read(tcb: ReturnType<typeof openTcb>): string {
  const into = new Uint8Array(100);
  const octets = receiveInto(tcb, into, 0, 100, false);
  return String.fromCharCode(...into.subarray(0, Math.max(octets, 0)));
}

describe("receiving urgent data", () => {
  // req: tcp/MUST-30, tcp/MUST-32, tcp/MUST-33, tcp/URG-1
  it("gives one octet out of band, and the rest around it in order", () => {
    const tcb = openTcb();
    arriveText(tcb, "abcdef", 4);
    assert.equal(tcb.events & TcpEvent.URGENT, TcpEvent.URGENT);
    assert.equal(hasUrgentOctet(tcb), true);
    assert.equal(octetsToMark(tcb), 3);
    assert.equal(read(tcb), "abc");
    assert.equal(isAtMark(tcb), true);
    assert.equal(readUrgent(tcb, true), "d".charCodeAt(0));
    assert.equal(readUrgent(tcb, false), "d".charCodeAt(0));
    assert.equal(readUrgent(tcb, false), -Errno.EINVAL);
    assert.equal(read(tcb), "ef");
    assert.equal(isAtMark(tcb), false);
  });

  it("leaves it in the stream where the socket wants it there", () => {
    const tcb = openTcb({ settings: { oobInline: true } });
    arriveText(tcb, "abcdef", 4);
    assert.equal(readUrgent(tcb, false), -Errno.EINVAL);
    assert.equal(read(tcb), "abc");
    assert.equal(read(tcb), "def");
  });

  // req: tcp/SEG-26, tcp/MUST-31
  it("knows of it before it arrives, and hears of each advance once", () => {
    const tcb = openTcb();
    arriveText(tcb, "ab", 5000);
    assert.equal(readUrgent(tcb, false), -Errno.EAGAIN);
    tcb.events = 0;
    arriveText(tcb, "cd", 4998);
    assert.equal(tcb.events & TcpEvent.URGENT, 0, "the same octet");
    arriveText(tcb, "ef", 5000);
    assert.equal(tcb.events & TcpEvent.URGENT, TcpEvent.URGENT);
  });

  it("an octet that was never read out of band is gone when the pointer moves on", () => {
    const tcb = openTcb();
    arriveText(tcb, "abc", 3);
    assert.equal(read(tcb), "ab");
    arriveText(tcb, "de", 2);
    assert.equal(read(tcb), "d");
    assert.equal(readUrgent(tcb, false), "e".charCodeAt(0));
  });

  // A pointer of 0, or beyond all data (URGENT/11, CVE-2019-12255), and an old one.
  for (const pointer of [0, 1, 0xffff]) {
    it(`survives a pointer of ${pointer}`, () => {
      const tcb = openTcb();
      arriveText(tcb, "abc", pointer);
      arrive(tcb, { flags: ACK | URG, seq: 1, length: 3, urgentPointer: 1 });
      const text = read(tcb) + read(tcb);
      assert.equal(text, pointer === 0xffff ? "abc" : "bc");
    });
  }
});

describe("sending urgent data", () => {
  // req: tcp/MUST-62, tcp/MUST-30
  it("points past the last urgent octet until that is acknowledged", () => {
    const tcb = openTcb({ offload: true, settings: { noDelay: true } });
    write(tcb, 1500);
    assert.equal(sendUrgentText(tcb, new Uint8Array(1), 0, 1), 1);
    assert.equal(urgentPointerAt(tcb, tcb.sndNxt), 1501);
    assert.deepEqual(sent(tcb), ["UA 1+1000", "PUA 1001+501"], "no super-segments meanwhile");
    arrive(tcb, { ack: 1502 });
    sendNow(tcb, 10);
    write(tcb, 2000);
    assert.deepEqual(sent(tcb), ["PA 1512+2000/1000"]);
  });
});

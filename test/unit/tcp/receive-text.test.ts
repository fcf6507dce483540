import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../../src/base/random.ts";
import { seqAdd } from "../../../src/base/seq.ts";
import { receiveFin, receiveText } from "../../../src/tcp/receive-text.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, relative, segmentFor, sent } from "../../support/tcb-fixture.ts";

const { ACK, FIN } = TcpFlag;

describe("text in order", () => {
  for (const irs of [0, 0x7fffffff - 5, -5]) {
    // req: tcp/SEG-27, tcp/SEG-28
    it(`moves RCV.NXT and can be read (IRS ${irs})`, () => {
      const tcb = openTcb({ irs });
      const edge = tcb.rcvAdv;
      arrive(tcb, { length: 10 });
      assert.equal(relative(tcb.rcvNxt, tcb.irs), 11);
      assert.equal(tcb.receiveBuffer.readable, 10);
      assert.equal(tcb.rcvAdv, edge, "the right edge stays");
      assert.equal(tcb.events & TcpEvent.READABLE, TcpEvent.READABLE);
    });
  }

  it("teaches the peer's segment size", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 1400 });
    assert.equal(tcb.rcvMss, 1400);
    arrive(tcb, { length: 9000 });
    assert.equal(tcb.rcvMss, 1460, "never more than we can receive");
  });
});

describe("text out of order", () => {
  // req: tcp/SHLD-31, tcp/CC-13, tcp/CC-14, tcp/BUG-5
  it("is kept and answered at once, and so is what fills the hole", () => {
    const tcb = openTcb();
    tcb.quickAcksLeft = 0;
    arrive(tcb, { seq: 101, length: 100 });
    assert.equal(tcb.ackNow, true);
    assert.equal(tcb.receiveBuffer.readable, 0);
    sent(tcb);
    arrive(tcb, { seq: 1, length: 100 });
    assert.equal(tcb.ackNow, true);
    assert.equal(tcb.receiveBuffer.readable, 200);
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 201);
  });

  // req: tcp/SEG-14
  it("is cut to the window on both sides", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 100 });
    tcb.rcvAdv = seqAdd(tcb.rcvNxt, 50);
    arrive(tcb, { seq: 51, length: 500 });
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 151);
    assert.equal(tcb.receiveBuffer.readable, 150);
  });

  // req: tcp/SACK-11, tcp/SACK-5
  it("seen twice is reported as a duplicate, once", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 100 });
    sent(tcb);
    arrive(tcb, { seq: 1, length: 100 });
    assert.equal(tcb.sackBlocks?.hasDuplicate, true);
    sent(tcb);
    assert.equal(tcb.sackBlocks, null);
  });

  it("makes so many holes and no more (SegmentSmack)", () => {
    const tcb = openTcb({ config: { maxOutOfOrderRanges: 16 } });
    for (let i = 1; i <= 100; i++) arrive(tcb, { seq: 1 + i * 10, length: 5 });
    assert.equal(tcb.receiveBuffer.ranges.count, 16);
    assert.equal(tcb.counters.dropped("tcp-out-of-order-limit"), 84);
  });

  it("becomes the same stream in any order and cut in any way", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const tcb = openTcb({ irs: -1000 });
      const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) & 0xff);
      for (let i = 0; i < 200 || tcb.receiveBuffer.readable < 3000; i++) {
        const from = i < 200 ? randomBelow(random, 3000) : tcb.receiveBuffer.readable;
        const length = Math.min(1 + randomBelow(random, 300), 3000 - from);
        const segment = segmentFor(tcb, { seq: 1 + from, length });
        segment.payloadAt = from;
        if (relative(segment.end, tcb.rcvNxt) <= 0) continue;
        receiveText(tcb, segment, bytes, 0);
      }
      const into = new Uint8Array(3000);
      assert.equal(tcb.receiveBuffer.read(into, 0, 3000), 3000);
      assert.deepEqual(into, bytes, `seed ${seed}`);
      assert.equal(tcb.receiveBuffer.hasGaps, false);
    }
  });
});

describe("FIN", () => {
  // req: tcp/SEG-30, tcp/SEG-33
  it("is taken behind the text it follows", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: ACK | FIN, length: 10 });
    assert.equal(tcb.state, TcpState.CLOSE_WAIT);
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 12);
    assert.equal(tcb.events & TcpEvent.PEER_CLOSED, TcpEvent.PEER_CLOSED);
    assert.equal(tcb.ackNow, true);
  });

  it("waits for what is missing before it", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: ACK | FIN, seq: 101, length: 10 });
    assert.equal(tcb.state, TcpState.ESTABLISHED);
    arrive(tcb, { seq: 1, length: 100 });
    assert.equal(tcb.state, TcpState.CLOSE_WAIT);
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 112);
  });

  it("ends the stream: text above it is cut off, another FIN changes nothing", () => {
    const tcb = openTcb();
    arrive(tcb, { flags: ACK | FIN, seq: 101 });
    arrive(tcb, { flags: ACK | FIN, seq: 51, length: 100 });
    assert.equal(tcb.receiveBuffer.ranges.octets, 50);
    arrive(tcb, { seq: 1, length: 50 });
    assert.equal(tcb.state, TcpState.CLOSE_WAIT);
    assert.equal(relative(tcb.rcvNxt, tcb.irs), 102);
  });

  it("below what has already arrived is none", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 100 });
    receiveFin(tcb, segmentFor(tcb, { flags: ACK | FIN, seq: 20 }), 0);
    assert.equal(tcb.hasPeerFin, false);
  });

  // req: tcp/SEG-31
  for (const [before, after] of [
    [TcpState.FIN_WAIT_1, TcpState.CLOSING],
    [TcpState.FIN_WAIT_2, TcpState.TIME_WAIT],
  ] as const) {
    it(`leads from ${before} to ${after}`, () => {
      const tcb = openTcb({ state: before });
      arrive(tcb, { flags: ACK | FIN });
      assert.equal(tcb.state, after);
    });
  }
});

describe("nobody reads any more", () => {
  // req: tcp/SHLD-3, tcp/BUG-16
  it("text for an orphan is answered with a RST", () => {
    const tcb = openTcb({ state: TcpState.FIN_WAIT_2 });
    tcb.isOrphan = true;
    arrive(tcb, { length: 10 });
    assert.equal(tcb.state, TcpState.CLOSED);
    assert.deepEqual(sent(tcb), ["R 1+0"]);
    assert.equal(tcb.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
  });

  // req: tcp/SEG-27
  it("text after the peer's FIN is ignored, and answered", () => {
    const tcb = openTcb({ state: TcpState.CLOSE_WAIT });
    arrive(tcb, { length: 10 });
    assert.equal(tcb.receiveBuffer.readable, 0);
    assert.deepEqual(sent(tcb), ["A 1+0"]);
  });
});

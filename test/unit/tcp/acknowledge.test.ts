import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acknowledge, isRoomy } from "../../../src/tcp/acknowledge.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { arrive, openTcb, relative, segmentFor, sendNow, sent } from "../../support/tcb-fixture.ts";

describe("an acknowledgment", () => {
  for (const iss of [0, 0x7fffffff - 500, -500]) {
    // req: tcp/SEG-21, tcp/RTO-12, tcp/RTO-11
    it(`moves SND.UNA, frees the buffer and restarts the timer (ISS ${iss})`, () => {
      const tcb = openTcb({ iss });
      sendNow(tcb, 3000, 0);
      arrive(tcb, { ack: 1501 }, 100);
      assert.equal(relative(tcb.sndUna, tcb.iss), 1501);
      assert.equal(tcb.sendBuffer.length, 1500);
      assert.equal(tcb.sent.octets, 1500);
      assert.equal(tcb.timers.at(Timer.RETRANSMIT), 100 + tcb.rtt.rto);
      arrive(tcb, { ack: 3001 }, 120);
      assert.equal(tcb.sent.count, 0);
      assert.equal(tcb.timers.isArmed(Timer.RETRANSMIT), false);
    });
  }

  // req: tcp/SEG-22
  it("of what was never sent is answered and dropped", () => {
    const tcb = openTcb();
    sendNow(tcb, 1000);
    assert.equal(acknowledge(tcb, segmentFor(tcb, { ack: 1002, window: 5 }), 0), false);
    assert.equal(relative(tcb.sndUna, tcb.iss), 1);
    assert.notEqual(tcb.sndWnd, 5);
    assert.deepEqual(sent(tcb), ["A 1001+0"]);
    assert.equal(tcb.counters.dropped("tcp-bad-ack"), 1);
  });

  // req: tcp/BLIND-5
  it("older than any window is answered and dropped, an old one in reach is only ignored", () => {
    const tcb = openTcb({ window: 5000 });
    sendNow(tcb, 5000);
    arrive(tcb, { ack: 5001 });
    assert.equal(acknowledge(tcb, segmentFor(tcb, { ack: 1 }), 0), true);
    assert.equal(acknowledge(tcb, segmentFor(tcb, { ack: 0 }), 0), false);
    assert.equal(relative(tcb.sndUna, tcb.iss), 5001);
  });

  it("tells a refused writer of room once a third is free", () => {
    const tcb = openTcb({ settings: { sendBufferOctets: 3000 } });
    sendNow(tcb, 3000);
    tcb.wantsWritable = true;
    tcb.events = 0;
    arrive(tcb, { ack: 901 });
    assert.equal(tcb.events & TcpEvent.WRITABLE, 0);
    arrive(tcb, { ack: 1001 });
    assert.equal(isRoomy(tcb), true);
    assert.equal(tcb.events & TcpEvent.WRITABLE, TcpEvent.WRITABLE);
  });
});

describe("the window", () => {
  // req: tcp/SEG-23, tcp/WS-4
  it("is taken from newer segments only, scaled", () => {
    const tcb = openTcb();
    tcb.sndScale = 3;
    sendNow(tcb, 2000);
    arrive(tcb, { ack: 1001, window: 8000 });
    assert.equal(tcb.sndWnd, 8000);
    arrive(tcb, { ack: 1, window: 80 });
    assert.equal(tcb.sndWnd, 8000, "an older ACK");
    arrive(tcb, { seq: 1, length: 10, ack: 1001, window: 1600 });
    assert.equal(tcb.sndWnd, 1600);
    tcb.maxSndWnd = 0;
    arrive(tcb, { seq: 11, ack: 1001, window: 2400 });
    assert.equal(tcb.sndWnd, 2400);
    assert.equal(tcb.maxSndWnd, 2400);
  });
});

describe("the round trip", () => {
  // req: tcp/MUST-18, tcp/RTO-6, tcp/RTO-7
  it("is measured on what was sent once", () => {
    const tcb = openTcb();
    sendNow(tcb, 1000, 100);
    arrive(tcb, { ack: 1001 }, 150);
    assert.equal(tcb.rtt.srtt, 50);
    sendNow(tcb, 1000, 200);
    tcb.sent.setFlags(tcb.sent.at(0), 8);
    tcb.rtt.backOff();
    arrive(tcb, { ack: 2001 }, 900);
    assert.equal(tcb.rtt.srtt, 50, "Karn");
    assert.equal(tcb.rtt.backOffCount, 1, "and the back-off stays");
  });

  // req: tcp/TS-7, tcp/RTO-6
  it("of a retransmission is told by the timestamp it echoes, not by an older one", () => {
    const tcb = openTcb({ timestamps: true });
    tcb.tsRecent = 1;
    sendNow(tcb, 2000, 100);
    for (const index of [0, 1]) {
      tcb.sent.setFlags(tcb.sent.at(index), 8);
      tcb.sent.at(index).sentAt = 400;
    }
    arrive(tcb, { ack: 1001, tsVal: 2, tsEcr: 100 }, 480);
    assert.equal(tcb.rtt.hasSample, false, "the echo is of the first copy");
    arrive(tcb, { ack: 2001, tsVal: 3, tsEcr: 400 }, 480);
    assert.equal(tcb.rtt.srtt, 80);
  });

  it("is not taken from an echo of the future", () => {
    const tcb = openTcb({ timestamps: true });
    sendNow(tcb, 1000, 100);
    tcb.sent.setFlags(tcb.sent.at(0), 8);
    arrive(tcb, { ack: 1001, tsVal: 2, tsEcr: 5000 }, 480);
    assert.equal(tcb.rtt.hasSample, false);
  });
});

describe("the congestion window", () => {
  // req: tcp/CC-8, tcp/CC-29
  it("grows by what is acknowledged while it is the limit, and not otherwise", () => {
    const tcb = openTcb();
    sendNow(tcb, 20_000);
    arrive(tcb, { ack: 2001 });
    assert.equal(tcb.congestion.window, 12_000);
    const idle = openTcb();
    sendNow(idle, 1000);
    arrive(idle, { ack: 1001 });
    assert.equal(idle.congestion.window, 10_000);
  });

  it("gains nothing from an ACK cut in many", () => {
    const whole = openTcb();
    const divided = openTcb();
    for (const tcb of [whole, divided]) sendNow(tcb, 20_000);
    arrive(whole, { ack: 1001 });
    for (let ack = 11; ack <= 1001; ack += 10) arrive(divided, { ack });
    assert.equal(divided.congestion.window, whole.congestion.window);
  });

  // req: tcp/CC-16
  it("is left alone by a duplicate, and what SACK reported does not count again", () => {
    const tcb = openTcb({ config: { rack: false } });
    sendNow(tcb, 20_000);
    arrive(tcb, { ack: 1, sack: [[1001, 2001]] });
    assert.equal(tcb.congestion.window, 10_000);
    arrive(tcb, { ack: 2001 });
    assert.equal(tcb.congestion.window, 11_000);
  });
});

describe("the ACK of our SYN", () => {
  const opening = (): ReturnType<typeof openTcb> => {
    const tcb = openTcb({ state: TcpState.SYN_RECEIVED });
    tcb.isSynAcked = false;
    tcb.sndUna = tcb.iss;
    return tcb;
  };

  // req: tcp/SEG-20
  it("establishes", () => {
    const tcb = opening();
    arrive(tcb, { ack: 1 });
    assert.equal(tcb.state, TcpState.ESTABLISHED);
    assert.equal(tcb.events & TcpEvent.CONNECTED, TcpEvent.CONNECTED);
  });

  it("is as good as lost while the listener has no room", () => {
    const tcb = opening();
    tcb.acceptQueue = { hasRoom: false };
    arrive(tcb, { ack: 1 });
    assert.equal(tcb.state, TcpState.SYN_RECEIVED);
    assert.deepEqual(sent(tcb), []);
    assert.equal(tcb.counters.dropped("tcp-accept-queue-full"), 1);
  });
});

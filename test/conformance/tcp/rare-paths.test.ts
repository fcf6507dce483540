import assert from "node:assert/strict";
import { ack, data, fin, rst, segment, syn, synAck } from "../../support/tcp-segment.ts";
import { enter, establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** Paths on which other stacks have hung, leaked or lost octets. */

// req: tcp/RTO-13, tcp/SEG-24
tcpTest("a FIN is sent again alone when only its data was acknowledged", (t) => {
  establish(t);
  t.send(500);
  t.expects(data({ seq: 1, length: 500 }));
  t.shutdownSend();
  t.expects(fin({ seq: 501 }));
  t.injects(ack({ ack: 501 }));
  t.waits(5000);
  t.expects(fin({ seq: 501, length: 0 }));
  t.injects(ack({ ack: 502 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/RTO-13, tcp/SEG-24
tcpTest("data and FIN in one segment are sent again as they were", (t) => {
  establish(t, { window: 1000 });
  t.send(1500);
  t.expectsData(1, 1001);
  t.shutdownSend();
  t.injects(ack({ ack: 1001 }));
  t.expects(fin({ seq: 1001, length: 500 }));
  t.waits(5000);
  t.expects(fin({ seq: 1001, length: 500 }));
  t.injects(ack({ ack: 1201 }));
  t.waits(5000);
  t.expects(fin({ seq: 1201, length: 300 }));
  t.injects(ack({ ack: 1502 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/SACK-7, tcp/SR-5
tcpTest("a FIN that SACK reports is not sent again", (t) => {
  establish(t, { sack: true });
  t.send(5000);
  t.expectsData(1, 5001);
  t.shutdownSend();
  t.expects(fin({ seq: 5001 }));
  t.injects(ack({ ack: 1, sack: [[1001, 5002]] }));
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 5002 }));
  t.expectsState("FIN-WAIT-2");
  t.expectsNoTimer();
});

// req: tcp/CC-18, tcp/SEG-24
tcpTest("a lost segment is repaired behind a FIN in flight", (t) => {
  establish(t);
  t.send(5000);
  t.expectsData(1, 5001);
  t.shutdownSend();
  t.expects(fin({ seq: 5001 }));
  t.injects(ack({ ack: 1001 }), ack({ ack: 1001 }), ack({ ack: 1001 }), ack({ ack: 1001 }));
  t.expectsData(1001, 2001);
  t.injects(ack({ ack: 5002 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/SEG-22
tcpTest("an ACK of a FIN that was not sent yet is an ACK of nothing", (t) => {
  establish(t, { window: 1000 });
  t.send(1500);
  t.expectsData(1, 1001);
  t.shutdownSend();
  t.injects(ack({ ack: 1502 }));
  t.expects(ack({ seq: 1001 }));
  t.expectsState("FIN-WAIT-1");
  assert.equal(t.connection.sendQueueOctets, 1500);
});

// req: tcp/MUST-36, tcp/SEG-7
tcpTest("a peer that opens with its window closed is probed too", (t) => {
  establish(t, { window: 0 });
  t.send(100);
  t.expectsNothing();
  t.waits(5000);
  assert.ok(t.takes().length <= 1);
  t.injects(ack({ ack: 1, window: 1000 }));
  t.takesAll();
  t.injects(ack({ window: 1000 }));
  t.passes(1000);
  assert.ok(t.connection.unsentOctets === 0);
});

// req: tcp/SEG-12, tcp/BLIND-6
tcpTest("every old duplicate with data is answered, however many come", (t) => {
  establish(t);
  t.injects(data({ length: 1000 }));
  t.takesAll();
  for (let i = 0; i < 60; i++) {
    t.injects(data({ seq: 1, length: 1000 }));
    t.expects(ack({ seq: 1, ack: 1001 }));
  }
});

// req: tcp/BLIND-4
tcpTest("a SYN,ACK that comes again is acknowledged again", (t) => {
  establish(t);
  t.injects(synAck({ seq: 0, ack: 1, mss: 1000 }));
  t.expects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
});

// req: tcp/SEG-8, tcp/RTO-13
tcpTest("after two SYNs that cross ours is sent again with its ACK", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(syn({ seq: 0, mss: 1000 }));
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.waits(5000);
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.injects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
  t.expectsNoTimer();
});

// req: tcp/SEG-8, tcp/SEG-10
tcpTest("data on both SYNs that cross is delivered", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(syn({ seq: 0, mss: 1000, length: 20 }));
  const { flags, ack: number } = t.takes();
  assert.equal(flags, "SA");
  t.injects(data({ seq: number, ack: 1, length: 100 }));
  t.takesAll();
  assert.equal(t.receive(), number - 1 + 100);
});

// req: tcp/SEG-27, tcp/SEG-31
tcpTest("two FINs that cross while data is lost", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  t.shutdownSend();
  t.expects(fin({ seq: 1001 }));
  t.injects(fin({ seq: 1, ack: 1 }));
  t.expects(ack({ seq: 1002, ack: 2 }));
  t.expectsState("CLOSING");
  t.waits(5000);
  t.expectsData(1, 1001);
  t.injects(ack({ seq: 2, ack: 1002 }));
  t.expectsState("TIME-WAIT");
});

// req: tcp/SEG-13, tcp/SEG-30
tcpTest(
  "a FIN that comes while our window is closed gets in once it is open",
  { settings: { receiveBufferOctets: 1000 }, config: { windowScaling: false } },
  (t) => {
    establish(t);
    t.injects(data({ length: 1000 }));
    t.expects(ack({ ack: 1001, window: 0 }));
    t.injects(fin({ seq: 1001 }));
    t.takesAll();
    assert.equal(t.receive(), 1000);
    t.takesAll();
    t.injects(fin({ seq: 1001 }));
    t.takesAll();
    t.expectsState("CLOSE-WAIT");
    assert.equal(t.receive(), 0);
  },
);

// req: tcp/SHLD-14, tcp/SEG-28
tcpTest(
  "a receive buffer made smaller under way takes what was promised",
  { settings: { receiveBufferOctets: 20_000 }, config: { windowScaling: false } },
  (t) => {
    establish(t);
    t.settings.receiveBufferOctets = 5000;
    t.does((connection) => connection.handleSettingsChange());
    for (let i = 0; i < 20; i++) {
      t.injects(data({ length: 1000 }));
      t.takesAll();
    }
    assert.equal(t.receive(), 20_000);
    const [update] = t.takesAll();
    assert.ok(update && update.window <= 5000);
  },
);

// req: tcp/NR-4, tcp/RTO-13
tcpTest(
  "a corked tail is not lost when the connection recovers from a timeout",
  { settings: { cork: true } },
  (t) => {
    establish(t);
    t.send(1300);
    t.expectsData(1, 1001);
    t.at(RTO);
    const again = t.takesAll();
    assert.equal(again.find(({ seq }) => seq === 1)?.length, 1000);
    t.injects(ack({ ack: 1001 }));
    t.passes(1000);
    assert.equal(t.connection.unsentOctets, 0);
  },
);

// req: tcp/MUST-40, tcp/RTO-17
tcpTest("a machine that slept for a week goes on where it was", (t) => {
  establish(t);
  t.send(2000);
  t.expectsData(1, 2001);
  t.injects(data({ ack: 1001, length: 100 }));
  t.takesAll();
  t.oversleeps(7 * 24 * 3_600_000);
  const sent = t.takesAll();
  assert.ok(sent.length <= 2);
  t.expectsState("ESTABLISHED");
  t.injects(ack({ ack: 2001 }));
  t.takesAll();
  t.expectsNoTimer();
});

// req: tcp/BUG-5
tcpTest("an established connection without data holds no memory", (t) => {
  establish(t);
  assert.equal(t.connection.storageOctets, 0);
  t.send(10_000);
  t.takesAll();
  t.injects(data({ seq: 101, length: 100 }));
  t.takesAll();
  t.injects(data({ seq: 1, length: 100 }));
  t.takesAll();
  assert.ok(t.connection.storageOctets > 0);
  t.receive();
  t.injects(ack({ ack: 10_001 }));
  t.takesAll();
  assert.equal(t.connection.storageOctets, 0);
});

// req: tcp/SEG-16, tcp/MUST-12
tcpTest("what arrived before a RST can be read before the error is told", (t) => {
  establish(t);
  t.injects(data({ length: 300 }));
  t.takesAll();
  t.injects(rst({ seq: 301 }));
  assert.equal(t.receive(), 300);
  assert.ok(t.receive() < 0);
});

// req: tcp/SEG-39
tcpTest("SEND and RECEIVE of nothing do nothing", (t) => {
  establish(t);
  assert.equal(t.send(0), 0);
  assert.equal(t.receive(0), 0);
  t.expectsNothing();
});

for (const flags of ["SFRPAU", "SF", "SR", "FR", "", "FPU", "SFRPU"]) {
  for (const state of [
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "CLOSE-WAIT",
    "TIME-WAIT",
  ]) {
    // req: tcp/SEG-19, tcp/SEG-40, tcp/BLIND-4
    tcpTest(`a segment with flags ${flags || "none"} in ${state} is survived`, (t) => {
      enter(t, state);
      for (const seq of [0, 1, 2, 1000, -1]) {
        t.injects(segment(flags, { seq, ack: 1, length: 5, urgent: 3 }));
        assert.ok(t.takesAll().length <= 2);
        assert.ok(t.connection.pollTimeout() > t.now);
      }
    });
  }
}

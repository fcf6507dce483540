import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { ack, data, fin, rst, segment, syn, synAck } from "../../support/tcp-segment.ts";
import { establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

// req: tcp/MUST-14, tcp/SHLD-5, tcp/MAY-3, tcp/MUST-67, tcp/PAWS-5, tcp/PMTU-5, tcp/MUST-68
tcpTest("a SYN offers what our link can take, whatever the path takes", (t) => {
  t.path.mtu = 1300;
  t.open();
  t.expects(syn({ seq: 0, mss: 1460, sackPermitted: true, windowScale: 7, headerLength: 40 }));
});

// req: tcp/TS-2
tcpTest("a SYN echoes no timestamp", (t) => {
  t.open();
  const sent = t.takes();
  assert.equal(sent.timestamps?.[1], 0);
});

tcpTest(
  "a SYN offers no more than is switched on",
  { config: { timestamps: false, sack: false, windowScaling: false } },
  (t) => {
    t.open();
    t.expects(syn({ headerLength: 24, windowScale: null, sackPermitted: false, timestamps: null }));
  },
);

// req: tcp/SEG-7
tcpTest("SYN-SENT: an acceptable SYN,ACK establishes the connection and is acknowledged", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(synAck({ seq: 0, ack: 1, mss: 1000 }));
  t.expects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
  assert.ok(t.events().includes("CONNECTED"));
  t.expectsNoTimer();
});

// req: tcp/SEG-7, tcp/SEG-10
tcpTest("SYN-SENT: data on the SYN,ACK is kept and delivered", (t) => {
  t.open();
  t.expects(syn());
  t.injects(synAck({ seq: 0, ack: 1, length: 300 }));
  t.expects(ack({ seq: 1, ack: 301 }));
  assert.equal(t.receive(), 300);
});

// req: tcp/SEG-7, tcp/SEG-30
tcpTest("SYN-SENT: data and FIN on the SYN,ACK lead to CLOSE-WAIT", (t) => {
  t.open();
  t.expects(syn());
  t.injects(segment("SAF", { seq: 0, ack: 1, length: 10 }));
  t.expects(ack({ seq: 1, ack: 12 }));
  t.expectsState("CLOSE-WAIT");
  assert.equal(t.receive(), 10);
  assert.equal(t.receive(), 0);
});

// req: tcp/SEG-7
tcpTest("data written before the connection is open leaves with the ACK of the SYN,ACK", (t) => {
  t.open();
  t.expects(syn());
  t.send(500);
  t.injects(synAck({ seq: 0, ack: 1, mss: 1000 }));
  const sent = t.takesAll();
  assert.equal(
    sent.reduce((sum, { length }) => sum + length, 0),
    500,
  );
  assert.ok(sent.every((one) => one.ack === 1));
});

for (const [ackNumber, why] of [
  [0, "of nothing"],
  [2, "of what was not sent"],
  [0x40000000, "far above"],
  [-1, "below the ISS"],
] as const) {
  // req: tcp/SEG-5, tcp/SEG-40
  tcpTest(`SYN-SENT: a SYN,ACK that acknowledges ${why} is answered with RST`, (t) => {
    t.open();
    t.expects(syn());
    t.injects(synAck({ seq: 0, ack: ackNumber }));
    t.expects(rst({ seq: ackNumber }));
    t.expectsState("SYN-SENT");
    t.injects(ack({ seq: 0, ack: ackNumber }));
    t.expects(rst({ seq: ackNumber }));
    t.expectsState("SYN-SENT");
  });

  // req: tcp/SEG-5, tcp/SEG-41
  tcpTest(`SYN-SENT: a RST that acknowledges ${why} is dropped`, (t) => {
    t.open();
    t.expects(syn());
    t.injects(segment("RA", { seq: 0, ack: ackNumber }));
    t.expectsNothing();
    t.expectsState("SYN-SENT");
  });
}

// req: tcp/SEG-6, tcp/SEG-41, tcp/MUST-12
tcpTest("SYN-SENT: a RST that acknowledges the SYN refuses the connection", (t) => {
  t.open();
  t.expects(syn());
  t.injects(segment("RA", { seq: 0, ack: 1 }));
  t.expectsNothing();
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ECONNREFUSED);
  assert.deepEqual(t.events(), ["ERROR", "CLOSED"]);
  t.expectsNoTimer();
});

// req: tcp/SEG-6
tcpTest("SYN-SENT: a RST without an ACK is dropped", (t) => {
  t.open();
  t.expects(syn());
  t.injects(rst({ seq: 0 }), rst({ seq: 1 }));
  t.expectsState("SYN-SENT");
});

// req: tcp/SEG-9, tcp/SEG-29
tcpTest("SYN-SENT: what has neither SYN nor RST is dropped", (t) => {
  t.open();
  t.expects(syn());
  t.injects(ack({ seq: 0, ack: 1 }));
  t.injects(data({ seq: 1, ack: 1, length: 10 }));
  t.injects(fin({ seq: 1, ack: 1 }));
  t.injects(segment("F", { seq: 1 }), segment("", { seq: 1, length: 10 }));
  t.expectsState("SYN-SENT");
});

// req: tcp/SEG-8, tcp/MUST-10, tcp/MUST-11
tcpTest("two SYNs that cross open one connection", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(syn({ seq: 0, mss: 1000 }));
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.expectsState("SYN-RECEIVED");
  t.injects(synAck({ seq: 0, ack: 1, mss: 1000 }));
  t.expectsState("ESTABLISHED");
  // The SYN of the SYN,ACK is old: it is acknowledged once more, which the peer may need.
  t.expects(ack({ seq: 1, ack: 1 }));
  t.send(1000);
  t.expectsData(1, 1001);
});

// req: tcp/SEG-8, tcp/MUST-10
tcpTest("two SYNs that cross, and a plain ACK", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(syn({ seq: 0, mss: 1000 }));
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.injects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
});

// req: tcp/SEG-15, tcp/MUST-11
tcpTest("SYN-RECEIVED after an active open: a RST refuses the connection", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.injects(syn({ seq: 0 }));
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.injects(rst({ seq: 1 }));
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ECONNREFUSED);
});

// req: tcp/SEG-42
tcpTest("a peer that still knows an old connection is reset, and the open succeeds", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  // It answers our SYN with an ACK out of its old life.
  t.injects(ack({ seq: 7777, ack: 5555 }));
  t.expects(rst({ seq: 5555 }));
  t.at(1000);
  t.expects(syn({ seq: 0 }));
  t.injects(synAck({ seq: 0, ack: 1 }));
  t.expects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
});

// req: tcp/MUST-22, tcp/MUST-23, tcp/RTO-1, tcp/RTO-14, tcp/BUG-7, tcp/BUG-10
tcpTest("a SYN is sent again after 1, 2, 4 … s, for three minutes at least", (t) => {
  t.open();
  t.expects(syn({ seq: 0 }));
  const waits: number[] = [];
  while (t.state === "SYN-SENT") {
    waits.push(t.waits(300_000));
    t.expects(syn({ seq: 0, mss: 1460, sackPermitted: true, windowScale: 7 }));
    if (waits.length === t.settings.synRetries) break;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]);
  t.at(246_999);
  t.expectsState("SYN-SENT");
  t.at(247_000);
  t.expectsState("CLOSED");
  assert.ok(t.elapsed >= 180_000);
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
  assert.deepEqual(t.events(), ["ERROR", "CLOSED"]);
});

// req: tcp/MUST-21, tcp/MUST-22
tcpTest("the application may shorten the wait", { settings: { synRetries: 1 } }, (t) => {
  t.open();
  t.expects(syn());
  t.at(1000);
  t.expects(syn());
  t.at(3000);
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
});

// req: tcp/RTO-16
tcpTest(
  "after the loss of a SYN data starts with an RTO of 3 s",
  { config: { timestamps: false } },
  (t) => {
    t.open();
    t.expects(syn());
    t.at(1000);
    t.expects(syn());
    t.injects(synAck({ ack: 1, mss: 1000 }));
    t.expects(ack({ ack: 1 }));
    t.startsClock();
    t.send(1000);
    t.expectsData(1, 1001);
    t.at(3000);
    t.expectsData(1, 1001);
  },
);

// req: tcp/CC-4
tcpTest("after the loss of two SYNs the initial window is one segment", (t) => {
  t.open();
  t.expects(syn());
  t.at(1000);
  t.expects(syn());
  t.at(3000);
  t.expects(syn());
  t.injects(synAck({ ack: 1, mss: 1000 }));
  t.expects(ack({ ack: 1 }));
  t.send(20_000);
  t.expectsData(1, 1001);
});

// req: tcp/SEG-36
tcpTest("CLOSE in SYN-SENT forgets the connection", (t) => {
  t.open();
  t.expects(syn());
  t.close();
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

// req: tcp/MUST-15
tcpTest("a peer without an MSS option is sent 536 octets, or 1220 over IPv6", (t) => {
  establish(t, { mss: null });
  const mss = t.world.isV6 ? 1220 : 536;
  t.send(3 * mss);
  t.expectsData(1, 1 + 3 * mss, mss);
});

// req: tcp/BUG-3, tcp/CC-3
tcpTest("a peer without an MSS option is sent an initial window all the same", (t) => {
  establish(t, { mss: null });
  const mss = t.world.isV6 ? 1220 : 536;
  t.send(60_000);
  t.expectsData(1, 1 + 10 * mss, mss);
});

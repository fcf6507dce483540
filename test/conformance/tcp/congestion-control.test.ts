import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data } from "../../support/tcp-segment.ts";
import { establish, establishPassive, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const LARGE = { window: 0xffff, windowScale: 7 };

/** Octets in flight after everything that may be sent was sent. */
function flight(t: TcpScript): number {
  t.takesAll();
  return t.connection.info().flightOctets;
}

/** Acknowledges all that is in flight, `step` octets at a time. */
function acknowledgeFlight(t: TcpScript, step = 1000): void {
  const end = t.localNext;
  let una = end - t.connection.info().flightOctets;
  while (una < end) {
    una = Math.min(una + step, end);
    t.injects(ack({ ack: una }));
    t.takesAll();
  }
}

// req: tcp/CC-3, tcp/BUG-1, tcp/CC-5
tcpTest("a connection starts with ten segments, active or passive", (t) => {
  establish(t, LARGE);
  t.send(100_000);
  t.expectsData(1, 10_001);
});

// req: tcp/CC-3, tcp/CC-5
tcpTest("the ACK of our SYN,ACK does not grow the window", (t) => {
  establishPassive(t, LARGE);
  t.send(100_000);
  t.expectsData(1, 10_001);
});

for (const [mss, segments, octets] of [
  [1460, 3, 4380],
  [536, 4, 2144],
] as const) {
  // req: tcp/CC-2
  tcpTest(
    `the initial window may be RFC 5681's: ${segments} segments of ${mss}`,
    { config: { initialWindowSegments: segments } },
    (t) => {
      establish(t, { ...LARGE, mss });
      t.send(100_000);
      t.expectsData(1, 1 + octets, mss);
    },
  );
}

// req: tcp/CC-1, tcp/MUST-19, tcp/CC-8, tcp/BUG-1
tcpTest("slow start: every segment acknowledged sends two", (t) => {
  establish(t, LARGE);
  t.send(200_000);
  t.expectsData(1, 10_001);
  for (let i = 0; i < 10; i++) {
    t.injects(ack({ ack: 1001 + i * 1000 }));
    t.expectsData(10_001 + i * 2000, 12_001 + i * 2000);
  }
});

// req: tcp/CC-1
tcpTest("the peer's window bounds what the congestion window would allow", (t) => {
  establish(t, { window: 4000 });
  t.send(100_000);
  t.expectsData(1, 4001);
  t.injects(ack({ ack: 1001 }));
  t.expectsData(4001, 5001);
});

// req: tcp/CC-29
tcpTest("a window that is not used does not grow", (t) => {
  establish(t, LARGE);
  for (let turn = 0; turn < 30; turn++) {
    t.send(1000);
    t.takesAll();
    t.injects(ack({ ack: t.localNext }));
  }
  t.send(200_000);
  const sent = t.takesAll().reduce((sum, { length }) => sum + length, 0);
  assert.ok(sent <= 12_000, `${sent}`);
});

// req: tcp/CC-10, tcp/CC-12, tcp/BUG-2, tcp/MUST-19, tcp/CC-7
tcpTest("a timeout starts over with one segment, and slow start up to half the flight", (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.expectsData(1, 10_001);
  t.at(RTO);
  t.expectsData(1, 1001);
  assert.equal(t.connection.info().congestionWindow, 1000);
  assert.equal(t.connection.info().ssthresh, 5000);
  t.injects(ack({ ack: 1001 }));
  t.expectsData(1001, 3001);
  t.injects(ack({ ack: 10_001 }));
  assert.equal(t.connection.info().congestionWindow, 5000);
  t.expectsData(10_001, 15_001);
});

// req: tcp/CC-11
tcpTest("a second timeout of the same segment leaves the threshold", (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.expectsData(1, 10_001);
  for (let i = 0; i < 4; i++) {
    t.waits(10_000);
    t.expectsData(1, 1001);
    assert.equal(t.connection.info().ssthresh, 5000);
  }
});

// req: tcp/CC-10
tcpTest("the threshold is two segments at least", (t) => {
  establish(t, LARGE);
  t.send(1000);
  t.expectsData(1, 1001);
  t.at(RTO);
  t.expectsData(1, 1001);
  assert.equal(t.connection.info().ssthresh, 2000);
});

// req: tcp/CC-9, tcp/BUG-6, tcp/MUST-19
tcpTest("congestion avoidance adds a segment for every window", (t) => {
  establish(t, LARGE);
  t.send(2_000_000);
  t.expectsData(1, 10_001);
  t.at(RTO);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 10_001 }));
  // ssthresh is 5000, and the window has reached or will now reach it.
  while (t.connection.info().congestionWindow < 5000) acknowledgeFlight(t);
  const windows: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    windows.push(flight(t));
    acknowledgeFlight(t);
  }
  const growth = windows.slice(1).map((window, i) => window - (windows[i] as number));
  assert.ok(
    growth.every((octets) => octets <= 1000),
    `${growth}`,
  );
  assert.ok(
    growth.slice(1).every((octets) => octets >= 900),
    `${growth}`,
  );
});

// req: tcp/CC-22
tcpTest("after more than an RTO of silence the window is the initial one again", (t) => {
  establish(t, LARGE);
  t.send(70_000);
  t.takesAll();
  while (t.connection.sendQueueOctets > 0) acknowledgeFlight(t);
  assert.ok(t.connection.info().congestionWindow > 20_000);
  t.after(2000);
  t.send(100_000);
  assert.equal(flight(t), 10_000);
});

// req: tcp/CC-22
tcpTest("after less than an RTO it is not", (t) => {
  establish(t, LARGE);
  t.send(70_000);
  t.takesAll();
  while (t.connection.sendQueueOctets > 0) acknowledgeFlight(t);
  const window = t.connection.info().congestionWindow;
  t.after(100);
  t.send(100_000);
  assert.ok(flight(t) > window - 1000);
});

// req: tcp/CC-25
tcpTest("a loss in each of two windows is two signals of congestion", (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.takesAll();
  for (let turn = 0; turn < 2; turn++) acknowledgeFlight(t);
  t.waits(10_000);
  t.takesAll();
  const first = t.connection.info().ssthresh;
  while (t.connection.info().congestionWindow < first) {
    t.injects(ack({ ack: Math.min(t.localNext, una(t) + 1000) }));
    t.takesAll();
  }
  t.waits(10_000);
  t.takesAll();
  assert.ok(t.connection.info().ssthresh < first);
});

// req: tcp/CC-26
tcpTest("a smaller segment size keeps the number of segments", (t) => {
  establish(t, { ...LARGE, mss: 1460 });
  t.path.mtu = t.world.ipHeaderLength + 20 + 730;
  t.does((connection) => connection.handlePathChange());
  assert.equal(t.connection.info().congestionWindow, 7300);
  t.send(100_000);
  t.expectsData(1, 7301, 730);
});

// req: tcp/CC-8
tcpTest("an ACK that is divided gains nothing", (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.expectsData(1, 10_001);
  for (let octet = 2; octet <= 501; octet++) t.injects(ack({ ack: octet }));
  const sent = t.takesAll().reduce((sum, { length }) => sum + length, 0);
  assert.ok(sent <= 1000, `${sent}`);
});

// req: tcp/SEG-22
tcpTest("an ACK of what was never sent gains nothing and is answered", (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.expectsData(1, 10_001);
  t.injects(ack({ ack: 20_001 }));
  t.expects(ack({ seq: 10_001 }));
  assert.equal(t.connection.info().congestionWindow, 10_000);
});

// req: tcp/MAY-18
tcpTest("CUBIC may be chosen", { settings: { congestionControl: "cubic" } }, (t) => {
  establish(t, LARGE);
  t.send(400_000);
  t.expectsData(1, 10_001);
  t.at(RTO);
  t.expects(data({ seq: 1 }));
  assert.equal(t.connection.info().ssthresh, 7000);
});

function una(t: TcpScript): number {
  return t.localNext - t.connection.info().flightOctets;
}

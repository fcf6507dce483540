import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack } from "../../support/tcp-segment.ts";
import { establish, RTO, RTT } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** SACK is agreed; ten segments of 1000 are in flight, and nothing more waits. */
function sendTen(t: TcpScript, timestamps = false): void {
  establish(t, { sack: true, timestamps, window: 0xffff, mss: timestamps ? 1012 : 1000 });
  t.send(10_000);
  t.expectsData(1, 10_001);
}

/** An ACK of everything below segment `una`, with blocks of whole segments `[from, to)`. */
function sacks(una: number, ...blocks: [number, number][]): ReturnType<typeof ack> {
  return ack({
    ack: 1 + una * 1000,
    sack: blocks.map(([from, to]) => [1 + from * 1000, 1 + to * 1000]),
  });
}

/** The same, in answer to something that left when our clock said `echo`. */
function echoes(t: TcpScript, echo: number, segment: ReturnType<typeof ack>): void {
  t.injects({ ...segment, timestamps: [t.peerClock(), echo] });
}

function expectsAgain(t: TcpScript, ...segments: number[]): void {
  for (const n of segments) t.expects({ flags: "A", seq: 1 + n * 1000, length: 1000 });
}

/** Congestion window, slow-start threshold and phase of recovery. */
function congestion(t: TcpScript): unknown[] {
  const { congestionWindow, ssthresh, recovery } = t.connection.info();
  return [congestionWindow, ssthresh, recovery];
}

// req: tcp/SACK-13, tcp/RACK-5
tcpTest("a recovery of which all was a duplicate is taken back, though it is over", (t) => {
  sendTen(t);
  const before = congestion(t);
  t.at(RTT);
  t.injects(sacks(0, [2, 8]));
  expectsAgain(t, 0, 1);
  t.after(5);
  t.injects(sacks(10));
  assert.equal(t.connection.info().congestionWindow, 5000);
  t.at(2 * RTT);
  t.injects(sacks(10, [0, 1]));
  assert.equal(t.connection.info().congestionWindow, 5000, "one of two may have been needed");
  t.injects(sacks(10, [1, 2]));
  assert.deepEqual(congestion(t), before);
});

// req: tcp/SACK-13
tcpTest("duplicates the network made take nothing back", (t) => {
  sendTen(t);
  t.at(RTT);
  t.injects(sacks(0, [2, 8]));
  expectsAgain(t, 0, 1);
  // A segment came twice, and twice again, that was sent once.
  t.injects(sacks(0, [2, 3], [2, 8]), sacks(0, [2, 3], [2, 8]));
  t.after(RTT);
  t.injects(sacks(10));
  assert.equal(t.connection.info().congestionWindow, 5000);
});

// req: tcp/FRTO-4, tcp/TS-7
tcpTest("fast recovery ends when the hole's first copy is what arrived", (t) => {
  sendTen(t, true);
  const before = congestion(t);
  const echo = t.lastTimestamp;
  t.at(RTT);
  echoes(t, echo, sacks(0, [1, 5]));
  expectsAgain(t, 0);
  assert.equal(t.connection.info().ssthresh, 5000);
  t.after(5);
  echoes(t, echo, sacks(5));
  assert.deepEqual(congestion(t), before);
  // The path reorders, that is known now: the next hole gets its time.
  echoes(t, echo, sacks(5, [6, 9]));
  t.expectsNothing();
  echoes(t, echo, sacks(9));
});

// req: tcp/FRTO-4
tcpTest("an ACK that the retransmission caused takes nothing back", (t) => {
  sendTen(t, true);
  const echo = t.lastTimestamp;
  t.at(RTT);
  echoes(t, echo, sacks(0, [1, 5]));
  expectsAgain(t, 0);
  const stamp = t.lastTimestamp;
  t.at(2 * RTT);
  echoes(t, stamp, sacks(10));
  assert.equal(t.connection.info().congestionWindow, 5000);
});

// req: tcp/FRTO-4
tcpTest("one late segment among real losses takes nothing back", (t) => {
  sendTen(t, true);
  const echo = t.lastTimestamp;
  t.at(RTT);
  echoes(t, echo, sacks(0, [1, 4], [5, 8]));
  expectsAgain(t, 0, 4);
  const stamp = t.lastTimestamp;
  t.after(5);
  echoes(t, echo, sacks(4, [5, 8]));
  assert.equal(t.connection.info().ssthresh, 5000);
  t.at(2 * RTT);
  echoes(t, stamp, sacks(10));
  assert.equal(t.connection.info().congestionWindow, 5000);
});

// req: tcp/FRTO-4
tcpTest("a timeout that only a delay caused is taken back, and nothing more is sent again", (t) => {
  sendTen(t, true);
  const before = congestion(t);
  const echo = t.lastTimestamp;
  t.at(RTO);
  expectsAgain(t, 0);
  assert.equal(t.connection.info().congestionWindow, 1000);
  t.after(50);
  echoes(t, echo, sacks(2));
  t.expectsNothing();
  assert.deepEqual(congestion(t), before);
  assert.equal(t.connection.info().lostOctets, 0);
  echoes(t, echo, sacks(10));
});

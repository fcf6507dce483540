import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack } from "../../support/tcp-segment.ts";
import { establish, RTO, RTT } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** What a segment may be late by at first: a quarter of the shortest round trip. */
const WINDOW = RTT / 4;

/** SACK is agreed; ten segments of 1000 were sent, 1 ms apart, and nothing more waits. */
function sendTen(t: TcpScript, timestamps = false): void {
  establish(t, { sack: true, timestamps, window: 0xffff, mss: timestamps ? 1012 : 1000 });
  for (let i = 0; i < 10; i++) {
    t.at(i);
    t.send(1000);
    t.expectsData(1 + i * 1000, 1001 + i * 1000);
  }
}

/** An ACK of everything below segment `una`, with blocks of whole segments `[from, to)`. */
function sacks(una: number, ...blocks: [number, number][]): ReturnType<typeof ack> {
  return ack({
    ack: 1 + una * 1000,
    sack: blocks.map(([from, to]) => [1 + from * 1000, 1 + to * 1000]),
  });
}

/** What is left of the one timer, ms. */
function remaining(t: TcpScript): number {
  return Math.floor(t.does((connection, now) => connection.timerInfo(now).remainingMs));
}

/** Segment `n` is sent again. */
function expectsAgain(t: TcpScript, ...segments: number[]): void {
  for (const n of segments) t.expects({ flags: "A", seq: 1 + n * 1000, length: 1000 });
}

/** The path has shown that it reorders: segment 0 arrived after segment 1. */
function showReordering(t: TcpScript): void {
  t.at(RTT + 1);
  t.injects(sacks(0, [1, 2]), sacks(2));
}

// req: tcp/RACK-4, tcp/RACK-6
tcpTest("without reordering three reported segments make what is below them lost at once", (t) => {
  sendTen(t);
  t.at(RTT + 3);
  t.injects(sacks(0, [1, 2]), sacks(0, [1, 3]));
  t.expectsNothing();
  t.injects(sacks(0, [1, 4]));
  expectsAgain(t, 0);
  assert.equal(t.connection.info().ssthresh, 5000);
});

// req: tcp/RACK-6, tcp/RACK-7
tcpTest("with one reported segment what is below is lost a quarter of a round trip later", (t) => {
  sendTen(t);
  t.at(RTT + 1);
  t.injects(sacks(0, [1, 2]));
  // Segment 0 left at 0, segment 1 told of a round trip of 100.
  t.at(RTT + WINDOW - 1);
  t.expectsNothing();
  assert.equal(t.waits(1), 1);
  expectsAgain(t, 0);
});

// req: tcp/RACK-7, tcp/TLP-7
tcpTest(
  "the reordering timer takes the place of the retransmission timer, and gives it back",
  (t) => {
    sendTen(t);
    t.at(RTT + 1);
    t.injects(sacks(0, [1, 2]));
    assert.equal(remaining(t), WINDOW - 1);
    t.injects(sacks(2));
    assert.equal(remaining(t), RTO);
  },
);

// req: tcp/RACK-3, tcp/RACK-4, tcp/RACK-6
tcpTest("on a path that reorders three reported segments are no sign of loss, time is", (t) => {
  sendTen(t);
  showReordering(t);
  t.at(RTT + 5);
  t.injects(sacks(2, [3, 7]));
  t.expectsNothing();
  assert.equal(t.connection.info().recovery, 0);
  // Segment 2 left at 2; segment 6, which arrived, took 99.
  t.at(2 + 99 + WINDOW - 1);
  t.expectsNothing();
  assert.equal(t.waits(1), 1);
  expectsAgain(t, 2);
});

// req: tcp/RACK-3
tcpTest("a retransmission that arrives below others is no reordering", (t) => {
  sendTen(t);
  t.at(RTT + 3);
  t.injects(sacks(0, [1, 4]));
  expectsAgain(t, 0);
  t.at(2 * RTT + 3);
  t.injects(sacks(4, [5, 8]));
  // All three left before that retransmission. Had it been taken for reordering, they would get their time.
  expectsAgain(t, 4, 8, 9);
});

// req: tcp/RACK-3
tcpTest("one ACK that reports a higher block before a lower one is no reordering", (t) => {
  sendTen(t);
  t.at(RTT + 8);
  t.injects(sacks(0, [6, 9], [1, 3]));
  expectsAgain(t, 0, 3, 4, 5);
});

// req: tcp/RACK-6, tcp/RACK-10
tcpTest("a retransmission that got lost is found by what was sent after it", (t) => {
  establish(t, { sack: true, window: 0xffff });
  t.send(200_000);
  t.expectsData(1, 10_001);
  t.at(RTT);
  t.injects(sacks(0, [1, 8]));
  const sent = t.takesAll().map(({ seq }) => (seq - 1) / 1000);
  assert.deepEqual(sent, [0, 10, 11], "as much as half the window takes");
  // What left together with the retransmission arrives, the retransmission does not.
  t.at(2 * RTT);
  t.injects(sacks(0, [1, 12]));
  expectsAgain(t, 0);
  assert.equal(t.connection.info().ssthresh, 5000, "no second cut");
  t.takesAll();
});

// req: tcp/RACK-2
tcpTest("an ACK that comes too soon after a retransmission tells no time", (t) => {
  sendTen(t);
  t.at(RTT + 3);
  t.injects(sacks(0, [1, 4]));
  expectsAgain(t, 0);
  // The first copy was only late. Were the second one taken for what arrived, all older would be lost.
  t.at(RTT + 4);
  t.injects(sacks(4));
  t.expectsNothing();
  assert.equal(t.connection.info().lostOctets, 0);
});

// req: tcp/RACK-2
tcpTest("an echo from before the retransmission tells that the first copy arrived", (t) => {
  sendTen(t, true);
  const echo = t.lastTimestamp;
  t.at(RTT + 3);
  t.injects(sacks(0, [1, 4]));
  expectsAgain(t, 0);
  t.at(2 * RTT + 4);
  t.injects({ ...sacks(4), timestamps: [t.peerClock(), echo - 9] });
  t.expectsNothing();
  assert.equal(t.connection.info().lostOctets, 0);
});

// req: tcp/RACK-9
tcpTest(
  "in recovery holes that are not late are not sent again, though the window allows it",
  (t) => {
    sendTen(t);
    showReordering(t);
    t.at(RTT + 4);
    t.injects(sacks(2, [3, 4]));
    // Segment 2 left at 2; segment 3 told of a round trip of 101.
    assert.equal(t.now - RTT + t.waits(RTT), 2 + 101 + WINDOW);
    expectsAgain(t, 2);
    t.injects(sacks(2, [3, 8]), sacks(2, [3, 8], [9, 10]));
    t.expectsNothing();
    // Segment 8 left at 8; segment 9 took until now.
    assert.equal(t.waits(RTT), WINDOW - 1);
    expectsAgain(t, 8);
  },
);

// req: tcp/RACK-8
tcpTest("a timeout takes the oldest segment for lost, and what left a round trip ago", (t) => {
  establish(t, { sack: true, window: 0xffff });
  t.send(1000);
  t.expectsData(1, 1001);
  t.at(RTT);
  t.injects(sacks(1));
  t.send(1000);
  t.expectsData(1001, 2001);
  t.at(2 * RTT + 50);
  t.send(1000);
  t.expectsData(2001, 3001);
  t.at(RTT + RTO - 1);
  t.send(1000);
  t.expectsData(3001, 4001);
  t.at(RTT + RTO);
  expectsAgain(t, 1);
  // Two left 150 and 300 ms ago, the third only now.
  assert.equal(t.connection.info().lostOctets, 2000);
});

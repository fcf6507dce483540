import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, type SegmentPattern, type SentSegment } from "../../support/tcp-segment.ts";
import { establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** NewReno: no SACK. Ten segments are in flight, and more wait. */
function withTenInFlight(t: TcpScript): void {
  establish(t, { window: 0xffff });
  t.send(200_000);
  t.expectsData(1, 10_001);
}

/** The same after the first of them was lost and three duplicate ACKs came. */
function recovering(t: TcpScript): void {
  withTenInFlight(t);
  duplicates(t, 2);
  assert.deepEqual(starts(duplicates(t, 1)), [1]);
}

/** Injects duplicate ACKs one by one; what they caused to be sent. */
function duplicates(t: TcpScript, count: number, number = 1): SentSegment[] {
  const sent: SentSegment[] = [];
  for (let i = 0; i < count; i++) {
    t.injects(ack({ ack: number }));
    sent.push(...t.takesAll());
  }
  return sent;
}

function starts(segments: readonly SentSegment[]): number[] {
  return segments.map(({ seq }) => seq);
}

// req: tcp/CC-16, tcp/CC-18, tcp/NR-1, tcp/NR-2, tcp/CC-15
tcpTest("two duplicate ACKs send one new segment each, the third sends the first again", (t) => {
  withTenInFlight(t);
  assert.deepEqual(starts(duplicates(t, 1)), [10_001]);
  assert.deepEqual(starts(duplicates(t, 1)), [11_001]);
  assert.equal(t.connection.info().congestionWindow, 10_000);
  assert.deepEqual(starts(duplicates(t, 1)), [1]);
});

// req: tcp/CC-16
tcpTest("limited transmit respects the peer's window", (t) => {
  establish(t, { window: 10_000 });
  t.send(200_000);
  t.expectsData(1, 10_001);
  assert.deepEqual(starts(duplicates(t, 2)), []);
  assert.deepEqual(starts(duplicates(t, 1)), [1]);
});

// req: tcp/CC-18, tcp/CC-10
tcpTest("the threshold is half of what was in flight, without limited transmit", (t) => {
  recovering(t);
  assert.equal(t.connection.info().ssthresh, 5000);
});

// req: tcp/CC-19, tcp/CC-20
tcpTest("further duplicate ACKs let new data out once half the flight has left", (t) => {
  recovering(t);
  // 12 segments are out, 3 of them reported to have arrived; the window is 5: 4 more must leave.
  const sentAfter: number[] = [];
  for (let i = 4; i <= 11; i++) {
    if (duplicates(t, 1).length > 0) sentAfter.push(i);
  }
  assert.ok(sentAfter.length >= 3, `${sentAfter}`);
  assert.ok((sentAfter[0] as number) >= 7, `${sentAfter}`);
});

// req: tcp/CC-21, tcp/NR-3, tcp/BUG-8
tcpTest("a full ACK ends recovery with the window deflated", (t) => {
  recovering(t);
  duplicates(t, 9);
  t.injects(ack({ ack: t.localNext }));
  assert.ok(t.connection.info().congestionWindow <= 5000);
  const burst = t.takesAll();
  assert.ok(burst.length <= 5, `${burst.length} segments at once`);
});

// req: tcp/NR-4, tcp/NR-5, tcp/BUG-14
tcpTest("a partial ACK sends the next hole again, and stays in recovery", (t) => {
  recovering(t);
  t.injects(ack({ ack: 3001 }));
  const sent = t.takesAll();
  assert.equal(sent[0]?.seq, 3001);
  assert.equal(sent.filter(({ seq }) => seq < 12_001).length, 1, "one segment, not several");
  t.injects(ack({ ack: 5001 }));
  assert.equal(t.takesAll()[0]?.seq, 5001);
  assert.equal(t.connection.info().ssthresh, 5000);
});

// req: tcp/NR-5
tcpTest("the first partial ACK starts the timer anew", (t) => {
  recovering(t);
  t.at(RTO - 50);
  t.injects(ack({ ack: 3001 }));
  t.takesAll();
  t.at(RTO + 200);
  t.expectsNothing();
});

// req: tcp/NR-4
tcpTest("several holes in one window cost a round trip each, and no timeout", (t) => {
  recovering(t);
  for (const hole of [2001, 4001, 6001, 8001]) {
    t.after(50);
    t.injects(ack({ ack: hole }));
    assert.equal(t.takesAll()[0]?.seq, hole);
  }
  t.injects(ack({ ack: t.localNext }));
  t.takesAll();
  assert.equal(t.connection.info().timeouts, 0);
  assert.equal(t.connection.info().ssthresh, 5000);
});

// req: tcp/NR-2, tcp/NR-7
tcpTest("duplicates from before the end of a recovery start no other one", (t) => {
  recovering(t);
  const end = t.localNext;
  t.injects(ack({ ack: end }));
  const { ssthresh } = t.connection.info();
  t.takesAll();
  assert.ok(!starts(duplicates(t, 3, end)).includes(end));
  assert.equal(t.connection.info().ssthresh, ssthresh);
});

// req: tcp/NR-6, tcp/NR-7
tcpTest("after a timeout duplicates of what was sent before it start no fast retransmit", (t) => {
  withTenInFlight(t);
  t.at(RTO);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 1001 }));
  t.takesAll();
  const { ssthresh } = t.connection.info();
  assert.ok(!starts(duplicates(t, 5, 1001)).includes(1001));
  assert.equal(t.connection.info().ssthresh, ssthresh);
});

// req: tcp/NR-2, tcp/CC-25
tcpTest("a loss in a later window starts another recovery, and cuts again", (t) => {
  recovering(t);
  t.injects(ack({ ack: t.localNext }));
  t.takesAll();
  for (let i = 0; i < 6; i++) {
    t.injects(ack({ ack: t.localNext - t.connection.info().flightOctets + 1000 }));
    t.takesAll();
  }
  const una = t.localNext - t.connection.info().flightOctets;
  const before = t.connection.info().ssthresh;
  assert.ok(starts(duplicates(t, 3, una)).includes(una));
  assert.ok(t.connection.info().ssthresh < before);
});

const NO_DUPLICATES: readonly [string, (count: number) => SegmentPattern][] = [
  ["with data", () => data({ ack: 1, length: 10 })],
  ["that move the window", (count) => ack({ ack: 1, window: 60_000 - count })],
  ["below SND.UNA", () => ack({ ack: -5 })],
];

for (const [why, make] of NO_DUPLICATES) {
  // req: tcp/CC-15
  tcpTest(`ACKs ${why} are no duplicates`, (t) => {
    withTenInFlight(t);
    for (let count = 0; count < 6; count++) {
      t.injects(make(count));
      assert.ok(t.takesAll().every(({ length }) => length === 0));
    }
  });
}

// req: tcp/CC-15
tcpTest("ACKs while nothing is in flight are no duplicates", (t) => {
  establish(t);
  duplicates(t, 5);
  t.send(3000);
  t.expectsData(1, 3001);
  duplicates(t, 2);
  t.expectsNothing();
});

// req: tcp/CC-19
tcpTest("made up duplicate ACKs do not open the window without bound", (t) => {
  withTenInFlight(t);
  // 12 segments were in flight when recovery began, and the window is 5.
  const sent = duplicates(t, 1000).length;
  assert.ok(sent <= 12 + 5, `${sent} segments`);
});

// req: tcp/CC-25
tcpTest("a retransmission that is lost is found by the timer, and is a second signal", (t) => {
  recovering(t);
  const { ssthresh } = t.connection.info();
  t.waits(5000);
  t.expectsData(1, 1001);
  assert.equal(t.connection.info().congestionWindow, 1000);
  assert.ok(t.connection.info().ssthresh <= ssthresh + 1000);
});

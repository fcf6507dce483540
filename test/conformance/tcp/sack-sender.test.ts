import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, type SentSegment } from "../../support/tcp-segment.ts";
import { establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** Losses are found by counting what arrived above them (RFC 6675); by time is rack-*.test.ts. */
const COUNTING = { config: { rack: false } };

/** SACK is agreed; ten segments of 1000 are in flight, and more wait. */
function withTenInFlight(t: TcpScript): void {
  establish(t, { sack: true, window: 0xffff });
  t.send(200_000);
  t.expectsData(1, 10_001);
}

/** An ACK of everything below segment `una`, with blocks of whole segments `[from, to)`. */
function sacks(una: number, ...blocks: [number, number][]): ReturnType<typeof ack> {
  return ack({
    ack: 1 + una * 1000,
    sack: blocks.map(([from, to]) => [1 + from * 1000, 1 + to * 1000]),
  });
}

/** Numbers of the segments sent. */
function segments(sent: readonly SentSegment[]): number[] {
  return sent.map(({ seq }) => (seq - 1) / 1000);
}

/** Injects ACKs one by one; the numbers of the segments each let out. */
function answers(t: TcpScript, ...acks: ReturnType<typeof ack>[]): number[][] {
  return acks.map((one) => {
    t.injects(one);
    return segments(t.takesAll());
  });
}

// req: tcp/SR-4, tcp/SR-1, tcp/SR-5, tcp/CC-17
tcpTest("three segments reported above a hole: the hole is sent again", COUNTING, (t) => {
  withTenInFlight(t);
  const sent = answers(t, sacks(0, [1, 2]), sacks(0, [1, 3]), sacks(0, [1, 4]));
  assert.deepEqual(sent, [[10], [11], [0]]);
  assert.equal(t.connection.info().ssthresh, 5000);
  assert.equal(t.connection.info().congestionWindow, 5000);
});

// req: tcp/SR-1
tcpTest("more than two segments' octets above a hole in one ACK are enough", COUNTING, (t) => {
  withTenInFlight(t);
  assert.deepEqual(answers(t, sacks(0, [1, 4])), [[0]]);
});

// req: tcp/SR-1
tcpTest("three separate ranges above a hole are enough", COUNTING, (t) => {
  withTenInFlight(t);
  assert.deepEqual(answers(t, sacks(0, [1, 2], [3, 4], [5, 6]))[0]?.[0], 0);
});

// req: tcp/SR-1, tcp/SR-3
tcpTest("only holes with enough reported above them are lost", COUNTING, (t) => {
  withTenInFlight(t);
  // Segment 0 is lost; segment 5 has only [6, 7) above it.
  const sent = answers(t, sacks(0, [6, 7], [1, 5]));
  assert.deepEqual(sent[0], [0]);
  assert.equal(t.connection.info().lostOctets, 1000);
});

// req: tcp/CC-17
tcpTest("duplicate ACKs without news from SACK let nothing out", COUNTING, (t) => {
  withTenInFlight(t);
  const sent = answers(t, sacks(0, [1, 2]), sacks(0, [1, 2]), sacks(0, [1, 2]), sacks(0, [1, 2]));
  assert.deepEqual(sent, [[10], [], [], []]);
});

// req: tcp/SR-9, tcp/SR-4
tcpTest(
  "an ACK with news from SACK counts as a duplicate, though it moves the window",
  { ...COUNTING, settings: { noDelay: true } },
  (t) => {
    establish(t, { sack: true });
    for (let i = 0; i < 10; i++) {
      t.send(100);
      t.takes();
    }
    // Three of them report 300 octets in one range: too little to call the hole lost by itself.
    const sent = [201, 301, 401].map((right, i) => {
      t.injects(ack({ ack: 1, sack: [[101, right]], window: 60_000 - i }));
      return t.takesAll().map(({ seq }) => seq);
    });
    assert.deepEqual(sent.slice(0, 2), [[], []]);
    assert.equal(sent[2]?.[0], 1);
  },
);

// req: tcp/SR-2, tcp/SR-3, tcp/SR-6
tcpTest("in recovery lost holes leave first, then new data, as the pipe drains", COUNTING, (t) => {
  withTenInFlight(t);
  // 0, 1 and 2 are lost; 3 to 9 arrive one after the other.
  const sent = answers(
    t,
    sacks(0, [3, 4]),
    sacks(0, [3, 5]),
    sacks(0, [3, 6]),
    sacks(0, [3, 7]),
    sacks(0, [3, 8]),
    sacks(0, [3, 9]),
    sacks(0, [3, 10]),
  );
  const order = sent.flat();
  assert.deepEqual(order.slice(0, 3), [10, 11, 0]);
  const again = order.filter((n) => n < 10);
  assert.deepEqual(again, [0, 1, 2]);
  assert.ok(order.indexOf(2) < (order.indexOf(12) + 1 || 99), `${order}`);
});

// req: tcp/SR-2, tcp/SR-6
tcpTest("no more is in the network than the window allows", COUNTING, (t) => {
  withTenInFlight(t);
  t.injects(sacks(0, [1, 4]));
  t.takesAll();
  for (let end = 5; end <= 10; end++) {
    t.injects(sacks(0, [1, end]));
    t.takesAll();
    const { pipeOctets, congestionWindow } = t.connection.info();
    assert.ok(pipeOctets <= Math.max(congestionWindow, 6000), `${pipeOctets}`);
  }
  const { pipeOctets } = t.connection.info();
  assert.ok(pipeOctets <= 5000 && pipeOctets > 4000, `${pipeOctets}`);
});

// req: tcp/SR-7
tcpTest("recovery ends with an ACK of all that was sent before it, not sooner", COUNTING, (t) => {
  withTenInFlight(t);
  answers(t, sacks(0, [1, 4]));
  const point = t.localNext;
  answers(t, sacks(4));
  assert.notEqual(t.connection.info().recovery, 0);
  answers(t, ack({ ack: point }));
  assert.equal(t.connection.info().recovery, 0);
  assert.equal(t.connection.info().congestionWindow, 5000);
});

// req: tcp/SR-3, tcp/SR-10
tcpTest("when nothing else may be sent, the last segment is sent again once", COUNTING, (t) => {
  establish(t, { sack: true });
  t.send(10_000);
  t.expectsData(1, 10_001);
  // 0 is lost, and so are 8 and 9, with nothing above them to tell.
  const sent = answers(t, sacks(0, [1, 6]), sacks(0, [1, 7]), sacks(0, [1, 8]), sacks(8), sacks(8));
  const rescued = sent.flat().filter((n) => n >= 8);
  assert.ok(rescued.length <= 1, `${rescued}`);
});

// req: tcp/SACK-8
tcpTest(
  "what was reported is kept until it is acknowledged, and sent again after a timeout if need be",
  COUNTING,
  (t) => {
    withTenInFlight(t);
    answers(t, sacks(0, [1, 3]));
    assert.equal(t.connection.sendQueueOctets, 200_000);
    t.waits(5000);
    t.expectsData(1, 1001);
    // The receiver has thrown away what it reported: its ACK stops short of it.
    const sent: number[] = [];
    for (let una = 1; una <= 3; una++) {
      t.injects(sacks(una));
      sent.push(...segments(t.takesAll()));
      if (sent.includes(1)) break;
      t.waits(20_000);
      sent.push(...segments(t.takesAll()));
      if (sent.includes(1)) break;
    }
    assert.ok(sent.includes(1), `${sent}`);
  },
);

// req: tcp/SACK-9
tcpTest(
  "after a timeout the segment at the left edge is sent again, whatever was reported",
  COUNTING,
  (t) => {
    withTenInFlight(t);
    answers(t, sacks(0, [0, 2]));
    t.waits(5000);
    t.expectsData(1, 1001);
  },
);

// req: tcp/SR-8
tcpTest(
  "a timeout in recovery ends it; no other one starts before all of that is acknowledged",
  COUNTING,
  (t) => {
    withTenInFlight(t);
    answers(t, sacks(0, [1, 4]));
    t.waits(5000);
    t.expectsData(1, 1001);
    const { ssthresh } = t.connection.info();
    answers(t, sacks(1, [2, 3]), sacks(1, [2, 4]), sacks(1, [2, 5]), sacks(1, [2, 6]));
    assert.equal(t.connection.info().ssthresh, ssthresh);
  },
);

// req: tcp/RTO-13, tcp/SACK-8
tcpTest("after a timeout only what was not reported is sent again", COUNTING, (t) => {
  withTenInFlight(t);
  answers(t, sacks(0, [3, 5]));
  t.takesAll();
  t.at(RTO);
  const again = segments(t.takesAll());
  assert.deepEqual(again, [0]);
  const sent = answers(t, sacks(1, [3, 5]), sacks(3, [3, 5]), sacks(6), sacks(8)).flat();
  assert.ok(!sent.includes(3) && !sent.includes(4), `${sent}`);
});

const NONSENSE: readonly [string, [number, number]][] = [
  ["above SND.NXT", [50_001, 51_001]],
  ["from inside to above SND.NXT", [9001, 50_001]],
  ["below SND.UNA by far", [-70_000, -69_000]],
  ["backwards", [5001, 4001]],
  ["empty", [4001, 4001]],
  ["larger than the sequence space allows", [1, 0x7fffffff]],
];

for (const [why, edges] of NONSENSE) {
  // req: tcp/SACK-15
  tcpTest(`a block ${why} is ignored`, COUNTING, (t) => {
    withTenInFlight(t);
    for (let i = 0; i < 5; i++) t.injects(ack({ ack: 1, sack: [edges] }));
    assert.deepEqual(segments(t.takesAll()), []);
    assert.equal(t.connection.info().sackedOctets, 0);
    assert.equal(t.connection.info().ssthresh, Number.POSITIVE_INFINITY);
  });
}

// req: tcp/SACK-13, tcp/SACK-15
tcpTest("a D-SACK below the ACK is no sign of loss", COUNTING, (t) => {
  withTenInFlight(t);
  const sent = answers(
    t,
    ack({ ack: 2001, sack: [[1, 1001]] }),
    ack({ ack: 2001, sack: [[1001, 2001]] }),
    ack({ ack: 2001, sack: [[1, 1001]] }),
    ack({ ack: 2001, sack: [[1, 1001]] }),
  );
  assert.ok(!sent.flat().includes(2), `${sent}`);
  assert.equal(t.connection.info().ssthresh, Number.POSITIVE_INFINITY);
});

// req: tcp/SACK-2
tcpTest("blocks from a peer that agreed on no SACK are ignored", COUNTING, (t) => {
  establish(t, { sack: false, window: 0xffff });
  t.send(200_000);
  t.expectsData(1, 10_001);
  t.injects(sacks(0, [1, 5]));
  assert.ok(!segments(t.takesAll()).includes(0));
  assert.equal(t.connection.info().sackedOctets, 0);
});

// req: tcp/SR-1
tcpTest(
  "a peer that reports every second octet gets no more than the window allows",
  COUNTING,
  (t) => {
    establish(t, { sack: true, mss: 48, window: 0xffff });
    t.send(60_000);
    t.takesAll();
    const end = t.localNext;
    for (let at = 3; at < end; at += 2) {
      t.injects(ack({ ack: 1, sack: [[at, at + 1]] }));
      t.takesAll();
    }
    // The initial window and what limited transmit adds to it.
    assert.ok(t.connection.info().pipeOctets <= 12 * 48);
    t.expectsState("ESTABLISHED");
  },
);

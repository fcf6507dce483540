import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, syn, synAck } from "../../support/tcp-segment.ts";
import { establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

function withSack(t: TcpScript): void {
  establish(t, { sack: true });
}

/** Segment `n` of the peer's stream: 100 octets from 1 + 100·n. */
function piece(n: number, octets = 100): ReturnType<typeof data> {
  return data({ seq: 1 + n * 100, length: octets });
}

const block = (n: number, count = 1): [number, number] => [1 + n * 100, 1 + (n + count) * 100];

// req: tcp/SACK-1
tcpTest("SACK-permitted is on SYNs only", (t) => {
  t.open();
  t.expects(syn({ sackPermitted: true }));
  t.injects(synAck({ ack: 1, mss: 1000, sackPermitted: true }));
  t.expects(ack({ sackPermitted: false }));
  t.send(100);
  t.expects(data({ sackPermitted: false }));
});

// req: tcp/SACK-2, tcp/SACK-1
tcpTest("a peer that did not permit SACK gets none", (t) => {
  establish(t, { sack: false });
  t.injects(piece(1));
  t.expects(ack({ ack: 1, sack: [] }));
});

// req: tcp/SACK-2
tcpTest("our SYN,ACK permits SACK only if the SYN did", (t) => {
  t.injectsToListener(syn({ mss: 1000 }));
  t.expects(synAck({ sackPermitted: false }));
});

// req: tcp/SACK-2
tcpTest("our SYN,ACK permits SACK if the SYN did", (t) => {
  t.injectsToListener(syn({ mss: 1000, sackPermitted: true }));
  t.expects(synAck({ sackPermitted: true }));
});

// req: tcp/SACK-4, tcp/SACK-5, tcp/SACK-7, tcp/CC-13, tcp/MAY-13
tcpTest("each segment above a hole is answered at once, its block first", (t) => {
  withSack(t);
  t.injects(piece(1));
  t.expects(ack({ ack: 1, sack: [block(1)] }));
  t.injects(piece(3));
  t.expects(ack({ ack: 1, sack: [block(3), block(1)] }));
  t.injects(piece(5));
  t.expects(ack({ ack: 1, sack: [block(5), block(3), block(1)] }));
  t.injects(piece(2));
  t.expects(ack({ ack: 1, sack: [block(1, 3), block(5)] }));
});

// req: tcp/SACK-4, tcp/CC-14
tcpTest("filling a hole moves the ACK and reports what is still above", (t) => {
  withSack(t);
  t.injects(piece(1));
  t.expects(ack({ ack: 1 }));
  t.injects(piece(3));
  t.expects(ack({ ack: 1 }));
  t.injects(piece(0));
  t.expects(ack({ ack: 201, sack: [block(3)] }));
  t.injects(piece(2));
  t.expects(ack({ ack: 401, sack: [] }));
  assert.equal(t.receive(), 400);
});

// req: tcp/SACK-3, tcp/SACK-6
tcpTest("four blocks fit without timestamps", (t) => {
  withSack(t);
  for (const n of [1, 3, 5, 7, 9, 11]) {
    t.injects(piece(n));
    t.takes();
  }
  t.injects(piece(13));
  t.expects(ack({ ack: 1, sack: [block(13), block(11), block(9), block(7)], headerLength: 56 }));
});

// req: tcp/SACK-3, tcp/SACK-6
tcpTest("three blocks fit with timestamps", (t) => {
  establish(t, { sack: true, timestamps: true });
  for (const n of [1, 3, 5]) {
    t.injects(piece(n));
    t.takes();
  }
  t.injects(piece(7));
  t.expects(ack({ ack: 1, sack: [block(7), block(5), block(3)], headerLength: 60 }));
});

// req: tcp/SACK-4
tcpTest("data that we send meanwhile carries the blocks too, within the segment size", (t) => {
  withSack(t);
  t.injects(piece(1));
  t.expects(ack({ sack: [block(1)] }));
  t.send(3000);
  const sent = t.takesAll();
  assert.ok(sent.length >= 3);
  for (const { sack, length, headerLength } of sent) {
    assert.deepEqual(sack, [block(1)]);
    assert.ok(length + headerLength <= 1020, `${length} + ${headerLength}`);
  }
});

// req: tcp/SACK-11, tcp/SACK-14
tcpTest("a segment that comes twice is reported once, below the ACK", (t) => {
  withSack(t);
  t.injects(piece(0));
  t.expects(ack({ ack: 101 }));
  t.injects(piece(0));
  t.expects(ack({ ack: 101, sack: [block(0)] }));
  t.injects(piece(2));
  t.expects(ack({ ack: 101, sack: [block(2)] }));
});

// req: tcp/SACK-11
tcpTest("a duplicate is reported before the blocks above", (t) => {
  withSack(t);
  t.injects(piece(0));
  t.takes();
  t.injects(piece(2));
  t.takes();
  t.injects(piece(0));
  t.expects(ack({ ack: 101, sack: [block(0), block(2)] }));
});

// req: tcp/SACK-12
tcpTest("a duplicate inside a block above a hole is followed by that block", (t) => {
  withSack(t);
  for (const n of [2, 3, 4]) {
    t.injects(piece(n));
    t.takes();
  }
  t.injects(piece(3));
  t.expects(ack({ ack: 1, sack: [block(3), block(2, 3)] }));
});

// req: tcp/SACK-11
tcpTest("a segment half old reports the old half", (t) => {
  withSack(t);
  t.injects(piece(0));
  t.takes();
  t.injects(piece(0, 200));
  t.expects(ack({ ack: 201, sack: [[1, 101]] }));
});

// req: tcp/SACK-5
tcpTest("a FIN above a hole is no reason to report what did not arrive", (t) => {
  withSack(t);
  t.injects(fin({ seq: 201, length: 100 }));
  t.expects(ack({ ack: 1, sack: [[201, 301]] }));
  t.injects(data({ seq: 1, length: 200 }));
  t.expects(ack({ ack: 302, sack: [] }));
});

// req: tcp/SHLD-31, tcp/BUG-5
tcpTest("the number of blocks we hold is bounded", { config: { maxOutOfOrderRanges: 8 } }, (t) => {
  withSack(t);
  for (let n = 1; n < 100; n += 2) {
    t.injects(piece(n));
    t.takesAll();
  }
  t.injects(piece(0));
  t.expects(ack({ ack: 201 }));
  t.injects(piece(2));
  t.expects(ack({ ack: 401 }));
});

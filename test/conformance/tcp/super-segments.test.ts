import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, fin, type SentSegment } from "../../support/tcp-segment.ts";
import { establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const LARGE = { window: 0xffff, windowScale: 7 };

/** ESTABLISHED over a path that splits super-segments. */
function withOffload(t: TcpScript, sack = false): void {
  t.path.segmentationOffload = true;
  establish(t, { ...LARGE, sack });
}

function summary(sent: readonly SentSegment[]): number[][] {
  return sent.map(({ seq, length, gsoSize }) => [seq, length, gsoSize]);
}

// req: tcp/SHLD-28, tcp/CC-1
tcpTest("what the windows allow leaves in one packet, to be split into full segments", (t) => {
  withOffload(t);
  t.send(100_000);
  assert.deepEqual(summary(t.takesAll()), [[1, 10_000, 1000]]);
});

// req: tcp/SHLD-28
tcpTest("a packet never exceeds what an IP length field can tell", (t) => {
  withOffload(t);
  t.send(2_000_000);
  let longest = 0;
  for (let turn = 0; turn < 8; turn++) {
    for (const { length, headerLength, gsoSize } of t.takesAll()) {
      assert.ok(length + headerLength + t.world.ipHeaderLength <= 65_535);
      assert.ok(length <= 1000 || gsoSize === 1000);
      longest = Math.max(longest, length);
    }
    t.injects(ack({ ack: t.localNext }));
  }
  t.takesAll();
  assert.ok(longest > 60_000, `${longest}`);
});

// req: tcp/BUG-14, tcp/RTO-13, tcp/CC-12
tcpTest("after a timeout one segment of it is sent again, not all", (t) => {
  withOffload(t);
  t.send(100_000);
  t.takesAll();
  t.at(RTO);
  const [first, ...more] = summary(t.takesAll());
  assert.deepEqual(first?.slice(0, 2), [1, 1000]);
  assert.equal(more.length, 0);
  t.injects(ack({ ack: 1001 }));
  assert.deepEqual(
    t.takesAll().map(({ seq, length }) => [seq, length]),
    [[1001, 2000]],
  );
});

// req: tcp/SR-5, tcp/SR-6, tcp/SACK-8
tcpTest("only the part that was lost is sent again", (t) => {
  withOffload(t, true);
  t.send(10_000);
  t.takesAll();
  t.injects(ack({ ack: 2001, sack: [[3001, 7001]] }));
  assert.deepEqual(
    t.takesAll().map(({ seq, length }) => [seq, length]),
    [[2001, 1000]],
  );
  t.injects(ack({ ack: 7001 }));
  t.takesAll();
  assert.equal(t.connection.sendQueueOctets, 3000);
});

// req: tcp/PMTU-1
tcpTest("on a narrower path it is cut anew", (t) => {
  withOffload(t);
  t.send(10_000);
  t.takesAll();
  t.path.mtu = 500 + t.world.ipHeaderLength + 20;
  t.does((connection) => connection.handlePathChange());
  const sent = t.takesAll();
  assert.equal(sent[0]?.seq, 1);
  assert.ok(sent.every(({ length, gsoSize }) => length <= 500 || gsoSize === 500));
});

// req: tcp/SEG-35, tcp/MUST-61
tcpTest("FIN and PSH are on its last segment", (t) => {
  withOffload(t);
  t.send(3500);
  assert.deepEqual(summary(t.takesAll()), [[1, 3500, 1000]]);
  t.shutdownSend();
  t.expects(fin({ seq: 3501 }));
  t.at(RTO);
  const again = t.takes();
  assert.equal(again.seq, 1);
  t.injects(ack({ ack: 3502 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/SEG-21
tcpTest("an ACK into the middle of it frees what it covers", (t) => {
  withOffload(t);
  t.send(10_000);
  t.takesAll();
  t.injects(ack({ ack: 4567 }));
  assert.equal(t.connection.sendQueueOctets, 10_000 - 4566);
  t.waits(5000);
  const { seq } = t.takes();
  assert.equal(seq, 4567);
});

import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin } from "../../support/tcp-segment.ts";
import { establish, leaveQuickAck } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** Past the quick ACKs of a new connection, and past segments that told how large the peer's are. */
function settled(t: TcpScript): void {
  establish(t);
  for (let i = 0; i < 40; i++) {
    t.injects(data({ length: 1000 }));
    t.takesAll();
  }
  t.receive();
  t.takesAll();
  leaveQuickAck(t);
}

// req: tcp/SHLD-18, tcp/MUST-40, tcp/CC-23
tcpTest("one segment is acknowledged after a delay below half a second", (t) => {
  settled(t);
  t.injects(data({ length: 200 }));
  t.expectsNothing();
  const waited = t.waits(500);
  assert.ok(waited < 500 && waited > 0);
  t.expects(ack({ ack: t.peerNext }));
  t.expectsNoTimer();
});

for (const delayedAckMs of [499, 500, 5000]) {
  // req: tcp/MUST-40, tcp/CC-23
  tcpTest(
    `a delay of ${delayedAckMs} ms is cut below half a second`,
    { config: { delayedAckMs } },
    (t) => {
      settled(t);
      t.injects(data({ length: 200 }));
      assert.ok(t.waits(500) < 500);
      t.expects(ack({ ack: t.peerNext }));
    },
  );
}

// req: tcp/SHLD-19, tcp/CC-23, tcp/BUG-13
tcpTest("every second full segment is acknowledged at once", (t) => {
  settled(t);
  for (let i = 0; i < 10; i++) {
    t.injects(data({ length: 1000 }));
    t.expectsNothing();
    t.injects(data({ length: 1000 }));
    t.expects(ack({ ack: t.peerNext }));
    t.receive();
    t.takesAll();
  }
});

// req: tcp/CC-24, tcp/MUST-58, tcp/MUST-59
tcpTest("a batch of segments is answered with one ACK", (t) => {
  settled(t);
  t.injectsTogether(
    ...Array.from({ length: 20 }, (_, i) => data({ seq: t.peerNext + i * 1000, length: 1000 })),
  );
  const sent = t.takesAll();
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.ack, t.peerNext);
});

// req: tcp/CC-24
tcpTest("one segment is answered with one ACK at most", (t) => {
  establish(t, { sack: true });
  for (const seq of [1, 1001, 3001, 1, 2001, 900_000]) {
    t.injects(data({ seq, length: 1000 }));
    assert.ok(t.takesAll().length <= 1);
  }
});

// req: tcp/SHLD-18
tcpTest("data that leaves meanwhile carries the ACK", (t) => {
  settled(t);
  t.injects(data({ length: 200 }));
  t.after(10);
  t.send(100);
  t.expects(data({ ack: t.peerNext, length: 100 }));
  t.injects(ack({ ack: t.localNext }));
  t.expectsNoTimer();
});

// req: tcp/CC-13, tcp/MAY-13, tcp/SHLD-31
tcpTest("a segment above a hole is acknowledged at once, each time", (t) => {
  settled(t);
  const hole = t.peerNext;
  for (let i = 1; i <= 3; i++) {
    t.injects(data({ seq: hole + i * 100, length: 100 }));
    t.expects(ack({ ack: hole }));
  }
});

// req: tcp/CC-14
tcpTest("a segment that fills a hole, or part of one, is acknowledged at once", (t) => {
  settled(t);
  const hole = t.peerNext;
  t.injects(data({ seq: hole + 200, length: 100 }));
  t.expects(ack({ ack: hole }));
  t.injects(data({ seq: hole, length: 100 }));
  t.expects(ack({ ack: hole + 100 }));
  t.injects(data({ seq: hole + 100, length: 100 }));
  t.expects(ack({ ack: hole + 300 }));
});

// req: tcp/SEG-12, tcp/CC-13
tcpTest("a duplicate is acknowledged at once", (t) => {
  settled(t);
  t.injects(data({ seq: t.peerNext - 100, length: 100 }));
  t.expects(ack({ ack: t.peerNext }));
});

// req: tcp/SEG-30, tcp/SEG-33
tcpTest("a FIN is acknowledged at once", (t) => {
  settled(t);
  t.injects(fin());
  t.expects(ack({ ack: t.peerNext }));
});

// req: tcp/SHLD-18
tcpTest(
  "TCP_QUICKACK: everything is acknowledged at once",
  { settings: { quickAck: true } },
  (t) => {
    establish(t);
    for (let i = 0; i < 60; i++) {
      t.injects(data({ length: 100 }));
      t.expects(ack({ ack: t.peerNext }));
      t.receive();
      t.takesAll();
    }
  },
);

// req: tcp/BUG-5, tcp/SHLD-31
tcpTest("data above a hole is kept, whatever the order", (t) => {
  establish(t);
  for (const n of [7, 3, 5, 1, 9, 2, 8, 4, 6]) {
    t.injects(data({ seq: 1 + n * 500, length: 500 }));
    t.expects(ack({ ack: 1 }));
  }
  assert.ok(t.receive() < 0);
  t.injects(data({ seq: 1, length: 500 }));
  t.expects(ack({ ack: 5001 }));
  assert.equal(t.receive(), 5000);
});

// req: tcp/SEG-28
tcpTest(
  "the right edge of the window never moves left, whatever order data comes in",
  { settings: { receiveBufferOctets: 20_000 }, config: { windowScaling: false } },
  (t) => {
    establish(t);
    let edge = 0;
    for (const seq of [1, 3001, 2001, 1001, 6001, 5001, 4001, 9001, 8001, 7001]) {
      t.injects(data({ seq, length: 1000 }));
      for (const { ack: number, window } of t.takesAll()) {
        assert.ok(number + window >= edge);
        edge = number + window;
      }
    }
    assert.equal(edge, 20_001);
  },
);

// req: tcp/BUG-13
tcpTest("a coalesced segment is acknowledged like the segments it is made of", (t) => {
  settled(t);
  t.injects(data({ length: 5000 }));
  t.expects(ack({ ack: t.peerNext }));
});

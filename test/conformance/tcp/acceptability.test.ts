import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, rst, type SegmentFields, segment } from "../../support/tcp-segment.ts";
import { establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const SMALL = { settings: { receiveBufferOctets: 2000 }, config: { windowScaling: false } };

/** ESTABLISHED, the peer has sent `[1, 1001)`, and 1000 octets of window are left. */
function withWindow(t: TcpScript): void {
  establish(t);
  t.injects(data({ seq: 1, length: 1000 }));
  t.expects(ack({ ack: 1001, window: 1000 }));
}

/** ESTABLISHED, and the receive window is closed at 2001. */
function withoutWindow(t: TcpScript): void {
  withWindow(t);
  t.injects(data({ seq: 1001, length: 1000 }));
  t.expects(ack({ ack: 2001, window: 0 }));
}

// RCV.NXT is 1001, RCV.WND is 1000.
const OPEN: readonly [SegmentFields, boolean, string][] = [
  [{ seq: 1001 }, true, "an ACK at RCV.NXT"],
  [{ seq: 2000 }, true, "an ACK at the last octet of the window"],
  [{ seq: 2001 }, false, "an ACK behind the window"],
  [{ seq: 1000 }, false, "an ACK below RCV.NXT"],
  [{ seq: 1001 + 0x7fffffff }, false, "an ACK far behind the window"],
  [{ seq: 1, length: 1000 }, false, "old data"],
  [{ seq: 500, length: 501 }, false, "old data that ends at RCV.NXT"],
  [{ seq: 2001, length: 1 }, false, "data behind the window"],
];

for (const [fields, acceptable, why] of OPEN) {
  // req: tcp/SEG-11, tcp/SEG-12
  tcpTest(
    `with an open window ${why} is ${acceptable ? "taken silently" : "answered"}`,
    SMALL,
    (t) => {
      withWindow(t);
      t.injects(data(fields));
      if (!acceptable) t.expects(ack({ seq: 1, ack: 1001, length: 0 }));
      assert.equal(t.receive(), 1000);
      t.takesAll();
    },
  );
}

// req: tcp/SEG-11, tcp/SEG-14
tcpTest("data half old brings its new half", SMALL, (t) => {
  withWindow(t);
  t.injects(data({ seq: 501, length: 1000 }));
  t.expects(ack({ ack: 1501 }));
  assert.equal(t.receive(), 1500);
  t.takesAll();
});

// req: tcp/SEG-11, tcp/SEG-14
tcpTest("data that covers the whole window and more brings what fits", SMALL, (t) => {
  withWindow(t);
  t.injects(data({ seq: 501, length: 3000 }));
  t.expects(ack({ ack: 2001, window: 0 }));
  assert.equal(t.receive(), 2000);
  t.takesAll();
});

// req: tcp/SEG-14
tcpTest("a FIN behind the window is cut off with the data before it", SMALL, (t) => {
  withWindow(t);
  t.injects(fin({ seq: 1001, length: 1001 }));
  t.expects(ack({ ack: 2001, window: 0 }));
  t.expectsState("ESTABLISHED");
  assert.equal(t.receive(), 2000);
  t.takesAll();
  t.injects(fin({ seq: 2001, length: 1 }));
  t.expects(ack({ ack: 2003 }));
  t.expectsState("CLOSE-WAIT");
});

// req: tcp/SEG-14
tcpTest("old data with a new FIN closes", SMALL, (t) => {
  withWindow(t);
  t.injects(fin({ seq: 1, length: 1000 }));
  t.expects(ack({ ack: 1002 }));
  t.expectsState("CLOSE-WAIT");
});

const CLOSED: readonly [SegmentFields, boolean, string][] = [
  [{ seq: 2001 }, true, "an ACK at RCV.NXT"],
  [{ seq: 2000 }, false, "an ACK below it"],
  [{ seq: 2002 }, false, "an ACK above it"],
  [{ seq: 2001, length: 1 }, false, "an octet at RCV.NXT"],
  [{ seq: 2000, length: 1 }, false, "an old octet"],
];

for (const [fields, acceptable, why] of CLOSED) {
  // req: tcp/SEG-11, tcp/SEG-12, tcp/ZWP-1
  tcpTest(
    `with a closed window ${why} is ${acceptable ? "taken silently" : "answered"}`,
    SMALL,
    (t) => {
      withoutWindow(t);
      t.injects(data(fields));
      if (!acceptable) t.expects(ack({ seq: 1, ack: 2001, window: 0, length: 0 }));
      assert.equal(t.receive(), 2000);
      t.takesAll();
    },
  );
}

// req: tcp/SEG-13, tcp/MUST-66
tcpTest(
  "with a closed window the ACK of a segment at RCV.NXT is honoured, its data is not",
  SMALL,
  (t) => {
    withoutWindow(t);
    t.send(1000);
    t.expectsData(1, 1001);
    t.injects(data({ seq: 2001, ack: 1001, length: 100 }));
    t.expects(ack({ seq: 1001, ack: 2001, window: 0 }));
    t.at(10_000);
    assert.equal(t.connection.sendQueueOctets, 0);
  },
);

// req: tcp/MUST-66, tcp/SEG-13
tcpTest("with a closed window a RST at RCV.NXT resets", SMALL, (t) => {
  withoutWindow(t);
  t.injects(rst({ seq: 2001 }));
  t.expectsState("CLOSED");
});

// req: tcp/MUST-66, tcp/SEG-13
tcpTest("with a closed window urgent data is announced", SMALL, (t) => {
  withoutWindow(t);
  t.events();
  t.injects(segment("AU", { seq: 2001, urgent: 1 }));
  assert.ok(t.events().includes("URGENT"));
});

// req: tcp/SEG-12
tcpTest("an unacceptable segment with RST is dropped silently", SMALL, (t) => {
  withWindow(t);
  t.injects(rst({ seq: 5000 }), segment("RA", { seq: 1000, ack: 1 }));
  t.expectsState("ESTABLISHED");
});

// req: tcp/SEG-19
tcpTest("a segment without ACK bit is dropped", SMALL, (t) => {
  withWindow(t);
  t.injects(segment("", { seq: 1001, length: 100 }), segment("F", { seq: 1001 }));
  t.expectsState("ESTABLISHED");
  assert.equal(t.receive(), 1000);
  t.takesAll();
});

// req: tcp/SEG-2
tcpTest("SYN and FIN count as one each", SMALL, (t) => {
  establish(t);
  t.injects(fin({ seq: 1, length: 10 }));
  t.expects(ack({ ack: 12 }));
  t.shutdownSend();
  t.expects(fin({ seq: 1 }));
  t.injects(ack({ seq: 12, ack: 2 }));
  t.expectsState("CLOSED");
});

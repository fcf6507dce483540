import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import {
  ack,
  data,
  fin,
  rst,
  type SegmentFields,
  segment,
  syn,
} from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** TIME-WAIT with timestamps; the peer's last was sent 1000 ms ago. Its FIN had number 1. */
function withTimestamps(t: TcpScript): number {
  establish(t, { timestamps: true });
  t.shutdownSend();
  t.expects(fin({ seq: 1 }));
  t.injects(fin({ seq: 1, ack: 2 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.expectsState("TIME-WAIT");
  const last = t.peerClock();
  t.startsClock();
  t.at(1000);
  return last;
}

// req: tcp/SEG-25, tcp/SEG-32, tcp/MUST-13
tcpTest("TIME-WAIT acknowledges the FIN again and begins its 2 MSL anew", (t) => {
  enter(t, "TIME-WAIT");
  t.at(50_000);
  t.injects(fin({ seq: 1, ack: 2 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.at(109_999);
  t.expectsState("TIME-WAIT");
  t.at(110_000);
  t.expectsState("CLOSED");
});

// req: tcp/SEG-27
tcpTest("TIME-WAIT takes no data", (t) => {
  enter(t, "TIME-WAIT");
  t.injects(data({ seq: 2, ack: 2, length: 100 }));
  t.takesAll();
  t.expectsState("TIME-WAIT");
  assert.equal(t.receive(), 0);
});

// req: tcp/TW-4
tcpTest("TIME-WAIT is not assassinated by a RST", (t) => {
  enter(t, "TIME-WAIT");
  t.injects(rst({ seq: 2 }), segment("RA", { seq: 2, ack: 2 }), rst({ seq: 1 }));
  t.expectsState("TIME-WAIT");
});

// req: tcp/SEG-17
tcpTest(
  "TIME-WAIT closes on a RST where the host wants it",
  { config: { ignoreTimeWaitReset: false } },
  (t) => {
    enter(t, "TIME-WAIT");
    t.injects(rst({ seq: 1000 }));
    t.takesAll();
    t.expectsState("TIME-WAIT");
    t.injects(rst({ seq: 2 }));
    t.expectsState("CLOSED");
  },
);

// req: tcp/TW-4
tcpTest("TIME-WAIT answers an old duplicate with an ACK, not with its end", (t) => {
  enter(t, "TIME-WAIT");
  t.injects(data({ seq: -500, ack: 1, length: 100 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.expectsState("TIME-WAIT");
});

/** Whether a SYN with these fields may take the place of the connection. */
function mayReuse(t: TcpScript, fields: SegmentFields): boolean {
  return t.offersReuse(syn({ timestamps: null, ...fields }));
}

// req: tcp/TW-1, tcp/MAY-2, tcp/SHLD-4
tcpTest("TIME-WAIT with timestamps yields to a later one, whatever the sequence number", (t) => {
  const last = withTimestamps(t);
  assert.ok(mayReuse(t, { seq: 500_000, timestamps: [last + 1, 0] }));
  assert.ok(mayReuse(t, { seq: -500_000, timestamps: [last + 1, 0] }));
  assert.ok(mayReuse(t, { seq: 2, timestamps: [last, 0] }));
  assert.ok(!mayReuse(t, { seq: 1, timestamps: [last, 0] }));
  assert.ok(!mayReuse(t, { seq: 500_000, timestamps: [last - 1, 0] }));
});

// req: tcp/TW-2
tcpTest("TIME-WAIT with timestamps yields to a SYN without if its number is above", (t) => {
  withTimestamps(t);
  assert.ok(mayReuse(t, { seq: 2 }));
  assert.ok(!mayReuse(t, { seq: 1 }));
});

// req: tcp/TW-3, tcp/MAY-2
tcpTest("TIME-WAIT without timestamps yields to a SYN with, or to a number above", (t) => {
  enter(t, "TIME-WAIT");
  assert.ok(mayReuse(t, { seq: -1000, timestamps: [1, 0] }));
  assert.ok(mayReuse(t, { seq: 2 }));
  assert.ok(!mayReuse(t, { seq: 1 }));
});

for (const [fields, why] of [
  [{ flags: "SA", seq: 500_000, ack: 2 }, "SYN,ACK"],
  [{ flags: "SR", seq: 500_000 }, "SYN with RST"],
  [{ flags: "A", seq: 500_000, ack: 2 }, "segment without SYN"],
] as const) {
  // req: tcp/MAY-2
  tcpTest(`TIME-WAIT yields to no ${why}`, (t) => {
    enter(t, "TIME-WAIT");
    assert.ok(!t.offersReuse(fields));
  });
}

// req: tcp/TW-2, tcp/BLIND-4
tcpTest("TIME-WAIT acknowledges a SYN it does not yield to", (t) => {
  enter(t, "TIME-WAIT");
  t.injects(syn({ seq: 1 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.expectsState("TIME-WAIT");
});

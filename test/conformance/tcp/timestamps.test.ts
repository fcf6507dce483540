import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, rst, segment, syn, synAck } from "../../support/tcp-segment.ts";
import { enter, establish, leaveQuickAck } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const DAY = 24 * 3600 * 1000;

function withTimestamps(t: TcpScript): void {
  establish(t, { timestamps: true });
}

/** TSecr of the next segment sent. */
function echo(t: TcpScript): number | undefined {
  return t.takes().timestamps?.[1];
}

// req: tcp/TS-1
tcpTest("timestamps are on our SYN,ACK only if they were on the SYN", (t) => {
  t.injectsToListener(syn({ mss: 1000 }));
  t.expects(synAck({ timestamps: null }));
});

// req: tcp/TS-1, tcp/TS-6
tcpTest("our SYN,ACK echoes the timestamp of the SYN", (t) => {
  t.injectsToListener(syn({ mss: 1000, timestamps: [123_456, 0] }));
  assert.equal(t.takes().timestamps?.[1], 123_456);
});

// req: tcp/TS-1
tcpTest("once agreed they are on every segment: ACKs, data, FIN", (t) => {
  withTimestamps(t);
  t.injects(data({ length: 10 }));
  const sent = [t.takes()];
  t.send(500);
  sent.push(t.takes());
  t.shutdownSend();
  sent.push(t.takes());
  assert.deepEqual(
    sent.map(({ timestamps }) => timestamps?.length),
    [2, 2, 2],
  );
});

// req: tcp/TS-1, tcp/TS-4
tcpTest("not agreed, they are on none, and what comes is ignored", (t) => {
  establish(t);
  t.injects(data({ length: 10, timestamps: [5, 5] }));
  t.expects(ack({ ack: 11, timestamps: null }));
  t.injects(data({ length: 10, timestamps: [-100_000, 5] }));
  t.expects(ack({ ack: 21, timestamps: null }));
});

// req: tcp/TS-2
tcpTest("TSecr of a segment without ACK means nothing", (t) => {
  t.open();
  const { timestamps } = t.takes();
  assert.equal(timestamps?.[1], 0);
  // A SYN that crosses ours, with rubbish in TSecr: the round trip is not 2³¹ ms.
  t.injects(syn({ mss: 1000, timestamps: [77, 0x7fffffff] }));
  t.takes();
  t.after(100);
  t.usesTimestamps = true;
  t.injects(ack({ seq: 1, ack: 1 }));
  assert.ok(t.connection.info().srttMs <= 100);
});

// req: tcp/TS-3
tcpTest("a segment without the timestamps that were agreed is dropped silently", (t) => {
  withTimestamps(t);
  t.injects(data({ length: 10, timestamps: null }));
  t.expectsNothing();
  t.expectsState("ESTABLISHED");
  assert.ok(t.receive() < 0);
});

// req: tcp/TS-3, tcp/PAWS-2
tcpTest("a RST needs no timestamps", (t) => {
  withTimestamps(t);
  t.injects(rst({ seq: 1, timestamps: null }));
  t.expectsState("CLOSED");
});

// req: tcp/TS-5, tcp/TS-6
tcpTest("a timestamp in order is remembered and echoed", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  t.injects(data({ length: 10, timestamps: [now + 50, 0] }));
  assert.equal(echo(t), now + 50);
});

// req: tcp/TS-6
tcpTest("a delayed ACK echoes the first of the segments it acknowledges", (t) => {
  withTimestamps(t);
  leaveQuickAck(t);
  t.after(100);
  const now = t.peerClock();
  t.injects(data({ length: 10, timestamps: [now, 0] }));
  t.after(10);
  t.injects(data({ length: 10, timestamps: [now + 10, 0] }));
  t.waits(500);
  assert.equal(echo(t), now);
});

// req: tcp/TS-6
tcpTest("with a hole the last in order is echoed, and then what fills it", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  t.injects(data({ seq: 1, length: 10, timestamps: [now + 1, 0] }));
  assert.equal(echo(t), now + 1);
  t.injects(data({ seq: 21, length: 10, timestamps: [now + 3, 0] }));
  assert.equal(echo(t), now + 1);
  t.injects(data({ seq: 11, length: 10, timestamps: [now + 2, 0] }));
  assert.equal(echo(t), now + 2);
});

// req: tcp/TS-5
tcpTest("an older timestamp than the last is not taken over", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  t.injects(data({ seq: 1, length: 10, timestamps: [now + 100, 0] }));
  t.takes();
  t.injects(data({ seq: 11, length: 10, timestamps: [now + 50, 0] }));
  assert.equal(echo(t), now + 100);
});

// req: tcp/TS-7
tcpTest("an ACK that moves nothing is no sample", (t) => {
  withTimestamps(t);
  const { srttMs } = t.connection.info();
  t.after(5000);
  t.injects(ack({ ack: 1 }));
  assert.equal(t.connection.info().srttMs, srttMs);
});

// req: tcp/TS-7, tcp/RTO-7
tcpTest("an ACK that moves SND.UNA is one", (t) => {
  withTimestamps(t);
  t.send(500);
  t.takes();
  t.after(180);
  t.injects(ack({ ack: 501 }));
  assert.equal(t.connection.info().srttMs, 0.875 * 100 + 0.125 * 180);
});

for (const echoed of [0, 1, 0x7fffffff, -1]) {
  // req: tcp/TS-7
  tcpTest(`a made up TSecr of ${echoed} does no harm to the RTO`, (t) => {
    withTimestamps(t);
    for (let i = 0; i < 10; i++) {
      t.send(500);
      t.takesAll();
      t.after(100);
      t.injects(ack({ ack: t.localNext, timestamps: [t.peerClock(), echoed] }));
    }
    const { rtoMs } = t.connection.info();
    assert.ok(rtoMs >= 200 && rtoMs <= 1000, `${rtoMs}`);
  });
}

// req: tcp/TS-8
tcpTest("a RST of the user's carries timestamps", (t) => {
  withTimestamps(t);
  t.abort();
  const { timestamps, flags } = t.takes();
  assert.ok(flags.includes("R"));
  assert.ok(timestamps !== null);
});

// req: tcp/TS-9
tcpTest("the clock ticks in milliseconds from an offset of this connection", (t) => {
  withTimestamps(t);
  t.send(100);
  const first = t.takes().timestamps?.[0] ?? 0;
  t.injects(ack());
  t.after(2500);
  t.send(100);
  const second = t.takes().timestamps?.[0] ?? 0;
  assert.equal((second - first) | 0, 2500);
  assert.notEqual(first, t.now);
});

// req: tcp/PAWS-1
tcpTest(
  "an old timestamp is acknowledged and dropped, before the sequence number is looked at",
  (t) => {
    withTimestamps(t);
    t.injects(data({ seq: 1, length: 10 }));
    t.takes();
    const old = t.peerClock() - 1;
    t.injects(data({ seq: 11, length: 10, timestamps: [old, 0] }));
    t.expects(ack({ seq: 1, ack: 11 }));
    t.injects(data({ seq: 900_000, length: 10, timestamps: [old, 0] }));
    t.expects(ack({ seq: 1, ack: 11 }));
    assert.equal(t.receive(), 10);
    assert.ok(t.receive() < 0);
  },
);

// req: tcp/PAWS-1
tcpTest("an equal timestamp is not old", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  for (let i = 0; i < 3; i++) {
    t.injects(data({ length: 10, timestamps: [now, 0] }));
    t.takesAll();
  }
  assert.equal(t.receive(), 30);
});

// req: tcp/PAWS-1
tcpTest("timestamps are compared across their wrap", (t) => {
  withTimestamps(t);
  // The peer's clock of the script starts 256 ms before 2³¹.
  t.after(50);
  for (let i = 0; i < 10; i++) {
    t.after(100);
    t.injects(data({ length: 10 }));
    t.takesAll();
  }
  assert.equal(t.receive(), 100);
});

// req: tcp/PAWS-2
tcpTest("a RST with an old timestamp resets", (t) => {
  withTimestamps(t);
  t.after(1000);
  t.injects(data({ length: 10 }));
  t.takes();
  t.injects(rst({ seq: 11, timestamps: [t.peerClock() - 500, 0] }));
  t.expectsState("CLOSED");
});

// req: tcp/PAWS-2
tcpTest("a RST outside the window leaves the timestamp as it was", (t) => {
  withTimestamps(t);
  t.injects(rst({ seq: -1000, timestamps: [t.peerClock() + 1_000_000, 0] }));
  t.injects(data({ length: 10 }));
  t.expects(ack({ ack: 11 }));
});

// req: tcp/PAWS-3
tcpTest("data above a hole is delivered, though a later timestamp came meanwhile", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  t.injects(data({ seq: 11, length: 10, timestamps: [now + 1, 0] }));
  t.takes();
  t.injects(data({ seq: 1, length: 10, timestamps: [now + 500, 0] }));
  t.expects(ack({ ack: 21 }));
  assert.equal(t.receive(), 20);
});

// req: tcp/PAWS-4
tcpTest("after 24 days of silence the old timestamp no longer counts", (t) => {
  withTimestamps(t);
  const now = t.peerClock();
  t.after(25 * DAY);
  t.injects(data({ seq: 1, length: 10, timestamps: [now - 1000, 0] }));
  t.expects(ack({ ack: 11 }));
  assert.equal(t.receive(), 10);
});

// req: tcp/PAWS-5, tcp/BUG-18
tcpTest("twelve octets of timestamps come off each segment's data", (t) => {
  withTimestamps(t);
  t.send(2 * 988);
  t.expects(data({ seq: 1, length: 988, headerLength: 32 }), data({ seq: 989, length: 988 }));
});

// req: tcp/PAWS-1, tcp/TW-1
tcpTest("TIME-WAIT acknowledges a FIN with an old timestamp, and lives on", (t) => {
  withTimestamps(t);
  t.shutdownSend();
  t.expects(fin());
  t.injects(segment("FA", { seq: 1, ack: 2 }));
  t.expects(ack({ ack: 2 }));
  t.injects(data({ seq: 1, ack: 2, length: 5, timestamps: [t.peerClock() - 5000, 0] }));
  t.takesAll();
  t.expectsState("TIME-WAIT");
});

// req: tcp/TS-4
tcpTest("timestamps out of nowhere do not close a connection", (t) => {
  enter(t, "CLOSE-WAIT");
  t.injects(ack({ seq: 2, ack: 1, timestamps: [1, 1] }));
  t.expectsState("CLOSE-WAIT");
});

import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, segment, streamOctet, streamOctets } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** Hands octets of our stream to `send` with MSG_OOB. */
function sendUrgent(t: TcpScript, octets: number): void {
  const taken = t.does((connection) => {
    const bytes = streamOctets(t.written + 1, octets);
    return connection.sendUrgent(bytes, 0, octets);
  });
  assert.equal(taken, octets);
  t.written += octets;
}

// req: tcp/MUST-30, tcp/MUST-62, tcp/URG-1
tcpTest("urgent data is sent with URG, the pointer just past its last octet", (t) => {
  establish(t);
  sendUrgent(t, 10);
  t.expects(segment("APU", { seq: 1, length: 10, urgent: 10 }));
});

// req: tcp/MUST-31
tcpTest("urgent data of any length: the pointer reaches as far as it can", (t) => {
  establish(t, { window: 0xffff, windowScale: 7 });
  t.injects(ack({ window: 0xffff }));
  sendUrgent(t, 100_000);
  const sent = t.takesAll();
  assert.ok(sent.length > 0);
  for (const { flags, seq, urgent } of sent) {
    assert.ok(flags.includes("U"));
    assert.equal(urgent, Math.min(100_001 - seq, 0xffff));
  }
});

// req: tcp/MUST-30
tcpTest("data after the urgent octet is not urgent", (t) => {
  establish(t, { mss: 1000 });
  sendUrgent(t, 1000);
  t.expects(segment("APU", { seq: 1, urgent: 1000, length: 1000 }));
  t.send(1000);
  t.expects(segment("AP", { seq: 1001, urgent: 0, length: 1000 }));
});

// req: tcp/BUG-4, tcp/MUST-30
tcpTest("urgent data that is sent again is still urgent", (t) => {
  establish(t);
  sendUrgent(t, 10);
  t.takes();
  t.waits(5000);
  t.expects(segment("APU", { seq: 1, length: 10, urgent: 10 }));
});

// req: tcp/MUST-32, tcp/SEG-26, tcp/MUST-30, tcp/URG-1
tcpTest("received urgent data is announced once, and its last octet comes out of band", (t) => {
  establish(t);
  t.injects(segment("AU", { seq: 1, length: 10, urgent: 10 }));
  t.takesAll();
  assert.ok(t.events().includes("URGENT"));
  assert.ok(t.connection.hasUrgent);
  assert.equal(
    t.does((connection) => connection.receiveUrgent()),
    streamOctet(10),
  );
  assert.equal(
    t.does((connection) => connection.receiveUrgent()),
    -Errno.EINVAL,
  );
  assert.equal(t.receive(), 9);
  t.injects(segment("AU", { seq: 11, length: 10, urgent: 0 }));
  t.takesAll();
});

// req: tcp/MUST-32, tcp/SEG-26
tcpTest("the pointer may come before the data; it is announced at once", (t) => {
  establish(t);
  t.injects(segment("AU", { seq: 1, urgent: 100 }));
  assert.ok(t.events().includes("URGENT"));
  assert.equal(
    t.does((connection) => connection.receiveUrgent()),
    -Errno.EAGAIN,
  );
  t.injects(segment("A", { seq: 1, length: 100 }));
  t.takesAll();
  assert.equal(
    t.does((connection) => connection.receiveUrgent()),
    streamOctet(100),
  );
});

// req: tcp/MUST-32, tcp/SEG-26
tcpTest("the same pointer again is no news, a later one is", (t) => {
  establish(t);
  t.injects(segment("AU", { seq: 1, urgent: 50 }));
  assert.ok(t.events().includes("URGENT"));
  t.injects(segment("AU", { seq: 1, urgent: 50 }), segment("AU", { seq: 1, urgent: 20 }));
  assert.ok(!t.events().includes("URGENT"));
  t.injects(segment("AU", { seq: 1, urgent: 60 }));
  assert.ok(t.events().includes("URGENT"));
});

// req: tcp/MUST-33
tcpTest("a reader can tell where the urgent octet stands", (t) => {
  establish(t);
  t.injects(segment("AU", { seq: 1, length: 20, urgent: 10 }));
  t.takesAll();
  assert.equal(t.connection.isAtMark, false);
  assert.equal(t.receive(), 9, "a read stops at the mark");
  assert.equal(t.connection.isAtMark, true);
  t.does((connection) => connection.receiveUrgent());
  const into = new Uint8Array(100);
  assert.equal(
    t.does((connection) => connection.receive(into, 0, 100)),
    10,
  );
  assert.deepEqual(into.subarray(0, 10), streamOctets(11, 10));
});

// req: tcp/MUST-31, tcp/URG-1
tcpTest("in line, the urgent octet stays in the stream", { settings: { oobInline: true } }, (t) => {
  establish(t);
  t.injects(segment("AU", { seq: 1, length: 20, urgent: 10 }));
  t.takesAll();
  let read = 0;
  while (read < 20) read += t.receive();
  assert.equal(read, 20);
});

for (const state of ["CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"]) {
  // req: tcp/SEG-26
  tcpTest(`urgent data is ignored in ${state}`, (t) => {
    enter(t, state);
    t.injects(segment("AU", { seq: 2, ack: 1, urgent: 5 }));
    t.takesAll();
    assert.ok(!t.events().includes("URGENT"));
    t.expectsState(state);
  });
}

for (const [urgent, length] of [
  [0, 0],
  [0, 10],
  [1, 0],
  [0xffff, 0],
  [0xffff, 10],
] as const) {
  // req: tcp/MUST-31, tcp/SEG-26
  tcpTest(`a pointer of ${urgent} on ${length} octets does no harm`, (t) => {
    establish(t);
    t.injects(segment("AU", { seq: 1, length, urgent }));
    t.takesAll();
    t.does((connection) => connection.receiveUrgent());
    const into = new Uint8Array(100);
    for (let i = 0; i < 5; i++) t.does((connection) => connection.receive(into, 0, 100));
    t.injects(segment("A", { seq: 1 + length, length: 100 }));
    t.takesAll();
    let read = 0;
    for (let i = 0; i < 5; i++) {
      read += Math.max(
        0,
        t.does((connection) => connection.receive(into, 0, 100)),
      );
    }
    assert.ok(read >= 99, `${read}`);
    t.expectsState("ESTABLISHED");
  });
}

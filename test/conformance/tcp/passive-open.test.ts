import assert from "node:assert/strict";
import { listenTest } from "../../support/tcp-listen-script.ts";
import { ack, data, fin, rst, rstAck, segment, syn, synAck } from "../../support/tcp-segment.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const PORT = 40_001;

// req: tcp/SEG-3, tcp/SEG-4, tcp/SEG-20
listenTest("LISTEN: a SYN is answered, its ACK completes the connection", {}, (t) => {
  t.injects(PORT, syn({ seq: 0, mss: 1000 }));
  t.expects(PORT, synAck({ seq: 0, ack: 1, mss: 1460 }));
  assert.equal(t.stateOf(PORT), "SYN-RECEIVED");
  assert.equal(t.accepts(), null);
  t.injects(PORT, ack({ seq: 1, ack: 1 }));
  t.expectsNothing();
  assert.equal(t.accepts(), t.connections.get(PORT));
  assert.equal(t.stateOf(PORT), "ESTABLISHED");
});

// req: tcp/SEG-3
listenTest("LISTEN: a RST is ignored", {}, (t) => {
  t.injects(PORT, rst({ seq: 5 }));
  t.injects(PORT, rstAck({ seq: 5, ack: 5 }));
  t.injects(PORT, segment("SR", { seq: 5 }));
  t.expectsNothing();
  assert.equal(t.connections.size, 0);
});

for (const flags of ["A", "SA", "FA", "PA"]) {
  // req: tcp/SEG-3, tcp/SEG-40, tcp/SEG-29
  listenTest(`LISTEN: ${flags} is answered with RST`, {}, (t) => {
    t.injects(PORT, segment(flags, { seq: 500, ack: 700 }));
    t.expects(PORT, { flags: "R", seq: 700 });
    assert.equal(t.connections.size, 0);
  });
}

for (const flags of ["", "F", "P", "U"]) {
  // req: tcp/SEG-3, tcp/SEG-29
  listenTest(`LISTEN: a segment with ${flags || "no flags"} is dropped`, {}, (t) => {
    t.injects(PORT, segment(flags, { seq: 500, length: 10 }));
    t.expectsNothing();
    assert.equal(t.connections.size, 0);
  });
}

// req: tcp/SEG-4, tcp/SEG-10
tcpTest("data on a SYN is kept, and delivered once the connection is established", (t) => {
  t.injectsToListener(syn({ seq: 0, mss: 1000, length: 100 }));
  t.expects(synAck({ seq: 0, ack: 101 }));
  assert.ok(t.receive() < 0);
  t.injects(ack({ seq: 101, ack: 1 }));
  assert.equal(t.receive(), 100);
});

// req: tcp/SEG-20
listenTest("SYN-RECEIVED: an ACK of anything but our SYN is answered with RST", {}, (t) => {
  for (const number of [0, 2, 1000, -1]) {
    t.injects(PORT, syn({ seq: 0 }));
    t.takesAll();
    t.injects(PORT, ack({ seq: 1, ack: number }));
    t.expects(PORT, rst({ seq: number }));
    assert.equal(t.stateOf(PORT), "SYN-RECEIVED");
  }
  t.injects(PORT, ack({ seq: 1, ack: 1 }));
  assert.equal(t.stateOf(PORT), "ESTABLISHED");
});

// req: tcp/SEG-20, tcp/SEG-23
tcpTest("SYN-RECEIVED: the ACK sets the window", (t) => {
  t.injectsToListener(syn({ seq: 0, mss: 1000, windowScale: 3, window: 100 }));
  t.takes();
  t.injects(ack({ seq: 1, ack: 1, window: 1000 }));
  assert.equal(t.connection.info().sndWnd, 8000);
  t.injects(ack({ seq: 1, ack: 1, window: 900 }));
  assert.equal(t.connection.info().sndWnd, 7200);
});

// req: tcp/SEG-20, tcp/SEG-10
tcpTest("SYN-RECEIVED: data and FIN may come with the ACK", (t) => {
  t.injectsToListener(syn({ seq: 0, mss: 1000 }));
  t.takes();
  t.injects(fin({ seq: 1, ack: 1, length: 50 }));
  t.expects(ack({ seq: 1, ack: 52 }));
  t.expectsState("CLOSE-WAIT");
  assert.equal(t.receive(), 50);
  assert.equal(t.receive(), 0);
});

// req: tcp/SEG-15, tcp/MUST-11
listenTest("SYN-RECEIVED: a RST brings the listener back to where it was", {}, (t) => {
  t.injects(PORT, syn({ seq: 0 }));
  t.takesAll();
  t.injects(PORT, rst({ seq: 1 }));
  t.expectsNothing();
  assert.equal(t.connections.size, 0);
  assert.equal(t.listener.halfOpenCount, 0);
  t.connects(PORT);
  assert.ok(t.accepts());
});

// req: tcp/SEG-18
listenTest(
  "SYN-RECEIVED: a SYN in the window brings the listener back to where it was",
  {},
  (t) => {
    t.injects(PORT, syn({ seq: 0 }));
    t.takesAll();
    t.injects(PORT, syn({ seq: 100 }));
    t.takesAll();
    assert.equal(t.stateOf(PORT), "CLOSED");
    t.connects(PORT);
  },
);

// req: tcp/SEG-12
listenTest("SYN-RECEIVED: the same SYN again is answered again", {}, (t) => {
  t.injects(PORT, syn({ seq: 0, mss: 1000 }));
  t.expects(PORT, synAck({ seq: 0, ack: 1 }));
  t.injects(PORT, syn({ seq: 0, mss: 1000 }));
  const [answer, ...more] = t.takesAll();
  assert.ok(answer);
  assert.ok(answer.flags.includes("A"));
  assert.equal(answer.ack, 1);
  assert.equal(more.length, 0);
  t.injects(PORT, ack({ seq: 1, ack: 1 }));
  assert.equal(t.stateOf(PORT), "ESTABLISHED");
});

// req: tcp/MUST-41
listenTest("each SYN makes a connection of its own, and the listener stays", {}, (t) => {
  for (let port = 1000; port < 1004; port++) t.connects(port);
  const accepted = Array.from({ length: 4 }, () => t.accepts()?.remotePort);
  assert.deepEqual(accepted, [1000, 1001, 1002, 1003]);
  assert.equal(t.accepts(), null);
});

// req: tcp/SYNF-1
listenTest(
  "a flood of SYNs: the oldest yields, and service goes on",
  { config: { maxSynBacklog: 16 } },
  (t) => {
    for (let port = 1; port <= 1000; port++) {
      t.injects(port, syn({ seq: 0 }));
      t.takesAll();
      assert.ok(t.listener.halfOpenCount <= 16);
    }
    assert.equal(t.counters.dropped("tcp-syn-queue-full"), 1000 - 16);
    t.connects(PORT);
    assert.equal(t.accepts()?.remotePort, PORT);
  },
);

// req: tcp/SYNF-1
listenTest("half-open connections are forgotten in the end", {}, (t) => {
  for (let port = 1; port <= 50; port++) {
    t.injects(port, syn({ seq: 0 }));
    t.takesAll();
  }
  const again = t.passes(300_000);
  assert.ok(again.length <= 50 * 5);
  assert.equal(t.listener.halfOpenCount, 0);
  assert.equal(t.connections.size, 0);
});

// req: tcp/SYNF-1
listenTest("a full accept queue: no handshake completes and none begins", { backlog: 2 }, (t) => {
  for (const port of [1, 2, 3]) t.connects(port);
  assert.equal(t.listener.completeCount, 3);
  t.injects(4, syn({ seq: 0 }));
  t.expectsNothing();
  assert.ok(t.accepts());
  t.injects(4, syn({ seq: 0 }));
  t.expects(4, synAck());
  t.injects(5, syn({ seq: 0 }));
  t.expects(5, synAck());
  t.injects(4, ack({ seq: 1, ack: 1 }));
  t.injects(5, ack({ seq: 1, ack: 1 }));
  assert.equal(t.listener.completeCount, 3);
  assert.equal(t.stateOf(5), "SYN-RECEIVED");
  // The SYN,ACK is sent again and asks for another ACK; by then there is room.
  assert.ok(t.accepts());
  const again = t.passes(1500);
  assert.ok(again.some(({ flags }) => flags === "SA"));
  t.injects(5, ack({ seq: 1, ack: 1 }));
  assert.equal(t.stateOf(5), "ESTABLISHED");
});

// req: tcp/SEG-36
listenTest("CLOSE in LISTEN resets what nobody will accept", {}, (t) => {
  t.connects(1);
  t.injects(2, syn({ seq: 0 }));
  t.takesAll();
  t.closes();
  const sent = t.takesAll();
  assert.ok(sent.some(({ flags }) => flags === "RA"));
  assert.equal(t.connections.size, 0);
});

// req: tcp/MUST-12, tcp/SEG-16
listenTest("a connection that is reset before it is accepted can still be accepted", {}, (t) => {
  t.connects(PORT);
  t.injects(PORT, rst({ seq: 1 }));
  const connection = t.accepts();
  assert.ok(connection);
  const into = new Uint8Array(10);
  assert.ok(connection.receive(into, 0, 10) < 0);
});

// req: tcp/SEG-1, tcp/SEG-2, tcp/SEG-40
listenTest("CLOSED: what belongs to nobody is answered with RST", {}, (t) => {
  t.closes();
  t.injects(PORT, data({ seq: 100, ack: 300, length: 20 }));
  t.expects(PORT, { flags: "R", seq: 300 });
  t.injects(PORT, segment("FA", { seq: 100, ack: 300 }));
  t.expects(PORT, { flags: "R", seq: 300 });
});

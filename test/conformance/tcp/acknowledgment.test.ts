import assert from "node:assert/strict";
import { ack, data, segment } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

// req: tcp/SEG-21
tcpTest(
  "an ACK frees what it covers, and tells the writer of room",
  { settings: { sendBufferOctets: 5000 } },
  (t) => {
    establish(t);
    assert.equal(t.send(9000), 5000);
    t.expectsData(1, 5001);
    assert.ok(t.send(1) < 0);
    t.events();
    t.injects(ack({ ack: 4001 }));
    assert.equal(t.connection.sendQueueOctets, 1000);
    assert.ok(t.events().includes("WRITABLE"));
    assert.equal(t.send(9000), 4000);
    t.takesAll();
  },
);

// req: tcp/SEG-21
tcpTest("an ACK may cover part of a segment", (t) => {
  establish(t);
  t.send(2000);
  t.expectsData(1, 2001);
  t.injects(ack({ ack: 501 }));
  assert.equal(t.connection.sendQueueOctets, 1500);
  const { rtoMs } = t.connection.info();
  assert.ok(t.waits(5000) <= rtoMs);
  const { seq } = t.takes();
  assert.equal(seq, 501);
});

// req: tcp/SEG-22
tcpTest("an ACK of what was acknowledged before frees nothing", (t) => {
  establish(t);
  t.send(2000);
  t.expectsData(1, 2001);
  t.injects(ack({ ack: 1001 }), ack({ ack: 501 }), ack({ ack: 1 }));
  assert.equal(t.connection.sendQueueOctets, 1000);
});

// req: tcp/SEG-22
tcpTest("an ACK of what was never sent is answered, and its data is not taken", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  t.injects(data({ ack: 1002, length: 100 }));
  t.expects(ack({ seq: 1001, ack: 1 }));
  assert.equal(t.connection.sendQueueOctets, 1000);
  assert.ok(t.receive() < 0);
});

const UPDATES: readonly [number, number, boolean, string][] = [
  [101, 1001, true, "a later segment"],
  [1, 2001, true, "the same number with a later ACK"],
  [1, 1001, true, "the same number and the same ACK"],
  [1, 501, false, "an older ACK"],
];

for (const [seq, number, updates, why] of UPDATES) {
  // req: tcp/SEG-23, tcp/MUST-1
  tcpTest(`${why} ${updates ? "sets" : "does not set"} the window`, (t) => {
    establish(t, { window: 5000 });
    t.send(3000);
    t.takesAll();
    t.injects(ack({ seq: 1, ack: 1001, window: 5001 }));
    t.injects(ack({ seq, ack: number, window: 60_000 }));
    t.takesAll();
    assert.equal(t.connection.info().sndWnd, updates ? 60_000 : 5001);
  });
}

// req: tcp/MUST-58, tcp/MUST-59, tcp/CC-24
tcpTest("what several segments acknowledge is answered by what may then be sent", (t) => {
  establish(t, { window: 10_000 });
  t.send(100_000);
  t.expectsData(1, 10_001);
  t.injectsTogether(ack({ ack: 1001 }), ack({ ack: 2001 }), ack({ ack: 3001 }));
  t.expectsData(10_001, 13_001);
});

// req: tcp/SEG-24
tcpTest("only an ACK that covers our FIN leads on", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  t.shutdownSend();
  t.takes();
  t.injects(ack({ ack: 1001 }));
  t.expectsState("FIN-WAIT-1");
  t.injects(ack({ ack: 1002 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/BUG-15, tcp/SEG-35
tcpTest("the FIN leaves as soon as the last data may", (t) => {
  establish(t, { window: 2000 });
  t.send(3000);
  t.expectsData(1, 2001);
  t.shutdownSend();
  t.injects(ack({ ack: 2001 }));
  t.expects(segment("FAP", { seq: 2001, length: 1000 }));
});

// req: tcp/MUST-20, tcp/SEG-21
tcpTest("progress confirms the next hop", (t) => {
  establish(t);
  t.send(1000);
  t.takes();
  const before = t.path.confirmations;
  t.injects(ack({ ack: 1001 }));
  assert.ok(t.path.confirmations > before);
});

for (const state of ["FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK"]) {
  // req: tcp/SEG-22
  tcpTest(`an ACK of what was never sent moves nothing in ${state}`, (t) => {
    enter(t, state);
    t.injects(ack({ ack: 500 }));
    t.takesAll();
    t.expectsState(state);
  });
}

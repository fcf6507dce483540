import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, rst } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** Closed by the application while 2000 octets are in flight and 3000 wait. */
function closedWithData(t: TcpScript): void {
  establish(t, { window: 2000 });
  t.send(5000);
  t.expectsData(1, 2001);
  t.close();
  t.expectsState("FIN-WAIT-1");
}

/** Lets time pass until the connection is gone; ms. */
function lifetime(t: TcpScript, most: number): number {
  const start = t.elapsed;
  while (t.state !== "CLOSED") {
    t.passes(1000);
    assert.ok(t.elapsed - start <= most, "lives for ever");
  }
  return t.elapsed - start;
}

// req: tcp/SEG-35
tcpTest("what was written before CLOSE is delivered, then the FIN", (t) => {
  closedWithData(t);
  t.injects(ack({ ack: 2001 }));
  t.expectsData(2001, 4001);
  t.injects(ack({ ack: 4001 }));
  t.expects(fin({ seq: 4001, length: 1000 }));
  t.injects(ack({ ack: 5002 }));
  t.expectsState("FIN-WAIT-2");
  t.injects(fin({ seq: 1 }));
  t.expects(ack({ seq: 5002, ack: 2 }));
  t.expectsState("TIME-WAIT");
});

// req: tcp/MUST-20
tcpTest("an orphan whose peer is silent is given up", (t) => {
  closedWithData(t);
  const ms = lifetime(t, 30 * 60_000);
  assert.ok(ms >= 10_000, `${ms}`);
  t.expectsNoTimer();
});

// req: tcp/ZWP-4
tcpTest("an orphan whose peer keeps its window closed is given up", (t) => {
  closedWithData(t);
  t.injects(ack({ ack: 2001, window: 0 }));
  t.peerWindow = 0;
  for (let i = 0; i < 100 && t.state !== "CLOSED"; i++) {
    if (t.passes(60_000).length > 0 && t.state !== "CLOSED") {
      t.injects(ack({ ack: 2001, window: 0 }));
      t.takesAll();
    }
  }
  t.expectsState("CLOSED");
});

// req: tcp/SHLD-3, tcp/BUG-16
tcpTest("an orphan that still sends resets a peer who sends too", (t) => {
  closedWithData(t);
  t.injects(data({ seq: 1, ack: 1, length: 10 }));
  const [sent] = t.takesAll();
  assert.ok(sent?.flags.includes("R"));
  t.expectsState("CLOSED");
});

for (const state of ["FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"]) {
  tcpTest(`CLOSE in ${state} leaves nothing behind in the end`, (t) => {
    enter(t, state);
    t.close();
    t.takesAll();
    lifetime(t, 60 * 60_000);
    t.expectsNoTimer();
    assert.equal(t.connection.storageOctets, 0);
    assert.ok(t.events().includes("CLOSED"));
  });
}

for (const state of [
  "SYN-SENT",
  "SYN-RECEIVED",
  "ESTABLISHED",
  "FIN-WAIT-1",
  "CLOSE-WAIT",
  "LAST-ACK",
]) {
  // req: tcp/SEG-16
  tcpTest(`a RST in ${state} frees everything`, (t) => {
    enter(t, state);
    const seq = state === "CLOSE-WAIT" || state === "LAST-ACK" ? 2 : 1;
    t.injects(state === "SYN-SENT" ? { flags: "RA", seq: 0, ack: 1, length: 0 } : rst({ seq }));
    t.expectsState("CLOSED");
    t.close();
    t.expectsNoTimer();
    assert.equal(t.connection.storageOctets, 0);
    assert.ok(t.events().includes("CLOSED"));
  });
}

// req: tcp/SEG-16
tcpTest("after a reset nothing that arrives is answered or kept", (t) => {
  enter(t, "CLOSED");
  t.injects(data({ seq: 1, length: 100 }), fin({ seq: 1 }), ack({ seq: 1 }));
  t.takesAll();
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

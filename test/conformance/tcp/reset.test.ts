import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { ack, data, rst, segment, syn } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** State, RCV.NXT, SND.NXT. */
const SYNCHRONIZED: readonly [string, number, number][] = [
  ["ESTABLISHED", 1, 1],
  ["FIN-WAIT-1", 1, 2],
  ["FIN-WAIT-2", 1, 2],
  ["CLOSE-WAIT", 2, 1],
  ["CLOSING", 2, 2],
  ["LAST-ACK", 2, 2],
];

for (const [state, rcvNxt, sndNxt] of SYNCHRONIZED) {
  // req: tcp/BLIND-2, tcp/SEG-16, tcp/SEG-17
  tcpTest(`${state}: a RST at RCV.NXT closes`, (t) => {
    enter(t, state);
    t.injects(rst({ seq: rcvNxt }));
    t.expectsNothing();
    t.expectsState("CLOSED");
    t.expectsNoTimer();
  });

  for (const offset of [1, 1000, 65_534]) {
    // req: tcp/BLIND-3
    tcpTest(`${state}: a RST ${offset} above RCV.NXT is challenged`, (t) => {
      enter(t, state);
      t.injects(rst({ seq: rcvNxt + offset }));
      t.expects(ack({ seq: sndNxt, ack: rcvNxt, length: 0 }));
      t.expectsState(state);
    });
  }

  for (const offset of [-1, -1000, 0x10000000, 0x7fffffff]) {
    // req: tcp/BLIND-1, tcp/SEG-12
    tcpTest(`${state}: a RST at RCV.NXT + ${offset} is dropped silently`, (t) => {
      enter(t, state);
      t.injects(rst({ seq: rcvNxt + offset }));
      t.expectsNothing();
      t.expectsState(state);
    });
  }

  for (const offset of [-1, 0, 1000, 0x10000000]) {
    // req: tcp/BLIND-4
    tcpTest(`${state}: a SYN at RCV.NXT + ${offset} is challenged`, (t) => {
      enter(t, state);
      t.injects(syn({ seq: rcvNxt + offset }));
      t.expects(ack({ seq: sndNxt, ack: rcvNxt, length: 0 }));
      t.expectsState(state);
    });
  }
}

// req: tcp/SEG-16, tcp/MUST-12
tcpTest("a reset is told to reader and writer, and the queues are flushed", (t) => {
  establish(t);
  t.send(5000);
  t.takesAll();
  t.injects(rst({ seq: 1 }));
  assert.equal(t.connection.error, Errno.ECONNRESET);
  assert.equal(t.connection.sendQueueOctets, 0);
  assert.equal(t.receive(), -Errno.ECONNRESET);
  assert.equal(t.send(1), -Errno.EPIPE);
});

// req: tcp/SHLD-2
tcpTest("a RST may carry data", (t) => {
  establish(t);
  t.injects(segment("RA", { seq: 1, ack: 1, length: 50 }));
  t.expectsState("CLOSED");
});

// req: tcp/SEG-40
tcpTest("a RST is never answered with a RST", (t) => {
  enter(t, "CLOSED");
  t.injects(rst({ seq: 1 }), segment("RA", { seq: 1, ack: 77 }));
  t.expectsNothing();
});

// req: tcp/BLIND-6
tcpTest(
  "challenge ACKs are limited for each connection",
  { config: { challengeAckLimit: 5 } },
  (t) => {
    establish(t);
    let challenges = 0;
    for (let i = 0; i < 50; i++) {
      t.injects(rst({ seq: 100 + i }));
      challenges += t.takesAll().length;
    }
    assert.ok(challenges > 0 && challenges <= 5, `${challenges}`);
    t.at(5000);
    t.injects(syn({ seq: 1 }));
    t.expects(ack({ seq: 1, ack: 1 }));
  },
);

// req: tcp/BLIND-6
tcpTest("one challenge ACK answers one batch", (t) => {
  establish(t);
  t.injectsTogether(rst({ seq: 100 }), rst({ seq: 200 }), syn({ seq: 1 }));
  assert.equal(t.takesAll().length, 1);
});

// req: tcp/BLIND-5, tcp/MAY-12
tcpTest("data with an ACK that nobody who listens would send is dropped and answered", (t) => {
  establish(t, { window: 5000 });
  t.send(3000);
  t.takesAll();
  t.injects(ack({ ack: 3001 }));
  // MAX.SND.WND is 5000: acknowledgments from 3001 − 5000 to 3001 are plausible.
  for (const number of [3002, 3001 - 5001, 3001 + 0x40000000]) {
    t.injects(data({ seq: 1, ack: number, length: 100 }));
    t.expects(ack({ seq: 3001, ack: 1 }));
  }
  t.injects(data({ seq: 1, ack: 3001 - 5000, length: 100 }));
  t.expects(ack({ ack: 101 }));
  assert.equal(t.receive(), 100);
});

const ABORTED: readonly [string, number | null][] = [
  ["SYN-SENT", null],
  ["SYN-RECEIVED", 1],
  ["ESTABLISHED", 1],
  ["FIN-WAIT-1", 2],
  ["FIN-WAIT-2", 2],
  ["CLOSE-WAIT", 1],
  ["CLOSING", null],
  ["LAST-ACK", null],
  ["TIME-WAIT", null],
];

for (const [state, seq] of ABORTED) {
  // req: tcp/SEG-38
  tcpTest(`ABORT in ${state} sends ${seq === null ? "nothing" : "a RST"}`, (t) => {
    enter(t, state);
    t.abort();
    if (seq !== null) t.expects(segment("RA", { seq }));
    t.expectsState("CLOSED");
    t.expectsNoTimer();
  });
}

// req: tcp/SEG-38
tcpTest("ABORT throws away what is queued and sends its RST at SND.NXT", (t) => {
  establish(t, { window: 2000 });
  t.send(10_000);
  t.expectsData(1, 2001);
  t.abort();
  t.expects(segment("RA", { seq: 2001, length: 0 }));
  t.expectsState("CLOSED");
});

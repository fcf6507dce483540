import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { ack, data, rst } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const HOUR = 3_600_000;
const ON = {
  settings: {
    keepAlive: true,
    keepAliveIdleMs: 10_000,
    keepAliveIntervalMs: 1000,
    keepAliveProbes: 3,
  },
};

// req: tcp/MUST-25
tcpTest("keep-alive is off by default: a day of silence is silent", (t) => {
  establish(t);
  t.expectsNoTimer();
  t.at(24 * HOUR);
  t.expectsState("ESTABLISHED");
});

// req: tcp/MUST-24, tcp/MUST-28
tcpTest("switched on, it waits two hours at least by default", (t) => {
  establish(t);
  t.settings.keepAlive = true;
  t.does((connection) => connection.handleSettingsChange());
  const waited = t.waits(3 * HOUR);
  assert.ok(waited >= 2 * HOUR);
  t.expects(ack({ seq: 0, ack: 1 }));
});

// req: tcp/MUST-24
tcpTest("switched off again, it asks nothing", ON, (t) => {
  establish(t);
  t.settings.keepAlive = false;
  t.does((connection) => connection.handleSettingsChange());
  t.at(HOUR);
  t.expectsNoTimer();
});

// req: tcp/SHLD-12, tcp/MUST-27, tcp/MAY-5
tcpTest("a probe has no data and a number that was acknowledged", ON, (t) => {
  establish(t);
  t.send(500);
  t.takes();
  t.injects(ack({ ack: 501 }));
  t.at(10_000);
  t.expects(ack({ seq: 500, ack: 1, length: 0 }));
  t.injects(ack({ ack: 501 }));
  t.at(19_999);
  t.at(20_000);
  t.expects(ack({ seq: 500, ack: 1 }));
});

// req: tcp/MUST-29, tcp/BUG-9, tcp/BUG-11
tcpTest("only several unanswered probes, spaced apart, end the connection", ON, (t) => {
  establish(t);
  for (const at of [10_000, 11_000, 12_000]) {
    t.at(at);
    t.expects(ack({ seq: 0, ack: 1 }));
    t.expectsState("ESTABLISHED");
  }
  t.at(12_999);
  t.expectsState("ESTABLISHED");
  t.at(13_000);
  t.takesAll();
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
});

// req: tcp/MUST-29
tcpTest("an answer starts the count anew", ON, (t) => {
  establish(t);
  for (let turn = 0; turn < 5; turn++) {
    t.waits(10_000);
    t.expects(ack({ seq: 0 }));
    t.waits(1000);
    t.expects(ack({ seq: 0 }));
    t.injects(ack({ ack: 1 }));
  }
  t.expectsState("ESTABLISHED");
});

// req: tcp/MUST-26
tcpTest("nothing is asked while data is outstanding", ON, (t) => {
  establish(t);
  t.send(100);
  t.takes();
  const probes = t.passes(60_000).filter(({ length }) => length === 0);
  assert.deepEqual(probes, []);
});

// req: tcp/MUST-26
tcpTest("what arrives puts the next question off", ON, (t) => {
  establish(t);
  for (let at = 9000; at < 90_000; at += 9000) {
    t.at(at);
    t.injects(data({ length: 10 }));
    t.takesAll();
  }
  t.expectsState("ESTABLISHED");
});

// req: tcp/SEG-42, tcp/MUST-29
tcpTest("a peer that has forgotten us answers a probe with RST", ON, (t) => {
  establish(t);
  t.at(10_000);
  t.expects(ack({ seq: 0, ack: 1 }));
  t.injects(rst({ seq: 1 }));
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ECONNRESET);
});

for (const state of ["SYN-SENT", "TIME-WAIT"]) {
  tcpTest(`nothing is asked in ${state}`, ON, (t) => {
    enter(t, state);
    const probes = t.passes(30_000).filter(({ flags }) => flags === "A");
    assert.deepEqual(probes, []);
  });
}

for (const state of ["CLOSE-WAIT", "FIN-WAIT-2"]) {
  tcpTest(`half a connection is asked too: ${state}`, ON, (t) => {
    enter(t, state);
    t.at(10_000);
    const { flags, length } = t.takes();
    assert.deepEqual([flags, length], ["A", 0]);
  });
}

// req: tcp/ZWP-1, tcp/SEG-12
tcpTest("we answer the peer's probes, with or without an octet of garbage", (t) => {
  establish(t);
  t.injects(data({ length: 100 }));
  t.takes();
  t.injects(ack({ seq: 100 }));
  t.expects(ack({ seq: 1, ack: 101 }));
  t.injects(data({ seq: 100, length: 1 }));
  t.expects(ack({ seq: 1, ack: 101 }));
});

// req: tcp/UTO-3
tcpTest(
  "with a user timeout the probes go on until it is over",
  { settings: { ...ON.settings, userTimeoutMs: 16_000 } },
  (t) => {
    establish(t);
    const probes = t.passes(15_999);
    assert.equal(probes.length, 6);
    t.expectsState("ESTABLISHED");
    t.passes(1001);
    t.expectsState("CLOSED");
  },
);

// req: tcp/BUG-11
tcpTest("a clock that wakes up late asks once", ON, (t) => {
  establish(t);
  t.oversleeps(HOUR);
  t.expects(ack({ seq: 0 }));
  t.expectsState("ESTABLISHED");
  t.after(999);
  t.after(1);
  t.expects(ack({ seq: 0 }));
});

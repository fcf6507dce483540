import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { toSeq } from "../../../src/base/seq.ts";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, syn } from "../../support/tcp-segment.ts";
import { enter, establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const MSS = 1000;
const LARGE = { window: 0xffff, windowScale: 7 };

function isOurs(t: TcpScript, seq: number): boolean {
  return t.connection.quotedSeqIsOurs(toSeq(seq + t.world.iss));
}

/** The path takes segments of `mss` octets from now on. */
function narrow(t: TcpScript, mss: number): void {
  t.path.mtu = mss + t.world.ipHeaderLength + 20;
  t.does((connection) => connection.handlePathChange());
}

// req: tcp/SHLD-26, tcp/MUST-54
tcpTest("a hard error ends an opening connection", (t) => {
  enter(t, "SYN-SENT");
  t.does((connection) => connection.handleHardError(Errno.ECONNREFUSED));
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.ECONNREFUSED);
  t.expectsNoTimer();
});

for (const state of [
  "ESTABLISHED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSE-WAIT",
  "CLOSING",
  "LAST-ACK",
]) {
  // req: tcp/ICMPT-1
  tcpTest(`a hard error is soft in ${state}`, (t) => {
    enter(t, state);
    t.does((connection) => connection.handleHardError(Errno.ECONNREFUSED));
    t.expectsState(state);
    assert.equal(t.connection.error, 0);
    assert.equal(t.connection.softError, Errno.ECONNREFUSED);
  });
}

for (const state of ["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-2", "TIME-WAIT"]) {
  // req: tcp/MUST-56, tcp/SHLD-25, tcp/MUST-47
  tcpTest(`a soft error ends nothing in ${state}, and can be asked for`, (t) => {
    enter(t, state);
    t.does((connection) => connection.handleSoftError(Errno.EHOSTUNREACH));
    t.expectsState(state);
    assert.equal(t.connection.error, 0);
    assert.equal(t.connection.softError, Errno.EHOSTUNREACH);
  });
}

// req: tcp/MUST-47, tcp/SHLD-25, tcp/SHLD-9
tcpTest("a connection that times out tells the soft error it met", (t) => {
  t.open();
  t.expects(syn());
  t.does((connection) => connection.handleSoftError(Errno.EHOSTUNREACH));
  t.passes(300_000);
  t.expectsState("CLOSED");
  assert.equal(t.connection.error, Errno.EHOSTUNREACH);
});

// req: tcp/ICMPT-2, tcp/MUST-54
tcpTest("an error counts only if it quotes what is in flight", (t) => {
  establish(t);
  assert.ok(!isOurs(t, 1), "nothing is in flight");
  t.send(3000);
  t.expectsData(1, 3001);
  t.injects(ack({ ack: 1001 }));
  for (const [seq, ours] of [
    [0, false],
    [1000, false],
    [1001, true],
    [3000, true],
    [3001, false],
    [100_000, false],
    [1001 + 0x7fffffff, false],
  ] as const) {
    assert.equal(isOurs(t, seq), ours, `${seq}`);
  }
});

// req: tcp/ICMPT-2
tcpTest("an error about the SYN quotes its number", (t) => {
  enter(t, "SYN-SENT");
  assert.ok(isOurs(t, 0));
  assert.ok(!isOurs(t, 1));
  assert.ok(!isOurs(t, -1));
});

// req: tcp/PMTU-1, tcp/PMTU-6
tcpTest(
  "what no longer fits the path is sent again at once, in pieces, without a cut of the window",
  (t) => {
    establish(t, { ...LARGE, mss: MSS });
    t.send(4000);
    t.expectsData(1, 4001);
    const before = t.connection.info();
    narrow(t, 500);
    t.expectsData(1, 4001, 500);
    const after = t.connection.info();
    assert.equal(after.ssthresh, before.ssthresh);
    assert.equal(after.congestionWindow / 500, before.congestionWindow / MSS);
    assert.equal(after.backOffs, 0);
  },
);

// req: tcp/PMTU-1
tcpTest("all of it gets through in the end, and nothing is larger than the path", (t) => {
  establish(t, { ...LARGE, mss: MSS });
  t.send(4000);
  t.expectsData(1, 4001);
  narrow(t, 500);
  const seen = new Set<number>();
  for (let turn = 0; turn < 50 && t.connection.sendQueueOctets > 0; turn++) {
    for (const { seq, length } of t.takesAll()) {
      assert.ok(length <= 500);
      for (let octet = seq; octet < seq + length; octet++) seen.add(octet);
    }
    let una = 1;
    while (seen.has(una)) una++;
    t.injects(ack({ ack: una }));
  }
  assert.equal(t.connection.sendQueueOctets, 0);
});

// req: tcp/PMTU-1, tcp/CC-26
tcpTest("new data is cut to the new size", (t) => {
  establish(t, { ...LARGE, mss: MSS });
  narrow(t, 700);
  t.send(2100);
  t.expectsData(1, 2101, 700);
});

// req: tcp/PMTU-3, tcp/PMTU-4
tcpTest("a path that grows again is used, and nothing is sent again", (t) => {
  establish(t, { ...LARGE, mss: MSS });
  narrow(t, 500);
  t.send(1000);
  t.expectsData(1, 1001, 500);
  narrow(t, 1200);
  t.expectsNothing();
  t.injects(ack({ ack: 1001 }));
  t.send(2000);
  t.expectsData(1001, 3001, MSS);
});

tcpTest("a path that shrinks below everything still carries octets", (t) => {
  establish(t, { ...LARGE, mss: MSS });
  t.path.mtu = 20;
  t.does((connection) => connection.handlePathChange());
  t.send(100);
  const sent = t.takesAll();
  assert.ok(sent.length > 0);
  assert.ok(sent.every(({ length }) => length > 0));
});

// req: tcp/PMTU-1
tcpTest("a change of path while nothing is in flight sends nothing", (t) => {
  establish(t, LARGE);
  narrow(t, 300);
  t.expectsNothing();
  t.expectsNoTimer();
  t.injects(data({ length: 10 }));
  t.takes();
});

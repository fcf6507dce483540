import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { ack, data, fin, rst, segment } from "../../support/tcp-segment.ts";
import { enter, establish, establishPassive, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

// req: tcp/SEG-35, tcp/SEG-24, tcp/SEG-31, tcp/SEG-30, tcp/MUST-13, tcp/SEG-33
tcpTest("an active close: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, gone after 2 MSL", (t) => {
  establish(t);
  t.shutdownSend();
  t.expects(fin({ seq: 1, ack: 1 }));
  t.expectsState("FIN-WAIT-1");
  t.injects(ack({ seq: 1, ack: 2 }));
  t.expectsState("FIN-WAIT-2");
  t.injects(fin({ seq: 1, ack: 2, length: 200 }));
  t.expects(ack({ seq: 2, ack: 202 }));
  t.expectsState("TIME-WAIT");
  assert.equal(t.receive(), 200);
  assert.equal(t.receive(), 0);
  t.startsClock();
  t.at(2 * t.config.mslMs - 1);
  t.expectsState("TIME-WAIT");
  t.at(2 * t.config.mslMs);
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

// req: tcp/SEG-30, tcp/SEG-35, tcp/SEG-24, tcp/MUST-12
tcpTest("a passive close: CLOSE-WAIT, LAST-ACK, gone", (t) => {
  establishPassive(t);
  t.injects(fin({ seq: 1, ack: 1, length: 300 }));
  t.expects(ack({ seq: 1, ack: 302 }));
  t.expectsState("CLOSE-WAIT");
  assert.ok(t.events().includes("PEER_CLOSED"));
  assert.equal(t.receive(), 300);
  assert.equal(t.receive(), 0);
  assert.equal(t.send(1000), 1000);
  t.expects(data({ seq: 1, length: 1000 }));
  t.shutdownSend();
  t.expects(fin({ seq: 1001, ack: 302 }));
  t.expectsState("LAST-ACK");
  t.injects(ack({ seq: 302, ack: 1002 }));
  t.expectsState("CLOSED");
  assert.ok(t.events().includes("CLOSED"));
  assert.equal(t.connection.error, 0);
  t.expectsNoTimer();
});

// req: tcp/SEG-31, tcp/SEG-24
tcpTest("two FINs that cross: CLOSING, TIME-WAIT", (t) => {
  establish(t);
  t.shutdownSend();
  t.expects(fin({ seq: 1, ack: 1 }));
  t.injects(fin({ seq: 1, ack: 1 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.expectsState("CLOSING");
  t.injects(ack({ seq: 2, ack: 2 }));
  t.expectsState("TIME-WAIT");
});

// req: tcp/SEG-31
tcpTest("a FIN that acknowledges ours leads from FIN-WAIT-1 straight to TIME-WAIT", (t) => {
  enter(t, "FIN-WAIT-1");
  t.injects(fin({ seq: 1, ack: 2 }));
  t.expects(ack({ seq: 2, ack: 2 }));
  t.expectsState("TIME-WAIT");
});

// req: tcp/SEG-35, tcp/BUG-15
tcpTest("CLOSE sends what is queued first, and the FIN with the last of it", (t) => {
  establish(t, { window: 1000 });
  t.send(2500);
  t.expectsData(1, 1001);
  t.shutdownSend();
  t.expectsState("FIN-WAIT-1");
  t.injects(ack({ ack: 1001 }));
  t.expects(data({ seq: 1001, length: 1000 }));
  t.injects(ack({ ack: 2001 }));
  t.expects(fin({ seq: 2001, length: 500 }));
  t.injects(ack({ ack: 2502 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/NAG-2, tcp/BUG-15, tcp/SEG-33
tcpTest("Nagle does not hold the last small segment and its FIN", (t) => {
  establish(t);
  t.send(100);
  t.expects(data({ seq: 1, length: 100 }));
  t.send(100);
  t.expectsNothing();
  t.shutdownSend();
  t.expects(segment("FAP", { seq: 101, length: 100 }));
});

// req: tcp/SEG-39
tcpTest("SEND fails once CLOSE was called, in every state that follows", (t) => {
  establish(t);
  t.shutdownSend();
  t.expects(fin());
  assert.equal(t.send(10), -Errno.EPIPE);
  t.injects(ack({ ack: 2 }));
  assert.equal(t.send(10), -Errno.EPIPE);
  t.injects(fin({ ack: 2 }));
  t.expects(ack({ ack: 2 }));
  assert.equal(t.send(10), -Errno.EPIPE);
});

for (const state of ["CLOSING", "LAST-ACK"]) {
  // req: tcp/SEG-39
  tcpTest(`SEND fails in ${state}`, (t) => {
    enter(t, state);
    assert.equal(t.send(10), -Errno.EPIPE);
  });
}

for (const state of ["FIN-WAIT-1", "CLOSING", "LAST-ACK"]) {
  // req: tcp/RTO-13
  tcpTest(`a FIN that is lost is sent again in ${state}`, (t) => {
    enter(t, state);
    t.waits(RTO);
    t.expects(fin({ seq: 1 }));
    t.waits(2 * RTO);
    t.expects(fin({ seq: 1 }));
    t.expectsState(state);
  });
}

for (const [state, seq] of [
  ["CLOSE-WAIT", 1],
  ["CLOSING", 2],
  ["LAST-ACK", 2],
] as const) {
  // req: tcp/SEG-32
  tcpTest(`a FIN that comes again changes nothing in ${state}, and is acknowledged again`, (t) => {
    enter(t, state);
    t.injects(fin({ seq: 1, ack: 1 }));
    t.expects(ack({ seq, ack: 2 }));
    t.expectsState(state);
  });

  // req: tcp/SEG-27
  tcpTest(`data behind the peer's FIN is ignored in ${state}`, (t) => {
    enter(t, state);
    t.injects(data({ seq: 2, ack: 1, length: 100 }));
    t.takesAll();
    t.expectsState(state);
    assert.equal(t.receive(), 0);
  });
}

for (const state of ["FIN-WAIT-1", "FIN-WAIT-2"]) {
  // req: tcp/SEG-27
  tcpTest(`data is taken in ${state}`, (t) => {
    enter(t, state);
    t.injects(data({ seq: 1, length: 500, ack: state === "FIN-WAIT-1" ? 1 : 2 }));
    t.expects(ack({ seq: 2, ack: 501 }));
    assert.equal(t.receive(), 500);
  });
}

// req: tcp/SEG-30, tcp/SHLD-31
tcpTest("a FIN above a hole waits until the hole is filled", (t) => {
  establish(t);
  t.injects(fin({ seq: 501, length: 100 }));
  t.expects(ack({ ack: 1 }));
  t.expectsState("ESTABLISHED");
  t.injects(data({ seq: 1, length: 500 }));
  t.expects(ack({ ack: 602 }));
  t.expectsState("CLOSE-WAIT");
  assert.equal(t.receive(), 600);
  assert.equal(t.receive(), 0);
});

// req: tcp/SEG-35
tcpTest("CLOSE while the window is closed: the FIN follows when it opens", (t) => {
  establish(t, { window: 1000 });
  t.send(1500);
  t.expectsData(1, 1001);
  t.close();
  t.injects(ack({ ack: 1001, window: 0 }));
  t.expectsNothing();
  t.injects(ack({ ack: 1001, window: 5000 }));
  t.expects(fin({ seq: 1001, length: 500 }));
});

// req: tcp/SEG-37
tcpTest("CLOSE in SYN-RECEIVED sends a FIN", (t) => {
  enter(t, "SYN-RECEIVED");
  t.shutdownSend();
  const sent = t.takesAll();
  t.expectsState("FIN-WAIT-1");
  if (sent.length === 0) {
    // As Linux: the FIN leaves with the handshake's end.
    t.injects(ack({ seq: 1, ack: 1 }));
    t.expects(fin({ seq: 1, ack: 1 }));
  } else assert.equal(sent[0]?.flags, "FA");
  t.injects(ack({ seq: 1, ack: 2 }));
  t.expectsState("FIN-WAIT-2");
});

// req: tcp/SHLD-3, tcp/BUG-17
tcpTest("CLOSE with unread data resets", (t) => {
  establish(t);
  t.injects(data({ length: 100 }));
  t.expects(ack({ ack: 101 }));
  t.close();
  t.expects(segment("RA", { seq: 1 }));
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

for (const closed of ["FIN-WAIT-1", "FIN-WAIT-2"]) {
  // req: tcp/SHLD-3, tcp/BUG-16, tcp/MAY-1
  tcpTest(`data that arrives after CLOSE is answered with RST in ${closed}`, (t) => {
    establish(t);
    t.close();
    t.expects(fin({ seq: 1 }));
    if (closed === "FIN-WAIT-2") t.injects(ack({ ack: 2 }));
    t.expectsState(closed);
    t.injects(data({ seq: 1, ack: 2, length: 100 }));
    t.expects({ flags: "R", seq: 2 });
    t.expectsState("CLOSED");
  });
}

// req: tcp/SHLD-3
tcpTest("CLOSE after everything was read is an ordinary one", (t) => {
  establish(t);
  t.injects(data({ length: 100 }));
  t.expects(ack({ ack: 101 }));
  assert.equal(t.receive(), 100);
  t.close();
  t.expects(fin({ seq: 1, ack: 101 }));
});

tcpTest("an orphan does not wait in FIN-WAIT-2 for ever", (t) => {
  establish(t);
  t.close();
  t.expects(fin());
  t.injects(ack({ ack: 2 }));
  t.expectsState("FIN-WAIT-2");
  t.after(t.config.finWait2TimeoutMs + 1);
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

tcpTest("half a connection may stay open for any time", (t) => {
  enter(t, "FIN-WAIT-2");
  t.at(3_600_000);
  t.injects(data({ seq: 1, ack: 2, length: 50 }));
  t.expects(ack({ ack: 51 }));
  assert.equal(t.receive(), 50);
  t.expectsState("FIN-WAIT-2");
});

for (const [lingerMs, why] of [
  [0, "resets at once"],
  [5000, "is an ordinary close as far as the peer can see"],
] as const) {
  tcpTest(`CLOSE with a linger time of ${lingerMs} ms ${why}`, { settings: { lingerMs } }, (t) => {
    establish(t);
    t.close();
    if (lingerMs === 0) t.expects(segment("RA", { seq: 1 }));
    else t.expects(fin({ seq: 1 }));
    t.expectsState(lingerMs === 0 ? "CLOSED" : "FIN-WAIT-1");
  });
}

// req: tcp/MUST-12
tcpTest("a reader tells a reset from an end", (t) => {
  establish(t);
  t.injects(data({ length: 10 }));
  t.expects(ack());
  t.injects(rst({ seq: 11 }));
  assert.ok(t.events().includes("ERROR"));
  const results = [t.receive(), t.receive()];
  assert.ok(results.includes(-Errno.ECONNRESET), `${results}`);
});

import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, rst, type SentSegment } from "../../support/tcp-segment.ts";
import { establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/** 1000 octets are acknowledged, 3000 wait, and the peer's window is closed. */
function closed(t: TcpScript): void {
  establish(t, { window: 1000 });
  t.send(4000);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 1001, window: 0 }));
  t.peerWindow = 0;
  t.expectsNothing();
  t.startsClock();
}

/** A probe asks for an ACK: an octet of new data, or a number that was acknowledged before. */
function isProbe(sent: SentSegment): boolean {
  if (sent.seq === 1001) return sent.length >= 1;
  return sent.seq === 1000 && sent.length <= 1;
}

// req: tcp/MUST-36, tcp/SHLD-29, tcp/ZWP-2
tcpTest("the first probe of a closed window leaves after one RTO", (t) => {
  closed(t);
  const { rtoMs } = t.connection.info();
  assert.equal(t.waits(5000), rtoMs);
  assert.ok(isProbe(t.takes()));
});

// req: tcp/SHLD-30, tcp/MUST-37, tcp/ZWP-1, tcp/BUG-12
tcpTest(
  "probes are spaced exponentially up to a bound, for any time, while they are answered",
  (t) => {
    closed(t);
    const waits: number[] = [];
    for (let i = 0; i < 40; i++) {
      waits.push(t.waits(200_000));
      assert.ok(isProbe(t.takes()));
      t.injects(ack({ ack: 1001, window: 0 }));
    }
    for (let i = 1; i < 8; i++) {
      assert.equal(waits[i], 2 * (waits[i - 1] as number), `${waits}`);
    }
    assert.equal(waits.at(-1), t.config.maxRtoMs);
    assert.ok(t.elapsed > 3_600_000);
    t.expectsState("ESTABLISHED");
    assert.equal(t.connection.sendQueueOctets, 3000);
  },
);

// req: tcp/ZWP-3, tcp/BUG-12
tcpTest("the answer to a probe tells of a window update that was lost", (t) => {
  closed(t);
  t.waits(5000);
  t.takes();
  t.injects(ack({ ack: 1001, window: 5000 }));
  t.expectsData(1001, 4001);
});

// req: tcp/MUST-36
tcpTest("a window update opens the window without a probe", (t) => {
  closed(t);
  t.at(100);
  t.injects(ack({ ack: 1001, window: 2000 }));
  t.expectsData(1001, 3001);
});

// req: tcp/MUST-37, tcp/ZWP-4
tcpTest("a peer that does not answer any more is given up in the end", (t) => {
  closed(t);
  let probes = 0;
  while (t.state === "ESTABLISHED") {
    probes += t.passes(10_000).length;
    assert.ok(probes <= t.config.retries2 + 1);
  }
  assert.ok(t.elapsed >= 100_000);
  assert.ok(probes >= 10, `${probes}`);
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
});

// req: tcp/MUST-21, tcp/ZWP-4
tcpTest(
  "the user timeout ends a silence in persist",
  { settings: { userTimeoutMs: 10_000 } },
  (t) => {
    closed(t);
    while (t.state === "ESTABLISHED") {
      t.passes(100);
      assert.ok(t.elapsed < 100_000);
    }
    assert.ok(t.elapsed >= 9000, `${t.elapsed}`);
  },
);

// req: tcp/SHLD-30
tcpTest("a window that opened and closed again is probed from the start", (t) => {
  closed(t);
  for (let i = 0; i < 5; i++) {
    t.waits(20_000);
    t.takes();
    t.injects(ack({ ack: 1001, window: 0 }));
  }
  t.injects(ack({ ack: 1001, window: 1000 }));
  t.expectsData(1001, 2001);
  t.injects(ack({ ack: 2001, window: 0 }));
  const waited = t.waits(20_000);
  assert.ok(waited <= 2 * RTO, `${waited}`);
  t.takes();
});

// req: tcp/MUST-34, tcp/SHLD-15, tcp/SHLD-16
tcpTest(
  "a window shrunk below what is in flight: no new data, old data is still sent again",
  (t) => {
    establish(t, { window: 5000 });
    t.send(20_000);
    t.expectsData(1, 5001);
    t.injects(ack({ ack: 1001, window: 2000 }));
    assert.equal(t.connection.info().sndWnd, 2000);
    t.expectsNothing();
    t.waits(5000);
    t.expectsData(1001, 2001);
    t.injects(ack({ ack: 2001, window: 2000 }));
    const sent = t.takesAll();
    assert.ok(
      sent.every(({ seq, length }) => seq + length <= 4001),
      "nothing beyond the window",
    );
  },
);

// req: tcp/MUST-35, tcp/SHLD-17
tcpTest(
  "a window shrunk to nothing over data in flight is probed, and does not end the connection",
  (t) => {
    establish(t, { window: 5000 });
    t.send(20_000);
    t.expectsData(1, 5001);
    t.injects(ack({ ack: 1001, window: 0 }));
    let probes = 0;
    while (t.elapsed < 3_600_000) {
      probes += 1;
      t.waits(200_000);
      const [probe, ...more] = t.takesAll();
      assert.equal(more.length, 0);
      assert.ok(probe && probe.seq <= 1001);
      t.injects(ack({ ack: 1001, window: 0 }));
    }
    assert.ok(probes >= 20);
    t.expectsState("ESTABLISHED");
    t.injects(ack({ ack: 1001, window: 5000 }));
    t.passes(120_000);
    assert.ok(t.connection.sendQueueOctets <= 19_000);
  },
);

// req: tcp/ZWP-1
tcpTest(
  "our closed window answers probes with RCV.NXT and the window",
  { settings: { receiveBufferOctets: 2000 }, config: { windowScaling: false } },
  (t) => {
    establish(t);
    t.injects(data({ length: 1000 }));
    t.takesAll();
    t.injects(data({ length: 1000 }));
    t.expects(ack({ ack: 2001, window: 0 }));
    for (let i = 0; i < 5; i++) {
      t.after(1000);
      t.injects(data({ seq: 2001, length: 1 }));
      t.expects(ack({ ack: 2001, window: 0 }));
      t.injects(ack({ seq: 2000 }));
      t.expects(ack({ ack: 2001, window: 0 }));
    }
    assert.equal(t.receive(), 2000);
    t.expects(ack({ ack: 2001, window: 2000 }));
    t.injects(data({ seq: 2001, length: 1 }));
    t.takesAll();
    assert.equal(t.receive(), 1);
  },
);

// req: tcp/SEG-35, tcp/MUST-36
tcpTest("a FIN that waits for a closed window gets through once it opens", (t) => {
  closed(t);
  t.shutdownSend();
  t.waits(5000);
  t.takes();
  t.injects(ack({ ack: 1001, window: 10_000 }));
  t.expectsData(1001, 3001);
  t.expects(fin({ seq: 3001, length: 1000 }));
});

// req: tcp/MUST-66
tcpTest("a RST is heard while we probe", (t) => {
  closed(t);
  t.waits(5000);
  t.takes();
  t.injects(rst({ seq: 1 }));
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

// req: tcp/MUST-36
tcpTest("without anything to send a closed window is not probed", (t) => {
  establish(t, { window: 1000 });
  t.send(1000);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 1001, window: 0 }));
  t.at(1_000_000);
  t.expectsNothing();
  t.peerWindow = 0;
  t.send(500);
  t.waits(5000);
  assert.ok(isProbe(t.takes()));
});

// req: tcp/SEG-23
tcpTest("an old segment does not take the window back", (t) => {
  establish(t, { window: 5000 });
  t.send(3000);
  t.takesAll();
  t.injects(data({ seq: 1, ack: 1001, length: 100, window: 6000 }));
  t.takesAll();
  assert.equal(t.connection.info().sndWnd, 6000);
  // WL1 is 1 and WL2 1001: a segment from below, or an older ACK, tells nothing of the window.
  t.injects(ack({ seq: 101, ack: 1001, window: 6500 }));
  t.injects(ack({ seq: 101, ack: 501, window: 10 }));
  assert.equal(t.connection.info().sndWnd, 6500);
  t.injects(ack({ seq: 101, ack: 2001, window: 7000 }));
  assert.equal(t.connection.info().sndWnd, 7000);
});

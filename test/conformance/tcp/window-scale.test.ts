import assert from "node:assert/strict";
import { ack, data, segment, syn, synAck } from "../../support/tcp-segment.ts";
import { establish } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

// req: tcp/WS-1, tcp/WS-4, tcp/REC-1
tcpTest("both sides scale: our field is shifted right, the peer's left", (t) => {
  establish(t, { window: 20, windowScale: 9 });
  assert.equal(t.connection.info().sndScale, 9);
  assert.equal(t.connection.info().rcvScale, 7);
  // The window of the SYN,ACK was 20 octets, not 20 · 512.
  t.send(100_000);
  t.expects(data({ seq: 1, length: 20 }));
  t.injects(ack({ ack: 21, window: 20 }));
  t.expectsData(21, 10_021);
  t.injects(data({ ack: 21, length: 100, window: 20 }));
  const { window } = t.takes();
  assert.equal(window, t.connection.info().rcvWnd >> 7);
});

// req: tcp/WS-3
tcpTest("the window of a SYN and of a SYN,ACK is not scaled, theirs or ours", (t) => {
  t.injectsToListener(syn({ mss: 1000, windowScale: 7, window: 5000 }));
  const sent = t.takes();
  assert.equal(sent.flags, "SA");
  assert.equal(sent.window, 65_535);
  assert.equal(t.connection.info().sndWnd, 5000);
});

// req: tcp/WS-1
tcpTest("a SYN,ACK scales only if the SYN did", (t) => {
  t.injectsToListener(syn({ mss: 1000 }));
  t.expects(synAck({ windowScale: null }));
});

// req: tcp/WS-1
tcpTest("a SYN,ACK scales if the SYN did", (t) => {
  t.injectsToListener(syn({ mss: 1000, windowScale: 0 }));
  t.expects(synAck({ windowScale: 7 }));
});

const UNSCALED = { settings: { receiveBufferOctets: 65_535 } };

// req: tcp/WS-1, tcp/MUST-1
tcpTest("if only we offered to scale, nobody does, and the field is unsigned", UNSCALED, (t) => {
  establish(t, { window: 65_535 });
  assert.equal(t.connection.info().sndScale, 0);
  assert.equal(t.connection.info().rcvScale, 0);
  assert.equal(t.connection.info().sndWnd, 65_535);
  t.injects(data({ length: 10 }));
  t.expects(ack({ window: 65_525 }));
});

// req: tcp/WS-2
tcpTest("a window scale on a segment that is no SYN is ignored", (t) => {
  establish(t, { window: 1000, windowScale: 2 });
  t.injects(ack({ ack: 1, window: 1000, windowScale: 9 }));
  assert.equal(t.connection.info().sndWnd, 4000);
  assert.equal(t.connection.info().sndScale, 2);
});

// req: tcp/WS-5
tcpTest("a shift count above 14 is taken as 14", (t) => {
  establish(t, { window: 10, windowScale: 200 });
  t.injects(ack({ ack: 1, window: 10 }));
  assert.equal(t.connection.info().sndWnd, 10 << 14);
});

// req: tcp/REC-1, tcp/WS-4
tcpTest("the largest window of all is taken as it is", (t) => {
  establish(t, { window: 0xffff, windowScale: 14 });
  t.injects(ack({ ack: 1, window: 0xffff }));
  assert.equal(t.connection.info().sndWnd, 0xffff * 2 ** 14);
});

// req: tcp/WS-6, tcp/SHLD-14
tcpTest(
  "what was promised is taken, though rounding no longer tells of it",
  { settings: { receiveBufferOctets: 100_000 } },
  (t) => {
    establish(t, { windowScale: 0 });
    assert.equal(t.connection.info().rcvScale, 1);
    // Odd numbers of octets: each ACK rounds, and the right edge was 65 536 at first.
    let edge = 0;
    while (t.peerNext < 60_000) {
      t.injects(data({ length: 333 }));
      for (const { ack: number, window } of t.takesAll()) {
        edge = Math.max(edge, number + window * 2);
      }
    }
    const left = edge - t.peerNext;
    t.injects(data({ length: left }));
    const [last] = t.takesAll().slice(-1);
    assert.equal(last?.ack, edge);
    assert.equal(t.receive(), edge - 1);
    t.takesAll();
  },
);

// req: tcp/WS-6, tcp/SHLD-14, tcp/SEG-28
tcpTest(
  "the right edge never moves left while data comes and nobody reads",
  { settings: { receiveBufferOctets: 300_000 } },
  (t) => {
    establish(t, { windowScale: 0 });
    const scale = t.connection.info().rcvScale;
    let edge = 0;
    for (let i = 0; i < 700; i++) {
      const room = edge - t.peerNext;
      const length = i === 0 ? 431 : Math.min(431, room);
      if (length <= 0) break;
      t.injects(data({ length }));
      for (const { ack: number, window } of t.takesAll()) {
        const right = number + window * 2 ** scale;
        assert.ok(right > edge - 2 ** scale, `${right} after ${edge}`);
        edge = Math.max(edge, right);
      }
    }
    assert.ok(edge <= 300_001 + 2 ** scale);
    assert.ok(edge > 290_000);
  },
);

// req: tcp/WS-1
tcpTest("a SYN,ACK of an odd kind is an ordinary one", (t) => {
  t.open();
  t.expects(syn());
  t.injects(segment("SAP", { ack: 1, mss: 1000, windowScale: 3, window: 1000 }));
  t.expects(ack({ ack: 1 }));
  assert.equal(t.connection.info().sndWnd, 1000);
});

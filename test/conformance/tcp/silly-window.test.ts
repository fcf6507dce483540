import assert from "node:assert/strict";
import { ack, data, segment } from "../../support/tcp-segment.ts";
import { establish, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

const NO_DELAY = { settings: { noDelay: true } };
const SMALL_BUFFER = { settings: { receiveBufferOctets: 4000 }, config: { windowScaling: false } };

// req: tcp/SHLD-7, tcp/NAG-1, tcp/MUST-38
tcpTest("Nagle: small data waits for the ACK of small data, and then leaves together", (t) => {
  establish(t);
  t.send(100);
  t.expects(data({ seq: 1, length: 100 }));
  t.send(50);
  t.send(60);
  t.send(70);
  t.expectsNothing();
  t.at(150);
  t.injects(ack({ ack: 101 }));
  t.expects(data({ seq: 101, length: 180 }));
});

// req: tcp/NAG-1, tcp/SWS-1
tcpTest("Nagle: a full segment does not wait", (t) => {
  establish(t);
  t.send(100);
  t.expects(data({ seq: 1, length: 100 }));
  t.send(999);
  t.expectsNothing();
  t.send(1);
  t.expects(data({ seq: 101, length: 1000 }));
});

// req: tcp/MUST-17
tcpTest("TCP_NODELAY: small data leaves at once", NO_DELAY, (t) => {
  establish(t);
  for (let i = 0; i < 5; i++) {
    t.send(10);
    t.expects(data({ seq: 1 + i * 10, length: 10 }));
  }
});

// req: tcp/MUST-17
tcpTest("TCP_NODELAY set under way lets go what Nagle held", (t) => {
  establish(t);
  t.send(10);
  t.expects(data({ length: 10 }));
  t.send(10);
  t.expectsNothing();
  t.settings.noDelay = true;
  t.does((connection) => connection.handleSettingsChange());
  t.expects(data({ seq: 11, length: 10 }));
});

// req: tcp/MUST-60, tcp/MUST-61, tcp/SHLD-27
tcpTest("PSH is on the last segment of what was written, and on no other", (t) => {
  establish(t);
  t.send(2500);
  t.expects(
    { ...data({ seq: 1, length: 1000 }), noPush: true },
    { ...data({ seq: 1001, length: 1000 }), noPush: true },
    segment("PA", { seq: 2001, length: 500 }),
  );
});

// req: tcp/MUST-61, tcp/SHLD-27, tcp/MAY-16
tcpTest("several writes that wait become full segments with one PSH", (t) => {
  establish(t, { window: 1000 });
  t.send(1000);
  t.takes();
  for (let i = 0; i < 20; i++) t.send(100);
  t.injects(ack({ ack: 1001, window: 10_000 }));
  t.expects(
    { ...data({ seq: 1001, length: 1000 }), noPush: true },
    segment("PA", { seq: 2001, length: 1000 }),
  );
});

// req: tcp/SHLD-28, tcp/SWS-1
tcpTest("segments are as large as they may be", NO_DELAY, (t) => {
  establish(t, { window: 5000 });
  t.send(12_345);
  t.expectsData(1, 5001);
  t.injects(ack({ ack: 5001, window: 20_000 }));
  t.expectsData(5001, 12_001);
  t.expects(data({ seq: 12_001, length: 345 }));
});

// req: tcp/MUST-38, tcp/SWS-1, tcp/SWS-3
tcpTest("a sliver of window is not used while data is in flight", NO_DELAY, (t) => {
  establish(t, { window: 4000 });
  t.send(20_000);
  t.expectsData(1, 4001);
  t.injects(ack({ ack: 1001, window: 3500 }));
  t.expectsNothing();
  t.injects(ack({ ack: 1001, window: 4000 }));
  t.expectsData(4001, 5001);
});

// req: tcp/SWS-3
tcpTest("half the largest window the peer ever had is worth sending", NO_DELAY, (t) => {
  establish(t, { window: 900 });
  t.send(5000);
  t.expects(data({ seq: 1, length: 900 }));
  t.injects(ack({ ack: 901, window: 449 }));
  t.expectsNothing();
  t.injects(ack({ ack: 901, window: 450 }));
  t.expects(data({ seq: 901, length: 450 }));
});

// req: tcp/SWS-4, tcp/SWS-2
tcpTest("a sliver is used after 0.1 to 1 s when nothing else happens", NO_DELAY, (t) => {
  establish(t, { window: 4000 });
  t.send(8000);
  t.expectsData(1, 4001);
  t.injects(ack({ ack: 4001, window: 300 }));
  t.expectsNothing();
  const waited = t.waits(1000);
  assert.ok(waited >= 100);
  t.expects(data({ seq: 4001, length: 300 }));
});

// req: tcp/SWS-2
tcpTest("all there is leaves when the window takes all of it", NO_DELAY, (t) => {
  establish(t, { window: 4000 });
  t.send(4200);
  t.expectsData(1, 4001);
  t.injects(ack({ ack: 4001, window: 300 }));
  t.expects(segment("PA", { seq: 4001, length: 200 }));
});

// req: tcp/MUST-60
tcpTest("a cork holds small data for 200 ms at most", { settings: { cork: true } }, (t) => {
  establish(t);
  t.send(300);
  t.expectsNothing();
  const waited = t.waits(1000);
  assert.ok(waited <= 200, `${waited}`);
  t.expects(data({ seq: 1, length: 300 }));
});

tcpTest(
  "a cork lets full segments go, and all when it is pulled",
  { settings: { cork: true } },
  (t) => {
    establish(t);
    t.send(1300);
    t.expects(data({ seq: 1, length: 1000 }));
    t.settings.cork = false;
    t.does((connection) => connection.handleSettingsChange());
    t.expects(data({ seq: 1001, length: 300 }));
  },
);

// req: tcp/MUST-39, tcp/SWS-5
tcpTest(
  "a full buffer, read octet by octet: the window opens by a segment, not by an octet",
  SMALL_BUFFER,
  (t) => {
    establish(t);
    for (let i = 0; i < 4; i++) {
      t.injects(data({ length: 1000 }));
      t.takesAll();
    }
    const windows: number[] = [];
    for (let i = 0; i < 4000; i++) {
      assert.equal(t.receive(1), 1);
      windows.push(...t.takesAll().map(({ window }) => window));
    }
    assert.ok(windows.length >= 1 && windows.length <= 4, `${windows}`);
    assert.ok((windows[0] as number) >= 1000);
    assert.ok(windows.every((window, i) => i === 0 || window - (windows[i - 1] as number) >= 1000));
  },
);

// req: tcp/MUST-39, tcp/SWS-5, tcp/SHLD-14
tcpTest(
  "data that comes while the buffer is nearly full does not move the right edge by slivers",
  SMALL_BUFFER,
  (t) => {
    establish(t);
    let edge = 0;
    for (let i = 0; i < 40; i++) {
      t.injects(data({ length: 50 }));
      const sent = t.takesAll();
      t.receive(20);
      for (const { ack: number, window } of [...sent, ...t.takesAll()]) {
        const moved = number + window - edge;
        assert.ok(edge === 0 || moved === 0 || moved >= 50, `${moved}`);
        assert.ok(moved >= 0);
        edge = number + window;
      }
    }
  },
);

// req: tcp/ZWP-3, tcp/SWS-5
tcpTest("reading from a closed window tells the peer of room at once", SMALL_BUFFER, (t) => {
  establish(t);
  for (let i = 0; i < 4; i++) {
    t.injects(data({ length: 1000 }));
    t.takesAll();
  }
  assert.equal(t.receive(3000), 3000);
  const { window, ack: number } = t.takes();
  assert.ok(window >= 3000 - 1, `${window}`);
  assert.equal(number, 4001);
});

// req: tcp/SWS-4, tcp/RTO-10
tcpTest("what Nagle holds leaves with the ACK even if that ACK was lost once", (t) => {
  establish(t);
  t.send(10);
  t.expects(data({ length: 10 }));
  t.send(10);
  t.at(RTO);
  const again = t.takes();
  assert.equal(again.seq, 1);
  t.injects(ack({ ack: 1 + again.length }));
  if (again.length === 10) t.expects(data({ seq: 11, length: 10 }));
});

import assert from "node:assert/strict";
import { Errno } from "../../../src/base/errno.ts";
import { ack, data } from "../../support/tcp-segment.ts";
import { establish, establishPassive, RTO } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

// req: tcp/RTO-2, tcp/RTO-10, tcp/RTO-13, tcp/RTO-17, tcp/MUST-18, tcp/BUG-14
tcpTest("data without an answer is sent again after one RTO, one segment and no more", (t) => {
  establish(t);
  t.send(5000);
  t.expectsData(1, 5001);
  t.at(RTO - 1);
  t.at(RTO);
  t.expectsData(1, 1001);
  assert.deepEqual(t.retransmissions.length, 1);
});

// req: tcp/RTO-14, tcp/RTO-15, tcp/MUST-19, tcp/BUG-10, tcp/BUG-4
tcpTest("every timeout doubles the next one", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  const waits = Array.from({ length: 8 }, () => {
    const waited = t.waits(200_000);
    t.expectsData(1, 1001);
    return waited;
  });
  assert.deepEqual(waits, [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400]);
});

// req: tcp/RTO-5
tcpTest("the timeout is bounded, by 60 s at least", (t) => {
  assert.ok(t.config.maxRtoMs >= 60_000);
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  let longest = 0;
  for (let i = 0; i < 12; i++) {
    longest = Math.max(longest, t.waits(200_000));
    t.expectsData(1, 1001);
  }
  assert.equal(longest, t.config.maxRtoMs);
});

// req: tcp/RTO-11
tcpTest("the timer stops when all is acknowledged", (t) => {
  establish(t);
  t.send(2000);
  t.expectsData(1, 2001);
  t.injects(ack({ ack: 2001 }));
  t.expectsNoTimer();
});

// req: tcp/RTO-12
tcpTest("the timer starts anew when something is acknowledged", (t) => {
  establish(t);
  t.send(3000);
  t.expectsData(1, 3001);
  t.at(250);
  t.injects(ack({ ack: 1001 }));
  const rto = t.waits(5000);
  t.expectsData(1001, 2001);
  assert.ok(rto >= 300, `${rto}`);
});

// req: tcp/RTO-12
tcpTest("a duplicate ACK does not start the timer anew", (t) => {
  establish(t);
  t.send(2000);
  t.expectsData(1, 2001);
  t.at(200);
  t.injects(ack({ ack: 1 }));
  t.at(RTO);
  t.expectsData(1, 1001);
});

// req: tcp/RTO-3, tcp/RTO-7, tcp/MUST-18
tcpTest("round trips are measured and smoothed as they come", (t) => {
  establish(t, { rttMs: 400 });
  // SRTT 400, RTTVAR 200. A second sample of 800 gives 450 and 250: RTO 1450.
  t.send(1000);
  t.expectsData(1, 1001);
  t.at(800);
  t.injects(ack({ ack: 1001 }));
  t.send(1000);
  t.expectsData(1001, 2001);
  assert.equal(t.waits(5000), 1450);
  t.expectsData(1001, 2001);
});

// req: tcp/RTO-6, tcp/MUST-18
tcpTest("an ACK of what was sent twice is no sample, and the back-off stays", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  t.at(RTO);
  t.expectsData(1, 1001);
  t.at(RTO + 10);
  t.injects(ack({ ack: 1001 }));
  t.send(1000);
  t.expectsData(1001, 2001);
  assert.equal(t.waits(5000), 2 * RTO);
  t.expectsData(1001, 2001);
});

// req: tcp/RTO-6, tcp/TS-7
tcpTest("with timestamps an ACK of the second copy tells its own round trip", (t) => {
  establish(t, { timestamps: true, rttMs: 100 });
  t.send(988);
  t.expects(data({ seq: 1, length: 988 }));
  t.at(RTO);
  t.expects(data({ seq: 1, length: 988 }));
  t.at(RTO + 500);
  t.injects(ack({ ack: 989 }));
  t.send(988);
  t.expects(data({ seq: 989, length: 988 }));
  // R' = 500: RTTVAR 0.75·50 + 0.25·400 = 137.5, SRTT 150, RTO 150 + 550.
  assert.equal(t.waits(5000), 700);
  t.expects(data({ seq: 989, length: 988 }));
});

// req: tcp/RTO-4, tcp/SHLD-10
tcpTest("the minimum RTO is a setting", { config: { minRtoMs: 1000 } }, (t) => {
  establish(t, { rttMs: 1 });
  t.send(1000);
  t.expectsData(1, 1001);
  assert.ok(t.waits(5000) >= 1000);
  t.takesAll();
});

// req: tcp/RTO-8
tcpTest("a path without any delay still has its minimum RTO", (t) => {
  establish(t, { rttMs: 0 });
  t.send(1000);
  t.expectsData(1, 1001);
  assert.equal(t.waits(5000), 200);
  t.takesAll();
});

// req: tcp/MUST-20, tcp/SHLD-9, tcp/SHLD-10, tcp/SHLD-11
tcpTest("R1 advises the network layer, R2 gives up", (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  assert.ok(t.config.retries1 >= 3);
  for (let i = 1; i <= t.config.retries1; i++) {
    t.waits(10_000);
    t.expectsData(1, 1001);
  }
  assert.equal(t.path.advices, 0);
  t.waits(10_000);
  t.expectsData(1, 1001);
  assert.ok(t.path.advices > 0);
  let count = t.config.retries1 + 1;
  while (t.state === "ESTABLISHED") {
    count += t.passes(1000).length;
  }
  assert.equal(count, t.config.retries2);
  assert.ok(t.elapsed >= 100_000);
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
  assert.deepEqual(t.events(), ["ERROR", "CLOSED"]);
  t.expectsNoTimer();
});

// req: tcp/MUST-21, tcp/SEG-34, tcp/UTO-2
tcpTest("the user timeout takes R2's place", { settings: { userTimeoutMs: 5000 } }, (t) => {
  establish(t);
  t.send(1000);
  t.expectsData(1, 1001);
  while (t.state === "ESTABLISHED") {
    t.passes(100);
    assert.ok(t.elapsed < 60_000);
  }
  assert.ok(t.elapsed >= 5000 && t.elapsed <= 10_000, `${t.elapsed}`);
  assert.equal(t.connection.error, Errno.ETIMEDOUT);
  assert.equal(t.connection.sendQueueOctets, 0);
  assert.equal(t.receive(), -Errno.ETIMEDOUT);
});

// req: tcp/MUST-20, tcp/MUST-21
tcpTest("an answer ends the count towards R2", { settings: { userTimeoutMs: 2000 } }, (t) => {
  establish(t);
  // No ACK is a sample, so the waits are 300, 600 and 1200 ms: more than 2 s in all.
  for (let turn = 0; turn < 3; turn++) {
    const from = 1 + turn * 1000;
    t.send(1000);
    t.expectsData(from, from + 1000);
    t.waits(2000);
    t.expectsData(from, from + 1000);
    t.injects(ack({ ack: from + 1000 }));
  }
  t.expectsState("ESTABLISHED");
});

// req: tcp/BUG-4
tcpTest("what is written later does not change what is sent again", (t) => {
  establish(t, { window: 1000 });
  t.send(300);
  t.expects(data({ seq: 1, length: 300 }));
  t.send(700);
  t.at(RTO);
  const again = t.takes();
  assert.equal(again.seq, 1);
  assert.ok(again.length >= 300);
});

// req: tcp/RTO-13
tcpTest("after a timeout the rest follows as the ACKs come in", (t) => {
  establish(t);
  t.send(4000);
  t.expectsData(1, 4001);
  t.at(RTO);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 1001 }));
  t.expectsData(1001, 3001);
  t.injects(ack({ ack: 3001 }));
  t.expectsData(3001, 4001);
  t.injects(ack({ ack: 4001 }));
  t.expectsNoTimer();
});

// req: tcp/SEG-21
tcpTest("an ACK of everything after a timeout ends it: nothing is sent needlessly", (t) => {
  establish(t);
  t.send(4000);
  t.expectsData(1, 4001);
  t.at(RTO);
  t.expectsData(1, 1001);
  t.injects(ack({ ack: 4001 }));
  t.expectsNothing();
  t.expectsNoTimer();
});

// req: tcp/RTO-17
tcpTest("a clock that wakes up hours late causes one retransmission, not many", (t) => {
  establish(t);
  t.send(5000);
  t.expectsData(1, 5001);
  t.oversleeps(3 * 3600 * 1000);
  t.expectsData(1, 1001);
  t.expectsState("ESTABLISHED");
  t.injects(ack({ ack: 5001 }));
  t.expectsNoTimer();
});

// req: tcp/RTO-13, tcp/SEG-20
tcpTest("a SYN,ACK without an answer is sent again, and given up in the end", (t) => {
  t.injectsToListener({ flags: "S", seq: 0, mss: 1000 });
  t.expects({ flags: "SA", seq: 0, ack: 1 });
  const waits: number[] = [];
  for (let i = 0; i < t.config.synAckRetries; i++) {
    waits.push(t.waits(100_000));
    t.expects({ flags: "SA", seq: 0, ack: 1 });
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000]);
  t.at(70_000);
  t.expectsState("CLOSED");
  t.expectsNoTimer();
});

// req: tcp/RTO-9
tcpTest("timers keep milliseconds", (t) => {
  establishPassive(t, { rttMs: 7 });
  t.send(1000);
  t.expectsData(1, 1001);
  assert.equal(t.waits(5000), 207);
  t.takesAll();
});

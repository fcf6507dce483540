import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DelayedAck } from "../../../src/tcp/delayed-ack.ts";

const MSS = 1000;
const DELAY = 40;

describe("DelayedAck", () => {
  it("owes nothing at first", () => {
    const ack = new DelayedAck();
    assert.equal(ack.deadline, Number.POSITIVE_INFINITY);
    assert.ok(!ack.isOwed);
  });

  // req: tcp/SHLD-18, tcp/CC-23
  it("waits for the delay after the first data, not the last", () => {
    const ack = new DelayedAck();
    assert.ok(!ack.onData(10, MSS, 100, DELAY, false));
    assert.equal(ack.deadline, 140);
    assert.ok(!ack.onData(10, MSS, 130, DELAY, false));
    assert.equal(ack.deadline, 140);
    assert.ok(ack.isOwed);
  });

  // req: tcp/SHLD-19, tcp/BUG-13
  it("acknowledges the second full segment at once", () => {
    const ack = new DelayedAck();
    assert.ok(!ack.onData(MSS, MSS, 0, DELAY, false));
    assert.ok(ack.onData(MSS, MSS, 1, DELAY, false));
    ack.onAckSent();
    assert.ok(!ack.onData(MSS, MSS, 2, DELAY, false));
  });

  it("counts octets: a coalesced segment is several, many small ones make one", () => {
    const ack = new DelayedAck();
    assert.ok(ack.onData(2 * MSS, MSS, 0, DELAY, false));
    ack.onAckSent();
    for (let i = 0; i < 19; i++) assert.ok(!ack.onData(100, MSS, 0, DELAY, false));
    assert.ok(ack.onData(100, MSS, 0, DELAY, false));
  });

  it("acknowledges at once when told to", () => {
    assert.ok(new DelayedAck().onData(1, MSS, 0, DELAY, true));
  });

  // req: tcp/MUST-40, tcp/CC-23
  it("never waits half a second, whatever it is configured to", () => {
    const ack = new DelayedAck();
    ack.onData(1, MSS, 1000, 10_000, false);
    assert.ok(ack.deadline < 1500);
  });

  it("needs no waking once the delay is over, and still owes the ACK", () => {
    const ack = new DelayedAck();
    ack.onData(10, MSS, 100, DELAY, false);
    ack.onExpired();
    assert.equal(ack.deadline, Number.POSITIVE_INFINITY);
    assert.ok(ack.isOwed);
  });

  it("owes nothing once an ACK left", () => {
    const ack = new DelayedAck();
    ack.onData(10, MSS, 100, DELAY, false);
    ack.onAckSent();
    assert.equal(ack.deadline, Number.POSITIVE_INFINITY);
    assert.ok(!ack.isOwed);
    ack.onData(10, MSS, 500, DELAY, false);
    assert.equal(ack.deadline, 540);
  });
});

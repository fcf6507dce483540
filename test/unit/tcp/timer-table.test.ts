import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timer, TimerTable } from "../../../src/tcp/timer-table.ts";

describe("a timer table", () => {
  it("names the earliest deadline, and Infinity without one", () => {
    const timers = new TimerTable();
    assert.equal(timers.next, Infinity);
    timers.set(Timer.RETRANSMIT, 500);
    timers.set(Timer.LINGER, 300);
    assert.equal(timers.next, 300);
    timers.set(Timer.LINGER, 900);
    assert.equal(timers.next, 500);
    timers.stop(Timer.RETRANSMIT);
    assert.equal(timers.next, 900);
    timers.stopAll();
    assert.equal(timers.next, Infinity);
  });

  it("is expired from the deadline on, until it is stopped", () => {
    const timers = new TimerTable();
    timers.set(Timer.PERSIST, 100);
    assert.equal(timers.isExpired(Timer.PERSIST, 99.9), false);
    assert.equal(timers.isExpired(Timer.PERSIST, 100), true);
    assert.equal(timers.isArmed(Timer.PERSIST), true);
    assert.equal(timers.at(Timer.PERSIST), 100);
    timers.stop(Timer.PERSIST);
    assert.equal(timers.isExpired(Timer.PERSIST, 1e9), false);
    assert.equal(timers.isArmed(Timer.PERSIST), false);
  });

  it("keeps the earliest straight when two share it", () => {
    const timers = new TimerTable();
    timers.set(Timer.RETRANSMIT, 100);
    timers.set(Timer.LINGER, 100);
    timers.set(Timer.RETRANSMIT, 200);
    assert.equal(timers.next, 100);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { infoOf, timerInfoOf } from "../../../src/tcp/connection-info.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { arrive, openTcb, sendNow, write } from "../../support/tcb-fixture.ts";

describe("infoOf", () => {
  it("tells windows, flight and what SACK says of it", () => {
    const tcb = openTcb();
    sendNow(tcb, 30_000);
    arrive(tcb, { length: 7, ack: 1, sack: [[1001, 5001]] });
    const info = infoOf(tcb);
    assert.equal(info.congestionControl, "reno");
    assert.equal(info.flightOctets, 10_000);
    assert.equal(info.unsentOctets, 20_000);
    assert.equal(info.sackedOctets, 4000);
    assert.equal(info.lostOctets, 1000);
    assert.equal(info.pipeOctets, 5000);
    assert.equal(info.readableOctets, 7);
    assert.equal(info.sndMss, 1000);
  });
});

describe("timerInfoOf", () => {
  it("names the timer that netstat shows", () => {
    const tcb = openTcb();
    const name = (keepAliveAt = Infinity): string => timerInfoOf(tcb, keepAliveAt, 0).name;
    assert.equal(name(), "off");
    assert.equal(name(5000), "keepalive");
    tcb.timers.set(Timer.LINGER, 60_000);
    assert.equal(name(), "timewait");
    tcb.timers.set(Timer.PERSIST, 500);
    assert.equal(name(), "probe");
    write(tcb, 1);
    tcb.timers.set(Timer.RETRANSMIT, 300);
    tcb.timeouts = 2;
    assert.deepEqual(timerInfoOf(tcb, Infinity, 100), {
      name: "on",
      remainingMs: 200,
      retransmits: 2,
      probes: 0,
    });
  });
});

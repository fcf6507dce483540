import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cubic } from "../../../../src/tcp/congestion/cubic.ts";
import { ackSample, MSS } from "./samples.ts";

/** Lost at `segments` segments of window and flight; avoids congestion from 0.7 of them. */
function afterLossAt(segments: number): Cubic {
  const controller = new Cubic(MSS, 10);
  controller.window = segments * MSS;
  controller.onLoss(0, segments * MSS);
  controller.onRecoveryEnd(0);
  return controller;
}

/** Full windows acknowledged in every round trip between two times. */
function run(controller: Cubic, from: number, to: number, rttMs = 100): void {
  for (let now = from; now < to; now += rttMs) {
    const flightBefore = controller.window;
    const acks = Math.floor(flightBefore / MSS);
    for (let i = 0; i < acks; i++) {
      const at = now + (i * rttMs) / acks;
      controller.onAck(ackSample({ now: at, flightBefore, rttMs, srttMs: rttMs }));
    }
  }
}

const segments = (controller: Cubic): number => controller.window / MSS;

describe("Cubic", () => {
  // req: tcp/CUB-2, tcp/CUB-7
  it("cuts to 0.7", () => {
    assert.equal(segments(afterLossAt(100)), 70);
  });

  // req: tcp/CUB-1, tcp/CUB-6
  it("is back at the window of the loss after K seconds, flat there, faster later", () => {
    const controller = afterLossAt(1000);
    const k = Math.cbrt((1000 * 0.3) / 0.4);
    run(controller, 0, k * 500);
    const half = segments(controller);
    assert.ok(Math.abs(half - (1000 - 0.4 * (k / 2) ** 3)) < 20, `at K/2: ${half}`);
    run(controller, k * 500, k * 1000);
    const full = segments(controller);
    assert.ok(Math.abs(full - 1000) < 10, `at K: ${full}`);
    run(controller, k * 1000, k * 1100);
    assert.ok(segments(controller) - full < 5, "flat around W_max");
    run(controller, k * 1100, k * 2000);
    const twice = segments(controller);
    assert.ok(Math.abs(twice - 1300) < 60, `at 2K: ${twice}`);
  });

  // req: tcp/CUB-4, tcp/CUB-6
  it("never grows by more than half in a round trip", () => {
    const controller = afterLossAt(20);
    controller.onAck(ackSample({ now: 0, srttMs: 1000 }));
    for (let turn = 1; turn < 60; turn++) {
      const before = controller.window;
      const now = turn * 1000;
      const acks = Math.floor(before / MSS);
      for (let i = 0; i < acks; i++) controller.onAck(ackSample({ now, srttMs: 1000 }));
      assert.ok(controller.window <= 1.66 * before, `round trip ${turn}`);
    }
    assert.ok(segments(controller) > 1000);
  });

  // req: tcp/CUB-5
  it("is no slower than Reno where Reno is fast", () => {
    const controller = afterLossAt(20);
    // On a path of 10 ms the cubic curve needs K = 2.5 s; Reno's share is α a round trip.
    run(controller, 0, 1000, 10);
    const alpha = (3 * 0.3) / 1.7;
    assert.ok(segments(controller) >= 14 + 0.9 * alpha * 11, `${segments(controller)}`);
    run(controller, 1000, 1500, 10);
    const before = segments(controller);
    run(controller, 1500, 1600, 10);
    const growth = segments(controller) - before;
    assert.ok(growth > 8 && growth < 12, `a segment a round trip above cwnd_prior: ${growth}`);
  });

  // req: tcp/CUB-8
  it("makes room for others when the maximum sinks", () => {
    const fast = afterLossAt(100);
    fast.window = 80 * MSS;
    fast.onLoss(1000, 80 * MSS);
    fast.onRecoveryEnd(1000);
    const plain = afterLossAt(80);
    run(fast, 1000, 4000);
    run(plain, 1000, 4000);
    // The plateau of the first is 80·0.85 = 68, of the second 80.
    assert.ok(segments(fast) < segments(plain) - 5, `${segments(fast)} and ${segments(plain)}`);
  });

  // req: tcp/CUB-9, tcp/CUB-11
  it("starts its first avoidance after a timeout on the plateau", () => {
    const controller = new Cubic(MSS, 10);
    controller.window = 100 * MSS;
    controller.onTimeout(0, 100 * MSS, true);
    assert.equal(controller.window, MSS);
    assert.equal(controller.ssthresh, 70 * MSS);
    for (let i = 0; i < 69; i++) controller.onAck(ackSample({ now: 100 }));
    assert.equal(segments(controller), 70);
    run(controller, 100, 300);
    assert.ok(segments(controller) < 73, "K = 0: no rush towards the old maximum");
  });

  // req: tcp/CUB-3
  it("does not count the time in which the application paused", () => {
    const busy = afterLossAt(1000);
    run(busy, 0, 3000);
    const paused = afterLossAt(1000);
    run(paused, 0, 1500);
    run(paused, 61_500, 63_000);
    const ratio = paused.window / busy.window;
    assert.ok(ratio > 0.97 && ratio < 1.03, `${segments(paused)} and ${segments(busy)}`);
  });

  // req: tcp/CUB-10
  it("goes on along its old curve when the loss was none", () => {
    const undone = afterLossAt(1000);
    const plain = afterLossAt(1000);
    run(undone, 0, 2000);
    run(plain, 0, 2000);
    undone.onLoss(2000, undone.window);
    undone.undo();
    assert.equal(undone.window, plain.window);
    run(undone, 2000, 5000);
    run(plain, 2000, 5000);
    assert.ok(Math.abs(undone.window - plain.window) <= MSS);
  });

  // req: tcp/CC-28, tcp/CUB-11
  it("leaves the initial slow start when round trips grow, and only that one", () => {
    const controller = new Cubic(MSS, 10);
    for (let turn = 0; turn < 12; turn++)
      run(controller, turn * 100, turn * 100 + 100, 100 + turn * 30);
    assert.ok(!controller.inSlowStart);
    assert.ok(Number.isFinite(controller.ssthresh));

    controller.onTimeout(5000, 2000 * MSS, true);
    for (let turn = 0; turn < 6; turn++) {
      const before = controller.window;
      run(controller, turn * 100, turn * 100 + 100, 100 + turn * 30);
      assert.equal(controller.window, 2 * before);
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CongestionController,
  initialWindow,
} from "../../../../src/tcp/congestion/controller.ts";
import {
  CONGESTION_CONTROLS,
  createController,
} from "../../../../src/tcp/congestion/create-controller.ts";
import { ackSample, MSS } from "./samples.ts";

/** Acknowledges a whole window, segment by segment, at `now`. */
function acknowledgeWindow(controller: CongestionController, now: number): void {
  const flightBefore = controller.window;
  for (let left = flightBefore; left > 0; left -= MSS) {
    controller.onAck(ackSample({ now, ackedOctets: Math.min(MSS, left), flightBefore }));
  }
}

describe("initialWindow", () => {
  // req: tcp/CC-2, tcp/CC-3, tcp/BUG-3
  const rows: [number, number, number][] = [
    [1460, 10, 14_600],
    [536, 10, 5360],
    [1220, 10, 12_200],
    [9000, 10, 18_000],
    [2000, 10, 14_600],
    [1460, 3, 4380],
    [1095, 4, 4380],
    [2190, 3, 4380],
    [4000, 2, 8000],
    [48, 10, 480],
  ];
  for (const [mss, segments, expected] of rows) {
    it(`is ${expected} octets for ${segments} segments of ${mss}`, () => {
      assert.equal(initialWindow(mss, segments), expected);
    });
  }
});

for (const name of CONGESTION_CONTROLS) {
  const create = (): CongestionController => createController(name, MSS, 10);
  /** One that has lost at `flight` and recovered, so that it avoids congestion. */
  const avoiding = (flight: number): CongestionController => {
    const controller = create();
    controller.onLoss(0, flight);
    controller.onRecoveryEnd(0);
    return controller;
  };

  describe(`${name} as a congestion controller`, () => {
    // req: tcp/CC-6, tcp/BUG-1
    it("starts in slow start, without a threshold", () => {
      const controller = create();
      assert.equal(controller.name, name);
      assert.equal(controller.window, 10 * MSS);
      assert.equal(controller.ssthresh, Number.POSITIVE_INFINITY);
      assert.ok(controller.inSlowStart);
    });

    // req: tcp/CC-7, tcp/CC-8, tcp/MUST-19
    it("doubles in a round trip of slow start", () => {
      const controller = create();
      acknowledgeWindow(controller, 100);
      assert.equal(controller.window, 20 * MSS);
      acknowledgeWindow(controller, 200);
      assert.equal(controller.window, 40 * MSS);
    });

    it("gains nothing from an ACK that is divided", () => {
      const whole = create();
      const divided = create();
      whole.onAck(ackSample({ ackedOctets: MSS }));
      for (let i = 0; i < 100; i++) divided.onAck(ackSample({ ackedOctets: MSS / 100 }));
      assert.equal(divided.window, whole.window);
    });

    it("does not shoot over its threshold in slow start", () => {
      const controller = avoiding(40 * MSS);
      const { ssthresh } = controller;
      controller.onTimeout(0, 0, false);
      for (let i = 0; i < 100 && controller.inSlowStart; i++) {
        controller.onAck(ackSample({ ackedOctets: 3 * MSS }));
      }
      assert.equal(controller.window, ssthresh);
    });

    // req: tcp/CC-9, tcp/BUG-6
    it("grows by about a segment in the first round trip of avoidance", () => {
      const controller = avoiding(40 * MSS);
      const before = controller.window;
      acknowledgeWindow(controller, 100);
      assert.ok(controller.window > before);
      assert.ok(controller.window <= before + MSS);
    });

    // req: tcp/CC-10, tcp/CC-12, tcp/BUG-2
    it("starts over with one segment after a timeout", () => {
      const controller = create();
      controller.onTimeout(0, 40 * MSS, true);
      assert.equal(controller.window, MSS);
      assert.ok(controller.inSlowStart);
      assert.ok(controller.ssthresh < 40 * MSS);
      assert.ok(controller.ssthresh >= 20 * MSS);
    });

    // req: tcp/CC-11
    it("keeps the threshold when the same segment times out again", () => {
      const controller = create();
      controller.onTimeout(0, 40 * MSS, true);
      const { ssthresh } = controller;
      controller.onTimeout(1000, MSS, false);
      assert.equal(controller.ssthresh, ssthresh);
      assert.equal(controller.window, MSS);
    });

    // req: tcp/CC-25
    it("cuts again for the loss of a later window", () => {
      const controller = create();
      controller.onLoss(0, 40 * MSS);
      const { ssthresh } = controller;
      controller.onLoss(100, ssthresh);
      assert.ok(controller.ssthresh < ssthresh);
    });

    // req: tcp/CC-10, tcp/CUB-7
    it("never cuts below two segments", () => {
      const controller = create();
      controller.onLoss(0, MSS);
      assert.equal(controller.ssthresh, 2 * MSS);
      controller.onTimeout(0, 0, true);
      assert.equal(controller.ssthresh, 2 * MSS);
    });

    // req: tcp/BUG-8, tcp/CC-21
    it("deflates an inflated window when recovery ends, and leaves a smaller one", () => {
      const controller = create();
      controller.onLoss(0, 40 * MSS);
      controller.window += 30 * MSS;
      controller.onRecoveryEnd(0);
      assert.equal(controller.window, controller.ssthresh);
      controller.window = 3 * MSS;
      controller.onRecoveryEnd(0);
      assert.equal(controller.window, 3 * MSS);
    });

    // req: tcp/CC-22
    it("returns to the initial window after more than an RTO of silence", () => {
      const controller = create();
      for (let turn = 1; turn < 5; turn++) acknowledgeWindow(controller, turn * 100);
      const { window } = controller;
      controller.onIdle(1000, 300, 300);
      assert.equal(controller.window, window);
      controller.onIdle(1000, 301, 300);
      assert.equal(controller.window, 10 * MSS);
      controller.window = 4 * MSS;
      controller.onIdle(2000, 500, 300);
      assert.equal(controller.window, 4 * MSS);
    });

    it("remembers after silence what the path took before", () => {
      const controller = avoiding(100 * MSS);
      const { window } = controller;
      controller.window = 2 * window;
      controller.onIdle(1000, 500, 300);
      assert.equal(controller.ssthresh, 1.5 * window);
    });

    // req: tcp/CC-26
    it("keeps the number of segments when their size changes", () => {
      const controller = avoiding(40 * MSS);
      const { window, ssthresh } = controller;
      controller.onMssChange(MSS / 2);
      assert.equal(controller.window, window / 2);
      assert.equal(controller.ssthresh, ssthresh / 2);
      const fresh = create();
      fresh.onMssChange(500);
      assert.equal(fresh.window, 5000);
      assert.equal(fresh.ssthresh, Number.POSITIVE_INFINITY);
    });

    it("returns to what it was when a loss was none", () => {
      const controller = create();
      controller.window = 40 * MSS;
      controller.onLoss(0, 40 * MSS);
      controller.undo();
      assert.equal(controller.window, 40 * MSS);
      assert.equal(controller.ssthresh, Number.POSITIVE_INFINITY);
      controller.onTimeout(0, 40 * MSS, true);
      controller.onTimeout(500, MSS, false);
      controller.undo();
      assert.equal(controller.window, 40 * MSS);
      assert.equal(controller.ssthresh, Number.POSITIVE_INFINITY);
    });

    it("stays a whole number of octets, finite and at least a segment, through anything", () => {
      const controller = create();
      for (let step = 0; step < 5000; step++) {
        const now = step * 37;
        const sample = ackSample({ now, ackedOctets: (step * 7919) % 40_000, rttMs: step % 90 });
        if (step % 97 === 0) controller.onLoss(now, (step * 31) % 90_000);
        else if (step % 331 === 0) controller.onTimeout(now, (step * 17) % 90_000, step % 2 === 0);
        else if (step % 50 === 0) controller.onIdle(now, step % 2000, 200);
        else if (step % 500 === 3) controller.undo();
        else controller.onAck(sample);
        assert.ok(Number.isSafeInteger(controller.window), `step ${step}: ${controller.window}`);
        assert.ok(controller.window >= MSS);
      }
    });
  });
}

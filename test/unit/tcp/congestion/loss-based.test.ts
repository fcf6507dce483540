import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AckSample } from "../../../../src/tcp/congestion/controller.ts";
import { LossBasedController } from "../../../../src/tcp/congestion/loss-based.ts";
import { ackSample, MSS } from "./samples.ts";

/** Counts what it is asked to add in congestion avoidance, and adds nothing. */
class Still extends LossBasedController {
  readonly name = "still";
  avoided = 0;

  constructor(beta: number, byteCountingLimit: number) {
    super({ mss: MSS, initialWindowSegments: 10, beta, byteCountingLimit });
  }

  protected override avoidCongestion(sample: AckSample): void {
    this.avoided += sample.ackedOctets;
  }
}

describe("LossBasedController", () => {
  for (const beta of [0.5, 0.7]) {
    it(`cuts what is in flight by ${beta}, not the window`, () => {
      const controller = new Still(beta, Number.POSITIVE_INFINITY);
      controller.onLoss(0, 30_000);
      assert.equal(controller.ssthresh, 30_000 * beta);
      assert.equal(controller.window, 30_000 * beta);
    });
  }

  it("leaves growth above the threshold to its heir", () => {
    const controller = new Still(0.5, Number.POSITIVE_INFINITY);
    controller.onLoss(0, 30_000);
    controller.onAck(ackSample());
    assert.equal(controller.avoided, MSS);
    assert.equal(controller.window, 15_000);
  });

  it("grows by all that an ACK covers, as Linux", () => {
    const controller = new Still(0.5, Number.POSITIVE_INFINITY);
    controller.onAck(ackSample({ ackedOctets: 8 * MSS }));
    assert.equal(controller.window, 18 * MSS);
  });

  // req: tcp/CC-27
  it("grows by L segments an ACK at most when asked to, and by one after a timeout", () => {
    const controller = new Still(0.5, 2);
    controller.onAck(ackSample({ ackedOctets: 8 * MSS }));
    assert.equal(controller.window, 12 * MSS);
    controller.onTimeout(0, 40 * MSS, true);
    controller.onAck(ackSample({ ackedOctets: 8 * MSS }));
    assert.equal(controller.window, 2 * MSS);
  });
});

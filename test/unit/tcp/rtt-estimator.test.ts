import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RttEstimator } from "../../../src/tcp/rtt-estimator.ts";

const LINUX = { minRtoMs: 200, maxRtoMs: 120_000, initialRtoMs: 1000 };
const RFC = { minRtoMs: 1000, maxRtoMs: 60_000, initialRtoMs: 1000 };

function afterSamples(config: typeof LINUX, ...samples: number[]): RttEstimator {
  const estimator = new RttEstimator(config);
  for (const sample of samples) estimator.sample(sample);
  return estimator;
}

describe("RttEstimator", () => {
  // req: tcp/RTO-1, tcp/BUG-7
  it("starts with the initial RTO", () => {
    const estimator = new RttEstimator(LINUX);
    assert.equal(estimator.rto, 1000);
    assert.ok(!estimator.hasSample);
    assert.equal(estimator.minRtt, Number.POSITIVE_INFINITY);
  });

  // req: tcp/RTO-2, tcp/RTO-3, tcp/MUST-18
  const rows: [number[], number, number, number, string][] = [
    [[400], 400, 200, 1200, "first: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4·RTTVAR"],
    [[400, 400], 400, 150, 1000, "RTTVAR decays by a quarter"],
    [[400, 800], 450, 250, 1450, "RTTVAR takes the SRTT of before the sample"],
    [[400, 0], 350, 250, 1350, "deviation is absolute"],
    [[40], 40, 20, 240, "the variance term is at least minRto"],
    [[40, 18_000_000], 95, 125, 595, "what a sleep of five hours made counts as twice the timeout"],
  ];
  for (const [samples, srtt, rttvar, rto, why] of rows) {
    it(`samples ${samples.join(", ")}: ${why}`, () => {
      const estimator = afterSamples(LINUX, ...samples);
      assert.deepEqual([estimator.srtt, estimator.rttvar, estimator.rto], [srtt, rttvar, rto]);
      assert.ok(estimator.hasSample);
    });
  }

  // req: tcp/RTO-8
  it("never lets the variance term vanish, on a path without jitter", () => {
    const estimator = afterSamples(LINUX, ...Array.from({ length: 1000 }, () => 500));
    assert.ok(estimator.rttvar < 1e-6);
    assert.ok(estimator.rto >= 700);
    const local = afterSamples(LINUX, 0, 0, 0);
    assert.ok(local.hasSample);
    assert.equal(local.rto, 200);
  });

  // req: tcp/RTO-4
  it("keeps the RFC's minimum of a second when configured so", () => {
    for (const sample of [0, 1, 50, 300]) {
      assert.ok(afterSamples(RFC, sample, sample, sample).rto >= 1000, `${sample} ms`);
    }
  });

  // req: tcp/RTO-5, tcp/RTO-14, tcp/BUG-10
  it("doubles with every back-off up to the bound", () => {
    const estimator = afterSamples(LINUX, 400);
    const timeouts = Array.from({ length: 9 }, () => {
      estimator.backOff();
      return estimator.rto;
    });
    assert.deepEqual(
      timeouts,
      [2400, 4800, 9600, 19_200, 38_400, 76_800, 120_000, 120_000, 120_000],
    );
    assert.equal(estimator.backOffCount, 9);
    assert.equal(estimator.baseRto, 1200);
    for (let i = 0; i < 2000; i++) estimator.backOff();
    assert.equal(estimator.rto, 120_000);
    estimator.resetBackOff();
    assert.equal(estimator.rto, 1200);
  });

  it("bounds a sample that is longer than the maximum", () => {
    assert.equal(afterSamples(LINUX, 10_000_000).rto, 120_000);
  });

  it("keeps the back-off through a sample", () => {
    const estimator = afterSamples(LINUX, 400);
    estimator.backOff();
    estimator.sample(400);
    assert.equal(estimator.rto, 2000);
  });

  it("remembers the shortest round trip", () => {
    assert.equal(afterSamples(LINUX, 50, 30, 70).minRtt, 30);
  });

  // req: tcp/RTO-16
  it("starts data with 3 s after a SYN timeout without a sample", () => {
    const estimator = new RttEstimator(LINUX);
    estimator.backOff();
    estimator.restartAfterSynTimeout();
    assert.equal(estimator.rto, 3000);
    assert.equal(estimator.backOffCount, 0);
    estimator.sample(400);
    assert.equal(estimator.rto, 1200);
  });

  it("lets a sample decide after a SYN timeout when there is one", () => {
    const estimator = afterSamples(LINUX, 400);
    estimator.backOff();
    estimator.restartAfterSynTimeout();
    assert.equal(estimator.rto, 1200);
  });
});

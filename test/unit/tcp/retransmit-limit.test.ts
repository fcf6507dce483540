import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_TCP_CONFIG } from "../../../src/tcp/config.ts";
import { giveUpAfterMs } from "../../../src/tcp/retransmit-limit.ts";

// req: tcp/SHLD-11, tcp/MUST-20
it("lasts as long as that many back-offs from the smallest timeout", () => {
  const config = { minRtoMs: 200, maxRtoMs: 120_000 };
  for (const [retries, ms] of [
    [0, 200],
    [1, 600],
    [3, 3000],
    [9, 204_600],
    [10, 324_600],
    [15, 924_600],
  ] as const) {
    assert.equal(giveUpAfterMs(config, retries), ms, `${retries} retries`);
  }
});

// req: tcp/SHLD-11
it("is above 100 s by default", () => {
  assert.ok(giveUpAfterMs(DEFAULT_TCP_CONFIG, DEFAULT_TCP_CONFIG.retries2) > 100_000);
});

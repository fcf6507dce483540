import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TCP_CONFIG as config } from "../../../src/tcp/config.ts";
import { findController } from "../../../src/tcp/congestion/create-controller.ts";

const SECOND = 1000;
const HOUR = 3_600_000;

// req: tcp/MUST-28, tcp/MUST-40, tcp/RTO-1, tcp/RTO-5, tcp/SHLD-10
test("the defaults keep the bounds of the RFCs", () => {
  assert.ok(config.keepAliveIdleMs >= 2 * HOUR, "keep-alive idle time (RFC 9293 §3.8.4)");
  assert.ok(config.delayedAckMs < 500, "delayed ACK (RFC 9293 §3.8.6.3)");
  assert.equal(config.initialRtoMs, 1 * SECOND, "RTO before a sample (RFC 6298 §2.1)");
  assert.ok(config.maxRtoMs >= 60 * SECOND, "upper bound of the RTO (RFC 6298 §2.5)");
  assert.ok(config.retries1 >= 3 && config.retries2 > config.retries1, "R1 and R2");
});

// req: tcp/MUST-23
test("a SYN is repeated for three minutes at least", () => {
  let waitedMs = 0;
  let rtoMs = config.initialRtoMs;
  for (let transmission = 0; transmission <= config.synRetries; transmission++) {
    waitedMs += rtoMs;
    rtoMs = Math.min(rtoMs * 2, config.maxRtoMs);
  }
  assert.ok(waitedMs >= 180 * SECOND, `${waitedMs} ms`);
});

test("the default congestion control exists", () => {
  assert.notEqual(
    findController(config.congestionControl, 1460, config.initialWindowSegments),
    null,
  );
});

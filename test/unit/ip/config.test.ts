import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_IP_CONFIG as config } from "../../../src/ip/config.ts";

// req: ip/V4O-2, ip/FRAG-5, ip/MTU-4
it("the defaults keep within what the RFCs recommend", () => {
  assert.equal(config.hopLimit, 64);
  assert.ok(config.reassemblyTimeoutMs >= 60_000 && config.reassemblyTimeoutMs <= 120_000);
  assert.ok(config.pathMtuExpiryMs >= 300_000);
  assert.ok(config.minPathMtu >= 68);
  assert.ok(config.reassemblyOctets > 2 * (65_535 + 46 * 256), "two datagrams of 64 KB at least");
  assert.ok(config.icmpErrorBurst > config.icmpPeerBurst, "one destination does not take all");
  assert.deepEqual([config.answerBroadcastEcho, config.answerMulticastEcho], [false, true]);
});

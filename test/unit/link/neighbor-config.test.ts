import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_NEIGHBOR_CONFIG as config } from "../../../src/link/neighbor-config.ts";

// req: arp-nd/ND-17, arp-nd/NUD-2, arp-nd/NUD-3, arp-nd/NUD-4
it("the defaults are the constants of RFC 4861 §10, and the bounds fit together", () => {
  assert.equal(config.retransTimerMs, 1000);
  assert.equal(config.reachableTimeMs, 30_000);
  assert.equal(config.delayFirstProbeMs, 5000);
  assert.deepEqual([config.maxMulticastSolicit, config.maxUnicastSolicit], [3, 3]);
  assert.ok(config.maxIncomplete < config.maxEntries);
  assert.ok(
    config.maxQueuedOctets > 65_535 + 46 * 200,
    "a datagram of 64 KB in fragments, with headroom",
  );
  assert.ok(config.maxQueuedOctets <= config.maxTotalOctets);
});

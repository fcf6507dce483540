import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for what another process, the disk or the event loop brings about in
 * its own time. Long enough for any machine, and never longer than it takes.
 */
export async function until(holds: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms: ${holds}`);
    await delay(5);
  }
}

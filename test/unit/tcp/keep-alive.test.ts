import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_TCP_CONFIG } from "../../../src/tcp/config.ts";
import {
  type KeepAliveConfig,
  type KeepAliveState,
  keepAliveDeadline,
  nextKeepAlive,
} from "../../../src/tcp/keep-alive.ts";
import { defaultTcpSettings } from "../../../src/tcp/settings.ts";

const CONFIG: KeepAliveConfig = {
  keepAliveIdleMs: 10_000,
  keepAliveIntervalMs: 1000,
  keepAliveProbes: 3,
  userTimeoutMs: 0,
};

/** Lets the peer be silent from `lastHeardAt` on; the times of the probes and of the end. */
function silence(config: KeepAliveConfig, lastHeardAt: number): { probes: number[]; end: number } {
  const state: KeepAliveState = { lastHeardAt, probesSent: 0, lastProbeAt: 0 };
  const probes: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const now = keepAliveDeadline(config, state);
    assert.equal(nextKeepAlive(config, state, now - 1), "wait");
    const action = nextKeepAlive(config, state, now);
    if (action === "give-up") return { probes, end: now };
    assert.equal(action, "probe");
    probes.push(now);
    state.probesSent++;
    state.lastProbeAt = now;
  }
  throw new Error("never gives up");
}

describe("keep-alive", () => {
  // req: tcp/MUST-27, tcp/MUST-29, tcp/BUG-9, tcp/BUG-11
  it("asks after the silence, at intervals, and gives up after the last unanswered probe", () => {
    assert.deepEqual(silence(CONFIG, 5000), { probes: [15_000, 16_000, 17_000], end: 18_000 });
  });

  // req: tcp/MUST-25, tcp/MUST-28
  it("is off by default, and waits two hours when switched on", () => {
    const settings = defaultTcpSettings(DEFAULT_TCP_CONFIG);
    assert.equal(settings.keepAlive, false);
    assert.ok(settings.keepAliveIdleMs >= 2 * 3600 * 1000);
    assert.ok(settings.keepAliveProbes > 1);
  });

  it("starts over when the peer is heard", () => {
    const state: KeepAliveState = { lastHeardAt: 20_000, probesSent: 0, lastProbeAt: 16_000 };
    assert.equal(nextKeepAlive(CONFIG, state, 29_999), "wait");
    assert.equal(nextKeepAlive(CONFIG, state, 30_000), "probe");
  });

  // req: tcp/UTO-3
  it("gives up by the user timeout when there is one, and not before it asked", () => {
    const late = silence({ ...CONFIG, userTimeoutMs: 15_500 }, 0);
    assert.deepEqual(late, {
      probes: [10_000, 11_000, 12_000, 13_000, 14_000, 15_000],
      end: 16_000,
    });
    const early = silence({ ...CONFIG, userTimeoutMs: 500 }, 0);
    assert.deepEqual(early, { probes: [10_000], end: 11_000 });
  });

  it("sends one probe, not many, when the clock jumps", () => {
    const state: KeepAliveState = { lastHeardAt: 0, probesSent: 0, lastProbeAt: 0 };
    const now = 50_000_000;
    assert.equal(nextKeepAlive(CONFIG, state, now), "probe");
    state.probesSent = 1;
    state.lastProbeAt = now;
    assert.equal(nextKeepAlive(CONFIG, state, now), "wait");
  });
});

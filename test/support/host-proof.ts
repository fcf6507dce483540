import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { LinkRules } from "../../src/link/link-rules.ts";
import { liveOctets } from "./host-memory.ts";
import { type Family, HostPair } from "./host-pair.ts";
import { StallWatch } from "./host-stalls.ts";
import { Transfer } from "./host-transfer.ts";

/** The link of the proof: each fault hits each direction by itself. */
export const BAD_LINK: LinkRules = {
  loss: 0.02,
  reordering: 0.05,
  duplication: 0.01,
  corruption: 0.005,
  delayMs: 20,
};
/** There and back, with both frames held back by 5 ms. */
export const BAD_LINK_ROUND_TRIP_MS = 50;

const MIB = 1024 * 1024;
/** 1 GB unless told, for longer runs and shorter ones. */
export const TRANSFER_OCTETS: number = Number(process.env.NETLOOM_SIM_OCTETS ?? 1e9);
const SEED = Number(process.env.NETLOOM_SIM_SEED ?? 20_260);
/** Between a tenth of the way and the end. */
const GROWTH = 8 * MIB;

/**
 * `octets` one way over the bad link: whole, in bounded memory, and without a
 * pause that the retransmission timer does not explain.
 */
export function proveTransfer(t: TestContext, family: Family, octets: number): void {
  t.diagnostic(`seed ${SEED} (NETLOOM_SIM_SEED)`);
  const pair = new HostPair({ seed: SEED, rules: BAD_LINK });
  const [client, server] = pair.connect(family);
  const started = { real: process.hrtime.bigint(), virtual: pair.net.now };
  const transfer = new Transfer(client, server, octets).start();
  const watch = new StallWatch(transfer, client, BAD_LINK_ROUND_TRIP_MS);
  pair.until(() => transfer.received > octets / 10, 1e9, 1000);
  const before = liveOctets();
  let most = 0;
  for (let percent = 20; percent <= 90; percent += 10) {
    pair.until(() => transfer.received > (octets / 100) * percent, 1e9, 1000);
    const { storageOctets } = client.connection;
    assert.ok(
      storageOctets + server.connection.storageOctets <=
        4 * client.connection.settings.sendBufferOctets,
    );
    most = Math.max(most, liveOctets());
  }
  pair.until(() => transfer.isDone, 1e9, 1000);
  transfer.assertWhole();
  watch.assertNone();
  assert.ok(most - before < GROWTH, `memory grew by ${((most - before) / MIB).toFixed(1)} MiB`);
  report(t, pair, { octets, started, watch });
}

interface Outcome {
  readonly octets: number;
  readonly started: { readonly real: bigint; readonly virtual: number };
  readonly watch: StallWatch;
}

function report(t: TestContext, pair: HostPair, { octets, started, watch }: Outcome): void {
  const seconds = Number(process.hrtime.bigint() - started.real) / 1e9;
  const virtual = (pair.net.now - started.virtual) / 1000;
  const { passed, lost, corrupted, duplicated, reordered } = pair.b.device.stats("receive");
  const frames = passed + pair.a.device.stats("receive").passed;
  t.diagnostic(
    `${octets / 1e6} MB in ${seconds.toFixed(1)} s, ${virtual.toFixed(0)} s of virtual time; ` +
      `${frames} frames arrived, ${((seconds * 1e6) / frames).toFixed(1)} µs each`,
  );
  t.diagnostic(
    `of the data: ${lost} lost, ${corrupted} damaged, ${duplicated} doubled, ${reordered} reordered; ` +
      `${watch.timeouts} timeouts, longest pause ${watch.longestMs.toFixed(0)} ms ` +
      `(allowed ${watch.longestAllowedMs.toFixed(0)})`,
  );
}

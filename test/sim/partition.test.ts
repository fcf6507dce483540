/** Links that are cut for a while, or for good. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IPPROTO_TCP, TCP_USER_TIMEOUT } from "../../src/socket/constants.ts";
import { FAMILIES, HostPair } from "../support/host-pair.ts";
import { Transfer } from "../support/host-transfer.ts";

const LINK = { delayMs: 20, bitsPerSecond: 100_000_000 };

for (const family of FAMILIES) {
  test(`a partition of 30 s in mid-transfer heals, ${family}`, (t) => {
    const pair = new HostPair({ seed: 1, rules: LINK });
    const [client, server] = pair.connect(family);
    const transfer = new Transfer(client, server, 20_000_000).start();
    pair.until(() => transfer.received > 5_000_000, 10_000);
    const heal = pair.net.partition([pair.a.device], [pair.b.device]);
    const before =
      pair.a.device.stats("transmit").passed + pair.b.device.stats("receive").ruleDrops;
    pair.pass(1000);
    const stuckAt = transfer.received;
    pair.pass(29_000);
    assert.equal(transfer.received, stuckAt, "nothing gets through");
    const lost = pair.b.device.stats("receive").ruleDrops;
    t.diagnostic(`${lost - before} frames sent into the gap`);
    heal();
    // The timer had doubled up to seven times: 0.24 s … 30.7 s.
    const resumed = pair.until(() => transfer.received > stuckAt, 32_000);
    t.diagnostic(`went on ${resumed} ms after it healed`);
    pair.until(() => transfer.isDone, 20_000);
    transfer.assertWhole();
  });
}

test("a partition is no storm: what is sent into it doubles its distance", () => {
  const pair = new HostPair({ seed: 1, rules: { delayMs: 20 } });
  const [client, server] = pair.connect("v4");
  const transfer = new Transfer(client, server, 50_000_000).start();
  pair.until(() => transfer.received > 5_000_000, 10_000);
  pair.net.partition([pair.a.device], [pair.b.device]);
  pair.pass(1000);
  const early = pair.b.device.stats("receive").ruleDrops;
  const turns = pair.a.turns;
  pair.pass(600_000);
  const late = pair.b.device.stats("receive").ruleDrops - early;
  // With three requests for the neighbour's address before each.
  assert.ok(late >= 8 && late < 50, `${late} frames in ten minutes`);
  assert.ok(pair.a.turns - turns < 200, `${pair.a.turns - turns} turns`);
});

// req: tcp/MUST-20, tcp/SHLD-11
test("a partition for good: the connection fails after R2, or sooner if the user says so", () => {
  const pair = new HostPair({ seed: 1, rules: { delayMs: 20 } });
  const [client] = pair.connect("v4");
  const [hasty] = pair.connect("v6");
  hasty.set(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  pair.net.partition([pair.a.device], [pair.b.device]);
  for (const stream of [client, hasty]) assert.equal(stream.write(new Uint8Array(10)), 10);
  pair.pass(6000);
  assert.equal(hasty.readText(), "ETIMEDOUT");
  const ms = 6000 + pair.until(() => client.readText() !== "EAGAIN", 2_000_000, 1000);
  assert.ok(ms > 100_000 && ms < 1_100_000, `gave up after ${ms} ms`);
  assert.equal(pair.a.flowCount, 0);
});

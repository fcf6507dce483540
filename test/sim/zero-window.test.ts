/** Readers that do not read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SO_RCVBUF, SOL_SOCKET } from "../../src/socket/constants.ts";
import { FAMILIES, type Family, HostPair } from "../support/host-pair.ts";
import { Transfer } from "../support/host-transfer.ts";

const MINUTE = 60_000;

/** A transfer whose reader went to sleep, the window closed. */
function stuck(family: Family, octets = 20_000_000): [HostPair, Transfer] {
  const pair = new HostPair({ seed: 2, rules: { delayMs: 20 } });
  const [client, server] = pair.connect(family);
  const transfer = new Transfer(client, server, octets);
  transfer.pause();
  transfer.start();
  pair.pass(10_000);
  assert.equal(client.connection.info().sndWnd, 0, "the window is closed");
  assert.equal(server.connection.readableOctets > 1_000_000, true);
  return [pair, transfer];
}

for (const family of FAMILIES) {
  // req: tcp/MUST-36, tcp/MUST-37, tcp/SHLD-30
  test(`a reader that sleeps for twenty minutes: a few probes, then the rest, ${family}`, (t) => {
    const [pair, transfer] = stuck(family);
    const frames = pair.b.device.stats("receive").passed;
    const turns = pair.a.turns + pair.b.turns;
    pair.pass(20 * MINUTE);
    const probes = pair.b.device.stats("receive").passed - frames;
    t.diagnostic(
      `${probes} frames and ${pair.a.turns + pair.b.turns - turns} turns in twenty minutes`,
    );
    // Doubling up to two minutes, with what the neighbour cache asks in between.
    assert.ok(probes >= 12 && probes < 60, `${probes} frames`);
    assert.ok(pair.a.turns + pair.b.turns - turns < 400);
    transfer.resume();
    const ms = pair.until(() => transfer.isDone, 10_000);
    assert.ok(ms < 3000, `the rest came ${ms} ms after waking`);
    transfer.assertWhole();
  });
}

// req: tcp/ZWP-3
test("a window update that is lost costs one probe, not the connection", () => {
  const [pair, transfer] = stuck("v4");
  pair.pass(5 * MINUTE);
  // The update itself; what answers the next probe gets through.
  let lost = 0;
  const remove = pair.a.device.install(() => {
    lost++;
    return "drop";
  }, "receive");
  transfer.resume();
  pair.pass(100);
  remove();
  assert.ok(lost >= 1);
  const stuckAt = transfer.received;
  const ms = pair.until(() => transfer.received > stuckAt, 5 * MINUTE, 100);
  assert.ok(ms <= 121_000, `${ms} ms`);
  pair.until(() => transfer.isDone, 10_000);
  transfer.assertWhole();
});

test("a reader in sips is served in segments, not in sips", () => {
  const pair = new HostPair({ seed: 2, rules: { delayMs: 5 } });
  const [client, server] = pair.connect("v4");
  server.set(SOL_SOCKET, SO_RCVBUF, 16_384);
  client.write(new Uint8Array(500_000));
  pair.pass(1000);
  const frames = pair.b.device.stats("receive").passed;
  const sip = new Uint8Array(100);
  let octets = 0;
  for (let i = 0; i < 1000; i++) {
    octets += Math.max(0, server.read(sip));
    pair.pass(10);
  }
  const sent = pair.b.device.stats("receive").passed - frames;
  assert.equal(octets, 100_000);
  assert.ok(sent <= 2 + 100_000 / 1000, `${sent} frames for ${octets} octets`);
});

test("a FIN waits behind a closed window, and comes when it opens", () => {
  const [pair, transfer] = stuck("v6", 8_000_000);
  pair.pass(3 * MINUTE);
  assert.equal(transfer.isDone, false);
  transfer.resume();
  pair.until(() => transfer.isDone, 10_000);
  transfer.assertWhole();
});

test("a reader that never reads does not hold an orphan for good", () => {
  const pair = new HostPair({ seed: 2 });
  const [client] = pair.connect("v4");
  while (client.write(new Uint8Array(1_000_000)) > 0) pair.pass(10);
  client.close();
  pair.pass(MINUTE);
  assert.equal(pair.a.flowCount, 1);
  pair.pass(30 * MINUTE);
  assert.equal(pair.a.flowCount, 0);
});

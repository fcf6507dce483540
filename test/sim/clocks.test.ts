/** Clocks that jump, tick coarsely, or wake the host late: no busy loop, no storm, and the data gets through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Runtime } from "../../src/api/runtime.ts";
import { SO_KEEPALIVE, SOL_SOCKET } from "../../src/socket/constants.ts";
import { coarse, Suspendable, throttled } from "../support/host-clock.ts";
import { HostPair, type Stream } from "../support/host-pair.ts";
import { Transfer } from "../support/host-transfer.ts";

const LINK = { delayMs: 20, bitsPerSecond: 50_000_000 };
const LOSSY = { ...LINK, loss: 0.01 };

/** Segments that the host of `stream` sent again. */
function countRetransmissions(stream: Stream): () => number {
  let count = 0;
  stream.side.host.observe({ tcpRetransmit: () => count++ });
  return () => count;
}

for (const [name, clock] of [
  ["ticks of 15 ms", (runtime: Runtime) => coarse(runtime, 15)],
  ["ticks of 100 ms", (runtime: Runtime) => coarse(runtime, 100)],
  ["wake-ups once a second", (runtime: Runtime) => throttled(runtime, 1000)],
] as const) {
  test(`${name}: a lossy transfer gets through, without a busy loop`, (t) => {
    const pair = new HostPair({ seed: 5, rules: LOSSY, runtime: clock });
    const [client, server] = pair.connect("v4");
    const retransmissions = countRetransmissions(client);
    const transfer = new Transfer(client, server, 5_000_000).start();
    const before = pair.a.turns + pair.b.turns;
    pair.until(() => transfer.isDone, 600_000, 100);
    transfer.assertWhole();
    const turns = pair.a.turns + pair.b.turns - before;
    const frames = pair.a.device.stats("receive").passed + pair.b.device.stats("receive").passed;
    const lost = pair.b.device.stats("receive").lost;
    t.diagnostic(`${turns} turns, ${frames} frames, ${lost} lost, ${retransmissions()} sent again`);
    assert.ok(turns < 4 * frames, `${turns} turns for ${frames} frames`);
    assert.ok(retransmissions() < 4 * lost + 20, `${retransmissions()} for ${lost} lost`);
  });

  test(`${name}: without loss nothing is sent again, and an idle connection takes no turns`, () => {
    const pair = new HostPair({ seed: 5, rules: { delayMs: 20 }, runtime: clock });
    const [client, server] = pair.connect("v4");
    const retransmissions = countRetransmissions(client);
    const transfer = new Transfer(client, server, 5_000_000).start();
    pair.until(() => transfer.isDone, 600_000, 100);
    assert.equal(retransmissions(), 0);
    pair.pass(120_000);
    const before = pair.a.turns + pair.b.turns;
    pair.pass(3_600_000);
    assert.ok(pair.a.turns + pair.b.turns - before < 20, "an hour of nothing");
  });
}

for (const who of ["a", "b"] as const) {
  // Beyond 24 days the timestamps themselves look old (RFC 7323 §5.5).
  for (const hours of [1 / 3600, 5, 24 * 20]) {
    const what = `${who === "a" ? "the sender" : "the receiver"} sleeps ${hours.toPrecision(3)} h`;
    test(`${what} in mid-transfer: it goes on, and nothing storms`, (t) => {
      const clocks = new Map<string, Suspendable>();
      const pair = new HostPair({
        seed: 5,
        rules: LINK,
        runtime: (runtime, name) => {
          const clock = new Suspendable(runtime);
          clocks.set(name, clock);
          return clock;
        },
      });
      const [client, server] = pair.connect("v4");
      for (const stream of [client, server]) stream.set(SOL_SOCKET, SO_KEEPALIVE, 1);
      const retransmissions = countRetransmissions(client);
      const transfer = new Transfer(client, server, 20_000_000).start();
      pair.until(() => transfer.received > 5_000_000, 60_000);
      const turns = pair[who].turns;
      clocks.get(who)?.jump(hours * 3_600_000);
      pair.pass(0.001);
      assert.ok(pair[who].turns - turns < 100, "a few turns at the moment of waking");
      const ms = pair.until(() => transfer.isDone, 60_000);
      transfer.assertWhole();
      t.diagnostic(`done ${ms} ms later, ${retransmissions()} segments sent again`);
      assert.ok(ms < 10_000);
      // All that was in flight at most, once.
      assert.ok(retransmissions() < 1000, `${retransmissions()} sent again`);
    });
  }
}

test("a sleep is not taken for a round trip: the next loss does not wait for minutes", () => {
  let clock: Suspendable | null = null;
  const pair = new HostPair({
    seed: 5,
    rules: LINK,
    runtime: (runtime, name) => {
      if (name === "b") return runtime;
      clock = new Suspendable(runtime);
      return clock;
    },
  });
  const [client, server] = pair.connect("v4");
  client.write(new TextEncoder().encode("one "));
  pair.pass(30);
  (clock as Suspendable | null)?.jump(5 * 3_600_000);
  pair.pass(1000);
  let lost = 0;
  pair.b.device.install(() => (lost++ === 0 ? "drop" : "pass"), "receive");
  client.write(new TextEncoder().encode("two"));
  const ms = pair.until(() => server.connection.readableOctets === 7, 600_000);
  assert.ok(lost > 1 && ms < 5000, `${ms} ms`);
});

test("an idle connection survives the sleep of either side", () => {
  const clocks: Suspendable[] = [];
  const pair = new HostPair({
    seed: 5,
    rules: LINK,
    runtime: (runtime) => {
      const clock = new Suspendable(runtime);
      clocks.push(clock);
      return clock;
    },
  });
  const [client, server] = pair.connect("v6");
  for (const stream of [client, server]) stream.set(SOL_SOCKET, SO_KEEPALIVE, 1);
  for (const clock of clocks) {
    clock.jump(10 * 3_600_000);
    pair.pass(10_000);
  }
  client.write(new TextEncoder().encode("still here"));
  pair.pass(1000);
  assert.equal(server.readText(), "still here");
});

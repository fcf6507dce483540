import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import type { LinkRules } from "../../../src/link/link-rules.ts";
import { SimNetwork } from "../../../src/sim/sim-network.ts";
import { octetsIn, plainFrame } from "../../support/link-packets.ts";
import { SimHost } from "../../support/sim-host.ts";

/** A host that notes when frames arrive, and of what they are filled. */
function listener(
  network: SimNetwork,
  device: ConstructorParameters<typeof SimHost>[1],
): { host: SimHost; heard: [number, number][] } {
  const heard: [number, number][] = [];
  const host = new SimHost(network.runtime(device.name), device, (packet) => {
    heard.push([network.now, packet.bytes[packet.start + 14] ?? -1]);
  });
  return { host, heard };
}

function say(from: SimHost, fill: number, to: MacAddress = MacAddress.BROADCAST): void {
  from.device.transmit(plainFrame(to, from.mac, 1000, fill), from.runtime.now());
}

test("a cable with rules: each direction has its own, and time passes as they say", () => {
  const network = new SimNetwork({ seed: 5 });
  const rules = { toFirst: { delayMs: 30 }, rules: { delayMs: 10, bitsPerSecond: 811_200 } };
  const [first, second] = network.cable({ names: ["a", "b"], ...rules });
  const [a, b] = [listener(network, first), listener(network, second)];
  for (const fill of [1, 2]) say(a.host, fill);
  say(b.host, 3);
  assert.equal(network.runSync().stopped, "idle");
  assert.deepEqual(b.heard, [
    [20, 1],
    [30, 2],
  ]);
  assert.deepEqual(a.heard, [[30, 3]]);
  assert.ok(b.host.turns <= 3, "one event per frame, and one for the wake");
});

test("a switch joins its ports; a line has a way up and a way down", () => {
  const network = new SimNetwork({ seed: 5 });
  const lan = network.switch();
  const a = listener(network, lan.port({ name: "a", up: { delayMs: 5 } }));
  const b = listener(network, lan.port({ name: "b", rules: { delayMs: 2 } }));
  const c = listener(network, lan.port({ name: "c" }));
  say(a.host, 1);
  network.runSync();
  assert.deepEqual([a.heard, b.heard, c.heard], [[], [[7, 1]], [[5, 1]]]);
  say(b.host, 2, a.host.mac);
  network.runSync();
  assert.deepEqual(a.heard, [[9, 2]]);
  assert.equal(c.heard.length, 1);
  assert.equal(lan.stats.flooded, 1);
});

test("no two cards of a network have one address", () => {
  const network = new SimNetwork({ seed: 5 });
  const lan = network.switch();
  const devices = [...network.cable(), ...network.cable(), lan.port(), network.switch().port()];
  assert.equal(new Set(devices.map((device) => String(device.macAddress))).size, devices.length);
});

test("a partition cuts what lies between the groups and nothing else, until it is healed", () => {
  const network = new SimNetwork({ seed: 5 });
  const lan = network.switch();
  const [a, b, c] = ["a", "b", "c"].map((name) => listener(network, lan.port({ name }))) as [
    ReturnType<typeof listener>,
    ReturnType<typeof listener>,
    ReturnType<typeof listener>,
  ];
  const heard = (fill: number): boolean[] => {
    say(a.host, fill);
    network.runSync();
    return [b, c].map((each) => each.heard.some(([, got]) => got === fill));
  };
  const healB = network.partition([a.host.device], [b.host.device]);
  assert.deepEqual(heard(1), [false, true]);
  network.partition([a.host.device, b.host.device], [c.host.device]);
  assert.deepEqual(heard(2), [false, false]);
  healB();
  healB();
  assert.deepEqual(heard(3), [true, false]);
  network.heal();
  assert.deepEqual(heard(4), [true, true]);
});

test("a cable can be cut; devices without a link in common can not", () => {
  const network = new SimNetwork({ seed: 5 });
  const [first, second] = network.cable({ names: ["a", "b"] });
  const [a, b] = [listener(network, first), listener(network, second)];
  const heal = network.partition([second], [first]);
  say(a.host, 1);
  say(b.host, 2);
  network.runSync();
  heal();
  say(a.host, 3);
  network.runSync();
  assert.deepEqual([a.heard, b.heard], [[], [[0, 3]]]);
  const [other] = network.cable();
  assert.throws(() => network.partition([first], [other, first]), /nothing to cut/);
  const lan = network.switch();
  assert.throws(() => network.partition([lan.port()], [first]), /nothing to cut/);
});

const ROUGH: LinkRules = {
  loss: 0.05,
  corruption: 0.05,
  duplication: 0.05,
  reordering: 0.05,
  delayMs: 4,
  jitterMs: 3,
  bitsPerSecond: 5e6,
  queuePackets: 20,
};

/** Three hosts that answer each other over a rough network; the digest of every octet heard, and when. */
async function traceOf(seed: number): Promise<string> {
  const network = new SimNetwork({ seed });
  const lan = network.switch();
  const digest = createHash("sha256");
  const hosts = ["a", "b", "c"].map((name) => {
    const host: SimHost = new SimHost(
      network.runtime(name),
      lan.port({ name, rules: ROUGH }),
      (packet) => {
        digest.update(`${name} ${network.now} `).update(octetsIn(packet));
        const { random } = host.runtime;
        // The application answers by a promise, and now and then later.
        const answer = async (): Promise<void> => {
          if ((random.int32() & 3) === 0)
            await new Promise<void>((done) => host.runtime.schedule(done, network.now + 1));
          await null;
          say(host, random.int32() & 0xff);
        };
        if ((random.int32() & 1) === 0) void answer();
      },
    );
    return host;
  });
  for (let i = 0; i < 20; i++) for (const host of hosts) say(host, i);
  const report = await network.run({ forMs: 2000, maxEvents: 5000 });
  return digest.update(JSON.stringify(report)).digest("hex");
}

test("same seed, same run, octet for octet", async () => {
  for (const seed of [1, 2, 77])
    assert.equal(await traceOf(seed), await traceOf(seed), `seed ${seed}`);
  assert.notEqual(await traceOf(1), await traceOf(2));
});

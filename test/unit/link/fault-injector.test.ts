import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { FULL_OFFLOAD } from "../../../src/link/device.ts";
import { FaultInjector, type FaultRules } from "../../../src/link/fault-injector.ts";
import { drain, FakeDevice, WakeCounter } from "../../support/link-devices.ts";
import { MAC_A, MAC_B, octetsIn, plainFrame, tcpPacket } from "../../support/link-packets.ts";

const SEED = 99;

function faulty(rules: FaultRules): {
  device: FakeDevice;
  faults: FaultInjector;
  owner: WakeCounter;
} {
  const device = new FakeDevice({ offload: FULL_OFFLOAD });
  const faults = new FaultInjector(device, rules, new SeededRandom(SEED));
  const owner = new WakeCounter();
  faults.attach(owner);
  return { device, faults, owner };
}

function frame(fill: number): ReturnType<typeof plainFrame> {
  return plainFrame(MAC_B, MAC_A, 46, fill);
}

test("without rules it is as if it were not there", () => {
  const { device, faults, owner } = faulty({});
  const packet = tcpPacket({ payload: 50_000, gsoSize: 1448 });
  assert.ok(faults.transmit(packet, 5));
  assert.deepEqual(device.sent[0]?.octets, octetsIn(packet));
  assert.equal(device.sent[0]?.gsoSize, 1448);
  device.waiting.push(packet);
  assert.equal(faults.pollTimeout(), 0);
  assert.equal(drain(faults)[0]?.gsoSize, 1448);
  device.room = 0;
  assert.equal(faults.transmit(packet, 5), false);
  assert.equal(device.owner, owner);
  const card = [faults.name, faults.medium, faults.mtu, faults.macAddress, faults.offload];
  assert.deepEqual(card, ["fake", "ethernet", 1500, null, FULL_OFFLOAD]);
});

test("each direction has its own rules", () => {
  const { device, faults } = faulty({ transmit: { loss: 1 }, both: { duplication: 1 } });
  faults.transmit(frame(1), 0);
  device.waiting.push(frame(2));
  assert.equal(device.sent.length, 0);
  assert.equal(drain(faults).length, 2);
  assert.equal(faults.stats("transmit").lost, 1);
  assert.equal(faults.stats("receive").duplicated, 1);
  faults.setRules("transmit");
  faults.transmit(frame(1), 0);
  assert.equal(device.sent.length, 1);
});

test("delayed on the way out: sent by the turn that pollTimeout asks for", () => {
  const { device, faults, owner } = faulty({ transmit: { delayMs: 10 } });
  faults.transmit(frame(1), 100);
  faults.transmit(frame(2), 103);
  assert.equal(owner.wakes, 1, "pollTimeout moved once");
  assert.equal(faults.pollTimeout(), 110);
  drain(faults, 109);
  assert.equal(device.sent.length, 0);
  drain(faults, 110);
  assert.equal(device.sent.length, 1);
  faults.transmit(frame(3), 113);
  assert.deepEqual(
    device.sent.map(({ octets }) => octets[14]),
    [1, 2],
  );
  assert.equal(faults.pollTimeout(), 123);
});

test("delayed on the way in: received when its time has come, in the order it came", () => {
  const { device, faults } = faulty({ receive: { delayMs: 10 } });
  device.waiting.push(frame(1), frame(2));
  assert.equal(drain(faults, 50).length, 0);
  assert.equal(faults.pollTimeout(), 60);
  device.waiting.push(frame(3));
  const got = drain(faults, 60);
  assert.deepEqual(
    got.map(({ octets }) => octets[14]),
    [1, 2],
  );
  assert.equal(
    faults.receive(() => {}, 10, 70),
    false,
  );
});

test("the budget holds for what was delayed, too", () => {
  const { device, faults } = faulty({ receive: { delayMs: 1 } });
  for (let i = 0; i < 10; i++) device.waiting.push(frame(i));
  drain(faults, 0);
  let count = 0;
  assert.equal(
    faults.receive(() => count++, 4, 1),
    true,
  );
  assert.equal(count, 4);
  assert.equal(
    faults.receive(() => count++, 100, 1),
    false,
  );
  assert.equal(count, 10);
});

test("a full device pushes back through the faults", () => {
  const { device, faults } = faulty({ transmit: { jitterMs: 0 } });
  device.room = 2;
  for (const fill of [1, 2, 3]) assert.ok(faults.transmit(frame(fill), 0));
  assert.equal(faults.transmit(frame(4), 0), false);
  assert.equal(faults.pollTimeout(), Infinity);
  device.room = Infinity;
  drain(faults, 1);
  assert.ok(faults.transmit(frame(5), 2));
  assert.deepEqual(
    device.sent.map(({ octets }) => octets[14]),
    [1, 2, 3, 5],
  );
});

test("rules come and go while it runs", () => {
  const { device, faults } = faulty({});
  const heal = faults.install(() => "drop");
  faults.transmit(frame(1), 0);
  device.waiting.push(frame(1));
  assert.equal(drain(faults).length + device.sent.length, 0);
  heal();
  const onlyOut = faults.install(
    (_packet, _now, direction) => (direction === "transmit" ? "drop" : "pass"),
    "transmit",
  );
  const onlyIn = faults.install(() => ({ deliverAfter: 5 }), "receive");
  faults.transmit(frame(2), 0);
  device.waiting.push(frame(3));
  assert.equal(drain(faults, 0).length, 0);
  assert.equal(drain(faults, 5).length, 1);
  onlyOut();
  onlyIn();
  faults.transmit(frame(4), 6);
  assert.deepEqual(
    device.sent.map(({ octets }) => octets[14]),
    [4],
  );
});

test("same seed, same fate of every frame", () => {
  const run = (seed: number): unknown[] => {
    const device = new FakeDevice({ offload: FULL_OFFLOAD });
    const rules = {
      loss: 0.1,
      corruption: 0.1,
      duplication: 0.1,
      reordering: 0.1,
      jitterMs: 3,
      delayMs: 1,
    };
    const faults = new FaultInjector(device, { both: rules }, new SeededRandom(seed));
    for (let i = 0; i < 300; i++) {
      faults.transmit(tcpPacket({ payload: 2000, gsoSize: 1000, seq: i * 2000 }), i);
      drain(faults, i);
    }
    drain(faults, 1000);
    return [...device.sent, faults.stats("transmit")];
  };
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1), run(2));
});

test("closed, nothing is under way any more", () => {
  const { device, faults } = faulty({ both: { delayMs: 10 } });
  faults.transmit(frame(1), 0);
  device.waiting.push(frame(2));
  drain(faults, 0);
  faults.close();
  assert.ok(device.closed);
  assert.equal(faults.pollTimeout(), Infinity);
});

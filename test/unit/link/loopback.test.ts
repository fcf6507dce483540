import assert from "node:assert/strict";
import { test } from "node:test";
import { Loopback } from "../../../src/link/loopback.ts";
import { drain, WakeCounter } from "../../support/link-devices.ts";
import { octetsIn, tcpPacket } from "../../support/link-packets.ts";

const packet = tcpPacket({ medium: "ip", payload: 30_000, gsoSize: 1448 });

test("what is sent is received on the next turn, whole", () => {
  const lo = new Loopback();
  const owner = new WakeCounter();
  lo.attach(owner);
  assert.deepEqual([lo.name, lo.medium, lo.mtu, lo.macAddress], ["lo", "ip", 65_535, null]);
  assert.equal(lo.pollTimeout(), Infinity);
  assert.ok(lo.transmit(packet, 0));
  assert.equal(owner.wakes, 1);
  assert.ok(lo.pollTimeout() <= 0);
  const [got] = drain(lo);
  assert.deepEqual(got?.octets, octetsIn(packet));
  assert.ok(got?.partial && got.checksumVerified);
});

test("what the sink sends waits for another turn", () => {
  const lo = new Loopback();
  lo.transmit(packet, 0);
  let turns = 0;
  const reply = (): void => {
    turns++;
    lo.transmit(packet, 0);
  };
  assert.equal(lo.receive(reply, 100, 0), true);
  assert.equal(turns, 1);
});

test("the queue is bounded; room wakes who was refused", () => {
  const lo = new Loopback({ queuePackets: 2, name: "lo1" });
  const owner = new WakeCounter();
  lo.attach(owner);
  assert.deepEqual(
    [1, 2, 3].map(() => lo.transmit(packet, 0)),
    [true, true, false],
  );
  assert.equal(owner.wakes, 1);
  assert.equal(drain(lo, 0, 1).length, 1);
  assert.equal(owner.wakes, 2);
});

test("closed, it swallows", () => {
  const lo = new Loopback();
  lo.transmit(packet, 0);
  lo.close();
  assert.ok(lo.transmit(packet, 0));
  assert.deepEqual(drain(lo), []);
});

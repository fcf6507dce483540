import assert from "node:assert/strict";
import { test } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { cable } from "../../../src/link/cable.ts";
import { drain, WakeCounter } from "../../support/link-devices.ts";
import { MAC_A, MAC_B, octetsIn, plainFrame, tcpPacket } from "../../support/link-packets.ts";

test("a frame put in at one end comes out at the other, and wakes its owner once", () => {
  const [a, b] = cable();
  const owner = new WakeCounter();
  b.attach(owner);
  const frame = plainFrame(MAC_B, MAC_A, 100, 5);
  assert.ok(a.transmit(frame, 1));
  assert.ok(a.transmit(plainFrame(MAC_B, MAC_A, 50, 6), 1));
  assert.equal(owner.wakes, 1);
  const octets = octetsIn(frame);
  frame.bytes.fill(0);
  const got = drain(b, 1);
  assert.deepEqual(got[0]?.octets, octets);
  assert.equal(got.length, 2);
  assert.deepEqual(drain(a, 1), [], "nothing comes back");
  a.transmit(plainFrame(MAC_B, MAC_A), 2);
  assert.equal(owner.wakes, 2);
});

test("super-segments and partial checksums pass whole", () => {
  const [a, b] = cable({ medium: "ip" });
  const packet = tcpPacket({ medium: "ip", payload: 60_000, gsoSize: 1448 });
  a.transmit(packet, 0);
  const [got] = drain(b);
  assert.deepEqual(got?.octets, octetsIn(packet));
  assert.equal(got?.gsoSize, 1448);
  assert.ok(got?.partial && got.checksumVerified);
});

test("a full cable says no, and wakes the sender when there is room", () => {
  const [a, b] = cable({ queuePackets: 3 });
  const sender = new WakeCounter();
  a.attach(sender);
  b.attach(new WakeCounter());
  const send = (): boolean => a.transmit(plainFrame(MAC_B, MAC_A), 0);
  assert.deepEqual([send(), send(), send(), send()], [true, true, true, false]);
  assert.equal(
    b.receive(() => {}, 1, 0),
    true,
    "more is waiting",
  );
  assert.equal(sender.wakes, 1);
  assert.deepEqual([send(), send()], [true, false]);
  assert.equal(drain(b).length, 3);
  assert.equal(sender.wakes, 2);
  assert.equal(drain(b).length, 0);
  assert.equal(sender.wakes, 2);
});

test("memory is bounded in octets as well as frames", () => {
  const [a, b] = cable({ queueOctets: 300_000 });
  let taken = 0;
  while (a.transmit(tcpPacket({ payload: 60_000, gsoSize: 1448 }), 0)) taken++;
  assert.equal(taken, 4);
  assert.equal(drain(b).length, 4);
});

test("latency: a frame can be received when it has travelled, and pollTimeout says when", () => {
  const [a, b] = cable({ latencyMs: 10 });
  const owner = new WakeCounter();
  b.attach(owner);
  assert.equal(b.pollTimeout(), Infinity);
  a.transmit(plainFrame(MAC_B, MAC_A, 50, 1), 100);
  a.transmit(plainFrame(MAC_B, MAC_A, 50, 2), 104);
  assert.equal(b.pollTimeout(), 110);
  assert.equal(owner.wakes, 1);
  assert.equal(drain(b, 109.9).length, 0);
  assert.equal(drain(b, 110).length, 1);
  assert.equal(b.pollTimeout(), 114);
  assert.equal(drain(b, 500).length, 1);
});

test("frames sent before the far owner came wake it when it comes", () => {
  const [a, b] = cable();
  a.transmit(plainFrame(MAC_B, MAC_A), 0);
  const owner = new WakeCounter();
  b.attach(owner);
  assert.equal(owner.wakes, 1);
});

test("a closed end takes frames and loses them, and frees a sender that waits", () => {
  const [a, b] = cable({ queuePackets: 1 });
  const sender = new WakeCounter();
  a.attach(sender);
  a.transmit(plainFrame(MAC_B, MAC_A), 0);
  assert.equal(a.transmit(plainFrame(MAC_B, MAC_A), 0), false);
  b.close();
  b.close();
  assert.equal(sender.wakes, 1);
  assert.equal(a.transmit(plainFrame(MAC_B, MAC_A), 0), true);
  assert.deepEqual(drain(b), []);
  assert.equal(b.pollTimeout(), Infinity);
});

test("a sink may close the device it is served from", () => {
  const [a, b] = cable();
  for (let i = 0; i < 3; i++) a.transmit(plainFrame(MAC_B, MAC_A), 0);
  let served = 0;
  b.receive(
    () => {
      served++;
      b.close();
    },
    10,
    0,
  );
  assert.equal(served, 1);
});

test("a frame too long for the wire is lost", () => {
  const [a, b] = cable({ mtu: 500 });
  a.transmit(plainFrame(MAC_B, MAC_A, 501), 0);
  a.transmit(plainFrame(MAC_B, MAC_A, 500), 0);
  assert.equal(drain(b).length, 1);
});

test("names, addresses and MTU are as told", () => {
  const macs = [new MacAddress(2, 7), new MacAddress(2, 8)] as const;
  const [a, b] = cable({ names: ["x", "y"], macs, mtu: 9000 });
  assert.deepEqual([a.name, b.name, a.macAddress, b.macAddress, a.mtu], ["x", "y", ...macs, 9000]);
  const [c, d] = cable();
  assert.notEqual(c.macAddress?.toString(), d.macAddress?.toString());
  assert.equal(cable({ medium: "ip" })[0].macAddress, null);
});

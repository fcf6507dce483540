import assert from "node:assert/strict";
import { test } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { cable } from "../../../src/link/cable.ts";
import type { Device } from "../../../src/link/device.ts";
import { EthernetSwitch, type SwitchOptions } from "../../../src/link/switch.ts";
import { drain, WakeCounter } from "../../support/link-devices.ts";
import { octetsIn, plainFrame, tcpPacket } from "../../support/link-packets.ts";

function lan(count: number, options: SwitchOptions = {}): { net: EthernetSwitch; ports: Device[] } {
  const net = new EthernetSwitch(options);
  return { net, ports: Array.from({ length: count }, () => net.port()) };
}

function macOf(port: Device | undefined): MacAddress {
  assert.ok(port?.macAddress);
  return port.macAddress;
}

function send(ports: Device[], from: number, to: MacAddress, now = 0): void {
  assert.ok(ports[from]?.transmit(plainFrame(to, macOf(ports[from])), now));
}

/** How many frames wait at each port; takes them out. */
function counts(ports: Device[]): number[] {
  return ports.map((port) => drain(port).length);
}

test("unknown and group destinations are flooded, known ones are not", () => {
  const { net, ports } = lan(3);
  const [a, b] = [macOf(ports[0]), macOf(ports[1])];
  send(ports, 0, b);
  assert.deepEqual(counts(ports), [0, 1, 1], "unknown yet");
  send(ports, 1, a);
  assert.deepEqual(counts(ports), [1, 0, 0], "a was learnt");
  send(ports, 0, b);
  assert.deepEqual(counts(ports), [0, 1, 0], "b was learnt");
  send(ports, 0, MacAddress.BROADCAST);
  send(ports, 0, new MacAddress(0x3333, 1));
  assert.deepEqual(counts(ports), [0, 2, 2]);
  assert.deepEqual(net.stats, { forwarded: 8, flooded: 3, queueDrops: 0, malformed: 0 });
});

test("an address that moves to another port is followed; one that is silent is forgotten", () => {
  const { ports } = lan(3, { agingMs: 1000 });
  const roaming = new MacAddress(0x0200, 99);
  const frame = plainFrame(MacAddress.BROADCAST, roaming);
  ports[0]?.transmit(frame, 0);
  ports[1]?.transmit(frame, 10);
  counts(ports);
  send(ports, 2, roaming, 20);
  assert.deepEqual(counts(ports), [0, 1, 0]);
  send(ports, 2, roaming, 1011);
  assert.deepEqual(counts(ports), [1, 1, 0]);
});

test("a frame for the port it came from goes nowhere; a group address teaches nothing", () => {
  const { ports } = lan(2);
  const behind = new MacAddress(0x0200, 50);
  ports[0]?.transmit(plainFrame(MacAddress.BROADCAST, behind), 0);
  counts(ports);
  send(ports, 0, behind);
  assert.deepEqual(counts(ports), [0, 0]);
  ports[1]?.transmit(plainFrame(behind, MacAddress.BROADCAST), 0);
  send(ports, 1, MacAddress.BROADCAST);
  assert.deepEqual(counts(ports), [2, 0]);
});

test("a full output queue loses the tail and counts it; the sender is never refused", () => {
  const { net, ports } = lan(2, { queuePackets: 4 });
  for (let i = 0; i < 10; i++) send(ports, 0, MacAddress.BROADCAST);
  assert.deepEqual(counts(ports), [0, 4]);
  assert.equal(net.stats.queueDrops, 6);
});

test("super-segments pass whole", () => {
  const { ports } = lan(2);
  const packet = tcpPacket({ payload: 50_000, gsoSize: 1448 });
  ports[0]?.transmit(packet, 0);
  const [got] = drain(ports[1] as Device);
  assert.deepEqual(got?.octets, octetsIn(packet));
  assert.ok(got?.checksumVerified && got.gsoSize === 1448);
});

test("frames too short or too long are malformed", () => {
  const { net, ports } = lan(2, { mtu: 600 });
  const runt = plainFrame(MacAddress.BROADCAST, macOf(ports[0]));
  runt.end = runt.start + 13;
  ports[0]?.transmit(runt, 0);
  ports[0]?.transmit(plainFrame(MacAddress.BROADCAST, macOf(ports[0]), 605), 0);
  ports[0]?.transmit(plainFrame(MacAddress.BROADCAST, macOf(ports[0]), 604), 0);
  assert.equal(net.stats.malformed, 2);
  assert.deepEqual(counts(ports), [0, 1]);
});

test("ports that are separated do not hear each other until the last separation ends", () => {
  const { net, ports } = lan(3);
  const [a, b, c] = ports as [Device, Device, Device];
  const join = net.separate(a, b);
  const joinToo = net.separate(b, a);
  send(ports, 0, MacAddress.BROADCAST);
  send(ports, 2, macOf(a));
  assert.deepEqual(counts(ports), [1, 0, 1]);
  send(ports, 1, macOf(a));
  assert.deepEqual(counts(ports), [0, 0, 0]);
  join();
  join();
  send(ports, 1, macOf(a));
  assert.deepEqual(counts(ports), [0, 0, 0]);
  joinToo();
  send(ports, 1, macOf(a));
  assert.deepEqual(counts(ports), [1, 0, 0]);
  net.separate(a, cable()[0])();
  assert.equal(c.pollTimeout(), Infinity);
});

test("a port wakes its owner when its queue stops being empty", () => {
  const { ports } = lan(2);
  const owner = new WakeCounter();
  ports[1]?.attach(owner);
  send(ports, 0, MacAddress.BROADCAST);
  send(ports, 0, MacAddress.BROADCAST);
  assert.equal(owner.wakes, 1);
  assert.ok((ports[1]?.pollTimeout() ?? Infinity) <= 0);
  assert.equal(
    ports[1]?.receive(() => {}, 1, 0),
    true,
  );
});

test("a closed port is forgotten and its number used again", () => {
  const { net, ports } = lan(3);
  const gone = macOf(ports[1]);
  send(ports, 1, MacAddress.BROADCAST);
  ports[1]?.close();
  ports[1]?.close();
  const fresh = net.port({ name: "fresh", mac: new MacAddress(0x0200, 123) });
  assert.deepEqual([fresh.name, fresh.macAddress?.toString()], ["fresh", "02:00:00:00:00:7b"]);
  counts(ports);
  send(ports, 0, gone);
  assert.deepEqual(counts([...ports, fresh]), [0, 0, 1, 1]);
  assert.ok(ports[1]?.transmit(plainFrame(MacAddress.BROADCAST, gone), 0));
  assert.deepEqual(counts(ports), [0, 0, 0]);
});

test("addresses that are made up are unicast, local, and follow the seed", () => {
  const made = (seed: number): string[] => {
    const net = new EthernetSwitch({ random: new SeededRandom(seed) });
    return [net.port(), net.port()].map((port) => macOf(port).toString());
  };
  assert.deepEqual(made(3), made(3));
  assert.notDeepEqual(made(3), made(4));
  for (const mac of made(3)) assert.equal(Number.parseInt(mac.slice(0, 2), 16) & 3, 2);
});

/** Packets made to do harm, each by one thought. What random damage hardly ever hits stands here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../src/base/errno.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { IpInterface } from "../../src/ip/interface.ts";
import type { InterfaceConfig } from "../../src/stack/interface-config.ts";
import { Stack } from "../../src/stack/stack.ts";
import { NdFlag } from "../../src/wire/ndp.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  arpFrame,
  type Ends,
  fragmentFrame,
  icmpMessage,
  ipFrame,
  quoteOf,
  reversed,
  udpDatagram,
} from "../support/frame-builders.ts";
import { FakeDevice } from "../support/link-devices.ts";
import { neighborAdvertisement, redirect, routerAdvertisement } from "../support/nd-builders.ts";
import { HOST_4, HOST_6, HOST_MAC, PEER_4, PEER_MAC, TO_HOST, UDP_PORT } from "./corpus.ts";

const UDP = 17;
const STRANGER_MAC = new MacAddress(0x0200, 0x99);

/** A host with both addresses of the corpus, and a card that takes what the test gives it. */
class Target {
  readonly stack: Stack;
  readonly iface: IpInterface;
  readonly card: FakeDevice = new FakeDevice({ mac: HOST_MAC });

  constructor(config: InterfaceConfig = {}) {
    const idle = (): void => {};
    const [random, secureRandom] = [new SeededRandom(1), new SeededRandom(2)];
    this.stack = new Stack({ random, secureRandom, tcp: {}, owner: { wake: idle, run: idle } }, 0);
    const addresses = ["10.77.0.2/24", "fd77::2/64"];
    const given = { addresses, duplicateAddressDetection: 0, ...config };
    const iface = this.stack.addInterface(this.card, given, 0);
    assert.ok(typeof iface === "object");
    this.iface = iface;
    this.stack.turn(0);
  }

  feed(frame: Uint8Array): void {
    const packet = new PacketBuffer();
    packet.reset();
    packet.bytes.set(frame, packet.start);
    packet.end = packet.start + frame.length;
    this.card.waiting.push(packet);
    while (this.stack.turn(1));
  }
}

/** All of a datagram of `octets` but its first eight, in fragments with the smallest headers. */
function allButTheFirst(ends: Ends, octets: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let offset = 8; offset < octets; offset += 1440) {
    const part = new Uint8Array(Math.min(1440, octets - offset));
    const more = offset + part.length < octets;
    frames.push(fragmentFrame(ends, UDP, part, { offset, more, identification: 9 }));
  }
  return frames;
}

// req: ip/FR6-6
test("IPv6: fragments that fit only without the extension headers of the first", () => {
  const [, ends] = TO_HOST;
  const target = new Target();
  for (const frame of allButTheFirst(ends, 65_535)) target.feed(frame);
  const optionsLength = 1400;
  const first = new Uint8Array(optionsLength + 16);
  first.set([44, optionsLength / 8 - 1]);
  for (let at = 2; at < optionsLength; ) {
    const data = Math.min(255, optionsLength - at - 2);
    first.set([1, data], at); // PadN
    at += 2 + data;
  }
  first.set([UDP, 0, 0, 1, 0, 0, 0, 9], optionsLength); // offset 0, more, identification 9
  first.set(udpDatagram(ends, 1, UDP_PORT, new Uint8Array()), optionsLength + 8);
  target.feed(ipFrame(ends, 0, first));
  assert.equal(target.stack.counters.dropped("fragment-too-big"), 1);
});

// req: ip/FRAG-7
test("IPv4: fragments that fit only without the options of the first", () => {
  const [ends] = TO_HOST;
  const target = new Target();
  for (const frame of allButTheFirst(ends, 65_512)) target.feed(frame);
  const options = new Uint8Array(40).fill(1);
  const datagram = udpDatagram(ends, 1, UDP_PORT, new Uint8Array());
  const shape = { offset: 0, more: true, identification: 9, options };
  target.feed(fragmentFrame(ends, UDP, datagram, shape));
  assert.equal(target.stack.counters.dropped("fragment-too-big"), 1);
});

// req: icmp/I4-21, ip/FRAG-7
test("the largest echo request is answered whole; one octet more is no packet", () => {
  const [ends] = TO_HOST;
  const fromPeer = { senderMac: PEER_MAC, senderIp: PEER_4 };
  const toHost = { targetMac: HOST_MAC, targetIp: HOST_4 };
  for (const [octets, answered, dropped] of [
    [65_507, 65_515, 0],
    [65_508, 0, 1],
  ] as const) {
    const target = new Target();
    target.feed(arpFrame(HOST_MAC, { operation: 1, ...fromPeer, ...toHost }));
    target.card.sent.length = 0;
    const echo = icmpMessage(ends, 8, 0, { word: 1, body: new Uint8Array(octets) });
    for (let offset = 0; offset < echo.length; offset += 1480) {
      const part = echo.subarray(offset, offset + 1480);
      const more = offset + 1480 < echo.length;
      target.feed(fragmentFrame(ends, 1, part, { offset, more, identification: 9 }));
    }
    const payload = target.card.sent.reduce((sum, frame) => sum + frame.octets.length - 34, 0);
    assert.equal(payload, answered);
    assert.equal(target.stack.counters.dropped("fragment-too-big"), dropped);
  }
});

test("two forged claims to its IPv4 address do not take the host off the network", () => {
  const target = new Target();
  const forged = { senderMac: STRANGER_MAC, senderIp: HOST_4 };
  const toAll = { targetMac: MacAddress.ZERO, targetIp: HOST_4 };
  for (let n = 0; n < 3; n++) {
    target.feed(arpFrame(MacAddress.BROADCAST, { operation: 1, ...forged, ...toAll }));
  }
  assert.ok(target.iface.owns(HOST_4));
});

test("an IPv6 router does not get the packets of IPv4", () => {
  const target = new Target({ gateway: "fd77::1" });
  const destination = IpAddress.v4(0xcb007109 | 0);
  const path = target.stack.network.findPath(destination, { protocol: UDP }, 1);
  assert.equal(path, -Errno.ENETUNREACH);
});

test("router advertisements and redirects make no IPv4 routes out of mapped addresses", () => {
  const target = new Target({ slaac: true });
  const router = address("fe80::1");
  const { sourceMac, destinationMac } = TO_HOST[1];
  const ends = { sourceMac, destinationMac, source: router, destination: HOST_6 };
  target.feed(routerAdvertisement(ends, address("::ffff:0:0")));
  target.feed(routerAdvertisement(ends, address("2001:db8::")));
  const victim = address("2001:db8:1::9");
  const quote = quoteOf(ipFrame(reversed(TO_HOST[1]), UDP, new Uint8Array(8)));
  target.feed(redirect(ends, address("::ffff:169.254.0.1"), victim, quote));
  target.feed(redirect(ends, router, address("::ffff:10.1.1.1"), quote));
  const routes = target.stack.network.ip.routes.routes.filter(
    ({ origin }) => origin === "advertised" || origin === "redirect",
  );
  const isMixed = routes.some(
    ({ prefix, gateway }) => prefix.address.isV4 || gateway?.isV4 === true,
  );
  assert.ok(routes.length > 0 && !isMixed, routes.map(({ prefix }) => `${prefix}`).join(" "));
});

test("a neighbor advertisement cannot change what ARP has learned", () => {
  const target = new Target();
  const fromPeer = { senderMac: PEER_MAC, senderIp: PEER_4 };
  const toHost = { targetMac: HOST_MAC, targetIp: HOST_4 };
  target.feed(arpFrame(HOST_MAC, { operation: 1, ...fromPeer, ...toHost }));
  const forged = neighborAdvertisement(TO_HOST[1], PEER_4, STRANGER_MAC, NdFlag.OVERRIDE);
  target.feed(forged);
  const neighbors = target.stack.network.neighbors(target.iface);
  const known = neighbors.find((neighbor) => neighbor.address.equals(PEER_4));
  assert.equal(known?.mac?.toString(), PEER_MAC.toString());
  assert.equal(target.stack.counters.dropped("nd-malformed"), 1);
});

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed, text);
  return parsed;
}

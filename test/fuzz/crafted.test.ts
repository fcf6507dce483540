/** Packets made to do harm, each by one thought. What random damage hardly ever hits stands here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../src/base/random.ts";
import { Stack } from "../../src/stack/stack.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  arpFrame,
  type Ends,
  fragmentFrame,
  icmpMessage,
  ipFrame,
  udpDatagram,
} from "../support/frame-builders.ts";
import { FakeDevice } from "../support/link-devices.ts";
import { HOST_4, HOST_MAC, PEER_4, PEER_MAC, TO_HOST, UDP_PORT } from "./corpus.ts";

const UDP = 17;

/** A host with both addresses of the corpus, and a card that takes what the test gives it. */
class Target {
  readonly stack: Stack;
  readonly card: FakeDevice = new FakeDevice({ mac: HOST_MAC });

  constructor() {
    const idle = (): void => {};
    const [random, secureRandom] = [new SeededRandom(1), new SeededRandom(2)];
    this.stack = new Stack({ random, secureRandom, tcp: {}, owner: { wake: idle, run: idle } }, 0);
    const addresses = ["10.77.0.2/24", "fd77::2/64"];
    this.stack.addInterface(this.card, { addresses, duplicateAddressDetection: 0 }, 0);
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

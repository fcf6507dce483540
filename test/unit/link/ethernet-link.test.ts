import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { EthernetLink } from "../../../src/link/ethernet-link.ts";
import { DEFAULT_NEIGHBOR_CONFIG } from "../../../src/link/neighbor-config.ts";
import { ipFrame } from "../../support/frame-builders.ts";
import { FAMILIES, ip, OUR_MAC, PEER_MAC, V4, V6, WireCard } from "../../support/network-host.ts";
import { answer, question } from "../../support/network-neighbors.ts";
import { linkOwner, packetWith } from "../../support/network-parts.ts";

function subject() {
  const card = new WireCard();
  const counters = new Counters();
  const owner = linkOwner();
  const random = new SeededRandom(1);
  const link = new EthernetLink({
    device: card,
    name: "eth0",
    mac: OUR_MAC,
    counters,
    random,
    secureRandom: random,
    neighbor: DEFAULT_NEIGHBOR_CONFIG,
    conflictDetection: "off",
    dadTransmits: 0,
    routerDiscovery: false,
    owner,
  });
  return { card, counters, owner, link };
}

const GOOD = ipFrame(V4.inward, 253, new Uint8Array(10));

function patched(changes: readonly [number, number][]): Uint8Array {
  const frame = GOOD.slice();
  for (const [at, octet] of changes) frame[at] = octet;
  return frame;
}

describe("EthernetLink input", () => {
  it("strips the header and hands IP up, saying how it was addressed", () => {
    const { link, owner } = subject();
    const rows: [Uint8Array, boolean, boolean][] = [
      [GOOD, false, false],
      [patched([0, 1, 2, 3, 4, 5].map((at) => [at, 0xff])), true, false],
      [
        patched([
          [0, 1],
          [1, 0],
          [2, 0x5e],
          [3, 0],
          [4, 0],
          [5, 9],
        ]),
        false,
        true,
      ],
    ];
    link.joinGroup(ip("224.0.0.9"));
    for (const [frame, broadcast, multicast] of rows) {
      const packet = packetWith(frame);
      link.input(packet, 0);
      assert.deepEqual([packet.linkBroadcast, packet.linkMulticast], [broadcast, multicast]);
    }
    assert.deepEqual(owner.log, ["ip 30", "ip 30", "ip 30"]);
  });

  const dropped: [string, Uint8Array, string][] = [
    ["a runt", GOOD.slice(0, 13), "link-truncated"],
    ["nothing", new Uint8Array(0), "link-truncated"],
    ["a frame for another", patched([[5, 9]]), "link-not-for-us"],
    ["a group that nobody joined", patched([[0, 3]]), "link-not-for-us"],
    [
      "a VLAN tag",
      patched([
        [12, 0x81],
        [13, 0],
      ]),
      "link-vlan",
    ],
    [
      "two VLAN tags",
      patched([
        [12, 0x88],
        [13, 0xa8],
      ]),
      "link-vlan",
    ],
    [
      "an unknown type",
      patched([
        [12, 0x88],
        [13, 0xcc],
      ]),
      "link-unknown-type",
    ],
    [
      "an 802.3 length without SNAP",
      patched([
        [12, 0],
        [13, 20],
      ]),
      "link-unknown-type",
    ],
    ["IPv6 called IPv4", patched([[14, 0x60]]), "ip-bad-version"],
  ];
  for (const [what, frame, reason] of dropped) {
    it(`drops ${what}`, () => {
      const { link, counters, owner } = subject();
      link.input(packetWith(frame), 0);
      assert.deepEqual([[...counters.drops()], owner.log], [[[reason, 1]], []]);
    });
  }
});

describe("EthernetLink output", () => {
  it("maps groups and the broadcast, and resolves the rest", () => {
    const { card, link } = subject();
    link.claimAddress(V4.ours, 0);
    link.setPermanentNeighbor(V4.peer, PEER_MAC, 0);
    for (const nextHop of [ip("224.0.0.9"), ip("ff02::5"), IpAddress.BROADCAST4, V4.peer]) {
      assert.equal(link.send(packetWith(GOOD.slice(14)), nextHop, 0), true);
    }
    const receivers = card.frames.map((frame) =>
      MacAddress.read(new DataView(frame.buffer), 0).toString(),
    );
    assert.deepEqual(receivers, [
      "01:00:5e:00:00:09",
      "33:33:00:00:00:05",
      "ff:ff:ff:ff:ff:ff",
      PEER_MAC.toString(),
    ]);
  });

  it("counts what the card has no room for", () => {
    const { card, counters, link } = subject();
    link.setPermanentNeighbor(V4.peer, PEER_MAC, 0);
    card.isFull = true;
    assert.equal(link.send(packetWith(GOOD.slice(14)), V4.peer, 0), false);
    assert.equal(counters.dropped("link-queue-full"), 1);
  });

  for (const family of FAMILIES) {
    it(`${family.name}: waits for the answer, then sends with the right type`, () => {
      const { card, link, owner } = subject();
      link.claimAddress(family.ours, 0);
      card.frames.length = 0;
      const outward = { ...family.inward, source: family.ours, destination: family.peer };
      const waiting = ipFrame(outward, 253, new Uint8Array(10)).slice(14);
      assert.equal(link.send(packetWith(waiting), family.peer, 0), true);
      assert.equal(card.frames.length, 1, "the question");
      if (family.isV6) return;
      link.input(packetWith(answer(family)), 0);
      assert.deepEqual(card.frames[1]?.slice(12), Uint8Array.of(8, 0, ...waiting));
      assert.ok(owner.log.includes("10.77.0.2 lives"));
      assert.equal(link.neighbors()[0]?.state, "reachable");
    });
  }

  it("asks nothing while it has no address of the family", () => {
    const { card, link } = subject();
    link.send(packetWith(GOOD.slice(14)), V4.stranger, 0);
    assert.deepEqual(card.frames, []);
    link.input(packetWith(question(V4)), 0);
    assert.deepEqual([card.frames, link.neighbors().length], [[], 1]);
  });

  it("tells what cannot be delivered", () => {
    const { link, owner } = subject();
    link.claimAddress(V6.ours, 0);
    link.send(packetWith(new Uint8Array(44).fill(0x60, 0, 1)), V6.peer, 0);
    for (let at = link.pollTimeout(); at < Infinity; at = link.pollTimeout())
      link.handleTimeout(at);
    assert.deepEqual(owner.log.slice(-2), ["fd77::2 is gone", "unresolved 44"]);
  });
});

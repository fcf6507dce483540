import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NdFlag } from "../../../src/wire/ndp.ts";
import {
  neighborAdvertisement,
  neighborSolicitation,
  redirect,
} from "../../support/nd-builders.ts";
import { ip, OUR_MAC, PEER_MAC, V6 } from "../../support/network-host.ts";
import { type NdpParts, ndPacket, ndpParts } from "../../support/network-ndp.ts";
import { advertisement } from "../../support/network-routers.ts";

const { ours, peer, inward } = V6;
const ROUTER = ip("fe80::fe");
const FROM_ROUTER = { ...inward, source: ROUTER };

function drops({ counters }: NdpParts): [string, number][] {
  return [...counters.drops()];
}

describe("Ndp", () => {
  // req: arp-nd/ND-22
  it("answers straight to the link address that the asker told", () => {
    const parts = ndpParts();
    parts.ndp.input(ndPacket(neighborSolicitation(inward, ours, PEER_MAC)), 0);
    const ends = { sourceMac: OUR_MAC, destinationMac: PEER_MAC, source: ours, destination: peer };
    const { SOLICITED, OVERRIDE } = NdFlag;
    assert.deepEqual(parts.sent, [
      neighborAdvertisement(ends, ours, OUR_MAC, SOLICITED | OVERRIDE),
    ]);
    assert.equal(parts.neighbors.find(peer)?.state, "stale");
  });

  // req: arp-nd/ND-20
  it("does not probe for who only asked", () => {
    const parts = ndpParts();
    parts.ndp.input(ndPacket(neighborSolicitation(inward, ours, PEER_MAC)), 0);
    assert.equal(parts.neighbors.pollTimeout(), Infinity);
  });

  // req: arp-nd/DAD-6, arp-nd/DAD-7
  it("gives up a tentative address that another asks for or has", () => {
    const target = ip("fd77::5");
    const group = target.solicitedNode();
    const probe = { ...inward, source: ip("::"), destination: group };
    const frames = [
      neighborSolicitation(probe, target, null),
      neighborAdvertisement(inward, target, PEER_MAC, NdFlag.OVERRIDE),
    ];
    for (const frame of frames) {
      const parts = ndpParts({ tentative: target });
      parts.ndp.input(ndPacket(frame), 0);
      assert.deepEqual(parts.claimed.log, ["lost fd77::5"]);
      assert.deepEqual(parts.sent, []);
    }
  });

  it("marks its probes and knows them again", () => {
    const target = ip("fd77::5");
    const parts = ndpParts({ tentative: target });
    parts.ndp.probe(target, 0);
    const [frame = new Uint8Array()] = parts.sent;
    parts.ndp.input(ndPacket(frame), 0);
    assert.deepEqual(parts.claimed.log, []);
  });

  // req: arp-nd/ND-7, arp-nd/RD-16
  it("hands router advertisements on, and notes the router as a neighbour", () => {
    const parts = ndpParts({ routerDiscovery: true });
    parts.ndp.input(ndPacket(advertisement({ router: ROUTER, lifetime: 9 })), 0);
    assert.deepEqual(parts.owner.log, ["router fe80::fe for 9000"]);
    assert.equal(parts.neighbors.find(ROUTER)?.isRouter, true);
    assert.equal(parts.ndp.pollTimeout(), Infinity, "the question is answered");
    const deaf = ndpParts();
    deaf.ndp.input(ndPacket(advertisement({ router: ROUTER, lifetime: 9 })), 0);
    assert.deepEqual([deaf.owner.log, drops(deaf)], [[], [["nd-unsolicited", 1]]]);
  });

  // req: arp-nd/ND-9, arp-nd/RD-12
  it("hands redirects on, and notes the target only when they are followed", () => {
    const target = ip("fe80::99");
    const packet = ndPacket(redirect(FROM_ROUTER, target, V6.far, new Uint8Array(0)));
    for (const follows of [true, false]) {
      const parts = ndpParts();
      parts.owner.followsRedirects = follows;
      parts.neighbors.learn(target, PEER_MAC, 0);
      parts.ndp.input(packet, 0);
      assert.deepEqual(parts.owner.log, ["redirect 2001:db8::7 to fe80::99 by fe80::fe"]);
      assert.equal(parts.neighbors.find(target)?.isRouter, follows);
      assert.deepEqual(drops(parts), follows ? [] : [["nd-unsolicited", 1]]);
    }
  });

  // req: arp-nd/ND-9
  const refused: [string, Uint8Array, string][] = [
    ["from a global address", redirect(inward, ROUTER, V6.far, new Uint8Array(0)), "nd-bad-source"],
    [
      "to a target that is neither link-local nor the destination",
      redirect(FROM_ROUTER, V6.peer, V6.far, new Uint8Array(0)),
      "nd-malformed",
    ],
    [
      "for a group",
      redirect(FROM_ROUTER, ROUTER, ip("ff02::1"), new Uint8Array(0)),
      "nd-malformed",
    ],
  ];
  for (const [what, frame, reason] of refused) {
    it(`drops a redirect ${what}`, () => {
      const parts = ndpParts();
      parts.ndp.input(ndPacket(frame), 0);
      assert.deepEqual([parts.owner.log, drops(parts)], [[], [[reason, 1]]]);
    });
  }

  it("asks for routers when it is due", () => {
    const parts = ndpParts({ routerDiscovery: true });
    parts.ndp.handleTimeout(0);
    parts.ndp.handleTimeout(1000);
    assert.equal(parts.sent.length, 1);
    assert.equal(parts.sent[0]?.[54], 133);
  });
});

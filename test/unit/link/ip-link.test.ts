import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { IpLink } from "../../../src/link/ip-link.ts";
import { OUR_MAC, V4, WireCard } from "../../support/network-host.ts";
import { linkOwner, packetWith } from "../../support/network-parts.ts";

function subject() {
  const card = new WireCard(1500, "ip");
  const counters = new Counters();
  const owner = linkOwner();
  return {
    card,
    counters,
    owner,
    link: new IpLink({ device: card, counters, owner, name: "tun0" }),
  };
}

describe("IpLink", () => {
  it("hands packets through in both directions as they are", () => {
    const { card, owner, link } = subject();
    const packet = packetWith(new Uint8Array(30));
    packet.linkBroadcast = true;
    link.input(packet, 0);
    assert.deepEqual([owner.log, packet.linkBroadcast], [["ip 30"], false]);
    assert.equal(link.send(packetWith(Uint8Array.of(1, 2, 3)), V4.peer, 0), true);
    assert.deepEqual(card.frames, [Uint8Array.of(1, 2, 3)]);
  });

  it("counts what the device has no room for", () => {
    const { card, counters, link } = subject();
    card.isFull = true;
    assert.equal(link.send(packetWith(new Uint8Array(3)), V4.peer, 0), false);
    assert.equal(counters.dropped("link-queue-full"), 1);
  });

  it("has nobody to share addresses with, and no neighbours", () => {
    const { counters, owner, link } = subject();
    link.claimAddress(V4.ours, 0);
    assert.deepEqual(owner.log, ["assigned 10.77.0.1"]);
    link.releaseAddress(V4.ours);
    link.joinGroup(V4.ours);
    link.leaveGroup(V4.ours);
    link.confirm(V4.peer, 0);
    link.suspect(V4.peer, 0);
    link.setPermanentNeighbor(V4.peer, OUR_MAC, 0);
    link.flushNeighbors(0);
    link.handleTimeout(0);
    link.neighborDiscovery(packetWith(new Uint8Array(24)), 0);
    assert.equal(counters.dropped("nd-not-for-us"), 1);
    assert.deepEqual([link.neighbors(), link.pollTimeout()], [[], Infinity]);
  });
});

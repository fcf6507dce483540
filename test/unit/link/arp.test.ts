import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { ANNOUNCE_ONLY_RULES } from "../../../src/link/address-claim.ts";
import { AddressClaims } from "../../../src/link/address-claims.ts";
import { Arp } from "../../../src/link/arp.ts";
import { NeighborCache } from "../../../src/link/neighbor-cache.ts";
import { DEFAULT_NEIGHBOR_CONFIG } from "../../../src/link/neighbor-config.ts";
import { EtherType } from "../../../src/wire/ethernet.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { arpFrame } from "../../support/frame-builders.ts";
import { OUR_MAC, PEER_MAC, V4 } from "../../support/network-host.ts";
import { claimOwner, neighborOwner } from "../../support/network-parts.ts";

interface Sent {
  readonly to: string;
  readonly type: number;
  readonly octets: Uint8Array;
}

function subject(): { arp: Arp; sent: Sent[]; neighbors: NeighborCache; counters: Counters } {
  const counters = new Counters();
  const random = new SeededRandom(1);
  const sent: Sent[] = [];
  const neighbors = new NeighborCache({
    config: DEFAULT_NEIGHBOR_CONFIG,
    counters,
    interfaceName: "eth0",
    random,
    owner: neighborOwner(),
  });
  const claims = new AddressClaims(claimOwner(), random);
  claims.add(V4.ours, { ...ANNOUNCE_ONLY_RULES, announcements: 0 }, 0);
  const sender = {
    name: "eth0",
    mac: OUR_MAC,
    sendFrame(packet: PacketBuffer, to: MacAddress, type: number): boolean {
      sent.push({ to: to.toString(), type, octets: packet.bytes.slice(packet.start, packet.end) });
      return true;
    },
  };
  return { arp: new Arp({ counters, sender, neighbors, claims }), sent, neighbors, counters };
}

/** The ARP packet of a frame, as the link hands it over. */
function packetOf(frame: Uint8Array): PacketBuffer {
  const packet = new PacketBuffer(256);
  packet.bytes.set(frame, 64);
  packet.start = 64 + 14;
  packet.end = 64 + frame.length;
  return packet;
}

const fields = {
  senderMac: PEER_MAC,
  senderIp: V4.peer,
  targetMac: MacAddress.ZERO,
  targetIp: V4.ours,
};

describe("Arp", () => {
  // req: arp-nd/ARP-4
  it("answers with the fields swapped", () => {
    const { arp, sent } = subject();
    arp.input(packetOf(arpFrame(MacAddress.BROADCAST, { operation: 1, ...fields })), 0);
    const reply = arpFrame(PEER_MAC, {
      operation: 2,
      senderMac: OUR_MAC,
      senderIp: V4.ours,
      targetMac: PEER_MAC,
      targetIp: V4.peer,
    });
    assert.deepEqual(sent, [
      { to: PEER_MAC.toString(), type: EtherType.ARP, octets: reply.slice(14) },
    ]);
  });

  it("asks one or all, probes from nowhere, announces itself to itself", () => {
    const { arp, sent } = subject();
    arp.solicit(V4.peer, V4.ours, PEER_MAC, 0);
    arp.solicit(V4.peer, V4.ours, null, 0);
    arp.probe(V4.ours, 0);
    arp.announce(V4.ours, 0);
    assert.deepEqual(
      sent.map(({ to, octets }) => [to, octets[14 + 3], octets[24 + 3]]),
      [
        [PEER_MAC.toString(), 1, 2],
        ["ff:ff:ff:ff:ff:ff", 1, 2],
        ["ff:ff:ff:ff:ff:ff", 0, 1],
        ["ff:ff:ff:ff:ff:ff", 1, 1],
      ],
    );
  });

  // req: arp-nd/ARP-2, arp-nd/ARP-15
  it("updates who is known by a gratuitous packet, and learns nobody by one", () => {
    const { arp, neighbors } = subject();
    const gratuitous = arpFrame(MacAddress.BROADCAST, {
      operation: 1,
      ...fields,
      targetIp: V4.peer,
    });
    arp.input(packetOf(gratuitous), 0);
    assert.equal(neighbors.size, 0);
    neighbors.learn(V4.peer, MacAddress.ZERO, 0);
    arp.input(packetOf(gratuitous), 0);
    assert.ok(neighbors.find(V4.peer)?.mac?.equals(PEER_MAC));
  });

  it("drops what is no ARP for IPv4 over Ethernet", () => {
    const { arp, counters, sent } = subject();
    const frame = arpFrame(MacAddress.BROADCAST, { operation: 1, ...fields });
    frame[14] = 1;
    arp.input(packetOf(frame), 0);
    assert.deepEqual([counters.dropped("arp-malformed"), sent], [1, []]);
  });

  it("sends all of a link-local address by broadcast", () => {
    const { arp, sent } = subject();
    const linkLocal = IpAddress.v4(0xa9fe0101);
    arp.solicit(V4.peer, linkLocal, PEER_MAC, 0);
    assert.equal(sent[0]?.to, "ff:ff:ff:ff:ff:ff");
  });
});

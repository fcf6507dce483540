import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { AddressFilter } from "../../../src/ip/address-filter.ts";
import type { IpInterface } from "../../../src/ip/interface.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

const lo = testInterface({ index: 1, isLoopback: true, addresses: ["127.0.0.1/8", "::1/128"] });
const eth1 = testInterface({ index: 2, addresses: ["10.77.0.1/24", "fd77::1/64", "fe80::1/64"] });
const eth2 = testInterface({ index: 3, addresses: ["10.88.0.1/24", "fd88::1/64", "fe80::2/64"] });
const filter = new AddressFilter([lo, eth1, eth2]);

function fault(
  source: string,
  destination: string,
  iface: IpInterface = eth1,
  more: { protocol?: number; linkBroadcast?: boolean } = {},
): string | null {
  const packet = new PacketBuffer(64);
  const [from, to]: [IpAddress, IpAddress] = [ip(source), ip(destination)];
  [packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD] = [
    from.a,
    from.b,
    from.c,
    from.d,
  ];
  [packet.destinationA, packet.destinationB, packet.destinationC, packet.destinationD] = [
    to.a,
    to.b,
    to.c,
    to.d,
  ];
  packet.protocol = more.protocol ?? 17;
  packet.linkBroadcast = more.linkBroadcast ?? false;
  return filter.faultOf(packet, source.includes(":"), iface);
}

describe("AddressFilter", () => {
  // req: ip/V4-14
  it("takes any of our addresses from any interface, but link-local IPv6 only at home", () => {
    for (const destination of ["10.77.0.1", "10.88.0.1"])
      assert.equal(fault("10.77.0.2", destination), null);
    for (const destination of ["fd77::1", "fd88::1", "fe80::1"]) {
      assert.equal(fault("fd77::2", destination), null);
    }
    assert.equal(fault("fe80::9", "fe80::2"), "ip-not-for-us");
  });

  it("takes everything of ours from the loopback, from everything of ours", () => {
    for (const [source, destination] of [
      ["127.0.0.1", "127.9.9.9"],
      ["10.77.0.1", "10.77.0.1"],
      ["10.88.0.1", "10.77.0.1"],
      ["::1", "::1"],
      ["fd77::1", "fd88::1"],
      ["fe80::2", "fe80::2"],
    ] as const) {
      assert.equal(fault(source, destination, lo), null, `${source} ${destination}`);
    }
  });

  it("takes our own address as a source from no wire, whichever interface has it", () => {
    for (const source of ["10.77.0.1", "10.88.0.1"]) {
      assert.equal(fault(source, "10.77.0.1"), "ip-bad-source");
    }
    for (const source of ["fd77::1", "fd88::1"])
      assert.equal(fault(source, "fd77::1"), "ip-bad-source");
    assert.equal(
      fault("fd77::1", "fd77::1", eth1, { protocol: 58 }),
      null,
      "Neighbor Discovery must see it",
    );
    assert.equal(fault("fe80::2", "fd77::1"), null, "link-local of another link is another's");
  });

  it("takes no broadcast for a source, of whichever subnet of the interface", () => {
    assert.equal(fault("10.77.0.255", "10.77.0.1"), "ip-bad-source");
    assert.equal(fault("10.88.0.255", "10.77.0.1"), null, "an honest host elsewhere");
  });

  it("takes 0.0.0.0 only to a broadcast, and :: only to a group", () => {
    assert.equal(fault("0.0.0.0", "255.255.255.255"), null);
    assert.equal(fault("0.0.0.0", "10.77.0.1"), "ip-bad-source");
    eth1.groups.join(ip("ff02::1:ff00:1"));
    assert.equal(fault("::", "ff02::1:ff00:1"), null);
    assert.equal(fault("::", "fd77::1"), "ip-bad-source");
  });

  it("takes groups only where they were joined", () => {
    eth1.groups.join(ip("224.0.0.9"));
    assert.equal(fault("10.77.0.2", "224.0.0.9"), null);
    assert.equal(fault("10.88.0.2", "224.0.0.9", eth2), "ip-not-for-us");
  });

  // req: ip/V4-11
  it("takes no unicast packet out of a broadcast frame", () => {
    assert.equal(
      fault("10.77.0.2", "10.77.0.1", eth1, { linkBroadcast: true }),
      "ip-link-broadcast",
    );
    assert.equal(fault("10.77.0.2", "10.77.0.255", eth1, { linkBroadcast: true }), null);
  });
});

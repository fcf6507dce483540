import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { multicastMac } from "../../../src/link/multicast-filter.ts";
import type { InterfaceConfig } from "../../../src/stack/interface-config.ts";
import { NdFlag } from "../../../src/wire/ndp.ts";
import type { Ends } from "../../support/frame-builders.ts";
import { neighborAdvertisement, neighborSolicitation } from "../../support/nd-builders.ts";
import { ip, PEER_MAC, TEST_PROTOCOL, V6, WireHost } from "../../support/network-host.ts";

const OURS = ip("fd77::1");
const LINK_LOCAL = ip("fe80::ff:fe00:1");

function starting(config: InterfaceConfig = {}, seed = 1): WireHost {
  const addresses = ["fd77::1/64"];
  const all = { addresses, duplicateAddressDetection: 1, ...config };
  return new WireHost({ config: all, keepsFirstFrames: true, seed });
}

/** Another node's probe for `target`. */
function probe(target: IpAddress): Uint8Array {
  const group = target.solicitedNode();
  const ends: Ends = {
    sourceMac: PEER_MAC,
    destinationMac: multicastMac(group),
    source: ip("::"),
    destination: group,
  };
  return neighborSolicitation(ends, target, null);
}

/** Another node says that it has `target`. */
function owned(target: IpAddress): Uint8Array {
  const all = ip("ff02::1");
  const ends: Ends = {
    sourceMac: PEER_MAC,
    destinationMac: multicastMac(all),
    source: target,
    destination: all,
  };
  return neighborAdvertisement(ends, target, PEER_MAC, NdFlag.OVERRIDE);
}

function stateOf(host: WireHost, address = OURS): string | undefined {
  return host.iface.find(address)?.state;
}

/** What the host sends until its addresses are decided, with the times. */
function story(host: WireHost, forMs: number): [number, string][] {
  const lines: [number, string][] = [];
  for (let at = 0; at <= forMs; at += 10) {
    for (const line of host.sent()) lines.push([host.now, line]);
    host.advance(10);
  }
  return lines;
}

describe("duplicate address detection", () => {
  // req: arp-nd/DAD-1, arp-nd/DAD-3, arp-nd/DAD-4, arp-nd/SL-9, arp-nd/DAD-10
  it("asks once from nowhere after a random wait, waits a second, and announces the address", () => {
    const host = starting();
    const [[asked = 0, first] = [], [told = 0, second] = [], ...rest] = story(host, 5000);
    assert.match(
      first ?? "",
      /^IP6 :: > ff02::1:ff00:1: .*neighbor solicitation, who has fd77::1, /,
    );
    assert.match(
      second ?? "",
      /^IP6 fd77::1 > ff02::1: .*neighbor advertisement, tgt is fd77::1, /,
    );
    assert.deepEqual(rest, []);
    assert.ok(asked <= 1010 && told - asked >= 990 && told - asked <= 1010, `${asked} ${told}`);
  });

  // req: arp-nd/DAD-3
  it("waits at random up to a second", () => {
    const waits = Array.from(
      { length: 50 },
      (_, seed) => story(starting({}, seed), 1100)[0]?.[0] ?? 0,
    );
    assert.ok(Math.max(...waits) > 800 && Math.min(...waits) < 200);
  });

  // req: arp-nd/DAD-11
  it("asks as often as the owner says; not at all means at once", () => {
    for (const transmits of [2, 3]) {
      const host = starting({ duplicateAddressDetection: transmits });
      const asked = story(host, 6000).filter(([, line]) => line.includes("solicitation"));
      assert.equal(asked.length, transmits);
    }
    const host = starting({ duplicateAddressDetection: 0 });
    assert.deepEqual([stateOf(host), host.network.isReady()], ["preferred", true]);
  });

  // req: arp-nd/DAD-1, arp-nd/SL-1
  it("covers the link-local address, which every interface forms", () => {
    const host = starting({ linkLocal: true });
    assert.equal(stateOf(host, LINK_LOCAL), "tentative");
    const lines = story(host, 3000).map(([, line]) => line);
    assert.equal(lines.filter((line) => line.includes("who has fe80::ff:fe00:1")).length, 1);
    assert.equal(stateOf(host, LINK_LOCAL), "preferred");
    assert.equal(host.iface.find(LINK_LOCAL)?.prefix.toString(), "fe80::/64");
  });

  // req: arp-nd/DAD-2
  it("joins the solicited-node group before it asks", () => {
    const host = starting();
    const group = OURS.solicitedNode();
    assert.ok(host.iface.groups.has(group.a, group.b, group.c, group.d));
    assert.ok(host.iface.groups.has(0xff020000 | 0, 0, 0, 1));
    host.network.removeAddress(host.iface, OURS, host.now);
    assert.ok(!host.iface.groups.has(group.a, group.b, group.c, group.d));
  });

  // req: arp-nd/DAD-5
  it("neither answers for a tentative address nor sends from it, nor takes packets for it", () => {
    const host = starting();
    assert.equal(host.network.isReady(), false);
    const options = { protocol: TEST_PROTOCOL };
    assert.equal(
      host.network.findPath(V6.peer, { ...options, source: OURS }, 0),
      -Errno.EADDRNOTAVAIL,
    );
    assert.equal(host.network.findPath(V6.peer, options, 0), -Errno.ENETUNREACH);
    host.inject(neighborSolicitation(V6.inward, OURS, PEER_MAC));
    assert.deepEqual([host.sent(), host.drops()], [[], { "ip-not-for-us": 1 }]);
    const group = OURS.solicitedNode();
    const toGroup = { ...V6.inward, destination: group, destinationMac: multicastMac(group) };
    host.inject(neighborSolicitation(toGroup, OURS, PEER_MAC));
    assert.deepEqual(
      [host.sent(), host.drops(), stateOf(host)],
      [[], { "nd-not-for-us": 1 }, "tentative"],
    );
  });

  // req: arp-nd/DAD-6, arp-nd/DAD-7, arp-nd/DAD-8
  const conflicts: [string, Uint8Array][] = [
    ["another node asks for it too", probe(OURS)],
    ["another node says that it has it", owned(OURS)],
  ];
  for (const [what, frame] of conflicts) {
    it(`gives the address up when ${what}`, () => {
      const host = starting();
      const heard: string[] = [];
      host.network.onAddressChange((_, address, state) => heard.push(`${address} ${state}`));
      host.inject(frame);
      assert.deepEqual([stateOf(host), heard], ["duplicated", ["fd77::1 duplicated"]]);
      assert.equal(host.drops()["arp-conflict"], 1);
      host.advance(10_000);
      assert.deepEqual(host.sent(), []);
      assert.ok(host.network.isReady());
      assert.equal(host.network.duplicateAddress()?.toString(), "fd77::1");
      assert.equal(
        host.network.findPath(V6.peer, { protocol: TEST_PROTOCOL }, host.now),
        -Errno.ENETUNREACH,
      );
    });
  }

  // req: arp-nd/DAD-10, arp-nd/DAD-6
  it("knows its own question when the link reflects it", () => {
    const host = starting();
    host.advance(1000);
    const frames = host.frames();
    assert.equal(frames.length, 1);
    host.inject(...frames);
    assert.equal(stateOf(host), "tentative");
    host.advance(1000);
    assert.equal(stateOf(host), "preferred");
  });

  // req: arp-nd/DAD-8
  it("takes IPv6 off the interface when the address made of its MAC address is taken", () => {
    const host = starting({ linkLocal: true });
    host.advance(3000);
    assert.equal(stateOf(host), "preferred");
    const fresh = starting({ linkLocal: true });
    fresh.inject(owned(LINK_LOCAL));
    assert.deepEqual([stateOf(fresh), stateOf(fresh, LINK_LOCAL)], ["duplicated", "duplicated"]);
  });

  // req: arp-nd/DAD-9
  it("is over once the address is in use: a late claim is counted, not obeyed", () => {
    const host = starting();
    host.advance(3000);
    host.frames();
    host.inject(owned(OURS), owned(OURS));
    assert.deepEqual([host.drops(), stateOf(host)], [{ "arp-conflict": 2 }, "preferred"]);
    host.inject(probe(OURS));
    assert.match(host.sent()[0] ?? "", /^IP6 fd77::1 > ff02::1: .*tgt is fd77::1/);
  });

  it("is not done where there is no link to share", () => {
    const host = new WireHost({ medium: "ip", config: { addresses: ["fd77::1/64"] } });
    assert.equal(stateOf(host), "preferred");
  });
});

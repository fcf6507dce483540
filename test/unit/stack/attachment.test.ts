import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ip, V4, V6, WireHost } from "../../support/network-host.ts";

const groupsOf = (host: WireHost): string[] => host.iface.groups.groups().map(String).sort();

describe("Attachment", () => {
  // req: ip/ADDR-1, arp-nd/ND-11, arp-nd/DAD-2
  it("is in the groups that every host is in, and those of its addresses", () => {
    const host = new WireHost();
    const always = ["224.0.0.1", "ff01::1", "ff02::1"];
    assert.deepEqual(groupsOf(host), [...always, "ff02::1:ff00:1"]);
    host.network.addAddress(host.iface, "fd88::1/64", 0);
    host.network.removeAddress(host.iface, V6.ours, 0);
    assert.deepEqual(groupsOf(host), [...always, "ff02::1:ff00:1"], "two addresses shared it");
    host.network.removeAddress(host.iface, ip("fd88::1"), 0);
    assert.deepEqual(groupsOf(host), always);
    const small = new WireHost({ config: { mtu: 1000, addresses: ["10.77.0.1/24"] } });
    assert.deepEqual(groupsOf(small), ["224.0.0.1"]);
  });

  it("makes one route for each subnet, none for an address alone", () => {
    const addresses = ["10.77.0.1/24", "10.77.0.2/24", "10.99.0.1/32", "fd77::1/64", "fd99::1/128"];
    const host = new WireHost({ config: { addresses } });
    const prefixes = host.network.ip.routes.routes
      .filter(({ iface }) => iface === host.iface)
      .map(({ prefix }) => prefix.toString());
    assert.deepEqual(prefixes.sort(), ["10.77.0.0/24", "fd77::/64"]);
  });

  // req: arp-nd/ND-18, icmp/I6-15
  it("hands unresolved packets to whom they concern, and silent gateways to the routes", () => {
    const host = new WireHost({ knowsPeer: false, config: { gateway: V4.gateway.toString() } });
    host.send(V4.far, 9);
    host.advance(3000);
    assert.deepEqual(
      host.errors.map(({ remoteAddress, localAddress, end, transportAt }) => [
        String(remoteAddress),
        String(localAddress),
        end - transportAt,
      ]),
      [[V4.far.toString(), V4.ours.toString(), 9]],
    );
    const [route] = host.network.ip.routes.routes.filter(({ gateway }) => gateway !== null);
    assert.equal(route?.deadUntil, 3000 + 60_000);
  });
});

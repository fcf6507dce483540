import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { IpPrefix } from "../../../src/base/ip-prefix.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { DEFAULT_IP_CONFIG } from "../../../src/ip/config.ts";
import type { IpInterface } from "../../../src/ip/interface.ts";
import { PathFinder, type PathOptions } from "../../../src/ip/path-finder.ts";
import { PathMtuCache } from "../../../src/ip/path-mtu.ts";
import { RouteTable } from "../../../src/ip/route-table.ts";
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

interface Net {
  readonly finder: PathFinder;
  readonly routes: RouteTable;
  readonly pathMtus: PathMtuCache;
  readonly eth1: IpInterface;
  readonly eth2: IpInterface;
  /** Source, interface and next hop of the way, or the errno's name. */
  way(destination: string, options?: Partial<PathOptions>): string;
}

function net(): Net {
  const lo = testInterface({
    index: 1,
    name: "lo",
    isLoopback: true,
    mtu: 65_535,
    addresses: ["127.0.0.1/8", "::1/128"],
  });
  const eth1 = testInterface({
    index: 2,
    name: "eth1",
    addresses: ["10.1.0.1/24", "2001:db8:1::1/64", "fe80::1/64"],
  });
  const eth2 = testInterface({
    index: 3,
    name: "eth2",
    mtu: 9000,
    addresses: ["10.2.0.1/24", "2001:db8:2::1/64", "fe80::2/64"],
  });
  const routes = new RouteTable();
  const pathMtus = new PathMtuCache(DEFAULT_IP_CONFIG);
  const interfaces = [lo, eth1, eth2];
  const finder = new PathFinder({ interfaces, routes, pathMtus, random: new SeededRandom(1) });
  for (const iface of [eth1, eth2]) {
    for (const { prefix } of iface.addresses)
      routes.add({ prefix, gateway: null, iface, origin: "connected" });
  }
  const add = (prefix: string, gateway: string, iface: IpInterface): void => {
    routes.add({
      prefix: IpPrefix.parse(prefix) ?? assert.fail(),
      gateway: ip(gateway),
      iface,
      origin: "static",
    });
  };
  add("0.0.0.0/0", "10.1.0.254", eth1);
  add("::/0", "fe80::fe", eth1);
  const way = (destination: string, options: Partial<PathOptions> = {}): string => {
    const path = finder.find(ip(destination), { protocol: 6, ...options }, 0);
    if (typeof path !== "number") return `${path.source} ${path.iface.name} ${path.nextHop}`;
    const name = Object.entries(Errno).find(([, value]) => value === -path)?.[0];
    return name ?? String(path);
  };
  return { finder, routes, pathMtus, eth1, eth2, way };
}

describe("PathFinder", () => {
  // req: ip/V4O-4, ip/V4O-5, ip/V4O-11, arp-nd/ND-12, ip/ADDR-5
  const rows: [string, string, Partial<PathOptions>?][] = [
    ["10.1.0.9", "10.1.0.1 eth1 10.1.0.9"],
    ["10.2.0.9", "10.2.0.1 eth2 10.2.0.9"],
    ["192.0.2.1", "10.1.0.1 eth1 10.1.0.254"],
    ["2001:db8:2::9", "2001:db8:2::1 eth2 2001:db8:2::9"],
    ["3fff::9", "2001:db8:1::1 eth1 fe80::fe"],
    ["fe80::9", "fe80::2 eth2 fe80::9", { interfaceIndex: 3 }],
    ["fe80::9", "EINVAL"],
    ["fe80::9", "fe80::2 eth2 fe80::9", { source: ip("fe80::2") }],
    ["fe80::9", "EINVAL", { source: ip("2001:db8:2::1") }],
    ["10.1.0.9", "ENETUNREACH", { interfaceIndex: 3 }],
    ["10.1.0.9", "ENODEV", { interfaceIndex: 9 }],
    ["10.1.0.9", "10.2.0.1 eth1 10.1.0.9", { source: ip("10.2.0.1") }],
    ["10.1.0.9", "EADDRNOTAVAIL", { source: ip("10.9.9.9") }],
    ["10.1.0.9", "EINVAL", { source: ip("2001:db8:1::1") }],
    ["10.1.0.9", "10.1.0.1 eth1 10.1.0.9", { source: ip("0.0.0.0") }],
    ["10.2.0.1", "10.2.0.1 lo 10.2.0.1"],
    ["10.2.0.1", "10.1.0.1 lo 10.2.0.1", { source: ip("10.1.0.1") }],
    ["127.0.0.1", "127.0.0.1 lo 127.0.0.1"],
    ["127.3.2.1", "127.0.0.1 lo 127.3.2.1"],
    ["0.0.0.0", "127.0.0.1 lo 127.0.0.1"],
    ["::", "::1 lo ::1"],
    ["fe80::2", "fe80::2 lo fe80::2", { interfaceIndex: 3 }],
    ["fe80::2", "fe80::1 eth1 fe80::2", { interfaceIndex: 2 }],
    ["240.0.0.1", "EINVAL"],
    ["10.1.0.255", "EACCES"],
    ["10.1.0.255", "10.1.0.1 eth1 255.255.255.255", { allowBroadcast: true }],
    ["255.255.255.255", "EACCES"],
    ["255.255.255.255", "10.1.0.1 eth1 255.255.255.255", { allowBroadcast: true }],
    [
      "255.255.255.255",
      "10.2.0.1 eth2 255.255.255.255",
      { allowBroadcast: true, interfaceIndex: 3 },
    ],
    [
      "255.255.255.255",
      "10.2.0.1 eth2 255.255.255.255",
      { allowBroadcast: true, source: ip("10.2.0.1") },
    ],
    ["224.0.0.9", "10.1.0.1 eth1 224.0.0.9"],
    ["224.0.0.9", "10.2.0.1 eth2 224.0.0.9", { interfaceIndex: 3 }],
    ["ff02::9", "fe80::1 eth1 ff02::9"],
    ["ff0e::9", "2001:db8:2::1 eth2 ff0e::9", { source: ip("2001:db8:2::1") }],
  ];
  for (const [destination, expected, options] of rows) {
    const wish = Object.entries(options ?? {}).map(([key, value]) => `${key} ${value}`);
    it(`${destination}${wish.length > 0 ? ` (${wish.join(", ")})` : ""}: ${expected}`, () => {
      assert.equal(net().way(destination, options), expected);
    });
  }

  it("takes the MTU of the interface, or the lower one that the way turned out to have", () => {
    const { finder, pathMtus } = net();
    const [near, far] = [ip("10.2.0.9"), ip("10.2.0.8")];
    const mtuOf = (destination: IpAddress): number => {
      const path = finder.find(destination, { protocol: 6 }, 0);
      return typeof path === "number" ? path : path.mtu;
    };
    pathMtus.report(far, { mtu: 1400, packetLength: 9000, current: 9000 }, 0);
    assert.deepEqual([mtuOf(near), mtuOf(far)], [9000, 1400]);
  });

  it("lets paths in use follow routes, addresses and interfaces", () => {
    const { finder, routes, eth1 } = net();
    const path = finder.find(ip("192.0.2.1"), { protocol: 6 }, 0);
    assert.ok(typeof path !== "number");
    assert.equal(path.refresh(), 0);
    routes.removeWhere(({ gateway }) => gateway !== null);
    assert.equal(path.refresh(), -Errno.ENETUNREACH);
    routes.add({
      prefix: IpPrefix.parse("0.0.0.0/0") ?? assert.fail(),
      gateway: ip("10.1.0.7"),
      iface: eth1,
      origin: "static",
    });
    assert.deepEqual([path.refresh(), path.nextHop.toString()], [0, "10.1.0.7"]);
    const entry = eth1.find(path.source) ?? assert.fail();
    eth1.remove(entry);
    finder.noteAddressChange();
    assert.equal(path.refresh(), -Errno.EADDRNOTAVAIL, "its source is gone");
  });

  // req: ip/V4O-1
  it("finds a way from nowhere only for who is being configured", () => {
    const { finder, eth2 } = net();
    for (const entry of [...eth2.addresses]) eth2.remove(entry);
    const wish = { protocol: 17, interfaceIndex: 3, allowBroadcast: true };
    const path = finder.find(IpAddress.BROADCAST4, { ...wish, unconfigured: true }, 0);
    assert.ok(typeof path !== "number" && path.source.isUnspecified && path.iface === eth2);
    const configured = finder.find(IpAddress.BROADCAST4, wish, 0);
    assert.ok(typeof configured !== "number");
    assert.equal(configured.source.toString(), "10.1.0.1", "others lend theirs");
    finder.noteAddressChange();
    assert.equal(path.refresh(), 0);
  });
});

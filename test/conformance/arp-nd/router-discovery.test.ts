import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import type { InterfaceConfig } from "../../../src/stack/interface-config.ts";
import { ipv6HopLimit } from "../../../src/wire/ipv6.ts";
import { NdFlag } from "../../../src/wire/ndp.ts";
import { neighborAdvertisement } from "../../support/nd-builders.ts";
import { ip, PEER_MAC, V6, WireHost } from "../../support/network-host.ts";
import {
  type Advertised,
  advertisement,
  dnsOption,
  prefixOption,
  routeOption,
} from "../../support/network-routers.ts";

const ROUTER = ip("fe80::fe");
const SECOND = ip("fe80::ff");
const FORMED = "2001:db8:a::ff:fe00:1";

function listening(config: InterfaceConfig = {}, seed = 1): WireHost {
  const all = { addresses: ["fe80::1/64"], slaac: true, duplicateAddressDetection: 0, ...config };
  return new WireHost({ knowsPeer: false, config: all, keepsFirstFrames: true, seed });
}

function hears(host: WireHost, shape: Partial<Advertised> = {}): WireHost {
  host.inject(advertisement({ router: ROUTER, lifetime: 1800, ...shape }));
  return host;
}

function routerOf(host: WireHost, destination: IpAddress = V6.far): string | null {
  const route = host.network.ip.routes.lookup(destination, 0, host.now);
  return route?.gateway?.toString() ?? (route === null ? null : "on link");
}

function solicitations(host: WireHost, forMs: number): number[] {
  const times: number[] = [];
  for (const until = host.now + forMs; host.now <= until; host.advance(50)) {
    for (const line of host.sent()) if (line.includes("router solicitation")) times.push(host.now);
  }
  return times;
}

describe("router solicitation", () => {
  // req: arp-nd/RD-1, arp-nd/RD-2
  it("goes out within a second, again after 4 s, and ever more rarely until somebody answers", () => {
    const host = listening();
    const [first = 0, ...others] = solicitations(host, 300_000);
    const gaps = others.map((time, index) => time - [first, ...others][index]!);
    assert.ok(first <= 1050);
    for (const [index, expected] of [4000, 8000, 16_000, 32_000, 64_000].entries()) {
      const gap = gaps[index] ?? 0;
      assert.ok(gap > expected * 0.6 && gap < expected * 1.7, `${index}: ${gap}`);
    }
    hears(host);
    assert.deepEqual(solicitations(host, 300_000), []);
  });

  // req: arp-nd/RD-1
  it("has our link address unless it comes from nowhere", () => {
    const told = (config: InterfaceConfig): string => {
      const host = listening(config);
      host.advance(1000);
      const line = host.sent().find((sent) => sent.includes("router solicitation"));
      return line ?? "";
    };
    assert.match(told({}), /^IP6 fe80::1 > ff02::2: .*length 16$/);
    assert.match(told({ addresses: [] }), /^IP6 :: > ff02::2: .*length 8$/);
  });

  // req: arp-nd/RD-11
  it("is not answered: a host advertises nothing", () => {
    const host = listening();
    host.advance(10_000);
    assert.deepEqual(
      host.sent().filter((line) => line.includes("router advertisement")),
      [],
    );
  });
});

describe("router advertisement", () => {
  // req: arp-nd/ND-7
  it("counts only from a link-local address", () => {
    const host = hears(listening(), { router: V6.peer });
    assert.deepEqual([host.drops(), routerOf(host)], [{ "nd-bad-source": 1 }, null]);
  });

  // req: arp-nd/RD-4, arp-nd/RD-16, arp-nd/NUD-6
  it("makes a default router for its lifetime, a neighbour that is not proven to be reachable", () => {
    const host = hears(listening(), { lifetime: 30 });
    assert.equal(routerOf(host), "fe80::fe");
    assert.deepEqual(
      host.network.neighbors(host.iface).map(({ state, isRouter }) => [state, isRouter]),
      [["stale", true]],
    );
    host.advance(20_000);
    hears(host, { lifetime: 30 });
    host.advance(29_999);
    assert.equal(routerOf(host), "fe80::fe");
    host.advance(1);
    assert.equal(routerOf(host), null);
  });

  // req: arp-nd/RD-4, arp-nd/RD-10
  it("of lifetime 0 takes the router away at once; paths in use look for another", () => {
    const host = hears(hears(listening()), { router: SECOND });
    const path = host.path(V6.far);
    assert.equal(path.nextHop.toString(), "fe80::fe");
    hears(host, { lifetime: 0 });
    assert.equal(path.nextHop.toString(), "fe80::ff");
  });

  // req: arp-nd/RD-5
  it("of two routers makes two: when one is silent the other is used", () => {
    const host = hears(hears(listening(), { mac: null }), { router: SECOND, mac: null });
    const path = host.path(V6.far);
    host.send(V6.far, 4, { path });
    host.advance(3000);
    assert.equal(path.nextHop.toString(), "fe80::ff");
  });

  // req: arp-nd/RD-14
  it("of a preferred router wins, and routes to less than everything", () => {
    const host = hears(listening(), { preference: 0 });
    hears(host, { router: SECOND, preference: 1 });
    assert.equal(routerOf(host), "fe80::ff");
    const toFar = routeOption(ip("2001:db8::"), 32, 600, 0);
    hears(host, { options: [...toFar] });
    assert.deepEqual([routerOf(host), routerOf(host, ip("3fff::1"))], ["fe80::fe", "fe80::ff"]);
    hears(host, { options: [...routeOption(ip("2001:db8::"), 32, 0, 0)] });
    assert.equal(routerOf(host), "fe80::ff");
  });

  // req: arp-nd/ND-27
  it("is void when the neighbour says that it is no router any more", () => {
    const host = hears(listening());
    const ends = { ...V6.inward, source: ROUTER, destination: ip("fe80::1") };
    host.inject(neighborAdvertisement(ends, ROUTER, PEER_MAC, NdFlag.SOLICITED | NdFlag.OVERRIDE));
    assert.equal(routerOf(host), null);
  });

  // req: arp-nd/RD-3, arp-nd/RD-6, arp-nd/RD-7
  it("sets hop limit, times and MTU; what it leaves open stays", () => {
    const host = hears(listening({ addresses: ["fe80::1/64", "fd77::1/64"] }), {
      hopLimit: 17,
      retransTimer: 300,
      mtu: 1400,
    });
    hears(host, { hopLimit: 0, retransTimer: 0 });
    host.frames();
    host.send(V6.peer, 1400);
    const asked: number[] = [];
    for (const began = host.now; host.now - began < 1000; host.advance(10)) {
      if (host.sent().some((line) => line.includes("solicitation, who has fd77::2")))
        asked.push(host.now - began);
    }
    assert.deepEqual(asked, [0, 300, 600]);
    host.network.setNeighbor(host.iface, V6.peer, PEER_MAC, host.now);
    host.send(V6.peer, 4);
    const [frame] = host.frames().filter((sent) => sent[20] === 253);
    assert.equal(frame && ipv6HopLimit(new DataView(frame.buffer), 14), 17);
    assert.equal(host.path(V6.peer).mtu, 1400);
    hears(host, { mtu: 1450 });
    assert.equal(host.path(V6.peer).mtu, 1450, "the latest word counts");
    assert.equal(host.iface.mtu, 1500, "IPv4 has not been spoken of");
  });

  // req: arp-nd/RD-7
  it("sets no MTU below 1280 or above the link's", () => {
    for (const mtu of [0, 68, 1279, 1501, 65_535, 0xffffffff]) {
      const host = hears(listening(), { mtu });
      assert.equal(host.iface.mtuV6, 1500, String(mtu));
    }
  });

  // req: arp-nd/RD-8, arp-nd/RD-9
  it("puts prefixes on the link for their lifetime, and none off it", () => {
    const host = hears(listening({ slaac: false, acceptRouterAdvertisements: true }));
    const near = ip("2001:db8:a::77");
    const tell = (shape: { valid: number; flags?: number; prefix?: IpAddress }): void => {
      const { valid, flags = 0x80, prefix = ip("2001:db8:a::") } = shape;
      hears(host, { options: [...prefixOption(prefix, { flags, valid, preferred: 0 })] });
    };
    assert.equal(routerOf(host, near), "fe80::fe");
    tell({ valid: 60 });
    assert.equal(routerOf(host, near), "on link");
    tell({ valid: 60, flags: 0 });
    assert.equal(routerOf(host, near), "on link", "L=0 says nothing");
    host.advance(60_000);
    assert.equal(routerOf(host, near), "fe80::fe");
    tell({ valid: 0xffffffff });
    host.advance(1e9);
    hears(host);
    assert.equal(routerOf(host, near), "on link");
    tell({ valid: 0 });
    assert.equal(routerOf(host, near), "fe80::fe");
    tell({ valid: 60, prefix: ip("fe80::") });
    const linkLocal = host.network.ip.routes.routes.filter(
      ({ prefix }) => prefix.address.isLinkLocal,
    );
    assert.deepEqual(
      linkLocal.map(({ origin, validUntil }) => [origin, validUntil]),
      [["connected", Infinity]],
    );
  });

  // req: arp-nd/RD-15
  it("names DNS servers for a time, and takes them back", () => {
    const host = listening();
    const names = (): string => host.network.dnsServers(host.now).join();
    const [a, b] = [ip("2001:db8::53"), ip("fe80::53")];
    hears(host, { options: [...dnsOption(60, [a, b])] });
    assert.equal(names(), "2001:db8::53,fe80::53");
    hears(host, { options: [...dnsOption(0, [a])] });
    assert.equal(names(), "fe80::53");
    host.advance(60_000);
    assert.equal(names(), "");
    for (let i = 0; i < 50; i++) {
      hears(host, { options: [...dnsOption(600 + i, [ip(`2001:db8::${i.toString(16)}`)])] });
    }
    assert.equal(host.network.dnsServers(host.now).length, 8);
    assert.ok(names().endsWith("2001:db8::31"));
  });

  it("with the Bad Neighbor's option, or any rubbish, does no harm", () => {
    const host = listening();
    const rdnssEven = [25, 4, 0, 0, 0, 0, 7, 8, ...new Array<number>(24).fill(1)];
    const shortPrefix = [3, 3, 64, 0xc0, ...new Array<number>(20).fill(0xff)];
    const longPrefix = prefixOption(ip("2001:db8:a::"), {
      flags: 0xc0,
      valid: 9,
      preferred: 9,
      length: 200,
    });
    for (const options of [rdnssEven, shortPrefix, [...longPrefix], [24, 1, 128, 0, 0, 0, 0, 9]]) {
      hears(host, { options });
    }
    assert.deepEqual(host.drops(), {});
    assert.equal(host.iface.addresses.length, 1);
  });

  it("a thousand times, each from another router with another prefix, takes bounded memory", () => {
    const host = listening();
    for (let i = 0; i < 1000; i++) {
      const router = ip(`fe80::${(i + 0x1000).toString(16)}`);
      const prefix = ip(`2001:db8:${i.toString(16)}::`);
      const options = [...prefixOption(prefix, { flags: 0xc0, valid: 9000, preferred: 9000 })];
      hears(host, { router, options });
    }
    assert.ok(host.network.ip.routes.routes.length <= 256 + 20);
    assert.ok(host.iface.addresses.length <= 1 + 16);
  });
});

describe("autoconfiguration", () => {
  const formed = (host: WireHost) => host.iface.find(ip(FORMED));
  const tell = (
    host: WireHost,
    valid: number,
    preferred: number,
    extra: { length?: number; flags?: number } = {},
  ): void => {
    const shape = { flags: 0xc0, valid, preferred, ...extra };
    hears(host, { options: [...prefixOption(ip("2001:db8:a::"), shape)] });
  };
  const remaining = (host: WireHost): number => ((formed(host)?.validUntil ?? 0) - host.now) / 1000;

  // req: arp-nd/SL-3, arp-nd/DAD-1, arp-nd/SL-9
  it("forms an address of a prefix and the card, and checks it before use", () => {
    const host = listening({ duplicateAddressDetection: 1 });
    tell(host, 3600, 1800);
    assert.equal(formed(host)?.state, "tentative");
    host.advance(2500);
    assert.equal(formed(host)?.state, "preferred");
    assert.equal(host.network.isReady(), true);
    const lines = host.sent().filter((line) => line.includes(FORMED));
    assert.equal(lines.length, 2, "a question, and an announcement");
  });

  // req: arp-nd/SL-2
  const ignored: [string, number, number, { length?: number; flags?: number }][] = [
    ["without the flag", 3600, 1800, { flags: 0x80 }],
    ["preferred for longer than valid", 1800, 3600, {}],
    ["of another length than 64", 3600, 1800, { length: 63 }],
    ["with lifetime 0", 0, 0, {}],
  ];
  for (const [what, valid, preferred, extra] of ignored) {
    it(`makes nothing of a prefix ${what}`, () => {
      const host = listening();
      tell(host, valid, preferred, extra);
      assert.equal(host.iface.addresses.length, 1);
    });
  }

  // req: arp-nd/SL-4
  const lifetimes: [number, number, number, string][] = [
    [10_000, 20_000, 20_000, "longer: taken"],
    [20_000, 8000, 8000, "shorter, but more than two hours: taken"],
    [20_000, 60, 7200, "less than two hours: two hours"],
    [20_000, 0, 7200, "nothing: two hours"],
    [7200, 60, 7200, "two hours remain: ignored"],
    [3600, 1800, 3600, "less remains: ignored"],
    [3600, 3700, 3700, "longer than what remains: taken"],
  ];
  for (const [first, second, expected, why] of lifetimes) {
    it(`keeps an address valid for ${expected} s: ${first} s, then ${second} s (${why})`, () => {
      const host = listening();
      tell(host, first, 0);
      tell(host, second, 0);
      assert.equal(remaining(host), expected);
    });
  }

  // req: arp-nd/SL-5, arp-nd/SL-6, arp-nd/SL-7
  it("deprecates an address, revives it, and lets it go", () => {
    const host = listening();
    tell(host, 3600, 60);
    host.advance(60_000);
    assert.equal(formed(host)?.state, "deprecated");
    assert.equal(
      host.path(V6.far, { interfaceIndex: host.iface.index }).source.toString(),
      FORMED,
      "there is no better",
    );
    host.network.addAddress(host.iface, "2001:db8:b::1/64", host.now);
    assert.equal(host.path(V6.far).source.toString(), "2001:db8:b::1");
    assert.ok(host.iface.owns(ip(FORMED)), "packets for it still come in");
    tell(host, 3600, 100);
    assert.equal(formed(host)?.state, "preferred");
    host.advance(3_600_000);
    assert.equal(formed(host), undefined);
    assert.ok(!host.iface.owns(ip(FORMED)));
  });

  it("leaves addresses set by hand alone", () => {
    const host = listening({ addresses: ["fe80::1/64", `${FORMED}/64`] });
    tell(host, 60, 60);
    host.advance(1e7);
    assert.equal(formed(host)?.state, "preferred");
  });
});

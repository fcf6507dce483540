import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksum } from "../../../src/base/checksum.ts";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { IpPrefix } from "../../../src/base/ip-prefix.ts";
import { ethernetDestination } from "../../../src/wire/ethernet.ts";
import { ipv4Flags, ipv4HeaderLength, ipv4Tos, ipv4Ttl } from "../../../src/wire/ipv4.ts";
import { ipv6FlowLabel, ipv6HopLimit, ipv6TrafficClass } from "../../../src/wire/ipv6.ts";
import { type Ends, ipFrame } from "../../support/frame-builders.ts";
import {
  FAMILIES,
  ip,
  octets,
  TEST_PROTOCOL,
  V4,
  V6,
  WireHost,
} from "../../support/network-host.ts";

const AT = 14;

function onlyFrame(host: WireHost): DataView {
  const frames = host.frames();
  assert.equal(frames.length, 1);
  const [frame = new Uint8Array()] = frames;
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}

describe("IPv4 output: the header", () => {
  // req: ip/V4O-2
  it("has TTL 64 by default, the host's or the sender's choice otherwise, and never 0", () => {
    const ttlOf = (host: WireHost, hopLimit: number): number => {
      assert.equal(host.send(V4.peer, 1, { hopLimit }), 0);
      return ipv4Ttl(onlyFrame(host), AT);
    };
    const host = new WireHost();
    assert.deepEqual(
      [0, 1, 255].map((hopLimit) => ttlOf(host, hopLimit)),
      [64, 1, 255],
    );
    assert.equal(ttlOf(new WireHost({ ip: { hopLimit: 33 } }), 0), 33);
  });

  // req: ip/V4O-3, ip/DS-1
  it("carries the DS octet that the sender chose", () => {
    const host = new WireHost();
    host.send(V4.peer, 1, { trafficClass: 0xb9 });
    assert.equal(ipv4Tos(onlyFrame(host), AT), 0xb9);
  });

  // req: ip/V4O-10, ip/V4O-12
  it("has a checksum that sums to zero, for headers of every kind", () => {
    const host = new WireHost();
    for (let trafficClass = 0; trafficClass < 256; trafficClass++) {
      host.send(V4.peer, trafficClass, { trafficClass, fragmentEnRoute: trafficClass % 2 === 0 });
      const view = onlyFrame(host);
      assert.equal(checksum(view, AT, AT + ipv4HeaderLength(view, AT)), 0);
    }
  });

  // req: ip/FRAG-14, ip/FRAG-16
  it("sets DF on what fits, so that a smaller MTU on the way comes to light, unless told not to", () => {
    const host = new WireHost();
    host.send(V4.peer, 100);
    assert.equal(ipv4Flags(onlyFrame(host), AT), 0x4000);
    host.send(V4.peer, 100, { fragmentEnRoute: true });
    assert.equal(ipv4Flags(onlyFrame(host), AT), 0);
  });
});

describe("IPv6 output: the header", () => {
  it("has hop limit 64 and the sender's traffic class", () => {
    const host = new WireHost();
    host.send(V6.peer, 1, { trafficClass: 0xba });
    const view = onlyFrame(host);
    assert.deepEqual([ipv6HopLimit(view, AT), ipv6TrafficClass(view, AT)], [64, 0xba]);
  });

  // req: ip/V6-17
  it("has one flow label for each path, another for the next, spread over 20 bits", () => {
    const host = new WireHost();
    const labelOf = (path = host.path(V6.peer)): number => {
      host.send(V6.peer, 1, { path });
      return ipv6FlowLabel(onlyFrame(host), AT);
    };
    const path = host.path(V6.peer);
    assert.equal(labelOf(path), labelOf(path));
    const labels = Array.from({ length: 200 }, () => labelOf());
    assert.equal(new Set(labels).size, 200);
    for (let bit = 0; bit < 20; bit++) {
      const ones = labels.filter((label) => label & (1 << bit)).length;
      assert.ok(ones > 60 && ones < 140, `bit ${bit}: ${ones} of 200`);
    }
    host.send(V6.peer, 1, { flowLabel: 0 });
    assert.equal(ipv6FlowLabel(onlyFrame(host), AT), 0);
  });

  // req: ip/V6-17
  it("ignores the flow label of what arrives", () => {
    const host = new WireHost();
    host.inject(ipFrame(V6.inward, TEST_PROTOCOL, octets(3), { flowLabel: 0xabcde }));
    assert.equal(host.heard.length, 1);
  });
});

describe("output: where to", () => {
  for (const family of FAMILIES) {
    const { name, ours, peer, far, gateway } = family;

    // req: ip/V4O-1, ip/V4O-7
    it(`${name}: sends only from an address of this host`, () => {
      const host = new WireHost();
      const find = (source: IpAddress) =>
        host.network.findPath(peer, { protocol: TEST_PROTOCOL, source }, 0);
      assert.equal(find(far), -Errno.EADDRNOTAVAIL);
      const path = find(ours);
      assert.ok(typeof path !== "number" && path.source.equals(ours));
    });

    // req: ip/V4O-4, arp-nd/ND-12, arp-nd/ND-13
    it(`${name}: works without any router, and takes nothing beyond the subnet for local`, () => {
      const host = new WireHost();
      assert.equal(host.send(peer, 4), 0);
      assert.equal(host.frames().length, 1);
      assert.equal(host.send(far, 4), -Errno.ENETUNREACH);
      assert.deepEqual(host.frames(), []);
    });

    // req: ip/V4O-5, arp-nd/ND-12
    it(`${name}: goes by the gateway to what is far, and straight to what is near`, () => {
      const host = new WireHost({ config: { gateway: [gateway.toString()] } });
      assert.ok(host.path(far).nextHop.equals(gateway));
      assert.ok(host.path(peer).nextHop.equals(peer));
    });

    // req: ip/V4O-5
    it(`${name}: prefers the longest prefix, then the lowest metric`, () => {
      const host = new WireHost({ config: { gateway: gateway.toString() } });
      const { routes } = host.network.ip;
      const [better, best] = [peer, family.stranger];
      const add = (length: number, hop: IpAddress, metric: number): void => {
        const prefix = new IpPrefix(far, length);
        routes.add({ prefix, gateway: hop, iface: host.iface, origin: "static", metric });
      };
      const path = host.path(far);
      add(112, better, 5);
      assert.ok(path.nextHop.equals(better), "a path in use follows the table");
      add(112, best, 4);
      assert.ok(path.nextHop.equals(best));
      add(104, gateway, 0);
      assert.ok(path.nextHop.equals(best));
    });

    // req: ip/V4O-11, ip/ADDR-3
    it(`${name}: our own addresses and the unspecified one stay inside`, () => {
      const host = new WireHost();
      for (const destination of [ours, family.isV6 ? IpAddress.ANY6 : IpAddress.ANY4]) {
        assert.equal(host.send(destination, 4), 0);
      }
      assert.deepEqual(host.frames(), []);
      const loopback = family.isV6 ? "::1" : "127.0.0.1";
      assert.deepEqual(
        host.heard.map(({ source, destination, iface }) => [source, destination, iface]),
        [
          [ours.toString(), ours.toString(), "lo"],
          [loopback, loopback, "lo"],
        ],
      );
    });

    it(`${name}: says so when the card is full or the interface down`, () => {
      const host = new WireHost();
      const path = host.path(peer);
      host.card.isFull = true;
      assert.equal(host.send(peer, 4, { path }), -Errno.ENOBUFS);
      host.iface.up = false;
      assert.equal(host.send(peer, 4, { path }), -Errno.ENETDOWN);
    });
  }

  // req: ip/V4O-1
  it("IPv4: sends from 0.0.0.0 only while it is being configured", () => {
    const host = new WireHost({ config: { addresses: [] } });
    const { index } = host.iface;
    const wish = { protocol: TEST_PROTOCOL, interfaceIndex: index, allowBroadcast: true };
    const broadcast = IpAddress.BROADCAST4;
    assert.equal(host.network.findPath(broadcast, wish, 0), -Errno.EADDRNOTAVAIL);
    const path = host.network.findPath(broadcast, { ...wish, unconfigured: true }, 0);
    assert.ok(typeof path !== "number");
    assert.equal(path.source.toString(), "0.0.0.0");
    assert.equal(host.send(broadcast, 4, { path }), 0);
    assert.ok(ethernetDestination(onlyFrame(host), 0).isBroadcast);
  });

  // req: ip/V4O-8
  it("IPv4: broadcasts only when asked, the limited broadcast on one interface", () => {
    const host = new WireHost();
    for (const destination of ["255.255.255.255", "10.77.0.255"]) {
      const find = (allowBroadcast: boolean) =>
        host.network.findPath(ip(destination), { protocol: TEST_PROTOCOL, allowBroadcast }, 0);
      assert.equal(find(false), -Errno.EACCES);
      const path = find(true);
      assert.ok(typeof path !== "number" && path.isBroadcast);
      assert.equal(host.send(ip(destination), 4, { path }), 0);
      const view = onlyFrame(host);
      assert.ok(ethernetDestination(view, 0).isBroadcast);
      assert.equal(host.tell(new Uint8Array(view.buffer)).split(" ")[3], `${destination}:`);
    }
  });

  // req: ip/V4O-9, ip/ADDR-7
  const groups: [string, string, number][] = [
    ["224.1.2.3", "01:00:5e:01:02:03", 1],
    ["239.255.254.253", "01:00:5e:7f:fe:fd", 1],
    ["ff02::1:2", "33:33:00:01:00:02", 1],
    ["ff05::abcd:9876", "33:33:ab:cd:98:76", 1],
  ];
  for (const [group, mac, hopLimit] of groups) {
    it(`maps ${group} to ${mac}, with hop limit 1 unless told`, () => {
      const host = new WireHost();
      host.send(ip(group), 4);
      const view = onlyFrame(host);
      assert.equal(ethernetDestination(view, 0).toString(), mac);
      const told = group.includes(":") ? ipv6HopLimit(view, AT) : ipv4Ttl(view, AT);
      assert.equal(told, hopLimit);
    });
  }

  it("gives members on this host a copy of what goes to a group or to all, unless told not to", () => {
    const host = new WireHost();
    const group = ip("224.0.0.9");
    host.send(group, 4);
    assert.equal(host.heard.length, 0, "not a member yet");
    host.iface.groups.join(group);
    host.send(group, 4);
    host.send(group, 4, { multicastLoop: false });
    assert.deepEqual(
      host.heard.map(({ source, iface }) => [source, iface]),
      [["10.77.0.1", "eth0"]],
    );
    const path = host.path(IpAddress.BROADCAST4, { allowBroadcast: true });
    host.send(IpAddress.BROADCAST4, 4, { path });
    assert.equal(host.heard.length, 2);
  });
});

describe("output: addresses with a zone", () => {
  // req: ip/ADDR-5
  it("needs the interface of a link-local IPv6 destination", () => {
    const host = new WireHost({ config: { addresses: ["fe80::1/64", "fd77::1/64"] } });
    const peer = ip("fe80::2");
    const find = (interfaceIndex: number) =>
      host.network.findPath(peer, { protocol: TEST_PROTOCOL, interfaceIndex }, 0);
    assert.equal(find(0), -Errno.EINVAL);
    assert.equal(find(99), -Errno.ENODEV);
    const path = find(host.iface.index);
    assert.ok(typeof path !== "number");
    assert.deepEqual([path.source.toString(), path.iface.name], ["fe80::1", "eth0"]);
  });

  // req: arp-nd/LL4-5, arp-nd/LL4-7
  it("never sends IPv4 link-local packets to a router", () => {
    const config = { addresses: ["169.254.7.1/16", "10.77.0.1/24"], gateway: "10.77.0.254" };
    const host = new WireHost({ config });
    const peer = ip("169.254.9.9");
    assert.ok(host.path(peer).nextHop.equals(peer));
    const fromLinkLocal = host.path(V4.far, { source: ip("169.254.7.1") });
    assert.ok(fromLinkLocal.nextHop.equals(V4.far), "asked for on the link, not routed");
    assert.equal(host.path(V4.far).source.toString(), "10.77.0.1");
  });

  // req: ip/ADDR-2
  it("neither sends to the unspecified address nor takes it for anything but this host", () => {
    const host = new WireHost();
    assert.equal(host.path(IpAddress.ANY6).destination.toString(), "::1");
    const ends: Ends = { ...V6.inward, destination: IpAddress.ANY6 };
    host.inject(ipFrame(ends, TEST_PROTOCOL, octets(2)));
    assert.deepEqual(host.drops(), { "ip-not-for-us": 1 });
  });
});

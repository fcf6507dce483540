import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { ipv4Flags, ipv4Identification } from "../../../src/wire/ipv4.ts";
import { icmpMessage, icmpProtocol, ipFrame, quoteOf } from "../../support/frame-builders.ts";
import { FAMILIES, type Family, PEER_MAC, V4, V6, WireHost } from "../../support/network-host.ts";

/** A host that has just sent 1,500 octets beyond its gateway, and the frame that it sent. */
function hostWithPacket(family: Family): { host: WireHost; frame: Uint8Array } {
  const config = { gateway: [V4.gateway.toString(), V6.gateway.toString()] };
  const host = new WireHost({ config });
  for (const { gateway } of FAMILIES) host.network.setNeighbor(host.iface, gateway, PEER_MAC, 0);
  host.send(family.far, 1500 - family.headerLength);
  const [frame] = host.frames();
  assert.ok(frame);
  return { host, frame };
}

/** A router says that `frame` was longer than `mtu`. */
function tooBig(family: Family, frame: Uint8Array, mtu: number, quoted = 548): Uint8Array {
  const ends = { ...family.inward, source: family.gateway };
  const body = quoteOf(frame, quoted);
  const message = family.isV6
    ? icmpMessage(ends, 2, 0, { word: mtu, body })
    : icmpMessage(ends, 3, 4, { word: mtu, body });
  return ipFrame(ends, icmpProtocol(ends), message);
}

for (const family of FAMILIES) {
  describe(`${family.name} path MTU`, () => {
    // req: ip/MTU-1, ip/MTU-5, icmp/I4-14, icmp/I6-19, icmp/I6-17
    it("follows a report, for that destination alone, and tells the transport", () => {
      const { host, frame } = hostWithPacket(family);
      const path = host.path(family.far);
      const heard: [string, number][] = [];
      host.network.ip.setPathMtuListener((to, mtu) => heard.push([to.toString(), mtu]));
      host.inject(tooBig(family, frame, 1400));
      assert.deepEqual([path.mtu, path.linkMtu, host.path(family.peer).mtu], [1400, 1500, 1500]);
      assert.deepEqual(
        host.errors.map(({ errno, hard, mtu }) => ({ errno, hard, mtu })),
        [{ errno: Errno.EMSGSIZE, hard: false, mtu: 1400 }],
      );
      assert.deepEqual(heard, [[family.far.toString(), 1400]]);
      assert.equal(host.send(family.far, 1480, { dontFragment: true }), -Errno.EMSGSIZE);
      host.send(family.far, 1460);
      assert.equal(host.frames().length, 2, "cut in two here");
    });

    // req: ip/MTU-6
    it("is never raised by a report, nor lowered by one about less than it is", () => {
      const { host, frame } = hostWithPacket(family);
      const path = host.path(family.far);
      for (const mtu of [1500, 9000, 65_535]) host.inject(tooBig(family, frame, mtu));
      assert.equal(path.mtu, 1500);
      host.inject(tooBig(family, frame, 1300), tooBig(family, frame, 1400));
      assert.equal(path.mtu, 1300);
    });

    // req: ip/MTU-4
    it("is tried again at full size ten minutes after the last report", () => {
      const { host, frame } = hostWithPacket(family);
      const path = host.path(family.far);
      host.inject(tooBig(family, frame, 1400));
      host.advance(300_000);
      host.inject(tooBig(family, frame, 1350));
      host.advance(599_999);
      assert.equal(path.mtu, 1350);
      host.advance(1);
      assert.equal(path.mtu, 1500);
    });

    // req: ip/MTU-3, icmp/ISEC-2, icmp/I4-34
    it("stays for a quote that is not ours, or that the transport does not know", () => {
      const { host, frame } = hostWithPacket(family);
      const path = host.path(family.far);
      const foreign = tooBig(family, ipFrame(family.inward, 253, new Uint8Array(1400)), 1300);
      host.believes = false;
      host.inject(foreign, tooBig(family, frame, 1300), tooBig(family, frame, 1300, 10));
      assert.equal(path.mtu, 1500);
      assert.deepEqual([host.drops(), host.errors], [{ "icmp-bad-quote": 3 }, []]);
    });

    it("of a bounded number of destinations is remembered", () => {
      const config = { gateway: [V4.gateway.toString(), V6.gateway.toString()] };
      const host = new WireHost({ config, ip: { pathMtuEntries: 10 } });
      host.network.setNeighbor(host.iface, family.gateway, PEER_MAC, 0);
      const paths = Array.from({ length: 30 }, (_, index) => {
        const { a, b, c, d } = family.far;
        const destination = new IpAddress(a, b, c, d + index);
        host.send(destination, 1400);
        const [frame = new Uint8Array()] = host.frames();
        host.inject(tooBig(family, frame, 1300));
        return host.path(destination);
      });
      assert.equal(paths.filter((path) => path.mtu === 1300).length, 10);
    });
  });
}

describe("IPv4 path MTU", () => {
  // req: ip/MTU-1
  it("takes the next plateau when the router does not say", () => {
    const { host, frame } = hostWithPacket(V4);
    const path = host.path(V4.far);
    const plateaus = [1492, 1006];
    for (const plateau of plateaus) {
      host.inject(tooBig(V4, frame, 0));
      assert.equal(path.mtu, plateau);
    }
  });

  // req: ip/MTU-1
  it("goes no lower than its floor: below, routers may cut what we send", () => {
    const { host, frame } = hostWithPacket(V4);
    const path = host.path(V4.far);
    host.inject(tooBig(V4, frame, 100));
    assert.deepEqual([path.mtu, path.mayBeFragmented], [552, true]);
    const ids = [1, 2, 3].map(() => {
      host.send(V4.far, 500);
      const [sent = new Uint8Array(64)] = host.frames();
      const view = new DataView(sent.buffer);
      assert.equal(ipv4Flags(view, 14), 0);
      return ipv4Identification(view, 14);
    });
    assert.equal(new Set(ids).size, 3);
  });

  // req: ip/MTU-1
  it("goes down to 68 where the owner allows it", () => {
    const config = { gateway: V4.gateway.toString() };
    const host = new WireHost({ config, ip: { minPathMtu: 68 } });
    host.network.setNeighbor(host.iface, V4.gateway, PEER_MAC, 0);
    host.send(V4.far, 1480);
    const [frame = new Uint8Array()] = host.frames();
    host.inject(tooBig(V4, frame, 68));
    assert.equal(host.path(V4.far).mtu, 68);
    host.inject(tooBig(V4, frame, 60));
    assert.equal(host.path(V4.far).mtu, 68);
  });
});

describe("IPv6 path MTU", () => {
  // req: ip/MTU-2, ip/FR6-12
  it("ignores a report below 1280", () => {
    const { host, frame } = hostWithPacket(V6);
    for (const mtu of [0, 68, 1279]) host.inject(tooBig(V6, frame, mtu));
    assert.equal(host.path(V6.far).mtu, 1500);
    assert.deepEqual([host.drops(), host.errors], [{ "icmp-ignored": 3 }, []]);
    host.inject(tooBig(V6, frame, 1280));
    assert.equal(host.path(V6.far).mtu, 1280);
  });

  // req: icmp/I6-19
  it("ignores the code of the report", () => {
    const { host, frame } = hostWithPacket(V6);
    const ends = { ...V6.inward, source: V6.gateway };
    const message = icmpMessage(ends, 2, 77, { word: 1300, body: quoteOf(frame) });
    host.inject(ipFrame(ends, icmpProtocol(ends), message));
    assert.equal(host.path(V6.far).mtu, 1300);
  });
});

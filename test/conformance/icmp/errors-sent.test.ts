import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import type { IpError } from "../../../src/ip/upper.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import type { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import {
  type Ends,
  fragmentFrame,
  icmpMessage,
  icmpProtocol,
  ipFrame,
  quoteOf,
} from "../../support/frame-builders.ts";
import {
  FAMILIES,
  type Family,
  ip,
  octets,
  TEST_PROTOCOL,
  V4,
  V6,
  WireHost,
  type WireHostOptions,
} from "../../support/network-host.ts";

/** A protocol that nobody speaks here. */
const UNKNOWN = 199;

/** The error's type, code, word and quote; null when there was none. */
function onlyError(
  host: WireHost,
  family: Family,
): { type: number; code: number; quote: Uint8Array; tos: number; length: number } | null {
  const frames = host.frames();
  assert.ok(frames.length <= 1);
  const [frame] = frames;
  if (frame === undefined) return null;
  const at = 14 + family.headerLength;
  const view = new DataView(frame.buffer);
  const tos = family.isV6 ? (view.getUint16(14) >>> 4) & 0xff : view.getUint8(15);
  const [type, code] = [view.getUint8(at), view.getUint8(at + 1)];
  return { type, code, quote: frame.slice(at + 8), tos, length: frame.length - 14 };
}

function unknownProtocol(family: Family, ends: Partial<Ends> = {}, length = 20): Uint8Array {
  return ipFrame({ ...family.inward, ...ends }, UNKNOWN, octets(length));
}

for (const family of FAMILIES) {
  const { isV6 } = family;
  const expected = isV6 ? [4, 1] : [3, 2];

  describe(`${family.name}: an ICMP error`, () => {
    // req: icmp/I4-12, ip/V4-8, icmp/I6-21, icmp/I4-10
    it("answers a protocol that is unknown, with traffic class 0", () => {
      const host = new WireHost();
      host.inject(ipFrame(family.inward, UNKNOWN, octets(20), { trafficClass: 0xb8 }));
      const error = onlyError(host, family);
      assert.deepEqual([error?.type, error?.code], expected);
      assert.equal(error?.tos, 0);
    });

    // req: icmp/I4-3, icmp/I6-6, icmp/I6-13
    it("quotes the packet as it came, as much as the limit lets in", () => {
      const limit = isV6 ? 1280 : 576;
      for (const length of [0, 8, 400, 1400]) {
        const host = new WireHost();
        const frame = unknownProtocol(family, {}, length);
        host.inject(frame);
        const error = onlyError(host, family);
        assert.equal(error?.length, Math.min(limit, frame.length - 14 + family.headerLength + 8));
        assert.deepEqual(error.quote, quoteOf(frame, error.quote.length));
      }
    });

    // req: icmp/I4-12, icmp/I6-14
    it("says port unreachable for a transport without a listener", () => {
      const host = new WireHost();
      const refuse = (packet: PacketBuffer): void =>
        host.network.ip.sendPortUnreachable(packet, host.iface, host.now);
      host.network.setUpper(UNKNOWN, { input: refuse, handleError: () => {} });
      host.inject(unknownProtocol(family));
      const error = onlyError(host, family);
      assert.deepEqual([error?.type, error?.code], isV6 ? [1, 4] : [3, 3]);
    });

    // req: icmp/I6-12, ip/V4O-7
    it("comes from the address that was asked", () => {
      const addresses = ["10.77.0.1/24", "10.77.0.3/24", "fd77::1/64", "fd77::3/64"];
      const host = new WireHost({ config: { addresses } });
      const asked = ip(isV6 ? "fd77::3" : "10.77.0.3");
      host.inject(unknownProtocol(family, { destination: asked }));
      const [line = ""] = host.sent();
      assert.match(line, new RegExp(`${isV6 ? "IP6" : "IP"} ${asked} > ${family.peer}:`));
    });

    // req: icmp/I4-5, icmp/I6-8
    it("never answers an ICMP error", () => {
      const quoted = quoteOf(unknownProtocol(family));
      for (const type of isV6 ? [1, 2, 3, 4, 100, 127, 137] : [3, 4, 5, 11, 12]) {
        const host = new WireHost();
        const message = icmpMessage(family.inward, type, 0, { body: quoted });
        // As a whole packet with an unknown header on top, where one can be.
        const packet = isV6
          ? Uint8Array.of(IpProtocol.ICMPV6, 0, 0x8f, 4, 0, 0, 0, 0, ...message)
          : message;
        const shape = isV6 ? {} : { options: Uint8Array.of(130, 0, 0, 0) };
        const protocol = isV6 ? IpProtocol.DESTINATION_OPTIONS : icmpProtocol(family.inward);
        host.inject(ipFrame(family.inward, protocol, packet, shape));
        assert.deepEqual(host.drops(), { "ip-bad-option": 1 });
        assert.equal(onlyError(host, family), null, `type ${type}`);
      }
    });

    // req: icmp/I4-6, icmp/I4-7, icmp/I6-9
    it("never answers what was sent to many", () => {
      const group = isV6 ? "ff02::1" : "224.0.0.1";
      const groupMac = isV6 ? new MacAddress(0x3333, 1) : new MacAddress(0x0100, 0x5e000001);
      const cases: Partial<Ends>[] = [
        { destination: ip(group), destinationMac: groupMac },
        { destinationMac: groupMac },
      ];
      if (!isV6) {
        const destinationMac = MacAddress.BROADCAST;
        for (const broadcast of ["255.255.255.255", "10.77.0.255"]) {
          cases.push({ destination: ip(broadcast), destinationMac });
        }
      }
      for (const ends of cases) {
        const host = new WireHost();
        host.inject(unknownProtocol(family, ends));
        assert.deepEqual([host.drops(), host.sent()], [{ "ip-unknown-protocol": 1 }, []]);
      }
    });

    // req: icmp/I4-8, icmp/I4-33
    it("never answers a later fragment", () => {
      const host = new WireHost();
      const shape = { offset: 8, more: true, identification: 1 };
      const options = Uint8Array.of(130, 0, 0, 0);
      host.inject(fragmentFrame(family.inward, UNKNOWN, octets(16), { ...shape, options }));
      host.advance(60_000);
      assert.deepEqual(host.sent(), []);
    });

    // req: icmp/I4-11, icmp/I6-11
    it("comes at a limited rate to each, and to all", () => {
      const host = new WireHost();
      for (let i = 0; i < 100; i++) host.inject(unknownProtocol(family));
      assert.equal(host.frames().length, 6);
      assert.equal(host.drops()["icmp-rate-limited"], 94);
      host.advance(3000);
      for (let i = 0; i < 100; i++) host.inject(unknownProtocol(family));
      assert.equal(host.frames().length, 3);
    });

    // req: icmp/I4-11, icmp/I6-11
    it("comes at a rate that the owner can choose", () => {
      const host = new WireHost({ ip: { icmpPeerBurst: 2, icmpPeerIntervalMs: 100 } });
      const send = (count: number): number => {
        for (let i = 0; i < count; i++) host.inject(unknownProtocol(family));
        return host.frames().length;
      };
      assert.equal(send(10), 2);
      host.advance(100);
      assert.equal(send(10), 1);
    });

    // req: icmp/I6-27
    it("is not sent for unreachables where the owner forbids them", () => {
      const host = new WireHost({ ip: { sendUnreachable: false } });
      const refuse = (packet: PacketBuffer): void =>
        host.network.ip.sendPortUnreachable(packet, host.iface, host.now);
      host.network.setUpper(UNKNOWN, { input: refuse, handleError: () => {} });
      host.inject(unknownProtocol(family));
      assert.deepEqual(host.frames(), []);
    });
  });
}

describe("an ICMP error", () => {
  // req: icmp/I4-9, icmp/I6-10
  const nobody: [Family, string, WireHostOptions][] = [
    [V4, "0.0.0.0", {}],
    [V4, "127.0.0.1", {}],
    [V4, "255.255.255.255", {}],
    [V4, "224.0.0.5", {}],
    [V4, "240.0.0.9", {}],
    [V4, "10.77.0.255", {}],
    [V6, "::", {}],
    [V6, "ff02::9", {}],
  ];
  for (const [family, source] of nobody) {
    it(`never goes to ${source}`, () => {
      const host = new WireHost();
      const group = family.isV6 ? ip("ff02::1") : ip("255.255.255.255");
      const frames = [{}, { destination: group, destinationMac: new MacAddress(0x3333, 1) }].map(
        (ends) => {
          const frame = unknownProtocol(family, ends);
          if (family.isV6) ip(source).writeV6(new DataView(frame.buffer), 14 + 8);
          return family.isV6 ? frame : unknownProtocol(family, { ...ends, source: ip(source) });
        },
      );
      host.inject(...frames);
      assert.deepEqual(host.sent(), []);
    });
  }

  // req: icmp/I4-15, arp-nd/RD-13
  it("is never a redirect: a packet that is not for us is nobody's business", () => {
    const host = new WireHost({ config: { gateway: "10.77.0.254" } });
    host.inject(unknownProtocol(V4, { destination: V4.far }));
    assert.deepEqual([host.drops(), host.sent()], [{ "ip-not-for-us": 1 }, []]);
  });

  // req: icmp/I4-18, icmp/I6-18
  it("is never a source quench, nor sent because there is no room", () => {
    const host = new WireHost();
    host.card.isFull = true;
    const ping = icmpMessage(V4.inward, 8, 0, { body: octets(8) });
    host.inject(ipFrame(V4.inward, IpProtocol.ICMP, ping));
    host.card.isFull = false;
    host.advance(1000);
    assert.deepEqual([host.drops(), host.sent()], [{ "link-queue-full": 1 }, []]);
  });

  it("about a packet from this host itself comes back to it", () => {
    for (const family of FAMILIES) {
      const host = new WireHost();
      host.network.setUpper(TEST_PROTOCOL, null);
      const errors: number[] = [];
      const handleError = (error: IpError): void => {
        errors.push(error.errno);
      };
      host.network.setRawListener({ input: () => false, handleError });
      assert.equal(host.send(family.ours, 8), 0);
      assert.deepEqual(host.drops(), { "ip-unknown-protocol": 1 });
      assert.deepEqual(errors, [family.isV6 ? Errno.EPROTO : Errno.ENOPROTOOPT]);
    }
  });

  // req: icmp/I4-2, icmp/I4-27, icmp/I4-28, icmp/I4-29, icmp/I6-5
  it("does not answer messages of other types: they are dropped in silence", () => {
    for (const family of FAMILIES) {
      const types = family.isV6
        ? [130, 138, 139, 140, 144, 200, 255]
        : [1, 2, 6, 7, 9, 10, 13, 15, 16, 17, 18, 30, 37, 39, 40, 255];
      for (const type of types) {
        const host = new WireHost();
        const message = icmpMessage(family.inward, type, 0, { body: octets(12) });
        host.inject(ipFrame(family.inward, icmpProtocol(family.inward), message));
        const [reason] = Object.keys(host.drops());
        assert.match(reason ?? "", /^icmp-(unknown-type|ignored)$/, `type ${type}`);
        assert.deepEqual([host.sent(), host.errors], [[], []]);
      }
    }
  });

  // req: icmp/I4-1, icmp/I6-1, icmp/I6-2, ip/V6-13
  it("is dropped, as any message, when its checksum is wrong or it is cut", () => {
    for (const family of FAMILIES) {
      const host = new WireHost();
      const echo = family.isV6 ? 128 : 8;
      const good = icmpMessage(family.inward, echo, 0, { body: octets(8) });
      const bad = good.slice();
      bad[9] = 99;
      const swapped = icmpMessage({ ...family.inward, source: family.far }, echo, 0, {
        body: octets(8),
      });
      const send = (message: Uint8Array): void =>
        host.inject(ipFrame(family.inward, icmpProtocol(family.inward), message));
      send(bad);
      if (family.isV6) send(swapped);
      assert.deepEqual(host.drops(), { "icmp-bad-checksum": family.isV6 ? 2 : 1 });
      send(good.slice(0, 7));
      assert.deepEqual(host.drops(), { "icmp-truncated": 1 });
      assert.deepEqual(host.sent(), []);
      send(good);
      assert.deepEqual(host.frames().length, 1);
    }
  });
});

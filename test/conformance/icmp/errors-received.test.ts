import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno, errnoName } from "../../../src/base/errno.ts";
import { icmpMessage, icmpProtocol, ipFrame, quoteOf } from "../../support/frame-builders.ts";
import { packetOf } from "../../support/network-extensions.ts";
import { FAMILIES, type Family, octets, V4, V6, WireHost } from "../../support/network-host.ts";

/** A host that has just sent `length` octets to its peer, and the frame. */
function hostWithPacket(family: Family, length = 100): { host: WireHost; frame: Uint8Array } {
  const host = new WireHost();
  host.send(family.peer, length);
  const [frame] = host.frames();
  assert.ok(frame);
  return { host, frame };
}

function error(
  family: Family,
  [type, code]: readonly [number, number],
  body: Uint8Array,
  word = 0,
): Uint8Array {
  const ends = { ...family.inward, source: family.gateway };
  return ipFrame(ends, icmpProtocol(ends), icmpMessage(ends, type, code, { word, body }));
}

/** Type, code, errno, whether it is fatal for a connection attempt: Linux's tables. */
type Row = [number, number, keyof typeof Errno, boolean];

const MEANINGS_V4: Row[] = [
  [3, 0, "ENETUNREACH", false],
  [3, 1, "EHOSTUNREACH", false],
  [3, 2, "ENOPROTOOPT", true],
  [3, 3, "ECONNREFUSED", true],
  [3, 5, "EOPNOTSUPP", false],
  [3, 6, "ENETUNREACH", true],
  [3, 7, "EHOSTDOWN", true],
  [3, 9, "ENETUNREACH", true],
  [3, 10, "EHOSTUNREACH", true],
  [3, 11, "ENETUNREACH", false],
  [3, 12, "EHOSTUNREACH", false],
  [3, 13, "EHOSTUNREACH", true],
  [3, 14, "EHOSTUNREACH", true],
  [3, 15, "EHOSTUNREACH", true],
  [11, 0, "EHOSTUNREACH", false],
  [11, 1, "EHOSTUNREACH", false],
  [12, 0, "EPROTO", true],
];

const MEANINGS_V6: Row[] = [
  [1, 0, "ENETUNREACH", false],
  [1, 1, "EACCES", true],
  [1, 2, "EHOSTUNREACH", false],
  [1, 3, "EHOSTUNREACH", false],
  [1, 4, "ECONNREFUSED", true],
  [1, 5, "EACCES", true],
  [1, 6, "EACCES", true],
  [3, 0, "EHOSTUNREACH", false],
  [3, 1, "EHOSTUNREACH", false],
  [4, 0, "EPROTO", true],
  [4, 1, "EPROTO", true],
  // Unknown errors go up too (RFC 4443 §2.4(a)).
  [100, 0, "EPROTO", false],
  [127, 3, "EPROTO", false],
];

describe("ICMP errors received", () => {
  // req: icmp/I4-4, icmp/I4-13, icmp/I4-19, icmp/I4-20, icmp/I6-3, icmp/I6-4, icmp/I6-16, icmp/I6-17, icmp/I6-20
  for (const family of FAMILIES) {
    for (const [type, code, name, hard] of family.isV6 ? MEANINGS_V6 : MEANINGS_V4) {
      it(`${family.name} type ${type} code ${code}: ${name}${hard ? "" : ", a hint only"}`, () => {
        const { host, frame } = hostWithPacket(family);
        host.inject(error(family, [type, code], quoteOf(frame)));
        const [told, ...others] = host.errors;
        assert.deepEqual(others, []);
        assert.ok(told);
        assert.deepEqual([errnoName(told.errno), told.hard], [name, hard]);
        assert.deepEqual([told.type, told.code, told.isV6, told.mtu], [type, code, family.isV6, 0]);
        assert.equal(told.localAddress.toString(), family.ours.toString());
        assert.equal(told.remoteAddress.toString(), family.peer.toString());
        assert.equal(told.reporter.toString(), family.gateway.toString());
        assert.equal(told.protocol, 253);
        assert.equal(host.send(family.peer, 4), 0, "the path is as good as before");
      });
    }
  }

  for (const family of FAMILIES) {
    // req: icmp/I4-4, icmp/I4-32, icmp/I6-22
    it(`${family.name}: the quoted octets are those of the transport, however few`, () => {
      for (const length of [0, 4, 8, 100]) {
        const { host, frame } = hostWithPacket(family);
        const quote = quoteOf(frame, family.headerLength + length);
        const body = Uint8Array.of(...quote);
        host.inject(error(family, [family.isV6 ? 4 : 12, 0], body, 0xffff));
        const [told] = host.errors;
        assert.ok(told);
        const seen = new Uint8Array(
          told.view.buffer,
          told.transportAt,
          told.end - told.transportAt,
        );
        assert.deepEqual(Uint8Array.from(seen), octets(length));
      }
    });

    // req: icmp/I4-31, icmp/I4-32, icmp/I6-28
    it(`${family.name}: an extension structure behind the quote is not taken for it`, () => {
      const { host, frame } = hostWithPacket(family, 20);
      const body = new Uint8Array(128 + 8);
      body.set(quoteOf(frame));
      body.set([0x20, 0, 0, 0, 0, 4, 1, 1], 128);
      // Length attribute: 128 octets, in words of 32 bits (64 in ICMPv6).
      const word = family.isV6 ? 16 << 24 : 32 << 16;
      host.inject(error(family, [family.isV6 ? 1 : 3, 1], body, word));
      const [told] = host.errors;
      assert.equal(told && told.end - told.transportAt, 20);
    });

    // req: icmp/I4-34, icmp/I6-7
    it(`${family.name}: a quote that cannot be of us is dropped`, () => {
      const { host, frame } = hostWithPacket(family);
      const quote = quoteOf(frame);
      const otherVersion = quote.slice();
      otherVersion[0] = family.isV6 ? 0x45 : 0x60;
      const ofPeer = quoteOf(ipFrame(family.inward, 253, octets(8)));
      const cut = quote.slice(0, family.headerLength - 1);
      const bad = [new Uint8Array(0), otherVersion, ofPeer, cut];
      if (!family.isV6) {
        const tinyHeader = quote.slice();
        tinyHeader[0] = 0x44;
        const hugeHeader = quote.slice(0, 40);
        hugeHeader[0] = 0x4f;
        const laterFragment = quote.slice();
        laterFragment[7] = 1;
        bad.push(tinyHeader, hugeHeader, laterFragment);
      } else {
        const chain = quoteOf(packetOf([[60, [1, 4, 0, 0, 0, 0]]], 253, octets(8)));
        const cutChain = chain.slice(0, 44);
        quote.subarray(8, 24).forEach((octet, index) => {
          cutChain[8 + index] = octet;
        });
        bad.push(cutChain);
      }
      for (const body of bad) host.inject(error(family, [family.isV6 ? 1 : 3, 1], body));
      assert.deepEqual(host.drops(), { "icmp-bad-quote": bad.length });
      assert.deepEqual(host.errors, []);
    });
  }

  // req: icmp/I6-7
  it("IPv6: the transport is found behind the extension headers of the quote", () => {
    const host = new WireHost();
    const outward = { ...V6.inward, source: V6.ours, destination: V6.peer };
    const chain: [number, number[]][] = [
      [60, [1, 4, 0, 0, 0, 0]],
      [44, [0, 0, 1, 0, 0, 0, 9]],
    ];
    const frame = packetOf(chain, 253, octets(12), outward);
    host.inject(error(V6, [1, 4], quoteOf(frame)));
    const [told] = host.errors;
    assert.deepEqual([told?.protocol, told && told.end - told.transportAt], [253, 12]);
  });

  // req: icmp/I4-18
  it("IPv4: a source quench is discarded in silence", () => {
    const { host, frame } = hostWithPacket(V4);
    host.inject(error(V4, [4, 0], quoteOf(frame)));
    assert.deepEqual([host.drops(), host.errors, host.sent()], [{ "icmp-ignored": 1 }, [], []]);
  });

  // req: icmp/I4-24, icmp/I6-25
  it("about an echo of ours go to who asked for it", () => {
    for (const family of FAMILIES) {
      const host = new WireHost();
      const protocol = icmpProtocol(family.inward);
      host.network.setUpper(protocol, host);
      const outward = { ...family.inward, source: family.ours, destination: family.peer };
      const ping = ipFrame(
        outward,
        protocol,
        icmpMessage(outward, family.isV6 ? 128 : 8, 0, { word: 7 }),
      );
      host.inject(error(family, family.isV6 ? [1, 3] : [3, 1], quoteOf(ping)));
      assert.deepEqual(
        host.errors.map((told) => [told.protocol, told.errno]),
        [[protocol, Errno.EHOSTUNREACH]],
      );
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksum } from "../../../src/base/checksum.ts";
import { Errno } from "../../../src/base/errno.ts";
import { OutputOptions } from "../../../src/ip/output-options.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import { ipv4Flags, ipv4FragmentOffset, ipv4Identification } from "../../../src/wire/ipv4.ts";
import {
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6MoreFragments,
} from "../../../src/wire/ipv6-extension.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import {
  FAMILIES,
  type Family,
  octets,
  PEER_MAC,
  V4,
  V6,
  WireHost,
} from "../../support/network-host.ts";

const AT = 14;

interface Fragment {
  readonly id: number;
  readonly offset: number;
  readonly more: boolean;
  readonly payload: Uint8Array;
}

function fragmentsOf(family: Family, frames: readonly Uint8Array[]): Fragment[] {
  return frames.map((frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const header = AT + family.headerLength;
    if (family.isV6) {
      assert.equal(frame[AT + 6], IpProtocol.FRAGMENT);
      assert.equal(view.getUint16(AT + 4), frame.length - header);
      const [offset, more] = [ipv6FragmentOffset(view, header), ipv6MoreFragments(view, header)];
      return {
        id: ipv6FragmentIdentification(view, header),
        offset,
        more,
        payload: frame.slice(header + 8),
      };
    }
    assert.equal(checksum(view, AT, header), 0);
    assert.equal(view.getUint16(AT + 2), frame.length - AT);
    const [offset, more] = [ipv4FragmentOffset(view, AT), ipv4Flags(view, AT) === 0x2000];
    return { id: ipv4Identification(view, AT), offset, more, payload: frame.slice(header) };
  });
}

for (const family of FAMILIES) {
  const { name, peer } = family;
  describe(`${name} fragmentation`, () => {
    // req: ip/FRAG-12, ip/FRAG-13, ip/FR6-1, ip/FR6-2, ip/FR6-11
    for (const length of [1481, 3000, 8192, 65_000]) {
      it(`cuts ${length} octets at multiples of 8, without gap or overlap`, () => {
        const host = new WireHost();
        assert.equal(host.send(peer, length), 0);
        const frames = host.frames();
        const fragments = fragmentsOf(family, frames);
        let at = 0;
        for (const [index, { offset, more, payload, id }] of fragments.entries()) {
          assert.equal(offset, at);
          assert.equal(more, index < fragments.length - 1);
          assert.ok(!more || payload.length % 8 === 0);
          assert.equal(id, fragments[0]?.id);
          assert.deepEqual(payload, octets(length).slice(at, at + payload.length));
          at += payload.length;
        }
        assert.equal(at, length);
        assert.ok(frames.every((frame) => frame.length <= AT + 1500));
      });
    }

    // req: ip/FRAG-12, ip/FRAG-14
    it("refuses what may not be fragmented, with EMSGSIZE", () => {
      const host = new WireHost();
      const fits = 1500 - family.headerLength;
      assert.equal(host.send(peer, fits, { dontFragment: true }), 0);
      assert.equal(host.frames().length, 1);
      assert.equal(host.send(peer, fits + 1, { dontFragment: true }), -Errno.EMSGSIZE);
      assert.equal(host.send(peer, 65_536), -Errno.EMSGSIZE);
      assert.deepEqual(host.frames(), []);
    });

    // req: ip/FRAG-15, ip/FRAG-18, ip/FR6-13
    it("gives no identification twice to the same pair, as far as the field goes", () => {
      const host = new WireHost();
      const ids = Array.from({ length: 3000 }, () => {
        host.send(peer, 1490);
        return fragmentsOf(family, host.frames())[0]?.id;
      });
      assert.equal(new Set(ids).size, 3000);
    });

    // req: ip/FRAG-20, ip/FR6-13
    it("starts identifications for each destination where nobody can tell", () => {
      const firstTwo = (seed: number): (number | undefined)[] => {
        const host = new WireHost({ seed });
        host.network.setNeighbor(host.iface, family.stranger, PEER_MAC, 0);
        return [peer, family.stranger].map((destination) => {
          host.send(destination, 1490);
          return fragmentsOf(family, host.frames())[0]?.id;
        });
      };
      const starts = Array.from({ length: 40 }, (_, seed) => firstTwo(seed));
      assert.ok(new Set(starts.flat()).size > 77);
    });

    it("fragments nothing that a device or the link edge will split", () => {
      const host = new WireHost();
      const packet = new PacketBuffer();
      packet.reset();
      packet.end = packet.start + 9000;
      packet.gsoSize = 1400;
      const path = host.path(peer);
      assert.equal(host.network.output(packet, path, new OutputOptions(IpProtocol.TCP), 0), 0);
      assert.deepEqual(
        host.frames().map(({ length }) => length),
        [AT + family.headerLength + 9000],
      );
    });

    it("completes a partial checksum before it cuts", () => {
      const host = new WireHost();
      const packet = new PacketBuffer();
      packet.reset();
      packet.bytes.set(octets(2000), packet.start);
      packet.end = packet.start + 2000;
      packet.checksumStart = packet.start;
      packet.checksumOffset = 6;
      packet.view.setUint16(packet.start + 6, 0x1234);
      host.network.output(packet, host.path(peer), new OutputOptions(IpProtocol.UDP), 0);
      const fragments = fragmentsOf(family, host.frames());
      const whole = Uint8Array.from(fragments.flatMap(({ payload }) => [...payload]));
      const view = new DataView(whole.buffer);
      const found = view.getUint16(6);
      view.setUint16(6, 0x1234);
      assert.equal(found, checksum(view, 0, whole.length));
    });

    // req: ip/FR6-3
    it("keeps every header in the first fragment", () => {
      const host = new WireHost({ mtu: 1280 });
      host.send(peer, 5000);
      const [first] = fragmentsOf(family, host.frames());
      assert.ok(first !== undefined && first.payload.length > 1200);
    });
  });
}

describe("identification", () => {
  // req: ip/FRAG-16
  it("of an IPv4 datagram that nobody may cut says nothing", () => {
    const host = new WireHost();
    for (let i = 0; i < 3; i++) host.send(V4.peer, 100);
    const ids = host.frames().map((frame) => ipv4Identification(new DataView(frame.buffer), AT));
    assert.deepEqual(ids, [0, 0, 0]);
  });

  // req: ip/FRAG-15, ip/FRAG-19
  it("of IPv4 datagrams that routers may cut counts on, one for each segment", () => {
    const host = new WireHost();
    const ids = Array.from({ length: 300 }, () => {
      host.send(V4.peer, 100, { fragmentEnRoute: true });
      const [frame = new Uint8Array(64)] = host.frames();
      return ipv4Identification(new DataView(frame.buffer), AT);
    });
    assert.equal(new Set(ids).size, 300);
  });

  // req: ip/FR6-12
  it("is never put on an IPv6 packet that is whole: no atomic fragments are made", () => {
    const host = new WireHost();
    host.send(V6.peer, 1460);
    assert.equal(host.frames()[0]?.[AT + 6], 253);
  });
});

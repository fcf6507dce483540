import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksum } from "../../../../src/base/checksum.ts";
import { Fragmenter, finishTransportChecksum } from "../../../../src/ip/fragments/fragmentation.ts";
import { Ipv4 } from "../../../../src/ip/v4.ts";
import { Ipv6 } from "../../../../src/ip/v6.ts";
import { NO_PARTIAL_CHECKSUM } from "../../../../src/wire/packet-buffer.ts";
import { ipFrame } from "../../../support/frame-builders.ts";
import { FAMILIES, octets } from "../../../support/network-host.ts";
import { ipPacket } from "../../../support/network-ip.ts";
import { packetWith } from "../../../support/network-parts.ts";

for (const family of FAMILIES) {
  const codec = family.isV6 ? new Ipv6() : new Ipv4();

  describe(`Fragmenter of ${family.name}`, () => {
    // req: ip/FRAG-13
    const rows: [number, number][] = [
      [600, 3000],
      [576, 2000],
      [1281, 65_000],
      [family.headerLength + codec.fragmentOverhead + 8, 100],
    ];
    for (const [mtu, length] of rows) {
      it(`cuts ${length} octets for an MTU of ${mtu} into as few as there can be`, () => {
        const packet = ipPacket(ipFrame(family.inward, 253, octets(length)));
        const fragmenter = new Fragmenter();
        assert.ok(fragmenter.begin(packet, codec, { mtu, identification: 5, protocol: 253 }));
        const room = (mtu - family.headerLength - codec.fragmentOverhead) & ~7;
        let count = 0;
        for (let piece = fragmenter.next(); piece !== null; piece = fragmenter.next()) {
          assert.ok(piece.end - piece.start <= mtu);
          count++;
        }
        assert.equal(count, Math.ceil(length / room));
        assert.equal(fragmenter.next(), null);
      });
    }

    it("refuses an MTU without room for eight octets", () => {
      const packet = ipPacket(ipFrame(family.inward, 253, octets(100)));
      const mtu = family.headerLength + codec.fragmentOverhead + 7;
      assert.equal(
        new Fragmenter().begin(packet, codec, { mtu, identification: 5, protocol: 253 }),
        false,
      );
    });
  });
}

describe("finishTransportChecksum", () => {
  const finished = (octetsOf: Uint8Array, offset: number): number => {
    const packet = packetWith(octetsOf);
    packet.checksumStart = packet.start;
    packet.checksumOffset = offset;
    finishTransportChecksum(packet);
    assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
    return packet.view.getUint16(packet.start + offset);
  };

  it("sums what is there, the partial sum in the field included", () => {
    const segment = octets(51);
    assert.equal(finished(segment, 16), checksum(new DataView(segment.buffer), 0, 51));
  });

  it("writes 0xffff for UDP's zero, which would mean none", () => {
    const datagram = Uint8Array.of(0xff, 0xff, 0, 0, 0, 0, 0, 0);
    assert.equal(finished(datagram, 6), 0xffff);
    const segment = new Uint8Array(20);
    segment.set([0xff, 0xff]);
    assert.equal(finished(segment, 16), 0);
  });

  it("leaves a packet alone that is finished", () => {
    const packet = packetWith(octets(20));
    finishTransportChecksum(packet);
    assert.deepEqual(packet.bytes.slice(packet.start, packet.end), octets(20));
  });
});

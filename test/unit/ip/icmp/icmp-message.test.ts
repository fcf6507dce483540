import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finishIcmp, isIcmpChecksumValid } from "../../../../src/ip/icmp/icmp-message.ts";
import { Ipv4 } from "../../../../src/ip/v4.ts";
import { Ipv6 } from "../../../../src/ip/v6.ts";
import { icmpMessage, icmpProtocol, ipFrame, reversed } from "../../../support/frame-builders.ts";
import { FAMILIES, octets, WireHost } from "../../../support/network-host.ts";
import { ipPacket } from "../../../support/network-ip.ts";
import { packetWith } from "../../../support/network-parts.ts";

for (const family of FAMILIES) {
  describe(`${family.name} ICMP checksum`, () => {
    const protocol = icmpProtocol(family.inward);
    const message = icmpMessage(family.inward, 200, 3, { word: 0x01020304, body: octets(33) });

    // req: icmp/I4-1, icmp/I6-2
    it("is filled in as a peer would", () => {
      const ours = icmpMessage(reversed(family.inward), 200, 3, { word: 7, body: octets(33) });
      const packet = packetWith(ours);
      packet.view.setUint16(packet.start + 2, 0);
      finishIcmp(packet, new WireHost().path(family.peer, { protocol }));
      assert.deepEqual(packet.bytes.slice(packet.start, packet.end), ours);
    });

    it("is found right, and wrong after any change", () => {
      const parsed = (change: (octets: Uint8Array) => void) => {
        const frame = ipFrame(family.inward, protocol, message);
        change(frame);
        const packet = ipPacket(frame);
        const parser = family.isV6 ? new Ipv6() : new Ipv4();
        assert.equal(parser.parse(packet), null);
        return packet;
      };
      assert.ok(
        isIcmpChecksumValid(
          parsed(() => {}),
          family.isV6,
        ),
      );
      for (let at = 0; at < message.length; at++) {
        const packet = parsed((frame) => {
          frame[14 + family.headerLength + at]! ^= 0x10;
        });
        assert.ok(!isIcmpChecksumValid(packet, family.isV6), `octet ${at}`);
        packet.checksumVerified = true;
        assert.ok(isIcmpChecksumValid(packet, family.isV6), "what was never at risk is not summed");
      }
    });
  });
}

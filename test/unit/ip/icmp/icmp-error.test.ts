import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ipv4 } from "../../../../src/ip/v4.ts";
import { Ipv6 } from "../../../../src/ip/v6.ts";
import { IpProtocol } from "../../../../src/wire/ip-protocol.ts";
import type { PacketBuffer } from "../../../../src/wire/packet-buffer.ts";
import { icmpMessage, ipFrame } from "../../../support/frame-builders.ts";
import { FAMILIES, octets, V4, WireHost } from "../../../support/network-host.ts";
import { ipPacket } from "../../../support/network-ip.ts";

/** A packet of the peer as a transport holds it: its start moved on. */
function received(frame: Uint8Array, isV6: boolean): PacketBuffer {
  const packet = ipPacket(frame);
  assert.equal((isV6 ? new Ipv6() : new Ipv4()).parse(packet), null);
  packet.start = packet.end;
  return packet;
}

describe("IcmpErrors", () => {
  for (const family of FAMILIES) {
    const error = { type: family.isV6 ? 1 : 3, code: 1, word: 0x01020304 };

    it(`${family.name}: writes type, code, word and quote, with a right checksum`, () => {
      const host = new WireHost();
      const frame = ipFrame(family.inward, 253, octets(40));
      host.network.sendIcmpError(received(frame, family.isV6), error, host.iface, 0);
      const [sent] = host.frames();
      const outward = { ...family.inward, source: family.ours, destination: family.peer };
      const { type, code, word } = error;
      const expected = icmpMessage(outward, type, code, { word, body: frame.slice(14) });
      assert.deepEqual(sent?.slice(14 + family.headerLength), expected);
    });

    it(`${family.name}: sends nothing where there is no way back`, () => {
      const host = new WireHost();
      const frame = ipFrame({ ...family.inward, source: family.far }, 253, octets(40));
      host.network.sendIcmpError(received(frame, family.isV6), error, host.iface, 0);
      assert.deepEqual([host.frames(), host.drops()], [[], {}]);
    });

    it(`${family.name}: answers echo requests and replies, which are no errors, but nothing cut before its type`, () => {
      const protocol = family.isV6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP;
      for (const [body, answers] of [
        [icmpMessage(family.inward, family.isV6 ? 128 : 8, 0, {}), 1],
        [icmpMessage(family.inward, family.isV6 ? 129 : 0, 0, {}), 1],
        [octets(3), 0],
      ] as const) {
        const host = new WireHost();
        const packet = received(ipFrame(family.inward, protocol, body), family.isV6);
        host.network.sendIcmpError(packet, error, host.iface, 0);
        assert.equal(host.frames().length, answers);
      }
    });
  }

  it("answers ourselves over the loopback, 127.0.0.1 too", () => {
    const host = new WireHost();
    const loopback = { ...V4.inward, source: host.path(V4.ours).source, destination: V4.ours };
    const packet = received(ipFrame(loopback, 253, octets(4)), false);
    host.network.sendIcmpError(packet, { type: 3, code: 3, word: 0 }, host.lo, 0);
    host.turn();
    assert.deepEqual([host.frames(), host.errors.map(({ code }) => code)], [[], [3]]);
  });
});

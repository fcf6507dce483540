import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksumAdd, checksumFinish, checksumFold } from "../../../src/base/checksum.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { packetPseudoHeaderSum, pseudoHeaderSum } from "../../../src/wire/pseudo-header.ts";
import { hex, viewAt } from "../../support/hex.ts";

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed, text);
  return parsed;
}

/** The pseudo-header written out as RFC 9293 and RFC 8200 draw it, and summed; length 0. */
function drawnSum(source: IpAddress, destination: IpAddress, protocol: number): number {
  const view = new DataView(new ArrayBuffer(40));
  if (source.isV4) {
    source.writeV4(view, 0);
    destination.writeV4(view, 4);
    view.setUint8(9, protocol);
  } else {
    source.writeV6(view, 0);
    destination.writeV6(view, 16);
    view.setUint8(39, protocol);
  }
  return checksumFold(checksumAdd(0, view, 0, 40));
}

function packetBetween(source: IpAddress, destination: IpAddress): PacketBuffer {
  const packet = new PacketBuffer(64);
  packet.sourceA = source.a;
  packet.sourceB = source.b;
  packet.sourceC = source.c;
  packet.sourceD = source.d;
  packet.destinationA = destination.a;
  packet.destinationB = destination.b;
  packet.destinationC = destination.c;
  packet.destinationD = destination.d;
  return packet;
}

// req: tcp/SEG-44, udp/UDP-3
test("a UDP datagram of IPv4 with an odd last octet", () => {
  //               from to   len  sum  payload
  const datagram = "0400 0035 000d 0000 68656c6c6f";
  const view = viewAt(hex(datagram));
  const sum = pseudoHeaderSum(address("10.77.0.1"), address("10.77.0.2"), 17);
  // Ones' complement sum by hand: 5ccf.
  assert.equal(checksumFinish(checksumAdd(sum + 13, view, 0, 13)), 0xa330);
});

// req: tcp/SEG-44, ip/V6-13, icmp/I6-2
test("equal to the header as it is drawn, in both families", () => {
  const v4 = fc.integer().map(IpAddress.v4);
  const v6 = fc
    .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
    .map(([a, b, c, d]) => new IpAddress(a | 1, b, c, d));
  const pair = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6));
  fc.assert(
    fc.property(pair, fc.constantFrom(6, 17, 58), ([source, destination], protocol) => {
      const expected = drawnSum(source, destination, protocol);
      assert.equal(checksumFold(pseudoHeaderSum(source, destination, protocol)), expected);
      const packet = packetBetween(source, destination);
      assert.equal(checksumFold(packetPseudoHeaderSum(packet, protocol)), expected);
    }),
  );
});

test("addresses of all ones do not lose a carry", () => {
  const ones = new IpAddress(-1, -1, -1, -1);
  assert.equal(checksumFold(pseudoHeaderSum(ones, ones, 6)), drawnSum(ones, ones, 6));
});

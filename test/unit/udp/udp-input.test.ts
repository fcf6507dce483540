import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { udpFault } from "../../../src/udp/udp-input.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { udpDatagram } from "../../support/frame-builders.ts";

const V4 = ["10.0.0.2", "10.0.0.1"] as const;
const V6 = ["fd00::2", "fd00::1"] as const;

// req: udp/UDP-1, udp/UDP-2, udp/UDP-3, udp/UDP-6, udp/UDP-8, udp/UDP-13
test("the order of the checks, and what each says", () => {
  const rows: [string, (view: DataView) => void, v4: string | null, v6?: string | null][] = [
    ["sound", () => {}, null],
    ["length 7", (view) => view.setUint16(4, 7), "udp-bad-length"],
    ["length one too many", (view) => view.setUint16(4, 13), "udp-bad-length"],
    ["port 0", (view) => view.setUint16(2, 0), "udp-port-zero"],
    ["damaged", (view) => view.setUint8(8, 0xff), "udp-bad-checksum"],
    ["no checksum", (view) => view.setUint16(6, 0), null, "udp-zero-checksum"],
    ["0xffff for no reason", (view) => view.setUint16(6, 0xffff), "udp-bad-checksum"],
  ];
  for (const [why, damage, v4, v6 = v4] of rows) {
    assert.equal(faultOf(V4, damage), v4, `${why}, IPv4`);
    assert.equal(faultOf(V6, damage), v6, `${why}, IPv6`);
  }
});

test("too short for a header", () => {
  const packet = new PacketBuffer(256);
  packet.reset(100);
  packet.end = 107;
  assert.equal(udpFault(packet), "udp-truncated");
});

// req: udp/UDP-2
test("the packet ends where UDP says", () => {
  const packet = packetOf(V4);
  packet.end += 5;
  assert.equal(udpFault(packet), null);
  assert.equal(packet.end - packet.start, 12);
});

test("a checksum that was verified is not looked at again", () => {
  const packet = packetOf(V6);
  packet.view.setUint16(packet.start + 6, 0x1234);
  packet.checksumVerified = true;
  assert.equal(udpFault(packet), null);
});

function faultOf(ends: readonly [string, string], damage: (view: DataView) => void): string | null {
  const packet = packetOf(ends);
  damage(new DataView(packet.bytes.buffer, packet.start));
  return udpFault(packet);
}

function packetOf([from, to]: readonly [string, string]): PacketBuffer {
  const [source, destination] = [IpAddress.parse(from), IpAddress.parse(to)];
  assert.ok(source && destination);
  const macs = { sourceMac: MacAddress.ZERO, destinationMac: MacAddress.ZERO };
  const octets = udpDatagram({ ...macs, source, destination }, 9, 7000, Uint8Array.of(1, 2, 3, 4));
  const packet = new PacketBuffer(512);
  packet.reset(100);
  packet.bytes.set(octets, 100);
  packet.end = 100 + octets.length;
  Object.assign(packet, {
    sourceA: source.a,
    sourceB: source.b,
    sourceC: source.c,
    sourceD: source.d,
    destinationA: destination.a,
    destinationB: destination.b,
    destinationC: destination.c,
    destinationD: destination.d,
  });
  return packet;
}

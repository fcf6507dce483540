import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  readVirtioHeader,
  VIRTIO_HEADER_LENGTH,
  writeVirtioHeader,
} from "../../src/platform/node/virtio-header.ts";
import { NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../src/wire/packet-buffer.ts";

const START = 100;

/** A packet of `length` octets with the header `hex` right before it. */
function received(hex: string, length: number): PacketBuffer {
  const packet = new PacketBuffer(512);
  packet.reset(START);
  packet.end = START + length;
  packet.bytes.set(Buffer.from(hex.replaceAll(" ", ""), "hex"), START - VIRTIO_HEADER_LENGTH);
  return packet;
}

function read(packet: PacketBuffer): string | null {
  return readVirtioHeader(packet, START - VIRTIO_HEADER_LENGTH);
}

/** The header that is written for a packet, as hex by field. */
function written(packet: PacketBuffer, medium: "ethernet" | "ip"): string {
  const at = packet.start - VIRTIO_HEADER_LENGTH;
  packet.bytes.fill(0xaa, at, packet.start);
  assert.equal(writeVirtioHeader(packet, at, medium), null);
  const hex = Buffer.from(packet.bytes.subarray(at, packet.start)).toString("hex");
  return hex.replace(/^(..)(..)(....)(....)(....)(....)$/, "$1 $2 $3 $4 $5 $6");
}

/** A packet of 100 octets whose IP header, of the given version, is followed by TCP. */
function tcpPacket(medium: "ethernet" | "ip", version: 4 | 6): PacketBuffer {
  const packet = new PacketBuffer(512);
  packet.reset(START);
  packet.end = START + 100;
  const networkAt = START + (medium === "ethernet" ? 14 : 0);
  packet.bytes[networkAt] = version << 4;
  packet.checksumStart = networkAt + (version === 4 ? 20 : 40);
  packet.checksumOffset = 16;
  packet.bytes[packet.checksumStart + 12] = 8 << 4;
  return packet;
}

describe("readVirtioHeader", () => {
  it("leaves a plain frame as it is", () => {
    const packet = received("00 00 0000 0000 0000 0000", 60);
    assert.equal(read(packet), null);
    assert.equal(packet.gsoSize, 0);
    assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
    assert.equal(packet.checksumVerified, false);
  });

  it("takes over a partial checksum, which is as good as verified", () => {
    const packet = received("01 00 0000 0000 2200 1000", 60);
    assert.equal(read(packet), null);
    assert.equal(packet.checksumStart, START + 34);
    assert.equal(packet.checksumOffset, 16);
    assert.equal(packet.checksumVerified, true);
  });

  it("believes a device that has checked", () => {
    const packet = received("02 00 0000 0000 0000 0000", 60);
    assert.equal(read(packet), null);
    assert.equal(packet.checksumVerified, true);
    assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
  });

  for (const [name, type] of Object.entries({ IPv4: "01", IPv6: "04", "IPv4 with ECN": "81" })) {
    it(`takes over the segment size of coalesced TCP over ${name}`, () => {
      const packet = received(`01 ${type} 4200 b405 2200 1000`, 200);
      assert.equal(read(packet), null);
      assert.equal(packet.gsoSize, 1460);
    });
  }

  const inconsistent: [what: string, hex: string, length: number, reason: string][] = [
    ["no frame at all", "00 00 0000 0000 0000 0000", 0, "link-truncated"],
    ["less than a header", "00 00 0000 0000 0000 0000", -3, "link-truncated"],
    ["a checksum field across the end", "01 00 0000 0000 2200 1900", 60, "link-bad-offload"],
    ["a checksum far outside", "01 00 0000 0000 ffff ffff", 60, "link-bad-offload"],
    ["headers longer than the frame", "01 01 3d00 b405 2200 1000", 60, "link-bad-offload"],
    ["segments of nothing", "01 01 3600 0000 2200 1000", 60, "link-bad-offload"],
    ["UDP fragmentation", "01 03 2a00 b405 2200 0600", 60, "link-bad-offload"],
    ["UDP segmentation", "01 05 2a00 b405 2200 0600", 60, "link-bad-offload"],
    ["an unknown type", "01 7f 2a00 b405 2200 0600", 60, "link-bad-offload"],
  ];
  for (const [what, hex, length, reason] of inconsistent) {
    it(`drops ${what}`, () => assert.equal(read(received(hex, length)), reason));
  }

  it("accepts a checksum field and headers that end with the frame", () => {
    assert.equal(read(received("01 01 3c00 b405 2200 1800", 60)), null);
  });
});

describe("writeVirtioHeader", () => {
  it("writes ten zeros for a finished frame", () => {
    const packet = tcpPacket("ethernet", 4);
    packet.checksumStart = NO_PARTIAL_CHECKSUM;
    assert.equal(written(packet, "ethernet"), "00 00 0000 0000 0000 0000");
  });

  it("gives the checksum's place relative to the frame", () => {
    assert.equal(written(tcpPacket("ethernet", 4), "ethernet"), "01 00 0000 0000 2200 1000");
    assert.equal(written(tcpPacket("ip", 6), "ip"), "01 00 0000 0000 2800 1000");
  });

  const superSegments: ["ethernet" | "ip", 4 | 6, string][] = [
    ["ethernet", 4, "01 01 4200 b405 2200 1000"],
    ["ethernet", 6, "01 04 5600 b405 3600 1000"],
    ["ip", 4, "01 01 3400 b405 1400 1000"],
    ["ip", 6, "01 04 4800 b405 2800 1000"],
  ];
  for (const [medium, version, hex] of superSegments) {
    it(`describes TCP over IPv${version} on medium ${medium}`, () => {
      const packet = tcpPacket(medium, version);
      packet.gsoSize = 1460;
      assert.equal(written(packet, medium), hex);
    });
  }

  it("refuses what the kernel could not finish", () => {
    const refused = (change: (packet: PacketBuffer) => void): string | null => {
      const packet = tcpPacket("ip", 4);
      packet.gsoSize = 1460;
      change(packet);
      return writeVirtioHeader(packet, START - VIRTIO_HEADER_LENGTH, "ip");
    };
    const noChecksum = refused((packet) => {
      packet.checksumStart = NO_PARTIAL_CHECKSUM;
    });
    assert.equal(noChecksum, "link-bad-offload");
    const noTcpHeader = refused((packet) => {
      packet.end = packet.checksumStart + 19;
    });
    assert.equal(noTcpHeader, "link-bad-offload");
    const cutOptions = refused((packet) => {
      packet.end = packet.checksumStart + 31;
    });
    assert.equal(cutOptions, "link-bad-offload");
    const noField = refused((packet) => {
      packet.gsoSize = 0;
      packet.end = packet.checksumStart + 17;
    });
    assert.equal(noField, "link-bad-offload");
  });
});

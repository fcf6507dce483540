import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HEADROOM,
  NO_PARTIAL_CHECKSUM,
  PacketBuffer,
  SUPER_PACKET_OCTETS,
} from "../../../src/wire/packet-buffer.ts";

const VIRTIO_ETHERNET_IPV6_TCP = 12 + 14 + 40 + 60;

/** A packet of three octets of which everything is known. */
function described(): PacketBuffer {
  const packet = new PacketBuffer(512);
  packet.reset(200);
  packet.bytes.set([7, 8, 9], 200);
  packet.end = 203;
  packet.gsoSize = 1448;
  packet.checksumStart = 201;
  packet.checksumOffset = 16;
  packet.checksumVerified = true;
  packet.linkBroadcast = true;
  packet.linkMulticast = true;
  packet.reassembled = true;
  return packet;
}

test("there is room for every header in front, and for 64 KB behind", () => {
  assert.ok(HEADROOM >= VIRTIO_ETHERNET_IPV6_TCP);
  const packet = new PacketBuffer();
  packet.reset();
  assert.equal(packet.length, 0);
  assert.equal(packet.bytes.length, SUPER_PACKET_OCTETS);
  assert.ok(packet.bytes.length - packet.start >= 65_535);
  assert.equal(packet.start % 4, 0);
});

test("view and octets are the same memory", () => {
  const packet = new PacketBuffer(16);
  packet.view.setUint32(4, 0x01020304);
  assert.deepEqual([...packet.bytes.subarray(4, 8)], [1, 2, 3, 4]);
});

test("after a reset nothing is known", () => {
  const packet = described();
  assert.equal(packet.length, 3);
  packet.reset(64);
  const { start, end, gsoSize, checksumStart, checksumOffset } = packet;
  assert.deepEqual(
    { start, end, gsoSize, checksumStart, checksumOffset },
    {
      start: 64,
      end: 64,
      gsoSize: 0,
      checksumStart: NO_PARTIAL_CHECKSUM,
      checksumOffset: 0,
    },
  );
  const { checksumVerified, linkBroadcast, linkMulticast, reassembled } = packet;
  assert.ok(!checksumVerified && !linkBroadcast && !linkMulticast && !reassembled);
});

test("a copy has the octets at the same place and everything that was known", () => {
  const packet = described();
  const copy = new PacketBuffer(512);
  copy.bytes.fill(0xee);
  copy.copyFrom(packet);
  packet.bytes[200] = 0;
  assert.deepEqual([copy.start, copy.end], [200, 203]);
  assert.deepEqual([...copy.bytes.subarray(199, 204)], [0xee, 7, 8, 9, 0xee]);
  assert.equal(copy.gsoSize, 1448);
  assert.deepEqual([copy.checksumStart, copy.checksumOffset], [201, 16]);
  assert.ok(copy.checksumVerified && copy.linkBroadcast && copy.linkMulticast && copy.reassembled);
});

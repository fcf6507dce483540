import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumFold } from "../../../src/base/checksum.ts";
import { placePayload, setPartialChecksum, writeHeader } from "../../../src/udp/udp-output.ts";
import { HEADROOM, NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../../src/wire/packet-buffer.ts";

test("a datagram is built in place, with the checksum left to the edge of the link", () => {
  const packet = new PacketBuffer();
  packet.checksumVerified = true;
  placePayload(packet, Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
  writeHeader(packet, 0x1234, 0x5678);
  const octets = [...packet.bytes.subarray(packet.start, packet.end)];
  assert.deepEqual(octets, [0x12, 0x34, 0x56, 0x78, 0, 11, 0, 0, 1, 2, 3]);
  assert.equal(packet.start, HEADROOM);
  assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
  assert.equal(packet.checksumVerified, false, "nothing is left of the packet before");
  setPartialChecksum(packet, 0x1fffe);
  assert.equal(packet.checksumStart, packet.start);
  assert.equal(packet.checksumOffset, 6);
  assert.equal(packet.view.getUint16(packet.start + 6), checksumFold(0x1fffe + 11));
});

test("a whole array goes in whole, the largest too", () => {
  const packet = new PacketBuffer();
  const data = new Uint8Array(65_527).fill(5);
  placePayload(packet, data, 0, data.length);
  writeHeader(packet, 1, 2);
  assert.equal(packet.end - packet.start, 65_535);
  assert.equal(packet.bytes[packet.end - 1], 5);
});

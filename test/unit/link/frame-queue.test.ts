import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copyFrame, FramePool, FrameQueue } from "../../../src/link/frame-queue.ts";
import { PacketBuffer, SUPER_PACKET_OCTETS } from "../../../src/wire/packet-buffer.ts";
import { octetsIn } from "../../support/link-packets.ts";

function frame(octets: number, fill: number, start = 100): PacketBuffer {
  const packet = new PacketBuffer();
  packet.reset(start);
  packet.end = start + octets;
  packet.bytes.fill(fill, packet.start, packet.end);
  return packet;
}

test("frames come out as they went in, in order, with their times", () => {
  const operations = fc.array(fc.option(fc.integer({ min: 1, max: 60_000 })), { maxLength: 200 });
  const property = fc.property(operations, (pushes) => {
    const queue = new FrameQueue({ packets: 40, octets: 2 ** 20 });
    const model: { octets: number; fill: number; time: number }[] = [];
    pushes.forEach((octets, i) => {
      if (octets === null) {
        const expected = model.shift();
        if (expected === undefined) return;
        assert.equal(queue.headTime, expected.time);
        const taken = queue.shift();
        assert.deepEqual(octetsIn(taken), octetsIn(frame(expected.octets, expected.fill)));
        queue.release(taken);
        return;
      }
      const entry = { octets, fill: i & 0xff, time: i };
      const fits = queue.hasRoomFor(octets);
      assert.equal(queue.push(frame(octets, entry.fill), entry.time), fits);
      if (fits) model.push(entry);
    });
    assert.equal(queue.length, model.length);
    assert.ok(model.length <= 40);
  });
  fc.assert(property, { numRuns: 100 });
});

test("an empty queue is due never, and takes any frame", () => {
  const queue = new FrameQueue({ packets: 1, octets: 1 });
  assert.equal(queue.headTime, Infinity);
  assert.ok(queue.push(frame(65_000, 1), 3));
  assert.equal(queue.push(frame(1, 2), 4), false);
  queue.clear();
  assert.equal(queue.length, 0);
  assert.equal(queue.headTime, Infinity);
  assert.ok(queue.push(frame(1, 2), 5));
});

test("a pool uses its buffers again and owns no more octets than its limit", () => {
  const pool = new FramePool(2 * SUPER_PACKET_OCTETS);
  const small = Array.from({ length: 64 }, () => pool.copy(frame(1000, 1)) as PacketBuffer);
  assert.ok(small.every((each) => each !== null));
  for (const each of small) pool.release(each);
  assert.ok(small.includes(pool.copy(frame(900, 2)) as PacketBuffer), "used again");
  assert.notEqual(pool.copy(frame(60_000, 3)), null, "free small buffers give way to a large one");
  assert.equal(pool.copy(frame(60_000, 3)), null);
  assert.equal(pool.hasRoomFor(60_000), false);
  assert.equal(pool.hasRoomFor(9000), true);
});

test("copyFrame takes what the link must know along, to its new place", () => {
  const packet = frame(500, 9, 300);
  packet.gsoSize = 7;
  packet.checksumStart = 334;
  packet.checksumOffset = 16;
  packet.linkMulticast = true;
  const copy = new PacketBuffer(2048);
  copyFrame(packet, copy);
  assert.deepEqual(octetsIn(copy), octetsIn(packet));
  assert.equal(copy.checksumStart - copy.start, 34);
  assert.deepEqual([copy.gsoSize, copy.checksumOffset, copy.linkMulticast], [7, 16, true]);
  copyFrame(frame(5, 1), copy);
  assert.deepEqual([copy.gsoSize, copy.checksumStart, copy.linkMulticast], [0, -1, false]);
});

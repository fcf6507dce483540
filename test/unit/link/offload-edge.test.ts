import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FULL_OFFLOAD, NO_OFFLOAD } from "../../../src/link/device.ts";
import { OffloadEdge } from "../../../src/link/offload-edge.ts";
import { Segmenter } from "../../../src/link/segmentation.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { FakeDevice, WakeCounter } from "../../support/link-devices.ts";
import { octetsIn, tcpPacket } from "../../support/link-packets.ts";

/** What the device should see of a packet: its segments, summed. */
function wireFramesOf(packet: PacketBuffer): Uint8Array[] {
  const segmenter = new Segmenter("ethernet");
  const scratch = new PacketBuffer();
  const frames: Uint8Array[] = [];
  segmenter.begin(packet);
  while (segmenter.next(scratch)) frames.push(octetsIn(scratch));
  return frames;
}

test("a device without offload gets wire frames with whole checksums", () => {
  const device = new FakeDevice();
  const edge = new OffloadEdge(device);
  assert.deepEqual(edge.offload, FULL_OFFLOAD);
  const packet = tcpPacket({ payload: 5000, gsoSize: 1448 });
  const expected = wireFramesOf(packet);
  assert.equal(edge.transmit(packet, 7), true);
  assert.deepEqual(
    device.sent.map(({ octets }) => octets),
    expected,
  );
  assert.ok(
    device.sent.every(({ partial, gsoSize, now }) => !partial && gsoSize === 0 && now === 7),
  );
});

test("what the device can do is left to it", () => {
  // [offload of the device, frames sent, partial checksums]
  const rows = [
    [FULL_OFFLOAD, 1, true],
    [{ segmentation: false, checksum: true }, 4, true],
    [NO_OFFLOAD, 4, false],
  ] as const;
  for (const [offload, frames, partial] of rows) {
    const device = new FakeDevice({ offload });
    new OffloadEdge(device).transmit(tcpPacket({ payload: 5000, gsoSize: 1448 }), 0);
    assert.equal(device.sent.length, frames);
    assert.ok(device.sent.every((frame) => frame.partial === partial));
  }
});

test("a plain packet with a partial checksum is summed and passed", () => {
  const device = new FakeDevice();
  new OffloadEdge(device).transmit(tcpPacket({ payload: 10 }), 0);
  assert.deepEqual(device.sent[0]?.octets, octetsIn(tcpPacket({ payload: 10, partial: false })));
});

test("a super-segment that is no TCP packet is counted and dropped", () => {
  const device = new FakeDevice();
  const edge = new OffloadEdge(device);
  const packet = tcpPacket({ payload: 5000, gsoSize: 1448 });
  packet.view.setUint16(packet.start + 12, 0x1234);
  assert.equal(edge.transmit(packet, 0), true);
  assert.equal(edge.badOffloads, 1);
  assert.equal(device.sent.length, 0);
});

test("refused before the first segment: nothing was taken", () => {
  const device = new FakeDevice();
  const edge = new OffloadEdge(device);
  device.room = 0;
  assert.equal(edge.transmit(tcpPacket({ payload: 5000, gsoSize: 1448 }), 0), false);
  device.room = Infinity;
  edge.receive(() => {}, 1, 0);
  assert.equal(device.sent.length, 0);
});

test("refused midway: the rest follows, whole and first, when there is room", () => {
  const device = new FakeDevice();
  const edge = new OffloadEdge(device);
  const first = tcpPacket({ payload: 5000, gsoSize: 1448 });
  const second = tcpPacket({ payload: 100, seq: 6000 });
  const expected = wireFramesOf(first);
  device.room = 2;
  assert.equal(edge.transmit(first, 0), true);
  first.bytes.fill(0xee);
  assert.equal(edge.transmit(second, 1), false, "nothing overtakes the rest");
  device.room = 1;
  assert.equal(edge.transmit(second, 2), false, "one more segment went, one is left");
  device.room = Infinity;
  edge.receive(() => {}, 1, 3);
  assert.equal(edge.transmit(second, 4), true);
  assert.deepEqual(
    device.sent.slice(0, 4).map(({ octets }) => octets),
    expected,
  );
  assert.deepEqual(
    device.sent[4]?.octets,
    octetsIn(tcpPacket({ payload: 100, seq: 6000, partial: false })),
  );
  assert.equal(device.sent.length, 5);
});

test("no pattern of refusals loses, doubles or reorders a segment", () => {
  const packets = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 6 });
  const rooms = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 });
  const property = fc.property(packets, rooms, (sizes, roomGiven) => {
    const device = new FakeDevice();
    const edge = new OffloadEdge(device);
    const expected: Uint8Array[] = [];
    const givenRooms = [...roomGiven];
    sizes.forEach((payload, i) => {
      const shape = { payload, gsoSize: 1448, identification: i * 100 };
      expected.push(...wireFramesOf(tcpPacket(shape)));
      const packet = tcpPacket(shape);
      device.room = givenRooms.shift() ?? Infinity;
      while (!edge.transmit(packet, 0)) device.room = givenRooms.shift() ?? Infinity;
      packet.bytes.fill(0);
    });
    device.room = Infinity;
    edge.receive(() => {}, 1, 0);
    assert.deepEqual(
      device.sent.map(({ octets }) => octets),
      expected,
    );
  });
  fc.assert(property, { numRuns: 100 });
});

test("the rest of the card is the device's own", () => {
  const device = new FakeDevice({ medium: "ip", mtu: 1400 });
  const edge = new OffloadEdge(device);
  const owner = new WakeCounter();
  edge.attach(owner);
  assert.equal(device.owner, owner);
  assert.deepEqual([edge.name, edge.medium, edge.mtu, edge.macAddress], ["fake", "ip", 1400, null]);
  device.waiting.push(tcpPacket({ medium: "ip" }));
  assert.equal(edge.pollTimeout(), 0);
  let received = 0;
  assert.equal(
    edge.receive(() => received++, 4, 0),
    false,
  );
  assert.equal(received, 1);
  edge.close();
  assert.ok(device.closed);
});

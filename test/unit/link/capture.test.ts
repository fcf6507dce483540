import assert from "node:assert/strict";
import { test } from "node:test";
import { Capture, type CaptureDirection } from "../../../src/link/capture.ts";
import { FULL_OFFLOAD } from "../../../src/link/device.ts";
import { Segmenter } from "../../../src/link/segmentation.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { drain, FakeDevice, WakeCounter } from "../../support/link-devices.ts";
import { octetsIn, tcpPacket } from "../../support/link-packets.ts";

interface Shown {
  octets: Uint8Array;
  direction: CaptureDirection;
  now: number;
}

function captured(): { device: FakeDevice; capture: Capture; shown: Shown[] } {
  const device = new FakeDevice({ offload: FULL_OFFLOAD });
  const shown: Shown[] = [];
  const capture = new Capture(device, (frame, direction, now) => {
    assert.ok(frame.gsoSize === 0 && frame.checksumStart < 0, "a wire frame");
    shown.push({ octets: octetsIn(frame), direction, now });
  });
  return { device, capture, shown };
}

function wireFramesOf(packet: PacketBuffer): Uint8Array[] {
  const segmenter = new Segmenter("ethernet");
  const scratch = new PacketBuffer();
  const frames: Uint8Array[] = [];
  assert.ok(segmenter.begin(packet));
  while (segmenter.next(scratch)) frames.push(octetsIn(scratch));
  return frames;
}

test("a super-segment is shown as its wire frames and passes whole, both ways", () => {
  const packet = tcpPacket({ payload: 5000, gsoSize: 1448 });
  const octets = octetsIn(packet);
  const expected = wireFramesOf(packet);
  const { device, capture, shown } = captured();
  assert.ok(capture.transmit(packet, 3));
  assert.deepEqual(device.sent[0], {
    octets,
    gsoSize: 1448,
    partial: true,
    checksumVerified: false,
    now: 3,
  });
  device.waiting.push(packet);
  const [got] = drain(capture, 4);
  assert.deepEqual([got?.octets, got?.gsoSize, got?.partial], [octets, 1448, true]);
  assert.deepEqual(shown, [
    ...expected.map((frame) => ({ octets: frame, direction: "out", now: 3 })),
    ...expected.map((frame) => ({ octets: frame, direction: "in", now: 4 })),
  ]);
});

test("a partial checksum is shown finished and passes partial", () => {
  const { device, capture, shown } = captured();
  capture.transmit(tcpPacket({ payload: 9 }), 0);
  device.waiting.push(tcpPacket({ payload: 9 }), tcpPacket({ payload: 9, partial: false }));
  assert.deepEqual(
    drain(capture).map(({ partial }) => partial),
    [true, false],
  );
  assert.equal(device.sent[0]?.partial, true);
  const whole = octetsIn(tcpPacket({ payload: 9, partial: false }));
  assert.deepEqual(
    shown.map(({ octets }) => octets),
    [whole, whole, whole],
  );
});

test("a frame that the device refuses is not shown", () => {
  const { device, capture, shown } = captured();
  device.room = 0;
  assert.equal(capture.transmit(tcpPacket({ payload: 9 }), 0), false);
  assert.equal(shown.length, 0);
});

test("a super-segment that cannot be split is shown as it is", () => {
  const { capture, shown } = captured();
  const packet = tcpPacket({ payload: 3000, gsoSize: 1000 });
  packet.view.setUint16(packet.start + 12, 0x1234);
  capture.transmit(packet, 0);
  assert.deepEqual(
    shown.map(({ octets }) => octets.length),
    [packet.length],
  );
});

test("the sink comes and goes; without one frames just pass", () => {
  const { device, capture, shown } = captured();
  const { sink } = capture;
  capture.sink = null;
  capture.transmit(tcpPacket(), 0);
  device.waiting.push(tcpPacket());
  assert.equal(drain(capture).length, 1);
  assert.equal(shown.length, 0);
  capture.sink = sink;
  capture.transmit(tcpPacket(), 0);
  assert.equal(shown.length, 1);
});

test("the rest of the card is the device's own", () => {
  const { device, capture } = captured();
  const owner = new WakeCounter();
  capture.attach(owner);
  assert.equal(device.owner, owner);
  assert.deepEqual(
    [
      capture.name,
      capture.medium,
      capture.mtu,
      capture.macAddress,
      capture.offload,
      capture.pollTimeout(),
    ],
    ["fake", "ethernet", 1500, null, FULL_OFFLOAD, Infinity],
  );
  capture.close();
  assert.ok(device.closed);
});

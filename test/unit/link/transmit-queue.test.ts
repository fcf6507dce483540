import assert from "node:assert/strict";
import { test } from "node:test";
import type { MacAddress } from "../../../src/base/mac-address.ts";
import { type Device, FULL_OFFLOAD, type Offload } from "../../../src/link/device.ts";
import { TransmitQueue } from "../../../src/link/transmit-queue.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

/** A card with room for `room` more frames. */
class NarrowDevice implements Device {
  readonly name: string = "narrow0";
  readonly medium = "ip";
  readonly mtu: number = 1500;
  readonly macAddress: MacAddress | null = null;
  readonly offload: Offload = FULL_OFFLOAD;
  readonly sent: { octet: number; length: number; gsoSize: number }[] = [];
  room = 0;

  attach(): void {}

  transmit(packet: PacketBuffer): boolean {
    if (this.room === 0) return false;
    this.room--;
    const octet = packet.bytes[packet.start] as number;
    this.sent.push({ octet, length: packet.length, gsoSize: packet.gsoSize });
    return true;
  }

  receive(): boolean {
    return false;
  }

  pollTimeout(): number {
    return Number.POSITIVE_INFINITY;
  }

  close(): void {}
}

function packetOf(octet: number, length: number, gsoSize = 0): PacketBuffer {
  const packet = new PacketBuffer();
  packet.reset();
  packet.end = packet.start + length;
  packet.bytes.fill(octet, packet.start, packet.end);
  packet.gsoSize = gsoSize;
  return packet;
}

test("what a full device refuses waits, keeps its order and its metadata", () => {
  const device = new NarrowDevice();
  const queue = new TransmitQueue(device);
  device.room = 1;
  const lent = packetOf(1, 40);
  assert.equal(queue.transmit(lent, 0), true);
  assert.equal(queue.isBacklogged, false);
  assert.equal(queue.transmit(packetOf(2, 60_000, 1448), 0), true);
  assert.equal(queue.isBacklogged, true);
  device.room = 10;
  // Room came free, but who waits goes first.
  assert.equal(queue.transmit(packetOf(3, 40), 0), true);
  assert.equal(device.sent.length, 1);
  queue.drain(0);
  assert.equal(queue.isBacklogged, false);
  assert.deepEqual(device.sent, [
    { octet: 1, length: 40, gsoSize: 0 },
    { octet: 2, length: 60_000, gsoSize: 1448 },
    { octet: 3, length: 40, gsoSize: 0 },
  ]);
});

test("the queue copies: the lender may use the packet again", () => {
  const device = new NarrowDevice();
  const queue = new TransmitQueue(device);
  const packet = packetOf(5, 100);
  queue.transmit(packet, 0);
  packet.bytes.fill(9);
  device.room = 1;
  queue.drain(0);
  assert.equal(device.sent[0]?.octet, 5);
});

test("a full queue drops and counts", () => {
  const device = new NarrowDevice();
  const queue = new TransmitQueue(device, 2);
  assert.equal(queue.transmit(packetOf(1, 40), 0), true);
  assert.equal(queue.transmit(packetOf(2, 40), 0), true);
  assert.equal(queue.transmit(packetOf(3, 40), 0), false);
  assert.equal(queue.dropped, 1);
  device.room = 1;
  queue.drain(0);
  assert.equal(queue.isBacklogged, true, "the second still waits");
  queue.close();
  assert.equal(queue.isBacklogged, false);
});

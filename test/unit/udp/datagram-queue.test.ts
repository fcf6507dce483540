import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { DATAGRAM_OVERHEAD, DatagramInfo, DatagramQueue } from "../../../src/udp/datagram-queue.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

const PLENTY = 1 << 24;

test("datagrams come out in order, with what is known of each", () => {
  const queue = new DatagramQueue(PLENTY);
  assert.equal(queue.headLength, -1);
  for (let i = 0; i < 100; i++) assert.ok(push(queue, octetsOf(i), i));
  assert.equal(queue.count, 100);
  const info = new DatagramInfo();
  const buffer = new Uint8Array(200);
  for (let i = 0; i < 100; i++) {
    queue.describe(info);
    assert.deepEqual(
      [info.length, info.sourcePort, info.hopLimit, info.trafficClass],
      [i, i, 64, 3],
    );
    assert.equal(info.interfaceIndex, 7);
    assert.equal(info.source.toString(), `10.0.0.${i}`);
    assert.equal(info.destination.toString(), "fd00::1");
    assert.equal(queue.read(buffer, 0, 200), i);
    assert.deepEqual(buffer.subarray(0, i), octetsOf(i));
    queue.shift();
  }
  assert.equal(queue.count, 0);
  assert.equal(queue.payloadOctets, 0);
});

test("reading copies what fits and takes nothing away", () => {
  const queue = new DatagramQueue(PLENTY);
  push(queue, Uint8Array.of(1, 2, 3, 4));
  const buffer = new Uint8Array(6);
  assert.equal(queue.read(buffer, 1, 3), 2);
  assert.deepEqual([...buffer], [0, 1, 2, 0, 0, 0]);
  assert.equal(queue.headLength, 4);
});

test("a queue that is never empty goes round and round", () => {
  const queue = new DatagramQueue(PLENTY);
  const buffer = new Uint8Array(2000);
  for (let i = 0; i < 5; i++) push(queue, octetsOf(700 + i));
  for (let i = 5; i < 3000; i++) {
    push(queue, octetsOf(700 + (i % 900)));
    const expected = octetsOf(700 + ((i - 5) % 900));
    assert.equal(queue.read(buffer, 0, 2000), expected.length);
    assert.deepEqual(buffer.subarray(0, expected.length), expected);
    queue.shift();
  }
  assert.equal(queue.count, 5);
  assert.ok(queue.storageOctets < 32_768, `${queue.storageOctets}`);
});

// req: udp/UDP-30
test("what does not fit is refused, an empty queue takes anything", () => {
  const queue = new DatagramQueue(3 * (DATAGRAM_OVERHEAD + 10));
  assert.deepEqual(
    [1, 2, 3, 4].map(() => push(queue, octetsOf(10))),
    [true, true, true, false],
  );
  assert.equal(queue.chargedOctets, 3 * (DATAGRAM_OVERHEAD + 10));
  queue.shift();
  assert.ok(!push(queue, octetsOf(11)));
  assert.ok(push(queue, octetsOf(10)));
  const small = new DatagramQueue(1);
  assert.ok(push(small, octetsOf(5000)));
  assert.ok(!push(small, new Uint8Array(0)), "even nothing is charged");
});

test("memory: none before the first datagram, given back after a burst, kept under a steady load", () => {
  const queue = new DatagramQueue(PLENTY);
  assert.equal(queue.storageOctets, 0);
  for (let i = 0; i < 500; i++) push(queue, octetsOf(1000));
  while (queue.count > 0) queue.shift();
  const afterBurst = queue.storageOctets;
  assert.ok(afterBurst > 500_000);
  push(queue, octetsOf(1000));
  queue.shift();
  assert.equal(queue.storageOctets, 0, "far more than was needed since");
  for (let i = 0; i < 40; i++) push(queue, octetsOf(1000));
  while (queue.count > 0) queue.shift();
  const steady = queue.storageOctets;
  for (let i = 0; i < 40; i++) push(queue, octetsOf(1000));
  while (queue.count > 0) queue.shift();
  assert.equal(queue.storageOctets, steady);
  queue.clear();
  assert.equal(queue.storageOctets, 0);
});

test("an address that was known is not made again", () => {
  const queue = new DatagramQueue(PLENTY);
  push(queue, octetsOf(1), 9);
  push(queue, octetsOf(1), 9);
  const info = new DatagramInfo();
  queue.describe(info);
  const first = info.source;
  queue.shift();
  queue.describe(info);
  assert.equal(info.source, first);
});

function push(queue: DatagramQueue, octets: Uint8Array, port = 0): boolean {
  const packet = new PacketBuffer(8192);
  packet.bytes.set(octets, 50);
  packet.hopLimit = 64;
  packet.trafficClass = 3;
  const source = IpAddress.v4(0x0a000000 + port);
  packet.sourceC = source.c;
  packet.sourceD = source.d;
  packet.destinationA = 0xfd000000 | 0;
  packet.destinationD = 1;
  return queue.push(packet, 50, 50 + octets.length, port, 7);
}

function octetsOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (length + i) & 0xff);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DelayQueue } from "../../../src/link/delay-queue.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

function numbered(number: number): PacketBuffer {
  const packet = new PacketBuffer(512);
  packet.reset();
  packet.end = packet.start + 4;
  packet.view.setInt32(packet.start, number);
  return packet;
}

function numberOf(packet: PacketBuffer): number {
  return packet.view.getInt32(packet.start);
}

function shiftAll(queue: DelayQueue): [number, number][] {
  const all: [number, number][] = [];
  while (queue.length > 0) {
    const time = queue.headTime;
    const frame = queue.shift();
    all.push([time, numberOf(frame)]);
    queue.release(frame);
  }
  return all;
}

test("frames come out by time, whatever the order they went in", () => {
  const pushes = fc.array(fc.record({ time: fc.nat(30), straggler: fc.boolean() }), {
    maxLength: 100,
  });
  const property = fc.property(pushes, (given) => {
    const queue = new DelayQueue({ packets: 200, octets: 2 ** 24 });
    for (const [i, { time, straggler }] of given.entries()) {
      assert.ok(queue.push(numbered(i), time, straggler));
    }
    const out = shiftAll(queue);
    assert.deepEqual(
      out.map(([time]) => time),
      given.map(({ time }) => time).sort((a, b) => a - b),
    );
    for (const [time, number] of out) assert.equal(given[number]?.time, time);
    assert.equal(new Set(out.map(([, number]) => number)).size, given.length);
  });
  fc.assert(property, { numRuns: 200 });
});

test("at one time: those in order first, and first in is first out among each kind", () => {
  const queue = new DelayQueue({ packets: 10, octets: 2 ** 20 });
  for (const [number, straggler] of [
    [0, true],
    [1, false],
    [2, true],
    [3, false],
  ] as const) {
    queue.push(numbered(number), 5, straggler);
  }
  assert.deepEqual(
    shiftAll(queue).map(([, number]) => number),
    [1, 3, 0, 2],
  );
});

test("what is put back is the next again", () => {
  for (const straggler of [false, true]) {
    const queue = new DelayQueue({ packets: 10, octets: 2 ** 20 });
    queue.push(numbered(1), 5, straggler);
    queue.push(numbered(2), 6, straggler);
    queue.unshift(queue.shift());
    assert.equal(queue.headTime, 5);
    assert.deepEqual(
      shiftAll(queue).map(([, number]) => number),
      [1, 2],
    );
  }
});

test("both parts are bounded; cleared, nothing is left", () => {
  const queue = new DelayQueue({ packets: 2, octets: 2 ** 20 });
  const taken = [false, false, false, true, true, true].map((straggler) =>
    queue.push(numbered(0), 1, straggler),
  );
  assert.deepEqual(taken, [true, true, false, true, true, false]);
  const frame = queue.shift();
  queue.clear();
  queue.release(frame);
  assert.deepEqual([queue.length, queue.headTime], [0, Infinity]);
  assert.ok(queue.push(numbered(3), 0));
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd, toSeq } from "../../../src/base/seq.ts";
import { SendBuffer } from "../../../src/tcp/send-buffer.ts";

function octets(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 13) & 0xff);
}

function copyOf(buffer: SendBuffer, offset: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  buffer.copyInto(copy, 0, seqAdd(buffer.base, offset), length);
  return copy;
}

for (const [name, iss] of [
  ["0", 0],
  ["2³¹", 0x7fffff00],
  ["2³²", 0xffffff00],
] as const) {
  describe(`SendBuffer across ${name}`, () => {
    it("accepts up to its limit and counts by sequence number", () => {
      const buffer = new SendBuffer(1000);
      buffer.start(toSeq(iss));
      assert.equal(buffer.append(octets(600), 0, 600), 600);
      assert.equal(buffer.append(octets(600), 0, 600), 400);
      assert.equal(buffer.append(octets(1), 0, 1), 0);
      assert.equal(buffer.length, 1000);
      assert.equal(buffer.free, 0);
      assert.equal(buffer.base, toSeq(iss));
      assert.equal(buffer.end, toSeq(iss + 1000));
    });

    // req: tcp/BUG-4
    it("gives the same octets for the same sequence numbers each time", () => {
      const buffer = new SendBuffer(8192);
      buffer.start(toSeq(iss));
      const data = octets(8192);
      buffer.append(data, 0, 3000);
      const first = copyOf(buffer, 1000, 1460);
      buffer.append(data, 3000, 8192);
      assert.deepEqual(copyOf(buffer, 1000, 1460), first);
      assert.deepEqual(copyOf(buffer, 0, 8192), data);
      buffer.releaseUpTo(toSeq(iss + 1000));
      assert.deepEqual(copyOf(buffer, 0, 1460), first);
    });

    it("frees what is acknowledged and only that", () => {
      const buffer = new SendBuffer(1000);
      buffer.start(toSeq(iss));
      buffer.append(octets(1000), 0, 1000);
      buffer.releaseUpTo(toSeq(iss));
      buffer.releaseUpTo(toSeq(iss - 5));
      assert.equal(buffer.length, 1000);
      buffer.releaseUpTo(toSeq(iss + 300));
      assert.equal(buffer.base, toSeq(iss + 300));
      assert.equal(buffer.free, 300);
      assert.deepEqual(copyOf(buffer, 0, 10), octets(10, 300 * 13));
      buffer.releaseUpTo(toSeq(iss + 1001));
      assert.equal(buffer.length, 0);
      assert.equal(buffer.base, toSeq(iss + 1000));
    });
  });
}

describe("SendBuffer", () => {
  it("holds memory only while it holds octets", () => {
    const buffer = new SendBuffer(1 << 20);
    assert.equal(buffer.storageOctets, 0);
    buffer.append(octets(100), 0, 100);
    assert.ok(buffer.storageOctets > 0);
    buffer.releaseUpTo(buffer.end);
    assert.equal(buffer.storageOctets, 0);
  });

  it("takes part of an array and copies it", () => {
    const buffer = new SendBuffer(100);
    const data = octets(50);
    buffer.append(data, 10, 20);
    data.fill(0);
    assert.deepEqual(copyOf(buffer, 0, 10), octets(50).subarray(10, 20));
  });

  it("drops nothing when the limit sinks, and accepts nothing until there is room", () => {
    const buffer = new SendBuffer(1000);
    buffer.append(octets(800), 0, 800);
    buffer.limit = 500;
    assert.equal(buffer.length, 800);
    assert.equal(buffer.free, 0);
    assert.equal(buffer.append(octets(1), 0, 1), 0);
    buffer.releaseUpTo(toSeq(400));
    assert.equal(buffer.append(octets(200, 800 * 13), 0, 200), 100);
    assert.deepEqual(copyOf(buffer, 0, 500), octets(500, 400 * 13));
    buffer.limit = 2000;
    assert.equal(buffer.free, 1500);
    assert.equal(buffer.append(octets(1500), 0, 1500), 1500);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteRing } from "../../../src/base/byte-ring.ts";
import { StoragePool } from "../../../src/base/storage-pool.ts";

describe("a storage pool", () => {
  it("gives out again what it got back, by size", () => {
    const pool = new StoragePool();
    const small = pool.take(2048);
    const large = pool.take(8192);
    pool.give(small);
    pool.give(large);
    assert.equal(pool.heldOctets, 10_240);
    assert.equal(pool.take(8192), large);
    assert.notEqual(pool.take(8192), large);
    assert.equal(pool.take(2048), small);
    assert.equal(pool.heldOctets, 0);
  });

  it("keeps no more than its limit", () => {
    const pool = new StoragePool(4096);
    const blocks = [pool.take(2048), pool.take(2048), pool.take(2048)];
    for (const block of blocks) pool.give(block);
    assert.equal(pool.heldOctets, 4096);
  });
});

describe("a byte ring on a pool", () => {
  it("gives its storage back and takes as much as it needed before", () => {
    const pool = new StoragePool();
    const ring = new ByteRing(1 << 20, pool);
    const octets = new Uint8Array(60_000).fill(7);
    for (let round = 0; round < 3; round++) {
      ring.start(0);
      for (let at = 0; at < octets.length; at += 10_000) {
        assert.ok(ring.write(at, octets, at, at + 10_000));
        if (round > 0) assert.equal(ring.storageOctets, 65_536, "no growing by steps again");
      }
      const into = new Uint8Array(60_000);
      ring.read(0, into, 0, 60_000);
      assert.deepEqual(into, octets);
      ring.releaseStorage();
      assert.equal(ring.storageOctets, 0);
    }
  });

  it("forgets a peak once it has passed", () => {
    const ring = new ByteRing(1 << 20, new StoragePool());
    ring.write(0, new Uint8Array(60_000), 0, 60_000);
    ring.start(0);
    ring.write(0, new Uint8Array(10), 0, 10);
    ring.start(0);
    ring.write(0, new Uint8Array(10), 0, 10);
    assert.equal(ring.storageOctets, 2048);
  });
});

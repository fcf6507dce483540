import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { LoopQueue } from "../../../src/ip/loop-queue.ts";
import { testInterface } from "../../support/network-ip.ts";
import { packetWith } from "../../support/network-parts.ts";

describe("LoopQueue", () => {
  it("gives copies back in order, on a later turn, with checksums taken for right", () => {
    const queue = new LoopQueue(new Counters());
    const iface = testInterface();
    const packet = packetWith(Uint8Array.of(1, 2, 3));
    queue.push(packet, iface);
    packet.bytes.fill(9);
    const seen: number[][] = [];
    const take = (copy: typeof packet): void => {
      assert.ok(copy.checksumVerified);
      seen.push([...copy.bytes.slice(copy.start, copy.end)]);
      if (seen.length === 1) queue.push(packetWith(Uint8Array.of(4)), iface);
    };
    assert.equal(queue.isEmpty, false);
    queue.drain(take, 0);
    assert.deepEqual(seen, [[1, 2, 3]], "what was sent meanwhile waits");
    queue.drain(take, 0);
    assert.deepEqual([seen[1], queue.isEmpty], [[4], true]);
  });

  it("is bounded, and forgets what was for an interface that went down", () => {
    const counters = new Counters();
    const queue = new LoopQueue(counters);
    const iface = testInterface();
    for (let i = 0; i < 70; i++) queue.push(packetWith(Uint8Array.of(i)), iface);
    assert.equal(counters.dropped("link-queue-full"), 6);
    iface.up = false;
    queue.drain(() => assert.fail(), 0);
    assert.ok(queue.isEmpty);
  });
});

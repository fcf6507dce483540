import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { type FlowEntry, FlowTable } from "../../../src/stack/flow-table.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

function entry(local: string, localPort: number, remote: string, remotePort: number): FlowEntry {
  return {
    localAddress: IpAddress.parse(local) as IpAddress,
    localPort,
    remoteAddress: IpAddress.parse(remote) as IpAddress,
    remotePort,
    hash: 0,
  };
}

/** A packet as it arrives from `flow`'s peer. */
function packetOf(flow: FlowEntry): PacketBuffer {
  const packet = new PacketBuffer(64);
  const { remoteAddress: source, localAddress: destination } = flow;
  packet.sourceA = source.a;
  packet.sourceB = source.b;
  packet.sourceC = source.c;
  packet.sourceD = source.d;
  packet.destinationA = destination.a;
  packet.destinationB = destination.b;
  packet.destinationC = destination.c;
  packet.destinationD = destination.d;
  return packet;
}

test("a flow is found by its tuple and by a packet of its peer, and by no other", () => {
  const table = new FlowTable<FlowEntry>(new SeededRandom(1));
  const v4 = entry("10.77.0.2", 80, "10.77.0.1", 40000);
  const v6 = entry("fd77::2", 80, "fd77::1", 40000);
  table.insert(v4);
  table.insert(v6);
  assert.equal(table.findPacket(packetOf(v4), 80, 40000), v4);
  assert.equal(table.findPacket(packetOf(v6), 80, 40000), v6);
  assert.equal(table.findPacket(packetOf(v6), 80, 40001), null);
  assert.equal(table.findPacket(packetOf(v4), 40000, 80), null, "ports are not symmetric");
  assert.equal(table.find(entry("10.77.0.2", 80, "10.77.0.1", 40000)), v4);
  assert.equal(table.find(entry("10.77.0.1", 80, "10.77.0.2", 40000)), null);
  assert.equal(table.delete(v4), true);
  assert.equal(table.delete(v4), false);
  assert.equal(table.find(v4), null);
  assert.deepEqual([...table], [v6]);
});

test("it behaves as a map whatever is inserted and deleted", () => {
  const tuple = fc.record({ port: fc.integer({ min: 1, max: 400 }), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(tuple, { maxLength: 600 }), fc.integer(), (operations, seed) => {
      const table = new FlowTable<FlowEntry>(new SeededRandom(seed));
      const model = new Map<number, FlowEntry>();
      for (const { port, remove } of operations) {
        const known = model.get(port);
        if (remove) {
          if (known !== undefined) assert.equal(table.delete(known), true);
          model.delete(port);
        } else if (known === undefined) {
          const added = entry("10.0.0.1", 80, "10.0.0.2", port);
          table.insert(added);
          model.set(port, added);
        }
      }
      assert.equal(table.size, model.size);
      for (const port of Array.from({ length: 400 }, (_, i) => i + 1)) {
        const wanted = entry("10.0.0.1", 80, "10.0.0.2", port);
        assert.equal(table.find(wanted), model.get(port) ?? null);
        assert.equal(table.findPacket(packetOf(wanted), 80, port), model.get(port) ?? null);
      }
    }),
    { numRuns: 30 },
  );
});

test("tuples that differ in few bits spread over the table", () => {
  const table = new FlowTable<FlowEntry>(new SeededRandom(7));
  const hashes = new Set<number>();
  for (let port = 1; port <= 4096; port++) {
    const added = entry("10.0.0.1", 80, "10.0.0.2", port);
    table.insert(added);
    hashes.add(added.hash & 0x3fff);
  }
  // 4096 balls in 16384 bins hit about 3624 of them when thrown at random.
  assert.ok(hashes.size > 3400, `${hashes.size} of 4096 distinct`);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { Neighbor } from "../../../src/link/neighbor.ts";
import { NeighborTable } from "../../../src/link/neighbor-table.ts";

describe("NeighborTable", () => {
  it("holds what a map would, whatever is added and removed (seed 8)", () => {
    const random = new SeededRandom(8);
    const table = new NeighborTable(77);
    const model = new Map<string, Neighbor>();
    for (let step = 0; step < 20_000; step++) {
      const address = new IpAddress(0xfd770000, random.int32() & 3, 0, random.int32() & 255);
      const key = address.toString();
      const known = model.get(key);
      assert.equal(table.find(address), known ?? null);
      if (known === undefined) {
        const neighbor = new Neighbor(address, 0);
        model.set(key, neighbor);
        table.add(neighbor);
      } else if ((random.int32() & 3) === 0) {
        model.delete(key);
        table.remove(known);
        table.remove(known);
      }
      assert.equal(table.size, model.size);
    }
    assert.deepEqual(new Set(table.values()), new Set(model.values()));
  });

  it("may lose the entry at hand while it is walked", () => {
    const table = new NeighborTable(1);
    for (let i = 0; i < 600; i++) table.add(new Neighbor(IpAddress.v4(i), 0));
    for (const neighbor of table.values()) table.remove(neighbor);
    assert.equal(table.size, 0);
  });
});

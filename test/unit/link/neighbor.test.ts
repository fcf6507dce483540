import assert from "node:assert/strict";
import { it } from "node:test";
import { Neighbor } from "../../../src/link/neighbor.ts";
import { V4 } from "../../support/network-host.ts";

it("a neighbour is incomplete at first, and solicited only once it has been asked", () => {
  const neighbor = new Neighbor(V4.peer, 7);
  assert.deepEqual([neighbor.state, neighbor.mac, neighbor.usedAt], ["incomplete", null, 7]);
  assert.equal(neighbor.isSolicited, false);
  neighbor.solicitations = 1;
  assert.equal(neighbor.isSolicited, true);
  neighbor.state = "probe";
  assert.equal(neighbor.isSolicited, true);
  neighbor.state = "stale";
  assert.equal(neighbor.isSolicited, false);
});

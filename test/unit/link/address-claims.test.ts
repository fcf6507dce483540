import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { ACD_RULES, ANNOUNCE_ONLY_RULES, dadRules } from "../../../src/link/address-claim.ts";
import { AddressClaims, type ClaimOwner } from "../../../src/link/address-claims.ts";
import { V4, V6 } from "../../support/network-host.ts";

function recorded(): { claims: AddressClaims; log: string[] } {
  const log: string[] = [];
  const note = (event: string) => (address: IpAddress) => {
    log.push(`${event} ${address}`);
  };
  const owner: ClaimOwner = {
    probe: note("probe"),
    announce: note("announce"),
    onAddressAssigned: note("assigned"),
    onAddressLost: note("lost"),
  };
  return { claims: new AddressClaims(owner, new SeededRandom(1)), log };
}

describe("AddressClaims", () => {
  it("assigns what needs no probe before it returns, and announces it", () => {
    const { claims, log } = recorded();
    claims.add(V4.ours, ANNOUNCE_ONLY_RULES, 5);
    assert.deepEqual(log, ["assigned 10.77.0.1", "announce 10.77.0.1"]);
    assert.ok(claims.isAssigned(V4.ours) && !claims.isTentative(V4.ours));
    assert.equal(claims.pollTimeout(), 2005);
  });

  it("runs the claims of both families by their deadlines", () => {
    const { claims, log } = recorded();
    claims.add(V4.ours, ACD_RULES, 0);
    claims.add(V6.ours, dadRules(1, 1000), 0);
    assert.ok(claims.isTentative(V4.ours) && claims.isTentative(V6.ours));
    assert.deepEqual(claims.assigned(), []);
    for (let at = claims.pollTimeout(); at < Infinity; at = claims.pollTimeout())
      claims.handleTimeout(at);
    assert.equal(log.filter((line) => line.startsWith("probe")).length, 4);
    assert.deepEqual(claims.assigned().map(String), ["10.77.0.1", "fd77::1"]);
    assert.equal(claims.pollTimeout(), Infinity);
  });

  it("tells of a loss once, and of nothing that it does not claim", () => {
    const { claims, log } = recorded();
    claims.add(V4.ours, ACD_RULES, 0);
    claims.handleConflict(V4.peer, 1);
    claims.handleConflict(V4.ours, 1);
    claims.handleConflict(V4.ours, 2);
    assert.deepEqual(log, ["lost 10.77.0.1"]);
    assert.ok(!claims.isTentative(V4.ours) && !claims.isAssigned(V4.ours));
  });

  it("defends by announcing", () => {
    const { claims, log } = recorded();
    claims.add(V4.ours, { ...ANNOUNCE_ONLY_RULES, announcements: 0 }, 0);
    claims.handleConflict(V4.ours, 1);
    assert.deepEqual(log, ["assigned 10.77.0.1", "announce 10.77.0.1"]);
  });

  it("forgets what is removed", () => {
    const { claims, log } = recorded();
    claims.add(V4.ours, ACD_RULES, 0);
    claims.remove(V4.ours);
    claims.remove(V4.ours);
    claims.handleTimeout(1e9);
    assert.deepEqual([log, claims.pollTimeout()], [[], Infinity]);
  });
});

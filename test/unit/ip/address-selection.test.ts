import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import {
  DEFAULT_POLICY,
  orderDestinations,
  policyFor,
  type SourceCandidate,
  selectSource,
} from "../../../src/ip/address-selection.ts";
import { type AddressState, InterfaceAddress } from "../../../src/ip/interface.ts";
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

const iface = testInterface({ addresses: ["fe80::1/64", "2001:db8:1::1/64", "fd00::1/64"] });
const other = testInterface({ index: 2 });
const context = { iface, policy: DEFAULT_POLICY };

/** Beginnings of addresses, each of which some rule tells from every other. */
const KINDS = [
  "fe80::",
  "fec0::",
  "fd00::",
  "2001::",
  "2001:db8:1::",
  "2001:db8:f::",
  "2002:a00:1::",
  "3ffe::",
];

function candidate(text: string, on = iface, state: AddressState = "preferred"): SourceCandidate {
  return { entry: new InterfaceAddress(ip(text), 64, state), iface: on };
}

describe("selectSource", () => {
  // req: ip/SEL-1
  it("has an order without circles: what wins among all loses to nobody alone", () => {
    const all = KINDS.flatMap((kind) => [
      candidate(`${kind}a`),
      candidate(`${kind}b`, other),
      candidate(`${kind}c`, iface, "deprecated"),
    ]);
    for (const destination of [...KINDS.map((kind) => `${kind}1`), "ff02::1", "ff0e::1"].map(ip)) {
      for (let turn = 0; turn < all.length; turn++) {
        const turned = [...all.slice(turn), ...all.slice(0, turn)];
        const chosen = selectSource(destination, turned, context);
        const winner = all.find(({ entry }) => entry.address === chosen);
        assert.ok(winner);
        for (const rival of all) {
          const again = selectSource(destination, [winner, rival], context);
          assert.equal(again, chosen, `${destination}: ${rival.entry.address}`);
        }
      }
    }
  });

  it("weighs an earlier rule more than all later ones together", () => {
    const near = candidate("fd99::1");
    const rows: [string, SourceCandidate][] = [
      ["rule 3 before 6 and 8", candidate("2001:db8:1::2", iface, "deprecated")],
      ["rule 5 before 6 and 8", candidate("2001:db8:1::2", other)],
      ["rule 2 before all but 1", candidate("fe80::2")],
    ];
    for (const [why, loser] of rows) {
      assert.equal(
        String(selectSource(ip("2001:db8:1::1"), [loser, near], context)),
        "fd99::1",
        why,
      );
    }
    const same = candidate("2001:db8:1::1", other, "deprecated");
    const chosen = selectSource(ip("2001:db8:1::1"), [near, same], context);
    assert.equal(String(chosen), "2001:db8:1::1", "rule 1 before all");
  });

  it("takes the first of equals, and null of none", () => {
    const twins = testInterface({ addresses: ["2001:db8:1::1/64", "2001:db8:1::2/64"] });
    const both = twins.addresses.map((entry) => ({ entry, iface: twins }));
    assert.equal(
      String(selectSource(ip("3fff::1"), both, { ...context, iface: twins })),
      "2001:db8:1::1",
    );
    assert.equal(selectSource(ip("3fff::1"), [], context), null);
  });
});

describe("policyFor", () => {
  // req: ip/SEL-4
  it("takes the longest prefix of a table in any order", () => {
    const reversed = [...DEFAULT_POLICY].reverse();
    for (const address of ["::1", "10.0.0.1", "2002::1", "2001::1", "2001:db8::1", "fd00::1"]) {
      assert.equal(policyFor(ip(address), reversed), policyFor(ip(address), DEFAULT_POLICY));
    }
  });

  it("has a row of its own for what no table names", () => {
    assert.deepEqual(
      [policyFor(ip("::1"), []).precedence, policyFor(ip("::1"), []).label],
      [0, -1],
    );
  });
});

describe("orderDestinations", () => {
  // req: ip/SEL-2
  it("is a total preorder: any order of the input gives the same order of what differs (seed 14)", () => {
    const random = new SeededRandom(14);
    const source = (text: string) => iface.find(ip(text)) ?? assert.fail();
    const all = [
      { address: ip("2001:db8:1::9"), source: source("2001:db8:1::1") },
      { address: ip("2002:a00:1::9"), source: candidate("2002:a00:1::1").entry },
      { address: ip("fe80::9"), source: source("fe80::1") },
      { address: ip("fd00::9"), source: source("fd00::1") },
      { address: ip("192.0.2.1"), source: null },
    ];
    const orders = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const shuffled = [...all].sort(() => random.int32());
      orders.add(
        orderDestinations(shuffled, DEFAULT_POLICY)
          .map(({ address }) => address)
          .join(),
      );
    }
    assert.equal(orders.size, 1);
    assert.match([...orders][0] ?? "", /192\.0\.2\.1$/);
  });
});

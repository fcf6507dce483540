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
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

const iface = testInterface({
  addresses: [
    "fe80::1/64",
    "2001:db8:1::1/64",
    "2001:db8:2::1/64",
    "fd00::1/64",
    "2002:a00:1::1/48",
  ],
});
const other = testInterface({ index: 2, addresses: ["2001:db8:9::1/64"] });
const candidates: SourceCandidate[] = [iface, other].flatMap((on) =>
  on.addresses.map((entry) => ({ entry, iface: on })),
);
const context = { iface, policy: DEFAULT_POLICY };

describe("selectSource", () => {
  // req: ip/SEL-1
  it("does not depend on the order of candidates, where one is better (seed 13)", () => {
    const random = new SeededRandom(13);
    for (const destination of [
      "2001:db8:1::9",
      "fe80::9",
      "fd00::9",
      "2002:b00::1",
      "ff02::1",
      "ff0e::1",
    ]) {
      const chosen = new Set<string>();
      for (let i = 0; i < 50; i++) {
        const shuffled = [...candidates].sort(() => random.int32());
        chosen.add(String(selectSource(ip(destination), shuffled, context)));
      }
      assert.equal(chosen.size, destination === "ff0e::1" ? chosen.size : 1, destination);
    }
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
      { address: ip("2002:a00:1::9"), source: source("2002:a00:1::1") },
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

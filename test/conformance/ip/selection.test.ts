import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpPrefix } from "../../../src/base/ip-prefix.ts";
import {
  DEFAULT_POLICY,
  orderDestinations,
  policyFor,
  scopeOf,
} from "../../../src/ip/address-selection.ts";
import { InterfaceAddress } from "../../../src/ip/interface.ts";
import { Loopback } from "../../../src/link/loopback.ts";
import { ip, WireHost } from "../../support/network-host.ts";

/** The source that a host with these addresses on eth0 (and eth1) chooses. */
function sourceFor(
  destination: string,
  addresses: readonly string[],
  setup: { deprecated?: string; elsewhere?: readonly string[] } = {},
): string {
  const host = new WireHost({ config: { addresses: [...addresses] } });
  const { deprecated, elsewhere = [] } = setup;
  const card = new Loopback({ name: "eth1" });
  const other = host.network.addInterface(card, { addresses: [...elsewhere], linkLocal: false }, 0);
  assert.ok(typeof other !== "number");
  for (const length of [0, 96]) {
    const prefix = new IpPrefix(length === 0 ? ip("::") : ip("0.0.0.0"), length);
    const { iface } = host;
    host.network.ip.routes.add({ prefix, gateway: null, iface, origin: "static" });
  }
  const entry = deprecated === undefined ? undefined : host.iface.find(ip(deprecated));
  if (entry !== undefined) host.iface.setState(entry, "deprecated");
  const interfaceIndex = ip(destination).isLinkLocal ? host.iface.index : 0;
  return host.path(ip(destination), { interfaceIndex }).source.toString();
}

describe("source selection", () => {
  // req: ip/SEL-1, arp-nd/LL4-7, arp-nd/SL-6
  const rows: [string, string, string[], string, Parameters<typeof sourceFor>[2]?][] = [
    [
      "rule 2: the scope of the destination",
      "2001:db8:1::1",
      ["fe80::1/64", "2001:db8:3::1/64"],
      "2001:db8:3::1",
    ],
    ["rule 2: link-local for link-local", "fe80::2", ["2001:db8:3::1/64", "fe80::1/64"], "fe80::1"],
    [
      "rule 2: link-local for a link-local group",
      "ff02::1",
      ["2001:db8:3::1/64", "fe80::1/64"],
      "fe80::1",
    ],
    [
      "rule 2: a larger scope when there is no other",
      "ff05::1",
      ["fe80::1/64", "2001:db8::1/64"],
      "2001:db8::1",
    ],
    [
      "rule 2: routable IPv4 before link-local",
      "192.0.2.1",
      ["169.254.1.1/16", "10.0.0.1/24"],
      "10.0.0.1",
    ],
    [
      "rule 3: what is not deprecated",
      "2001:db8:1::1",
      ["2001:db8:1::2/64", "2001:db8:3::2/64"],
      "2001:db8:3::2",
      { deprecated: "2001:db8:1::2" },
    ],
    [
      "rule 3: what is deprecated when there is nothing else",
      "2001:db8:1::1",
      ["2001:db8:3::2/64"],
      "2001:db8:3::2",
      { deprecated: "2001:db8:3::2" },
    ],
    [
      "rule 5: the outgoing interface",
      "2001:db8:1::1",
      ["2001:db8:3::2/64"],
      "2001:db8:3::2",
      { elsewhere: ["2001:db8:1:9::2/64"] },
    ],
    [
      "rule 6: the label",
      "2002:c633:6401::1",
      ["2001:db8:1::2/64", "2002:c633:6401::d5e3/64"],
      "2002:c633:6401::d5e3",
    ],
    [
      "rule 6: the label of unique local addresses",
      "fd00::1",
      ["2001:db8::1/64", "fd99::1/64"],
      "fd99::1",
    ],
    [
      "rule 8: the longest prefix",
      "2001:db8:1::1",
      ["2001:db8:3::2/64", "2001:db8:1::2/64"],
      "2001:db8:1::2",
    ],
    [
      "rule 8: no further than the source's own prefix",
      "2001:db8:1::d5e3",
      ["2001:db8:1::2/64", "2001:db8:1::d5e2/64"],
      "2001:db8:1::2",
    ],
    ["IPv4: the subnet of the destination", "10.9.0.7", ["10.0.0.1/24", "10.9.0.1/24"], "10.9.0.1"],
    [
      "an address of another interface when there is no other",
      "198.51.100.9",
      ["2001:db8::1/64"],
      "10.0.0.1",
      { elsewhere: ["10.0.0.1/24"] },
    ],
  ];
  for (const [rule, destination, addresses, expected, setup] of rows) {
    it(`${rule}: ${expected} for ${destination}`, () => {
      assert.equal(sourceFor(destination, addresses, setup), expected);
    });
  }

  // req: ip/SEL-1
  it("rule 1: the destination itself", () => {
    const host = new WireHost({ config: { addresses: ["2001:db8::1/64", "2001:db8::2/64"] } });
    assert.equal(host.path(ip("2001:db8::2")).source.toString(), "2001:db8::2");
  });

  // req: ip/SEL-4
  it("follows a policy table of the owner", () => {
    const host = new WireHost({ config: { addresses: ["2001:db8:1::2/64", "fd77::1/64"] } });
    const prefix = new IpPrefix(ip("::"), 0);
    const { iface } = host;
    host.network.ip.routes.add({ prefix, gateway: null, iface, origin: "static" });
    const sourceOf = () => host.path(ip("2001:db8:9::1")).source.toString();
    assert.equal(sourceOf(), "2001:db8:1::2");
    const strange = { prefix: new IpPrefix(ip("2001:db8:9::"), 48), precedence: 45, label: 13 };
    host.network.ip.finder.policy = [strange, ...DEFAULT_POLICY];
    assert.equal(sourceOf(), "fd77::1");
  });
});

describe("scopes and policies", () => {
  // req: ip/SEL-5
  it("gives IPv4 loopback and link-local addresses link-local scope, all others global", () => {
    const rows: [string, number][] = [
      ["169.254.1.1", 2],
      ["127.0.0.1", 2],
      ["10.0.0.1", 14],
      ["192.168.0.1", 14],
      ["8.8.8.8", 14],
      ["fe80::1", 2],
      ["::1", 2],
      ["fec0::1", 5],
      ["fd00::1", 14],
      ["ff01::1", 1],
      ["ff02::1", 2],
      ["ff05::1", 5],
      ["ff0e::1", 14],
    ];
    for (const [address, scope] of rows) assert.equal(scopeOf(ip(address)), scope, address);
  });

  // req: ip/SEL-3
  it("has the default policy table", () => {
    const rows: [string, number, number][] = [
      ["::1", 50, 0],
      ["2001:db8::1", 40, 1],
      ["10.1.2.3", 35, 4],
      ["2002::1", 30, 2],
      ["2001::1", 5, 5],
      ["fd00::1", 3, 13],
      ["::a00:1", 1, 3],
      ["fec0::1", 1, 11],
      ["3ffe::1", 1, 12],
    ];
    for (const [address, precedence, label] of rows) {
      const row = policyFor(ip(address), DEFAULT_POLICY);
      assert.deepEqual([row.precedence, row.label], [precedence, label], address);
    }
  });
});

/** RFC 6724 §10.2: destinations with the source each would have; `null` cannot be reached, `!` is deprecated. */
type Row = [string, [string, string | null][], string[]];

describe("destination selection", () => {
  // req: ip/SEL-2
  const rows: Row[] = [
    [
      "rule 1: what can be used",
      [
        ["2001:db8::1", null],
        ["198.51.100.1", "10.0.0.1"],
      ],
      ["198.51.100.1", "2001:db8::1"],
    ],
    [
      "rule 2: the scope of the source",
      [
        ["2001:db8:1::1", "fe80::1"],
        ["198.51.100.121", "198.51.100.117"],
      ],
      ["198.51.100.121", "2001:db8:1::1"],
    ],
    [
      "rule 3: a source not deprecated",
      [
        ["2001:db8:1::1", "!2001:db8:1::2"],
        ["fe80::1", "fe80::2"],
      ],
      ["fe80::1", "2001:db8:1::1"],
    ],
    [
      "rule 5: the label of the source",
      [
        ["2002:c633:6401::1", "fe80::2"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      ["2001:db8:1::1", "2002:c633:6401::1"],
    ],
    [
      "rule 6: precedence",
      [
        ["10.1.2.3", "10.1.2.4"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      ["2001:db8:1::1", "10.1.2.3"],
    ],
    [
      "rule 6: a tunnel after native",
      [
        ["2002:c633:6401::1", "2002:c633:6401::2"],
        ["2001:db8:1::1", "2001:db8:1::2"],
      ],
      ["2001:db8:1::1", "2002:c633:6401::1"],
    ],
    [
      "rule 8: the smaller scope",
      [
        ["2001:db8:1::1", "2001:db8:3::1"],
        ["fe80::1", "fe80::2"],
      ],
      ["fe80::1", "2001:db8:1::1"],
    ],
    [
      "rule 9: the longest prefix",
      [
        ["2001:db8:1::1", "2001:db8:3f44::2"],
        ["2001:db8:3ffe::1", "2001:db8:3f44::2"],
      ],
      ["2001:db8:3ffe::1", "2001:db8:1::1"],
    ],
    [
      "rule 10: the order they came in",
      [
        ["2001:db8::9", "2001:db8::1"],
        ["2001:db8::8", "2001:db8::1"],
      ],
      ["2001:db8::9", "2001:db8::8"],
    ],
  ];
  for (const [rule, candidates, expected] of rows) {
    it(rule, () => {
      const read = candidates.map(([address, source]) => ({
        address: ip(address),
        source: source === null ? null : entryOf(source),
      }));
      const order = orderDestinations(read, DEFAULT_POLICY).map(({ address }) =>
        address.toString(),
      );
      assert.deepEqual(order, expected);
    });
  }
});

function entryOf(text: string): InterfaceAddress {
  const state = text.startsWith("!") ? "deprecated" : "preferred";
  const address = ip(text.replace("!", ""));
  return new InterfaceAddress(address, address.isV4 ? 120 : 64, state);
}

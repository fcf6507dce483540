import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../../src/base/ip-address.ts";

function ip(text: string): IpAddress {
  const address = IpAddress.parse(text);
  assert.ok(address !== null, `${text} is an address`);
  return address;
}

// req: ip/ADDR-8, ip/ADDR-9
test("every text form is read and the canonical one is written", () => {
  const rows: [text: string, canonical: string, why: string][] = [
    ["10.77.0.1", "10.77.0.1", "dotted quad"],
    ["255.255.255.255", "255.255.255.255", "all ones"],
    ["::", "::", "unspecified"],
    ["::1", "::1", "loopback"],
    ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a", "lower case, zeros shortened"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "one zero group is not shortened"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "the longest run"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "the first of two equal runs"],
    ["ff02::1:ff00:2", "ff02::1:ff00:2", "solicited node"],
    ["::ffff:192.0.2.1", "192.0.2.1", "v4-mapped is IPv4 inside"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", "mixed notation"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "a run of one at the end"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "a run of one at the start"],
    ["fe80::", "fe80::", "zeros to the end"],
  ];
  for (const [text, canonical, why] of rows) assert.equal(ip(text).toString(), canonical, why);
});

test("what is not an address is null", () => {
  const rows = [
    "",
    "300.1.1.1",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.4 ",
    "0x1.2.3.4",
    "-1.2.3.4",
    "1..3.4",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::1",
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    ":1:2:3:4:5:6:7",
    "fe80::1%eth0",
    "1:2:3:4:5:6:7:1.2.3.4",
  ];
  for (const text of rows) assert.equal(IpAddress.parse(text), null, JSON.stringify(text));
});

test("text and words round-trip for any address", () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, 0xffff, 0x10000, -1));
  fc.assert(
    fc.property(word, word, word, word, (a, b, c, d) => {
      const address = new IpAddress(a, b, c, d);
      assert.ok(ip(address.toString()).equals(address));
      const view = new DataView(new ArrayBuffer(16));
      address.writeV6(view, 0);
      assert.ok(IpAddress.readV6(view, 0).equals(address));
    }),
  );
});

test("kinds of addresses", () => {
  const kinds = [
    "isV4",
    "isUnspecified",
    "isLoopback",
    "isMulticast",
    "isLinkLocal",
    "isLimitedBroadcast",
    "isReservedV4",
  ] as const;
  const rows: [text: string, ...is: (typeof kinds)[number][]][] = [
    ["0.0.0.0", "isV4", "isUnspecified"],
    ["::", "isUnspecified"],
    ["127.255.0.1", "isV4", "isLoopback"],
    ["::1", "isLoopback"],
    ["224.0.0.1", "isV4", "isMulticast"],
    ["239.255.255.255", "isV4", "isMulticast"],
    ["ff02::1", "isMulticast"],
    ["169.254.1.1", "isV4", "isLinkLocal"],
    ["fe80::1", "isLinkLocal"],
    ["febf::1", "isLinkLocal"],
    ["fec0::1"],
    ["240.0.0.1", "isV4", "isReservedV4"],
    ["255.255.255.255", "isV4", "isLimitedBroadcast"],
    ["10.0.0.1", "isV4"],
    ["fd77::1"],
  ];
  for (const [text, ...is] of rows) {
    const address = ip(text);
    for (const kind of kinds) assert.equal(address[kind], is.includes(kind), `${text} ${kind}`);
  }
});

// req: ip/ADDR-6
test("the solicited-node group keeps the low 24 bits", () => {
  assert.equal(ip("2037::01:800:200e:8c6c").solicitedNode().toString(), "ff02::1:ff0e:8c6c");
});

test("common prefix length counts bits of the 128-bit form", () => {
  assert.equal(ip("10.0.0.0").commonPrefixLength(ip("10.0.0.1")), 127);
  assert.equal(ip("10.0.0.0").commonPrefixLength(ip("138.0.0.0")), 96);
  assert.equal(ip("fd77::1").commonPrefixLength(ip("fd77::1")), 128);
  assert.equal(ip("fd77::").commonPrefixLength(ip("7d77::")), 0);
  assert.equal(ip("fd77:0:0:1::").commonPrefixLength(ip("fd77::")), 63);
  assert.equal(ip("fd77::1:0:0").commonPrefixLength(ip("fd77::")), 95);
});

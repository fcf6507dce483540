import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { IpPrefix, parseCidr } from "../../../src/base/ip-prefix.ts";

test("a prefix contains its addresses and no other", () => {
  const rows: [prefix: string, address: string, inside: boolean][] = [
    ["10.77.0.0/24", "10.77.0.255", true],
    ["10.77.0.0/24", "10.77.1.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "fd77::1", false],
    ["::/0", "fd77::1", true],
    ["::/0", "10.0.0.1", false],
    ["::/95", "10.0.0.1", false],
    ["fd77::/64", "fd77::ffff:ffff:ffff:ffff", true],
    ["fd77::/64", "fd77:0:0:1::", false],
    ["192.0.2.1/32", "192.0.2.1", true],
    ["192.0.2.1/32", "192.0.2.0", false],
    ["fe80::/10", "febf::1", true],
    ["fe80::/10", "fec0::1", false],
  ];
  for (const [prefix, address, inside] of rows) {
    const network = IpPrefix.parse(prefix) as IpPrefix;
    const contains = network.contains(IpAddress.parse(address) as IpAddress);
    assert.equal(contains, inside, `${address} in ${prefix}`);
  }
});

test("host bits are cleared, the last address is the broadcast, text is the family's own", () => {
  const network = IpPrefix.parse("10.77.0.2/24") as IpPrefix;
  assert.equal(network.toString(), "10.77.0.0/24");
  assert.equal(network.last.toString(), "10.77.0.255");
  assert.equal(network.length, 120);
  assert.equal((IpPrefix.parse("fd77::9/64") as IpPrefix).toString(), "fd77::/64");
  assert.ok(network.equals(IpPrefix.parse("10.77.0.99/24") as IpPrefix));
  assert.ok(!network.equals(IpPrefix.parse("10.77.0.0/25") as IpPrefix));
});

test("malformed prefixes are null", () => {
  for (const text of [
    "",
    "10.0.0.1",
    "10.0.0.1/33",
    "300.1.1.1/24",
    "::/129",
    "10.0.0.1/-1",
    "10.0.0.1/8/8",
    "/8",
    "10.0.0.1/",
  ]) {
    assert.equal(parseCidr(text), null, text);
    assert.equal(IpPrefix.parse(text), null, text);
  }
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpPrefix } from "../../../src/base/ip-prefix.ts";
import { type Route, type RouteFields, RouteTable } from "../../../src/ip/route-table.ts";
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

const eth1 = testInterface({ index: 1 });
const eth2 = testInterface({ index: 2 });

function route(
  prefix: string,
  gateway: string | null,
  more: Partial<RouteFields> = {},
): RouteFields {
  const read = IpPrefix.parse(prefix) ?? assert.fail(prefix);
  return {
    prefix: read,
    gateway: gateway === null ? null : ip(gateway),
    iface: eth1,
    origin: "static",
    ...more,
  };
}

function hop(found: Route | null): string {
  return found === null ? "none" : (found.gateway?.toString() ?? "on link");
}

describe("RouteTable", () => {
  // req: ip/V4O-5
  it("finds the longest prefix, then the lowest metric, then the first", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    table.add(route("::/0", "fe80::1"));
    table.add(route("10.0.0.0/8", "10.0.0.2", { metric: 9 }));
    table.add(route("10.0.0.0/8", "10.0.0.3", { metric: 5 }));
    table.add(route("10.0.0.0/8", "10.0.0.4", { metric: 5 }));
    table.add(route("10.0.0.0/24", null));
    table.add(route("10.0.0.77/32", "10.0.0.5"));
    const rows: [string, string][] = [
      ["192.0.2.1", "10.0.0.1"],
      ["10.9.9.9", "10.0.0.3"],
      ["10.0.0.9", "on link"],
      ["10.0.0.77", "10.0.0.5"],
      ["2001:db8::1", "fe80::1"],
    ];
    for (const [destination, expected] of rows) {
      assert.equal(hop(table.lookup(ip(destination), 0, 0)), expected);
    }
    assert.equal(hop(new RouteTable().lookup(ip("192.0.2.1"), 0, 0)), "none");
  });

  it("keeps IPv4 out of IPv6's default route", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    assert.equal(hop(table.lookup(ip("2001:db8::1"), 0, 0)), "none");
  });

  it("looks at one interface when asked to, and never at one that is down", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    table.add(route("0.0.0.0/0", "10.0.0.2", { iface: eth2 }));
    assert.equal(hop(table.lookup(ip("192.0.2.1"), 2, 0)), "10.0.0.2");
    assert.equal(hop(table.lookup(ip("192.0.2.1"), 3, 0)), "none");
    eth1.up = false;
    assert.equal(hop(table.lookup(ip("192.0.2.1"), 0, 0)), "10.0.0.2");
    eth1.up = true;
  });

  // req: arp-nd/RD-5
  it("passes over a dead gateway while there is another to the same prefix", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    table.add(route("0.0.0.0/0", "10.0.0.2", { metric: 7 }));
    const far = ip("192.0.2.1");
    table.markGateway(ip("10.0.0.1"), eth2, 100);
    assert.equal(hop(table.lookup(far, 0, 0)), "10.0.0.1", "another interface's");
    table.markGateway(ip("10.0.0.1"), eth1, 100);
    assert.equal(hop(table.lookup(far, 0, 0)), "10.0.0.2");
    table.markGateway(ip("10.0.0.2"), eth1, 110);
    assert.equal(hop(table.lookup(far, 0, 0)), "10.0.0.1", "all dead: the first that died");
    assert.equal(hop(table.lookup(far, 0, 105)), "10.0.0.1");
    table.markGateway(ip("10.0.0.2"), eth1, -Infinity);
    assert.equal(hop(table.lookup(far, 0, 50)), "10.0.0.2");
  });

  it("does not fall back to a shorter prefix because a gateway is dead", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    table.add(route("192.0.2.0/24", "10.0.0.2"));
    table.markGateway(ip("10.0.0.2"), eth1, 100);
    assert.equal(hop(table.lookup(ip("192.0.2.1"), 0, 0)), "10.0.0.2");
  });

  it("forgets routes when their time is over", () => {
    const table = new RouteTable();
    table.add(route("10.0.0.0/8", "10.0.0.9"));
    table.add(route("10.0.0.0/24", null, { validUntil: 50 }));
    assert.equal(table.pollTimeout(), 50);
    assert.equal(hop(table.lookup(ip("10.0.0.1"), 0, 50)), "10.0.0.9", "even before it is removed");
    table.handleTimeout(50);
    assert.deepEqual([table.routes.length, table.pollTimeout()], [1, Infinity]);
  });

  it("counts every change, and nothing else", () => {
    const table = new RouteTable();
    const seen: number[] = [];
    const note = (act: () => unknown): void => {
      const before = table.generation;
      act();
      seen.push(table.generation - before);
    };
    let added: Route | null = null;
    note(() => {
      added = table.add(route("10.0.0.0/8", "10.0.0.9"));
    });
    note(() => table.lookup(ip("10.0.0.1"), 0, 0));
    note(() => table.markGateway(ip("10.0.0.9"), eth1, 7));
    note(() => table.markGateway(ip("10.0.0.9"), eth1, 7));
    note(() => added !== null && table.remove(added));
    note(() => table.removeWhere(() => true));
    assert.deepEqual(seen, [1, 0, 1, 0, 1, 0]);
  });

  it("finds a route again by what it is", () => {
    const table = new RouteTable();
    const added = table.add(route("10.0.0.0/8", "10.0.0.9"));
    const prefix = added.prefix;
    assert.equal(table.find(prefix, ip("10.0.0.9"), eth1), added);
    assert.equal(table.find(prefix, null, eth1), undefined);
    assert.equal(table.find(prefix, ip("10.0.0.9"), eth2), undefined);
  });

  it("bounds what others may teach it; the one that would go first goes", () => {
    const table = new RouteTable();
    table.add(route("0.0.0.0/0", "10.0.0.1"));
    for (let i = 0; i < 300; i++) {
      const more = { origin: "redirect" as const, validUntil: 1000 + i };
      table.add(route(`198.51.${100 + (i >> 8)}.${i & 255}/32`, "10.0.0.2", more));
    }
    assert.equal(table.routes.length, 257);
    assert.equal(table.pollTimeout(), 1000 + 300 - 256);
  });
});

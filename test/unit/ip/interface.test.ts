import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InterfaceAddress } from "../../../src/ip/interface.ts";
import { ip } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

describe("InterfaceAddress", () => {
  // req: ip/V4-9
  it("knows its subnet and the subnet's broadcast", () => {
    const rows: [string, number, string, string | undefined][] = [
      ["10.77.0.9", 120, "10.77.0.0/24", "10.77.0.255"],
      ["10.77.0.9", 126, "10.77.0.8/30", "10.77.0.11"],
      ["10.77.0.9", 127, "10.77.0.8/31", undefined],
      ["10.77.0.9", 128, "10.77.0.9/32", undefined],
      ["10.77.0.9", 96, "0.0.0.0/0", "255.255.255.255"],
      ["fd77::9", 64, "fd77::/64", undefined],
    ];
    for (const [address, length, prefix, broadcast] of rows) {
      const entry = new InterfaceAddress(ip(address), length, "preferred");
      assert.equal(entry.prefix.toString(), prefix);
      assert.equal(entry.broadcast?.toString(), broadcast);
    }
  });
});

describe("IpInterface", () => {
  it("owns addresses that are in use, in whatever order states change", () => {
    const iface = testInterface();
    const address = ip("fd77::1");
    const entry = new InterfaceAddress(address, 64, "tentative");
    iface.add(entry);
    assert.equal(iface.find(address), entry);
    for (const [state, isOurs] of [
      ["tentative", false],
      ["preferred", true],
      ["deprecated", true],
      ["duplicated", false],
    ] as const) {
      iface.setState(entry, state);
      assert.equal(iface.owns(address), isOurs, state);
    }
    iface.setState(entry, "preferred");
    iface.remove(entry);
    assert.equal(iface.owns(address), false);
    iface.remove(entry);
    assert.deepEqual(iface.addresses, []);
  });

  it("owns all of 127/8 only as the loopback", () => {
    for (const isLoopback of [true, false]) {
      const iface = testInterface({ isLoopback });
      assert.equal(iface.owns(ip("127.200.1.1")), isLoopback);
      assert.equal(iface.owns(ip("128.0.0.1")), false);
      assert.equal(iface.owns(ip("::7f00:1")), false);
    }
  });

  // req: ip/V4-9, ip/V4-10
  it("knows broadcasts: limited, of its subnets, and the old forms", () => {
    const iface = testInterface({ addresses: ["10.77.0.1/24", "10.88.4.1/22"] });
    const yes = [
      "255.255.255.255",
      "0.0.0.0",
      "10.77.0.255",
      "10.77.0.0",
      "10.88.7.255",
      "10.88.4.0",
    ];
    const no = ["10.77.0.1", "10.77.1.255", "10.88.5.255", "255.255.255.254"];
    for (const address of yes) assert.ok(iface.isBroadcast(ip(address).d), address);
    for (const address of no) assert.ok(!iface.isBroadcast(ip(address).d), address);
  });
});

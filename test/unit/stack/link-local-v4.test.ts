import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { InterfaceAddress } from "../../../src/ip/interface.ts";
import { LinkLocalV4 } from "../../../src/stack/link-local-v4.ts";
import { ip, OUR_MAC } from "../../support/network-host.ts";
import { testInterface } from "../../support/network-ip.ts";

function subject(addresses: readonly string[] = []) {
  const iface = testInterface({ addresses });
  const added: IpAddress[] = [];
  const target = {
    iface,
    addAddress(address: IpAddress, length: number) {
      added.push(address);
      assert.equal(length, 112);
      const entry = new InterfaceAddress(address, length, "tentative");
      iface.add(entry);
      return entry;
    },
    removeAddress(address: IpAddress) {
      const entry = iface.find(address);
      if (entry !== undefined) iface.remove(entry);
      return true;
    },
    setAddressState: () => {},
  };
  return { iface, added, linkLocal: new LinkLocalV4(target, OUR_MAC) };
}

describe("LinkLocalV4", () => {
  // req: arp-nd/LL4-3, arp-nd/ACD-7
  it("tries another address after a conflict with its own, and with no other", () => {
    const { iface, added, linkLocal } = subject();
    linkLocal.start(0);
    linkLocal.handleConflict(ip("169.254.1.1"), 5);
    assert.deepEqual([added.length, linkLocal.pollTimeout()], [1, Infinity]);
    linkLocal.handleConflict(added[0] ?? assert.fail(), 5);
    assert.deepEqual([iface.addresses.length, linkLocal.pollTimeout()], [0, 5]);
    linkLocal.handleTimeout(4);
    assert.equal(added.length, 1);
    linkLocal.handleTimeout(5);
    assert.equal(added.length, 2);
    assert.notEqual(added[1]?.toString(), added[0]?.toString());
  });

  it("waits a minute between tries after ten conflicts", () => {
    const { added, linkLocal } = subject();
    linkLocal.start(0);
    for (let i = 0; i < 9; i++) {
      linkLocal.handleConflict(added.at(-1) ?? assert.fail(), 0);
      linkLocal.handleTimeout(0);
    }
    linkLocal.handleConflict(added.at(-1) ?? assert.fail(), 7);
    assert.equal(linkLocal.pollTimeout(), 60_007);
  });

  // req: arp-nd/LL4-6
  it("stays away where there is a routable address", () => {
    const { added, linkLocal } = subject(["10.0.0.1/8"]);
    linkLocal.start(0);
    assert.deepEqual([added, linkLocal.pollTimeout()], [[], Infinity]);
    const { added: beside, linkLocal: other } = subject(["fd77::1/64"]);
    other.start(0);
    assert.equal(beside.length, 1);
  });
});

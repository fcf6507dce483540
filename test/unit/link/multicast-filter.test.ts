import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MacAddress } from "../../../src/base/mac-address.ts";
import { MulticastFilter, multicastMac } from "../../../src/link/multicast-filter.ts";
import { ip } from "../../support/network-host.ts";

function frameTo(mac: MacAddress): DataView {
  const view = new DataView(new ArrayBuffer(20));
  mac.write(view, 3);
  return view;
}

describe("multicastMac", () => {
  // req: ip/V4O-9, ip/ADDR-7
  const rows: [string, string][] = [
    ["224.0.0.1", "01:00:5e:00:00:01"],
    ["224.128.0.1", "01:00:5e:00:00:01"],
    ["239.255.255.255", "01:00:5e:7f:ff:ff"],
    ["ff02::1", "33:33:00:00:00:01"],
    ["ff02::1:ff28:9c5a", "33:33:ff:28:9c:5a"],
  ];
  for (const [group, mac] of rows) {
    it(`${group} is ${mac}`, () => assert.equal(multicastMac(ip(group)).toString(), mac));
  }
});

describe("MulticastFilter", () => {
  it("lets a group in from the first that maps to it to the last", () => {
    const filter = new MulticastFilter();
    const mac = multicastMac(ip("224.0.0.1"));
    assert.equal(filter.accepts(frameTo(mac), 3), false);
    filter.add(mac);
    filter.add(multicastMac(ip("225.0.0.1")));
    assert.equal(filter.accepts(frameTo(mac), 3), true);
    assert.equal(filter.accepts(frameTo(multicastMac(ip("224.0.0.2"))), 3), false);
    filter.remove(mac);
    assert.equal(filter.accepts(frameTo(mac), 3), true);
    filter.remove(mac);
    filter.remove(mac);
    assert.equal(filter.accepts(frameTo(mac), 3), false);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { InterfaceAddress } from "../../../src/ip/interface.ts";
import type { RouterAdvertisement } from "../../../src/link/link-owner.ts";
import {
  Autoconfiguration,
  type ConfiguredInterface,
} from "../../../src/stack/autoconfiguration.ts";
import { ip, OUR_MAC, WireHost } from "../../support/network-host.ts";

const PREFIX = {
  prefix: ip("2001:db8::"),
  length: 64,
  onLink: true,
  autonomous: true,
  validMs: 9e6,
  preferredMs: 9e6,
};

function subject(formsAddresses = true) {
  const host = new WireHost();
  const { iface } = host;
  const target: ConfiguredInterface = {
    iface,
    addAddress(address: IpAddress, length: number) {
      const entry = new InterfaceAddress(address, length, "preferred");
      iface.add(entry);
      return entry;
    },
    removeAddress(address: IpAddress) {
      const entry = iface.find(address);
      if (entry !== undefined) iface.remove(entry);
      return entry !== undefined;
    },
    setAddressState: (entry, state) => iface.setState(entry, state),
  };
  const autoconfiguration = new Autoconfiguration(target, host.network.ip, formsAddresses, OUR_MAC);
  const tell = (more: Partial<RouterAdvertisement>, now = 0): void =>
    autoconfiguration.handleAdvertisement(
      {
        router: ip("fe80::fe"),
        hopLimit: 0,
        lifetimeMs: 1000,
        preference: 0,
        mtu: 0,
        prefixes: [],
        routes: [],
        dnsServers: [],
        ...more,
      },
      now,
    );
  const routes = (): string[] =>
    host.network.ip.routes.routes
      .filter(({ origin }) => origin === "advertised")
      .map(({ prefix, gateway, validUntil }) => `${prefix} ${gateway ?? "on link"} ${validUntil}`);
  return { host, iface, autoconfiguration, tell, routes };
}

describe("Autoconfiguration", () => {
  // req: arp-nd/RD-4, arp-nd/RD-8
  it("makes one route of a router and one of a prefix, however often they are told", () => {
    const { tell, routes } = subject(false);
    tell({ prefixes: [PREFIX] }, 0);
    tell({ prefixes: [{ ...PREFIX, validMs: 500 }] }, 100);
    assert.deepEqual(routes(), ["2001:db8::/64 on link 600", "::/0 fe80::fe 1100"]);
    tell({ lifetimeMs: 0, prefixes: [{ ...PREFIX, validMs: 0 }] }, 200);
    assert.deepEqual(routes(), []);
  });

  it("leaves a subnet alone that an address of ours makes", () => {
    const { host, tell, routes } = subject(false);
    host.network.addAddress(host.iface, "2001:db8::1/64", 0);
    tell({ lifetimeMs: 0, prefixes: [{ ...PREFIX, validMs: 0 }] });
    assert.deepEqual(routes(), []);
    assert.equal(host.path(ip("2001:db8::9")).source.toString(), "2001:db8::1");
  });

  it("orders routers by their preference", () => {
    const { host, tell } = subject();
    tell({ preference: -1 });
    tell({ router: ip("fe80::1") });
    assert.equal(host.path(ip("3fff::1")).nextHop.toString(), "fe80::1");
    tell({ preference: 1 });
    assert.equal(host.path(ip("3fff::1")).nextHop.toString(), "fe80::fe");
  });

  // req: arp-nd/SL-6, arp-nd/SL-7
  it("lets addresses grow old by their lifetimes", () => {
    const { iface, autoconfiguration, tell } = subject();
    tell({ prefixes: [{ ...PREFIX, preferredMs: 100, validMs: 300 }] });
    const address = ip("2001:db8::ff:fe00:1");
    const entry = iface.find(address);
    assert.equal(autoconfiguration.pollTimeout(), 100);
    autoconfiguration.handleTimeout(100);
    assert.deepEqual([entry?.state, autoconfiguration.pollTimeout()], ["deprecated", 300]);
    autoconfiguration.handleTimeout(300);
    assert.deepEqual([iface.find(address), autoconfiguration.pollTimeout()], [undefined, Infinity]);
  });

  it("forms no more addresses than its bound, and none where it should not", () => {
    const { iface, tell } = subject();
    const before = iface.addresses.length;
    for (let i = 0; i < 40; i++)
      tell({ prefixes: [{ ...PREFIX, prefix: ip(`2001:db8:${i.toString(16)}::`) }] });
    assert.equal(iface.addresses.length - before, 16);
    const silent = subject(false);
    silent.tell({ prefixes: [PREFIX] });
    assert.equal(silent.iface.addresses.length, before);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import type { InterfaceConfig } from "../../../src/stack/interface-config.ts";
import { arpFrame } from "../../support/frame-builders.ts";
import { ip, PEER_MAC, WireHost } from "../../support/network-host.ts";

function lonely(config: InterfaceConfig = {}): WireHost {
  const all = {
    addresses: [],
    linkLocalV4: true,
    conflictDetection: "announce" as const,
    ...config,
  };
  return new WireHost({ knowsPeer: false, config: all, keepsFirstFrames: true });
}

function chosen(host: WireHost): string[] {
  return host.iface.addresses.map(({ address }) => address.toString());
}

/** Somebody has every address that the host tries. */
function contest(host: WireHost): void {
  const [address] = chosen(host);
  const senderIp = ip(address ?? "169.254.0.0");
  const fields = { operation: 1, senderMac: PEER_MAC, senderIp, targetMac: MacAddress.ZERO };
  host.inject(arpFrame(MacAddress.BROADCAST, { ...fields, targetIp: senderIp }));
}

describe("IPv4 link-local addresses", () => {
  // req: arp-nd/LL4-1
  it("are drawn from 169.254.1.0 to 169.254.254.255 by the MAC address: the same each time", () => {
    const seen = new Set<string>();
    for (let n = 1; n <= 300; n++) {
      const mac = new MacAddress(0x0200, n * 7919).toString();
      const [address = ""] = chosen(lonely({ mac }));
      const [a, b, c = 0] = address.split(".").map(Number);
      assert.deepEqual([a, b], [169, 254]);
      assert.ok(c >= 1 && c <= 254, address);
      assert.deepEqual(chosen(lonely({ mac })), [address]);
      seen.add(address);
    }
    assert.ok(seen.size > 290);
  });

  // req: arp-nd/LL4-2
  it("are probed three times and announced twice before and after they are used", () => {
    const host = lonely();
    const [address] = chosen(host);
    const lines: string[] = [];
    for (let at = 0; at < 20_000; at += 100) {
      lines.push(...host.sent());
      host.advance(100);
    }
    const probe = `ARP, Request who-has ${address} tell 0.0.0.0, length 28`;
    const announcement = `ARP, Request who-has ${address} tell ${address}, length 28`;
    assert.deepEqual(lines, [probe, probe, probe, announcement, announcement]);
    assert.equal(host.iface.addresses[0]?.state, "preferred");
    assert.equal(host.path(ip("169.254.9.9")).source.toString(), address);
  });

  // req: arp-nd/LL4-3, arp-nd/ACD-7
  it("are given up for another when somebody has them; after ten, one a minute is tried", () => {
    const host = lonely();
    const tried = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const [address = ""] = chosen(host);
      tried.add(address);
      contest(host);
      host.advance(0);
    }
    assert.equal(tried.size, 10);
    assert.deepEqual(chosen(host), []);
    host.advance(59_999);
    assert.deepEqual(chosen(host), []);
    host.advance(1);
    assert.equal(chosen(host).length, 1);
    contest(host);
    host.advance(59_000);
    assert.deepEqual(chosen(host), []);
  });

  // req: arp-nd/LL4-6
  it("are not claimed where a routable address works", () => {
    assert.deepEqual(chosen(lonely({ addresses: ["10.77.0.1/24"] })), ["10.77.0.1"]);
    assert.deepEqual(chosen(lonely({ linkLocalV4: false })), []);
  });
});

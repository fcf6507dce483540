import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { ethernetDestination } from "../../../src/wire/ethernet.ts";
import { arpFrame } from "../../support/frame-builders.ts";
import { ip, OUR_MAC, PEER_MAC, V4, WireHost } from "../../support/network-host.ts";

const OURS = V4.ours;

function starting(conflictDetection: "announce" | "probe" | "off", seed = 1): WireHost {
  const config = { addresses: ["10.77.0.1/24"], conflictDetection };
  return new WireHost({ config, keepsFirstFrames: true, seed });
}

function arp(
  senderIp: IpAddress,
  targetIp: IpAddress,
  senderMac = PEER_MAC,
  operation = 1,
): Uint8Array {
  const fields = { operation, senderMac, senderIp, targetMac: MacAddress.ZERO, targetIp };
  return arpFrame(MacAddress.BROADCAST, fields);
}

function story(host: WireHost, forMs: number): [number, string][] {
  const lines: [number, string][] = [];
  for (let at = 0; at <= forMs; at += 10) {
    for (const line of host.sent()) lines.push([host.now, line]);
    host.advance(10);
  }
  return lines;
}

const PROBE = "ARP, Request who-has 10.77.0.1 tell 0.0.0.0, length 28";
const ANNOUNCEMENT = "ARP, Request who-has 10.77.0.1 tell 10.77.0.1, length 28";

describe("address conflict detection", () => {
  // req: arp-nd/ACD-1, arp-nd/ACD-2, arp-nd/ACD-4, arp-nd/ACD-8, arp-nd/ACD-9, arp-nd/LL4-2
  it("probes three times, waits two seconds, announces twice, and never again", () => {
    for (let seed = 0; seed < 20; seed++) {
      const host = starting("probe", seed);
      const states: string[] = [];
      host.network.onAddressChange((_, __, state) => states.push(state));
      const lines = story(host, 60_000);
      assert.deepEqual(
        lines.map(([, line]) => line),
        [PROBE, PROBE, PROBE, ANNOUNCEMENT, ANNOUNCEMENT],
      );
      const [wait = 0, ...times] = lines.map(([time]) => time);
      const gaps = times.map((time, index) => time - [wait, ...times][index]!);
      const bounds = [
        [990, 2010],
        [990, 2010],
        [1990, 2010],
        [1990, 2010],
      ];
      assert.ok(wait <= 1010);
      for (const [index, [least = 0, most = 0] = []] of bounds.entries()) {
        assert.ok(gaps[index]! >= least && gaps[index]! <= most, `gap ${index}: ${gaps[index]}`);
      }
      assert.deepEqual(states, ["preferred"]);
    }
  });

  // req: arp-nd/ACD-3
  it("probes by broadcast, from 0.0.0.0, with no target hardware address", () => {
    const host = starting("probe");
    host.advance(1000);
    const [frame] = host.frames();
    assert.ok(frame && ethernetDestination(new DataView(frame.buffer), 0).isBroadcast);
    assert.deepEqual(frame, arp(ip("0.0.0.0"), OURS, OUR_MAC));
  });

  // req: arp-nd/ACD-5, arp-nd/ACD-6
  const conflicts: [string, Uint8Array][] = [
    ["a request from it", arp(OURS, V4.peer)],
    ["a reply from it", arp(OURS, V4.peer, PEER_MAC, 2)],
    ["an announcement of it", arp(OURS, OURS)],
    ["another host's probe for it", arp(ip("0.0.0.0"), OURS)],
  ];
  for (const [what, frame] of conflicts) {
    it(`gives up the address that it probes for: ${what}`, () => {
      const host = starting("probe");
      host.advance(2500);
      host.frames();
      host.inject(frame);
      assert.equal(host.iface.find(OURS)?.state, "duplicated");
      host.advance(60_000);
      assert.deepEqual(host.sent(), []);
      assert.equal(host.network.duplicateAddress()?.toString(), "10.77.0.1");
    });
  }

  // req: arp-nd/ACD-6
  it("does not take its own probe, come back, for another's", () => {
    const host = starting("probe");
    host.advance(1000);
    host.inject(...host.frames());
    assert.equal(host.iface.find(OURS)?.state, "tentative");
  });

  // req: arp-nd/ACD-13
  it("answers nothing while it probes, and everything from the first announcement on", () => {
    const host = starting("probe");
    const ask = (): string[] => {
      host.frames();
      host.inject(arp(V4.peer, OURS));
      return host.sent();
    };
    host.advance(3000);
    assert.deepEqual(ask(), []);
    for (; host.iface.find(OURS)?.state === "tentative"; ) host.advance(10);
    assert.deepEqual(ask(), ["ARP, Reply 10.77.0.1 is-at 02:00:00:00:00:01, length 28"]);
  });

  // req: arp-nd/ACD-8, arp-nd/ACD-9
  it("uses the address at once and announces it twice, where it need not probe", () => {
    const host = starting("announce");
    assert.equal(host.iface.find(OURS)?.state, "preferred");
    const lines = story(host, 10_000);
    assert.deepEqual(
      lines.map(([, line]) => line),
      [ANNOUNCEMENT, ANNOUNCEMENT],
    );
    assert.deepEqual(story(starting("off"), 10_000), []);
  });

  // req: arp-nd/ACD-10, arp-nd/ACD-11, arp-nd/LL4-3
  it("defends a probed address once, and gives it up to one who insists within ten seconds", () => {
    const host = starting("probe");
    host.advance(20_000);
    host.frames();
    const states: string[] = [];
    host.network.onAddressChange((_, __, state) => states.push(state));
    host.inject(arp(OURS, V4.peer));
    assert.deepEqual(host.sent(), [ANNOUNCEMENT]);
    host.advance(10_000);
    host.inject(arp(OURS, V4.peer));
    assert.deepEqual(host.sent(), [ANNOUNCEMENT], "long enough ago to defend again");
    host.advance(9999);
    host.inject(arp(OURS, V4.peer));
    assert.deepEqual([host.sent(), states], [[], ["duplicated"]]);
    host.inject(arp(V4.peer, OURS));
    assert.deepEqual(host.sent(), [], "no longer ours");
  });

  // req: arp-nd/ACD-10, arp-nd/ACD-11
  it("keeps an announced address whoever insists, defending it every ten seconds at most", () => {
    const host = starting("announce");
    host.advance(5000);
    host.frames();
    const defences: number[] = [];
    const began = host.now;
    for (let i = 0; i < 50; i++) {
      host.inject(arp(OURS, V4.peer));
      for (const line of host.sent()) {
        assert.equal(line, ANNOUNCEMENT);
        defences.push(host.now - began);
      }
      host.advance(500);
    }
    assert.deepEqual(defences, [0, 10_000, 20_000]);
    assert.equal(host.iface.find(OURS)?.state, "preferred");
  });

  it("does not mistake a host that asks for our address for one that has it", () => {
    const host = starting("announce");
    host.frames();
    host.inject(arp(V4.peer, OURS), arp(ip("0.0.0.0"), OURS));
    assert.equal(host.iface.find(OURS)?.state, "preferred");
    assert.equal(host.sent().length, 2);
  });
});

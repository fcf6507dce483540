import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import type { NeighborConfig } from "../../../src/link/neighbor-config.ts";
import { ethernetDestination } from "../../../src/wire/ethernet.ts";
import { FAMILIES, type Family, PEER_MAC, WireHost } from "../../support/network-host.ts";
import { answer, isQuestion, question } from "../../support/network-neighbors.ts";

const OTHER_MAC = new MacAddress(0x0200, 3);

function lonely(neighbor: Partial<NeighborConfig> = {}): WireHost {
  return new WireHost({ knowsPeer: false, config: { neighbor } });
}

function stateOf(host: WireHost, address: IpAddress): string {
  const entry = host.network.neighbors(host.iface).find((view) => view.address.equals(address));
  return entry?.state ?? "none";
}

/** A host to which the peer is reachable since just now. */
function acquainted(family: Family, neighbor: Partial<NeighborConfig> = {}): WireHost {
  const host = lonely(neighbor);
  host.send(family.peer, 1);
  host.inject(answer(family));
  host.frames();
  assert.equal(stateOf(host, family.peer), "reachable");
  return host;
}

function questions(host: WireHost): Uint8Array[] {
  return host.frames().filter(isQuestion);
}

for (const family of FAMILIES) {
  const { peer } = family;

  describe(`${family.name} address resolution`, () => {
    // req: arp-nd/ARP-10, arp-nd/ND-14, arp-nd/ND-16, arp-nd/ND-24, arp-nd/NUD-1, arp-nd/ARP-11
    it("asks, keeps what is to be sent, and sends it in order when the answer comes", () => {
      const host = lonely();
      assert.equal(host.send(peer, 10), 0, "no error yet");
      assert.equal(host.send(peer, 20), 0);
      assert.equal(stateOf(host, peer), "incomplete");
      assert.equal(questions(host).length, 1);
      assert.deepEqual(host.errors, []);
      host.inject(answer(family));
      const frames = host.frames();
      assert.deepEqual(
        frames.map(({ length }) => length - 14 - family.headerLength),
        [10, 20],
      );
      for (const frame of frames) {
        assert.ok(ethernetDestination(new DataView(frame.buffer), 0).equals(PEER_MAC));
      }
      assert.equal(stateOf(host, peer), "reachable");
    });

    // req: arp-nd/ND-17, arp-nd/ARP-9, arp-nd/NUD-7, arp-nd/ARP-12, arp-nd/ND-18, icmp/I6-15
    it("asks three times a second apart, then gives up and says so for each packet", () => {
      const host = lonely();
      host.send(peer, 10);
      host.send(peer, 20);
      const times: number[] = [];
      for (let at = 0; at < 2900; at += 50) {
        for (const _ of questions(host)) times.push(host.now);
        host.advance(50);
      }
      assert.deepEqual(times, [0, 1000, 2000]);
      assert.deepEqual(host.errors, []);
      host.advance(200);
      assert.deepEqual(
        host.errors.map(({ errno, type, code }) => [errno, type, code]),
        [1, 2].map(() => [Errno.EHOSTUNREACH, ...(family.isV6 ? [1, 3] : [3, 1])]),
      );
      assert.deepEqual(
        host.errors.map(({ transportAt, end }) => end - transportAt),
        [10, 20],
      );
      assert.equal(stateOf(host, peer), "none");
      assert.deepEqual(host.drops(), { "neighbor-unreachable": 2 });
      host.send(peer, 10);
      assert.equal(questions(host).length, 1, "the next packet asks anew");
    });

    // req: arp-nd/ND-16, arp-nd/ARP-10
    it("keeps the latest packets, a bounded number of them", () => {
      const host = lonely({ maxQueuedPackets: 3 });
      for (let length = 1; length <= 5; length++) host.send(peer, length);
      host.frames();
      assert.deepEqual(host.drops(), { "neighbor-queue-full": 2 });
      host.inject(answer(family));
      assert.deepEqual(
        host.frames().map(({ length }) => length - 14 - family.headerLength),
        [3, 4, 5],
      );
    });

    it("keeps a whole datagram of 64 KB in fragments", () => {
      const host = lonely();
      host.send(peer, 65_000);
      host.inject(answer(family));
      assert.deepEqual(host.drops(), {});
      assert.ok(host.frames().length > 44);
    });

    // req: arp-nd/ND-15
    it("asks from the address that the packet is from", () => {
      const host = lonely();
      const other = family.isV6 ? "fd77::3" : "10.77.0.3";
      host.network.addAddress(host.iface, `${other}/${family.isV6 ? 64 : 24}`, 0);
      host.frames();
      const source = IpAddress.parse(other) ?? assert.fail();
      host.send(peer, 4, { path: host.path(peer, { source }) });
      assert.match(
        host.sent()[0] ?? "",
        new RegExp(family.isV6 ? `^IP6 ${other} >` : `tell ${other}`),
      );
    });

    // req: arp-nd/ND-20, arp-nd/ARP-3
    it("learns from questions, without believing that the asker is reachable", () => {
      const host = lonely();
      host.inject(question(family));
      assert.equal(stateOf(host, peer), "stale");
      host.send(peer, 4);
      assert.equal(stateOf(host, peer), "delay");
      host.inject(question(family, OTHER_MAC));
      assert.equal(stateOf(host, peer), "stale");
    });

    it("bounds what a scan of the subnet takes, and spares who is in use", () => {
      const host = acquainted(family, { maxIncomplete: 32, maxEntries: 64 });
      const { a, b, c, d } = peer;
      for (let i = 1; i <= 200; i++) host.send(new IpAddress(a, b, c, d + i), 4);
      const entries = host.network.neighbors(host.iface);
      assert.equal(entries.filter(({ state }) => state === "incomplete").length, 32);
      assert.equal(stateOf(host, peer), "reachable");
      assert.equal(host.drops()["neighbor-table-full"], 168);
    });

    it("bounds what strangers who ask take, and spares who is in use", () => {
      const host = acquainted(family, { maxEntries: 64 });
      const { a, b, c, d } = peer;
      for (let i = 1; i <= 200; i++) {
        host.inject(question({ ...family, peer: new IpAddress(a, b, c, d + i) }));
      }
      assert.equal(host.network.neighbors(host.iface).length, 64);
      assert.equal(stateOf(host, peer), "reachable");
    });
  });

  describe(`${family.name} unreachability detection`, () => {
    // req: arp-nd/NUD-2, arp-nd/NUD-3, arp-nd/ARP-7, arp-nd/ARP-8
    it("doubts after 15 to 45 s, delays 5 s, then asks the neighbour itself", () => {
      const host = acquainted(family);
      const silent: string[] = [];
      for (; host.now < 15_000; host.advance(1000)) host.send(peer, 4);
      silent.push(stateOf(host, peer));
      host.advance(30_000);
      host.frames();
      host.send(peer, 4);
      assert.deepEqual([...silent, stateOf(host, peer)], ["reachable", "delay"]);
      host.advance(4999);
      assert.deepEqual(questions(host), []);
      host.advance(1);
      const [asked, ...others] = questions(host);
      assert.equal(others.length, 0);
      assert.ok(asked && ethernetDestination(new DataView(asked.buffer), 0).equals(PEER_MAC));
      assert.equal(stateOf(host, peer), "probe");
      host.inject(answer(family));
      assert.equal(stateOf(host, peer), "reachable");
    });

    // req: arp-nd/NUD-2
    it("draws the time of trust between half and one and a half times the mean", () => {
      const times = Array.from({ length: 40 }, (_, seed) => {
        const host = new WireHost({ seed, knowsPeer: false });
        host.send(peer, 1);
        host.inject(answer(family));
        while (stateOf(host, peer) === "reachable") {
          host.advance(500);
          host.send(peer, 1);
        }
        return host.now;
      });
      assert.ok(times.every((time) => time >= 15_000 && time <= 45_500));
      assert.ok(Math.min(...times) < 20_000 && Math.max(...times) > 40_000);
    });

    // req: arp-nd/NUD-4, arp-nd/NUD-7, arp-nd/ARP-7
    it("forgets a neighbour after three questions without an answer", () => {
      const host = acquainted(family);
      host.advance(45_000);
      host.send(peer, 4);
      host.frames();
      const times: number[] = [];
      const began = host.now;
      for (; stateOf(host, peer) !== "none"; host.advance(100)) {
        for (const _ of questions(host)) times.push(host.now - began);
      }
      assert.deepEqual(times, [5000, 6000, 7000]);
      assert.equal(host.now - began, 8000);
    });

    // req: arp-nd/NUD-5, arp-nd/ARP-7
    it("takes the word of the transport that packets arrive", () => {
      const host = acquainted(family);
      const path = host.path(peer);
      for (; host.now < 200_000; host.advance(10_000)) {
        path.confirm();
        host.send(peer, 4, { path });
      }
      assert.deepEqual(questions(host), []);
      assert.equal(stateOf(host, peer), "reachable");
    });

    // req: arp-nd/ARP-7, ip/V4O-6
    it("asks at once when the transport doubts", () => {
      const host = acquainted(family);
      host.advance(5000);
      host.path(peer).advise();
      assert.equal(questions(host).length, 1);
      assert.equal(stateOf(host, peer), "probe");
    });

    // req: arp-nd/ARP-7
    it("forgets neighbours on the word of the link, but not those set by hand", () => {
      const host = acquainted(family);
      host.network.setNeighbor(host.iface, family.stranger, OTHER_MAC, host.now);
      host.network.flushNeighbors(host.iface, host.now);
      assert.deepEqual(
        [stateOf(host, peer), stateOf(host, family.stranger)],
        ["none", "permanent"],
      );
      host.send(peer, 4);
      assert.equal(questions(host).length, 1);
    });

    it("stays silent towards neighbours that nobody sends to", () => {
      const host = acquainted(family);
      host.advance(3_600_000);
      assert.deepEqual(host.frames(), []);
    });
  });

  describe(`${family.name} gateways`, () => {
    const second = family.stranger;

    function twoGateways(): WireHost {
      const gateway = [family.gateway.toString(), second.toString()];
      return new WireHost({ knowsPeer: false, config: { gateway } });
    }

    // req: ip/V4O-5, ip/V4O-6, arp-nd/RD-5
    it("the second takes over when the first does not answer, and paths in use follow", () => {
      const host = twoGateways();
      const path = host.path(family.far);
      assert.ok(path.nextHop.equals(family.gateway));
      host.send(family.far, 4, { path });
      host.advance(3000);
      assert.ok(path.nextHop.equals(second));
      assert.equal(host.errors.length, 1, "what waited for the first was lost");
      host.send(family.far, 4, { path });
      host.inject(answer({ ...family, peer: second }));
      assert.equal(host.frames().filter((frame) => !isQuestion(frame)).length, 1);
    });

    // req: arp-nd/RD-5
    it("go round when none answers", () => {
      const host = twoGateways();
      const path = host.path(family.far);
      const tried: string[] = [];
      for (let i = 0; i < 6; i++) {
        host.send(family.far, 4, { path });
        tried.push(path.nextHop.toString());
        host.advance(3000);
      }
      const [a, b] = [family.gateway.toString(), second.toString()];
      assert.deepEqual(tried, [a, b, a, b, a, b]);
    });

    // req: ip/V4O-6
    it("are not asked while nothing is sent", () => {
      const host = twoGateways();
      host.advance(600_000);
      assert.deepEqual(host.frames(), []);
    });

    it("the first is preferred again when it has been heard", () => {
      const host = twoGateways();
      const path = host.path(family.far);
      host.send(family.far, 4, { path });
      host.advance(3000);
      assert.ok(path.nextHop.equals(second));
      host.send(family.gateway, 4);
      host.inject(answer({ ...family, peer: family.gateway }));
      assert.ok(path.nextHop.equals(family.gateway));
    });
  });
}

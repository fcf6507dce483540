import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { NeighborCache } from "../../../src/link/neighbor-cache.ts";
import { DEFAULT_NEIGHBOR_CONFIG, type NeighborConfig } from "../../../src/link/neighbor-config.ts";
import { PEER_MAC, V6 } from "../../support/network-host.ts";
import { type Log, neighborOwner, packetWith } from "../../support/network-parts.ts";

const OTHER_MAC = new MacAddress(0x0200, 9);
const { peer } = V6;

function cacheWith(
  config: Partial<NeighborConfig> = {},
): { cache: NeighborCache; counters: Counters } & Log {
  const counters = new Counters();
  const owner = neighborOwner();
  const cache = new NeighborCache({
    config: { ...DEFAULT_NEIGHBOR_CONFIG, ...config },
    counters,
    interfaceName: "eth0",
    random: new SeededRandom(4),
    owner,
  });
  return { cache, counters, log: owner.log };
}

function packet(length = 1): ReturnType<typeof packetWith> {
  return packetWith(new Uint8Array(length));
}

describe("NeighborCache", () => {
  // req: arp-nd/NUD-1
  it("reports every change of state to the observer", () => {
    const { cache, counters } = cacheWith();
    const changes: string[] = [];
    counters.observer = {
      neighbor: (address, iface, from, to) => changes.push(`${address}%${iface} ${from} ${to}`),
    };
    cache.resolve(peer, packet(), 0);
    cache.advertise(peer, { mac: PEER_MAC, solicited: true, override: true }, 10);
    cache.resolve(peer, packet(), 50_000);
    cache.handleTimeout(55_000);
    for (const at of [56_000, 57_000, 58_000]) cache.handleTimeout(at);
    assert.deepEqual(
      changes.map((change) => change.split(" ").slice(1).join(" ")),
      ["incomplete reachable", "reachable stale", "stale delay", "delay probe", "probe none"],
    );
    assert.equal(changes[0]?.split(" ")[0], "fd77::2%eth0");
  });

  it("gives the link address of a reachable neighbour without further ado", () => {
    const { cache, log } = cacheWith();
    cache.resolve(peer, packet(), 0);
    cache.advertise(peer, { mac: PEER_MAC, solicited: true, override: true }, 0);
    log.length = 0;
    assert.equal(cache.resolve(peer, packet(), 1), PEER_MAC);
    assert.deepEqual([log, cache.pollTimeout()], [[], Infinity]);
  });

  it("sends what waited in order, and only then says that the neighbour lives", () => {
    const { cache, log } = cacheWith();
    for (const length of [1, 2, 3]) assert.equal(cache.resolve(peer, packet(length), 0), null);
    cache.advertise(peer, { mac: PEER_MAC, solicited: true, override: true }, 5);
    assert.deepEqual(log, [
      "solicit fd77::2",
      "fd77::2 lives",
      "send 1 to 02:00:00:00:00:02",
      "send 2 to 02:00:00:00:00:02",
      "send 3 to 02:00:00:00:00:02",
    ]);
  });

  it("keeps copies: what the sender does to its buffer afterwards does not matter", () => {
    const { cache } = cacheWith();
    const mine = packet(4);
    cache.resolve(peer, mine, 0);
    mine.bytes.fill(0xff);
    const [copy] = cache.find(peer)?.queue ?? [];
    assert.deepEqual(copy?.bytes.slice(copy.start, copy.end), new Uint8Array(4));
  });

  it("bounds what waits for one neighbour and for all", () => {
    const { cache, counters } = cacheWith({ maxQueuedOctets: 3000, maxTotalOctets: 5000 });
    for (let i = 0; i < 5; i++) cache.resolve(peer, packet(808), 0);
    assert.equal(cache.find(peer)?.queue.length, 3);
    assert.equal(counters.dropped("neighbor-queue-full"), 2);
    cache.resolve(V6.stranger, packet(808), 0);
    cache.resolve(V6.stranger, packet(808), 0);
    cache.resolve(V6.stranger, packet(808), 0);
    assert.equal(cache.find(V6.stranger)?.queue.length, 2);
    cache.flush(0);
    cache.resolve(V6.stranger, packet(808), 0);
    assert.equal(cache.find(V6.stranger)?.queue.length, 1, "room was given back");
  });

  it("says what is lost when a neighbour is given up, and that it is gone", () => {
    const { cache, log } = cacheWith();
    cache.resolve(peer, packet(7), 0);
    for (const at of [1000, 2000, 3000]) cache.handleTimeout(at);
    assert.deepEqual(log.slice(-2), ["fd77::2 is gone", "unresolved 7"]);
    assert.equal(cache.size, 0);
  });

  // req: arp-nd/ARP-16
  it("changes a permanent entry only by hand", () => {
    const { cache } = cacheWith({ maxEntries: 2 });
    cache.setPermanent(peer, PEER_MAC, 0);
    cache.refresh(peer, OTHER_MAC, 0);
    cache.learn(peer, OTHER_MAC, 0);
    cache.advertise(peer, { mac: OTHER_MAC, solicited: true, override: true }, 0);
    cache.suspect(peer, 0);
    cache.confirm(peer, 0);
    for (let i = 0; i < 10; i++) cache.learn(new IpAddress(1, 0, 0, i), OTHER_MAC, 0);
    cache.flush(0);
    const neighbor = cache.find(peer);
    assert.deepEqual([neighbor?.mac, neighbor?.state], [PEER_MAC, "permanent"]);
    cache.setPermanent(peer, OTHER_MAC, 0);
    assert.equal(cache.find(peer)?.mac, OTHER_MAC);
  });

  // req: arp-nd/ND-27
  it("tells when a router is one no longer, and believes ARP to say nothing about it", () => {
    const { cache, log } = cacheWith();
    cache.resolve(peer, packet(), 0);
    const message = { mac: PEER_MAC, solicited: true, override: true };
    cache.advertise(peer, { ...message, isRouter: true }, 0);
    cache.advertise(peer, message, 0);
    assert.ok(cache.find(peer)?.isRouter);
    cache.advertise(peer, { ...message, isRouter: false }, 0);
    assert.equal(log.at(-1), "fd77::2 is no router");
  });

  it("makes room by those who never answered, longest unused first", () => {
    const { cache, counters } = cacheWith({ maxEntries: 3 });
    const address = (n: number): IpAddress => new IpAddress(0x20010db8, 0, 0, n);
    cache.learn(address(1), PEER_MAC, 1);
    cache.confirm(address(1), 1);
    cache.learn(address(2), PEER_MAC, 3);
    cache.learn(address(3), PEER_MAC, 2);
    cache.learn(address(4), PEER_MAC, 4);
    assert.equal(cache.find(address(3)), null);
    cache.learn(address(5), PEER_MAC, 5);
    assert.equal(cache.find(address(2)), null);
    assert.ok(cache.find(address(1)));
    assert.equal(counters.dropped("neighbor-table-full"), 2);
  });

  it("takes advertised times, within bounds", () => {
    const { cache } = cacheWith();
    cache.setTimes(0, 0);
    assert.deepEqual(
      [cache.config.reachableTimeMs, cache.config.retransTimerMs],
      [DEFAULT_NEIGHBOR_CONFIG.reachableTimeMs, DEFAULT_NEIGHBOR_CONFIG.retransTimerMs],
    );
    cache.setTimes(0xffffffff, 1);
    assert.deepEqual([cache.config.reachableTimeMs, cache.config.retransTimerMs], [3_600_000, 100]);
  });

  // req: arp-nd/NUD-7
  it("does not ask twice within the retransmission time, even when told to doubt again and again", () => {
    const { cache, log } = cacheWith();
    cache.learn(peer, PEER_MAC, 0);
    for (let at = 0; at < 1000; at += 10) cache.suspect(peer, at);
    assert.deepEqual(log, ["solicit fd77::2 itself"]);
    cache.confirm(peer, 1000);
    cache.suspect(peer, 1000);
    assert.equal(log.length, 2);
    cache.confirm(peer, 1001);
    cache.suspect(peer, 1002);
    assert.equal(log.length, 2);
    assert.equal(cache.pollTimeout(), 2000);
  });
});

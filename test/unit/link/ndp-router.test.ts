import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { RouterSolicitation, readRouterAdvertisement } from "../../../src/link/ndp-router.ts";
import { ip } from "../../support/network-host.ts";
import { packetWith } from "../../support/network-parts.ts";
import {
  type Advertised,
  advertisement,
  dnsOption,
  prefixOption,
  routeOption,
} from "../../support/network-routers.ts";

const ROUTER = ip("fe80::fe");

function read(shape: Partial<Advertised>): ReturnType<typeof readRouterAdvertisement> {
  const frame = advertisement({ router: ROUTER, lifetime: 0, mac: null, ...shape });
  const packet = packetWith(frame);
  packet.transportAt = packet.start + 54;
  return readRouterAdvertisement(packet, ROUTER);
}

describe("RouterSolicitation", () => {
  // req: arp-nd/RD-1, arp-nd/RD-2
  it("starts within a second, then doubles from 4 s to an hour, give or take a tenth", () => {
    const solicitation = new RouterSolicitation(new SeededRandom(1));
    assert.equal(solicitation.isDue(100), false);
    assert.ok(solicitation.deadline >= 100 && solicitation.deadline < 1100);
    let now = solicitation.deadline;
    let expected = 4000;
    for (let i = 0; i < 20; i++) {
      assert.ok(solicitation.isDue(now));
      solicitation.next(now);
      const gap = solicitation.deadline - now;
      assert.ok(gap >= Math.min(expected, 3_600_000) * 0.5 && gap <= 3_960_000, `${i}: ${gap}`);
      expected = 2 * gap;
      now = solicitation.deadline;
    }
    assert.ok(expected / 2 > 3_000_000);
    solicitation.stop();
    assert.equal(solicitation.isDue(now * 2), false);
  });

  it("asks nobody when a router has spoken before the first question", () => {
    const solicitation = new RouterSolicitation(new SeededRandom(1));
    solicitation.stop();
    assert.deepEqual([solicitation.isDue(1e9), solicitation.deadline], [false, Infinity]);
  });
});

describe("readRouterAdvertisement", () => {
  it("reads the header", () => {
    const {
      advertisement: told,
      reachableTimeMs,
      retransTimerMs,
    } = read({
      lifetime: 1800,
      hopLimit: 64,
      preference: -1,
      reachableTime: 12_345,
      retransTimer: 500,
      mtu: 1280,
    });
    assert.deepEqual([reachableTimeMs, retransTimerMs], [12_345, 500]);
    assert.deepEqual(
      [told.router, told.lifetimeMs, told.hopLimit, told.preference, told.mtu],
      [ROUTER, 1_800_000, 64, -1, 1280],
    );
    assert.deepEqual([told.prefixes, told.routes], [[], []]);
  });

  // req: arp-nd/RD-8, arp-nd/SL-2
  it("reads prefixes with their flags and lifetimes", () => {
    const prefix = ip("2001:db8::");
    const options = [
      ...prefixOption(prefix, { flags: 0x80, valid: 0xffffffff, preferred: 60 }),
      ...prefixOption(prefix, { flags: 0x40, valid: 5, preferred: 0, length: 48 }),
    ];
    const { prefixes } = read({ options }).advertisement;
    assert.deepEqual(
      prefixes.map(({ onLink, autonomous, validMs, preferredMs, length }) => [
        onLink,
        autonomous,
        validMs,
        preferredMs,
        length,
      ]),
      [
        [true, false, Infinity, 60_000, 64],
        [false, true, 5000, 0, 48],
      ],
    );
  });

  // req: arp-nd/RD-14
  it("reads routes as long as their option allows, and skips the reserved preference", () => {
    const whole = [24, 3, 128, 8, 0, 0, 0, 9, ...new Array<number>(16).fill(1)];
    const none = [24, 1, 0, 0x18, 0, 0, 0, 9];
    const overlong = [24, 2, 65, 0, 0, 0, 0, 9, ...new Array<number>(8).fill(1)];
    const reserved = [24, 1, 0, 0x10, 0, 0, 0, 9];
    const options = [
      ...routeOption(ip("2001:db8::"), 32, 9, 0),
      ...whole,
      ...none,
      ...overlong,
      ...reserved,
    ];
    const { routes } = read({ options }).advertisement;
    assert.deepEqual(
      routes.map(({ prefix, length, preference, lifetimeMs }) => [
        `${prefix}/${length}`,
        preference,
        lifetimeMs,
      ]),
      [
        ["2001:db8::/32", 0, 9000],
        ["101:101:101:101:101:101:101:101/128", 1, 9000],
        ["::/0", -1, 9000],
      ],
    );
  });

  // req: arp-nd/RD-15
  it("reads DNS servers, and none of an option whose length no number of them makes", () => {
    const [a, b] = [ip("2001:db8::53"), ip("fe80::53")];
    const told = read({ options: [...dnsOption(60, [a, b])] }).advertisement.dnsServers;
    assert.deepEqual(
      told.map(({ address, lifetimeMs }) => [address.toString(), lifetimeMs]),
      [
        ["2001:db8::53", 60_000],
        ["fe80::53", 60_000],
      ],
    );
    for (const units of [1, 2, 4]) {
      const bad = [25, units, 0, 0, 0, 0, 0, 60, ...new Array<number>(8 * units - 8).fill(1)];
      assert.deepEqual(read({ options: bad }).advertisement.dnsServers, []);
    }
  });

  it("reads no more than 32 options", () => {
    const one = [...prefixOption(ip("2001:db8::"), { flags: 0x80, valid: 9, preferred: 9 })];
    const options = Array.from({ length: 40 }, () => one).flat();
    assert.equal(read({ options }).advertisement.prefixes.length, 32);
  });
});

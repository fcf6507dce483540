import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_IP_CONFIG } from "../../../src/ip/config.ts";
import { PathMtuCache, plateauBelow } from "../../../src/ip/path-mtu.ts";
import { ip, V4, V6 } from "../../support/network-host.ts";

describe("plateauBelow", () => {
  // req: ip/MTU-1
  const rows: [number, number][] = [
    [65_535, 32_000],
    [32_000, 17_914],
    [1500, 1492],
    [1492, 1006],
    [576, 508],
    [296, 68],
    [68, 68],
    [20, 68],
  ];
  for (const [length, plateau] of rows) {
    it(`is ${plateau} below ${length}`, () => assert.equal(plateauBelow(length), plateau));
  }
});

describe("PathMtuCache", () => {
  const fresh = (more = {}): PathMtuCache => new PathMtuCache({ ...DEFAULT_IP_CONFIG, ...more });
  const report = (mtu: number, current = 1500) => ({ mtu, packetLength: 1500, current });

  // req: ip/MTU-1, ip/MTU-2, ip/MTU-6
  const rows: [typeof V4.far, number, number, boolean, number | undefined, boolean][] = [
    [V4.far, 1400, 1500, true, 1400, false],
    [V4.far, 1500, 1500, false, undefined, false],
    [V4.far, 9000, 1500, false, undefined, false],
    [V4.far, 552, 1500, true, 552, false],
    [V4.far, 551, 1500, true, 552, true],
    [V4.far, 1, 1500, true, 552, true],
    [V4.far, 100, 296, true, 296, true],
    [V4.far, 0, 1500, true, 1492, false],
    [V6.far, 1400, 1500, true, 1400, false],
    [V6.far, 1280, 1500, true, 1280, false],
    [V6.far, 1279, 1500, false, undefined, false],
    [V6.far, 0, 1500, false, undefined, false],
    [V6.far, 0xffffffff, 1500, false, undefined, false],
  ];
  for (const [destination, mtu, current, lowered, result, mayBeFragmented] of rows) {
    it(`${mtu} of ${current} to ${destination} makes ${result ?? "no difference"}`, () => {
      const cache = fresh();
      assert.equal(cache.report(destination, report(mtu, current), 0), lowered);
      const entry = cache.find(destination, 0);
      assert.equal(entry?.mtu, result);
      assert.equal(entry?.mayBeFragmented ?? false, mayBeFragmented);
    });
  }

  it("counts changes, and only those", () => {
    const cache = fresh();
    const before = cache.generation;
    cache.report(V4.far, report(9000), 0);
    assert.equal(cache.generation, before);
    cache.report(V4.far, report(1400), 0);
    cache.report(V4.far, report(1400, 1400), 0);
    assert.equal(cache.generation, before + 1);
  });

  // req: ip/MTU-4
  it("forgets in the order of the last reports", () => {
    const cache = fresh({ pathMtuExpiryMs: 100 });
    cache.report(V4.far, report(1400), 0);
    cache.report(V6.far, report(1400), 10);
    cache.report(V4.far, report(1300, 1400), 20);
    assert.equal(cache.pollTimeout(), 110);
    cache.handleTimeout(110);
    assert.deepEqual(
      [cache.size, cache.find(V4.far, 110)?.mtu, cache.pollTimeout()],
      [1, 1300, 120],
    );
    assert.equal(cache.find(V4.far, 120), null, "even before it is removed");
    cache.handleTimeout(120);
    assert.deepEqual([cache.size, cache.pollTimeout()], [0, Infinity]);
  });

  it("remembers no more than its bound, the latest", () => {
    const cache = fresh({ pathMtuEntries: 3 });
    for (let i = 0; i < 10; i++) cache.report(ip(`192.0.2.${i}`), report(1400), i);
    assert.equal(cache.size, 3);
    assert.equal(cache.find(ip("192.0.2.6"), 10), null);
    assert.ok(cache.find(ip("192.0.2.7"), 10));
  });
});

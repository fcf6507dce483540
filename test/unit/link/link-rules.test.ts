import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import {
  type LinkRules,
  LinkShaper,
  type LinkStats,
  NOT_DELIVERED,
  newLinkStats,
} from "../../../src/link/link-rules.ts";

const SEED = 20_261_121;

function shaper(rules: LinkRules): { shaper: LinkShaper; stats: LinkStats } {
  const stats = newLinkStats();
  return { shaper: new LinkShaper(rules, new SeededRandom(SEED), stats), stats };
}

/** Judges `count` frames of 1000 octets sent `gapMs` apart. */
function judgeMany(
  rules: LinkRules,
  count: number,
  gapMs = 1,
): { arrivals: number[]; stats: LinkStats } {
  const link = shaper(rules);
  const arrivals = Array.from({ length: count }, (_, i) =>
    link.shaper.judge(1014, 1000, i * gapMs),
  );
  return { arrivals, stats: link.stats };
}

test(`probabilities come out as asked (seed ${SEED})`, () => {
  const rows: [keyof LinkRules, keyof LinkStats][] = [
    ["loss", "lost"],
    ["reordering", "reordered"],
  ];
  for (const [rule, counter] of rows) {
    for (const probability of [0, 0.02, 0.5, 1]) {
      const { stats } = judgeMany({ [rule]: probability }, 20_000);
      assert.ok(
        Math.abs(stats[counter] / 20_000 - probability) < 0.01,
        `${rule} ${probability}: ${stats[counter]}`,
      );
    }
  }
  const { shaper: link } = shaper({ corruption: 1, duplication: 1 });
  link.judge(100, 86, 0);
  assert.ok(link.corrupts && link.duplicates);
});

test("without dice, arrival is arithmetic", () => {
  // [rules, arrival of frames of 1014 octets sent at 0, 1, 2 …]
  const rows: [LinkRules, number[]][] = [
    [{}, [0, 1, 2]],
    [{ delayMs: 10 }, [10, 11, 12]],
    [{ bitsPerSecond: 8_112_000 }, [1, 2, 3]],
    [{ bitsPerSecond: 4_056_000 }, [2, 4, 6]],
    [{ bitsPerSecond: 4_056_000, delayMs: 5 }, [7, 9, 11]],
    [{ bitsPerSecond: 16_224_000 }, [0.5, 1.5, 2.5]],
    [{ mtu: 1000 }, [0, 1]],
    [{ mtu: 999 }, [NOT_DELIVERED]],
    [{ bitsPerSecond: 811_200, queuePackets: 2 }, [10, 20, NOT_DELIVERED, NOT_DELIVERED]],
    [{ bitsPerSecond: 2_704_000, queuePackets: 1 }, [3, NOT_DELIVERED, NOT_DELIVERED, 6]],
  ];
  for (const [rules, expected] of rows) {
    assert.deepEqual(judgeMany(rules, expected.length).arrivals, expected, JSON.stringify(rules));
  }
  assert.equal(judgeMany({ mtu: 999 }, 5).stats.tooLong, 5);
  assert.equal(judgeMany({ bitsPerSecond: 811_200, queuePackets: 2 }, 6).stats.queueDrops, 4);
});

test(`jitter spreads the delay and keeps the order (seed ${SEED})`, () => {
  const { arrivals } = judgeMany({ delayMs: 20, jitterMs: 10 }, 5000);
  const delays = arrivals.map((arrival, i) => arrival - i);
  assert.ok(Math.min(...delays) >= 20 && Math.min(...delays) < 25);
  assert.ok(Math.max(...delays) > 28 && Math.max(...delays) < 30);
  assert.ok(arrivals.every((arrival, i) => i === 0 || arrival >= (arrivals[i - 1] ?? 0)));
});

test(`a frame held back is overtaken by later ones (seed ${SEED})`, () => {
  const link = shaper({ delayMs: 10, reordering: 0.2, reorderMs: 3.5 });
  let overtaken = 0;
  for (let i = 0; i < 1000; i++) {
    const arrival = link.shaper.judge(100, 86, i);
    assert.equal(arrival, i + (link.shaper.isHeldBack ? 13.5 : 10));
    if (link.shaper.isHeldBack) overtaken++;
  }
  assert.equal(overtaken, link.stats.reordered);
  assert.ok(overtaken > 150 && overtaken < 250);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../../src/base/random.ts";
import { HeaderFindings } from "../../../../src/ip/family.ts";
import { FragmentSet } from "../../../../src/ip/fragments/fragment-set.ts";
import { octets } from "../../../support/network-host.ts";
import { testInterface } from "../../../support/network-ip.ts";
import { packetWith } from "../../../support/network-parts.ts";

const HEADER = 20;
const iface = testInterface();

function newSet(): FragmentSet {
  return new FragmentSet({ key: Int32Array.of(1, 2), hash: 3, iface, expiresAt: 60_000 });
}

/** Adds octets `[from, to)` of a payload of `total`; the reason of a refusal. */
function add(
  set: FragmentSet,
  from: number,
  to: number,
  total: number,
  more = to < total,
): string | null {
  const packet = packetWith(
    Uint8Array.of(...new Uint8Array(HEADER).fill(0x45), ...octets(total).slice(from, to)),
  );
  packet.networkAt = packet.start;
  const findings = new HeaderFindings();
  findings.reset();
  findings.headerEnd = packet.start + HEADER;
  findings.fragmentAt = packet.start + HEADER;
  findings.fragmentOffset = from;
  findings.moreFragments = more;
  return set.add(packet, findings);
}

describe("FragmentSet", () => {
  // req: ip/FRAG-3, ip/FRAG-4, ip/FRAG-9
  it("is complete when every octet is there, in whatever order and however often (seed 12)", () => {
    const random = new SeededRandom(12);
    for (let round = 0; round < 200; round++) {
      const total = 8 * (2 + (random.int32() & 31)) + (random.int32() & 7);
      const cuts = [0];
      for (let at = 0; at < total; ) {
        at = Math.min(total, at + 8 * (1 + (random.int32() & 3)));
        cuts.push(at);
      }
      const pieces = cuts.slice(1).map((to, index) => [cuts[index] ?? 0, to] as const);
      const again = pieces.filter(() => random.int32() & 1);
      const order = [...pieces, ...again].sort(() => random.int32());
      const set = newSet();
      const seen = new Set<number>();
      for (const [from, to] of order) {
        assert.equal(add(set, from, to, total), null);
        seen.add(from);
        assert.equal(set.isComplete, seen.size === pieces.length);
      }
      const whole = new Uint8Array(HEADER + total);
      assert.equal(set.writeInto(whole, 0), HEADER + total);
      assert.deepEqual(whole.slice(HEADER), octets(total));
      assert.equal(set.length, HEADER + total);
    }
  });

  // req: ip/FRAG-8, ip/FR6-8
  const overlaps: [string, [number, number, boolean?][]][] = [
    [
      "one octet group twice",
      [
        [0, 16],
        [8, 24],
      ],
    ],
    [
      "inside",
      [
        [0, 32],
        [8, 16],
      ],
    ],
    [
      "around",
      [
        [8, 16],
        [0, 24],
      ],
    ],
    [
      "the same start",
      [
        [0, 16],
        [0, 24],
      ],
    ],
    [
      "the same end",
      [
        [0, 24],
        [8, 24],
      ],
    ],
    [
      "a second end",
      [
        [40, 48, false],
        [48, 56, false],
      ],
    ],
    [
      "something behind the end",
      [
        [40, 48, false],
        [48, 56],
      ],
    ],
    [
      "an end before what is there",
      [
        [40, 48],
        [16, 24, false],
      ],
    ],
    [
      "more at the end",
      [
        [40, 48, false],
        [24, 48, true],
      ],
    ],
  ];
  for (const [name, pieces] of overlaps) {
    it(`refuses everything for good after ${name}`, () => {
      const set = newSet();
      set.octets = 512;
      const [first, second] = pieces;
      assert.ok(first && second);
      assert.equal(add(set, first[0], first[1], 100, first[2]), null);
      assert.equal(add(set, second[0], second[1], 100, second[2]), "fragment-overlap");
      assert.deepEqual(
        [set.isRefused, set.octets, set.first],
        [true, 512, null],
        "memory is given back",
      );
      assert.equal(add(set, 64, 72, 100), "fragment-overlap");
      assert.equal(set.isComplete, false);
    });
  }

  it("charges for what it keeps", () => {
    const set = newSet();
    add(set, 8, 16, 100);
    assert.ok(set.octets >= 8 + 200);
    const before = set.octets;
    add(set, 8, 16, 100);
    assert.equal(set.octets, before, "a duplicate is not kept");
  });

  it("keeps the first fragment whole, for the report of a timeout", () => {
    const set = newSet();
    add(set, 8, 16, 16);
    assert.equal(Boolean(set.first), false);
    add(set, 0, 8, 16);
    assert.equal(set.first?.length, HEADER + 8);
  });

  it("is told apart by every word of its key", () => {
    assert.ok(newSet().matches(Int32Array.of(1, 2)));
    assert.ok(!newSet().matches(Int32Array.of(1, 3)));
    assert.ok(!newSet().matches(Int32Array.of(0, 2)));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import {
  ACD_RULES,
  AddressClaim,
  ANNOUNCE_ONLY_RULES,
  type ClaimRules,
  dadRules,
} from "../../../src/link/address-claim.ts";
import { V4 } from "../../support/network-host.ts";

function claim(rules: ClaimRules, now = 0): AddressClaim {
  return new AddressClaim(V4.ours, rules, new SeededRandom(3), now);
}

/** Every step with its time, as a driver that is never late would see it. */
function steps(subject: AddressClaim): [number, string][] {
  const seen: [number, string][] = [];
  for (let now = 0; now !== Infinity && seen.length < 20; now = subject.deadline) {
    for (let step = subject.next(now); step !== "none"; step = subject.next(now))
      seen.push([now, step]);
    if (subject.deadline <= now) throw new Error("no progress");
  }
  return seen;
}

describe("AddressClaim", () => {
  // req: arp-nd/ACD-4, arp-nd/ACD-8, arp-nd/DAD-4
  const stories: [string, ClaimRules, string][] = [
    ["RFC 5227", ACD_RULES, "probe probe probe assign announce announce"],
    ["announce only", ANNOUNCE_ONLY_RULES, "assign announce announce"],
    ["silence", { ...ANNOUNCE_ONLY_RULES, announcements: 0 }, "assign"],
    ["RFC 4862", dadRules(1, 1000), "probe assign announce"],
    ["RFC 4862 with two probes", dadRules(2, 1000), "probe probe assign announce"],
    ["RFC 4862 without", dadRules(0, 1000), "assign announce"],
  ];
  for (const [name, rules, expected] of stories) {
    it(`goes the way of ${name}: ${expected}`, () => {
      assert.equal(
        steps(claim(rules))
          .map(([, step]) => step)
          .join(" "),
        expected,
      );
    });
  }

  it("announces at once when it is assigned, and waits in between", () => {
    const times = steps(claim(ACD_RULES)).map(([time]) => time);
    assert.equal(times[4], times[3]);
    assert.equal((times[5] ?? 0) - (times[4] ?? 0), 2000);
    assert.equal((times[3] ?? 0) - (times[2] ?? 0), 2000);
  });

  it("does one step late rather than several at once when the clock jumps", () => {
    const subject = claim(ACD_RULES);
    const seen: string[] = [];
    for (let step = subject.next(1e9); step !== "none"; step = subject.next(1e9)) seen.push(step);
    assert.deepEqual(seen, ["probe"]);
  });

  // req: arp-nd/ACD-5
  it("is lost for good by a conflict while it probes", () => {
    const subject = claim(ACD_RULES);
    assert.ok(subject.isTentative);
    assert.equal(subject.handleConflict(10), "lost");
    assert.deepEqual(
      [subject.isTentative, subject.isAssigned, subject.deadline],
      [false, false, Infinity],
    );
    assert.equal(subject.next(1e9), "none");
  });

  // req: arp-nd/ACD-10, arp-nd/ACD-11
  it("defends itself once in ten seconds, and gives up or not as the rules say", () => {
    for (const [rules, second] of [
      [{ ...ANNOUNCE_ONLY_RULES, onInsistence: "give-up" }, "given-up"],
      [ANNOUNCE_ONLY_RULES, "ignored"],
    ] as [ClaimRules, string][]) {
      const subject = claim(rules);
      subject.next(0);
      assert.equal(subject.handleConflict(0), "defend");
      assert.equal(subject.handleConflict(10_000), "defend");
      assert.equal(subject.handleConflict(19_999), second);
      assert.equal(subject.isAssigned, second === "ignored");
    }
  });
});

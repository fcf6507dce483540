import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { FaultLane } from "../../../src/link/fault-lane.ts";
import type { LinkRules } from "../../../src/link/link-rules.ts";
import { type SeenFrame, seen } from "../../support/link-devices.ts";
import { MAC_A, MAC_B, octetsIn, plainFrame, tcpPacket } from "../../support/link-packets.ts";

const SEED = 424_242;

class Outlet {
  readonly frames: SeenFrame[] = [];
  room = Infinity;
  readonly lane: FaultLane;

  constructor(rules: LinkRules, limits = { packets: 1000, octets: 2 ** 22 }) {
    this.lane = new FaultLane({
      direction: "receive",
      medium: "ethernet",
      rules,
      random: new SeededRandom(SEED),
      limits,
      outlet: (frame) => {
        if (this.room <= 0) return false;
        this.room--;
        this.frames.push(seen(frame));
        return true;
      },
    });
  }

  /** First payload octet of each frame that came out. */
  get fills(): (number | undefined)[] {
    return this.frames.map(({ octets }) => octets[14]);
  }
}

test("a lane without rules is idle; rules, delayed frames and packet rules make it busy", () => {
  const { lane } = new Outlet({});
  assert.ok(lane.isIdle);
  const remove = lane.install(() => "pass");
  assert.ok(!lane.isIdle);
  remove();
  assert.ok(lane.isIdle);
  lane.setRules({ delayMs: 5 });
  lane.accept(plainFrame(MAC_B, MAC_A), 0);
  lane.setRules(undefined);
  assert.ok(!lane.isIdle, "a frame is under way");
  assert.equal(lane.headTime, 5);
  assert.equal(lane.flush(5, 10), 1);
  assert.ok(lane.isIdle);
});

test("a super-segment is split, so that a fault hits one wire frame", () => {
  const out = new Outlet({ loss: 0.5 });
  out.lane.accept(tcpPacket({ payload: 60_000, gsoSize: 1000 }), 0);
  const { passed, lost } = out.lane.stats;
  assert.equal(passed + lost, 60);
  assert.ok(passed > 15 && lost > 15, `seed ${SEED}: ${passed} passed, ${lost} lost`);
  assert.ok(out.frames.every(({ gsoSize, partial }) => gsoSize === 0 && partial));
});

test(`corruption turns over one bit, after the checksum was completed (seed ${SEED})`, () => {
  const whole = octetsIn(tcpPacket({ payload: 500, partial: false }));
  const places = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const out = new Outlet({ corruption: 1 });
    for (let skip = 0; skip < i; skip++) out.lane.accept(plainFrame(MAC_B, MAC_A), 0);
    const packet = tcpPacket({ payload: 500 });
    packet.checksumVerified = true;
    out.lane.accept(packet, 0);
    const got = out.frames.at(-1);
    assert.ok(got && !got.partial && !got.checksumVerified);
    const changed = [...whole.keys()].filter((at) => whole[at] !== got.octets[at]);
    assert.equal(changed.length, 1);
    const [at = -1] = changed;
    const flipped = (whole[at] ?? 0) ^ (got.octets[at] ?? 0);
    assert.equal(flipped & (flipped - 1), 0, "one bit");
    places.add(at);
    assert.ok(packet.checksumStart >= 0, "the packet itself is not touched");
  }
  assert.ok(places.size > 40);
});

test("duplicates come together, and are counted", () => {
  const out = new Outlet({ duplication: 1, delayMs: 3 });
  out.lane.accept(plainFrame(MAC_B, MAC_A, 46, 1), 0);
  out.lane.accept(plainFrame(MAC_B, MAC_A, 46, 2), 1);
  assert.equal(out.lane.flush(4, 10), 4);
  assert.deepEqual(out.fills, [1, 1, 2, 2]);
  assert.equal(out.lane.stats.duplicated, 2);
});

test("packet rules: the first answer wins, and spares the dice", () => {
  const out = new Outlet({ loss: 1 });
  const asked: string[] = [];
  const rule = (
    name: string,
    verdicts: Record<number, "drop" | { deliverAfter: number }>,
  ): void => {
    out.lane.install((packet, _now, direction) => {
      asked.push(`${name}${direction}`);
      return verdicts[packet.bytes[packet.start + 14] ?? 0] ?? "pass";
    });
  };
  rule("a", { 1: "drop", 2: { deliverAfter: 0 }, 3: { deliverAfter: 10 } });
  rule("b", { 2: "drop", 4: { deliverAfter: -1 } });
  for (const fill of [1, 2, 3, 4, 5]) out.lane.accept(plainFrame(MAC_B, MAC_A, 46, fill), 100);
  assert.deepEqual(out.fills, [2, 4]);
  assert.equal(out.lane.headTime, 110);
  out.lane.flush(110, 10);
  assert.deepEqual(out.fills, [2, 4, 3]);
  const { ruleDrops, lost, passed } = out.lane.stats;
  assert.deepEqual({ ruleDrops, lost, passed }, { ruleDrops: 1, lost: 1, passed: 3 });
  assert.equal(asked.filter((name) => name === "breceive").length, 2);
});

test("a rule may go while it is being asked", () => {
  const out = new Outlet({});
  const remove = out.lane.install(() => {
    remove();
    return "drop";
  });
  out.lane.install(() => "pass");
  for (let i = 0; i < 3; i++) out.lane.accept(plainFrame(MAC_B, MAC_A), 0);
  assert.equal(out.lane.stats.ruleDrops, 1);
  assert.equal(out.frames.length, 2);
});

test("a refusing outlet keeps the order; frames wait for the next flush", () => {
  const out = new Outlet({ delayMs: 0 });
  out.room = 1;
  for (const fill of [1, 2, 3]) out.lane.accept(plainFrame(MAC_B, MAC_A, 46, fill), 7);
  assert.deepEqual(out.fills, [1]);
  assert.ok(out.lane.isBlocked);
  assert.equal(out.lane.headTime, Infinity, "only a wake will tell");
  out.room = 1;
  assert.equal(out.lane.flush(8, 10), 1);
  assert.ok(out.lane.isBlocked);
  out.room = Infinity;
  assert.equal(out.lane.flush(9, 10), 1);
  assert.deepEqual(out.fills, [1, 2, 3]);
  assert.ok(!out.lane.isBlocked);
});

test("memory is bounded and what does not fit is counted", () => {
  const out = new Outlet({ delayMs: 1000 }, { packets: 5, octets: 2 ** 20 });
  for (let i = 0; i < 8; i++) out.lane.accept(plainFrame(MAC_B, MAC_A), i);
  assert.equal(out.lane.stats.queueDrops, 3);
  assert.equal(out.lane.flush(5000, 3), 3);
  out.lane.clear();
  assert.equal(out.lane.flush(5000, 3), 0);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../../src/base/random.ts";
import { DEFAULT_IP_CONFIG, type IpConfig } from "../../../../src/ip/config.ts";
import { IcmpRateLimit } from "../../../../src/ip/icmp/icmp-rate-limit.ts";
import { PacketBuffer } from "../../../../src/wire/packet-buffer.ts";

function limit(config: Partial<IpConfig> = {}, seed = 1): IcmpRateLimit {
  return new IcmpRateLimit({ ...DEFAULT_IP_CONFIG, ...config }, new SeededRandom(seed));
}

function from(source: number): PacketBuffer {
  const packet = new PacketBuffer(64);
  packet.sourceC = 0xffff;
  packet.sourceD = source;
  return packet;
}

function allowed(subject: IcmpRateLimit, sources: readonly number[], now: number): number {
  return sources.filter((source) => subject.mayAnswer(from(source), now)).length;
}

const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe("IcmpRateLimit", () => {
  // req: icmp/I4-11, icmp/I6-11
  it("lets one destination have a burst, then one each interval", () => {
    const subject = limit();
    const same = new Array<number>(50).fill(7);
    assert.equal(allowed(subject, same, 0), 6);
    assert.equal(allowed(subject, same, 999), 0);
    assert.equal(allowed(subject, same, 1000), 1);
    assert.equal(allowed(subject, same, 1e6), 6, "no more than the burst is saved up");
  });

  // req: icmp/I4-11, icmp/I6-11
  it("lets all destinations together have a burst, then so many a second", () => {
    const subject = limit({ icmpPeerBurst: 1000 });
    const first = allowed(subject, range(500), 0);
    assert.ok(first >= 30 && first <= 75, String(first));
    let more = 0;
    for (let now = 1; now <= 1000; now++) more += allowed(subject, range(5, 1000 * now), now);
    assert.ok(more >= 900 && more <= 1100, String(more));
  });

  it("flickers, so that nobody can count what others got", () => {
    const counts = range(40).map((seed) =>
      allowed(limit({ icmpPeerBurst: 1000 }, seed), range(500), 0),
    );
    assert.ok(new Set(counts).size > 1);
  });

  it("asks the limit of the destination first: who is at his own limit takes nothing from others", () => {
    const subject = limit({ icmpErrorBurst: 20 });
    allowed(subject, new Array<number>(1000).fill(7), 0);
    assert.ok(allowed(subject, range(12, 1000), 0) >= 4);
  });

  it("works with fractions of a millisecond", () => {
    const subject = limit();
    allowed(subject, new Array<number>(6).fill(7), 0);
    let count = 0;
    for (let now = 0; now < 3000; now += 0.25) count += allowed(subject, [7], now);
    assert.ok(count === 2 || count === 3, String(count));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../../src/base/random.ts";
import { readQuote } from "../../../../src/ip/icmp/quote.ts";
import { fragmentFrame, ipFrame } from "../../../support/frame-builders.ts";
import { viewAt } from "../../../support/hex.ts";
import { packetOf } from "../../../support/network-extensions.ts";
import { FAMILIES, octets } from "../../../support/network-host.ts";

for (const family of FAMILIES) {
  const { isV6, inward, headerLength } = family;
  const packet = ipFrame(inward, 17, octets(30)).slice(14);
  const read = (quoted: Uint8Array, at = 5) =>
    readQuote(viewAt(quoted, at), at, at + quoted.length, isV6);

  describe(`readQuote of ${family.name}`, () => {
    it("reads addresses, protocol and where the transport is", () => {
      const quote = read(packet);
      assert.equal(quote?.source.toString(), family.peer.toString());
      assert.equal(quote?.destination.toString(), family.ours.toString());
      assert.deepEqual(
        [quote?.protocol, quote?.transportAt, quote?.end, quote?.packetLength],
        [17, 5 + headerLength, 5 + packet.length, packet.length],
      );
    });

    // req: icmp/I4-32, icmp/I6-22
    it("takes what is left of a packet that was cut, if that is the header", () => {
      for (let length = 0; length < packet.length; length++) {
        const quote = read(packet.slice(0, length));
        if (length < headerLength) assert.equal(quote, null);
        else assert.deepEqual([quote?.end, quote?.packetLength], [5 + length, packet.length]);
      }
    });

    it("takes nothing behind the packet's own end", () => {
      assert.equal(read(Uint8Array.of(...packet, 9, 9, 9))?.end, 5 + packet.length);
    });

    it("refuses the other version, and later fragments", () => {
      const other = packet.slice();
      other[0] = isV6 ? 0x45 : 0x60;
      assert.equal(read(other), null);
      const shape = { identification: 1, more: true };
      const fragment = (offset: number) =>
        read(fragmentFrame(inward, 17, octets(16), { ...shape, offset }).slice(14));
      assert.equal(fragment(8), null);
      assert.equal(fragment(0)?.protocol, 17);
    });

    it("never throws, whatever is quoted (seed 9)", () => {
      const random = new SeededRandom(9);
      for (let i = 0; i < 20_000; i++) {
        const mutant = packet.slice(0, random.int32() & 63);
        for (let flips = random.int32() & 3; flips >= 0; flips--) {
          mutant[(random.int32() >>> 0) % Math.max(1, mutant.length)] = random.int32();
        }
        const quote = read(mutant, 0);
        if (quote !== null) assert.ok(quote.transportAt <= quote.end && quote.end <= mutant.length);
      }
    });
  });
}

describe("readQuote of IPv6 with extension headers", () => {
  // req: icmp/I6-7
  it("finds the transport behind them, or nothing", () => {
    const chain: [number, number[]][] = [
      [0, [1, 4, 0, 0, 0, 0]],
      [43, [0, 0, 0, 0, 0, 0]],
      [44, [0, 0, 1, 0, 0, 0, 1]],
      [60, [1, 12, ...new Array<number>(12).fill(0)]],
    ];
    const packet = packetOf(chain, 6, octets(20)).slice(14);
    const length = packet.length;
    const quote = readQuote(viewAt(packet), 0, length, true);
    assert.deepEqual([quote?.protocol, quote?.transportAt], [6, length - 20]);
    assert.equal(readQuote(viewAt(packet), 0, length - 21, true), null, "cut within the chain");
  });
});

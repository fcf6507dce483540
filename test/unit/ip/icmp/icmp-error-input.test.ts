import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../../src/base/random.ts";
import { icmpMessage, icmpProtocol, ipFrame, quoteOf } from "../../../support/frame-builders.ts";
import { FAMILIES, octets, V4, V6, WireHost } from "../../../support/network-host.ts";

describe("IcmpErrorInput", () => {
  for (const family of FAMILIES) {
    // req: icmp/I4-34
    it(`${family.name}: takes any quote, however broken, without harm (seed 15)`, () => {
      const random = new SeededRandom(15);
      const host = new WireHost();
      host.send(family.peer, 60);
      const [frame = new Uint8Array()] = host.frames();
      const types = family.isV6 ? [1, 2, 3, 4, 99] : [3, 5, 11, 12];
      for (let i = 0; i < 5000; i++) {
        const quote = quoteOf(frame, (random.int32() >>> 0) % 110);
        for (let flips = random.int32() & 3; flips > 0 && quote.length > 0; flips--) {
          quote[(random.int32() >>> 0) % quote.length] = random.int32();
        }
        const type = types[(random.int32() >>> 0) % types.length] ?? 3;
        const rest = { word: random.int32() >>> 0, body: quote };
        const message = icmpMessage(family.inward, type, random.int32() & 7, rest);
        host.inject(ipFrame(family.inward, icmpProtocol(family.inward), message));
      }
      for (const { transportAt, end, view } of host.errors) {
        assert.ok(transportAt <= end && end <= view.byteLength);
      }
      assert.deepEqual(host.frames(), [], "no error about an error");
      assert.ok(host.path(family.peer).mtu >= (family.isV6 ? 1280 : 552));
    });

    it(`${family.name}: tells the raw listener first, then the protocol`, () => {
      const host = new WireHost();
      const told: string[] = [];
      host.network.setRawListener({
        input: () => false,
        handleError: () => {
          told.push(`raw, then ${host.errors.length}`);
        },
      });
      host.send(family.stranger, 4);
      host.advance(4000);
      assert.deepEqual([told, host.errors.length], [["raw, then 0"], 1]);
    });
  }

  it("tells nobody of a protocol that nobody speaks", () => {
    const host = new WireHost();
    const outward = { ...V4.inward, source: V4.ours, destination: V4.peer };
    const quote = quoteOf(ipFrame(outward, 77, octets(8)));
    const message = icmpMessage(V4.inward, 3, 1, { body: quote });
    host.inject(ipFrame(V4.inward, icmpProtocol(V4.inward), message));
    assert.deepEqual([host.errors, host.drops()], [[], {}]);
  });

  it("believes a report about a protocol that does not check, if the address is ours", () => {
    const host = new WireHost();
    host.network.setUpper(77, { input: () => {}, handleError: (error) => host.errors.push(error) });
    const outward = { ...V6.inward, source: V6.ours, destination: V6.peer };
    const quote = quoteOf(ipFrame(outward, 77, octets(1400)));
    const message = icmpMessage(V6.inward, 2, 0, { word: 1300, body: quote });
    host.inject(ipFrame(V6.inward, icmpProtocol(V6.inward), message));
    assert.deepEqual([host.path(V6.peer).mtu, host.errors[0]?.mtu], [1300, 1300]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { fragmentFrame, icmpMessage, icmpProtocol, ipFrame } from "../../support/frame-builders.ts";
import { packetOf } from "../../support/network-extensions.ts";
import { FAMILIES, octets, TEST_PROTOCOL, V6, WireHost } from "../../support/network-host.ts";

describe("IpInput", () => {
  for (const family of FAMILIES) {
    it(`${family.name}: hands a packet to its protocol, with everything known about it`, () => {
      const host = new WireHost();
      host.inject(
        ipFrame(family.inward, TEST_PROTOCOL, octets(7), { hopLimit: 5, trafficClass: 9 }),
      );
      const [heard] = host.heard;
      assert.deepEqual(heard?.octets, octets(7));
      assert.deepEqual(
        [
          heard.source,
          heard.destination,
          heard.hopLimit,
          heard.trafficClass,
          heard.protocol,
          heard.iface,
        ],
        [family.peer.toString(), family.ours.toString(), 5, 9, TEST_PROTOCOL, "eth0"],
      );
    });

    it(`${family.name}: does not call a protocol unknown that the raw listener takes`, () => {
      const host = new WireHost();
      let takes = true;
      host.network.setRawListener({ input: () => takes, handleError: () => {} });
      host.inject(ipFrame(family.inward, 199, octets(7)));
      assert.deepEqual([host.drops(), host.frames()], [{}, []]);
      takes = false;
      host.inject(ipFrame(family.inward, 199, octets(7)));
      assert.deepEqual(host.drops(), { "ip-unknown-protocol": 1 });
    });

    it(`${family.name}: survives every mutation of honest packets (seed 16)`, () => {
      const random = new SeededRandom(16);
      const host = new WireHost();
      const shape = { offset: 0, more: true, identification: 1 };
      const seeds = [
        ipFrame(family.inward, TEST_PROTOCOL, octets(40)),
        fragmentFrame(family.inward, TEST_PROTOCOL, octets(48), shape),
        fragmentFrame(family.inward, TEST_PROTOCOL, octets(40), {
          ...shape,
          offset: 48,
          more: false,
        }),
        ipFrame(
          family.inward,
          icmpProtocol(family.inward),
          icmpMessage(family.inward, family.isV6 ? 128 : 8, 0, { body: octets(9) }),
        ),
        packetOf(
          [
            [0, [5, 2, 0, 0, 1, 0]],
            [44, [0, 0, 1, 0, 0, 0, 1]],
            [60, [1, 4, 0, 0, 0, 0]],
          ],
          17,
          octets(16),
        ),
      ];
      for (let i = 0; i < 10_000; i++) {
        const seed = seeds[(random.int32() >>> 0) % seeds.length] ?? octets(60);
        const mutant = seed.slice(0, 14 + ((random.int32() >>> 0) % (seed.length - 13)));
        for (let flips = random.int32() & 3; flips > 0; flips--) {
          mutant[14 + ((random.int32() >>> 0) % Math.max(1, mutant.length - 14))] = random.int32();
        }
        host.inject(mutant);
        if ((i & 1023) === 0) host.advance(20_000);
      }
      host.advance(120_000);
      host.frames();
      host.heard.length = 0;
      host.inject(ipFrame(family.inward, TEST_PROTOCOL, octets(7)));
      assert.equal(host.heard.length, 1, "and still works");
    });
  }

  for (const family of FAMILIES) {
    it(`${family.name}: knows no ICMP but its own, in packets and in quotes`, () => {
      const host = new WireHost();
      const foreign = family.isV6 ? 1 : 58;
      host.network.setUpper(foreign, host);
      const echo = icmpMessage({ ...family.inward }, family.isV6 ? 8 : 128, 0, { body: octets(9) });
      host.inject(ipFrame(family.inward, foreign, echo));
      assert.deepEqual(host.drops(), { "ip-unknown-protocol": 1 });
      assert.equal(host.frames().length, 1, "the error that says so");
      const outward = { ...family.inward, source: family.ours, destination: family.peer };
      const quote = ipFrame(outward, foreign, echo).slice(14);
      const error = icmpMessage(family.inward, family.isV6 ? 1 : 3, 1, { body: quote });
      host.inject(ipFrame(family.inward, icmpProtocol(family.inward), error));
      assert.deepEqual([host.heard, host.errors], [[], []]);
    });
  }

  it("does not take the mark of one packet for the next", () => {
    const host = new WireHost();
    const atomic = packetOf([[44, [0, 0, 0, 0, 0, 0, 1]]], TEST_PROTOCOL, octets(3));
    const flags: boolean[] = [];
    host.network.setUpper(TEST_PROTOCOL, {
      input: (packet) => flags.push(packet.reassembled),
      handleError: () => {},
    });
    host.inject(atomic, ipFrame(V6.inward, TEST_PROTOCOL, octets(3)));
    assert.deepEqual(flags, [true, false]);
  });
});

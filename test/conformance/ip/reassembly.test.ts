import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../src/base/random.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import {
  type Ends,
  type FragmentShape,
  fragmentFrame,
  fragmentFrames,
  icmpMessage,
  ipFrame,
} from "../../support/frame-builders.ts";
import {
  FAMILIES,
  type Family,
  ip,
  octets,
  TEST_PROTOCOL,
  V4,
  V6,
  WireHost,
} from "../../support/network-host.ts";

/** Octets `[from, to)` of a test datagram of the peer. */
function piece(
  family: Family,
  [from, to]: readonly [number, number],
  shape: Partial<FragmentShape> & { total?: number; ends?: Ends; protocol?: number } = {},
): Uint8Array {
  const { total = 3000, ends = family.inward, protocol = TEST_PROTOCOL } = shape;
  return fragmentFrame(ends, protocol, octets(total).subarray(from, to), {
    offset: from,
    more: to < total,
    identification: 7,
    ...shape,
  });
}

function whole(host: WireHost): number[] {
  return host.heard.splice(0).map(({ octets: got }) => {
    assert.deepEqual(got, octets(got.length));
    return got.length;
  });
}

for (const family of FAMILIES) {
  describe(`${family.name} reassembly`, () => {
    const three = [
      [0, 1000],
      [1000, 2000],
      [2000, 3000],
    ] as const;

    // req: ip/FRAG-3, ip/FRAG-4, ip/FR6-1
    for (const order of ["012", "021", "102", "120", "201", "210"]) {
      it(`takes three fragments in the order ${order}`, () => {
        const host = new WireHost();
        for (const digit of order) host.inject(piece(family, three[Number(digit)] ?? three[0]));
        assert.deepEqual(whole(host), [3000]);
        assert.deepEqual(host.drops(), {});
      });
    }

    // req: ip/FRAG-1, ip/V6-1, ip/FRAG-3
    it("takes a datagram of the largest size, in any order", () => {
      const total = family.isV6 ? 65_535 : 65_515;
      const cut = { size: 1440, identification: 1 };
      const frames = fragmentFrames(family.inward, TEST_PROTOCOL, octets(total), cut);
      const random = new SeededRandom(5);
      const host = new WireHost();
      host.inject(...frames.sort(() => random.int32()));
      assert.deepEqual(whole(host), [total]);
    });

    // req: ip/FRAG-9, ip/FR6-9
    it("does not mind a fragment that comes twice", () => {
      const host = new WireHost();
      const [first, second, third] = three.map((range) => piece(family, range));
      assert.ok(first && second && third);
      host.inject(first, second, first, second, third);
      assert.deepEqual(whole(host), [3000]);
    });

    // req: ip/FRAG-8, ip/FR6-8
    const overlaps: [string, readonly [number, number], Partial<FragmentShape>][] = [
      ["an octet range twice", [992, 1992], {}],
      ["a piece inside another (teardrop)", [8, 16], {}],
      ["a piece around another", [0, 1008], {}],
      ["two ends", [1992, 2000], { more: false }],
    ];
    for (const [name, range, shape] of overlaps) {
      it(`drops the whole datagram for ${name}, later fragments too`, () => {
        const host = new WireHost();
        host.inject(piece(family, [0, 1000]), piece(family, [2000, 3000]));
        host.inject(piece(family, range, shape));
        host.inject(piece(family, [1000, 2000]), piece(family, [0, 1000]));
        assert.deepEqual(host.drops(), { "fragment-overlap": 3 });
        assert.deepEqual([whole(host), host.sent()], [[], []]);
        host.advance(60_000);
        for (const good of three) host.inject(piece(family, good));
        assert.deepEqual(whole(host), [3000], "the identification is free again");
      });
    }

    // req: ip/FRAG-2, ip/FR6-1
    it("keeps datagrams apart by source, destination and identification", () => {
      const host = new WireHost({
        config: { addresses: ["10.77.0.1/24", "10.77.0.3/24", "fd77::1/64", "fd77::3/64"] },
      });
      const other = { ...family.inward, source: family.stranger };
      const toOther = { ...family.inward, destination: ip(family.isV6 ? "fd77::3" : "10.77.0.3") };
      const kinds = [{}, { identification: 8 }, { ends: other }, { ends: toOther }];
      for (const range of three) for (const kind of kinds) host.inject(piece(family, range, kind));
      assert.deepEqual(whole(host), [3000, 3000, 3000, 3000]);
    });

    // req: ip/FRAG-5, ip/FRAG-6, ip/FR6-7, icmp/I4-19, icmp/I6-20
    it("gives up after 60 s, and tells the sender if it had the first fragment", () => {
      const host = new WireHost();
      host.inject(piece(family, [0, 1000]), piece(family, [1000, 2000]));
      host.advance(59_999);
      assert.deepEqual(host.drops(), {});
      host.advance(1);
      assert.deepEqual(host.drops(), { "fragment-timeout": 1 });
      const [error = "", ...more] = host.sent();
      assert.match(error, /reassembly|time exceeded/);
      assert.deepEqual(more, []);
      host.inject(piece(family, [2000, 3000]));
      assert.deepEqual(whole(host), []);
    });

    // req: ip/FRAG-6, ip/FR6-7
    it("gives up silently if the first fragment never came", () => {
      const host = new WireHost();
      host.inject(piece(family, [1000, 2000]), piece(family, [2000, 3000]));
      host.advance(60_000);
      assert.deepEqual([host.drops(), host.sent()], [{ "fragment-timeout": 1 }, []]);
    });

    // req: ip/FRAG-11
    it("takes a bounded amount of memory: the oldest incomplete datagram yields", () => {
      const host = new WireHost({ ip: { reassemblyOctets: 50_000 } });
      for (let identification = 0; identification < 1000; identification++) {
        host.inject(piece(family, [0, 1000], { identification }));
      }
      const { "fragment-table-full": full = 0 } = host.drops();
      assert.ok(full > 950 && full < 1000, `${full} yielded`);
      host.inject(piece(family, [1000, 3000], { identification: 999 }));
      assert.deepEqual(whole(host), [3000], "the newest is still there");
    });

    it("puts 8,000 fragments of 8 octets together in any order without effort (FragmentSmack)", () => {
      const frames = fragmentFrames(family.inward, TEST_PROTOCOL, octets(64_000), {
        size: 8,
        identification: 1,
      });
      const random = new SeededRandom(11);
      const host = new WireHost();
      const began = process.cpuUsage();
      host.inject(...frames.sort(() => random.int32()));
      assert.deepEqual(whole(host), [64_000]);
      // A list that is walked for each fragment takes 32 million steps.
      assert.ok(process.cpuUsage(began).user < 5_000_000);
    });

    // req: ip/FR6-16, ip/DS-2
    const marks: [string, readonly number[], number | "dropped"][] = [
      ["ECT(0) throughout", [2, 2, 2], 2],
      ["ECT(1) throughout", [1, 1, 1], 1],
      ["one CE among ECT(0)", [2, 3, 2], 3],
      ["CE in the last", [1, 1, 3], 3],
      ["CE in the first", [3, 2, 2], 3],
      ["CE among Not-ECT", [0, 3, 0], "dropped"],
      ["ECT(0) among Not-ECT", [0, 2, 0], "dropped"],
      ["Not-ECT throughout, with a DSCP", [0xb8, 0xb8, 0xb8], 0xb8],
    ];
    for (const [name, classes, result] of marks) {
      it(`makes of ${name}: ${result}`, () => {
        const host = new WireHost();
        for (const [index, range] of three.entries()) {
          host.inject(piece(family, range, { trafficClass: classes[index] ?? 0 }));
        }
        const expected = result === "dropped" ? [] : [result];
        assert.deepEqual(
          host.heard.map(({ trafficClass }) => trafficClass),
          expected,
        );
        assert.equal((host.drops()["fragment-bad-ecn"] ?? 0) > 0, result === "dropped");
      });
    }
  });
}

describe("IPv4 fragments", () => {
  // req: ip/FRAG-2
  it("of two protocols are two datagrams", () => {
    const host = new WireHost();
    host.inject(piece(V4, [0, 1000], { total: 2000 }));
    host.inject(piece(V4, [1000, 2000], { total: 2000, protocol: 252 }));
    assert.deepEqual(whole(host), []);
  });

  // req: ip/V4-16, ip/FRAG-7
  const bad: [string, Uint8Array, string][] = [
    ["a middle of 1001 octets", piece(V4, [0, 1001]), "fragment-bad-length"],
    ["an empty fragment", piece(V4, [8, 8], { more: true }), "fragment-bad-length"],
    [
      "an end beyond 65,535 (ping of death)",
      piece(V4, [65_528, 66_528], { total: 66_528 }),
      "fragment-too-big",
    ],
  ];
  for (const [name, frame, reason] of bad) {
    it(`are dropped for ${name}`, () => {
      const host = new WireHost();
      host.inject(frame);
      assert.deepEqual([host.drops(), host.sent()], [{ [reason]: 1 }, []]);
    });
  }

  // req: ip/FRAG-10
  it("make a datagram with the options of the first", () => {
    const host = new WireHost();
    host.inject(piece(V4, [1000, 2000], { total: 2000 }));
    host.inject(piece(V4, [0, 1000], { total: 2000, options: Uint8Array.of(1, 1, 1, 0) }));
    assert.deepEqual(host.heard[0]?.options, Uint8Array.of(1, 1, 1, 0));
    assert.deepEqual(whole(host), [2000]);
  });

  // req: ip/FRAG-17
  it("are not mixed with whole datagrams that have the same identification", () => {
    const host = new WireHost();
    host.inject(piece(V4, [0, 1000], { total: 2000 }));
    const shape = { identification: 7, dontFragment: true };
    host.inject(ipFrame(V4.inward, TEST_PROTOCOL, octets(50), shape));
    host.inject(ipFrame(V4.inward, TEST_PROTOCOL, octets(60), shape));
    host.inject(piece(V4, [1000, 2000], { total: 2000 }));
    assert.deepEqual(whole(host), [50, 60, 2000]);
  });
});

describe("IPv6 fragments", () => {
  // req: ip/FR6-10
  it("that are atomic are handled alone, beside queued ones with the same key", () => {
    const host = new WireHost();
    host.inject(piece(V6, [0, 1000], { total: 2000 }));
    host.inject(piece(V6, [0, 40], { total: 40 }));
    host.inject(piece(V6, [1000, 2000], { total: 2000 }));
    assert.deepEqual(whole(host), [40, 2000]);
  });

  // req: ip/FR6-5, ip/FR6-6, icmp/I6-21
  const bad: [string, Uint8Array, string, number][] = [
    ["a middle of 1001 octets", piece(V6, [0, 1001]), "fragment-bad-length", 4],
    [
      "an end beyond 65,535",
      piece(V6, [65_528, 66_528], { total: 66_528 }),
      "fragment-too-big",
      42,
    ],
  ];
  for (const [name, frame, reason, pointer] of bad) {
    it(`are dropped and reported for ${name}`, () => {
      const host = new WireHost();
      host.inject(frame);
      assert.deepEqual(host.drops(), { [reason]: 1 });
      const [error] = host.frames();
      assert.ok(error);
      const told = new DataView(error.buffer).getUint32(14 + 40 + 4);
      assert.deepEqual([error[54], error[55], told], [4, 0, pointer]);
    });
  }

  // req: ip/FR6-4, icmp/I6-21
  it("are dropped and reported when the first has not the whole header chain", () => {
    const chain: [number, Uint8Array][] = [
      [IpProtocol.TCP, new Uint8Array(16)],
      [IpProtocol.UDP, new Uint8Array(0)],
      [IpProtocol.DESTINATION_OPTIONS, Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0)],
      [IpProtocol.DESTINATION_OPTIONS, Uint8Array.of(6, 9, 1, 4, 0, 0, 0, 0)],
    ];
    for (const [protocol, start] of chain) {
      const host = new WireHost();
      const shape = { offset: 0, more: true, identification: 3 };
      host.inject(fragmentFrame(V6.inward, protocol, start, shape));
      const [error] = host.frames();
      if (start.length === 0) {
        assert.deepEqual([host.drops(), error], [{ "fragment-bad-length": 1 }, undefined]);
        continue;
      }
      assert.deepEqual(host.drops(), { "fragment-header-chain": 1 });
      assert.deepEqual(error?.slice(54, 56), Uint8Array.of(4, 3));
      assert.equal(new DataView(error.buffer).getUint32(58), 0);
    }
  });

  // req: ip/FR6-14
  it("make a packet with the next header of the first, whatever the others say", () => {
    const host = new WireHost();
    host.inject(piece(V6, [1000, 2000], { total: 2000, protocol: 17 }));
    host.inject(piece(V6, [0, 1000], { total: 2000 }));
    assert.deepEqual(whole(host), [2000]);
  });

  // req: ip/FR6-15, arp-nd/ND-4
  it("with Neighbor Discovery inside are ignored, atomic ones too", () => {
    const host = new WireHost();
    const body = new Uint8Array(16);
    V6.ours.writeV6(new DataView(body.buffer), 0);
    const message = icmpMessage(V6.inward, 135, 0, { body });
    const shape = { identification: 1, hopLimit: 255 };
    const { ICMPV6 } = IpProtocol;
    host.inject(fragmentFrame(V6.inward, ICMPV6, message, { ...shape, offset: 0, more: false }));
    host.inject(
      fragmentFrame(V6.inward, ICMPV6, message.slice(0, 16), { ...shape, offset: 0, more: true }),
    );
    host.inject(
      fragmentFrame(V6.inward, ICMPV6, message.slice(16), { ...shape, offset: 16, more: false }),
    );
    assert.deepEqual([host.drops(), host.sent()], [{ "nd-fragmented": 2 }, []]);
  });

  it("inside a fragmented packet are dropped", () => {
    const inner = new Uint8Array(24);
    inner.set([TEST_PROTOCOL, 0, 0, 1, 0, 0, 0, 9]);
    const host = new WireHost();
    const cut = { size: 16, identification: 4 };
    host.inject(...fragmentFrames(V6.inward, IpProtocol.FRAGMENT, inner, cut));
    assert.deepEqual([host.drops(), host.heard], [{ "fragment-header-chain": 1 }, []]);
  });
});

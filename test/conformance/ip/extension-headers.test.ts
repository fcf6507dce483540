import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ipFrame } from "../../support/frame-builders.ts";
import {
  ALL_NODES_MAC,
  ext,
  hopByHop,
  packetOf,
  problem,
} from "../../support/network-extensions.ts";
import { ip, octets, TEST_PROTOCOL, V6, WireHost } from "../../support/network-host.ts";

const [HBH, ROUTING, FRAGMENT, NONE, DESTINATION] = [0, 43, 44, 59, 60];
const PADDING = [1, 4, 0, 0, 0, 0];
const ATOMIC = [0, 0, 0, 0, 0, 0, 9];

describe("IPv6 input: the header", () => {
  const good = (): Uint8Array => ipFrame(V6.inward, TEST_PROTOCOL, octets(20));
  const patched = (at: number, value: number): Uint8Array => {
    const frame = good();
    frame[14 + at] = value;
    return frame;
  };

  // req: ip/V6-2, ip/V6-3, ip/V4-13
  const rows: [string, Uint8Array, string][] = [
    ["version 4 under the type of IPv6", patched(0, 0x40), "ip-bad-version"],
    ["version 7", patched(0, 0x70), "ip-bad-version"],
    ["a payload length beyond the frame", patched(5, 21), "ip-truncated"],
    ["a payload length of 65,535", patched(4, 0xff), "ip-truncated"],
    ["half a header", good().slice(0, 14 + 39), "ip-truncated"],
  ];
  for (const [name, frame, reason] of rows) {
    it(`discards ${name}, and counts it`, () => {
      const host = new WireHost();
      host.inject(frame);
      assert.deepEqual([host.drops(), host.heard, host.sent()], [{ [reason]: 1 }, [], []]);
    });
  }

  // req: ip/V6-2, ip/V6-4
  it("trims what the link added, and takes hop limits 0 and 1", () => {
    const host = new WireHost();
    for (const hopLimit of [0, 1]) {
      const frame = ipFrame(V6.inward, TEST_PROTOCOL, octets(6), { hopLimit });
      host.inject(Uint8Array.of(...frame, 9, 9, 9));
    }
    assert.deepEqual(
      host.heard.map((heard) => [heard.octets, heard.hopLimit]),
      [
        [octets(6), 0],
        [octets(6), 1],
      ],
    );
  });

  it("with payload length 0 has no payload, and is no jumbogram", () => {
    const host = new WireHost();
    host.inject(patched(5, 0));
    assert.deepEqual(host.heard[0]?.octets, octets(0));
  });
});

describe("IPv6 extension headers", () => {
  // req: ip/V6-5, ip/V6-10, ip/V6-7
  const accepted: [string, [number, number[]][]][] = [
    ["hop-by-hop options", [[HBH, PADDING]]],
    ["destination options", [[DESTINATION, PADDING]]],
    ["padding of single octets", [[DESTINATION, [0, 0, 0, 0, 0, 0]]]],
    ["a longer header", [[DESTINATION, [1, 12, ...new Array<number>(12).fill(0)]]]],
    [
      "all, in the recommended order",
      [
        [HBH, PADDING],
        [DESTINATION, PADDING],
        [ROUTING, [9, 0, 0, 0, 0, 0]],
        [FRAGMENT, ATOMIC],
        [DESTINATION, PADDING],
      ],
    ],
    [
      "all, in another order",
      [
        [DESTINATION, PADDING],
        [FRAGMENT, ATOMIC],
        [ROUTING, [9, 0, 0, 0, 0, 0]],
        [DESTINATION, PADDING],
      ],
    ],
    ["an option to skip", [[DESTINATION, [0x1e, 1, 7, 1, 1, 0]]]],
    ["one that may change on the way", [[HBH, [0x3e, 1, 7, 1, 1, 0]]]],
    ["a router alert", [[HBH, [5, 2, 0, 0, 1, 0]]]],
    ["a spent routing header of unknown type", [[ROUTING, [200, 0, 0, 0, 0, 0]]]],
    ["a spent routing header of type 0", [[ROUTING, [0, 0, 0, 0, 0, 0]]]],
  ];
  for (const [name, chain] of accepted) {
    it(`are accepted: ${name}`, () => {
      const host = new WireHost();
      host.inject(packetOf(chain, TEST_PROTOCOL, octets(30)));
      assert.deepEqual(host.drops(), {});
      assert.deepEqual(host.heard[0]?.octets, octets(30));
    });
  }

  // req: ip/V6-7
  it("may end with nothing: what follows is ignored", () => {
    for (const chain of [[], [[DESTINATION, PADDING]]] as [number, number[]][][]) {
      const host = new WireHost();
      host.inject(packetOf(chain, NONE, octets(30)));
      assert.deepEqual(
        [host.drops(), host.heard, host.sent()],
        [{ "ip-no-next-header": 1 }, [], []],
      );
    }
  });

  // req: ip/V6-6, ip/V6-8, ip/V6-9, ip/V6-11, ip/V6-12, icmp/I6-21
  const refused: [string, [number, number[]][], number, number][] = [
    [
      "hop-by-hop options that are not first",
      [
        [DESTINATION, PADDING],
        [HBH, PADDING],
      ],
      1,
      40,
    ],
    [
      "hop-by-hop options twice",
      [
        [HBH, PADDING],
        [HBH, PADDING],
      ],
      1,
      40,
    ],
    ["an option to report", [[DESTINATION, [0x8f, 1, 7, 1, 1, 0]]], 2, 42],
    ["an option to report unless to a group", [[DESTINATION, [1, 0, 0xcf, 2, 7, 7]]], 2, 44],
    ["a routing header of unknown type", [[ROUTING, [200, 1, 0, 0, 0, 0]]], 0, 42],
    [
      "a routing header of type 0",
      [
        [DESTINATION, PADDING],
        [ROUTING, [0, 1, 0, 0, 0, 0]],
      ],
      0,
      50,
    ],
  ];
  for (const [name, chain, code, pointer] of refused) {
    it(`are refused and reported: ${name}`, () => {
      const host = new WireHost();
      host.inject(packetOf(chain, TEST_PROTOCOL, octets(30)));
      assert.deepEqual(host.heard, []);
      assert.deepEqual(problem(host), { type: 4, code, pointer });
    });
  }

  // req: ip/V6-6, icmp/I6-21
  it("name what is unknown by the position of the field that named it", () => {
    const rows: [[number, number[]][], number][] = [
      [[], 6],
      [[[DESTINATION, PADDING]], 40],
      [
        [
          [HBH, PADDING],
          [FRAGMENT, ATOMIC],
        ],
        48,
      ],
    ];
    for (const [chain, pointer] of rows) {
      const host = new WireHost();
      host.inject(packetOf(chain, 199, octets(30)));
      assert.deepEqual(host.drops(), { "ip-unknown-protocol": 1 });
      assert.deepEqual(problem(host), { type: 4, code: 1, pointer });
    }
  });

  // req: ip/V6-8
  it("with an option to discard are discarded in silence", () => {
    const host = new WireHost();
    host.inject(packetOf([[DESTINATION, [0x4f, 1, 7, 1, 1, 0]]], TEST_PROTOCOL, octets(3)));
    assert.deepEqual([host.drops(), host.sent()], [{ "ip-bad-option": 1 }, []]);
  });

  // req: ip/V6-8, icmp/I6-9
  it("to a group are reported for an option 10xxxxxx, not for 11xxxxxx", () => {
    for (const [type, answers] of [
      [0x8f, 1],
      [0xcf, 0],
    ] as const) {
      const host = new WireHost();
      const ends = { ...V6.inward, destinationMac: ALL_NODES_MAC, destination: ip("ff02::1") };
      host.inject(packetOf([[DESTINATION, [type, 1, 7, 1, 1, 0]]], TEST_PROTOCOL, octets(3), ends));
      assert.equal(host.frames().length, answers);
    }
  });

  // req: ip/V6-20
  it("are limited in number and in options that mean nothing", () => {
    const bombs: [number, number[]][][] = [
      Array.from({ length: 17 }, () => [DESTINATION, PADDING]),
      [[DESTINATION, Array.from({ length: 22 }, (_, i) => (i % 2 === 0 ? 0x1e : 0))]],
    ];
    for (const bomb of bombs) {
      const host = new WireHost();
      host.inject(packetOf(bomb, TEST_PROTOCOL, octets(3)));
      assert.deepEqual([host.heard, host.sent()], [[], []]);
    }
  });

  it("that are cut short or overrun are dropped", () => {
    const host = new WireHost();
    const overrun = ext(TEST_PROTOCOL, PADDING);
    overrun[1] = 200;
    const optionOverrun = ext(TEST_PROTOCOL, [0x1e, 200, 0, 0, 0, 0]);
    const optionAtEnd = ext(TEST_PROTOCOL, [1, 3, 0, 0, 0, 0x1e]);
    for (const header of [overrun, overrun.slice(0, 7), overrun.slice(0, 1)]) {
      host.inject(ipFrame(V6.inward, DESTINATION, header));
    }
    assert.deepEqual(host.drops(), { "ip-bad-extension-header": 3 });
    for (const header of [optionOverrun, optionAtEnd]) {
      host.inject(ipFrame(V6.inward, DESTINATION, header));
    }
    assert.deepEqual(host.drops(), { "ip-bad-option": 2 });
    assert.deepEqual(host.heard, []);
  });

  // req: ip/V6-16
  it("are not reversed in an answer", () => {
    const host = new WireHost();
    host.inject(hopByHop(V6.inward, [[ROUTING, [9, 0, 0, 0, 0, 0]]]));
    const [reply] = host.frames();
    assert.equal(reply?.[14 + 6], 58);
  });
});

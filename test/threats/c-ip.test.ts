/** Threats, part c: IP headers and fragments. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checksum } from "../../src/base/checksum.ts";
import type { DropReason } from "../../src/base/drop-reason.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import {
  type Ends,
  fragmentFrame,
  fragmentFrames,
  ipFrame,
  tcpSegment,
  udpDatagram,
} from "../support/frame-builders.ts";
import { hex } from "../support/hex.ts";
import { liveOctets } from "../support/host-memory.ts";
import { HostWire, inward } from "../support/host-wire.ts";
import { ip } from "../support/network-host.ts";

const { SYN } = TcpFlag;
const IP = 14;

/** A SYN to the listener, its IPv4 header changed and summed anew. */
function v4(change: (view: DataView, frame: Uint8Array) => void, sum = true): Uint8Array {
  const ends = inward(false);
  const segment = tcpSegment(ends, { sourcePort: 1, destinationPort: 80, seq: 1, flags: SYN });
  const frame = ipFrame(ends, IpProtocol.TCP, segment);
  const view = new DataView(frame.buffer);
  change(view, frame);
  if (!sum) return frame;
  const end = Math.min(IP + Math.max((frame[IP]! & 15) * 4, 20), frame.length);
  view.setUint16(IP + 10, 0);
  view.setUint16(IP + 10, checksum(view, IP, end));
  return frame;
}

/** What is wrong, the frame, and what it counts as. */
const BAD_V4: readonly [string, Uint8Array, DropReason][] = [
  ["version 5", v4((view) => view.setUint8(IP, 0x55)), "ip-bad-version"],
  ["IHL 0", v4((view) => view.setUint8(IP, 0x40)), "ip-bad-header-length"],
  ["IHL 4", v4((view) => view.setUint8(IP, 0x44)), "ip-bad-header-length"],
  ["IHL 15, past the end", v4((view) => view.setUint8(IP, 0x4f)), "ip-bad-header-length"],
  ["total length past the frame", v4((view) => view.setUint16(IP + 2, 41)), "ip-truncated"],
  [
    "total length below the header",
    v4((view) => view.setUint16(IP + 2, 19)),
    "ip-bad-total-length",
  ],
  ["total length 0", v4((view) => view.setUint16(IP + 2, 0)), "ip-bad-total-length"],
  ["a bad checksum", v4((view) => view.setUint16(IP + 10, 1), false), "ip-bad-checksum"],
  ["a group as source", v4((view) => view.setUint32(IP + 12, 0xe0000001)), "ip-bad-source"],
  ["broadcast as source", v4((view) => view.setUint32(IP + 12, 0xffffffff)), "ip-bad-source"],
  [
    "the subnet's broadcast as source",
    v4((view) => view.setUint32(IP + 12, 0x0a4d00ff)),
    "ip-bad-source",
  ],
  [
    "our own address as source (LAND)",
    v4((view) => view.setUint32(IP + 12, 0x0a4d0001)),
    "ip-bad-source",
  ],
  ["loopback as source", v4((view) => view.setUint32(IP + 12, 0x7f000001)), "ip-bad-source"],
  [
    "loopback as destination",
    v4((view) => view.setUint32(IP + 16, 0x7f000001)),
    "ip-bad-destination",
  ],
];

describe("IPv4 headers that lie", () => {
  for (const [what, frame, reason] of BAD_V4) {
    test(`${what}: counted, not answered`, () => {
      const wire = new HostWire();
      wire.listen(80);
      wire.feed(frame);
      assert.equal(wire.dropped(reason), 1, [...wire.stack.counters.drops()].join(" "));
      assert.deepEqual(wire.frames(), []);
      assert.deepEqual(wire.flows(), []);
    });
  }

  test("the frame they are made from opens a connection", () => {
    const wire = new HostWire();
    wire.listen(80);
    wire.feed(v4(() => {}));
    assert.equal(wire.frames().length, 1);
  });

  /** Options, padded to words: the class of CVE-2019-12256. */
  const OPTIONS: readonly [string, string][] = [
    ["length 0", "07000000"],
    ["length 1", "07010000"],
    ["a length past the header", "07ff0400"],
    ["a loose source route", "830704 0a4d0009 00"],
    ["a strict source route", "89070408080808 00"],
    ["a loose and a strict one", "83030489030400 00"],
    ["nothing but the kind", "01010183"],
  ];
  for (const [what, options] of OPTIONS) {
    test(`options with ${what}: no connection, no source route, no loop`, () => {
      const wire = new HostWire();
      wire.listen(80);
      const ends = inward(false);
      const segment = tcpSegment(ends, { sourcePort: 1, destinationPort: 80, seq: 1, flags: SYN });
      wire.feed(ipFrame(ends, IpProtocol.TCP, segment, { options: hex(options) }));
      const refused = wire.dropped("ip-bad-option") + wire.dropped("ip-source-route");
      assert.equal(refused, 1);
      assert.deepEqual(wire.flows(), []);
    });
  }
});

describe("IPv6 packets that lie", () => {
  const SEGMENT = (ends: Ends): Uint8Array =>
    tcpSegment(ends, { sourcePort: 1, destinationPort: 80, seq: 1, flags: SYN });

  test("sources that cannot be: a group, loopback, ourselves, mapped IPv4, nobody", () => {
    const sources = ["ff02::1", "::1", "fd77::1", "::"].map(ip);
    const mapped = new IpAddress(0, 0, 0xffff, 0x0a4d0002);
    for (const source of [...sources, mapped]) {
      const wire = new HostWire();
      wire.listen(80);
      const ends = inward(true);
      const frame = ipFrame(ends, IpProtocol.TCP, SEGMENT({ ...ends, source }));
      source.writeV6(new DataView(frame.buffer), IP + 8);
      wire.feed(frame);
      assert.equal(wire.dropped("ip-bad-source"), 1, source.toString());
      assert.deepEqual(wire.frames(), []);
    }
  });

  test("a payload length of 0 (jumbogram) or past the frame", () => {
    const wire = new HostWire();
    wire.listen(80);
    const ends = inward(true);
    for (const length of [0, 21, 0xffff]) {
      const frame = ipFrame(ends, IpProtocol.TCP, SEGMENT(ends));
      new DataView(frame.buffer).setUint16(IP + 4, length);
      wire.feed(frame);
    }
    assert.equal(wire.dropped("ip-truncated"), 2);
    assert.deepEqual(wire.flows(), []);
  });

  test("a jumbo payload option is refused", () => {
    const wire = new HostWire();
    wire.listen(80);
    const ends = inward(true);
    const options = hex("06 00 c2 04 00010000");
    wire.feed(
      ipFrame(ends, IpProtocol.HOP_BY_HOP, Uint8Array.from([...options, ...SEGMENT(ends)])),
    );
    assert.deepEqual(wire.flows(), []);
  });

  test("a bomb of extension headers costs what its octets cost, and opens nothing twice", () => {
    const wire = new HostWire();
    wire.listen(80);
    const ends = inward(true);
    const headers = Array.from({ length: 170 }, (_, i) => [
      i === 169 ? 6 : 60,
      0,
      1,
      4,
      0,
      0,
      0,
      0,
    ]).flat();
    const frame = ipFrame(
      ends,
      IpProtocol.DESTINATION_OPTIONS,
      Uint8Array.from([...headers, ...SEGMENT(ends)]),
    );
    for (let i = 0; i < 1000; i++) wire.feed(frame);
    assert.ok(wire.flows().length <= 1);
  });

  test("options of every length in every place end in a counted drop or a connection", () => {
    const ends = inward(true);
    for (const first of [IpProtocol.HOP_BY_HOP, IpProtocol.DESTINATION_OPTIONS]) {
      for (let length = 0; length < 256; length++) {
        const wire = new HostWire();
        wire.listen(80);
        const header = Uint8Array.of(IpProtocol.TCP, 1, 0x1e, length, ...new Uint8Array(12));
        wire.feed(ipFrame(ends, first, Uint8Array.from([...header, ...SEGMENT(ends)])));
        const drops = [...wire.stack.counters.drops().values()].reduce((sum, n) => sum + n, 0);
        assert.equal(wire.flows().length + drops, 1, `length ${length}`);
      }
    }
  });
});

/** One UDP datagram of `octets` to port 7, whole, its octets all `fill`. */
function datagram(ends: Ends, octets: number, fill = 1): Uint8Array {
  return udpDatagram(ends, 5000, 7, new Uint8Array(octets).fill(fill));
}

function received(wire: HostWire, fd: number): number {
  return wire.calls.recv(fd, new Uint8Array(70_000), 0, wire.now);
}

const NOTHING = -11;

for (const isV6 of [false, true]) {
  const family = isV6 ? "IPv6" : "IPv4";
  const ends = inward(isV6);
  const cut = (payload: Uint8Array, offset: number, length: number, more: boolean): Uint8Array => {
    const part = payload.subarray(offset, offset + length);
    return fragmentFrame(ends, IpProtocol.UDP, part, { offset, more, identification: 1 });
  };

  describe(`fragments, ${family}`, () => {
    test("that overlap (teardrop) never make a datagram of two minds", () => {
      const good = datagram(ends, 1600);
      const evil = datagram(ends, 1600, 9);
      for (const [offset, length] of [
        [0, 808],
        [400, 800],
        [792, 16],
        [800, 400],
        [8, 8],
      ] as const) {
        const wire = new HostWire();
        const fd = wire.bindUdp(7);
        wire.feed(
          cut(good, 0, 800, true),
          cut(evil, offset, length, true),
          cut(good, 800, 808, false),
        );
        const into = new Uint8Array(2000);
        const octets = wire.calls.recv(fd, into, 0, wire.now);
        if (octets >= 0) assert.ok(into.subarray(0, octets).every((octet) => octet === 1));
        if (isV6) assert.ok(octets === NOTHING || offset === 800, `RFC 5722: ${offset}+${length}`);
      }
    });

    test("beyond 65,535 octets (ping of death) are refused", () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const big = new Uint8Array(1480);
      wire.feed(
        fragmentFrame(ends, IpProtocol.UDP, big, {
          offset: 65_528 - 8,
          more: false,
          identification: 1,
        }),
      );
      assert.equal(wire.dropped("fragment-too-big"), 1);
      assert.equal(received(wire, fd), NOTHING);
      assert.equal(wire.stack.network.ip.pollTimeout(), Infinity, "nothing is kept");
    });

    test("that are no multiple of 8 octets are refused where more follow", () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const whole = datagram(ends, 1000);
      wire.feed(cut(whole, 0, 801, true), cut(whole, 800, 208, false));
      assert.equal(received(wire, fd), NOTHING);
      assert.equal(wire.dropped("fragment-bad-length"), 1);
    });

    test("of which one is empty are refused", () => {
      const wire = new HostWire();
      wire.bindUdp(7);
      wire.feed(cut(datagram(ends, 1000), 0, 0, true));
      wire.feed(cut(datagram(ends, 1000), 800, 0, true));
      assert.equal(wire.stack.network.ip.pollTimeout(), Infinity, "nothing is kept");
    });

    test("the first of which has no whole transport header reach nobody", () => {
      const wire = new HostWire();
      wire.listen(80);
      const segment = tcpSegment(ends, { sourcePort: 1, destinationPort: 80, seq: 1, flags: SYN });
      const shape = { identification: 1 };
      wire.feed(
        fragmentFrame(ends, IpProtocol.TCP, segment.subarray(0, 8), {
          ...shape,
          offset: 0,
          more: true,
        }),
        fragmentFrame(ends, IpProtocol.TCP, segment.subarray(8), {
          ...shape,
          offset: 8,
          more: false,
        }),
      );
      // RFC 1858, RFC 7112: refused, or at least put together before anybody looks.
      assert.ok(wire.flows().length <= 1);
      assert.ok(wire.flows().length === 1 || wire.dropped("fragment-header-chain") === 1);
    });

    test("one alone (atomic) is a datagram by itself, whatever set waits under its number", () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      wire.feed(cut(datagram(ends, 1600), 0, 800, true));
      wire.feed(cut(datagram(ends, 100), 0, 108, false));
      if (isV6) assert.equal(received(wire, fd), 100, "RFC 6946");
      wire.feed(cut(datagram(ends, 1600), 800, 808, false));
      if (isV6) assert.equal(received(wire, fd), 1600);
    });

    test("never finished, a flood of them: bounded memory, and honest ones still come together", () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const part = new Uint8Array(1400);
      const before = liveOctets();
      for (let id = 0; id < 20_000; id++) {
        const source = isV6
          ? new IpAddress(0xfd770000 | 0, 0, 0, 0x10000 + id)
          : IpAddress.v4(0x0a4d0003 + (id % 200));
        const shape = { offset: 8 * (1 + (id % 100)), more: true, identification: id & 0xffff };
        wire.feed(fragmentFrame({ ...ends, source }, IpProtocol.UDP, part, shape));
      }
      const held = liveOctets() - before;
      assert.ok(held <= 8 * 1024 * 1024, `${held} octets`);
      assert.ok(wire.dropped("fragment-table-full") > 10_000);
      wire.feed(
        ...fragmentFrames(ends, IpProtocol.UDP, datagram(ends, 20_000), {
          size: 1400,
          identification: 77,
        }),
      );
      assert.equal(received(wire, fd), 20_000);
      wire.advance(61_000);
      assert.equal(wire.stack.network.ip.pollTimeout(), Infinity, "nothing is kept");
    });

    test("many small ones of one datagram cost no more each than few (FragmentSmack)", () => {
      const time = (count: number): number => {
        const wire = new HostWire();
        const frames = Array.from({ length: count }, (_, i) => {
          // Backwards and with holes: the dearest order for a list.
          const offset = (count - i) * 16;
          return fragmentFrame(ends, IpProtocol.UDP, new Uint8Array(8), {
            offset,
            more: true,
            identification: 1,
          });
        });
        const started = process.hrtime.bigint();
        wire.feedTogether(...frames);
        return Number(process.hrtime.bigint() - started) / count;
      };
      time(500);
      const [few, many] = [Math.min(time(400), time(400)), Math.min(time(4000), time(4000))];
      assert.ok(many < 5 * few, `${few.toFixed(0)} ns each, then ${many.toFixed(0)}`);
    });
  });
}

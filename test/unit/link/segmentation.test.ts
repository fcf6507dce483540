import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksumAdd, checksumFinish } from "../../../src/base/checksum.ts";
import {
  addressSum,
  finishChecksum,
  locateTcp,
  Segmenter,
  type TcpLocation,
} from "../../../src/link/segmentation.ts";
import { isIpv4ChecksumValid } from "../../../src/wire/ipv4.ts";
import { HEADROOM, NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag, tcpFlags, tcpHeaderLength, tcpSeq } from "../../../src/wire/tcp-header.ts";
import { octetsIn, type TcpPacketShape, tcpPacket } from "../../support/link-packets.ts";

const TCP = 6;

interface Segment {
  octets: Uint8Array;
  payload: Uint8Array;
  seq: number;
  flags: number;
  identification: number;
}

/** Splits with `segmenter` and checks of each segment what must hold for all. */
function split(packet: PacketBuffer, shape: TcpPacketShape): Segment[] {
  const medium = shape.medium ?? "ethernet";
  const segmenter = new Segmenter(medium);
  const scratch = new PacketBuffer();
  const segments: Segment[] = [];
  assert.ok(segmenter.begin(packet));
  while (segmenter.next(scratch)) segments.push(checkSegment(scratch, medium));
  assert.equal(segmenter.pending, false);
  return segments;
}

function checkSegment(packet: PacketBuffer, medium: "ethernet" | "ip"): Segment {
  const { view } = packet;
  const at: TcpLocation = { networkAt: 0, transportAt: 0, endAt: 0 };
  assert.ok(locateTcp(packet, medium, at), "a whole TCP packet");
  assert.equal(at.endAt, packet.end, "the IP length is the packet's");
  assert.equal(packet.gsoSize, 0);
  assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
  const ipv4 = view.getUint8(at.networkAt) >> 4 === 4;
  if (ipv4) assert.ok(isIpv4ChecksumValid(view, at.networkAt));
  const pseudo = addressSum(view, at.networkAt) + TCP + packet.end - at.transportAt;
  assert.equal(checksumFinish(checksumAdd(pseudo, view, at.transportAt, packet.end)), 0);
  const payloadAt = at.transportAt + tcpHeaderLength(view, at.transportAt);
  return {
    octets: octetsIn(packet),
    payload: packet.bytes.slice(payloadAt, packet.end),
    seq: tcpSeq(view, at.transportAt),
    flags: tcpFlags(view, at.transportAt),
    identification: ipv4 ? view.getUint16(at.networkAt + 4) : 0,
  };
}

test("segments of any super-segment make up its octets again, each with right checksums", () => {
  const shapes = fc.record({
    family: fc.constantFrom<4 | 6>(4, 6),
    medium: fc.constantFrom<"ethernet" | "ip">("ethernet", "ip"),
    payload: fc.integer({ min: 0, max: 20_000 }),
    gsoSize: fc.integer({ min: 1, max: 9000 }).map((size) => Math.max(size, 40)),
    seq: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    identification: fc.integer({ min: 0, max: 0xffff }),
    extraHeader: fc.constantFrom(0, 8, 16),
    partial: fc.boolean(),
  });
  const property = fc.property(shapes, (shape) => {
    const packet = tcpPacket({
      ...shape,
      flags: TcpFlag.ACK | TcpFlag.PSH | TcpFlag.FIN | TcpFlag.CWR,
    });
    const whole = octetsIn(packet);
    const segments = split(packet, shape);
    assert.deepEqual(octetsIn(packet), whole, "the super-segment itself is untouched");
    assert.equal(segments.length, Math.max(1, Math.ceil(shape.payload / shape.gsoSize)));
    const joined = Buffer.concat(segments.map(({ payload }) => payload));
    assert.deepEqual(new Uint8Array(joined), whole.subarray(whole.length - shape.payload));
    let seq = shape.seq;
    segments.forEach((segment, i) => {
      const last = i === segments.length - 1;
      assert.equal(segment.seq, seq | 0);
      seq += segment.payload.length;
      assert.equal((segment.flags & TcpFlag.FIN) !== 0, last);
      assert.equal((segment.flags & TcpFlag.PSH) !== 0, last);
      assert.equal((segment.flags & TcpFlag.CWR) !== 0, i === 0);
      if (shape.family === 4) {
        assert.equal(segment.identification, (shape.identification + i) & 0xffff);
      }
    });
  });
  fc.assert(property, { numRuns: 150 });
});

test("a segmenter for a device that sums leaves the folded pseudo-header sum", () => {
  for (const family of [4, 6] as const) {
    const packet = tcpPacket({ family, payload: 3000, gsoSize: 1448 });
    const scratch = new PacketBuffer();
    const partial = new Segmenter("ethernet", true);
    const full = split(packet, {});
    assert.ok(partial.begin(packet));
    let count = 0;
    while (partial.next(scratch)) {
      assert.notEqual(scratch.checksumStart, NO_PARTIAL_CHECKSUM);
      finishChecksum(scratch);
      assert.deepEqual(octetsIn(scratch), full[count]?.octets);
      count++;
    }
    assert.equal(count, 3);
  }
});

test("the identification wraps within a super-segment", () => {
  const shape = { payload: 4000, gsoSize: 1448, identification: 0xffff };
  const ids = split(tcpPacket(shape), shape).map(({ identification }) => identification);
  assert.deepEqual(ids, [0xffff, 0, 1]);
});

test("a packet that is no whole TCP packet cannot be split", () => {
  const spoil: [string, (packet: PacketBuffer) => void][] = [
    [
      "no gso size",
      (p) => {
        p.gsoSize = 0;
      },
    ],
    ["another protocol", (p) => p.view.setUint8(HEADROOM + 9, 17)],
    ["a first fragment", (p) => p.view.setUint16(HEADROOM + 6, 0x2000)],
    ["a later fragment", (p) => p.view.setUint16(HEADROOM + 6, 0x0010)],
    ["a total length past the end", (p) => p.view.setUint16(HEADROOM + 2, 0xffff)],
    ["a header length below 20", (p) => p.view.setUint8(HEADROOM, 0x44)],
    [
      "a TCP header past the end",
      (p) => {
        p.view.setUint16(HEADROOM + 2, 39);
      },
    ],
    [
      "a data offset past the end",
      (p) => {
        p.view.setUint16(HEADROOM + 2, 44);
        p.view.setUint8(HEADROOM + 32, 0xf0);
      },
    ],
    ["version 5", (p) => p.view.setUint8(HEADROOM, 0x55)],
    ["another EtherType", (p) => p.view.setUint16(HEADROOM - 2, 0x0806)],
    [
      "less than an Ethernet header",
      (p) => {
        p.end = p.start + 13;
      },
    ],
    [
      "no IP header at all",
      (p) => {
        p.end = HEADROOM;
      },
    ],
  ];
  for (const [why, damage] of spoil) {
    const packet = tcpPacket({ payload: 3000, gsoSize: 1000 });
    damage(packet);
    const segmenter = new Segmenter("ethernet");
    assert.equal(segmenter.begin(packet), false, why);
    assert.equal(segmenter.next(new PacketBuffer()), false, why);
  }
});

test("an IPv6 header chain that ends badly cannot be split", () => {
  const chains: [string, number, (packet: PacketBuffer) => void][] = [
    ["a fragment header", 44, () => {}],
    ["a routing header under way", 43, (p) => p.view.setUint8(HEADROOM + 43, 1)],
    ["an extension past the end", 60, (p) => p.view.setUint8(HEADROOM + 41, 255)],
    ["no next header", 59, () => {}],
  ];
  for (const [why, nextHeader, damage] of chains) {
    const packet = tcpPacket({ family: 6, payload: 100, gsoSize: 50, extraHeader: 8 });
    packet.view.setUint8(HEADROOM + 6, nextHeader);
    damage(packet);
    assert.equal(new Segmenter("ethernet").begin(packet), false, why);
  }
});

test("a routing header whose route is done is walked", () => {
  const packet = tcpPacket({ family: 6, payload: 100, gsoSize: 50, extraHeader: 8 });
  packet.view.setUint8(HEADROOM + 6, 43);
  assert.ok(new Segmenter("ethernet").begin(packet));
});

test("any octets at all: begin says no or the segments fit", () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 120 }),
    fc.boolean(),
    (octets, ethernet) => {
      const packet = new PacketBuffer(1024);
      packet.reset();
      packet.bytes.set(octets, packet.start);
      packet.end = packet.start + octets.length;
      packet.gsoSize = 7;
      const segmenter = new Segmenter(ethernet ? "ethernet" : "ip");
      const scratch = new PacketBuffer();
      if (!segmenter.begin(packet)) return;
      while (segmenter.next(scratch)) assert.ok(scratch.length <= packet.length);
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test("finishChecksum completes in place, and turns UDP's 0 into 0xffff", () => {
  // [octets from the checksum start, offset of the field, expected field]
  const rows: [number[], number, number][] = [
    [[0xff, 0xfe, 0, 0, 0, 0, 0, 1], 6, 0xffff],
    [[0xff, 0xfe, 0, 0, 0, 1, 0, 0], 4, 0],
    [[0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0], 6, 0x9753],
    [[0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 1], 6, 0x9653],
  ];
  for (const [octets, offset, expected] of rows) {
    const packet = new PacketBuffer(512);
    packet.reset();
    packet.bytes.set(octets, packet.start);
    packet.end = packet.start + octets.length;
    packet.checksumStart = packet.start;
    packet.checksumOffset = offset;
    finishChecksum(packet);
    assert.equal(packet.view.getUint16(packet.start + offset), expected);
    assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
  }
});

test("finishChecksum writes nothing outside the packet", () => {
  for (const [start, offset] of [
    [0, 16],
    [HEADROOM + 10, 16],
    [5000, 6],
  ] as const) {
    const packet = new PacketBuffer(512);
    packet.reset();
    packet.end = packet.start + 20;
    packet.checksumStart = start;
    packet.checksumOffset = offset;
    finishChecksum(packet);
    assert.ok(packet.bytes.every((octet) => octet === 0));
    assert.equal(packet.checksumStart, NO_PARTIAL_CHECKSUM);
  }
});

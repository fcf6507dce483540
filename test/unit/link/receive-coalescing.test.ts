import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { ReceiveCoalescing } from "../../../src/link/receive-coalescing.ts";
import { Segmenter } from "../../../src/link/segmentation.ts";
import { EtherType } from "../../../src/wire/ethernet.ts";
import { HEADROOM, PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { drain, FakeDevice, type SeenFrame, WakeCounter } from "../../support/link-devices.ts";
import {
  octetsIn,
  plainFrame,
  type TcpPacketShape,
  tcpPacket,
} from "../../support/link-packets.ts";

const MSS = 1000;

/** A wire frame: no offload left in it. */
function wire(shape: TcpPacketShape): PacketBuffer {
  return tcpPacket({ payload: MSS, ...shape, partial: false });
}

/** What comes out of one batch of `packets`. */
function batch(...packets: PacketBuffer[]): SeenFrame[] {
  const device = new FakeDevice();
  device.waiting.push(...packets);
  return drain(new ReceiveCoalescing(device));
}

/** Octets of the wire frames that the frames would be split into. */
function wireFramesOf(frames: SeenFrame[]): Uint8Array[] {
  const segmenter = new Segmenter("ethernet");
  const scratch = new PacketBuffer();
  return frames.flatMap(({ octets, gsoSize }) => {
    if (gsoSize === 0) return [octets];
    const packet = new PacketBuffer();
    packet.reset(HEADROOM);
    packet.bytes.set(octets, packet.start);
    packet.end = packet.start + octets.length;
    packet.gsoSize = gsoSize;
    assert.ok(segmenter.begin(packet));
    const split: Uint8Array[] = [];
    while (segmenter.next(scratch)) split.push(octetsIn(scratch));
    return split;
  });
}

test("a run of full segments and a last one become one super-segment, which splits into the same", () => {
  for (const family of [4, 6] as const) {
    for (const timestamps of [undefined, [7, 8] as const]) {
      const shape = { family, ...(timestamps && { timestamps }) };
      const make = (): PacketBuffer[] => [
        ...[0, 1, 2].map((i) =>
          wire({ ...shape, seq: -1500 + i * MSS, identification: 0xfffe + i }),
        ),
        wire({
          ...shape,
          seq: 1500,
          payload: 300,
          flags: TcpFlag.ACK | TcpFlag.PSH,
          identification: 1,
        }),
      ];
      const frames = batch(...make());
      assert.deepEqual(
        frames.map(({ gsoSize, partial, checksumVerified }) => [
          gsoSize,
          partial,
          checksumVerified,
        ]),
        [[MSS, true, true]],
      );
      const expected = make().map(octetsIn);
      const got = wireFramesOf(frames);
      if (family === 6) assert.deepEqual(got, expected);
      else
        assert.deepEqual(
          got.map((octets) => octets.subarray(34)),
          expected.map((octets) => octets.subarray(34)),
        );
    }
  }
});

test("what does not follow is not joined", () => {
  const second: [string, TcpPacketShape][] = [
    ["a gap", { seq: 1000 + MSS + 1 }],
    ["a repetition", { seq: 1000 }],
    ["another acknowledgment", { ack: 2001 }],
    ["another port", { sourcePort: 40_001 }],
    ["another TTL", { ttl: 63 }],
    ["a larger segment", { payload: MSS + 1 }],
    ["timestamps where there were none", { timestamps: [1, 2] }],
    ["ECE where there was none", { flags: TcpFlag.ACK | TcpFlag.ECE }],
    ["CWR", { flags: TcpFlag.ACK | TcpFlag.CWR }],
    ["URG", { flags: TcpFlag.ACK | TcpFlag.URG }],
    ["RST", { flags: TcpFlag.ACK | TcpFlag.RST }],
    ["SYN", { flags: TcpFlag.ACK | TcpFlag.SYN }],
    ["no payload", { payload: 0 }],
    ["another family", { family: 6 }],
    ["IP options", { extraHeader: 4 }],
    ["a frame to everybody", { destination: MacAddress.BROADCAST }],
  ];
  for (const [why, shape] of second) {
    const packets = [wire({}), wire({ seq: 1000 + MSS, ...shape })];
    const frames = batch(...packets.map((packet) => packet));
    assert.equal(frames.length, 2, why);
    assert.ok(
      frames.every(({ gsoSize }) => gsoSize === 0),
      why,
    );
    assert.deepEqual(
      frames.map(({ octets }) => octets),
      [octetsIn(wire({})), octetsIn(wire({ seq: 1000 + MSS, ...shape }))],
      why,
    );
  }
  const differs: [string, (packet: PacketBuffer) => void][] = [
    ["another TOS", (packet) => packet.view.setUint8(HEADROOM + 1, 2)],
    ["no DF", (packet) => packet.view.setUint16(HEADROOM + 6, 0)],
    ["a wrong header checksum", (packet) => packet.view.setUint16(HEADROOM + 10, 1)],
    ["a wrong TCP checksum", (packet) => packet.view.setUint8(packet.end - 1, 1)],
    ["a fragment", (packet) => packet.view.setUint16(HEADROOM + 6, 0x2000)],
    ["another window", (packet) => packet.view.setUint16(HEADROOM + 34, 1)],
  ];
  for (const [why, change] of differs) {
    const packet = wire({ seq: 1000 + MSS });
    change(packet);
    assert.equal(batch(wire({}), packet).length, 2, why);
  }
});

test("a wrong checksum is left for the stack to see", () => {
  const damaged = wire({});
  damaged.view.setUint8(damaged.end - 1, 0xff);
  const [got] = batch(damaged, wire({ seq: 1000 + MSS }));
  assert.equal(got?.checksumVerified, false);
});

test("a segment alone keeps its octets and loses only its padding", () => {
  const packet = wire({ payload: 2 });
  const octets = octetsIn(packet);
  packet.end += 4;
  const [got] = batch(packet);
  assert.deepEqual(got?.octets, octets);
  assert.deepEqual([got?.gsoSize, got?.partial, got?.checksumVerified], [0, false, true]);
});

test("PSH, FIN and a shorter segment end a run; without DF the identification counts", () => {
  const ends: TcpPacketShape[] = [
    { flags: TcpFlag.ACK | TcpFlag.PSH },
    { flags: TcpFlag.ACK | TcpFlag.FIN },
    { payload: MSS - 1 },
  ];
  for (const end of ends) {
    const next = 1000 + MSS + ((end.payload as number | undefined) ?? MSS);
    const frames = batch(wire({}), wire({ seq: 1000 + MSS, ...end }), wire({ seq: next }));
    assert.deepEqual(
      frames.map(({ gsoSize }) => gsoSize),
      [MSS, 0],
    );
  }
  const withoutDf = (identification: number, seq: number): PacketBuffer => {
    const packet = wire({ identification, seq });
    packet.view.setUint16(HEADROOM + 6, 0);
    packet.view.setUint16(HEADROOM + 10, packet.view.getUint16(HEADROOM + 10) + 0x4000);
    return packet;
  };
  assert.equal(batch(withoutDf(5, 1000), withoutDf(6, 2000)).length, 1);
  assert.equal(batch(withoutDf(5, 1000), withoutDf(5, 2000)).length, 2);
});

test("nothing waits for the next batch; what is not TCP and what is coalesced already passes", () => {
  const device = new FakeDevice();
  const coalescing = new ReceiveCoalescing(device);
  device.waiting.push(wire({}), wire({ seq: 2000 }));
  assert.deepEqual(
    drain(coalescing, 0, 1).map(({ gsoSize }) => gsoSize),
    [0],
  );
  assert.deepEqual(
    drain(coalescing, 0, 1).map(({ gsoSize }) => gsoSize),
    [0],
  );
  const other = plainFrame(MacAddress.BROADCAST, new MacAddress(2, 2));
  const arp = plainFrame(MacAddress.BROADCAST, new MacAddress(2, 2));
  arp.view.setUint16(arp.start + 12, EtherType.ARP);
  const big = tcpPacket({ payload: 5000, gsoSize: MSS, seq: 2000 });
  const frames = batch(wire({}), other, big, arp, wire({ seq: 7000 }));
  assert.deepEqual(
    frames.map(({ gsoSize, octets }) => [gsoSize, octets.length]),
    [
      [0, 60],
      [0, 54 + MSS],
      [MSS, 5054],
      [0, 60],
      [0, 54 + MSS],
    ],
  );
});

test("any mixture of flows: every frame comes out, each flow in order", () => {
  const frames = fc.array(
    fc.record({
      flow: fc.nat(6),
      payload: fc.constantFrom(0, 1, 400, MSS, MSS, MSS),
      gap: fc.boolean(),
      push: fc.boolean(),
    }),
    { maxLength: 150 },
  );
  const property = fc.property(frames, fc.constantFrom<4 | 6>(4, 6), (steps, family) => {
    const next = new Map<number, number>();
    const shapes = steps.map(({ flow, payload, gap, push }, i) => {
      const seq = (next.get(flow) ?? 2 ** 31 - 3000) + (gap ? 5 : 0);
      next.set(flow, seq + payload);
      const flags = TcpFlag.ACK | (push ? TcpFlag.PSH : 0);
      return { family, payload, seq, flags, sourcePort: 5000 + flow, identification: i };
    });
    const portOf = (octets: Uint8Array): number =>
      ((octets[family === 4 ? 34 : 54] ?? 0) << 8) | (octets[family === 4 ? 35 : 55] ?? 0);
    const tcpOf = (octets: Uint8Array): Uint8Array => octets.subarray(family === 4 ? 34 : 54);
    const got = wireFramesOf(batch(...shapes.map((shape) => wire(shape))));
    for (let port = 5000; port <= 5006; port++) {
      const expected = shapes
        .filter(({ sourcePort }) => sourcePort === port)
        .map((shape) => tcpOf(octetsIn(wire(shape))));
      assert.deepEqual(got.filter((octets) => portOf(octets) === port).map(tcpOf), expected);
    }
  });
  fc.assert(property, { numRuns: 60 });
});

test("a super-segment stays within what an IP length field holds", () => {
  const packets = Array.from({ length: 100 }, (_, i) => wire({ seq: 1000 + i * MSS }));
  const frames = batch(...packets);
  assert.deepEqual(
    frames.map(({ octets }) => octets.length),
    [54 + 65 * MSS, 54 + 35 * MSS],
  );
});

test("the rest of the card is the device's own", () => {
  const device = new FakeDevice({ medium: "ip" });
  const coalescing = new ReceiveCoalescing(device);
  const owner = new WakeCounter();
  coalescing.attach(owner);
  assert.equal(device.owner, owner);
  assert.ok(coalescing.transmit(wire({ medium: "ip" }), 0));
  device.waiting.push(wire({ medium: "ip" }), wire({ medium: "ip", seq: 2000 }));
  assert.equal(coalescing.pollTimeout(), 0);
  assert.deepEqual(
    drain(coalescing).map(({ gsoSize }) => gsoSize),
    [MSS],
  );
  coalescing.close();
  assert.ok(device.closed);
  assert.deepEqual(
    [coalescing.name, coalescing.mtu, coalescing.macAddress, coalescing.offload],
    ["fake", 1500, null, device.offload],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { PcapngReader } from "../../../src/link/pcapng-reader.ts";
import { PcapngWriter, type PcapngWriterOptions } from "../../../src/link/pcapng-writer.ts";
import { octetsIn, tcpPacket } from "../../support/link-packets.ts";

function recorder(options: Omit<PcapngWriterOptions, "write"> = {}): {
  writer: PcapngWriter;
  blocks: Uint8Array[];
  file: () => Uint8Array;
} {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter({ ...options, write: (bytes) => blocks.push(bytes.slice()) });
  return { writer, blocks, file: () => new Uint8Array(Buffer.concat(blocks)) };
}

function hex(block: Uint8Array | undefined): string {
  return Buffer.from(block ?? [])
    .toString("hex")
    .replace(/(.{8})(?=.)/g, "$1 ");
}

test("a file, block by block", () => {
  const { writer, blocks } = recorder({ application: "abcde" });
  const id = writer.addInterface({ name: "nl0", medium: "ethernet", snapLength: 96 });
  const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5);
  writer.packet(id, { bytes, start: 1, end: 6 }, { now: 1.5, direction: "out", comment: "hi" });
  writer.packet(id, { bytes, start: 2, end: 6 }, { now: 4294.967296 });
  assert.deepEqual(blocks.map(hex), [
    // type, length, magic, version 1.0, section length unknown, userappl "abcde", end, length
    "0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffff ffffffff 04000500 61626364 65000000 00000000 2c000000",
    // type, length, Ethernet, snap length, if_name "nl0", if_tsresol 9, end, length
    "01000000 28000000 01000000 60000000 02000300 6e6c3000 09000100 09000000 00000000 28000000",
    // type, length, interface, time, kept, length, data, comment "hi", flags outbound, end, length
    "06000000 3c000000 00000000 00000000 60e31600 05000000 05000000 01020304 05000000 01000200 68690000 02000400 02000000 00000000 3c000000",
    "06000000 24000000 00000000 01000000 00000000 04000000 04000000 02030405 24000000",
  ]);
});

test("times keep their nanoseconds next to an epoch of today", () => {
  // [epoch in ms, now in ms, expected nanoseconds since 1970]
  const rows: [number, number, bigint][] = [
    [0, 0, 0n],
    [0, 0.000_001, 1n],
    [1_800_000_000_000, 12.345_678, 1_800_000_000_012_345_678n],
    [1_800_000_000_000.5, 0.25, 1_800_000_000_000_750_000n],
    [1_800_000_000_000, 0.999_999_9, 1_800_000_000_001_000_000n],
    [0, -5, 0n],
  ];
  for (const [epochMs, now, expected] of rows) {
    const { writer, file } = recorder({ epochMs });
    writer.packet(writer.addInterface({ name: "x", medium: "ip" }), tcpPacket(), { now });
    assert.equal(new PcapngReader(file()).next()?.timestampNs, expected);
  }
});

test("what is written is read again: interfaces, octets, directions, comments", () => {
  const { writer, file } = recorder();
  const ethernet = writer.addInterface({ name: "eth ü", medium: "ethernet", snapLength: 100 });
  const tun = writer.addInterface({ name: "tun", medium: "ip" });
  const packet = tcpPacket({ payload: 60_000 });
  const comment = "long ".repeat(20_000);
  writer.sinkFor(ethernet)(packet, "in", 10);
  writer.packet(tun, packet, { now: 20, comment });
  const reader = new PcapngReader(file());
  const first = reader.next();
  assert.deepEqual(first?.interface.name, "eth ü");
  assert.deepEqual(first?.interface.linkType, 1);
  assert.deepEqual(first?.bytes, octetsIn(packet).subarray(0, 100));
  assert.equal(first?.originalLength, packet.length);
  assert.equal(first?.direction, "in");
  const second = reader.next();
  assert.deepEqual(
    [second?.interface.name, second?.interface.linkType, second?.direction],
    ["tun", 101, null],
  );
  assert.deepEqual(second?.bytes, octetsIn(packet));
  assert.equal(second?.comment?.length, 65_532);
  assert.equal(reader.next(), null);
  assert.equal(reader.error, null);
});

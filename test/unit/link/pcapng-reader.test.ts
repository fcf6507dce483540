import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PcapngReader } from "../../../src/link/pcapng-reader.ts";
import { PcapngWriter } from "../../../src/link/pcapng-writer.ts";
import { tcpPacket } from "../../support/link-packets.ts";

const SECTION_BE = "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c";
const SECTION_LE = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
const INTERFACE_BE = "00000001 00000014 0001 0000 00000000 00000014";

function bytes(...hex: string[]): Uint8Array {
  return new Uint8Array(Buffer.from(hex.join("").replaceAll(" ", ""), "hex"));
}

/** Everything a reader gives: packets as `interface:octets@ns`, and the error. */
function read(file: Uint8Array): { packets: string[]; error: string | null } {
  const reader = new PcapngReader(file);
  const packets: string[] = [];
  for (let packet = reader.next(); packet !== null; packet = reader.next()) {
    packets.push(
      `${packet.interface.name}:${Buffer.from(packet.bytes).toString("hex")}@${packet.timestampNs}`,
    );
  }
  return { packets, error: reader.error };
}

test("both byte orders, several sections, blocks that are not known", () => {
  const unknown = "0000000b 00000010 01020304 00000010";
  const packetBe =
    "00000006 00000024 00000000 00000001 00000002 00000003 00000003 aabbcc00 00000024";
  const interfaceLe = "01000000 20000000 6500 0000 00000000 0200 0200 6c6f0000 0000 0000 20000000";
  const packetLe =
    "06000000 24000000 00000000 00000000 05000000 01000000 09000000 dd000000 24000000";
  const file = bytes(
    SECTION_BE,
    unknown,
    INTERFACE_BE,
    packetBe,
    SECTION_LE,
    interfaceLe,
    packetLe,
  );
  assert.deepEqual(read(file), { packets: [":aabbcc@4294967298000", "lo:dd@5000"], error: null });
  const view = new Uint8Array(file.length + 7).subarray(7);
  view.set(file);
  assert.equal(read(view).packets.length, 2, "a view into a larger buffer");
});

test("timestamps count what the interface says, from where it says", () => {
  // [options of the interface, nanoseconds that 3 ticks are]
  const rows: [string, bigint][] = [
    ["", 3000n],
    ["0009 0001 03000000", 3_000_000n],
    ["0009 0001 09000000", 3n],
    ["0009 0001 0c000000", 0n],
    ["0009 0001 81000000", 1_500_000_000n],
    ["000e 0008 0000000000000002", 2_000_003_000n],
    ["000e 0008 ffffffffffffffff", -999_997_000n],
  ];
  for (const [options, expected] of rows) {
    const length = (20 + options.replaceAll(" ", "").length / 2).toString(16).padStart(8, "0");
    const description = `00000001 ${length} 0001 0000 00000000 ${options} ${length}`;
    const packet = "00000006 00000020 00000000 00000000 00000003 00000000 00000000 00000020";
    assert.deepEqual(read(bytes(SECTION_BE, description, packet)), {
      packets: [`:@${expected}`],
      error: null,
    });
  }
});

test("simple packets have no time, and are cut at the snap length", () => {
  const limited = "00000001 00000014 0001 0000 00000002 00000014";
  const packet = "00000003 00000014 00000009 aabb0000 00000014";
  assert.deepEqual(read(bytes(SECTION_BE, limited, packet)).packets, [":aabb@null"]);
});

test("damage is one line, after the last good packet", () => {
  const rows: [string, Uint8Array, RegExp][] = [
    ["another file", bytes("d4c3b2a1 02000400 00000000 00000000"), /octet 0: .* section header/],
    ["half a section header", bytes("0a0d0d0a 1c000000 4d3c2b1a"), /cut off/],
    [
      "no magic",
      bytes("0a0d0d0a 0000001c 11223344 0001 0000 ffffffffffffffff 0000001c"),
      /byte-order magic/,
    ],
    [
      "a version to come",
      bytes("0a0d0d0a 0000001c 1a2b3c4d 0002 0000 ffffffffffffffff 0000001c"),
      /version 2/,
    ],
    ["a few octets left over", bytes(SECTION_BE, "0000"), /octet 28: 2 octets are left/],
    ["length 0", bytes(SECTION_BE, "00000001 00000000 00000000"), /a block of 0 octets/],
    ["an odd length", bytes(SECTION_BE, "00000001 0000000d 0000000000 0000000d"), /13 octets/],
    ["cut off", bytes(SECTION_BE, "00000001 7ffffffc 00000000"), /2147483644 octets, but 12/],
    ["lengths that differ", bytes(SECTION_BE, "00000005 0000000c 00000010"), /differ: 12 and 16/],
    [
      "a short interface",
      bytes(SECTION_BE, "00000001 00000010 00010000 00000010"),
      /interface description/,
    ],
    [
      "an unknown interface",
      bytes(SECTION_BE, "00000006 00000020 00000000 00000000 00000003 00000000 00000000 00000020"),
      /interface 0/,
    ],
    ["a short packet", bytes(SECTION_BE, INTERFACE_BE, "00000006 0000000c 0000000c"), /cut off/],
    [
      "a packet past its block",
      bytes(
        SECTION_BE,
        INTERFACE_BE,
        "00000006 00000020 00000000 00000000 00000003 00000004 00000004 00000020",
      ),
      /4 octets in a block with 0/,
    ],
    [
      "a simple packet first",
      bytes(SECTION_BE, "00000003 00000010 00000000 00000010"),
      /before any interface/,
    ],
    [
      "a short simple packet",
      bytes(SECTION_BE, INTERFACE_BE, "00000003 0000000c 0000000c"),
      /cut off/,
    ],
    [
      "a simple packet past its block",
      bytes(SECTION_BE, INTERFACE_BE, "00000003 00000010 00000009 00000010"),
      /9 octets in a block with 0/,
    ],
  ];
  for (const [why, file, expected] of rows) {
    const { packets, error } = read(file);
    assert.deepEqual(packets, [], why);
    assert.match(error ?? "", expected, why);
    assert.ok(!error?.includes("\n"));
  }
});

test("no damage makes it throw, hang or read outside", () => {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter({ write: (octets) => blocks.push(octets.slice()) });
  const id = writer.addInterface({ name: "x", medium: "ethernet" });
  for (let i = 0; i < 4; i++)
    writer.packet(id, tcpPacket({ payload: i }), { now: i, direction: "in", comment: "c" });
  const file = new Uint8Array(Buffer.concat(blocks));
  const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 });
  const property = fc.property(damage, fc.nat(file.length), (changes, length) => {
    const damaged = file.slice(0, length);
    for (const [at, octet] of changes) if (at < length) damaged[at] = octet;
    assert.ok(read(damaged).packets.length <= 4);
  });
  fc.assert(property, { numRuns: 500 });
});

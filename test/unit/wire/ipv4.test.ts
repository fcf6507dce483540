import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  IPV4_DF,
  IPV4_MF,
  type Ipv4Fields,
  ipVersion,
  ipv4Destination,
  ipv4Flags,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4OptionsAt,
  ipv4Protocol,
  ipv4Source,
  ipv4Tos,
  ipv4TotalLength,
  ipv4Ttl,
  isIpv4ChecksumValid,
  isIpv4Fragment,
  isIpv4Header,
  setIpv4Checksum,
  setIpv4Fragment,
  setIpv4HeaderLength,
  setIpv4Identification,
  setIpv4TotalLength,
  writeIpv4Header,
} from "../../../src/wire/ipv4.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

//                    v tos length id   fl|off ttl proto sum  source    destination
const HEADER = hex("  45 b8 0014   1c46 4000   40  06    b156 ac10 0a63 ac10 0a0c");
const AT = 3;

test("the fields of a header", () => {
  const view = viewAt(HEADER, AT);
  assert.equal(ipVersion(view, AT), 4);
  assert.equal(ipv4HeaderLength(view, AT), 20);
  assert.equal(ipv4Tos(view, AT), 0xb8);
  assert.equal(ipv4TotalLength(view, AT), 20);
  assert.equal(ipv4Identification(view, AT), 0x1c46);
  assert.equal(ipv4Flags(view, AT), IPV4_DF);
  assert.equal(ipv4FragmentOffset(view, AT), 0);
  assert.equal(isIpv4Fragment(view, AT), false);
  assert.equal(ipv4Ttl(view, AT), 64);
  assert.equal(ipv4Protocol(view, AT), 6);
  assert.equal(ipv4Source(view, AT) >>> 0, 0xac100a63);
  assert.equal(ipv4Destination(view, AT) >>> 0, 0xac100a0c);
  assert.equal(ipv4OptionsAt(AT), AT + 20);
});

// req: ip/V4O-10, ip/V4-2
test("the checksum holds, and no single flipped bit keeps it", () => {
  const view = viewAt(HEADER, AT);
  assert.equal(isIpv4ChecksumValid(view, AT), true);
  for (let bit = 8; bit < HEADER.length * 8; bit++) {
    const octet = AT + (bit >> 3);
    view.setUint8(octet, view.getUint8(octet) ^ (0x80 >> (bit & 7)));
    assert.equal(isIpv4ChecksumValid(view, AT), false, `bit ${bit}`);
    view.setUint8(octet, view.getUint8(octet) ^ (0x80 >> (bit & 7)));
  }
});

// req: ip/V4-1, ip/V4-3, ip/V4-15
test("what is a header and what is none", () => {
  const rows: [octets: number, versionAndLength: number, total: number, whole: boolean][] = [
    [20, 0x45, 20, true],
    [60, 0x45, 20, true], // padding of the link behind the packet
    [60, 0x4f, 60, true], // 40 octets of options
    [60, 0x4f, 59, false], // options reach past the total length
    [59, 0x4f, 60, false],
    [60, 0x44, 60, false], // 16 octets
    [60, 0x40, 60, false],
    [60, 0x55, 60, false],
    [60, 0x65, 60, false],
    [60, 0x05, 60, false],
    [60, 0x45, 61, false], // the frame ends before the packet
    [60, 0x45, 0xffff, false],
    [60, 0x45, 19, false],
    [60, 0x45, 0, false],
  ];
  for (const [octets, versionAndLength, total, whole] of rows) {
    const view = viewAt(new Uint8Array(octets), AT);
    view.setUint8(AT, versionAndLength);
    view.setUint16(AT + 2, total);
    const why = `${versionAndLength.toString(16)} ${total} in ${octets}`;
    assert.equal(isIpv4Header(view, AT, AT + octets), whole, why);
  }
});

test("a header cut short is none", () => {
  assertRefusesCuts(isIpv4Header, HEADER);
  const options = hex("46 00 0018 0000 0000 40 01 0000 0a000001 0a000002  94 04 0000");
  assertRefusesCuts(isIpv4Header, options);
});

// req: ip/V4-16
test("fragments: flags in place, offset in octets", () => {
  const rows: [word: number, flags: number, offset: number, fragment: boolean][] = [
    [0x0000, 0, 0, false],
    [0x4000, IPV4_DF, 0, false],
    [0x2000, IPV4_MF, 0, true],
    [0x20b9, IPV4_MF, 1480, true],
    [0x00b9, 0, 1480, true],
    [0x1fff, 0, 65_528, true],
    [0x6001, IPV4_DF | IPV4_MF, 8, true],
    [0x8000, 0, 0, false], // the reserved bit says nothing
  ];
  for (const [word, flags, offset, fragment] of rows) {
    const view = viewAt(HEADER, AT);
    view.setUint16(AT + 6, word);
    assert.equal(ipv4Flags(view, AT), flags, `flags of ${word.toString(16)}`);
    assert.equal(ipv4FragmentOffset(view, AT), offset, `offset of ${word.toString(16)}`);
    assert.equal(isIpv4Fragment(view, AT), fragment, `fragment ${word.toString(16)}`);
    setIpv4Fragment(view, AT, flags, offset);
    assert.equal(view.getUint16(AT + 6), word & 0x7fff);
  }
});

test("setters change their field and the checksum follows", () => {
  const view = viewAt(new Uint8Array([...HEADER, 0, 0, 0, 0]), AT);
  setIpv4HeaderLength(view, AT, 24);
  setIpv4TotalLength(view, AT, 1500);
  setIpv4Identification(view, AT, 0xbeef);
  assert.equal(isIpv4ChecksumValid(view, AT), false);
  setIpv4Checksum(view, AT);
  assert.equal(isIpv4ChecksumValid(view, AT), true);
  assert.equal(ipv4HeaderLength(view, AT), 24);
  assert.equal(ipVersion(view, AT), 4);
  assert.equal(ipv4TotalLength(view, AT), 1500);
  assert.equal(ipv4Identification(view, AT), 0xbeef);
});

test("written field by field, the header is the same octet for octet", () => {
  const octets = written(20, (view, at) =>
    writeIpv4Header(view, at, {
      headerLength: 20,
      totalLength: 20,
      tos: 0xb8,
      identification: 0x1c46,
      flags: IPV4_DF,
      ttl: 64,
      protocol: 6,
      source: 0xac100a63 | 0,
      destination: 0xac100a0c | 0,
    }),
  );
  assert.equal(toHex(octets), toHex(HEADER));
});

test("what is written is read back, options untouched and in the sum", () => {
  const fields: fc.Arbitrary<Ipv4Fields> = fc.record({
    headerLength: fc.integer({ min: 5, max: 15 }).map((words) => words * 4),
    totalLength: fc.integer({ min: 60, max: 0xffff }),
    tos: fc.nat(255),
    identification: fc.nat(0xffff),
    flags: fc.constantFrom(0, IPV4_DF, IPV4_MF, IPV4_DF | IPV4_MF),
    ttl: fc.nat(255),
    protocol: fc.nat(255),
    source: fc.integer(),
    destination: fc.integer(),
  });
  fc.assert(
    fc.property(fields, (expected) => {
      const view = viewAt(new Uint8Array(60).fill(0xa5), AT);
      writeIpv4Header(view, AT, expected);
      const read: Ipv4Fields = {
        headerLength: ipv4HeaderLength(view, AT),
        totalLength: ipv4TotalLength(view, AT),
        tos: ipv4Tos(view, AT),
        identification: ipv4Identification(view, AT),
        flags: ipv4Flags(view, AT),
        ttl: ipv4Ttl(view, AT),
        protocol: ipv4Protocol(view, AT),
        source: ipv4Source(view, AT),
        destination: ipv4Destination(view, AT),
      };
      assert.deepEqual(read, { ...expected });
      assert.equal(isIpv4ChecksumValid(view, AT), true);
      for (let at = AT + 20; at < AT + 60; at++) assert.equal(view.getUint8(at), 0xa5);
    }),
  );
});

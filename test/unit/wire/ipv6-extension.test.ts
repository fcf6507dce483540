import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import {
  type FragmentFields,
  IPV6_FRAGMENT_HEADER_LENGTH,
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6FragmentOffsetAt,
  ipv6MoreFragments,
  ipv6OptionsAt,
  isIpv6Extension,
  isIpv6ExtensionHeader,
  routingSegmentsLeft,
  routingType,
  routingTypeAt,
  setIpv6ExtensionNext,
  writeIpv6FragmentHeader,
} from "../../../src/wire/ipv6-extension.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

const { HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS } = IpProtocol;
const AT = 3;

test("four kinds of extension header are known", () => {
  const known: number[] = [];
  for (let kind = 0; kind < 256; kind++) if (isIpv6Extension(kind)) known.push(kind);
  assert.deepEqual(known, [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS]);
});

test("a hop-by-hop header: router alert and padding", () => {
  //                        next len  alert      PadN
  const view = viewAt(hex(" 3a   00   05 02 0000 01 00"), AT);
  assert.equal(ipv6ExtensionNext(view, AT), IpProtocol.ICMPV6);
  assert.equal(ipv6ExtensionLength(view, AT, HOP_BY_HOP), 8);
  assert.equal(ipv6OptionsAt(AT), AT + 2);
  setIpv6ExtensionNext(view, AT, IpProtocol.TCP);
  assert.equal(ipv6ExtensionNext(view, AT), IpProtocol.TCP);
});

test("a routing header", () => {
  //                        next len type left reserved  address
  const octets = hex("      06   02  00   01   00000000  20010db8000000000000000000000001");
  const view = viewAt(octets, AT);
  assert.equal(ipv6ExtensionLength(view, AT, ROUTING), 24);
  assert.equal(routingType(view, AT), 0);
  assert.equal(routingTypeAt(AT), AT + 2);
  assert.equal(routingSegmentsLeft(view, AT), 1);
});

// req: ip/V6-10
test("an extension header must lie whole before the end, whatever it says of its length", () => {
  const rows: [lengthField: number, kind: number, whole: number][] = [
    [0, HOP_BY_HOP, 8],
    [1, DESTINATION_OPTIONS, 16],
    [2, ROUTING, 24],
    [255, HOP_BY_HOP, 2048],
    [255, FRAGMENT, 8], // the octet is reserved there
    [0, FRAGMENT, 8],
  ];
  for (const [lengthField, kind, whole] of rows) {
    const octets = new Uint8Array(whole);
    octets[1] = lengthField;
    assert.equal(ipv6ExtensionLength(viewAt(octets, AT), AT, kind), whole);
    assertRefusesCuts((view, at, end) => isIpv6ExtensionHeader(view, at, end, kind), octets);
  }
});

test("a fragment header: offset in octets, the more bit, reserved bits ignored", () => {
  const rows: [octets: string, offset: number, more: boolean, identification: number][] = [
    ["11 00 0001 00000001", 0, true, 1],
    ["11 00 05a9 deadbeef", 1448, true, 0xdeadbeef | 0],
    ["11 00 fff8 ffffffff", 65_528, false, -1],
    ["11 ff 0006 80000000", 0, false, 0x80000000 | 0],
  ];
  for (const [octets, offset, more, identification] of rows) {
    const view = viewAt(hex(octets), AT);
    assert.equal(ipv6FragmentOffset(view, AT), offset, octets);
    assert.equal(ipv6MoreFragments(view, AT), more, octets);
    assert.equal(ipv6FragmentIdentification(view, AT), identification, octets);
  }
  assert.equal(ipv6FragmentOffsetAt(AT), AT + 2);
});

test("what is written is read back", () => {
  const golden = written(IPV6_FRAGMENT_HEADER_LENGTH, (view, at) =>
    writeIpv6FragmentHeader(view, at, {
      nextHeader: 17,
      offset: 1448,
      more: true,
      identification: 0x01020304,
    }),
  );
  assert.equal(toHex(golden), toHex(hex("11 00 05a9 01020304")));
  const fields: fc.Arbitrary<FragmentFields> = fc.record({
    nextHeader: fc.nat(255),
    offset: fc.nat(8191).map((units) => units * 8),
    more: fc.boolean(),
    identification: fc.integer(),
  });
  fc.assert(
    fc.property(fields, (expected) => {
      const view = viewAt(new Uint8Array(8).fill(0xff), AT);
      writeIpv6FragmentHeader(view, AT, expected);
      const read: FragmentFields = {
        nextHeader: ipv6ExtensionNext(view, AT),
        offset: ipv6FragmentOffset(view, AT),
        more: ipv6MoreFragments(view, AT),
        identification: ipv6FragmentIdentification(view, AT),
      };
      assert.deepEqual(read, { ...expected });
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../../src/base/ip-address.ts";
import {
  IPV6_HEADER_LENGTH,
  type Ipv6Fields,
  ipv6DestinationAt,
  ipv6FlowLabel,
  ipv6HopLimit,
  ipv6NextHeader,
  ipv6NextHeaderAt,
  ipv6PayloadLength,
  ipv6SourceAt,
  ipv6TrafficClass,
  isIpv6Header,
  setIpv6NextHeader,
  setIpv6PayloadLength,
  writeIpv6Header,
} from "../../../src/wire/ipv6.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

const HEADER = hex(
  //v cl flow  length next hops
  "6 b8 12345  0000   3a   ff" +
    "fe80 0000 0000 0000 0000 5eff fe00 5301" + // source
    "ff02 0000 0000 0000 0000 0001 ff00 0002", // destination
);
const AT = 3;

function fieldsAt(view: DataView, at: number): Ipv6Fields {
  return {
    trafficClass: ipv6TrafficClass(view, at),
    flowLabel: ipv6FlowLabel(view, at),
    payloadLength: ipv6PayloadLength(view, at),
    nextHeader: ipv6NextHeader(view, at),
    hopLimit: ipv6HopLimit(view, at),
    source: IpAddress.readV6(view, ipv6SourceAt(at)),
    destination: IpAddress.readV6(view, ipv6DestinationAt(at)),
  };
}

const DECODED: Ipv6Fields = {
  trafficClass: 0xb8,
  flowLabel: 0x12345,
  payloadLength: 0,
  nextHeader: 58,
  hopLimit: 255,
  source: IpAddress.parse("fe80::5eff:fe00:5301") as IpAddress,
  destination: IpAddress.parse("ff02::1:ff00:2") as IpAddress,
};

test("the fields of a header", () => {
  assert.deepEqual(fieldsAt(viewAt(HEADER, AT), AT), DECODED);
  assert.equal(ipv6NextHeaderAt(AT), AT + 6);
});

test("a header cut short is none", () => {
  assert.equal(HEADER.length, IPV6_HEADER_LENGTH);
  assertRefusesCuts(isIpv6Header, HEADER);
});

// req: ip/V6-2, ip/V6-3
test("version and payload length decide, and a longer frame is no fault", () => {
  const rows: [octets: number, first: number, payload: number, whole: boolean][] = [
    [40, 0x60, 0, true],
    [46, 0x60, 0, true],
    [48, 0x6f, 8, true],
    [47, 0x60, 8, false],
    [40, 0x60, 1, false],
    [48, 0x60, 0xffff, false],
    [48, 0x40, 8, false],
    [48, 0x70, 8, false],
    [48, 0x06, 8, false],
  ];
  for (const [octets, first, payload, whole] of rows) {
    const view = viewAt(new Uint8Array(octets), AT);
    view.setUint8(AT, first);
    view.setUint16(AT + 4, payload);
    const why = `${first.toString(16)} ${payload} in ${octets}`;
    assert.equal(isIpv6Header(view, AT, AT + octets), whole, why);
  }
});

test("setters change their field alone", () => {
  const view = viewAt(HEADER, AT);
  setIpv6PayloadLength(view, AT, 0xfffe);
  setIpv6NextHeader(view, AT, 44);
  assert.deepEqual(fieldsAt(view, AT), { ...DECODED, payloadLength: 0xfffe, nextHeader: 44 });
});

test("written field by field, the header is the same octet for octet", () => {
  const octets = written(40, (view, at) => writeIpv6Header(view, at, DECODED));
  assert.equal(toHex(octets), toHex(HEADER));
});

test("what is written is read back", () => {
  const address = fc
    .tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
    .map(([a, b, c, d]) => new IpAddress(a, b, c, d));
  const fields: fc.Arbitrary<Ipv6Fields> = fc.record({
    trafficClass: fc.nat(255),
    flowLabel: fc.nat(0xfffff),
    payloadLength: fc.nat(0xffff),
    nextHeader: fc.nat(255),
    hopLimit: fc.nat(255),
    source: address,
    destination: address,
  });
  fc.assert(
    fc.property(fields, (expected) => {
      const view = viewAt(new Uint8Array(40), AT);
      writeIpv6Header(view, AT, expected);
      assert.equal(view.getUint8(AT) >>> 4, 6);
      assert.deepEqual(fieldsAt(view, AT), { ...expected });
    }),
  );
});

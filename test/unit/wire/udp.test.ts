import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  isUdpHeader,
  setUdpChecksum,
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_LENGTH,
  udpChecksum,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
  writeUdpHeader,
} from "../../../src/wire/udp.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

//                    from to   len  sum  payload
const QUERY = hex("   c001 0035 000d 1f2e 68656c6c6f");
const AT = 3;

// req: udp/UDP-1
test("the fields of a header", () => {
  const view = viewAt(QUERY, AT);
  assert.equal(udpSourcePort(view, AT), 49_153);
  assert.equal(udpDestinationPort(view, AT), 53);
  assert.equal(udpLength(view, AT), 13);
  assert.equal(udpChecksum(view, AT), 0x1f2e);
});

test("a datagram cut short is none", () => {
  assertRefusesCuts(isUdpHeader, QUERY);
});

// req: udp/UDP-2, udp/UDP-15
test("the length field: at least the header, at most what there is", () => {
  const rows: [octets: number, length: number, whole: boolean][] = [
    [8, 8, true], // no payload is legal
    [20, 8, true], // surplus area
    [20, 20, true],
    [20, 21, false],
    [20, 7, false],
    [20, 0, false],
    [20, 0xffff, false],
    [7, 7, false],
  ];
  for (const [octets, length, whole] of rows) {
    const view = viewAt(new Uint8Array(Math.max(octets, 8)), AT);
    view.setUint16(AT + 4, length);
    assert.equal(isUdpHeader(view, AT, AT + octets), whole, `${length} in ${octets}`);
  }
});

test("what is written is read back, with a checksum of 0 until it is set", () => {
  const octets = written(UDP_HEADER_LENGTH, (view, at) => {
    writeUdpHeader(view, at, 0xc001, 53, 13);
    setUdpChecksum(view, at, 0x1f2e);
  });
  assert.equal(toHex(octets), toHex(QUERY.subarray(0, 8)));
  const port = fc.nat(0xffff);
  fc.assert(
    fc.property(port, port, port, port, (source, destination, length, sum) => {
      const view = viewAt(new Uint8Array(8).fill(0xff), AT);
      writeUdpHeader(view, AT, source, destination, length);
      assert.equal(udpChecksum(view, AT), 0);
      view.setUint16(AT + UDP_CHECKSUM_OFFSET, sum);
      assert.deepEqual(
        [udpSourcePort, udpDestinationPort, udpLength, udpChecksum].map((read) => read(view, AT)),
        [source, destination, length, sum],
      );
    }),
  );
});

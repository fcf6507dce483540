import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum } from "../../../src/base/checksum.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import {
  type Datagram,
  datagramPseudoSum,
  expectedChecksum,
  formatAddresses,
  formatPorts,
  hex16,
  isVerifiable,
} from "../../../src/wire/pretty-datagram.ts";
import { octetsOf } from "./pretty-fixture.ts";

const source = IpAddress.v4(0x0a4d0001);
const destination = IpAddress.v4(0x0a4d0002);

function datagram(over: Partial<Datagram> = {}): Datagram {
  const octets = octetsOf("1388 4035 000c 0000 61626364");
  return {
    view: new DataView(octets.buffer),
    at: 0,
    end: octets.length,
    length: octets.length,
    source,
    destination,
    protocol: 17,
    fragmented: false,
    adjacent: true,
    ...over,
  };
}

test("ports stand behind their addresses, or alone behind extension headers", () => {
  assert.equal(formatPorts(datagram(), 5000, 53), "10.77.0.1.5000 > 10.77.0.2.53: ");
  assert.equal(formatPorts(datagram({ adjacent: false }), 5000, 53), "5000 > 53: ");
  assert.equal(formatAddresses(source, destination), "10.77.0.1 > 10.77.0.2: ");
});

test("a checksum can be verified when the message is whole and no fragment", () => {
  assert.equal(isVerifiable(datagram()), true);
  assert.equal(isVerifiable(datagram({ fragmented: true })), false);
  assert.equal(isVerifiable(datagram({ length: 13 })), false);
});

test("the expected checksum makes the sum right whatever stood in the field", () => {
  const octets = octetsOf("0800 dead 0001 0002 6162");
  const view = new DataView(octets.buffer);
  view.setUint16(2, expectedChecksum(view, { at: 0, end: octets.length }, 2));
  assert.equal(checksum(view, 0, octets.length), 0);
});

test("the pseudo-header sum holds both addresses, the protocol and the length", () => {
  assert.equal(datagramPseudoSum(datagram()), 2 * 0x0a4d + 1 + 2 + 17 + 12);
});

test("sixteen bits are four hex digits", () => {
  assert.equal(hex16(0xab), "0x00ab");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import {
  ARP_LENGTH,
  type ArpFields,
  ArpOperation,
  appendArp,
  arpOperation,
  arpSenderIp,
  arpSenderMac,
  arpTargetIp,
  arpTargetMac,
  isArp,
} from "../../../src/wire/arp.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { assertRefusesCuts, hex, toHex, viewAt } from "../../support/hex.ts";

//                     hw   proto hl pl op     sender mac    sender ip  target mac    target ip
const REQUEST = hex("  0001 0800  06 04 0001   02000000000a  0a4d0001   000000000000  0a4d0002");
const AT = 3;

// req: arp-nd/ARP-1
test("the fields of a request", () => {
  const view = viewAt(REQUEST, AT);
  assert.equal(arpOperation(view, AT), ArpOperation.REQUEST);
  assert.equal(arpSenderMac(view, AT).toString(), "02:00:00:00:00:0a");
  assert.equal(arpSenderIp(view, AT).toString(), "10.77.0.1");
  assert.equal(arpTargetMac(view, AT).toString(), "00:00:00:00:00:00");
  assert.equal(arpTargetIp(view, AT).toString(), "10.77.0.2");
});

test("a packet cut short is none; padding behind it is allowed", () => {
  assert.equal(REQUEST.length, ARP_LENGTH);
  assertRefusesCuts(isArp, REQUEST);
  const padded = new Uint8Array(46);
  padded.set(REQUEST);
  assert.equal(isArp(viewAt(padded), 0, padded.length), true);
});

test("other hardware, protocols and address lengths are refused", () => {
  const rows: [at: number, value: number, why: string][] = [
    [1, 6, "IEEE 802 hardware"],
    [0, 1, "hardware type 257"],
    [3, 0xdd, "protocol 0x08dd"],
    [2, 0x86, "protocol 0x8600"],
    [4, 0, "hardware address of 0 octets"],
    [4, 8, "hardware address of 8 octets"],
    [5, 0, "protocol address of 0 octets"],
    [5, 16, "protocol address of 16 octets"],
  ];
  for (const [at, value, why] of rows) {
    const octets = REQUEST.slice();
    octets[at] = value;
    assert.equal(isArp(viewAt(octets), 0, octets.length), false, why);
  }
});

test("appended field by field, the request is the same octet for octet", () => {
  const packet = new PacketBuffer(64);
  packet.reset(20);
  appendArp(packet, {
    operation: ArpOperation.REQUEST,
    senderMac: new MacAddress(0x0200, 0x0a),
    senderIp: IpAddress.v4(0x0a4d0001),
    targetMac: MacAddress.ZERO,
    targetIp: IpAddress.v4(0x0a4d0002),
  });
  assert.equal(toHex(packet.bytes.subarray(packet.start, packet.end)), toHex(REQUEST));
});

test("what is appended is read back", () => {
  const mac = fc
    .tuple(fc.nat(0xffff), fc.integer())
    .map(([high, low]) => new MacAddress(high, low));
  const ip = fc.integer().map(IpAddress.v4);
  const fields: fc.Arbitrary<ArpFields> = fc.record({
    operation: fc.nat(0xffff),
    senderMac: mac,
    senderIp: ip,
    targetMac: mac,
    targetIp: ip,
  });
  fc.assert(
    fc.property(fields, (expected) => {
      const packet = new PacketBuffer(64);
      packet.reset(20);
      appendArp(packet, expected);
      const { view, start, end } = packet;
      assert.ok(isArp(view, start, end));
      const read: ArpFields = {
        operation: arpOperation(view, start),
        senderMac: arpSenderMac(view, start),
        senderIp: arpSenderIp(view, start),
        targetMac: arpTargetMac(view, start),
        targetIp: arpTargetIp(view, start),
      };
      assert.deepEqual(read, { ...expected });
    }),
  );
});

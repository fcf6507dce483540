import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MacAddress } from "../../../src/base/mac-address.ts";
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  ethernetDestination,
  ethernetSource,
  ethernetType,
  isBroadcastFrame,
  isEthernetFrame,
  isFrameTo,
  isGroupFrame,
  prependEthernet,
} from "../../../src/wire/ethernet.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { assertRefusesCuts, hex, viewAt } from "../../support/hex.ts";

//                    destination    source         type
const HEADER = hex("  02005e10a001   52540012fe34   86dd");
const AT = 5;

test("the fields of a header", () => {
  const view = viewAt(HEADER, AT);
  assert.equal(ethernetDestination(view, AT).toString(), "02:00:5e:10:a0:01");
  assert.equal(ethernetSource(view, AT).toString(), "52:54:00:12:fe:34");
  assert.equal(ethernetType(view, AT), EtherType.IPV6);
});

test("a frame shorter than the header is none", () => {
  assert.equal(HEADER.length, ETHERNET_HEADER_LENGTH);
  assertRefusesCuts(isEthernetFrame, HEADER);
});

test("group, broadcast and own frames are told apart", () => {
  const own = new MacAddress(0x0200, 0x5e10a001);
  const rows: [destination: string, group: boolean, broadcast: boolean, toOwn: boolean][] = [
    ["02005e10a001", false, false, true],
    ["02005e10a002", false, false, false],
    ["02015e10a001", false, false, false],
    ["01005e0000fb", true, false, false],
    ["3333ff000001", true, false, false],
    ["ffffffffffff", true, true, false],
    ["fffffffffffe", true, false, false],
    ["feffffffffff", false, false, false],
    ["fffeffffffff", true, false, false],
  ];
  for (const [destination, group, broadcast, toOwn] of rows) {
    const view = viewAt(hex(`${destination} 525400000001 0800`), AT);
    assert.equal(isGroupFrame(view, AT), group, destination);
    assert.equal(isBroadcastFrame(view, AT), broadcast, destination);
    assert.equal(isFrameTo(view, AT, own), toOwn, destination);
  }
});

test("what is prepended is read back, and the payload stays where it is", () => {
  const mac = fc
    .tuple(fc.nat(0xffff), fc.integer())
    .map(([high, low]) => new MacAddress(high, low));
  fc.assert(
    fc.property(mac, mac, fc.nat(0xffff), (destination, source, type) => {
      const packet = new PacketBuffer(128);
      packet.reset(64);
      packet.end = 67;
      packet.bytes.set([1, 2, 3], 64);
      prependEthernet(packet, destination, source, type);
      assert.equal(packet.start, 64 - ETHERNET_HEADER_LENGTH);
      assert.ok(ethernetDestination(packet.view, packet.start).equals(destination));
      assert.ok(ethernetSource(packet.view, packet.start).equals(source));
      assert.equal(ethernetType(packet.view, packet.start), type);
      assert.ok(isFrameTo(packet.view, packet.start, destination));
      assert.deepEqual([...packet.bytes.subarray(64, packet.end)], [1, 2, 3]);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";

test("text and octets round-trip", () => {
  const mac = MacAddress.parse("02:Aa:0:ff:00:9") as MacAddress;
  assert.equal(mac.toString(), "02:aa:00:ff:00:09");
  const view = new DataView(new ArrayBuffer(8));
  mac.write(view, 1);
  assert.ok(MacAddress.read(view, 1).equals(mac));
  assert.ok((MacAddress.parse("02-aa-00-ff-00-09") as MacAddress).equals(mac));
});

test("group and broadcast addresses are told apart", () => {
  const rows: [text: string, multicast: boolean, broadcast: boolean][] = [
    ["ff:ff:ff:ff:ff:ff", true, true],
    ["01:00:5e:00:00:01", true, false],
    ["33:33:00:00:00:01", true, false],
    ["02:00:00:00:00:01", false, false],
    ["fe:ff:ff:ff:ff:ff", false, false],
  ];
  for (const [text, multicast, broadcast] of rows) {
    const mac = MacAddress.parse(text) as MacAddress;
    assert.equal(mac.isMulticast, multicast, text);
    assert.equal(mac.isBroadcast, broadcast, text);
  }
});

test("what is not six octets in hex is null", () => {
  for (const text of [
    "",
    "02:00:00:00:00",
    "02:00:00:00:00:00:00",
    "02:00:00:00:00:0g",
    "020000000000",
    "02:00:00:00:00:100",
  ]) {
    assert.equal(MacAddress.parse(text), null, text);
  }
});

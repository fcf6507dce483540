import assert from "node:assert/strict";
import { test } from "node:test";
import { destinationAddress, sourceAddress } from "../../../src/wire/packet-addresses.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

test("the addresses of a packet, each in its place", () => {
  const packet = Object.assign(new PacketBuffer(), {
    ...{ sourceA: 0x20010db8, sourceB: 1, sourceC: 2, sourceD: 3 },
    ...{ destinationA: 0, destinationB: 0, destinationC: 0xffff, destinationD: 0x0a4d0002 },
  });
  assert.equal(sourceAddress(packet).toString(), "2001:db8:0:1:0:2:0:3");
  assert.equal(destinationAddress(packet).toString(), "10.77.0.2");
});

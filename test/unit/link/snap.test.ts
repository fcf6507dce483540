import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapPayload } from "../../../src/link/snap.ts";
import { hex } from "../../support/hex.ts";
import { packetWith } from "../../support/network-parts.ts";

const HEADER = "aaaa03 000000 0800";

describe("snapPayload", () => {
  // req: arp-nd/ARP-13
  it("strips the headers and the padding", () => {
    const packet = packetWith(hex(`${HEADER} 45464748 0000`));
    const start = packet.start;
    assert.equal(snapPayload(packet, 12), 0x0800);
    assert.deepEqual([packet.start, packet.end], [start + 8, start + 12]);
  });

  const bad: [string, string, number][] = [
    ["a length beyond the frame", HEADER, 9],
    ["a length below the headers", HEADER, 7],
    ["an EtherType for a length", HEADER, 0x0801],
    ["another service access point", "aaab03 000000 0800", 8],
    ["another control field", "aaaa13 000000 0800", 8],
    ["another organization", "aaaa03 00000c 0800", 8],
    ["a length inside", "aaaa03 000000 0008", 8],
  ];
  for (const [what, octets, length] of bad) {
    it(`refuses ${what}`, () => {
      const packet = packetWith(hex(octets));
      const { start } = packet;
      assert.equal(snapPayload(packet, length), -1);
      assert.equal(packet.start, start);
    });
  }
});

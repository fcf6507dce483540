import assert from "node:assert/strict";
import { it } from "node:test";
import { promptSource } from "../../../src/link/prompt-source.ts";
import { ipFrame } from "../../support/frame-builders.ts";
import { FAMILIES } from "../../support/network-host.ts";
import { packetWith } from "../../support/network-parts.ts";

for (const { name, inward, peer } of FAMILIES) {
  it(`reads the source of an ${name} packet, and none of a cut one`, () => {
    const octets = ipFrame(inward, 253, new Uint8Array(3)).slice(14);
    assert.equal(promptSource(packetWith(octets))?.toString(), peer.toString());
    for (const length of [0, 1, 15, octets.length - 1]) {
      assert.equal(promptSource(packetWith(octets.slice(0, length))), null);
    }
  });
}

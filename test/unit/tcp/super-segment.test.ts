import assert from "node:assert/strict";
import { it } from "node:test";
import { superSegmentOctets } from "../../../src/tcp/super-segment.ts";
import { markUrgent } from "../../../src/tcp/urgent.ts";
import { openTcb, write } from "../../support/tcb-fixture.ts";

it("is one segment where the link splits none, else whole segments up to an IP packet", () => {
  for (const mss of [36, 536, 1448, 9000, 65_000]) {
    const plain = openTcb({ mss });
    assert.equal(superSegmentOctets(plain, mss, plain.sndNxt), mss);
    const tcb = openTcb({ mss, offload: true });
    const octets = superSegmentOctets(tcb, mss, tcb.sndNxt);
    assert.equal(octets % mss, 0);
    assert.ok(octets + 20 + 60 <= 65_535, `${octets} of ${mss}`);
    assert.ok(octets + mss > 65_535 - 80, "no more fits");
  }
});

it("is one segment while urgent data is ahead", () => {
  const tcb = openTcb({ offload: true });
  write(tcb, 5000);
  markUrgent(tcb);
  assert.equal(superSegmentOctets(tcb, 1000, tcb.sndNxt), 1000);
  assert.equal(superSegmentOctets(tcb, 1000, tcb.sendBuffer.end), 65_000);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../../src/base/random.ts";
import { Identification } from "../../../../src/ip/fragments/identification.ts";
import { ip, V4, V6 } from "../../../support/network-host.ts";

const toPeer = { source: V4.ours, destination: V4.peer };

describe("Identification", () => {
  // req: ip/FRAG-15
  it("counts for each source, destination and protocol by itself", () => {
    const subject = new Identification(new SeededRandom(1));
    const first = subject.next(toPeer, 17);
    const elsewhere = [
      subject.next({ ...toPeer, destination: V4.stranger }, 17),
      subject.next({ source: ip("10.77.0.3"), destination: V4.peer }, 17),
      subject.next(toPeer, 6),
      subject.next({ source: V6.ours, destination: V6.peer }, 17),
    ];
    assert.equal(subject.next(toPeer, 17), (first + 1) | 0);
    assert.equal(new Set([first, ...elsewhere]).size, 5);
  });

  // req: ip/FRAG-19
  it("sets aside as many as a super-segment has segments", () => {
    const subject = new Identification(new SeededRandom(1));
    const first = subject.next(toPeer, 6, 44);
    assert.equal(subject.next(toPeer, 6), (first + 44) | 0);
  });

  // req: ip/FRAG-20
  it("starts anywhere: every bit is one for about half of the destinations", () => {
    const subject = new Identification(new SeededRandom(2));
    const starts = Array.from({ length: 400 }, (_, i) =>
      subject.next({ ...toPeer, destination: ip(`192.0.2.${i & 255}`) }, i >> 8),
    );
    for (let bit = 0; bit < 32; bit++) {
      const ones = starts.filter((start) => start & (1 << bit)).length;
      assert.ok(ones > 140 && ones < 260, `bit ${bit}: ${ones}`);
    }
  });

  it("remembers a bounded number of destinations", () => {
    const subject = new Identification(new SeededRandom(3));
    const first = subject.next(toPeer, 17);
    for (let i = 0; i < 2000; i++)
      subject.next({ ...toPeer, destination: ip(`192.0.2.${i & 255}`) }, i >> 8);
    assert.notEqual(subject.next(toPeer, 17), (first + 1) | 0, "forgotten, and started anew");
  });
});

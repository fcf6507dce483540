import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../../src/base/counters.ts";
import { SeededRandom } from "../../../../src/base/random.ts";
import { DEFAULT_IP_CONFIG, type IpConfig } from "../../../../src/ip/config.ts";
import { HeaderFindings, type IpFamily } from "../../../../src/ip/family.ts";
import { Reassembly } from "../../../../src/ip/fragments/reassembly.ts";
import { Ipv4 } from "../../../../src/ip/v4.ts";
import { Ipv6 } from "../../../../src/ip/v6.ts";
import { fragmentFrame } from "../../../support/frame-builders.ts";
import { FAMILIES, type Family, ip, octets, V4, V6 } from "../../../support/network-host.ts";
import { ipPacket, testInterface } from "../../../support/network-ip.ts";

const eth1 = testInterface({ index: 1 });
const eth2 = testInterface({ index: 2 });

class Subject {
  readonly counters = new Counters();
  readonly expired: number[] = [];
  readonly reassembly: Reassembly;
  readonly #findings = new HeaderFindings();

  constructor(config: Partial<IpConfig> = {}) {
    this.reassembly = new Reassembly({
      config: { ...DEFAULT_IP_CONFIG, ...config },
      counters: this.counters,
      secureRandom: new SeededRandom(1),
      onTimeout: (packet) => this.expired.push(packet.end - packet.start),
    });
  }

  /** Adds one fragment; the length of the whole packet when there is one. */
  add(family: Family, frame: Uint8Array, now = 0, iface = eth1): number | string | null {
    const codec: IpFamily = family.isV6 ? new Ipv6() : new Ipv4();
    const packet = ipPacket(frame);
    assert.equal(codec.parse(packet), null);
    codec.walk(packet, this.#findings);
    const whole = this.reassembly.add(packet, this.#findings, { family: codec, iface }, now);
    if (whole === null) return this.#findings.drop;
    assert.equal(codec.parse(whole), null);
    assert.ok(whole.reassembled && !whole.checksumVerified);
    return whole.end - whole.transportAt;
  }
}

function fragment(
  family: Family,
  from: number,
  to: number,
  identification = 1,
  source = family.peer,
): Uint8Array {
  const ends = { ...family.inward, source };
  const shape = { offset: from, more: to < 64, identification };
  return fragmentFrame(ends, 253, octets(64).slice(from, to), shape);
}

for (const family of FAMILIES) {
  describe(`Reassembly of ${family.name}`, () => {
    it("gives the whole packet and everything it took", () => {
      const subject = new Subject();
      assert.equal(subject.add(family, fragment(family, 32, 64)), null);
      assert.ok(subject.reassembly.octets > 32 && subject.reassembly.size === 1);
      assert.equal(subject.add(family, fragment(family, 0, 32)), 64);
      assert.deepEqual([subject.reassembly.octets, subject.reassembly.size], [0, 0]);
      assert.equal(subject.reassembly.pollTimeout(), Infinity);
    });

    // req: ip/FRAG-5, ip/FRAG-6
    it("expires in the order in which datagrams began, showing first fragments as they came", () => {
      const subject = new Subject();
      subject.add(family, fragment(family, 0, 32, 1), 0);
      subject.add(family, fragment(family, 32, 64, 2), 10);
      subject.add(family, fragment(family, 0, 40, 3), 20);
      assert.equal(subject.reassembly.pollTimeout(), 60_000);
      subject.reassembly.handleTimeout(60_010);
      assert.equal(subject.expired.length, 1);
      assert.equal(subject.counters.dropped("fragment-timeout"), 2);
      subject.reassembly.handleTimeout(60_020);
      assert.deepEqual(
        subject.expired.map((length) => length - family.headerLength - (family.isV6 ? 8 : 0)),
        [32, 40],
      );
      assert.deepEqual(
        [subject.reassembly.octets, subject.reassembly.pollTimeout()],
        [0, Infinity],
      );
    });

    it("is silent about the end of a datagram that it refused", () => {
      const subject = new Subject();
      subject.add(family, fragment(family, 0, 32), 0);
      assert.equal(subject.add(family, fragment(family, 24, 40), 0), "fragment-overlap");
      subject.reassembly.handleTimeout(60_000);
      assert.deepEqual([subject.expired, subject.counters.dropped("fragment-timeout")], [[], 0]);
    });

    // req: ip/FRAG-11
    it("never takes more than it may, and counts who yields", () => {
      const subject = new Subject({ reassemblyOctets: 10_000 });
      for (let i = 0; i < 500; i++) {
        subject.add(family, fragment(family, 0, 32, i), i);
        assert.ok(subject.reassembly.octets <= 10_000);
      }
      const yielded = subject.counters.dropped("fragment-table-full");
      assert.equal(yielded, 500 - subject.reassembly.size);
      assert.equal(
        subject.add(family, fragment(family, 32, 64, 499), 500),
        64,
        "the newest are kept",
      );
    });

    it("finds datagrams again whose hashes collide", () => {
      const subject = new Subject();
      // Ten thousand keys in 2³² hashes seldom collide; all in one chain always do.
      for (let i = 0; i < 300; i++) subject.add(family, fragment(family, 0, 32, i));
      for (let i = 299; i >= 0; i -= 2)
        assert.equal(subject.add(family, fragment(family, 32, 64, i)), 64);
      for (let i = 0; i < 300; i += 2)
        assert.equal(subject.add(family, fragment(family, 32, 64, i)), 64);
    });
  });
}

describe("Reassembly", () => {
  it("keeps link-local senders of two links apart, and others together", () => {
    const subject = new Subject();
    const local = ip("fe80::2");
    subject.add(V6, fragment(V6, 0, 32, 1, local), 0, eth1);
    assert.equal(subject.add(V6, fragment(V6, 32, 64, 1, local), 0, eth2), null);
    assert.equal(subject.add(V6, fragment(V6, 32, 64, 1, local), 0, eth1), 64);
    subject.add(V4, fragment(V4, 0, 32), 0, eth1);
    assert.equal(subject.add(V4, fragment(V4, 32, 64), 0, eth2), 64);
  });
});

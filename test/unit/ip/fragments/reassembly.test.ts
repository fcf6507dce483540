import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../../src/base/counters.ts";
import { SeededRandom } from "../../../../src/base/random.ts";
import { SipHash } from "../../../../src/base/siphash.ts";
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

    it("finds each of many datagrams again", () => {
      const subject = new Subject();
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

describe("Reassembly of datagrams whose keys have one hash", () => {
  /** Two identifications that collide under the hash key of `Subject`; the birthday finds them. */
  function collision(): [number, number] {
    const random = new SeededRandom(1);
    const hash = new SipHash(Int32Array.from({ length: 4 }, () => random.int32()));
    const { peer, ours } = V6;
    const addresses = [peer.a, peer.b, peer.c, peer.d, ours.a, ours.b, ours.c, ours.d];
    const key = Int32Array.of(...addresses, 0, 0, 0);
    const seen = new Map<number, number>();
    for (let identification = 0; identification < 500_000; identification++) {
      key[8] = identification;
      const value = hash.hash(key);
      const other = seen.get(value);
      if (other !== undefined) return [other, identification];
      seen.set(value, identification);
    }
    return assert.fail("no collision");
  }

  const [a, b] = collision();
  const orders: [string, readonly [number, number]][] = [
    ["the later one first", [b, a]],
    ["the earlier one first", [a, b]],
  ];
  for (const [name, [first, second]] of orders) {
    it(`keeps them apart, and the one that is left when it completes ${name}`, () => {
      const subject = new Subject();
      for (const id of [a, b]) assert.equal(subject.add(V6, fragment(V6, 0, 32, id)), null);
      assert.equal(subject.reassembly.size, 2);
      assert.equal(subject.add(V6, fragment(V6, 32, 64, first)), 64);
      assert.equal(subject.reassembly.size, 1);
      // What was completed is not found again: the next datagram of that name begins anew.
      assert.equal(subject.add(V6, fragment(V6, 0, 32, first)), null);
      assert.equal(subject.add(V6, fragment(V6, 32, 64, second)), 64);
      assert.equal(subject.add(V6, fragment(V6, 32, 64, first)), 64);
      assert.deepEqual([subject.reassembly.size, subject.reassembly.octets], [0, 0]);
    });
  }

  it("lets each expire at its own time", () => {
    const subject = new Subject();
    subject.add(V6, fragment(V6, 0, 32, a), 0);
    subject.add(V6, fragment(V6, 0, 32, b), 10);
    subject.reassembly.handleTimeout(60_005);
    assert.deepEqual([subject.reassembly.size, subject.expired.length], [1, 1]);
    assert.equal(subject.add(V6, fragment(V6, 32, 64, b), 60_006), 64);
  });
});

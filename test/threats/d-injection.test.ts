/** Threats, part d: segments from somebody off the path, and numbers that can be guessed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IpAddress } from "../../src/base/ip-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { toSeq } from "../../src/base/seq.ts";
import { PortAllocator } from "../../src/stack/port-allocator.ts";
import { InitialSequence } from "../../src/tcp/initial-sequence.ts";
import { TcpState } from "../../src/tcp/state.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import { LINUX_SYN, MSS_SYN, RawPeer } from "../support/host-peer.ts";
import { HostWire } from "../support/host-wire.ts";
import { FAMILIES, ip } from "../support/network-host.ts";

const { ACK, RST, SYN } = TcpFlag;

function established(isV6: boolean, port = 40_000, wire = new HostWire()): RawPeer {
  if ([...wire.stack.tcp.listeners()].length === 0) wire.listen(80);
  const peer = new RawPeer(wire, { isV6, port });
  peer.handshake(MSS_SYN);
  wire.frames();
  return peer;
}

function stateOf(peer: RawPeer): TcpState | undefined {
  const flow = peer.wire.flows().find(({ remotePort }) => remotePort === peer.port);
  return flow?.connection.state;
}

for (const { isV6, name } of FAMILIES) {
  describe(`blind injection, ${name} (CVE-2004-0230; RFC 5961)`, () => {
    // req: tcp/BLIND-1, tcp/BLIND-2, tcp/BLIND-3
    test("a RST counts at the very next number alone", () => {
      const peer = established(isV6);
      const window = 65_535;
      for (const offset of [1, 2, 1000, window - 1, window, window + 1, 2 ** 31 - 1, -1, -1000]) {
        peer.send({ flags: RST, seq: toSeq(peer.seq + offset) });
        assert.equal(stateOf(peer), TcpState.ESTABLISHED, `${offset} off`);
        peer.wire.advance(2000);
      }
      peer.wire.frames();
      peer.send({ flags: RST, seq: peer.seq });
      assert.equal(stateOf(peer), undefined, "and there it does");
    });

    test("an attacker who tries a RST at every window does not get through", () => {
      const peer = established(isV6);
      // A window of 4 MB is never advertised without scaling; 65,535 is what this peer was told.
      for (let seq = 0; seq < 2 ** 32; seq += 65_535) {
        if (((seq - peer.seq) | 0) !== 0) peer.send({ flags: RST, seq: toSeq(seq) });
      }
      assert.equal(stateOf(peer), TcpState.ESTABLISHED);
      assert.ok(peer.takes().length <= 20, "and is hardly answered");
    });

    // req: tcp/BLIND-4
    test("a SYN at any number is answered with an ACK, and ends nothing", () => {
      const peer = established(isV6);
      for (const offset of [0, 1, 1000, 100_000, -1]) {
        peer.send({ flags: SYN, seq: toSeq(peer.seq + offset), options: MSS_SYN });
        const [answer] = peer.takes();
        assert.equal(answer?.flags, ACK);
        assert.equal(answer?.ack, toSeq(1001), "where we are");
        assert.equal(stateOf(peer), TcpState.ESTABLISHED);
        peer.wire.advance(2000);
      }
    });

    // req: tcp/BLIND-5
    test("data with an acknowledgment that cannot be is not taken", () => {
      const peer = established(isV6);
      const payload = new TextEncoder().encode("evil");
      for (const offset of [1, 70_000, 2 ** 31, -70_000, -(2 ** 30)]) {
        peer.send({ payload, seq: toSeq(1001), ack: toSeq(peer.ack + offset) });
        assert.equal(peer.wire.flows()[0]?.connection.readableOctets, 0, `${offset} off`);
      }
    });
  });
}

describe("challenge ACKs (CVE-2016-5696)", () => {
  /** How many of 100 provocations within a moment are answered. */
  const provoke = (peer: RawPeer): number => {
    for (let i = 0; i < 100; i++) peer.send({ flags: SYN });
    return peer.takes().length;
  };

  test("are limited for each connection by itself: one says nothing of another", () => {
    const one = established(false, 1);
    const other = established(false, 2, one.wire);
    const alone = provoke(other);
    one.wire.advance(5000);
    one.wire.frames();
    provoke(one);
    const after = provoke(other);
    assert.ok(alone >= 5 && alone < 20 && after >= 5 && after < 20, `${alone}, ${after}`);
  });

  test("are of a number that nobody can know", () => {
    const peer = established(false);
    const counts = new Set<number>();
    for (let second = 0; second < 40; second++) {
      counts.add(provoke(peer));
      peer.wire.advance(1100);
      peer.wire.frames();
    }
    assert.ok(counts.size >= 4, `always ${[...counts]}`);
  });
});

/** Bits that an outsider sees: are they as unpredictable as coin tosses? */
function assertUnpredictable(words: readonly number[], what: string): void {
  for (let bit = 0; bit < 32; bit++) {
    let ones = 0;
    let repeats = 0;
    for (const [index, word] of words.entries()) {
      const value = (word >>> bit) & 1;
      ones += value;
      if (index > 0 && value === (((words[index - 1] ?? 0) >>> bit) & 1)) repeats++;
    }
    const fiveSigma = 2.5 * Math.sqrt(words.length);
    assert.ok(
      Math.abs(ones - words.length / 2) < fiveSigma,
      `${what}: bit ${bit} is ${ones} times 1`,
    );
    assert.ok(
      Math.abs(repeats - words.length / 2) < fiveSigma,
      `${what}: bit ${bit} follows itself`,
    );
  }
  // A linear generator shows in the rank of its output over GF(2) (NUMBER:JACK).
  assert.ok(rank(words, 0, 32) >= 31 && rank(words, 5000, 32) >= 31, `${what}: linear`);
  const deltas = new Set(words.slice(1).map((word, index) => (word - (words[index] ?? 0)) | 0));
  assert.ok(deltas.size > 0.99 * words.length, `${what}: steps repeat`);
}

/** Rank over GF(2) of consecutive differences, 64 rows of 32 bits. */
function rank(words: readonly number[], from: number, columns: number): number {
  const rows = Array.from(
    { length: 64 },
    (_, i) => (words[from + i] ?? 0) ^ (words[from + i + 1] ?? 0),
  );
  let found = 0;
  for (let column = 0; column < columns; column++) {
    const pivot = rows.findIndex((row, index) => index >= found && (row >>> column) & 1);
    if (pivot < 0) continue;
    [rows[found], rows[pivot]] = [rows[pivot] ?? 0, rows[found] ?? 0];
    for (let row = 0; row < rows.length; row++) {
      if (row !== found && ((rows[row] ?? 0) >>> column) & 1)
        rows[row] = (rows[row] ?? 0) ^ (rows[found] ?? 0);
    }
    found++;
  }
  return found;
}

describe("initial sequence numbers (NUMBER:JACK, INFRA:HALT)", () => {
  const TUPLES = 100_000;
  const local = ip("10.77.0.1");

  test(`of ${TUPLES} connections tell nothing of each other`, () => {
    const sequence = new InitialSequence(new SeededRandom(1));
    const ports = Array.from({ length: TUPLES }, (_, i) =>
      sequence.isn(local, 80, IpAddress.v4(0x0a4d0002 + (i >> 15)), 1 + (i & 0x7fff), 0),
    );
    assertUnpredictable(ports, "by port");
    const addresses = Array.from({ length: TUPLES }, (_, i) =>
      sequence.isn(local, 80, new IpAddress(0xfd770000 | 0, 0, i, 7), 40_000, 0),
    );
    assertUnpredictable(addresses, "by address");
  });

  test("of one 4-tuple rise with time, by 4 µs each", () => {
    const sequence = new InitialSequence(new SeededRandom(2));
    const at = (now: number): number => sequence.isn(local, 80, ip("10.77.0.2"), 5, now);
    assert.equal((at(1000) - at(0)) | 0, 250_000);
    assert.equal((at(60_000) - at(59_999)) | 0, 250);
    const wrapped = 2 ** 32 / 250;
    assert.equal((at(wrapped + 1) - at(wrapped)) | 0, 250, "through the wrap of the clock");
  });

  test("of two hosts have nothing in common, though their programs are the same", () => {
    const isns = [1, 2, 3].map((seed) =>
      new InitialSequence(new SeededRandom(seed)).isn(local, 80, ip("10.77.0.2"), 5, 0),
    );
    assert.equal(new Set(isns).size, 3);
  });

  test("timestamps of connections do not tell the host's clock, and go on for a 4-tuple", () => {
    const wire = new HostWire({ now: 1_000_000 });
    wire.listen(80);
    const values = [1, 2, 3, 4].map((port) => {
      const synAck = new RawPeer(wire, { port }).handshake(LINUX_SYN);
      return synAck.timestamps?.[0] ?? 0;
    });
    const clocks = values.map((value) => Math.abs(value - wire.now));
    assert.ok(clocks.every((difference) => difference > 1000));
    assert.equal(new Set(values.map((value) => value >> 16)).size, 4);
  });
});

describe("ports and identifications that outsiders may not foresee", () => {
  test("ephemeral ports are spread over the range, and never step by step (RFC 6056)", () => {
    const allocator = new PortAllocator(new SeededRandom(3));
    const spec = {
      port: 0,
      address: ip("10.77.0.1"),
      v6Only: false,
      interfaceIndex: 0,
      reuseAddress: false,
      reusePort: false,
    };
    const ports = Array.from({ length: 5000 }, () => {
      const reservation = allocator.reserveForConnect(spec, () => false);
      assert.ok(typeof reservation === "object");
      return reservation.port;
    });
    const steps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));
    assert.ok(steps.filter((step) => Math.abs(step) <= 2).length < 20, "neighbours");
    const quarters = [0, 0, 0, 0];
    for (const port of ports) quarters[Math.floor(((port - 32_768) * 4) / 28_232)]!++;
    assert.ok(
      quarters.every((count) => count > 1100 && count < 1400),
      `${quarters}`,
    );
  });

  test("identifications towards one peer say nothing of those towards another (CVE-2020-36516 class)", () => {
    const wire = new HostWire();
    wire.listen(80);
    const identifications = (source: string): number[] => {
      const address = ip(source);
      wire.stack.network.setNeighbor(wire.iface, address, new RawPeer(wire).ends.sourceMac, 0);
      return Array.from({ length: 20 }, (_, i) => {
        new RawPeer(wire, { source: address, port: 1 + i }).send({ flags: SYN });
        const [frame] = wire.frames();
        assert.ok(frame);
        return new DataView(frame.buffer).getUint16(18);
      });
    };
    const [one, other] = [identifications("10.77.0.3"), identifications("10.77.0.4")];
    // TCP sets DF, so that the field means nothing (RFC 6864): 0, or unrelated to the other peer's.
    const isZero = [...one, ...other].every((value) => value === 0);
    assert.ok(isZero || !other.some((value) => one.includes(value)));
  });
});

import assert from "node:assert/strict";
import { checksum, checksumAdd, checksumFinish } from "../../src/base/checksum.ts";
import { Counters } from "../../src/base/counters.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { randomBelow, randomFraction, SeededRandom } from "../../src/base/random.ts";
import { type Seq, seqToUnsigned, toSeq } from "../../src/base/seq.ts";
import { DEFAULT_TCP_CONFIG, type TcpConfig } from "../../src/tcp/config.ts";
import { TcpConnection } from "../../src/tcp/connection.ts";
import type { TcpPath } from "../../src/tcp/path.ts";
import { TcpScratch } from "../../src/tcp/scratch.ts";
import { isSegmentChecksumValid, parseSegmentInto, Segment } from "../../src/tcp/segment.ts";
import { defaultTcpSettings, type TcpSettings } from "../../src/tcp/settings.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";

/** What a link between two connections does to segments. */
export interface LinkOptions {
  /** One way, ms. */
  latencyMs: number;
  /** Share of segments lost, 0 … 1. */
  loss: number;
  /** Share of segments that arrive up to `reorderMs` late. */
  reorder: number;
  reorderMs: number;
  /** Share of segments that arrive twice. */
  duplicate: number;
  seed: number;
  mtu: number;
  /** Super-segments are sent, and arrive whole. */
  offload: boolean;
  /** Says of each segment whether it is lost; has the last word. */
  drop: (seen: SeenSegment) => boolean;
  config: Partial<TcpConfig>;
  settings: Partial<TcpSettings>;
  /** Initial sequence numbers. */
  issA: number;
  issB: number;
}

/** A segment as it was seen on the link, numbers relative to the initial ones. */
export interface SeenSegment {
  readonly at: number;
  readonly from: "a" | "b";
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly length: number;
  /** Pairs of edges. */
  readonly sack: readonly number[];
}

interface Flying {
  arrivesAt: number;
  order: number;
  to: Side;
  octets: Uint8Array;
  gsoSize: number;
}

/** One end: a connection and the path it believes in. */
export class Side {
  readonly name: "a" | "b";
  readonly path: { -readonly [K in keyof TcpPath]: TcpPath[K] };
  readonly settings: TcpSettings;
  connection: TcpConnection;
  /** All events ever taken. */
  events = 0;

  constructor(name: "a" | "b", path: TcpPath, settings: TcpSettings, connection: TcpConnection) {
    this.name = name;
    this.path = path;
    this.settings = settings;
    this.connection = connection;
  }
}

/** Two connections, a link, and the time, which only `drive` moves. */
export class TcpPair {
  readonly options: LinkOptions;
  readonly config: TcpConfig;
  readonly counters: Counters = new Counters();
  readonly a: Side;
  readonly b: Side;
  /** Everything that was sent, lost or not. */
  readonly seen: SeenSegment[] = [];
  now = 1000;
  readonly #random: SeededRandom;
  readonly #scratch = new TcpScratch();
  readonly #packet = new PacketBuffer();
  readonly #arriving = new PacketBuffer();
  readonly #segment = new Segment();
  #flying: Flying[] = [];
  #order = 0;
  #isPassive = false;

  constructor(options: LinkOptions) {
    this.options = options;
    this.config = { ...DEFAULT_TCP_CONFIG, ...options.config };
    this.#random = new SeededRandom(options.seed);
    this.a = this.#side("a", options.issA);
    this.b = this.#side("b", options.issB);
  }

  /** `b` waits like a listener, `a` opens. */
  connect(): this {
    this.#isPassive = true;
    this.a.connection.open(this.now);
    this.drive(() => this.a.connection.state === 1 && this.b.connection.state === 1);
    assert.equal(this.a.connection.state, 1, "a is established");
    assert.equal(this.b.connection.state, 1, "b is established");
    return this;
  }

  /** Lets a SYN open `b`, without opening `a` yet. */
  listen(): this {
    this.#isPassive = true;
    return this;
  }

  /**
   * Moves segments and time until `until` holds, nothing is left to happen, or
   * `maxMs` have passed. Returns whether `until` held.
   */
  drive(until: () => boolean = () => false, maxMs = 600_000): boolean {
    const end = this.now + maxMs;
    for (;;) {
      this.#transmit(this.a);
      this.#transmit(this.b);
      if (until()) return true;
      // `until` may read and write.
      this.#transmit(this.a);
      this.#transmit(this.b);
      const next = this.#nextEvent();
      if (next > end) {
        if (Number.isFinite(end) && next !== Infinity) this.now = end;
        return false;
      }
      this.now = Math.max(this.now, next);
      this.#deliverDue();
      for (const side of [this.a, this.b]) {
        if (side.connection.pollTimeout() <= this.now) side.connection.handleTimeout(this.now);
      }
    }
  }

  /** Lets `ms` pass. */
  pass(ms: number): void {
    const end = this.now + ms;
    this.drive(() => false, ms);
    this.now = end;
  }

  /** Hands a segment that nobody sent to `side`. */
  inject(side: Side, octets: Uint8Array): void {
    this.#arrive(side, octets, 0);
  }

  /** What `from` has sent since the last call, as short lines. */
  takeSeen(from?: "a" | "b"): SeenSegment[] {
    const all = this.seen.splice(0);
    return from === undefined ? all : all.filter((segment) => segment.from === from);
  }

  #side(name: "a" | "b", iss: number): Side {
    const path = {
      mtu: this.options.mtu,
      linkMtu: this.options.mtu,
      ipHeaderLength: 20,
      pseudoHeaderSum: PSEUDO_HEADER_SUM,
      segmentationOffload: this.options.offload,
      isV6: false,
      confirm: () => {},
      advise: () => {},
    };
    const settings = { ...defaultTcpSettings(this.config), ...this.options.settings };
    const isA = name === "a";
    const connection = new TcpConnection({
      id: isA ? 1 : 2,
      localAddress: isA ? ADDRESS_A : ADDRESS_B,
      localPort: isA ? 40_000 : 80,
      remoteAddress: isA ? ADDRESS_B : ADDRESS_A,
      remotePort: isA ? 80 : 40_000,
      path,
      config: this.config,
      settings,
      iss: toSeq(iss),
      timestampOffset: isA ? 7_000_000 : -9_000_000,
      counters: this.counters,
      random: this.#random,
      scratch: this.#scratch,
    });
    return new Side(name, path, settings, connection);
  }

  #nextEvent(): number {
    let next = Math.min(this.a.connection.pollTimeout(), this.b.connection.pollTimeout());
    for (const { arrivesAt } of this.#flying) next = Math.min(next, arrivesAt);
    return next;
  }

  #transmit(side: Side): void {
    const packet = this.#packet;
    let budget = 100_000;
    while (side.connection.pollTransmit(packet, this.now)) {
      assert.ok(budget-- > 0, "output comes to an end");
      assert.ok(
        packet.gsoSize > 0 || packet.length + 20 <= side.path.mtu,
        "a segment fits the path",
      );
      finishChecksum(packet);
      this.#launch(side, packet.bytes.slice(packet.start, packet.end), packet.gsoSize);
    }
    side.events |= side.connection.takeEvents();
  }

  #launch(from: Side, octets: Uint8Array, gsoSize: number): void {
    const { options } = this;
    const seen = this.#describe(from, octets);
    this.seen.push(seen);
    const isLost = randomFraction(this.#random) < options.loss;
    const isLate = randomFraction(this.#random) < options.reorder;
    const isDouble = randomFraction(this.#random) < options.duplicate;
    const late = isLate ? randomBelow(this.#random, options.reorderMs) : 0;
    if (options.drop(seen) || isLost) return;
    const arrivesAt = this.now + options.latencyMs + late;
    const to = from === this.a ? this.b : this.a;
    this.#flying.push({ arrivesAt, order: this.#order++, to, octets, gsoSize });
    if (isDouble) this.#flying.push({ arrivesAt, order: this.#order++, to, octets, gsoSize });
  }

  #deliverDue(): void {
    const due = this.#flying.filter(({ arrivesAt }) => arrivesAt <= this.now);
    this.#flying = this.#flying.filter(({ arrivesAt }) => arrivesAt > this.now);
    due.sort((x, y) => x.arrivesAt - y.arrivesAt || x.order - y.order);
    for (const { to, octets, gsoSize } of due) this.#arrive(to, octets, gsoSize);
  }

  #arrive(side: Side, octets: Uint8Array, gsoSize: number): void {
    const packet = this.#arriving;
    packet.reset();
    packet.bytes.set(octets, packet.start);
    packet.end = packet.start + octets.length;
    packet.gsoSize = gsoSize;
    assert.ok(parseSegmentInto(this.#segment, packet), "a segment of ours can be read");
    assert.ok(isSegmentChecksumValid(packet, PSEUDO_HEADER_SUM), "its checksum is right");
    const { connection } = side;
    const opens = this.#isPassive && side.name === "b" && connection.state === 7;
    if (opens && this.#segment.flags === TcpFlag.SYN && side.events === 0) {
      connection.openPassive(this.#segment, packet, this.now);
    } else {
      connection.handleSegment(this.#segment, packet, this.now);
    }
  }

  #describe(from: Side, octets: Uint8Array): SeenSegment {
    const packet = this.#arriving;
    packet.reset();
    packet.bytes.set(octets, packet.start);
    packet.end = packet.start + octets.length;
    const segment = this.#segment;
    assert.ok(parseSegmentInto(segment, packet));
    const own = from === this.a ? this.options.issA : this.options.issB;
    const other = from === this.a ? this.options.issB : this.options.issA;
    const relative = (seq: Seq, to: number): number => seqToUnsigned(toSeq(seq - to));
    const sack = [...segment.sackEdges.slice(0, segment.sackCount * 2)];
    return {
      at: this.now,
      from: from.name,
      flags: flagNames(segment.flags),
      seq: relative(segment.seq, own),
      ack: segment.has(TcpFlag.ACK) ? relative(segment.ack, other) : 0,
      window: segment.window,
      length: segment.payloadLength,
      sack: sack.map((edge) => relative(toSeq(edge), other)),
    };
  }
}

/** Two fresh connections and a link without faults, or with those named. */
export function pair(options: Partial<LinkOptions> = {}): TcpPair {
  return new TcpPair({
    latencyMs: 10,
    loss: 0,
    reorder: 0,
    reorderMs: 5,
    duplicate: 0,
    seed: 1,
    mtu: 1500,
    offload: false,
    drop: () => false,
    config: {},
    settings: {},
    issA: 1_000_000,
    issB: 0x7fff_0000,
    ...options,
  });
}

/**
 * Sends `octets` octets from `from` to `to`, then FIN; reads them all and
 * checks each. Fails with the seed when it does not come to an end.
 */
export function transfer(link: TcpPair, from: Side, to: Side, octets: number): void {
  const chunk = new Uint8Array(16_384);
  const into = new Uint8Array(16_384);
  let sent = 0;
  let received = 0;
  const done = link.drive(() => {
    while (sent < octets) {
      const length = Math.min(chunk.length, octets - sent);
      for (let at = 0; at < length; at++) chunk[at] = patternAt(sent + at);
      const taken = from.connection.send(chunk, 0, length);
      if (taken <= 0) break;
      sent += taken;
      if (sent === octets) from.connection.shutdownSend();
    }
    for (;;) {
      const read = to.connection.receive(into, 0, into.length);
      if (read === 0) return received === octets;
      if (read < 0) return false;
      for (let at = 0; at < read; at++) {
        if (into[at] !== patternAt(received + at)) assert.fail(`octet ${received + at} is wrong`);
      }
      received += read;
    }
  }, 3_600_000);
  assert.ok(done, `seed ${link.options.seed}: ${received} of ${octets} octets arrived`);
}

/** The same octet at the same place of every stream, without a short period. */
export function patternAt(at: number): number {
  return (Math.imul(at, 0x9e3779b1) >>> 13) & 0xff;
}

const ADDRESS_A = IpAddress.v4(0x0a000001);
const ADDRESS_B = IpAddress.v4(0x0a000002);
const PSEUDO_HEADER_SUM = 0x0a00 + 1 + 0x0a00 + 2 + 6;

function finishChecksum(packet: PacketBuffer): void {
  const { view, start, end, checksumStart, checksumOffset } = packet;
  assert.equal(checksumStart, start);
  const at = checksumStart + checksumOffset;
  assert.equal(
    checksumFinish(view.getUint16(at)),
    checksumFinish(PSEUDO_HEADER_SUM + end - start),
    "the field holds the pseudo-header's sum",
  );
  view.setUint16(at, checksum(view, checksumStart, end));
  assert.equal(checksumFinish(checksumAdd(PSEUDO_HEADER_SUM + end - start, view, start, end)), 0);
}

function flagNames(flags: number): string {
  const names = [
    [TcpFlag.FIN, "F"],
    [TcpFlag.SYN, "S"],
    [TcpFlag.RST, "R"],
    [TcpFlag.PSH, "P"],
    [TcpFlag.URG, "U"],
    [TcpFlag.ACK, "."],
  ] as const;
  return names.map(([flag, name]) => ((flags & flag) !== 0 ? name : "")).join("");
}

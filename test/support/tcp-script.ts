import assert from "node:assert/strict";
import { checksumAdd, checksumFinish } from "../../src/base/checksum.ts";
import { Counters } from "../../src/base/counters.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { toSeq } from "../../src/base/seq.ts";
import { DEFAULT_TCP_CONFIG, type TcpConfig } from "../../src/tcp/config.ts";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { TcpScratch } from "../../src/tcp/scratch.ts";
import { isSegmentChecksumValid, parseSegmentInto, Segment } from "../../src/tcp/segment.ts";
import { defaultTcpSettings, type TcpSettings } from "../../src/tcp/settings.ts";
import { TcpEvent } from "../../src/tcp/tcp-event.ts";
import { stateName } from "../../src/tcp/transition.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  decodeSegment,
  describeSegment,
  differences,
  type Encoding,
  encodeSegment,
  type SegmentPattern,
  type SentSegment,
  segmentLength,
  streamOctets,
} from "./tcp-segment.ts";
import { ScriptPath, type TcpWorld } from "./tcp-world.ts";

export interface ScriptOptions {
  readonly config?: Partial<TcpConfig>;
  readonly settings?: Partial<TcpSettings>;
}

const LOCAL_PORT = 8080;
const REMOTE_PORT = 40_000;
const TIMESTAMP_OFFSET = 0x7ffff000;
const PEER_CLOCK = 0x7fffff00;

/**
 * One connection against a scripted peer, on a virtual clock. Sequence numbers
 * count from each side's SYN, which is 0. What the connection sends is expected
 * segment by segment; a segment nobody expects fails the test at the next step.
 */
export class TcpScript {
  readonly world: TcpWorld;
  readonly path: ScriptPath;
  readonly config: TcpConfig;
  readonly settings: TcpSettings;
  readonly counters: Counters = new Counters();
  readonly connection: TcpConnection;
  now = 0;
  /** Octets handed to `send` and taken by it; read by `receive`. */
  written = 0;
  read = 0;
  /** The next number of each side: what a segment that names none has. */
  peerNext = 0;
  localNext = 0;
  /** Window field of injected segments that name none. */
  peerWindow = 0xffff;
  /** Injected segments carry timestamps: set by the handshake. */
  usesTimestamps = false;
  lastTimestamp = 0;
  /** `retransmit` reports of the observer, as `kind seq`. */
  readonly retransmissions: string[] = [];
  readonly #fromPeer: Encoding;
  readonly #toPeer: Encoding;
  readonly #sent: SentSegment[] = [];
  readonly #segment = new Segment();
  readonly #packet = new PacketBuffer();
  #epoch = 0;
  #events = 0;

  constructor(world: TcpWorld, options: ScriptOptions = {}) {
    this.world = world;
    this.path = new ScriptPath(world);
    this.config = { ...DEFAULT_TCP_CONFIG, congestionControl: "reno", ...options.config };
    this.settings = { ...defaultTcpSettings(this.config), ...options.settings };
    this.counters.observer = {
      tcpRetransmit: (_connection, seq, _octets, kind) => {
        this.retransmissions.push(`${kind} ${(seq - world.iss) | 0}`);
      },
    };
    const { pseudoHeaderSum } = this.path;
    const { iss, irs } = world;
    const ports = { sourcePort: REMOTE_PORT, destinationPort: LOCAL_PORT };
    this.#fromPeer = { ...ports, seqOrigin: irs, ackOrigin: iss, pseudoHeaderSum };
    this.#toPeer = { ...ports, seqOrigin: iss, ackOrigin: irs, pseudoHeaderSum };
    this.connection = new TcpConnection({
      id: 1,
      localAddress: world.local,
      localPort: LOCAL_PORT,
      remoteAddress: world.remote,
      remotePort: REMOTE_PORT,
      path: this.path,
      config: this.config,
      settings: this.settings,
      iss: toSeq(iss),
      timestampOffset: TIMESTAMP_OFFSET,
      counters: this.counters,
      random: new SeededRandom(1),
      scratch: new TcpScratch(),
    });
  }

  // ---- the application

  open(): void {
    this.#step(() => this.connection.open(this.now));
  }

  /** Offers `octets` of the stream; returns how many were taken, or a negative errno. */
  send(octets: number): number {
    return this.#step(() => {
      const bytes = streamOctets(this.written + 1, octets);
      const taken = this.connection.send(bytes, 0, octets);
      if (taken > 0) this.written += taken;
      return taken;
    });
  }

  /** Reads up to `octets`, checks that they are the peer's stream; their number, 0 at its end, or a negative errno. */
  receive(octets = 1 << 20): number {
    return this.#step(() => {
      const into = new Uint8Array(octets);
      const count = this.connection.receive(into, 0, octets);
      if (count > 0) {
        assert.deepEqual(into.subarray(0, count), streamOctets(this.read + 1, count), "the stream");
        this.read += count;
      }
      return count;
    });
  }

  close(): void {
    this.#step(() => this.connection.close(this.now));
  }

  abort(): void {
    this.#step(() => this.connection.abort());
  }

  shutdownSend(): void {
    this.#step(() => this.connection.shutdownSend());
  }

  shutdownReceive(): void {
    this.#step(() => this.connection.shutdownReceive());
  }

  /** Anything else done to the connection. */
  does<T>(action: (connection: TcpConnection, now: number) => T): T {
    return this.#step(() => action(this.connection, this.now));
  }

  get state(): string {
    return stateName(this.connection.state);
  }

  expectsState(state: string): void {
    assert.equal(this.state, state);
  }

  /** Names of the events since the last call, in order of their bits. */
  events(): string[] {
    this.#events |= this.connection.takeEvents();
    const names = Object.entries(TcpEvent).filter(([, bit]) => (this.#events & bit) !== 0);
    this.#events = 0;
    return names.map(([name]) => name);
  }

  // ---- the peer

  /** A SYN comes in while we listen. */
  injectsToListener(pattern: SegmentPattern): void {
    this.#inject(pattern, (packet) => this.connection.openPassive(this.#segment, packet, this.now));
  }

  /** Segments arrive, one after the other, each answered before the next. */
  injects(...patterns: SegmentPattern[]): void {
    for (const pattern of patterns) {
      this.#inject(pattern, (packet) =>
        this.connection.handleSegment(this.#segment, packet, this.now),
      );
    }
  }

  /** Segments arrive in one batch: all are handled before anything is sent. */
  injectsTogether(...patterns: SegmentPattern[]): void {
    this.#step(() => {
      for (const pattern of patterns) {
        this.#arrive(pattern, (packet) =>
          this.connection.handleSegment(this.#segment, packet, this.now),
        );
      }
    });
  }

  /** Asks whether a segment may end TIME-WAIT and open anew; nothing is handled. */
  offersReuse(pattern: SegmentPattern): boolean {
    let answer = false;
    this.#inject(pattern, () => {
      answer = this.connection.mayReuseTimeWait(this.#segment, this.now);
    });
    return answer;
  }

  /** The next segments sent are these. */
  expects(...patterns: SegmentPattern[]): void {
    for (const pattern of patterns) {
      const sent = this.#sent.shift();
      assert.ok(sent, `${this.#when()} nothing was sent, expected ${describeSegment(pattern)}`);
      const wrong = differences(sent, pattern);
      assert.ok(
        wrong.length === 0,
        `${this.#when(sent.at)} sent ${describeSegment(sent)}: ${wrong.join("; ")}`,
      );
    }
  }

  /** Data `[from, to)` is sent, in segments of `size` but for the last. */
  expectsData(from: number, to: number, size = 1000): void {
    for (let seq = from; seq < to; seq += size) {
      this.expects({ flags: "A", seq, length: Math.min(size, to - seq) });
    }
  }

  /** Takes the next segment sent, for what a pattern cannot say. */
  takes(): SentSegment {
    const sent = this.#sent.shift();
    assert.ok(sent, `${this.#when()} nothing was sent`);
    return sent;
  }

  takesAll(): SentSegment[] {
    return this.#sent.splice(0);
  }

  /** Nothing was sent that is not expected yet. */
  expectsNothing(): void {
    const sent = this.#sent[0];
    assert.ok(!sent, sent && `${this.#when(sent.at)} sent ${describeSegment(sent)}, unexpected`);
  }

  // ---- time

  /** From now on `at` counts from here. */
  startsClock(): void {
    this.#epoch = this.now;
  }

  /** Milliseconds since `startsClock`. */
  get elapsed(): number {
    return this.now - this.#epoch;
  }

  /** Lets time pass until `ms`; nothing may be sent before. Timers that are due then have run. */
  at(ms: number): void {
    const target = this.#epoch + ms;
    assert.ok(target >= this.now, `${ms} ms has passed`);
    this.expectsNothing();
    for (let deadline = this.#deadline(); deadline <= target; deadline = this.#deadline()) {
      if (deadline > this.now) this.expectsNothing();
      this.#expire(deadline);
    }
    if (target > this.now) this.expectsNothing();
    this.now = target;
  }

  after(ms: number): void {
    this.at(this.elapsed + ms);
  }

  /** A late clock: `ms` pass without a timer being looked at, then all that is due runs at once. */
  oversleeps(ms: number): void {
    this.expectsNothing();
    this.now += ms;
    if (this.#deadline() <= this.now) this.#expire(this.now);
  }

  /** Lets time pass until something is sent, `within` ms at most; returns how long it took. */
  waits(within: number): number {
    this.expectsNothing();
    const start = this.now;
    while (this.#sent.length === 0) {
      const deadline = this.#deadline();
      assert.ok(deadline <= start + within, `${this.#when()} nothing is sent within ${within} ms`);
      this.#expire(deadline);
    }
    return this.now - start;
  }

  /** Lets `ms` pass, whatever is sent meanwhile; returns it. */
  passes(ms: number): SentSegment[] {
    this.expectsNothing();
    const target = this.now + ms;
    for (let deadline = this.#deadline(); deadline <= target; deadline = this.#deadline()) {
      this.#expire(deadline);
    }
    this.now = target;
    return this.takesAll();
  }

  /** Nothing is due any more. */
  expectsNoTimer(): void {
    assert.equal(this.connection.pollTimeout(), Number.POSITIVE_INFINITY);
  }

  // ---- how it works

  #inject(pattern: SegmentPattern, handle: (packet: PacketBuffer) => void): void {
    this.#step(() => this.#arrive(pattern, handle));
  }

  #arrive(pattern: SegmentPattern, handle: (packet: PacketBuffer) => void): void {
    const whole = this.#complete(pattern);
    const packet = encodeSegment(whole, this.#fromPeer);
    assert.ok(parseSegmentInto(this.#segment, packet));
    assert.ok(isSegmentChecksumValid(packet, this.#fromPeer.pseudoHeaderSum));
    const { seq = 0, length = 0, flags } = whole;
    if (seq === this.peerNext) this.peerNext = seq + segmentLength(flags, length);
    handle(packet);
  }

  /** Fills in what the script left out. */
  #complete(pattern: SegmentPattern): SegmentPattern {
    const whole = { seq: this.peerNext, window: this.peerWindow, ...pattern };
    const { flags } = pattern;
    if (flags.includes("A") && pattern.ack === undefined) whole.ack = this.localNext;
    if (this.usesTimestamps && pattern.timestamps === undefined && !flags.includes("R")) {
      whole.timestamps = [this.peerClock(), flags.includes("A") ? this.lastTimestamp : 0];
    }
    return whole;
  }

  /** The peer's timestamp clock. */
  peerClock(): number {
    return (PEER_CLOCK + Math.floor(this.now)) | 0;
  }

  #step<T>(action: () => T): T {
    this.expectsNothing();
    const result = action();
    this.#transmit();
    return result;
  }

  #deadline(): number {
    return this.connection.pollTimeout();
  }

  #expire(deadline: number): void {
    this.now = Math.max(this.now, deadline);
    this.connection.handleTimeout(this.now);
    this.#transmit();
    assert.ok(this.#deadline() > this.now, `${this.#when()} a deadline is met and stays`);
  }

  #transmit(): void {
    const packet = this.#packet;
    for (let count = 0; this.connection.wantsTransmit; count++) {
      assert.ok(count < 10_000, "sends without end");
      packet.reset();
      if (!this.connection.pollTransmit(packet, this.now)) break;
      this.#record(packet);
    }
    packet.reset();
    assert.ok(!this.connection.pollTransmit(packet, this.now), "sends without wanting to");
    this.#events |= this.connection.takeEvents();
  }

  /** Every segment is checked for what is true of all of them. */
  #record(packet: PacketBuffer): void {
    this.#checkChecksum(packet);
    const sent = decodeSegment(packet, this.#toPeer, this.now);
    const { seq, length, flags, payload } = sent;
    const streamAt = flags.includes("S") ? seq + 1 : seq;
    if (length > 0)
      assert.deepEqual(payload, streamOctets(streamAt, length), "octets of the stream");
    const end = seq + segmentLength(flags, length);
    if (end > this.localNext && !flags.includes("R")) this.localNext = end;
    if (sent.timestamps !== null) this.lastTimestamp = sent.timestamps[0];
    this.#sent.push(sent);
  }

  /** MUST-2: partial, in the way devices want it, and right once finished. */
  #checkChecksum(packet: PacketBuffer): void {
    const { view, start, end, checksumStart, checksumOffset } = packet;
    assert.equal(checksumStart, start);
    view.setUint16(start + checksumOffset, checksumFinish(checksumAdd(0, view, start, end)));
    assert.ok(isSegmentChecksumValid(packet, this.#toPeer.pseudoHeaderSum), "checksum");
  }

  #when(at = this.now): string {
    return `at ${at - this.#epoch} ms:`;
  }
}

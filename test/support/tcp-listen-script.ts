import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../src/base/counters.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { toSeq } from "../../src/base/seq.ts";
import { DEFAULT_TCP_CONFIG, type TcpConfig } from "../../src/tcp/config.ts";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { TcpListener } from "../../src/tcp/listener.ts";
import { writeReset } from "../../src/tcp/reset.ts";
import { TcpScratch } from "../../src/tcp/scratch.ts";
import { parseSegmentInto, Segment } from "../../src/tcp/segment.ts";
import { defaultTcpSettings } from "../../src/tcp/settings.ts";
import { TcpEvent } from "../../src/tcp/tcp-event.ts";
import { stateName } from "../../src/tcp/transition.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { tcpDestinationPort } from "../../src/wire/tcp-header.ts";
import {
  decodeSegment,
  describeSegment,
  differences,
  type Encoding,
  encodeSegment,
  type SegmentPattern,
  type SentSegment,
} from "./tcp-segment.ts";
import { ScriptPath, type TcpWorld, WORLDS } from "./tcp-world.ts";

const LOCAL_PORT = 80;

export interface ListenOptions {
  readonly backlog?: number;
  readonly config?: Partial<TcpConfig>;
}

/** Declares one test of a listener for every world. */
export function listenTest(
  name: string,
  options: ListenOptions,
  run: (t: TcpListenScript) => void,
): void {
  describe(name, () => {
    for (const world of WORLDS) {
      it(world.name, () => {
        const t = new TcpListenScript(world, options);
        run(t);
        t.expectsNothing();
      });
    }
  });
}

/**
 * One listener, the connections it makes, and as many peers as there are
 * ports. What belongs to neither is answered the way a host answers it: with a
 * RST. The numbers of every peer count from its SYN, ours from ours.
 */
export class TcpListenScript {
  readonly listener: TcpListener;
  readonly counters: Counters = new Counters();
  readonly connections = new Map<number, TcpConnection>();
  now = 0;
  readonly #world: TcpWorld;
  readonly #path: ScriptPath;
  readonly #config: TcpConfig;
  readonly #segment = new Segment();
  readonly #packet = new PacketBuffer();
  readonly #scratch = new TcpScratch();
  readonly #random = new SeededRandom(1);
  readonly #sent: [port: number, sent: SentSegment][] = [];

  constructor(world: TcpWorld, options: ListenOptions = {}) {
    this.#world = world;
    this.#path = new ScriptPath(world);
    this.#config = { ...DEFAULT_TCP_CONFIG, ...options.config };
    this.listener = new TcpListener({
      backlog: options.backlog ?? 5,
      maxSynBacklog: this.#config.maxSynBacklog,
      counters: this.counters,
    });
  }

  /** A segment from the peer at `port`. */
  injects(port: number, pattern: SegmentPattern): void {
    this.expectsNothing();
    const packet = encodeSegment({ window: 0xffff, ...pattern }, this.#encoding(port));
    assert.ok(parseSegmentInto(this.#segment, packet));
    this.#deliver(port, packet);
    this.#transmit();
  }

  /** The next segment sent goes to `port`. */
  expects(port: number, pattern: SegmentPattern): void {
    const [to, sent] = this.#sent.shift() ?? assert.fail(`nothing sent to ${port}`);
    assert.equal(to, port, describeSegment(sent));
    const wrong = differences(sent, pattern);
    assert.deepEqual(wrong, [], describeSegment(sent));
  }

  expectsNothing(): void {
    const next = this.#sent[0];
    assert.ok(!next, next && `to ${next[0]}: ${describeSegment(next[1])}, unexpected`);
  }

  takesAll(): SentSegment[] {
    return this.#sent.splice(0).map(([, sent]) => sent);
  }

  /** SYN, SYN,ACK, ACK. */
  connects(port: number): void {
    this.injects(port, { flags: "S", seq: 0, mss: 1000 });
    this.expects(port, { flags: "SA", seq: 0, ack: 1 });
    this.injects(port, { flags: "A", seq: 1, ack: 1 });
  }

  accepts(): TcpConnection | null {
    return this.listener.accept();
  }

  closes(): void {
    this.expectsNothing();
    this.listener.close();
    this.#transmit();
  }

  /** State of the connection of the peer at `port`; CLOSED when there is none. */
  stateOf(port: number): string {
    const connection = this.connections.get(port);
    return connection ? stateName(connection.state) : "CLOSED";
  }

  /** Lets `ms` pass; what was sent meanwhile. */
  passes(ms: number): SentSegment[] {
    this.expectsNothing();
    const target = this.now + ms;
    for (let at = this.#deadline(); at <= target; at = this.#deadline()) {
      this.now = Math.max(this.now, at);
      for (const connection of this.connections.values()) {
        if (connection.pollTimeout() <= this.now) connection.handleTimeout(this.now);
      }
      this.#transmit();
    }
    this.now = target;
    return this.takesAll();
  }

  #deliver(port: number, packet: PacketBuffer): void {
    const connection = this.connections.get(port);
    if (connection !== undefined) {
      connection.handleSegment(this.#segment, packet, this.now);
      return;
    }
    const create = (): TcpConnection => this.#create(port);
    if (this.listener.handleSegment(this.#segment, packet, this.now, create)) return;
    this.#packet.reset();
    writeReset(this.#packet, this.#segment, this.#path.pseudoHeaderSum);
    this.#record(this.#packet);
  }

  #create(port: number): TcpConnection {
    const connection = new TcpConnection({
      id: port,
      localAddress: this.#world.local,
      localPort: LOCAL_PORT,
      remoteAddress: this.#world.remote,
      remotePort: port,
      path: this.#path,
      config: this.#config,
      settings: defaultTcpSettings(this.#config),
      iss: toSeq(this.#world.iss + port),
      timestampOffset: 0,
      counters: this.counters,
      random: this.#random,
      scratch: this.#scratch,
    });
    this.connections.set(port, connection);
    return connection;
  }

  #transmit(): void {
    for (const [port, connection] of this.connections) {
      this.#packet.reset();
      while (connection.pollTransmit(this.#packet, this.now)) this.#record(this.#packet);
      if ((connection.takeEvents() & TcpEvent.CLOSED) !== 0) this.connections.delete(port);
    }
  }

  #record(packet: PacketBuffer): void {
    const port = tcpDestinationPort(packet.view, packet.start);
    const { seqOrigin, ackOrigin, ...rest } = this.#encoding(port);
    const ours = { ...rest, seqOrigin: ackOrigin, ackOrigin: seqOrigin };
    this.#sent.push([port, decodeSegment(packet, ours, this.now)]);
  }

  #deadline(): number {
    return Math.min(...[...this.connections.values()].map((one) => one.pollTimeout()), Infinity);
  }

  /** Of what the peer at `port` sends. */
  #encoding(port: number): Encoding {
    return {
      sourcePort: port,
      destinationPort: LOCAL_PORT,
      seqOrigin: this.#world.irs,
      ackOrigin: this.#world.iss + port,
      pseudoHeaderSum: this.#path.pseudoHeaderSum,
    };
  }
}

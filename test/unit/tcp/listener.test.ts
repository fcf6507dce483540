import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { seqAdd, toSeq } from "../../../src/base/seq.ts";
import { TcpConnection } from "../../../src/tcp/connection.ts";
import { TcpListener } from "../../../src/tcp/listener.ts";
import { parseSegmentInto, Segment } from "../../../src/tcp/segment.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { openTcb } from "../../support/tcb-fixture.ts";

const { ACK, SYN, FIN, RST } = TcpFlag;
const ISS = toSeq(1000);

/** A listener, and the peers that come to it. */
class Port {
  readonly counters: Counters = new Counters();
  readonly listener: TcpListener;
  readonly connections: TcpConnection[] = [];
  readonly yielded: TcpConnection[] = [];
  readonly #packet = new PacketBuffer();

  constructor(backlog: number, maxSynBacklog = 100) {
    this.listener = new TcpListener({
      backlog,
      maxSynBacklog,
      counters: this.counters,
      onYield: (connection) => this.yielded.push(connection),
    });
  }

  /** A segment that belongs to no connection yet; whether it was handled without a RST. */
  arrives(flags: number): boolean {
    return this.listener.handleSegment(this.#segment(flags, 0), this.#packet, 0, () => {
      const { connection, config, settings, path, random } = openTcb();
      const made = new TcpConnection({
        ...connection,
        id: this.connections.length,
        path,
        config,
        settings,
        iss: ISS,
        timestampOffset: 0,
        counters: this.counters,
        random,
      });
      this.connections.push(made);
      return made;
    });
  }

  /** The last part of the handshake of connection `index`. */
  completes(index: number, flags: number = ACK): TcpConnection {
    const connection = this.connections[index] as TcpConnection;
    connection.handleSegment(this.#segment(flags, 1), this.#packet, 0);
    return connection;
  }

  sent(connection: TcpConnection): number[] {
    const flags: number[] = [];
    const segment = new Segment();
    while (connection.pollTransmit(this.#packet, 0)) {
      parseSegmentInto(segment, this.#packet);
      flags.push(segment.flags);
    }
    return flags;
  }

  #segment(flags: number, seq: number): Segment {
    const segment = new Segment();
    segment.flags = flags;
    segment.seq = toSeq(seq);
    segment.ack = seqAdd(ISS, 1);
    segment.window = 5000;
    return segment;
  }
}

describe("LISTEN", () => {
  for (const [flags, handled, why] of [
    [RST, true, "a RST is ignored"],
    [RST | ACK, true, "a RST with ACK is ignored"],
    [ACK, false, "an ACK deserves a RST"],
    [SYN | ACK, false, "so does a SYN,ACK"],
    [FIN, true, "anything else is dropped"],
    [SYN | FIN, true, "SYN with FIN opens nothing"],
  ] as const) {
    // req: tcp/SEG-3
    it(why, () => {
      const port = new Port(5);
      assert.equal(port.arrives(flags), handled);
      assert.equal(port.connections.length, 0);
    });
  }

  // req: tcp/SEG-3, tcp/SEG-4, tcp/SEG-20
  it("a SYN opens half, the ACK completes, accept takes the oldest first", () => {
    const port = new Port(5);
    assert.equal(port.arrives(SYN), true);
    assert.equal(port.arrives(SYN), true);
    assert.deepEqual([port.listener.halfOpenCount, port.listener.completeCount], [2, 0]);
    assert.deepEqual(port.sent(port.connections[0] as TcpConnection), [SYN | ACK]);
    assert.equal(port.listener.accept(), null);
    const second = port.completes(1);
    const first = port.completes(0);
    assert.deepEqual([port.listener.halfOpenCount, port.listener.completeCount], [0, 2]);
    assert.deepEqual([port.listener.accept(), port.listener.accept()], [second, first]);
    assert.equal(first.state, TcpState.ESTABLISHED);
    assert.equal(first.isPassive, true);
  });

  // req: tcp/SEG-15
  it("a half-open connection that is reset or times out leaves the listener as it was", () => {
    const port = new Port(5);
    port.arrives(SYN);
    port.completes(0, RST);
    port.arrives(SYN);
    const connection = port.connections[1] as TcpConnection;
    port.sent(connection);
    while (connection.pollTimeout() !== Infinity) {
      connection.handleTimeout(connection.pollTimeout());
      port.sent(connection);
    }
    assert.deepEqual([port.listener.halfOpenCount, port.listener.completeCount], [0, 0]);
    assert.equal(port.arrives(SYN), true);
    assert.equal(port.listener.halfOpenCount, 1);
  });
});

describe("the bounds of a listener", () => {
  it("one more than the backlog wait for accept; then ACKs are as good as lost, SYNs dropped", () => {
    const port = new Port(1);
    for (let i = 0; i < 4; i++) port.arrives(SYN);
    for (let i = 0; i < 4; i++) port.completes(i);
    assert.equal(port.listener.completeCount, 2);
    assert.equal(port.connections[2]?.state, TcpState.SYN_RECEIVED);
    assert.equal(port.arrives(SYN), true);
    assert.equal(port.connections.length, 4);
    assert.equal(port.counters.dropped("tcp-accept-queue-full"), 3);
    port.listener.accept();
    port.completes(2);
    assert.equal(port.listener.completeCount, 2);
  });

  // req: tcp/SYNF-1
  it("under a flood of SYNs the oldest half-open connection yields, silently", () => {
    const port = new Port(5, 10);
    for (let i = 0; i < 100; i++) port.arrives(SYN);
    assert.equal(port.listener.halfOpenCount, 10);
    assert.equal(port.counters.dropped("tcp-syn-queue-full"), 90);
    const oldest = port.connections[0] as TcpConnection;
    assert.deepEqual(port.yielded, port.connections.slice(0, 90));
    assert.equal(oldest.state, TcpState.CLOSED);
    assert.deepEqual(port.sent(oldest), []);
    port.completes(99);
    assert.equal(port.listener.completeCount, 1);
  });

  it("a larger backlog counts at once", () => {
    const port = new Port(0);
    for (let i = 0; i < 3; i++) port.arrives(SYN);
    for (let i = 0; i < 3; i++) port.completes(i);
    assert.equal(port.listener.completeCount, 1);
    port.listener.backlog = 2;
    for (let i = 1; i < 3; i++) port.completes(i);
    assert.equal(port.listener.completeCount, 3);
  });

  it("close resets what nobody accepted and forgets what is half open", () => {
    const port = new Port(5);
    for (let i = 0; i < 2; i++) port.arrives(SYN);
    port.completes(0);
    const left = port.listener.close();
    assert.equal(left.length, 2);
    assert.deepEqual(port.sent(port.connections[0] as TcpConnection), [RST | ACK]);
    assert.deepEqual(port.sent(port.connections[1] as TcpConnection), []);
    assert.deepEqual([port.listener.halfOpenCount, port.listener.completeCount], [0, 0]);
  });
});

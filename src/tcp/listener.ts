import type { Counters } from "../base/counters.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import type { HalfOpenOwner, TcpConnection } from "./connection.ts";
import type { Segment } from "./segment.ts";

export interface TcpListenerOptions {
  /** `listen(2)`'s: one more than this many connections may wait for `accept`, as in Linux. */
  backlog: number;
  /** Handshakes at once, at most (SYNF-1). */
  maxSynBacklog: number;
  counters: Counters;
  /** A half-open connection had to yield and is over: it has that to report. */
  onYield?: (connection: TcpConnection) => void;
}

/** Makes the connection for a SYN and enters it in the host's table; null when it cannot be answered. */
export type CreateConnection = () => TcpConnection | null;

/**
 * A connection in LISTEN: two bounded queues. Half-open connections wait for
 * the peer's ACK; when there are too many the oldest yields, for under a flood
 * it is the one least likely to be meant. Complete ones wait for `accept`; when
 * that queue is full no handshake completes and none begins.
 */
export class TcpListener implements HalfOpenOwner {
  readonly #options: TcpListenerOptions;
  #backlog: number;
  /** In order of arrival. */
  readonly #halfOpen: Set<TcpConnection> = new Set();
  readonly #complete: TcpConnection[] = [];

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#backlog = options.backlog;
  }

  /** `listen(2)` again. */
  set backlog(backlog: number) {
    this.#backlog = backlog;
  }

  get backlog(): number {
    return this.#backlog;
  }

  get halfOpenCount(): number {
    return this.#halfOpen.size;
  }

  /** Connections that `accept` would give. */
  get completeCount(): number {
    return this.#complete.length;
  }

  get hasRoom(): boolean {
    return this.#complete.length <= this.#backlog;
  }

  /**
   * A segment for this port that belongs to no connection (RFC 9293 §3.10.7.2,
   * SEG-3). False when it is to be answered with a RST. A SYN with FIN is no
   * way to open a connection and is dropped, as Linux does.
   */
  handleSegment(
    segment: Segment,
    packet: PacketBuffer,
    now: number,
    create: CreateConnection,
  ): boolean {
    const { counters } = this.#options;
    if (segment.has(TcpFlag.RST)) {
      counters.drop("tcp-bad-state");
      return true;
    }
    if (segment.has(TcpFlag.ACK)) return false;
    if (!segment.has(TcpFlag.SYN) || segment.has(TcpFlag.FIN)) {
      counters.drop("tcp-bad-state");
      return true;
    }
    if (!this.hasRoom) {
      counters.drop("tcp-accept-queue-full");
      return true;
    }
    if (this.#halfOpen.size >= this.#options.maxSynBacklog) this.#yieldOldest();
    const connection = create();
    if (connection === null) return true;
    this.#halfOpen.add(connection);
    connection.openPassive(segment, packet, now, this);
    return true;
  }

  /** ACCEPT: the connection that has waited longest, or null. */
  accept(): TcpConnection | null {
    return this.#complete.shift() ?? null;
  }

  handleEstablished(connection: TcpConnection): void {
    this.#halfOpen.delete(connection);
    this.#complete.push(connection);
  }

  handleGone(connection: TcpConnection): void {
    this.#halfOpen.delete(connection);
  }

  /**
   * CLOSE in LISTEN: nobody will accept any more. Complete connections are
   * reset, half-open ones forgotten. Returns all of them, for they have
   * something to send or to report.
   */
  close(): TcpConnection[] {
    const orphans = [...this.#halfOpen, ...this.#complete.splice(0)];
    for (const connection of orphans) {
      if (this.#halfOpen.has(connection)) connection.discard();
      else connection.abort();
    }
    this.#halfOpen.clear();
    return orphans;
  }

  #yieldOldest(): void {
    for (const oldest of this.#halfOpen) {
      const { counters, onYield } = this.#options;
      counters.drop("tcp-syn-queue-full");
      this.#halfOpen.delete(oldest);
      oldest.discard();
      onYield?.(oldest);
      return;
    }
  }
}

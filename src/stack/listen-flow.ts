import type { Counters } from "../base/counters.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TcpListener } from "../tcp/listener.ts";
import type { TcpSettings } from "../tcp/settings.ts";
import type { ListenKey } from "./listen-table.ts";
import type { Reservation } from "./port-allocator.ts";
import type { FlowOpener, TcpFlow } from "./tcp-flow.ts";

/** Who a listener belongs to: the socket. */
export interface ListenOwner {
  /** A connection can be accepted. Told at the end of a turn. */
  handleAcceptable(): void;
}

/** A passive open. */
export interface ListenRequest {
  /** The address and port the socket is bound to; the caller's hold of it stays the caller's. */
  readonly reservation: Reservation;
  readonly backlog: number;
  /** What connections start with; each gets a copy (ACC-5). */
  readonly settings: TcpSettings;
}

/** What a listener needs of its layer. */
export interface ListenLayer {
  readonly counters: Counters;
  /** Handshakes at once, at most. */
  readonly maxSynBacklog: number;
  /** The flow has something to send or to report. */
  touch(flow: TcpFlow): void;
  /** A connection can be accepted: the owner is to be told. */
  noteAcceptable(listener: ListenFlow): void;
  removeListener(listener: ListenFlow): void;
}

/** A listener and its place in the host. */
export class ListenFlow implements ListenKey, FlowOpener {
  readonly listener: TcpListener;
  readonly reservation: Reservation;
  readonly settings: TcpSettings;
  readonly owner: ListenOwner;
  readonly #layer: ListenLayer;
  /** What the listener has opened and nobody has accepted. */
  readonly #waiting = new Map<TcpConnection, TcpFlow>();

  constructor(layer: ListenLayer, request: ListenRequest, owner: ListenOwner) {
    this.#layer = layer;
    this.reservation = request.reservation;
    this.settings = request.settings;
    this.owner = owner;
    this.listener = new TcpListener({
      backlog: request.backlog,
      maxSynBacklog: layer.maxSynBacklog,
      counters: layer.counters,
      onYield: (connection) => this.#touch(connection),
    });
  }

  get address(): IpAddress {
    return this.reservation.address;
  }

  get port(): number {
    return this.reservation.port;
  }

  get v6Only(): boolean {
    return this.reservation.v6Only;
  }

  get interfaceIndex(): number {
    return this.reservation.interfaceIndex;
  }

  /** A SYN has opened `flow`. */
  add(flow: TcpFlow): void {
    flow.opener = this;
    this.#waiting.set(flow.connection, flow);
  }

  complete(flow: TcpFlow): void {
    flow.opener = null;
    this.#layer.noteAcceptable(this);
  }

  remove(flow: TcpFlow): void {
    this.#waiting.delete(flow.connection);
  }

  /**
   * The next complete connection, or null. The caller becomes its owner. One
   * that the peer has reset meanwhile is handed out too: who reads from it
   * hears of that, and of what came before (ACC-3).
   */
  accept(): TcpFlow | null {
    const connection = this.listener.accept();
    if (connection === null) return null;
    const flow = this.#waiting.get(connection) ?? null;
    this.#waiting.delete(connection);
    return flow;
  }

  /** Whoever waits to be accepted is reset (LIST-10). */
  close(): void {
    this.#layer.removeListener(this);
    for (const connection of this.listener.close()) this.#touch(connection);
    this.#waiting.clear();
  }

  #touch(connection: TcpConnection): void {
    const flow = this.#waiting.get(connection);
    if (flow !== undefined) this.#layer.touch(flow);
  }
}

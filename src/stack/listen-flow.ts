import type { IpAddress } from "../base/ip-address.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import type { TcpListener } from "../tcp/listener.ts";
import type { TcpSettings } from "../tcp/settings.ts";
import type { ListenKey } from "./listen-table.ts";
import type { Reservation } from "./port-allocator.ts";
import type { TcpFlow } from "./tcp-flow.ts";

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
  flowOf(connection: TcpConnection): TcpFlow | null;
  /** The flow has something to send or to report. */
  touch(flow: TcpFlow): void;
  removeListener(listener: ListenFlow): void;
}

/** A listener and its place in the host. */
export class ListenFlow implements ListenKey {
  readonly listener: TcpListener;
  readonly reservation: Reservation;
  readonly settings: TcpSettings;
  owner: ListenOwner;
  readonly #layer: ListenLayer;

  constructor(
    layer: ListenLayer,
    request: ListenRequest,
    owner: ListenOwner,
    listener: TcpListener,
  ) {
    this.#layer = layer;
    this.reservation = request.reservation;
    this.settings = request.settings;
    this.owner = owner;
    this.listener = listener;
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

  /** The next complete connection, or null. The caller becomes its owner. */
  accept(): TcpFlow | null {
    for (let next = this.listener.accept(); next !== null; next = this.listener.accept()) {
      const flow = this.#layer.flowOf(next);
      if (flow !== null) return flow;
    }
    return null;
  }

  /** Whoever waits to be accepted is reset (LIST-10). */
  close(): void {
    this.#layer.removeListener(this);
    for (const connection of this.listener.close()) {
      const flow = this.#layer.flowOf(connection);
      if (flow !== null) this.#layer.touch(flow);
    }
  }
}

import type { IpAddress } from "../base/ip-address.ts";
import type { Path } from "../ip/path.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import type { Counted, FlowKind } from "./flow-census.ts";
import type { FlowEntry } from "./flow-table.ts";
import type { Reservation } from "./port-allocator.ts";
import type { Timed } from "./timer-queue.ts";

/** Who a connection belongs to: the socket. */
export interface FlowOwner {
  /** Told what happened (`TcpEvent` bits) at the end of a turn, never inside a call of its own. */
  handleEvents(events: number): void;
}

/** Who opened a connection passively. */
export interface FlowOpener {
  /** The handshake of `flow` is over. */
  complete(flow: TcpFlow): void;
  /** The handshake of `flow` failed. */
  remove(flow: TcpFlow): void;
}

/** What a flow tells its layer. */
export interface FlowLayer {
  /** The flow has something to send, to report, or a new deadline. */
  touch(flow: TcpFlow): void;
  /** The flow was closed: it is nobody's now. */
  disown(flow: TcpFlow): void;
}

/**
 * A connection and its place in the host: its path, its socket, its deadline.
 * Calls of the application pass through here, so that what they left to send
 * is sent at the end of the turn, together with whatever else there is.
 */
export class TcpFlow implements FlowEntry, Timed, Counted {
  readonly connection: TcpConnection;
  readonly path: Path;
  /** The local port; one hold of it is this flow's. */
  readonly reservation: Reservation;
  owner: FlowOwner | null = null;
  /** Who opened it, until the handshake is over. */
  opener: FlowOpener | null = null;

  /** Owned by the flow table. */
  hash = 0;
  /** Owned by the timer queue. */
  queuedAt = 0;
  queueIndex = -1;
  /** Owned by the scheduler: on the list to serve; waits for a full device; forgotten. */
  isTouched = false;
  isParked = false;
  isGone = false;
  /** Owned by the census. */
  census: FlowKind = "normal";
  readonly #layer: FlowLayer;

  constructor(layer: FlowLayer, connection: TcpConnection, path: Path, reservation: Reservation) {
    this.#layer = layer;
    this.connection = connection;
    this.path = path;
    this.reservation = reservation;
  }

  get localAddress(): IpAddress {
    return this.connection.localAddress;
  }

  get localPort(): number {
    return this.connection.localPort;
  }

  get remoteAddress(): IpAddress {
    return this.connection.remoteAddress;
  }

  get remotePort(): number {
    return this.connection.remotePort;
  }

  /** Octets of `bytes[from, to)` accepted, or a negative errno. */
  send(bytes: Uint8Array, from: number, to: number): number {
    const result = this.connection.send(bytes, from, to);
    this.#layer.touch(this);
    return result;
  }

  /** The same for MSG_OOB. */
  sendUrgent(bytes: Uint8Array, from: number, to: number): number {
    const result = this.connection.sendUrgent(bytes, from, to);
    this.#layer.touch(this);
    return result;
  }

  /** Octets copied to `into[from, to)`, 0 at the end of the stream, or a negative errno. */
  receive(into: Uint8Array, from: number, to: number, isPeek = false): number {
    const result = this.connection.receive(into, from, to, isPeek);
    // Reading may have opened the window far enough to be worth an update.
    if (this.connection.wantsTransmit) this.#layer.touch(this);
    return result;
  }

  /** MSG_MORE: whether the last write is to be continued. */
  setMoreComing(isMoreComing: boolean): void {
    this.connection.setMoreComing(isMoreComing);
    if (!isMoreComing) this.#layer.touch(this);
  }

  shutdownSend(): void {
    this.connection.shutdownSend();
    this.#layer.touch(this);
  }

  shutdownReceive(): void {
    this.connection.shutdownReceive();
    this.#layer.touch(this);
  }

  /** The last reference is gone: the connection ends in its own time, without an owner. */
  close(now: number): void {
    this.owner = null;
    this.connection.close(now);
    this.#layer.disown(this);
  }

  abort(): void {
    this.connection.abort();
    this.#layer.touch(this);
  }

  /** A setting that may let something be sent, or move a deadline, has changed. */
  settingsChanged(): void {
    this.connection.handleSettingsChange();
    this.#layer.touch(this);
  }
}

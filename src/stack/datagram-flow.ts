import type { IpAddress } from "../base/ip-address.ts";
import type { Path } from "../ip/path.ts";
import { DatagramEndpoint } from "../udp/datagram-endpoint.ts";
import type { DatagramSettings, FamilySettings } from "../udp/datagram-settings.ts";
import type { Reservation } from "./port-allocator.ts";

/** Who a datagram flow belongs to: the socket. */
export interface DatagramOwner {
  /** Datagrams or an error have come. Called at the end of a turn, never inside a call of its own. */
  handleDatagrams(): void;
}

/** An ICMP error about a datagram that was sent (ip(7), `sock_extended_err`). */
export interface DatagramError {
  readonly errno: number;
  readonly isV6: boolean;
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU, or 0. */
  readonly mtu: number;
  /** Who reported it. */
  readonly offender: IpAddress;
  /** Where the datagram was to go. */
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** What the error quotes of the datagram's payload. */
  readonly payload: Uint8Array;
}

/** ICMP errors that one socket keeps; more are forgotten. */
const MAX_ERRORS = 64;

/** A datagram endpoint and its place in the host: its port, its path, its socket, its pending error. */
export class DatagramFlow {
  readonly endpoint: DatagramEndpoint;
  readonly settings: DatagramSettings;
  readonly isV6: boolean;
  owner: DatagramOwner | null = null;
  /** Null until bound. */
  reservation: Reservation | null = null;
  /** The source of what it sends; null leaves the choice to the route. Not set by a bind to a group or broadcast. */
  source: IpAddress | null = null;
  /** Chosen by bind(), as opposed to by connect() or the first send; disconnect() keeps only these. */
  hasBoundAddress = false;
  hasBoundPort = false;
  /** SO_REUSEADDR and SO_REUSEPORT, for the next bind. */
  reuseAddress = false;
  reusePort = false;
  /** SO_DONTROUTE or MSG_DONTROUTE: what needs a router is not sent. */
  dontRoute = false;
  /** The way to the peer while connected. */
  path: Path | null = null;
  /** Pending error (`so_error`), positive; 0 is none. */
  error = 0;
  /** Datagrams that found the receive queue full. */
  drops = 0;
  /** Owned by the layer: waits to be told. */
  isTouched = false;
  readonly #errors: DatagramError[] = [];

  constructor(isV6: boolean, settings: DatagramSettings, receiveBufferOctets: number) {
    this.isV6 = isV6;
    this.settings = settings;
    this.endpoint = new DatagramEndpoint(isV6, receiveBufferOctets);
  }

  get isConnected(): boolean {
    return this.endpoint.remoteAddress !== null;
  }

  /** The settings for packets to or from `address`. */
  settingsFor(address: IpAddress): FamilySettings {
    return address.isV4 ? this.settings.v4 : this.settings.v6;
  }

  /** The pending error, positive, and clears it (GEN-8). */
  takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  get hasQueuedError(): boolean {
    return this.#errors.length > 0;
  }

  /** Keeps an error for `takeQueuedError`; the newest is forgotten when there are too many. */
  queueError(error: DatagramError): void {
    if (this.#errors.length < MAX_ERRORS) this.#errors.push(error);
  }

  takeQueuedError(): DatagramError | null {
    return this.#errors.shift() ?? null;
  }
}

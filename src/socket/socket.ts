import { Errno } from "../base/errno.ts";
import { type CommonOptions, defaultCommonOptions } from "./common-options.ts";
import { SOCK_STREAM } from "./constants.ts";
import { OpenDescription } from "./open-description.ts";
import {
  getOption,
  type OptionFormat,
  type OptionResult,
  type OptionTable,
  type OptionValue,
  optionFormat,
  setOption,
} from "./option-table.ts";
import type { Received } from "./received.ts";
import type { SocketName } from "./socket-address.ts";

export interface SocketKind {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
}

/**
 * A socket of any family: the calls of `<sys/socket.h>` on one open
 * description. Nothing waits: what would, returns −EAGAIN (`connect`:
 * −EINPROGRESS), and the wait queue says when to try again.
 */
export abstract class Socket extends OpenDescription {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly common: CommonOptions;
  /** The options this kind of socket knows, by level. */
  protected abstract readonly optionTables: readonly OptionTable<never>[];

  constructor(kind: SocketKind, buffers: { readonly send: number; readonly receive: number }) {
    super();
    this.family = kind.family;
    this.type = kind.type;
    this.protocol = kind.protocol;
    this.common = defaultCommonOptions(buffers.send, buffers.receive);
  }

  /** Octets have no boundaries here, so that a write may be taken in part. */
  get isStream(): boolean {
    return this.type === SOCK_STREAM;
  }

  /** SO_ACCEPTCONN. */
  get isListening(): boolean {
    return false;
  }

  abstract bind(name: SocketName, now: number): number;

  /** AF_UNSPEC dissolves what there is. */
  abstract connect(name: SocketName, now: number): number;

  /** What became of a connect that returned −EINPROGRESS: −EAGAIN while nothing yet, then 0 or its error. */
  finishConnect(_now: number): number {
    return -Errno.EINVAL;
  }

  listen(_backlog: number, _now: number): number {
    return -Errno.EOPNOTSUPP;
  }

  /** The next connection, as a socket without a descriptor. */
  accept(_now: number): Socket | number {
    return -Errno.EOPNOTSUPP;
  }

  /** `sendto(2)` of `bytes[from, to)`; `name` null is the peer. */
  abstract send(
    bytes: Uint8Array,
    from: number,
    to: number,
    flags: number,
    name: SocketName | null,
    now: number,
  ): number;

  /** `recvfrom(2)` into `into[from, to)`; `received` null when nobody asks. */
  abstract receive(
    into: Uint8Array,
    from: number,
    to: number,
    flags: number,
    received: Received | null,
    now: number,
  ): number;

  /** `how` is SHUT_RD, SHUT_WR or SHUT_RDWR. */
  abstract shutdown(how: number, now: number): number;

  abstract localName(): SocketName | number;

  /** −ENOTCONN without a peer, or when it is gone; `evenIfGone` gives its name all the same. */
  abstract remoteName(evenIfGone?: boolean): SocketName | number;

  /** The pending error, positive, and clears it (SO_ERROR, GEN-8). */
  abstract takeError(): number;

  /** 0, or −ENODEV when there is no such interface. */
  mayBindToDevice(_name: string): number {
    return -Errno.ENOPROTOOPT;
  }

  /** Hears only this interface from now on, all of them for "". */
  bindToDevice(_name: string): void {}

  get deviceName(): string {
    return "";
  }

  override read(into: Uint8Array, from: number, to: number, now: number): number {
    // Unlike recv(), read() of nothing leaves an empty datagram where it is (RECV-17).
    return from === to ? 0 : this.receive(into, from, to, 0, null, now);
  }

  override write(bytes: Uint8Array, from: number, to: number, now: number): number {
    return this.send(bytes, from, to, 0, null, now);
  }

  getOption(level: number, name: number, into: OptionResult): number {
    return getOption(this.#tables, this, { level, name }, into);
  }

  setOption(level: number, name: number, value: OptionValue, now: number): number {
    const result = setOption(this.#tables, this, { level, name }, value, now);
    if (result === 0) this.handleOptionChange(now);
    return result;
  }

  /** How the octets of an option are to be read; null for an unknown one. */
  optionFormat(level: number, name: number): OptionFormat | null {
    return optionFormat(this.#tables, level, name);
  }

  /** An option was set: hands it to whoever needs to know. */
  protected handleOptionChange(_now: number): void {}

  /** A subclass lists rows for its own kind; they are only ever used with it. */
  get #tables(): readonly OptionTable<this>[] {
    return this.optionTables as unknown as readonly OptionTable<this>[];
  }
}

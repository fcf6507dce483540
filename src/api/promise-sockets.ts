import { Errno } from "../base/errno.ts";
import * as c from "../socket/constants.ts";
import { decodeOption } from "../socket/option-codec.ts";
import type { OptionResult, OptionValue } from "../socket/option-table.ts";
import type { PollEntry, Process } from "../socket/process.ts";
import { Received } from "../socket/received.ts";
import {
  type FullSocketAddress,
  formatAddress,
  formatSocketName,
  parseSocketAddress,
  type SocketAddress,
  type SocketName,
} from "../socket/socket-address.ts";
import type { DatagramError } from "../stack/datagram-flow.ts";
import { lingerOn } from "./linger.ts";
import { type PollOptions, pollWaiting } from "./poll-call.ts";
import { hasEnough, receiveCall } from "./receive-call.ts";
import type { Runtime } from "./runtime.ts";
import { lengthOf, partsFrom, sendCall } from "./send-call.ts";
import { type ErrorTarget, SystemError } from "./system-error.ts";
import type { WaitOptions } from "./waiting-line.ts";
import { WaitingRoom } from "./waiting-room.ts";

export interface AcceptOptions extends WaitOptions {
  /** SOCK_NONBLOCK and SOCK_CLOEXEC for the new descriptor. */
  readonly flags?: number;
}

/** A connection that was accepted. */
export interface Accepted {
  readonly fd: number;
  readonly address: FullSocketAddress;
}

/** What `recvfrom` resolves to. */
export interface ReceivedMessage {
  /** Octets put into the buffer; with MSG_TRUNC asked for, octets of the datagram. */
  readonly size: number;
  /** Who sent it; null on a stream. */
  readonly address: FullSocketAddress | null;
  /** MSG_TRUNC when the datagram was longer than the buffer, MSG_ERRQUEUE, MSG_OOB. */
  readonly flags: number;
  /** Of a datagram: the address it was sent to, the interface it came in on, and what its IP header said. */
  readonly destination?: string;
  readonly interfaceIndex?: number;
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  /** With MSG_ERRQUEUE: the ICMP error. */
  readonly error?: DatagramError;
}

/**
 * The system calls of a host, with the names and the meaning of the blocking
 * ones: where those wait, these return a promise.
 *
 * - A call fails with a `SystemError`: thrown where nothing waits, else a rejection.
 * - Calls that wait on one descriptor to read are served in their order, and so
 *   are those that wait to write; the two do not wait for each other.
 * - On a descriptor with O_NONBLOCK, and with MSG_DONTWAIT, nothing waits.
 * - `close` under a waiting call rejects it with EBADF.
 */
export class PromiseSockets {
  readonly #process: Process;
  readonly #runtime: Runtime;
  readonly #room: WaitingRoom;

  constructor(process: Process, runtime: Runtime) {
    this.#process = process;
    this.#runtime = runtime;
    this.#room = new WaitingRoom(process, runtime);
  }

  // ---- what never waits

  /** `socket(2)`: a descriptor. EAFNOSUPPORT, EINVAL, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EMFILE. */
  socket(family: number, type: number, protocol = 0): number {
    return check(this.#process.socket(family, type, protocol), "socket");
  }

  /** `bind(2)`. EADDRINUSE, EADDRNOTAVAIL, EINVAL (bound already), EAFNOSUPPORT, ENODEV, EACCES. */
  bind(fd: number, address: SocketAddress): void {
    const name = this.#parse(address, "bind");
    check(this.#process.bind(fd, name, this.#now()), "bind", address);
  }

  /** `listen(2)`. EADDRINUSE, EINVAL (connected), EOPNOTSUPP. */
  listen(fd: number, backlog: number = c.SOMAXCONN): void {
    check(this.#process.listen(fd, backlog, this.#now()), "listen");
  }

  /** `shutdown(2)`. ENOTCONN, EINVAL. */
  shutdown(fd: number, how: number): void {
    check(this.#process.shutdown(fd, how, this.#now()), "shutdown");
  }

  /**
   * `close(2)`. When this returns the descriptor is gone, and what waited through
   * it is rejected with EBADF; what was written is still sent. The promise never
   * rejects, and is for who set SO_LINGER: it resolves when all that was written
   * is acknowledged, or the time is up.
   */
  close(fd: number): Promise<void> {
    const description = this.#process.description(fd);
    check(this.#process.close(fd, this.#now()), "close");
    return lingerOn(description, this.#runtime);
  }

  getsockname(fd: number): FullSocketAddress {
    return formatSocketName(checkName(this.#process.getsockname(fd), "getsockname"));
  }

  /** ENOTCONN without a peer. */
  getpeername(fd: number): FullSocketAddress {
    return formatSocketName(checkName(this.#process.getpeername(fd), "getpeername"));
  }

  /** `getsockopt(2)`. ENOPROTOOPT, EOPNOTSUPP (level), ENOTCONN (IP_MTU). */
  getsockopt(fd: number, level: number, name: number): OptionValue {
    const result: OptionResult = { value: 0 };
    check(this.#process.getsockopt(fd, level, name, result), "getsockopt");
    return result.value;
  }

  /** `setsockopt(2)`; octets are read as C programs lay them out. ENOPROTOOPT, EINVAL, EDOM, ENOENT, ENODEV. */
  setsockopt(fd: number, level: number, name: number, value: OptionValue | Uint8Array): void {
    const given = value instanceof Uint8Array ? this.#decode(fd, level, name, value) : value;
    check(this.#process.setsockopt(fd, level, name, given, this.#now()), "setsockopt");
  }

  /** `fcntl(2)` with F_GETFL, F_SETFL, F_GETFD or F_SETFD. */
  fcntl(fd: number, command: number, argument = 0): number {
    return check(this.#process.fcntl(fd, command, argument), "fcntl");
  }

  /** `ioctl(2)` with FIONREAD, FIONBIO, SIOCOUTQ or SIOCATMARK; what it gives is returned. */
  ioctl(fd: number, request: number, argument = 0): number {
    return check(this.#process.ioctl(fd, request, argument, this.#now()), "ioctl");
  }

  // ---- what may wait

  /** `accept(2)`: the next connection, oldest first. EINVAL (does not listen), EMFILE, EOPNOTSUPP. */
  async accept(fd: number, options: AcceptOptions = {}): Promise<Accepted> {
    const peer = new Received();
    const attempt = (): number => this.#process.accept(fd, options.flags ?? 0, peer, this.#now());
    const accepted = check(await this.#room.read(fd, { attempt, options }), "accept");
    return { fd: accepted, address: formatSocketName(peer) };
  }

  /** `connect(2)`: resolves when the connection is established. ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EISCONN, … */
  async connect(fd: number, address: SocketAddress, options: WaitOptions = {}): Promise<void> {
    const name = this.#parse(address, "connect");
    check(await this.#connect(fd, name, options), "connect", address);
  }

  /** `read(2)`: octets put into `buffer`; 0 is the end of the stream. ECONNRESET, ETIMEDOUT, ENOTCONN, … */
  async read(fd: number, buffer: Uint8Array, options: WaitOptions = {}): Promise<number> {
    const description = this.#process.description(fd);
    const expire = (): number => this.#process.read(fd, buffer, this.#now());
    const isEnough = (): boolean => description === null || hasEnough(description, buffer.length);
    const attempt = (): number => (isEnough() ? expire() : -Errno.EAGAIN);
    return check(await this.#room.read(fd, { attempt, expire, options }), "read");
  }

  /**
   * `write(2)`: the octets taken. On a stream that is all of them, unless the
   * connection fails or the time is up; until then `bytes` must not change.
   * EPIPE, ECONNRESET, …
   */
  async write(fd: number, bytes: Uint8Array, options: WaitOptions = {}): Promise<number> {
    const call = this.#sending(fd, bytes.length, 0, (from) =>
      this.#process.write(fd, bytes.subarray(from), this.#now()),
    );
    return check(await this.#room.write(fd, { ...call, options }), "write");
  }

  async readv(
    fd: number,
    buffers: readonly Uint8Array[],
    options: WaitOptions = {},
  ): Promise<number> {
    const description = this.#process.description(fd);
    const length = lengthOf(buffers);
    const expire = (): number => this.#process.readv(fd, buffers, this.#now());
    const isEnough = (): boolean => description === null || hasEnough(description, length);
    const attempt = (): number => (isEnough() ? expire() : -Errno.EAGAIN);
    return check(await this.#room.read(fd, { attempt, expire, options }), "readv");
  }

  async writev(
    fd: number,
    parts: readonly Uint8Array[],
    options: WaitOptions = {},
  ): Promise<number> {
    const call = this.#sending(fd, lengthOf(parts), 0, (from) =>
      this.#process.writev(fd, partsFrom(parts, from), this.#now()),
    );
    return check(await this.#room.write(fd, { ...call, options }), "writev");
  }

  /** `recv(2)`: as `read`, with MSG_PEEK, MSG_WAITALL, MSG_OOB, MSG_TRUNC, MSG_DONTWAIT. */
  async recv(
    fd: number,
    buffer: Uint8Array,
    flags = 0,
    options: WaitOptions = {},
  ): Promise<number> {
    return check(await this.#receive(fd, buffer, flags, null, options), "recv");
  }

  /** `send(2)`: as `write`, with MSG_OOB, MSG_MORE, MSG_DONTWAIT. */
  async send(fd: number, bytes: Uint8Array, flags = 0, options: WaitOptions = {}): Promise<number> {
    const call = this.#sending(fd, bytes.length, flags, (from) =>
      this.#process.send(fd, bytes.subarray(from), flags, this.#now()),
    );
    return check(await this.#room.write(fd, { ...call, options, flags }), "send");
  }

  /** `recvfrom(2)`: one datagram and who sent it. */
  async recvfrom(
    fd: number,
    buffer: Uint8Array,
    flags = 0,
    options: WaitOptions = {},
  ): Promise<ReceivedMessage> {
    const received = new Received();
    const size = check(await this.#receive(fd, buffer, flags, received, options), "recvfrom");
    return describe(size, received);
  }

  /** `sendto(2)`: one datagram to `address`. EMSGSIZE, EACCES (broadcast), ENETUNREACH, EDESTADDRREQ, … */
  async sendto(
    fd: number,
    bytes: Uint8Array,
    flags: number,
    address: SocketAddress,
    options: WaitOptions = {},
  ): Promise<number> {
    const name = this.#parse(address, "sendto");
    const call = this.#sending(fd, bytes.length, flags, (from) =>
      this.#process.sendto(fd, bytes.subarray(from), flags, name, this.#now()),
    );
    return check(await this.#room.write(fd, { ...call, options, flags }), "sendto", address);
  }

  /** `poll(2)`: how many entries have something to report, in `revents`; 0 after `timeoutMs`, negative is never. */
  poll(entries: readonly PollEntry[], timeoutMs = -1, options: PollOptions = {}): Promise<number> {
    return pollWaiting(this.#process, this.#runtime, entries, timeoutMs, options);
  }

  #now(): number {
    return this.#runtime.now();
  }

  async #connect(fd: number, name: SocketName, options: WaitOptions): Promise<number> {
    const started = this.#process.connect(fd, name, this.#now());
    if (started !== -Errno.EINPROGRESS && started !== -Errno.EALREADY) return started;
    const attempt = (): number => this.#process.finishConnect(fd, this.#now());
    // When the time is up the attempt goes on in the background (CONN-14).
    return this.#room.write(fd, { attempt, expire: () => started, options });
  }

  #sending(
    fd: number,
    length: number,
    flags: number,
    send: (from: number) => number,
  ): ReturnType<typeof sendCall> {
    return sendCall(this.#process.description(fd), length, flags, send);
  }

  #receive(
    fd: number,
    buffer: Uint8Array,
    flags: number,
    received: Received | null,
    options: WaitOptions,
  ): Promise<number> {
    const socket = this.#process.socketAt(fd);
    if (typeof socket === "number") return Promise.resolve(socket);
    const call = receiveCall(socket, buffer, flags, received, () => this.#now());
    return this.#room.read(fd, { ...call, options, flags });
  }

  #parse(address: SocketAddress, syscall: string): SocketName {
    const zoneOf = (name: string): number =>
      this.#process.stack.interfaces.find((iface) => iface.name === name)?.index ?? 0;
    return checkName(parseSocketAddress(address, zoneOf), syscall, address);
  }

  /** A value given as octets. An option nobody knows is left for setsockopt to refuse. */
  #decode(fd: number, level: number, name: number, octets: Uint8Array): OptionValue {
    const socket = this.#process.socketAt(fd);
    const format = typeof socket === "number" ? null : socket.optionFormat(level, name);
    if (format === null) return 0;
    const value = decodeOption(octets, format);
    if (value === null) throw new SystemError(Errno.EINVAL, "setsockopt");
    return value;
  }
}

/** The result of a call, or its error, thrown. */
function check(result: number, syscall: string, target?: SocketAddress): number {
  if (result < 0) throw new SystemError(-result, syscall, targetOf(target));
  return result;
}

function checkName(name: SocketName | number, syscall: string, target?: SocketAddress): SocketName {
  if (typeof name === "number") throw new SystemError(-name, syscall, targetOf(target));
  return name;
}

function targetOf(target: SocketAddress | undefined): ErrorTarget {
  if (target?.address === undefined) return {};
  const { address, port } = target;
  return port === undefined ? { address } : { address, port };
}

function describe(size: number, received: Received): ReceivedMessage {
  const { flags, family, info, error } = received;
  if (family === c.AF_UNSPEC) return { size, address: null, flags };
  const address = formatSocketName(received);
  if (error !== null) return { size, address, flags, error };
  const { interfaceIndex, hopLimit, trafficClass } = info;
  const destination = formatAddress(info.destination, family);
  return { size, address, flags, destination, interfaceIndex, hopLimit, trafficClass };
}

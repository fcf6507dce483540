/**
 * `Sys` on the real kernel, by way of the C library.
 *
 * A call that may wait runs on another thread. Where nothing ends it in
 * time, its descriptor is shut down, which wakes every call that waits on a
 * socket; the program then fails with the name of the call.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  F_GETFL,
  O_NONBLOCK,
  SHUT_RDWR,
  SO_LINGER,
  SO_TYPE,
  SOL_SOCKET,
  SOL_TCP,
  TCP_INFO,
} from "../../src/index.ts";
import * as layout from "./linux-layout.ts";
import { integerIn, integerRoom, type Libc, type LibcName } from "./linux-libc.ts";
import { type BuiltMessage, buildReceived, buildSent, takeReceived } from "./linux-messages.ts";
import {
  descriptorSet,
  LinuxNameRoom,
  normalise,
  pairRoom,
  takeDescriptors,
} from "./linux-rooms.ts";
import { type Argument, hasDontWait, PIPE_EVENTS } from "./linux-waiting.ts";
import {
  type DescriptorPair,
  type EpollEvent,
  type IntegerRoom,
  type MessageRoom,
  type Name,
  type NameRoom,
  type OptionRoom,
  type PollRecord,
  type SelectSets,
  type SentMessage,
  type Sys,
  type TcpInfo,
  WATCHDOG_MS,
} from "./sys.ts";

export class LinuxSys implements Sys {
  readonly #libc: Libc;
  readonly #open = new Set<number>();
  /** What calls under way point at without being passed it. */
  readonly #kept = new Set<unknown>();
  /** Calls on other threads that have not returned. */
  readonly #waiting = new Set<Promise<unknown>>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  async socket(family: number, type: number, protocol = 0): Promise<number> {
    return this.#opened(this.#call("socket", family, type, protocol));
  }

  async socketpair(
    family: number,
    type: number,
    protocol: number,
    pair: DescriptorPair,
  ): Promise<number> {
    const octets = pairRoom(pair);
    const result = this.#call("socketpair", family, type, protocol, octets);
    return this.#takePair(result, octets, pair);
  }

  async bind(fd: number, name: Name): Promise<number> {
    return this.#call("bind", fd, layout.encodeName(name), layout.lengthOfName(name));
  }

  async listen(fd: number, backlog: number): Promise<number> {
    return this.#call("listen", fd, backlog);
  }

  accept(fd: number, peer?: NameRoom): Promise<number> {
    return this.accept4(fd, 0, peer);
  }

  async accept4(fd: number, flags: number, peer?: NameRoom): Promise<number> {
    const room = new LinuxNameRoom(peer);
    const result = await this.#wait("accept4", fd, room.octets, room.length, flags);
    room.take(result);
    return this.#opened(result);
  }

  async connect(fd: number, name: Name): Promise<number> {
    return this.#wait("connect", fd, layout.encodeName(name), layout.lengthOfName(name));
  }

  async shutdown(fd: number, how: number): Promise<number> {
    return this.#call("shutdown", fd, how);
  }

  async close(fd: number): Promise<number> {
    this.#open.delete(fd);
    return this.#lingers(fd) ? this.#onThread("close", fd) : this.#call("close", fd);
  }

  async getsockname(fd: number, name: NameRoom): Promise<number> {
    const room = new LinuxNameRoom(name);
    return room.take(this.#call("getsockname", fd, room.octets, room.length));
  }

  async getpeername(fd: number, name: NameRoom): Promise<number> {
    const room = new LinuxNameRoom(name);
    return room.take(this.#call("getpeername", fd, room.octets, room.length));
  }

  read(fd: number, buffer: Uint8Array, length: number = buffer.length): Promise<number> {
    return this.#wait("read", fd, buffer, length);
  }

  write(fd: number, bytes: Uint8Array, length: number = bytes.length): Promise<number> {
    return this.#wait("write", fd, bytes, length);
  }

  readv(
    fd: number,
    buffers: readonly Uint8Array[],
    count: number = buffers.length,
  ): Promise<number> {
    return this.#waitKeeping(buffers, "readv", fd, this.#parts(buffers), count);
  }

  writev(fd: number, parts: readonly Uint8Array[], count: number = parts.length): Promise<number> {
    return this.#waitKeeping(parts, "writev", fd, this.#parts(parts), count);
  }

  recv(fd: number, buffer: Uint8Array, flags = 0): Promise<number> {
    return this.#wait("recvfrom", fd, buffer, buffer.length, flags, null, null);
  }

  send(fd: number, bytes: Uint8Array, flags = 0): Promise<number> {
    return this.#wait("sendto", fd, bytes, bytes.length, flags, null, 0);
  }

  async recvfrom(fd: number, buffer: Uint8Array, flags: number, from: NameRoom): Promise<number> {
    const room = new LinuxNameRoom(from);
    const args = [fd, buffer, buffer.length, flags, room.octets, room.length] as const;
    return room.take(await this.#wait("recvfrom", ...args));
  }

  sendto(fd: number, bytes: Uint8Array, flags: number, to: Name): Promise<number> {
    const [name, length] = [layout.encodeName(to), layout.lengthOfName(to)];
    return this.#wait("sendto", fd, bytes, bytes.length, flags, name, length);
  }

  async recvmsg(fd: number, message: MessageRoom, flags = 0): Promise<number> {
    const built = buildReceived(this.#libc, [message]);
    const result = await this.#waitKeeping(built, "recvmsg", fd, built.headers, flags);
    if (result >= 0) this.#takeMessages(built, [message]);
    return result;
  }

  sendmsg(fd: number, message: SentMessage, flags = 0): Promise<number> {
    const built = buildSent(this.#libc, [message]);
    return this.#waitKeeping(built, "sendmsg", fd, built.headers, flags);
  }

  async recvmmsg(fd: number, messages: readonly MessageRoom[], flags = 0): Promise<number> {
    const built = buildReceived(this.#libc, messages);
    const args = [fd, built.headers, messages.length, flags, null] as const;
    const result = await this.#waitKeeping(built, "recvmmsg", ...args);
    if (result > 0) this.#takeMessages(built, messages.slice(0, result));
    return result;
  }

  sendmmsg(fd: number, messages: readonly SentMessage[], flags = 0): Promise<number> {
    const built = buildSent(this.#libc, messages);
    return this.#waitKeeping(built, "sendmmsg", fd, built.headers, messages.length, flags);
  }

  async getsockopt(fd: number, level: number, option: number, room: OptionRoom): Promise<number> {
    const length = integerRoom(room.capacity ?? room.octets.length);
    const result = this.#call("getsockopt", fd, level, option, room.octets, length);
    if (result >= 0) room.length = integerIn(length);
    return result;
  }

  async setsockopt(
    fd: number,
    level: number,
    option: number,
    value: number | Uint8Array,
    length?: number,
  ): Promise<number> {
    const octets = typeof value === "number" ? integerRoom(value) : value;
    return this.#call("setsockopt", fd, level, option, octets, length ?? octets.length);
  }

  async tcpInfo(fd: number, info: Partial<TcpInfo>): Promise<number> {
    const room: OptionRoom = { octets: new Uint8Array(256) };
    const result = await this.getsockopt(fd, SOL_TCP, TCP_INFO, room);
    if (result === 0) Object.assign(info, layout.decodeTcpInfo(room.octets));
    return result;
  }

  async fcntl(fd: number, command: number, argument = 0): Promise<number> {
    const result = this.#call("fcntl", fd, command, argument);
    return DUPLICATING.has(command) ? this.#opened(result) : result;
  }

  async ioctl(fd: number, request: number, room: IntegerRoom): Promise<number> {
    const octets = integerRoom(room.value);
    const result = this.#call("ioctl", fd, request, octets);
    room.value = integerIn(octets);
    return result;
  }

  async poll(records: readonly PollRecord[], timeoutMs: number): Promise<number> {
    const octets = layout.encodePoll(records);
    const result = await this.#bounded("poll", timeoutMs, octets, records.length);
    layout.decodePoll(octets, records);
    return result;
  }

  async select(count: number, sets: SelectSets, timeoutMs: number | null): Promise<number> {
    const all = [sets.read, sets.write, sets.except];
    const octets = all.map((set) => (set === undefined ? null : descriptorSet(set)));
    const time = new Uint8Array(16);
    layout.viewOf(time).setBigInt64(8, BigInt(Math.round(1000 * (timeoutMs ?? WATCHDOG_MS))), true);
    normalise(time);
    const args = [count, ...(octets as [Argument, Argument, Argument]), time] as const;
    const result =
      timeoutMs === 0 ? this.#call("select", ...args) : await this.#onThread("select", ...args);
    for (const [index, set] of all.entries()) takeDescriptors(octets[index] ?? null, set);
    if (timeoutMs === null && result === 0) throw new Error("select: still waiting");
    return result;
  }

  async epoll_create1(flags: number): Promise<number> {
    return this.#opened(this.#call("epoll_create1", flags));
  }

  async epoll_ctl(
    epoll: number,
    operation: number,
    fd: number,
    event: EpollEvent,
  ): Promise<number> {
    return this.#call("epoll_ctl", epoll, operation, fd, layout.encodeEpoll(event));
  }

  async epoll_wait(
    epoll: number,
    events: EpollEvent[],
    maxEvents: number,
    timeoutMs: number,
  ): Promise<number> {
    const octets = new Uint8Array(layout.EPOLL_EVENT * Math.max(maxEvents, 1));
    const result = await this.#bounded("epoll_wait", timeoutMs, epoll, octets, maxEvents);
    events.splice(0, events.length, ...layout.decodeEpoll(octets, Math.max(result, 0)));
    return result;
  }

  async dup(fd: number): Promise<number> {
    return this.#opened(this.#call("dup", fd));
  }

  async dup2(fd: number, target: number): Promise<number> {
    return this.#opened(this.#call("dup2", fd, target));
  }

  async dup3(fd: number, target: number, flags: number): Promise<number> {
    return this.#opened(this.#call("dup3", fd, target, flags));
  }

  async pipe2(pair: DescriptorPair, flags: number): Promise<number> {
    const octets = pairRoom(pair);
    return this.#takePair(this.#call("pipe2", octets, flags), octets, pair);
  }

  async if_nametoindex(name: string): Promise<number> {
    const octets = new TextEncoder().encode(`${name}\0`);
    return this.#libc.functions.if_nametoindex(octets) || -this.#libc.errno();
  }

  /** The kernel hands a packet on at once, but on a busy machine it may leave that to a thread. */
  async settle(): Promise<void> {
    await delay(SETTLE_MS);
  }

  /** Connections end with RST, so that no TIME-WAIT is left to the next program. */
  async dispose(): Promise<void> {
    if (this.#waiting.size > 0) for (const fd of this.#open) this.#call("shutdown", fd, SHUT_RDWR);
    await Promise.allSettled(this.#waiting);
    for (const fd of this.#open) {
      this.#call("setsockopt", fd, SOL_SOCKET, SO_LINGER, ABORT, ABORT.length);
      this.#call("close", fd);
    }
    this.#open.clear();
  }

  #call(name: LibcName, ...args: Argument[]): number {
    const result = this.#libc.functions[name](...args);
    return result < 0 ? -this.#libc.errno() : result;
  }

  /** A call on `fd` that may wait, at once where it does not. */
  async #wait(name: LibcName, fd: number, ...args: Argument[]): Promise<number> {
    const flags = this.#call("fcntl", fd, F_GETFL, 0);
    const neverWaits = flags < 0 || (flags & O_NONBLOCK) !== 0 || hasDontWait(name, args);
    if (neverWaits) return this.#call(name, fd, ...args);
    if (this.#isSocket(fd)) return this.#onThread(name, fd, ...args);
    // Nothing could end a call on a pipe, so it must not begin before it is sure to return.
    const events = this.#call("fcntl", fd, F_GETPIPE_SZ, 0) >= 0 ? PIPE_EVENTS[name] : undefined;
    if (events !== undefined) await this.poll([{ fd, events, revents: 0 }], -1);
    return this.#call(name, fd, ...args);
  }

  /** The same while `memory` is kept, which the arguments point into. */
  async #waitKeeping(
    memory: unknown,
    name: LibcName,
    ...args: [number, ...Argument[]]
  ): Promise<number> {
    this.#kept.add(memory);
    try {
      return await this.#wait(name, ...args);
    } finally {
      this.#kept.delete(memory);
    }
  }

  #onThread(name: LibcName, ...args: Argument[]): Promise<number> {
    const { functions, errno } = this.#libc;
    const call = new Promise<number>((resolve, reject) => {
      let isStuck = false;
      const watchdog = setTimeout(() => {
        isStuck = true;
        if (typeof args[0] === "number") functions.shutdown(args[0], SHUT_RDWR);
      }, WATCHDOG_MS);
      functions[name].async(...args, (error, result) => {
        const outcome = result < 0 ? -errno() : result;
        clearTimeout(watchdog);
        if (error !== null) reject(error);
        else if (isStuck) reject(new Error(`${name}: still waiting`));
        else resolve(outcome);
      });
    });
    this.#waiting.add(call);
    return call.finally(() => this.#waiting.delete(call));
  }

  /** A call whose last argument is the longest time it waits. */
  async #bounded(name: LibcName, timeoutMs: number, ...args: Argument[]): Promise<number> {
    if (timeoutMs === 0) return this.#call(name, ...args, 0);
    const result = await this.#onThread(name, ...args, timeoutMs < 0 ? WATCHDOG_MS : timeoutMs);
    if (timeoutMs < 0 && result === 0) throw new Error(`${name}: still waiting`);
    return result;
  }

  #opened(result: number): number {
    if (result >= 0) this.#open.add(result);
    return result;
  }

  #takePair(result: number, octets: Uint8Array, pair: DescriptorPair): number {
    pair[0] = integerIn(octets);
    pair[1] = integerIn(octets, 4);
    if (result === 0) for (const fd of pair) this.#opened(fd);
    return result;
  }

  /** Descriptors that came with a message are this program's to close. */
  #takeMessages(built: BuiltMessage, messages: readonly MessageRoom[]): void {
    for (const fd of takeReceived(built, messages)) this.#opened(fd);
  }

  #isSocket(fd: number): boolean {
    const type = new Uint8Array(4);
    return this.#call("getsockopt", fd, SOL_SOCKET, SO_TYPE, type, integerRoom(4)) === 0;
  }

  #lingers(fd: number): boolean {
    const octets = new Uint8Array(8);
    const result = this.#call("getsockopt", fd, SOL_SOCKET, SO_LINGER, octets, integerRoom(8));
    return result === 0 && integerIn(octets) !== 0 && integerIn(octets, 4) > 0;
  }

  /** `struct iovec[]`. */
  #parts(parts: readonly Uint8Array[]): Uint8Array {
    return layout.encodeParts(parts.map((part) => [this.#libc.addressOf(part), part.length]));
  }
}

const F_GETPIPE_SZ = 1032;
const SETTLE_MS = 5;
const DUPLICATING: ReadonlySet<number> = new Set([0, 1030]);
/** `struct linger` of 1 and 0. */
const ABORT = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

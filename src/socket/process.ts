import { Errno } from "../base/errno.ts";
import type { Stack } from "../stack/stack.ts";
import * as c from "./constants.ts";
import { DescriptorTable } from "./descriptor-table.ts";
import type { OpenDescription } from "./open-description.ts";
import type { OptionResult, OptionValue } from "./option-table.ts";
import type { Received } from "./received.ts";
import { Socket } from "./socket.ts";
import type { SocketName } from "./socket-address.ts";
import { createSocket } from "./socket-families.ts";

/** One entry of `poll(2)`. */
export interface PollEntry {
  /** Negative: ignored. */
  readonly fd: number;
  readonly events: number;
  revents: number;
}

export interface ProcessOptions {
  /** RLIMIT_NOFILE. */
  readonly maxDescriptors?: number;
  /** Ports below it are refused with EACCES (net.ipv4.ip_unprivileged_port_start); default 0, as for root. */
  readonly unprivilegedPortStart?: number;
}

/**
 * The system calls of one world of descriptors. They never wait: a call
 * returns a result ≥ 0 or a negative errno, −EAGAIN where the kernel's would
 * wait, and `description(fd).waiters` says when to try again. What waits is
 * built on top: promises, or threads that block.
 */
export class Process {
  readonly stack: Stack;
  readonly descriptors: DescriptorTable;
  readonly #unprivilegedPortStart: number;
  /** Where the parts of a vector are gathered into one datagram, and scattered from. Made on first need. */
  #gathered: Uint8Array | null = null;

  constructor(stack: Stack, options: ProcessOptions = {}) {
    this.stack = stack;
    this.descriptors = new DescriptorTable(options.maxDescriptors);
    this.#unprivilegedPortStart = options.unprivilegedPortStart ?? 0;
  }

  /** What `fd` names, or null. */
  description(fd: number): OpenDescription | null {
    return this.descriptors.get(fd);
  }

  /** The socket `fd` names; −EBADF or −ENOTSOCK (GEN-1). */
  socketAt(fd: number): Socket | number {
    const description = this.descriptors.get(fd);
    if (description === null) return -Errno.EBADF;
    return description instanceof Socket ? description : -Errno.ENOTSOCK;
  }

  /**
   * `socket(2)`. −EINVAL (flags, type), −EAFNOSUPPORT, −ESOCKTNOSUPPORT,
   * −EPROTONOSUPPORT (SOCK-1 … SOCK-6), −EMFILE.
   */
  socket(family: number, type: number, protocol: number): number {
    const flags = type & ~TYPE_MASK;
    if ((flags & ~(c.SOCK_NONBLOCK | c.SOCK_CLOEXEC)) !== 0) return -Errno.EINVAL;
    const socket = createSocket(this.stack, { family, type: type & TYPE_MASK, protocol });
    return typeof socket === "number" ? socket : this.#install(socket, flags);
  }

  bind(fd: number, name: SocketName, now: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const isPrivileged = name.port !== 0 && name.port < this.#unprivilegedPortStart;
    return isPrivileged ? -Errno.EACCES : socket.bind(name, now);
  }

  listen(fd: number, backlog: number, now: number): number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.listen(backlog, now);
  }

  /**
   * `accept4(2)`: the new descriptor, and in `peer` who it leads to. −EAGAIN
   * when no connection waits; −EMFILE leaves it waiting (ACC-9).
   */
  accept(fd: number, flags: number, peer: Received | null, now: number): number {
    if ((flags & ~(c.SOCK_NONBLOCK | c.SOCK_CLOEXEC)) !== 0) return -Errno.EINVAL;
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    if (this.descriptors.isFull) return -Errno.EMFILE;
    const accepted = socket.accept(now);
    if (typeof accepted === "number") return accepted;
    const name = accepted.remoteName(true);
    if (typeof name !== "number") peer?.setName(name);
    return this.#install(accepted, flags);
  }

  /** `connect(2)`. −EINPROGRESS for a stream: `finishConnect` tells how it ends. */
  connect(fd: number, name: SocketName, now: number): number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.connect(name, now);
  }

  /** How a pending connect ended: −EAGAIN while it has not, 0, or its error. What a connect() that waits waits for. */
  finishConnect(fd: number, now: number): number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.finishConnect(now);
  }

  read(fd: number, into: Uint8Array, now: number): number {
    const description = this.descriptors.get(fd);
    return description === null ? -Errno.EBADF : description.read(into, 0, into.length, now);
  }

  write(fd: number, bytes: Uint8Array, now: number): number {
    const description = this.descriptors.get(fd);
    return description === null ? -Errno.EBADF : description.write(bytes, 0, bytes.length, now);
  }

  /** `readv(2)`: fills the parts in order (RECV-26). */
  readv(fd: number, parts: readonly Uint8Array[], now: number): number {
    const description = this.descriptors.get(fd);
    if (description === null) return -Errno.EBADF;
    if (parts.length > c.IOV_MAX) return -Errno.EINVAL;
    if (isMessageOriented(description)) return this.#scatter(description, parts, now);
    return eachPart(parts, (part) => description.read(part, 0, part.length, now));
  }

  /** `writev(2)`: one datagram, or one logical write to a stream (SEND-19, SEND-22). */
  writev(fd: number, parts: readonly Uint8Array[], now: number): number {
    const description = this.descriptors.get(fd);
    if (description === null) return -Errno.EBADF;
    if (parts.length > c.IOV_MAX) return -Errno.EINVAL;
    if (isMessageOriented(description)) return this.#gather(description, parts, now);
    return eachPart(parts, (part) => description.write(part, 0, part.length, now));
  }

  send(fd: number, bytes: Uint8Array, flags: number, now: number): number {
    return this.sendto(fd, bytes, flags, null, now);
  }

  sendto(
    fd: number,
    bytes: Uint8Array,
    flags: number,
    name: SocketName | null,
    now: number,
  ): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    return socket.send(bytes, 0, bytes.length, flags, name, now);
  }

  recv(fd: number, into: Uint8Array, flags: number, now: number): number {
    return this.recvfrom(fd, into, flags, null, now);
  }

  recvfrom(
    fd: number,
    into: Uint8Array,
    flags: number,
    received: Received | null,
    now: number,
  ): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    return socket.receive(into, 0, into.length, flags, received, now);
  }

  /** `shutdown(2)`. −EINVAL for an unknown `how`, −ENOTCONN (SHUT-1). */
  shutdown(fd: number, how: number, now: number): number {
    const socket = this.socketAt(fd);
    if (typeof socket === "number") return socket;
    const isKnown = how === c.SHUT_RD || how === c.SHUT_WR || how === c.SHUT_RDWR;
    return isKnown ? socket.shutdown(how, now) : -Errno.EINVAL;
  }

  /** `close(2)`: the descriptor is gone at once, the connection ends in its own time (CLOSE-4, CLOSE-10). */
  close(fd: number, now: number): number {
    const description = this.descriptors.remove(fd);
    if (description === null) return -Errno.EBADF;
    this.#release(description, now);
    return 0;
  }

  getsockname(fd: number): SocketName | number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.localName();
  }

  getpeername(fd: number): SocketName | number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.remoteName();
  }

  getsockopt(fd: number, level: number, name: number, into: OptionResult): number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.getOption(level, name, into);
  }

  setsockopt(fd: number, level: number, name: number, value: OptionValue, now: number): number {
    const socket = this.socketAt(fd);
    return typeof socket === "number" ? socket : socket.setOption(level, name, value, now);
  }

  /** `poll(2)` that does not wait: fills `revents`, returns how many are not 0 (POLL-7, POLL-8). */
  poll(entries: readonly PollEntry[]): number {
    let ready = 0;
    for (const entry of entries) {
      entry.revents = this.#readiness(entry);
      if (entry.revents !== 0) ready++;
    }
    return ready;
  }

  /** `fcntl(2)`: F_GETFL, F_SETFL (O_NONBLOCK), F_GETFD, F_SETFD. */
  fcntl(fd: number, command: number, argument: number): number {
    const description = this.descriptors.get(fd);
    if (description === null) return -Errno.EBADF;
    switch (command) {
      case c.F_GETFL:
        return c.O_RDWR | (description.nonBlocking ? c.O_NONBLOCK : 0);
      case c.F_SETFL:
        description.nonBlocking = (argument & c.O_NONBLOCK) !== 0;
        return 0;
      case c.F_GETFD:
        return this.descriptors.flags(fd);
      case c.F_SETFD:
        this.descriptors.setFlags(fd, argument & c.FD_CLOEXEC);
        return 0;
      default:
        return -Errno.EINVAL;
    }
  }

  /** `ioctl(2)` of a request that gives or takes one number, which is returned: FIONREAD, FIONBIO, SIOCOUTQ, SIOCATMARK. */
  ioctl(fd: number, request: number, argument: number, now: number): number {
    const description = this.descriptors.get(fd);
    if (description === null) return -Errno.EBADF;
    if (request !== c.FIONBIO) return description.ioctl(request, argument, now);
    description.nonBlocking = argument !== 0;
    return 0;
  }

  /** Closes every descriptor, as the end of a process does (CLOSE-11). */
  exit(now: number): void {
    for (const [fd] of [...this.descriptors.entries()]) this.close(fd, now);
  }

  #install(description: OpenDescription, flags: number): number {
    const fd = this.descriptors.add(description);
    if (fd < 0) return fd;
    description.references++;
    description.nonBlocking = (flags & c.SOCK_NONBLOCK) !== 0;
    if ((flags & c.SOCK_CLOEXEC) !== 0) this.descriptors.setFlags(fd, c.FD_CLOEXEC);
    return fd;
  }

  #release(description: OpenDescription, now: number): void {
    description.references--;
    if (description.references === 0) description.close(now);
    // Whoever waits through this very descriptor must not wait any longer (CLOSE-9).
    description.waiters.wake(c.POLLNVAL);
  }

  #readiness({ fd, events }: PollEntry): number {
    if (fd < 0) return 0;
    const description = this.descriptors.get(fd);
    if (description === null) return c.POLLNVAL;
    return description.poll() & (events | c.POLLERR | c.POLLHUP);
  }

  #gather(description: OpenDescription, parts: readonly Uint8Array[], now: number): number {
    const length = lengthOf(parts);
    if (parts.length === 0) return 0;
    if (length > MAX_GATHERED) return -Errno.EMSGSIZE;
    const gathered = this.#scratch();
    let at = 0;
    for (const part of parts) {
      gathered.set(part, at);
      at += part.length;
    }
    return description.write(gathered, 0, length, now);
  }

  #scatter(description: OpenDescription, parts: readonly Uint8Array[], now: number): number {
    const gathered = this.#scratch();
    const octets = description.read(gathered, 0, Math.min(lengthOf(parts), MAX_GATHERED), now);
    let at = 0;
    for (const part of parts) {
      if (at >= octets) break;
      const length = Math.min(part.length, octets - at);
      part.set(gathered.subarray(at, at + length));
      at += length;
    }
    return octets;
  }

  #scratch(): Uint8Array {
    this.#gathered ??= new Uint8Array(MAX_GATHERED);
    return this.#gathered;
  }
}

const TYPE_MASK = 0xf;
/** More than any datagram. */
const MAX_GATHERED = 0x10000;

function isMessageOriented(description: OpenDescription): boolean {
  return description instanceof Socket && !description.isStream;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Goes on from part to part as long as each is used up. An error counts only when nothing came before it. */
function eachPart(parts: readonly Uint8Array[], use: (part: Uint8Array) => number): number {
  let total = 0;
  for (const part of parts) {
    if (part.length === 0) continue;
    const octets = use(part);
    if (octets < 0) return total > 0 ? total : octets;
    total += octets;
    if (octets < part.length) break;
  }
  return total;
}

/** `Sys` on Netloom's promise face: one host, its loopback and one more link. */
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import * as c from "../../src/index.ts";
import { isNotThereYet } from "./netloom-absent.ts";
import { decodeNamed, encodeValue } from "./netloom-values.ts";
import {
  type DescriptorPair,
  type EpollEvent,
  type IntegerRoom,
  type MessageRoom,
  type Name,
  type NameRoom,
  NotThereYet,
  type OptionRoom,
  type PollRecord,
  type SelectSets,
  type SentMessage,
  type Sys,
  type TcpInfo,
  WATCHDOG_MS,
} from "./sys.ts";

export class NetloomSys implements Sys {
  readonly #host: c.Host;
  readonly #face: c.PromiseSockets;

  constructor(host: c.Host) {
    this.#host = host;
    this.#face = host.sockets;
  }

  async socket(family: number, type: number, protocol = 0): Promise<number> {
    const result = outcome(() => this.#face.socket(family, type, protocol));
    if (result < 0 && isNotThereYet({ family, type: type & 0xf })) {
      throw new NotThereYet(`socket(${family}, ${type & 0xf}, ${protocol})`);
    }
    return result;
  }

  socketpair(_f: number, _t: number, _p: number, _pair: DescriptorPair): Promise<number> {
    return notThereYet("socketpair");
  }

  async bind(fd: number, name: Name): Promise<number> {
    return outcome(() => this.#face.bind(fd, decodeNamed(name)));
  }

  async listen(fd: number, backlog: number): Promise<number> {
    return outcome(() => this.#face.listen(fd, backlog));
  }

  accept(fd: number, peer?: NameRoom): Promise<number> {
    return this.accept4(fd, 0, peer);
  }

  accept4(fd: number, flags: number, peer?: NameRoom): Promise<number> {
    return this.#wait("accept", async () => {
      const accepted = await this.#face.accept(fd, { flags });
      putName(peer, accepted.address);
      return accepted.fd;
    });
  }

  connect(fd: number, name: Name): Promise<number> {
    return this.#wait("connect", () => this.#face.connect(fd, decodeNamed(name)));
  }

  async shutdown(fd: number, how: number): Promise<number> {
    return outcome(() => this.#face.shutdown(fd, how));
  }

  async close(fd: number): Promise<number> {
    return outcome(() => this.#face.close(fd));
  }

  async getsockname(fd: number, room: NameRoom): Promise<number> {
    return outcome(() => putName(room, this.#face.getsockname(fd)));
  }

  async getpeername(fd: number, room: NameRoom): Promise<number> {
    return outcome(() => putName(room, this.#face.getpeername(fd)));
  }

  read(fd: number, buffer: Uint8Array, length?: number): Promise<number> {
    if (length !== undefined) return notThereYet("a length apart from its buffer");
    return this.#wait("read", () => this.#face.read(fd, buffer));
  }

  write(fd: number, bytes: Uint8Array, length?: number): Promise<number> {
    if (length !== undefined) return notThereYet("a length apart from its buffer");
    return this.#wait("write", () => this.#face.write(fd, bytes));
  }

  readv(fd: number, buffers: readonly Uint8Array[], count?: number): Promise<number> {
    if (count !== undefined) return notThereYet("a count apart from its buffers");
    return this.#wait("readv", () => this.#face.readv(fd, buffers));
  }

  writev(fd: number, parts: readonly Uint8Array[], count?: number): Promise<number> {
    if (count !== undefined) return notThereYet("a count apart from its buffers");
    return this.#wait("writev", () => this.#face.writev(fd, parts));
  }

  recv(fd: number, buffer: Uint8Array, flags = 0): Promise<number> {
    return this.#wait("recv", () => this.#face.recv(fd, buffer, flags));
  }

  send(fd: number, bytes: Uint8Array, flags = 0): Promise<number> {
    return this.#wait("send", () => this.#face.send(fd, bytes, flags));
  }

  recvfrom(fd: number, buffer: Uint8Array, flags: number, from: NameRoom): Promise<number> {
    return this.#wait("recvfrom", async () => {
      const { size, address } = await this.#face.recvfrom(fd, buffer, flags);
      putName(from, address);
      return size;
    });
  }

  sendto(fd: number, bytes: Uint8Array, flags: number, to: Name): Promise<number> {
    return this.#wait("sendto", () => this.#face.sendto(fd, bytes, flags, decodeNamed(to)));
  }

  recvmsg(_fd: number, _message: MessageRoom, _flags?: number): Promise<number> {
    return notThereYet("recvmsg");
  }

  sendmsg(_fd: number, _message: SentMessage, _flags?: number): Promise<number> {
    return notThereYet("sendmsg");
  }

  recvmmsg(_fd: number, _messages: readonly MessageRoom[], _flags?: number): Promise<number> {
    return notThereYet("recvmmsg");
  }

  sendmmsg(_fd: number, _messages: readonly SentMessage[], _flags?: number): Promise<number> {
    return notThereYet("sendmmsg");
  }

  async getsockopt(fd: number, level: number, option: number, room: OptionRoom): Promise<number> {
    const result = outcome(() => {
      const octets = encodeValue(this.#face.getsockopt(fd, level, option));
      const capacity = room.capacity ?? room.octets.length;
      if (capacity < octets.length) throw new NotThereYet("the length of an option");
      room.octets.set(octets);
      room.length = octets.length;
    });
    return this.#known(result, level, option);
  }

  async setsockopt(
    fd: number,
    level: number,
    option: number,
    value: number | Uint8Array,
    length?: number,
  ): Promise<number> {
    if (length !== undefined && (value instanceof Uint8Array ? length > value.length : true)) {
      throw new NotThereYet("the length of an option");
    }
    const octets = typeof value === "number" ? encodeValue(value) : value.subarray(0, length);
    const result = outcome(() => this.#face.setsockopt(fd, level, option, octets));
    return this.#known(result, level, option);
  }

  async tcpInfo(fd: number, info: Partial<TcpInfo>): Promise<number> {
    return outcome(() => {
      const record = this.#face.getsockopt(fd, c.SOL_TCP, c.TCP_INFO) as c.InfoRecord;
      Object.assign(info, record);
      const { congestionWindow, sndMss } = record;
      // Linux counts segments.
      info.congestionWindow = Math.floor(Number(congestionWindow) / Number(sndMss));
    });
  }

  async fcntl(fd: number, command: number, argument?: number): Promise<number> {
    const result = outcome(() => this.#face.fcntl(fd, command, argument));
    if (result === -c.Errno.EINVAL && isNotThereYet({ command })) {
      throw new NotThereYet(`fcntl ${command}`);
    }
    return result;
  }

  async ioctl(fd: number, request: number, room: IntegerRoom): Promise<number> {
    const result = outcome(() => this.#face.ioctl(fd, request, room.value));
    if (result < 0) {
      if (isNotThereYet({ request })) throw new NotThereYet(`ioctl 0x${request.toString(16)}`);
      return result;
    }
    // This face returns what C programs find behind the pointer.
    if (request !== c.FIONBIO) room.value = result;
    return 0;
  }

  poll(records: readonly PollRecord[], timeoutMs: number): Promise<number> {
    return this.#wait("poll", () => this.#face.poll(records, timeoutMs));
  }

  select(_count: number, _sets: SelectSets, _timeoutMs: number | null): Promise<number> {
    return notThereYet("select");
  }

  epoll_create1(_flags: number): Promise<number> {
    return notThereYet("epoll_create1");
  }

  epoll_ctl(_epoll: number, _operation: number, _fd: number, _event: EpollEvent): Promise<number> {
    return notThereYet("epoll_ctl");
  }

  epoll_wait(
    _epoll: number,
    _events: EpollEvent[],
    _maxEvents: number,
    _timeoutMs: number,
  ): Promise<number> {
    return notThereYet("epoll_wait");
  }

  dup(_fd: number): Promise<number> {
    return notThereYet("dup");
  }

  dup2(_fd: number, _target: number): Promise<number> {
    return notThereYet("dup2");
  }

  dup3(_fd: number, _target: number, _flags: number): Promise<number> {
    return notThereYet("dup3");
  }

  pipe2(_pair: DescriptorPair, _flags: number): Promise<number> {
    return notThereYet("pipe2");
  }

  async if_nametoindex(name: string): Promise<number> {
    const found = this.#host.stack.interfaces.find((iface) => iface.name === name);
    return found?.index ?? -c.Errno.ENODEV;
  }

  /** A segment and its answers take a turn of the host each, and turns come with those of the event loop. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < SETTLE_TURNS; turns++) await turn();
    await delay(1);
  }

  async dispose(): Promise<void> {
    await this.#host.close(0);
  }

  async #wait(name: string, call: () => Promise<unknown>): Promise<number> {
    let watchdog: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_resolve, reject) => {
      watchdog = setTimeout(() => reject(new Error(`${name}: still waiting`)), WATCHDOG_MS);
    });
    try {
      return countOf(await Promise.race([call(), stuck]));
    } catch (error) {
      return errnoOf(error);
    } finally {
      clearTimeout(watchdog);
    }
  }

  #known(result: number, level: number, option: number): number {
    if (result === -c.Errno.ENOPROTOOPT && isNotThereYet({ level, option })) {
      throw new NotThereYet(`option ${option} of level ${level}`);
    }
    return result;
  }
}

const SETTLE_TURNS = 40;

function notThereYet(what: string): never {
  throw new NotThereYet(what);
}

/** The result of a call that throws, as a kernel gives it. */
function outcome(call: () => unknown): number {
  try {
    return countOf(call());
  } catch (error) {
    return errnoOf(error);
  }
}

/** A call without a result has gone well. */
function countOf(result: unknown): number {
  return typeof result === "number" ? result : 0;
}

/** Anything but a `SystemError` is a mistake of ours, whatever the caller did. */
function errnoOf(error: unknown): number {
  if (error instanceof c.SystemError) return -error.errno;
  throw error;
}

function putName(room: NameRoom | undefined, name: c.FullSocketAddress | null): void {
  if (room === undefined) return;
  if (room.capacity !== undefined) throw new NotThereYet("the length of a name");
  room.length = name === null ? 0 : name.family === c.AF_INET6 ? SOCKADDR_IN6 : SOCKADDR_IN;
  room.name = name;
}

const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;

/**
 * The system calls as test programs see them, whichever kernel answers.
 *
 * Every call resolves to what the kernel itself returns: a result ≥ 0, or a
 * negative errno. What C hands back through pointers is filled into the records
 * that the caller passes.
 */

/** A socket's name: `sockaddr_in`, `sockaddr_in6` or, with AF_UNSPEC, one that names nobody. */
export interface InetName {
  readonly family: number;
  readonly address: string;
  readonly port: number;
  /** Interface of a link-local address; absent is 0. */
  readonly scopeId?: number;
}

/** `sockaddr_un`. An empty path is unnamed, one that begins with NUL is abstract. */
export interface UnixName {
  readonly family: number;
  readonly path: string;
}

/** Octets as they are, with a length that need not be theirs. */
export interface OctetName {
  readonly octets: Uint8Array;
  /** Handed to the kernel as `socklen_t`; absent is that of the octets. */
  readonly length?: number;
}

export type Name = InetName | UnixName | OctetName;

/** Where a call puts a name. */
export interface NameRoom {
  /** Octets of room offered; may be wrong on purpose. Absent is enough for every family. */
  readonly capacity?: number;
  /** The name, when all of it fitted and there is one. */
  name?: InetName | UnixName | null;
  /** What the kernel says its length is. */
  length?: number;
}

/** Where `getsockopt` puts a value. */
export interface OptionRoom {
  /** As long as the room that is offered. */
  readonly octets: Uint8Array;
  /** Handed to the kernel instead of that length, to lie to it. */
  readonly capacity?: number;
  /** Octets the kernel says it has written. */
  length?: number;
}

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** `struct msghdr` on its way out. */
export interface SentMessage {
  readonly name?: Name;
  readonly parts: readonly Uint8Array[];
  /** As octets: not well-formed on purpose. */
  readonly control?: readonly ControlMessage[] | Uint8Array;
}

/** `struct msghdr` on its way in. */
export interface MessageRoom {
  readonly parts: readonly Uint8Array[];
  readonly name?: NameRoom;
  /** Octets of room for ancillary data; absent is none. */
  readonly controlCapacity?: number;
  control?: ControlMessage[];
  /** `msg_controllen` as the kernel left it. */
  controlLength?: number;
  flags?: number;
  /** Of one message of several: its octets. */
  size?: number;
}

export interface PollRecord {
  readonly fd: number;
  readonly events: number;
  revents: number;
}

export interface EpollEvent {
  readonly events: number;
  /** `epoll_data_t`, as far as a number goes. */
  readonly data: number;
}

/** The three sets of `select`; changed in place as the kernel changes them. */
export interface SelectSets {
  readonly read?: Set<number>;
  readonly write?: Set<number>;
  readonly except?: Set<number>;
}

/** `struct tcp_info`, as far as programs look at it. Times in ms. */
export interface TcpInfo {
  state: number;
  hasTimestamps: boolean;
  hasSack: boolean;
  hasScaling: boolean;
  rtoMs: number;
  srttMs: number;
  sndMss: number;
  pathMtu: number;
  /** Segments, not octets. */
  congestionWindow: number;
  timeouts: number;
  /** Octets given to send() that were not sent yet. */
  unsentOctets: number;
}

/** A number that an ioctl reads or writes. */
export interface IntegerRoom {
  value: number;
}

/** Two descriptors, as `pipe2` and `socketpair` give them. */
export type DescriptorPair = [number, number];

export interface Sys {
  socket(family: number, type: number, protocol?: number): Promise<number>;
  socketpair(family: number, type: number, protocol: number, pair: DescriptorPair): Promise<number>;
  bind(fd: number, name: Name): Promise<number>;
  listen(fd: number, backlog: number): Promise<number>;
  accept(fd: number, peer?: NameRoom): Promise<number>;
  accept4(fd: number, flags: number, peer?: NameRoom): Promise<number>;
  connect(fd: number, name: Name): Promise<number>;
  shutdown(fd: number, how: number): Promise<number>;
  close(fd: number): Promise<number>;
  getsockname(fd: number, room: NameRoom): Promise<number>;
  getpeername(fd: number, room: NameRoom): Promise<number>;

  /** `length` is handed to the kernel instead of the buffer's, to lie to it. */
  read(fd: number, buffer: Uint8Array, length?: number): Promise<number>;
  write(fd: number, bytes: Uint8Array, length?: number): Promise<number>;
  /** `count` is handed to the kernel instead of that of the buffers. */
  readv(fd: number, buffers: readonly Uint8Array[], count?: number): Promise<number>;
  writev(fd: number, parts: readonly Uint8Array[], count?: number): Promise<number>;
  recv(fd: number, buffer: Uint8Array, flags?: number): Promise<number>;
  send(fd: number, bytes: Uint8Array, flags?: number): Promise<number>;
  recvfrom(fd: number, buffer: Uint8Array, flags: number, from: NameRoom): Promise<number>;
  sendto(fd: number, bytes: Uint8Array, flags: number, to: Name): Promise<number>;
  recvmsg(fd: number, message: MessageRoom, flags?: number): Promise<number>;
  sendmsg(fd: number, message: SentMessage, flags?: number): Promise<number>;
  recvmmsg(fd: number, messages: readonly MessageRoom[], flags?: number): Promise<number>;
  sendmmsg(fd: number, messages: readonly SentMessage[], flags?: number): Promise<number>;

  getsockopt(fd: number, level: number, option: number, room: OptionRoom): Promise<number>;
  /** A number is an `int`. `length` is handed to the kernel instead of that of the octets. */
  setsockopt(
    fd: number,
    level: number,
    option: number,
    value: number | Uint8Array,
    length?: number,
  ): Promise<number>;
  /** `getsockopt` of TCP_INFO. */
  tcpInfo(fd: number, info: Partial<TcpInfo>): Promise<number>;
  fcntl(fd: number, command: number, argument?: number): Promise<number>;
  ioctl(fd: number, request: number, room: IntegerRoom): Promise<number>;

  /** `timeoutMs` negative: for ever. */
  poll(records: readonly PollRecord[], timeoutMs: number): Promise<number>;
  /** `timeoutMs` null: for ever; negative: an invalid `timeval`. */
  select(count: number, sets: SelectSets, timeoutMs: number | null): Promise<number>;
  epoll_create1(flags: number): Promise<number>;
  epoll_ctl(epoll: number, operation: number, fd: number, event: EpollEvent): Promise<number>;
  /** Replaces the contents of `events`. */
  epoll_wait(
    epoll: number,
    events: EpollEvent[],
    maxEvents: number,
    timeoutMs: number,
  ): Promise<number>;

  dup(fd: number): Promise<number>;
  dup2(fd: number, target: number): Promise<number>;
  dup3(fd: number, target: number, flags: number): Promise<number>;
  pipe2(pair: DescriptorPair, flags: number): Promise<number>;
  if_nametoindex(name: string): Promise<number>;

  /** Resolves when everything under way between the host's own sockets has arrived. */
  settle(): Promise<void>;
  /** Closes all that is still open. */
  dispose(): Promise<void>;
}

/** Thrown by a kernel that does not have this call, option or family yet. */
export class NotThereYet extends Error {
  override readonly name: string = "NotThereYet";
}

/** A call that waits longer is stuck: no program of the suite waits for anything slower. */
export const WATCHDOG_MS = 4000;

/** The structures of `<sys/socket.h>` and its neighbours as octets (x86-64, little-endian). */
import { AF_INET, AF_INET6, AF_UNIX, inet_ntop, inet_pton } from "../../src/index.ts";
import type {
  ControlMessage,
  EpollEvent,
  InetName,
  Name,
  PollRecord,
  TcpInfo,
  UnixName,
} from "./sys.ts";

export const SOCKADDR_STORAGE = 128;
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
const SUN_PATH = 108;

/** A name as octets. */
export function encodeName(name: Name): Uint8Array {
  if ("octets" in name) return name.octets;
  return "path" in name ? encodeUnix(name) : encodeInet(name);
}

export function lengthOfName(name: Name): number {
  return "octets" in name ? (name.length ?? name.octets.length) : encodeName(name).length;
}

/** Null for no octets, and for a family that has no names here. */
export function decodeName(octets: Uint8Array): InetName | UnixName | null {
  if (octets.length < 2) return null;
  const view = viewOf(octets);
  const family = view.getUint16(0, true);
  if (family === AF_UNIX) return { family, path: pathOf(octets.subarray(2)) };
  const isV6 = family === AF_INET6;
  if (octets.length < (isV6 ? SOCKADDR_IN6 : SOCKADDR_IN)) return null;
  if (!isV6 && family !== AF_INET) return null;
  const address = inet_ntop(family, isV6 ? octets.subarray(8, 24) : octets.subarray(4, 8)) ?? "";
  const scopeId = isV6 ? view.getUint32(24, true) : 0;
  const named = { family, address, port: view.getUint16(2, false) };
  return scopeId === 0 ? named : { ...named, scopeId };
}

/** `struct pollfd[]`. */
export function encodePoll(records: readonly PollRecord[]): Uint8Array {
  const octets = new Uint8Array(8 * records.length);
  const view = viewOf(octets);
  for (const [index, { fd, events }] of records.entries()) {
    view.setInt32(8 * index, fd, true);
    view.setUint16(8 * index + 4, events, true);
  }
  return octets;
}

export function decodePoll(octets: Uint8Array, into: readonly PollRecord[]): void {
  const view = viewOf(octets);
  for (const [index, record] of into.entries())
    record.revents = view.getUint16(8 * index + 6, true);
}

/** `struct epoll_event[]`, packed. */
export function encodeEpoll({ events, data }: EpollEvent): Uint8Array {
  const octets = new Uint8Array(EPOLL_EVENT);
  viewOf(octets).setUint32(0, events >>> 0, true);
  viewOf(octets).setBigInt64(4, BigInt(data), true);
  return octets;
}

export function decodeEpoll(octets: Uint8Array, count: number): EpollEvent[] {
  const view = viewOf(octets);
  return Array.from({ length: count }, (_, index) => ({
    events: view.getUint32(EPOLL_EVENT * index, true),
    data: Number(view.getBigInt64(EPOLL_EVENT * index + 4, true)),
  }));
}

export const EPOLL_EVENT = 12;
/** `struct mmsghdr`: a msghdr and the octets it came to. */
export const MSGHDR = 56;
export const MMSGHDR = 64;

/** What a `struct msghdr` points at; 0n is NULL. */
export interface MessageHeader {
  readonly name: bigint;
  readonly nameLength: number;
  readonly parts: bigint;
  readonly partCount: number;
  readonly control: bigint;
  readonly controlLength: number;
}

export function encodeHeader(header: MessageHeader, into: Uint8Array): void {
  const view = viewOf(into);
  view.setBigUint64(0, header.name, true);
  view.setUint32(8, header.nameLength, true);
  view.setBigUint64(16, header.parts, true);
  view.setBigUint64(24, BigInt(header.partCount), true);
  view.setBigUint64(32, header.control, true);
  view.setBigUint64(40, BigInt(header.controlLength), true);
}

export function decodeHeader(octets: Uint8Array): {
  nameLength: number;
  controlLength: number;
  flags: number;
} {
  const view = viewOf(octets);
  const nameLength = view.getUint32(8, true);
  const controlLength = Number(view.getBigUint64(40, true));
  return { nameLength, controlLength, flags: view.getInt32(48, true) };
}

/** `struct iovec[]`. */
export function encodeParts(parts: readonly (readonly [bigint, number])[]): Uint8Array {
  const octets = new Uint8Array(Math.max(16 * parts.length, 16));
  const view = viewOf(octets);
  for (const [index, [address, length]] of parts.entries()) {
    view.setBigUint64(16 * index, address, true);
    view.setBigUint64(16 * index + 8, BigInt(length), true);
  }
  return octets;
}

/** `struct cmsghdr`s with their padding (CMSG_SPACE). */
export function encodeControl(messages: readonly ControlMessage[]): Uint8Array {
  const spaces = messages.map(({ data }) => CMSGHDR + aligned(data.length));
  const octets = new Uint8Array(spaces.reduce((sum, space) => sum + space, 0));
  const view = viewOf(octets);
  let at = 0;
  for (const [index, { level, type, data }] of messages.entries()) {
    view.setBigUint64(at, BigInt(CMSGHDR + data.length), true);
    view.setInt32(at + 8, level, true);
    view.setInt32(at + 12, type, true);
    octets.set(data, at + CMSGHDR);
    at += spaces[index] as number;
  }
  return octets;
}

export function decodeControl(octets: Uint8Array): ControlMessage[] {
  const view = viewOf(octets);
  const messages: ControlMessage[] = [];
  for (let at = 0; at + CMSGHDR <= octets.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CMSGHDR) break;
    const [level, type] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    messages.push({ level, type, data: octets.slice(at + CMSGHDR, at + length) });
    at += aligned(length);
  }
  return messages;
}

/** `struct tcp_info`, as much of it as came. */
export function decodeTcpInfo(octets: Uint8Array): TcpInfo {
  const view = viewOf(octets);
  const options = view.getUint8(5);
  return {
    state: view.getUint8(0),
    timeouts: view.getUint8(2),
    hasTimestamps: (options & 1) !== 0,
    hasSack: (options & 2) !== 0,
    hasScaling: (options & 4) !== 0,
    rtoMs: view.getUint32(8, true) / 1000,
    sndMss: view.getUint32(16, true),
    pathMtu: view.getUint32(60, true),
    srttMs: view.getUint32(68, true) / 1000,
    congestionWindow: view.getUint32(80, true),
    unsentOctets: view.getUint32(144, true),
  };
}

const CMSGHDR = 16;

function aligned(length: number): number {
  return (length + 7) & ~7;
}

function encodeInet({ family, address, port, scopeId = 0 }: InetName): Uint8Array {
  const isV6 = family === AF_INET6;
  const octets = new Uint8Array(isV6 ? SOCKADDR_IN6 : SOCKADDR_IN);
  const view = viewOf(octets);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  const isText = inet_pton(isV6 ? AF_INET6 : AF_INET, address, octets.subarray(isV6 ? 8 : 4)) === 1;
  if (!isText) throw new Error(`no address of family ${family}: ${address}`);
  if (isV6) view.setUint32(24, scopeId, true);
  return octets;
}

/** A path ends with NUL; an abstract name is as long as it is. */
function encodeUnix({ family, path }: UnixName): Uint8Array {
  const text = new TextEncoder().encode(path.startsWith("\0") || path === "" ? path : `${path}\0`);
  if (text.length > SUN_PATH) throw new Error(`a path of ${text.length} octets`);
  const octets = new Uint8Array(2 + text.length);
  viewOf(octets).setUint16(0, family, true);
  octets.set(text, 2);
  return octets;
}

function pathOf(octets: Uint8Array): string {
  const isAbstract = octets[0] === 0;
  const end = octets.indexOf(0);
  return new TextDecoder().decode(isAbstract || end < 0 ? octets : octets.subarray(0, end));
}

export function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

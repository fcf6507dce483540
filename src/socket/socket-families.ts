import { Errno } from "../base/errno.ts";
import type { Stack } from "../stack/stack.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "./constants.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { PingSocket } from "./ping-socket.ts";
import type { Socket, SocketKind } from "./socket.ts";
import { StreamSocket } from "./stream-socket.ts";

type Factory = (stack: Stack, kind: SocketKind) => Socket;

/** What can be opened: a family, a type, the protocols it may be asked for, and what comes of it. */
interface FamilyRow {
  readonly families: readonly number[];
  readonly type: number;
  readonly protocol: number;
  /** Protocol 0 means this one (SOCK-4). */
  readonly isDefault: boolean;
  readonly create: Factory;
}

const INET = [AF_INET, AF_INET6];

const FAMILIES: readonly FamilyRow[] = [
  {
    families: INET,
    type: SOCK_STREAM,
    protocol: IPPROTO_TCP,
    isDefault: true,
    create: (stack, kind) => new StreamSocket(stack, kind),
  },
  {
    families: INET,
    type: SOCK_DGRAM,
    protocol: IPPROTO_UDP,
    isDefault: true,
    create: (stack, kind) => new DatagramSocket(stack, kind),
  },
  {
    families: [AF_INET],
    type: SOCK_DGRAM,
    protocol: IPPROTO_ICMP,
    isDefault: false,
    create: (stack, kind) => new PingSocket(stack, kind),
  },
  {
    families: [AF_INET6],
    type: SOCK_DGRAM,
    protocol: IPPROTO_ICMPV6,
    isDefault: false,
    create: (stack, kind) => new PingSocket(stack, kind),
  },
];

/** Opens a socket without a descriptor; the errors of socket(2), in Linux's order. */
export function createSocket(stack: Stack, kind: SocketKind): Socket | number {
  const { family, protocol } = kind;
  if (family < 0 || family >= FAMILIES_END) return -Errno.EAFNOSUPPORT;
  if (kind.type >= TYPES_END) return -Errno.EINVAL;
  const ofFamily = FAMILIES.filter((row) => row.families.includes(family));
  if (ofFamily.length === 0) return -Errno.EAFNOSUPPORT;
  if (protocol < 0 || protocol >= PROTOCOLS_END) return -Errno.EINVAL;
  const ofType = ofFamily.filter((row) => row.type === kind.type);
  if (ofType.length === 0) return -Errno.ESOCKTNOSUPPORT;
  const row = ofType.find((candidate) =>
    protocol === IPPROTO_IP ? candidate.isDefault : candidate.protocol === protocol,
  );
  if (row === undefined) return -Errno.EPROTONOSUPPORT;
  return row.create(stack, { ...kind, protocol: row.protocol });
}

/** NPROTO, SOCK_MAX and IPPROTO_MAX of Linux 6.18. */
const FAMILIES_END = 46;
const TYPES_END = 11;
const PROTOCOLS_END = 263;

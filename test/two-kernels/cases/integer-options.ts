import assert from "node:assert/strict";
import * as c from "../../../src/index.ts";
import { LOOPBACK4, LOOPBACK6 } from "../bench.ts";
import { named } from "../expect.ts";
import * as n from "../numbers.ts";
import { type Desk, program } from "../program.ts";

/** What a fresh socket is: TCP or UDP, over IPv4 or over IPv6. */
type Kind = "tcp" | "udp" | "tcp6" | "udp6";

interface Row {
  readonly name: string;
  readonly option: number;
  readonly on: readonly Kind[];
  /** What a fresh socket says; null where that is a matter of the host. */
  readonly initial: number | null;
  /** What is set, and what is read then or the error of setting: "1:1 300:EINVAL". */
  readonly takes: string;
}

const BOTH: readonly Kind[] = ["tcp", "udp"];
const TCP: readonly Kind[] = ["tcp"];
const UDP: readonly Kind[] = ["udp"];
const SIX: readonly Kind[] = ["tcp6", "udp6"];
/** Any number but 0 is on. */
const FLAG = "1:1 5:1 -1:1 0:0";

// req: sockets/OPT-10
register(c.SOL_SOCKET, [
  { name: "SO_REUSEADDR", option: c.SO_REUSEADDR, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_REUSEPORT", option: c.SO_REUSEPORT, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_KEEPALIVE", option: c.SO_KEEPALIVE, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_BROADCAST", option: c.SO_BROADCAST, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_OOBINLINE", option: c.SO_OOBINLINE, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_DONTROUTE", option: c.SO_DONTROUTE, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_DEBUG", option: c.SO_DEBUG, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_NO_CHECK", option: c.SO_NO_CHECK, on: UDP, initial: 0, takes: FLAG },
]);

// req: sockets/OPT-12
register(c.SOL_SOCKET, [
  { name: "SO_TIMESTAMP", option: c.SO_TIMESTAMP, on: BOTH, initial: 0, takes: FLAG },
  { name: "SO_TIMESTAMPNS", option: n.SO_TIMESTAMPNS, on: BOTH, initial: 0, takes: FLAG },
]);

// req: sockets/OPT-5
register(c.SOL_SOCKET, [
  {
    name: "SO_RCVBUF",
    option: c.SO_RCVBUF,
    on: BOTH,
    initial: null,
    takes: "1000:2304 0:2304 5000:10000 100000:200000 100000000:8388608 -1:8388608",
  },
  {
    name: "SO_SNDBUF",
    option: c.SO_SNDBUF,
    on: BOTH,
    initial: null,
    takes: "1:4608 5000:10000 100000:200000 100000000:8388608 -1:8388608",
  },
]);

// req: sockets/OPT-7, sockets/RECV-1
register(c.SOL_SOCKET, [
  { name: "SO_RCVLOWAT", option: c.SO_RCVLOWAT, on: TCP, initial: 1, takes: "5:5 0:1 900:900" },
  { name: "SO_SNDLOWAT", option: c.SO_SNDLOWAT, on: BOTH, initial: 1, takes: "5:ENOPROTOOPT" },
]);

// req: sockets/OPT-2
register(c.SOL_SOCKET, [
  { name: "SO_PRIORITY", option: c.SO_PRIORITY, on: BOTH, initial: 0, takes: "6:6 7:7 0:0" },
  { name: "SO_MARK", option: n.SO_MARK, on: BOTH, initial: 0, takes: "77:77 0:0" },
  { name: "SO_PEEK_OFF", option: n.SO_PEEK_OFF, on: BOTH, initial: -1, takes: "0:0 3:3 -1:-1" },
  { name: "SO_INCOMING_CPU", option: n.SO_INCOMING_CPU, on: BOTH, initial: -1, takes: "0:0" },
]);

// req: sockets/OPT-13, sockets/OPT-14, sockets/OPT-19
register(c.SOL_TCP, [
  { name: "TCP_NODELAY", option: c.TCP_NODELAY, on: TCP, initial: 0, takes: FLAG },
  { name: "TCP_CORK", option: c.TCP_CORK, on: TCP, initial: 0, takes: FLAG },
  { name: "TCP_QUICKACK", option: c.TCP_QUICKACK, on: TCP, initial: 1, takes: "0:0 1:1" },
]);

// req: sockets/OPT-15
register(c.SOL_TCP, [
  {
    name: "TCP_MAXSEG",
    option: c.TCP_MAXSEG,
    on: TCP,
    initial: 536,
    takes: "10:EINVAL 87:EINVAL 88:88 1000:1000 32767:32767 32768:EINVAL -1:EINVAL 0:536",
  },
]);

// req: sockets/OPT-16
register(c.SOL_TCP, [
  {
    name: "TCP_KEEPIDLE",
    option: c.TCP_KEEPIDLE,
    on: TCP,
    initial: 7200,
    takes: "1:1 32767:32767 0:EINVAL 32768:EINVAL -1:EINVAL",
  },
  {
    name: "TCP_KEEPINTVL",
    option: c.TCP_KEEPINTVL,
    on: TCP,
    initial: 75,
    takes: "1:1 32767:32767 0:EINVAL 32768:EINVAL",
  },
  {
    name: "TCP_KEEPCNT",
    option: c.TCP_KEEPCNT,
    on: TCP,
    initial: 9,
    takes: "1:1 127:127 0:EINVAL 128:EINVAL",
  },
]);

// req: sockets/OPT-17
register(c.SOL_TCP, [
  {
    name: "TCP_USER_TIMEOUT",
    option: c.TCP_USER_TIMEOUT,
    on: TCP,
    initial: 0,
    takes: "5000:5000 1:1 -1:EINVAL 0:0",
  },
]);

// req: sockets/OPT-19
register(c.SOL_TCP, [
  {
    name: "TCP_SYNCNT",
    option: c.TCP_SYNCNT,
    on: TCP,
    initial: null,
    takes: "1:1 127:127 0:EINVAL 128:EINVAL -1:EINVAL",
  },
  {
    name: "TCP_LINGER2",
    option: c.TCP_LINGER2,
    on: TCP,
    initial: 60,
    takes: "10:10 120:120 121:120 -1:-1 0:60",
  },
  {
    name: "TCP_DEFER_ACCEPT",
    option: c.TCP_DEFER_ACCEPT,
    on: TCP,
    initial: 0,
    takes: "1:1 3:3 10:15 0:0",
  },
  {
    name: "TCP_WINDOW_CLAMP",
    option: c.TCP_WINDOW_CLAMP,
    on: TCP,
    initial: null,
    takes: "20000:20000",
  },
  {
    name: "TCP_NOTSENT_LOWAT",
    option: n.TCP_NOTSENT_LOWAT,
    on: TCP,
    initial: 0,
    takes: "4096:4096 -1:-1 0:0",
  },
  {
    name: "TCP_FASTOPEN_CONNECT",
    option: n.TCP_FASTOPEN_CONNECT,
    on: TCP,
    initial: 0,
    takes: "1:1 2:EINVAL 0:0",
  },
  { name: "TCP_INQ", option: n.TCP_INQ, on: TCP, initial: 0, takes: "1:1 2:EINVAL 0:0" },
  { name: "TCP_SAVE_SYN", option: n.TCP_SAVE_SYN, on: TCP, initial: 0, takes: "1:1 3:EINVAL 0:0" },
]);

// req: sockets/OPT-20
register(c.SOL_IP, [
  {
    name: "IP_TTL",
    option: c.IP_TTL,
    on: BOTH,
    initial: 64,
    takes: "1:1 255:255 0:EINVAL 256:EINVAL -2:EINVAL -1:64",
  },
  {
    name: "IP_MULTICAST_TTL",
    option: c.IP_MULTICAST_TTL,
    on: UDP,
    initial: 1,
    takes: "0:0 255:255 256:EINVAL -2:EINVAL -1:1",
  },
  { name: "IP_MULTICAST_TTL", option: c.IP_MULTICAST_TTL, on: TCP, initial: 1, takes: "5:EINVAL" },
  {
    name: "IP_MINTTL",
    option: n.IP_MINTTL,
    on: BOTH,
    initial: 0,
    takes: "255:255 256:EINVAL -1:EINVAL 0:0",
  },
]);

// req: sockets/OPT-21
register(c.SOL_IP, [
  { name: "IP_TOS", option: c.IP_TOS, on: UDP, initial: 0, takes: "16:16 255:255 256:0 0:0" },
  { name: "IP_TOS", option: c.IP_TOS, on: TCP, initial: 0, takes: "16:16 3:0 255:252 0:0" },
]);

// req: sockets/OPT-24
register(c.SOL_IP, [
  {
    name: "IP_MULTICAST_LOOP",
    option: c.IP_MULTICAST_LOOP,
    on: BOTH,
    initial: 1,
    takes: "0:0 7:1",
  },
  {
    name: "IP_MULTICAST_ALL",
    option: n.IP_MULTICAST_ALL,
    on: BOTH,
    initial: 1,
    takes: "0:0 2:EINVAL 1:1",
  },
]);

// req: sockets/OPT-25
register(c.SOL_IP, [
  {
    name: "IP_MTU_DISCOVER",
    option: c.IP_MTU_DISCOVER,
    on: BOTH,
    initial: 1,
    takes: "0:0 2:2 3:3 4:4 5:5 6:EINVAL -1:EINVAL 1:1",
  },
]);

// req: sockets/OPT-26
register(c.SOL_IP, [
  { name: "IP_RECVERR", option: c.IP_RECVERR, on: BOTH, initial: 0, takes: FLAG },
]);

// req: sockets/RECV-25
register(c.SOL_IP, [
  { name: "IP_PKTINFO", option: c.IP_PKTINFO, on: BOTH, initial: 0, takes: FLAG },
  { name: "IP_RECVTTL", option: c.IP_RECVTTL, on: BOTH, initial: 0, takes: FLAG },
  { name: "IP_RECVTOS", option: c.IP_RECVTOS, on: BOTH, initial: 0, takes: FLAG },
  { name: "IP_RECVORIGDSTADDR", option: n.IP_RECVORIGDSTADDR, on: BOTH, initial: 0, takes: FLAG },
]);

// req: sockets/BIND-4, sockets/BIND-11
register(c.SOL_IP, [
  { name: "IP_FREEBIND", option: c.IP_FREEBIND, on: BOTH, initial: 0, takes: FLAG },
  {
    name: "IP_BIND_ADDRESS_NO_PORT",
    option: c.IP_BIND_ADDRESS_NO_PORT,
    on: BOTH,
    initial: 0,
    takes: FLAG,
  },
  { name: "IP_TRANSPARENT", option: n.IP_TRANSPARENT, on: BOTH, initial: 0, takes: FLAG },
]);

// req: sockets/OPT-28
register(c.SOL_IPV6, [
  {
    name: "IPV6_UNICAST_HOPS",
    option: c.IPV6_UNICAST_HOPS,
    on: SIX,
    initial: 64,
    takes: "0:0 255:255 256:EINVAL -2:EINVAL -1:64",
  },
  {
    name: "IPV6_MULTICAST_HOPS",
    option: c.IPV6_MULTICAST_HOPS,
    on: ["udp6"],
    initial: 1,
    takes: "0:0 255:255 256:EINVAL -2:EINVAL -1:1",
  },
  {
    name: "IPV6_MULTICAST_HOPS",
    option: c.IPV6_MULTICAST_HOPS,
    on: ["tcp6"],
    initial: 1,
    takes: "5:ENOPROTOOPT",
  },
]);

// req: sockets/OPT-21
register(c.SOL_IPV6, [
  {
    name: "IPV6_TCLASS",
    option: c.IPV6_TCLASS,
    on: ["udp6"],
    initial: 0,
    takes: "32:32 255:255 256:EINVAL -2:EINVAL -1:0",
  },
  { name: "IPV6_TCLASS", option: c.IPV6_TCLASS, on: ["tcp6"], initial: 0, takes: "32:32 255:252" },
]);

// req: sockets/OPT-29
register(c.SOL_IPV6, [
  {
    name: "IPV6_MULTICAST_LOOP",
    option: c.IPV6_MULTICAST_LOOP,
    on: SIX,
    initial: 1,
    takes: "0:0 2:EINVAL 1:1",
  },
]);

// req: sockets/OPT-25
register(c.SOL_IPV6, [
  {
    name: "IPV6_MTU_DISCOVER",
    option: c.IPV6_MTU_DISCOVER,
    on: SIX,
    initial: 1,
    takes: "0:0 2:2 3:3 4:4 5:5 6:EINVAL -1:EINVAL 1:1",
  },
]);

// req: sockets/OPT-31
register(c.SOL_IPV6, [
  { name: "IPV6_RECVPKTINFO", option: c.IPV6_RECVPKTINFO, on: SIX, initial: 0, takes: FLAG },
  { name: "IPV6_RECVHOPLIMIT", option: c.IPV6_RECVHOPLIMIT, on: SIX, initial: 0, takes: FLAG },
  { name: "IPV6_RECVTCLASS", option: c.IPV6_RECVTCLASS, on: SIX, initial: 0, takes: FLAG },
]);

// req: sockets/OPT-26
register(c.SOL_IPV6, [
  { name: "IPV6_RECVERR", option: c.IPV6_RECVERR, on: SIX, initial: 0, takes: FLAG },
]);

function register(level: number, rows: readonly Row[]): void {
  for (const row of rows) {
    for (const kind of row.on) {
      const name = `${row.name} of ${kind}: what it is at first, what it takes`;
      program(name, (desk) => check(desk, level, row, kind), register);
    }
  }
}

async function check(desk: Desk, level: number, row: Row, kind: Kind): Promise<void> {
  const { option, initial, takes } = row;
  const fd = await fresh(desk, kind);
  const read = (): Promise<number> => desk.bench.get(fd, level, option);
  const first = await read();
  const seen = [];
  for (const [value] of takes.split(" ").map((pair) => pair.split(":"))) {
    const result = await desk.sys.setsockopt(fd, level, option, Number(value));
    seen.push(`${value}:${result < 0 ? named(result) : await read()}`);
  }
  assert.deepEqual([first, seen.join(" ")], [initial ?? first, takes]);
}

function fresh({ bench }: Desk, kind: Kind): Promise<number> {
  const address = kind.endsWith("6") ? LOOPBACK6 : LOOPBACK4;
  return kind.startsWith("tcp") ? bench.stream(address) : bench.datagram(address);
}

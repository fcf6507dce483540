import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  type ErrnoName,
  F_GETFL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { IPPROTO_SCTP, SOCK_RDM } from "../numbers.ts";
import { program } from "../program.ts";

type Refusal = readonly [what: string, family: number, type: number, protocol: number, ErrnoName];

const REFUSED: readonly Refusal[] = [
  ["an unknown family", 99, SOCK_STREAM, 0, "EAFNOSUPPORT"],
  ["a negative family", -1, SOCK_STREAM, 0, "EAFNOSUPPORT"],
  ["a family beyond any octet", 0x10002, SOCK_STREAM, 0, "EAFNOSUPPORT"],
  ["AF_UNSPEC", AF_UNSPEC, SOCK_STREAM, 0, "EAFNOSUPPORT"],
  ["a type that is none", AF_INET, 11, 0, "EINVAL"],
  ["an unknown flag of the type", AF_INET, SOCK_STREAM | 0x100, 0, "EINVAL"],
  ["a negative type", AF_INET, -1, 0, "EINVAL"],
  ["type 0", AF_INET, 0, 0, "ESOCKTNOSUPPORT"],
  ["SOCK_RDM", AF_INET, SOCK_RDM, 0, "ESOCKTNOSUPPORT"],
  ["SOCK_SEQPACKET", AF_INET, SOCK_SEQPACKET, 0, "ESOCKTNOSUPPORT"],
  ["SOCK_SEQPACKET of IPv6", AF_INET6, SOCK_SEQPACKET, 0, "ESOCKTNOSUPPORT"],
  ["an unknown family and an unknown type", 99, 11, 0, "EAFNOSUPPORT"],
  ["an unknown family and a type of no family", 99, SOCK_RDM, 0, "EAFNOSUPPORT"],
  ["SOCK_STREAM with UDP", AF_INET, SOCK_STREAM, IPPROTO_UDP, "EPROTONOSUPPORT"],
  ["SOCK_STREAM with UDP over IPv6", AF_INET6, SOCK_STREAM, IPPROTO_UDP, "EPROTONOSUPPORT"],
  ["SOCK_DGRAM with TCP", AF_INET, SOCK_DGRAM, IPPROTO_TCP, "EPROTONOSUPPORT"],
  ["SOCK_DGRAM with TCP over IPv6", AF_INET6, SOCK_DGRAM, IPPROTO_TCP, "EPROTONOSUPPORT"],
  ["SOCK_STREAM with ICMP", AF_INET, SOCK_STREAM, IPPROTO_ICMP, "EPROTONOSUPPORT"],
  ["SOCK_DGRAM of IPv4 with ICMPv6", AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6, "EPROTONOSUPPORT"],
  ["SOCK_DGRAM of IPv6 with ICMP", AF_INET6, SOCK_DGRAM, IPPROTO_ICMP, "EPROTONOSUPPORT"],
  ["SOCK_STREAM with SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP, "EPROTONOSUPPORT"],
  ["SOCK_STREAM with protocol 254", AF_INET, SOCK_STREAM, 254, "EPROTONOSUPPORT"],
  ["SOCK_RAW with protocol 0", AF_INET, SOCK_RAW, 0, "EPROTONOSUPPORT"],
  ["SOCK_RAW of IPv6 with protocol 0", AF_INET6, SOCK_RAW, 0, "EPROTONOSUPPORT"],
  ["a negative protocol", AF_INET, SOCK_STREAM, -1, "EINVAL"],
  ["a protocol beyond all", AF_INET, SOCK_DGRAM, 1 << 20, "EINVAL"],
  ["a negative protocol of IPv6", AF_INET6, SOCK_STREAM, -1, "EINVAL"],
  ["SOCK_RDM of AF_UNIX", AF_UNIX, SOCK_RDM, 0, "ESOCKTNOSUPPORT"],
  ["AF_UNIX with a protocol", AF_UNIX, SOCK_STREAM, 17, "EPROTONOSUPPORT"],
  ["SOCK_STREAM of AF_PACKET", AF_PACKET, SOCK_STREAM, 0, "ESOCKTNOSUPPORT"],
  ["SOCK_STREAM of AF_NETLINK", AF_NETLINK, SOCK_STREAM, 0, "ESOCKTNOSUPPORT"],
  ["an unknown protocol of AF_NETLINK", AF_NETLINK, SOCK_RAW, 31, "EPROTONOSUPPORT"],
];

for (const [what, family, type, protocol, error] of REFUSED) {
  // req: sockets/SOCK-1, sockets/SOCK-2, sockets/SOCK-3
  program(`socket: ${what} is ${error}`, async ({ sys }) => {
    await fails(sys.socket(family, type, protocol), error);
  });
}

const TRANSPORTS = [
  ["SOCK_STREAM", SOCK_STREAM, IPPROTO_TCP],
  ["SOCK_DGRAM", SOCK_DGRAM, IPPROTO_UDP],
] as const;

for (const family of [AF_INET, AF_INET6]) {
  for (const [name, type, protocol] of TRANSPORTS) {
    // req: sockets/SOCK-4
    program(`socket: ${name} of family ${family} says what it is`, async ({ sys, bench }) => {
      for (const asked of [0, protocol]) {
        const fd = await ok(sys.socket(family, type, asked));
        const names = [SO_DOMAIN, SO_TYPE, SO_PROTOCOL];
        const values = [];
        for (const option of names) values.push(await bench.get(fd, SOL_SOCKET, option));
        assert.deepEqual(values, [family, type, protocol]);
      }
    });
  }
}

// req: sockets/SOCK-6
program("socket: SOCK_NONBLOCK and SOCK_CLOEXEC each do their own", async ({ sys }) => {
  const table = [];
  for (const flags of [0, SOCK_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK | SOCK_CLOEXEC]) {
    const fd = await ok(sys.socket(AF_INET, SOCK_STREAM | flags));
    const isNonBlocking = ((await sys.fcntl(fd, F_GETFL)) & SOCK_NONBLOCK) !== 0;
    table.push([isNonBlocking, (await sys.fcntl(fd, 1)) === 1]);
  }
  const [no, yes] = [false, true];
  assert.deepEqual(table, [
    [no, no],
    [yes, no],
    [no, yes],
    [yes, yes],
  ]);
});

// req: sockets/SOCK-6
program("socket: the flags are no part of SO_TYPE", async ({ sys, bench }) => {
  const fd = await ok(sys.socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC));
  assert.equal(await bench.get(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
});

for (const address of LOOPBACKS) {
  // req: sockets/SOCK-7, sockets/NAME-1
  program(`a fresh stream socket: ${wildcardOf(address)}, OUT|HUP`, async ({ bench }) => {
    const fd = await bench.stream(address);
    const { address: local, port } = await bench.name(fd);
    assert.deepEqual([local, port], [wildcardOf(address), 0]);
    assert.equal(await bench.events(fd), "OUT|HUP");
  });

  // req: sockets/NAME-1, sockets/NAME-3
  program(`a fresh datagram socket: ${wildcardOf(address)}, OUT`, async ({ bench, sys }) => {
    const fd = await bench.datagram(address);
    const { address: local, port } = await bench.name(fd);
    assert.deepEqual([local, port], [wildcardOf(address), 0]);
    assert.equal(await bench.events(fd), "OUT");
    await fails(sys.getpeername(fd, {}), "ENOTCONN");
  });
}

// req: sockets/SOCK-4
program("socket: many at once are all different and all usable", async ({ bench, sys }) => {
  const fds = [];
  for (let count = 0; count < 200; count++) fds.push(await bench.datagram());
  assert.equal(new Set(fds).size, 200);
  for (const fd of fds) await ok(sys.close(fd));
});

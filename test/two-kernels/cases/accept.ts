import assert from "node:assert/strict";
import {
  F_GETFD,
  F_GETFL,
  IP_TOS,
  IP_TTL,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  POLLIN,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_OOBINLINE,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CORK,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from "../../../src/index.ts";
import { LOOPBACK4, LOOPBACK6, LOOPBACKS } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { type Desk, program } from "../program.ts";
import type { NameRoom, OptionRoom } from "../sys.ts";

for (const address of LOOPBACKS) {
  // req: sockets/ACC-1
  program(`accept: EAGAIN when nothing waits and it must not, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener(address);
    await ok(sys.fcntl(listener, 4, SOCK_NONBLOCK));
    await fails(sys.accept(listener), "EAGAIN");
    await ok(sys.connect(await bench.stream(address), await bench.name(listener)));
    await bench.ready(listener, POLLIN);
    await ok(sys.accept(listener));
    await fails(sys.accept(listener), "EAGAIN");
  });

  // req: sockets/ACC-1
  program(`accept waits for a connection, ${address}`, async ({ bench, sys }) => {
    const listener = await bench.listener(address);
    const waiting = sys.accept(listener);
    await sys.settle();
    const client = await bench.stream(address);
    await ok(sys.connect(client, await bench.name(listener)));
    assert.deepEqual(await bench.peer(await ok(waiting)), await bench.name(client));
  });

  // req: sockets/ACC-2
  program(`accept: EINVAL unless it listens, ${address}`, async ({ bench, sys }) => {
    await fails(sys.accept(await bench.stream(address)), "EINVAL");
    const { client, server } = await bench.connected(address);
    for (const fd of [client, server]) await fails(sys.accept(fd), "EINVAL");
  });

  // req: sockets/ACC-2
  program(`accept: EOPNOTSUPP of a datagram socket, ${address}`, async ({ bench, sys }) => {
    await fails(sys.accept(await bench.datagram(address)), "EOPNOTSUPP");
  });

  // req: sockets/NAME-5, sockets/ACC-8
  program(`accept tells the peer's name, which is getpeername's, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener(address);
    const client = await bench.stream(address);
    await ok(sys.connect(client, await bench.name(listener)));
    const room: NameRoom = {};
    const server = await ok(sys.accept(listener, room));
    assert.deepEqual(room.name, await bench.name(client));
    assert.equal(room.length, address === LOOPBACK6 ? 28 : 16);
    assert.deepEqual(await bench.peer(server), await bench.name(client));
    assert.deepEqual(await bench.name(server), await bench.name(listener));
    assert.deepEqual(await bench.peer(client), await bench.name(server));
  });

  // req: sockets/ACC-8
  program(`accept gives the oldest first, ${address}`, async ({ bench, sys }) => {
    const listener = await bench.listener(address);
    const clients = [];
    for (let count = 0; count < 6; count++) {
      const client = await bench.stream(address);
      await ok(sys.connect(client, await bench.name(listener)));
      clients.push(await bench.name(client));
    }
    const peers = [];
    for (const _ of clients) peers.push(await bench.peer(await ok(sys.accept(listener))));
    assert.deepEqual(peers, clients);
  });

  // req: sockets/ACC-3, sockets/RECV-4
  program(`accept gives a connection that was reset meanwhile, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener(address);
    const client = await bench.stream(address);
    await ok(sys.connect(client, await bench.name(listener)));
    await bench.abort(client);
    await sys.settle();
    assert.equal(await bench.events(listener), "IN");
    const server = await ok(sys.accept(listener));
    assert.equal(await bench.receive(server), "ECONNRESET");
    assert.equal(await bench.receive(server), "");
  });
}

// req: sockets/NAME-5
program(
  "a listener on the wildcard: the accepted socket has the SYN's destination",
  async (desk) => {
    const { bench, sys } = desk;
    const listener = await bench.listener("0.0.0.0");
    const { port } = await bench.name(listener);
    const client = await bench.stream();
    await ok(sys.connect(client, { family: 2, address: "127.0.0.5", port }));
    assert.deepEqual((await bench.name(await ok(sys.accept(listener)))).address, "127.0.0.5");
  },
);

// req: sockets/ACC-3
program("a connection that sent and was reset in the queue: data, error, end", async (desk) => {
  const { bench, sys } = desk;
  const listener = await bench.listener();
  const client = await bench.stream();
  await ok(sys.connect(client, await bench.name(listener)));
  assert.equal(await bench.say(client, "last"), "4");
  await sys.settle();
  await bench.abort(client);
  await sys.settle();
  const server = await ok(sys.accept(listener));
  assert.deepEqual(await receiveThrice(server), ["last", "ECONNRESET", ""]);

  async function receiveThrice(fd: number): Promise<string[]> {
    return [await bench.receive(fd), await bench.receive(fd), await bench.receive(fd)];
  }
});

// req: sockets/ACC-4
program("accept does not hand on O_NONBLOCK, nor FD_CLOEXEC", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await ok(sys.fcntl(listener, 4, SOCK_NONBLOCK));
  await ok(sys.fcntl(listener, 2, 1));
  await ok(sys.connect(await bench.stream(), await bench.name(listener)));
  await bench.ready(listener, POLLIN);
  const fd = await ok(sys.accept(listener));
  assert.deepEqual([await sys.fcntl(fd, F_GETFL), await sys.fcntl(fd, F_GETFD)], [2, 0]);
});

for (const [flags, status, descriptor] of [
  [0, 2, 0],
  [SOCK_NONBLOCK, 2 | SOCK_NONBLOCK, 0],
  [SOCK_CLOEXEC, 2, 1],
  [SOCK_NONBLOCK | SOCK_CLOEXEC, 2 | SOCK_NONBLOCK, 1],
] as const) {
  // req: sockets/ACC-4
  program(`accept4 with flags 0x${flags.toString(16)}`, async ({ bench, sys }) => {
    const listener = await bench.listener();
    await ok(sys.connect(await bench.stream(), await bench.name(listener)));
    const fd = await ok(sys.accept4(listener, flags));
    assert.equal(await sys.fcntl(fd, F_GETFL), status);
    assert.equal(await sys.fcntl(fd, F_GETFD), descriptor);
  });
}

// req: sockets/ACC-7
program("accept4: EINVAL for an unknown flag; the connection stays", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await ok(sys.connect(await bench.stream(), await bench.name(listener)));
  for (const flags of [1, 0x40, -1]) await fails(sys.accept4(listener, flags), "EINVAL");
  await ok(sys.accept(listener));
});

// req: sockets/ACC-7, sockets/GEN-1
program("accept4: EBADF comes before the flags", async ({ sys }) => {
  await fails(sys.accept4(1_000_000, 1), "EBADF");
});

type Integer = readonly [what: string, level: number, option: number, value: number, read: number];

const INHERITED: readonly Integer[] = [
  ["SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, 1],
  ["SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1, 1],
  ["SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 30_000, 60_000],
  ["SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 30_000, 60_000],
  ["SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 5, 5],
  ["TCP_NODELAY", SOL_TCP, TCP_NODELAY, 1, 1],
  ["TCP_CORK", SOL_TCP, TCP_CORK, 1, 1],
  ["TCP_KEEPIDLE", SOL_TCP, TCP_KEEPIDLE, 77, 77],
  ["TCP_KEEPINTVL", SOL_TCP, TCP_KEEPINTVL, 78, 78],
  ["TCP_KEEPCNT", SOL_TCP, TCP_KEEPCNT, 7, 7],
  ["TCP_USER_TIMEOUT", SOL_TCP, TCP_USER_TIMEOUT, 12_345, 12_345],
  ["TCP_SYNCNT", SOL_TCP, TCP_SYNCNT, 3, 3],
  ["TCP_LINGER2", SOL_TCP, TCP_LINGER2, 9, 9],
  // What is read is the size in use, and timestamps take twelve octets of it.
  ["TCP_MAXSEG", SOL_TCP, TCP_MAXSEG, 1000, 988],
  ["SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, 1],
  ["SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1, 1],
];

for (const [what, level, option, value, read] of INHERITED) {
  // req: sockets/ACC-5
  program(`an accepted socket has ${what} of its listener`, async (desk) => {
    assert.equal(
      await desk.bench.get(await inheritor(desk, level, option, value), level, option),
      read,
    );
  });
}

// req: sockets/ACC-5
program("an accepted socket starts with SO_PRIORITY 0", async (desk) => {
  const fd = await inheritor(desk, SOL_SOCKET, SO_PRIORITY, 3);
  assert.equal(await desk.bench.get(fd, SOL_SOCKET, SO_PRIORITY), 0);
});

for (const [what, address, level, option] of [
  ["IP_TTL", LOOPBACK4, SOL_IP, IP_TTL],
  ["IP_TOS", LOOPBACK4, SOL_IP, IP_TOS],
  ["IPV6_UNICAST_HOPS", LOOPBACK6, SOL_IPV6, IPV6_UNICAST_HOPS],
  ["IPV6_TCLASS", LOOPBACK6, SOL_IPV6, IPV6_TCLASS],
] as const) {
  // req: sockets/ACC-5
  program(`an accepted socket has ${what} of its listener`, async (desk) => {
    const fd = await inheritor(desk, level, option, 0x20, address);
    assert.equal(await desk.bench.get(fd, level, option), 0x20);
  });
}

for (const [what, option, octets] of [
  ["SO_LINGER", SO_LINGER, [1, 0, 0, 0, 7, 0, 0, 0]],
  ["SO_RCVTIMEO", SO_RCVTIMEO, [3, ...Array(15).fill(0)]],
  ["SO_SNDTIMEO", SO_SNDTIMEO, [4, ...Array(15).fill(0)]],
] as const) {
  // req: sockets/ACC-5
  program(`an accepted socket has ${what} of its listener`, async (desk) => {
    const value = Uint8Array.from(octets);
    const fd = await inheritor(desk, SOL_SOCKET, option, value);
    const room: OptionRoom = { octets: new Uint8Array(value.length) };
    await ok(desk.sys.getsockopt(fd, SOL_SOCKET, option, room));
    assert.deepEqual(room.octets, value);
    await desk.bench.set(fd, SOL_SOCKET, SO_LINGER, new Uint8Array(8));
  });
}

// req: sockets/ACC-6
program("SO_ACCEPTCONN, SO_TYPE, SO_DOMAIN and SO_PROTOCOL of all three sockets", async (desk) => {
  const { bench } = desk;
  const { client, server, listener } = await bench.connected();
  for (const [fd, listens] of [
    [listener, 1],
    [server, 0],
    [client, 0],
  ] as const) {
    const options = [SO_ACCEPTCONN, SO_TYPE, SO_DOMAIN, SO_PROTOCOL];
    const values = [];
    for (const option of options) values.push(await bench.get(fd, SOL_SOCKET, option));
    assert.deepEqual(values, [listens, 1, 2, 6]);
  }
});

/** Sets an option on a listener; gives a socket that it accepted. */
async function inheritor(
  { bench, sys }: Desk,
  level: number,
  option: number,
  value: number | Uint8Array,
  address = LOOPBACK4,
): Promise<number> {
  const listener = await bench.listener(address);
  await bench.set(listener, level, option, value);
  await ok(sys.connect(await bench.stream(address), await bench.name(listener)));
  return ok(sys.accept(listener));
}

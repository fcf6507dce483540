import assert from "node:assert/strict";
import {
  type ErrnoName,
  IP_TTL,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, type Bench, bytesOf, LOOPBACK4, LOOPBACK6 } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { NameRoom } from "../sys.ts";

const MAPPED = "::ffff:127.0.0.1";
const TYPES = [
  ["TCP", SOCK_STREAM],
  ["UDP", SOCK_DGRAM],
] as const;

// req: sockets/OPT-27
program("IPV6_V6ONLY: 0 at first, any number but 0 is 1", async ({ bench }) => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    const fd = await ok(bench.sys.socket(10, type));
    const seen = [await bench.get(fd, SOL_IPV6, IPV6_V6ONLY)];
    for (const value of [1, 7, 0]) {
      await bench.set(fd, SOL_IPV6, IPV6_V6ONLY, value);
      seen.push(await bench.get(fd, SOL_IPV6, IPV6_V6ONLY));
    }
    assert.deepEqual(seen, [0, 1, 1, 0]);
  }
});

// req: sockets/OPT-27
program("IPV6_V6ONLY after bind: EINVAL, whatever the value", async ({ bench, sys }) => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    const fd = await bench.bound(type, "::");
    for (const value of [0, 1]) {
      await fails(sys.setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, value), "EINVAL");
    }
  }
});

// req: sockets/OPT-1
program("options of IPv6 on an IPv4 socket: refused", async ({ bench, sys }) => {
  const room = { octets: new Uint8Array(4) };
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    await fails(sys.getsockopt(fd, SOL_IPV6, IPV6_V6ONLY, room), "EOPNOTSUPP");
    await fails(sys.setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, 1), "ENOPROTOOPT");
  }
});

interface Sharing {
  readonly first: string;
  readonly firstOnly: boolean;
  readonly second: string;
  readonly secondOnly: boolean;
  readonly outcome: "0" | ErrnoName;
}

const SHARING: readonly Sharing[] = [
  { first: "::", firstOnly: false, second: "0.0.0.0", secondOnly: false, outcome: "EADDRINUSE" },
  { first: "::", firstOnly: false, second: LOOPBACK4, secondOnly: false, outcome: "EADDRINUSE" },
  { first: "::", firstOnly: true, second: "0.0.0.0", secondOnly: false, outcome: "0" },
  { first: "::", firstOnly: true, second: LOOPBACK4, secondOnly: false, outcome: "0" },
  { first: "0.0.0.0", firstOnly: false, second: "::", secondOnly: false, outcome: "EADDRINUSE" },
  { first: "0.0.0.0", firstOnly: false, second: "::", secondOnly: true, outcome: "0" },
  { first: LOOPBACK4, firstOnly: false, second: "::", secondOnly: false, outcome: "EADDRINUSE" },
  { first: LOOPBACK4, firstOnly: false, second: LOOPBACK6, secondOnly: false, outcome: "0" },
  { first: LOOPBACK6, firstOnly: false, second: LOOPBACK4, secondOnly: false, outcome: "0" },
  { first: LOOPBACK6, firstOnly: false, second: "0.0.0.0", secondOnly: false, outcome: "0" },
  { first: "::", firstOnly: true, second: LOOPBACK6, secondOnly: false, outcome: "EADDRINUSE" },
  { first: "::", firstOnly: true, second: "::", secondOnly: false, outcome: "EADDRINUSE" },
  { first: MAPPED, firstOnly: false, second: LOOPBACK4, secondOnly: false, outcome: "EADDRINUSE" },
  { first: MAPPED, firstOnly: false, second: "0.0.0.0", secondOnly: false, outcome: "EADDRINUSE" },
  { first: MAPPED, firstOnly: false, second: LOOPBACK6, secondOnly: false, outcome: "0" },
  { first: LOOPBACK4, firstOnly: false, second: MAPPED, secondOnly: false, outcome: "EADDRINUSE" },
];

for (const [kind, type] of TYPES) {
  for (const { first, firstOnly, second, secondOnly, outcome } of SHARING) {
    const [one, other] = [described(first, firstOnly), described(second, secondOnly)];
    // req: sockets/BIND-9, sockets/BIND-10
    program(`${kind} bound to ${one}, then to ${other}: ${outcome}`, async ({ bench, sys }) => {
      const holder = await open(bench, type, first, firstOnly);
      await ok(sys.bind(holder, at(first)));
      const { port } = await bench.name(holder);
      const call = sys.bind(await open(bench, type, second, secondOnly), at(second, port));
      await (outcome === "0" ? ok(call) : fails(call, outcome));
    });
  }
}

// req: sockets/ACC-11, sockets/NAME-5
program("IPv4 on a dual-stack listener: all names are mapped", async ({ bench, sys }) => {
  const listener = await bench.listener("::");
  const { port } = await bench.name(listener);
  const client = await bench.stream();
  await ok(sys.connect(client, at(LOOPBACK4, port)));
  const room: NameRoom = {};
  const server = await ok(sys.accept(listener, room));
  const mapped = at(MAPPED, (await bench.name(client)).port);
  assert.deepEqual(room.name, mapped);
  assert.equal(room.length, 28);
  assert.deepEqual(await bench.peer(server), mapped);
  assert.deepEqual(await bench.name(server), at(MAPPED, port));
  assert.equal(await bench.say(client, "four"), "4");
  assert.equal(await bench.receive(server), "four");
});

// req: sockets/ACC-11
program("IPv6 on a dual-stack listener: as it is", async ({ bench, sys }) => {
  const listener = await bench.listener("::");
  const { port } = await bench.name(listener);
  const client = await bench.stream(LOOPBACK6);
  await ok(sys.connect(client, at(LOOPBACK6, port)));
  assert.deepEqual(await bench.peer(await ok(sys.accept(listener))), await bench.name(client));
});

// req: sockets/BIND-10
program("IPv4 to a listener of IPv6 only: ECONNREFUSED", async ({ bench, sys }) => {
  const listener = await open(bench, SOCK_STREAM, "::", true);
  await ok(sys.bind(listener, at("::")));
  await ok(sys.listen(listener, 4));
  const { port } = await bench.name(listener);
  await fails(sys.connect(await bench.stream(), at(LOOPBACK4, port)), "ECONNREFUSED");
  await ok(sys.connect(await bench.stream(LOOPBACK6), at(LOOPBACK6, port)));
});

// req: sockets/ACC-11, sockets/CONN-11
program("an IPv6 socket connects to a mapped address", async ({ bench, sys }) => {
  const listener = await bench.listener();
  const { port } = await bench.name(listener);
  const fd = await bench.stream(LOOPBACK6);
  await ok(sys.connect(fd, at(MAPPED, port)));
  const server = await ok(sys.accept(listener));
  assert.equal((await bench.name(fd)).address, MAPPED);
  assert.deepEqual(await bench.peer(fd), at(MAPPED, port));
  assert.deepEqual(await bench.peer(server), at(LOOPBACK4, (await bench.name(fd)).port));
});

// req: sockets/CONN-1, sockets/CONN-20
program("a mapped address where nobody is: ECONNREFUSED; V6ONLY: ENETUNREACH", async (desk) => {
  const { bench, sys } = desk;
  const { port } = await bench.nobody();
  await fails(sys.connect(await bench.stream(LOOPBACK6), at(MAPPED, port)), "ECONNREFUSED");
  const only = await open(bench, SOCK_STREAM, "::", true);
  await fails(sys.connect(only, at(MAPPED, port)), "ENETUNREACH");
});

// req: sockets/CONN-20
program("V6ONLY: mapped addresses are out of reach of datagrams", async ({ bench, sys }) => {
  const fd = await open(bench, SOCK_DGRAM, "::", true);
  await fails(sys.connect(fd, at(MAPPED, 9)), "ENETUNREACH");
  await fails(sys.sendto(fd, bytesOf("x"), 0, at(MAPPED, 9)), "ENETUNREACH");
});

// req: sockets/BIND-9, sockets/CONN-20
program("V6ONLY: bind to a mapped address is EINVAL", async ({ bench, sys }) => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    await fails(sys.bind(await open(bench, type, "::", true), at(MAPPED)), "EINVAL");
  }
});

// req: sockets/ACC-11
program("datagrams of both families on one socket", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_DGRAM, "::");
  const { port } = await bench.name(fd);
  for (const [address, shown] of [
    [LOOPBACK4, MAPPED],
    [LOOPBACK6, LOOPBACK6],
  ] as const) {
    const sender = await bench.bound(SOCK_DGRAM, address);
    await gives(sys.sendto(sender, bytesOf("x"), 0, at(address, port)), 1);
    const room: NameRoom = {};
    await gives(sys.recvfrom(fd, new Uint8Array(4), 0, room), 1);
    assert.deepEqual(room.name, at(shown, (await bench.name(sender)).port));
    await gives(sys.sendto(fd, bytesOf("back"), 0, room.name as never), 4);
    assert.equal(await bench.receive(sender), "back");
  }
});

// req: sockets/CONN-15, sockets/NAME-2
program("a datagram socket connected to a mapped address", async ({ bench, sys }) => {
  const other = await bench.bound(SOCK_DGRAM);
  const { port } = await bench.name(other);
  const fd = await bench.datagram(LOOPBACK6);
  await ok(sys.connect(fd, at(MAPPED, port)));
  assert.equal((await bench.name(fd)).address, MAPPED);
  assert.deepEqual(await bench.peer(fd), at(MAPPED, port));
  assert.equal(await bench.say(fd, "x"), "1");
  assert.equal(await bench.receive(other), "x");
});

// req: sockets/ERR-6, sockets/RECV-18
program("port unreachable over a mapped address", async ({ bench, sys }) => {
  const { port } = await bench.nobody(LOOPBACK4, SOCK_DGRAM);
  const fd = await bench.datagram(LOOPBACK6);
  await ok(sys.connect(fd, at(MAPPED, port)));
  assert.equal(await bench.say(fd, "x"), "1");
  await bench.becomes(fd, "OUT|ERR");
  assert.equal(await bench.receive(fd), "ECONNREFUSED");
});

// req: sockets/SEND-13
program("the longest datagram to a mapped address is IPv4's", async ({ bench, sys }) => {
  const { port } = await bench.name(await bench.bound(SOCK_DGRAM));
  const fd = await bench.datagram(LOOPBACK6);
  await gives(sys.sendto(fd, new Uint8Array(65_507), 0, at(MAPPED, port)), 65_507);
  await fails(sys.sendto(fd, new Uint8Array(65_508), 0, at(MAPPED, port)), "EMSGSIZE");
});

// req: sockets/BIND-1
program("an IPv6 socket bound to a mapped address hears IPv4 alone", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_DGRAM, MAPPED);
  const { address, port } = await bench.name(fd);
  assert.equal(address, MAPPED);
  await ok(sys.sendto(await bench.datagram(), bytesOf("x"), 0, at(LOOPBACK4, port)));
  assert.equal(await bench.receive(fd), "x");
});

// req: sockets/CONN-20, sockets/SEND-30
program("a socket bound to an IPv6 address cannot reach a mapped one", async ({ bench, sys }) => {
  const fd = await bench.bound(SOCK_STREAM, LOOPBACK6);
  const listener = await bench.listener();
  const { port } = await bench.name(listener);
  await fails(sys.connect(fd, at(MAPPED, port)), "ENETUNREACH");
});

// req: sockets/CONN-12
program("a socket bound to a mapped address connects to :: as IPv4's own host", async (desk) => {
  const { bench, sys } = desk;
  const listener = await bench.listener("0.0.0.0");
  const { port } = await bench.name(listener);
  const fd = await bench.bound(SOCK_STREAM, MAPPED);
  await ok(sys.connect(fd, at("::", port)));
  assert.deepEqual(await bench.peer(fd), at(MAPPED, port));
});

// req: sockets/OPT-20, sockets/OPT-28
program("an IPv6 socket has the hop limits of both families", async ({ bench }) => {
  const fd = await bench.datagram(LOOPBACK6);
  await bench.set(fd, SOL_IP, IP_TTL, 9);
  await bench.set(fd, SOL_IPV6, IPV6_UNICAST_HOPS, 8);
  assert.equal(await bench.get(fd, SOL_IP, IP_TTL), 9);
  assert.equal(await bench.get(fd, SOL_IPV6, IPV6_UNICAST_HOPS), 8);
});

// req: sockets/BIND-9, sockets/REUSE-2
program("SO_REUSEADDR lets :: and 0.0.0.0 share a port until one listens", async (desk) => {
  const { bench, sys } = desk;
  const six = await bench.bound(SOCK_STREAM, "::", [SO_REUSEADDR]);
  const four = await bench.stream();
  await bench.set(four, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(four, at("0.0.0.0", (await bench.name(six)).port)));
  await ok(sys.listen(six, 1));
  await fails(sys.listen(four, 1), "EADDRINUSE");
});

// req: sockets/CONN-2, sockets/CONN-6
program("an asynchronous refusal over a mapped address", async ({ bench, sys }) => {
  const { port } = await bench.nobody();
  const fd = await bench.stream(LOOPBACK6, SOCK_NONBLOCK);
  await fails(sys.connect(fd, at(MAPPED, port)), "EINPROGRESS");
  await bench.becomes(fd, "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(await bench.error(fd), "ECONNREFUSED");
});

async function open(bench: Bench, type: number, address: string, isOnly: boolean): Promise<number> {
  const fd = await ok(bench.sys.socket(at(address).family, type));
  if (isOnly) await bench.set(fd, SOL_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

function described(address: string, isOnly: boolean): string {
  return isOnly ? `${address} with V6ONLY` : address;
}

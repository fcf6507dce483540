import assert from "node:assert/strict";
import { test } from "node:test";
import { cable } from "../../../src/link/cable.ts";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import {
  equalErrno,
  name,
  octets,
  type Party,
  SocketWorld,
  text,
} from "../../support/socket-world.ts";

// req: sockets/CONN-15, sockets/NAME-2, sockets/SHUT-7
test("connect() sends nothing, fixes the source address and hears only the peer", () => {
  const { world, a, b, client, server } = connected();
  assert.match(a.local(client), /^10\.0\.0\.1:[1-9]/);
  assert.equal(a.peer(client), "10.0.0.2:9000");
  assert.equal(a.send(client, "to the peer"), 11);
  world.settle();
  assert.equal(b.recv(server), "to the peer");
  const stranger = b.bound(c.SOCK_DGRAM, "10.0.0.2:9001");
  assert.equal(b.sendto(stranger, "psst", a.local(client)), 4);
  world.settle();
  assert.equal(a.recv(client), "EAGAIN");
  equalErrno(a.shutdown(client, c.SHUT_RDWR), 0);
  assert.equal(b.poll(server), "OUT", "the peer hears nothing of it");
});

// req: sockets/CONN-16, sockets/CONN-17
test("connect() again changes the peer; AF_UNSPEC forgets it and an automatic port", () => {
  const { world, a, b, client } = connected();
  const other = b.bound(c.SOCK_DGRAM, "10.0.0.2:9001");
  equalErrno(a.connect(client, "10.0.0.2:9001"), 0);
  a.send(client, "x");
  world.settle();
  assert.equal(b.recv(other), "x");
  equalErrno(a.dissolve(client), 0);
  assert.equal(a.peer(client), "ENOTCONN");
  assert.equal(a.local(client), "0.0.0.0:0");
  equalErrno(a.send(client, "x"), "EDESTADDRREQ");
  const bound = a.bound(c.SOCK_DGRAM, "10.0.0.1:7000");
  a.connect(bound, "10.0.0.2:9001");
  a.dissolve(bound);
  assert.equal(a.local(bound), "10.0.0.1:7000", "what bind() chose stays");
});

// req: sockets/CONN-19
test("what was queued from others before connect() stays readable, later ones are dropped", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const server = b.bound(c.SOCK_DGRAM, "10.0.0.2:9000");
  const [peer, other] = [1, 2].map(() => a.bound(c.SOCK_DGRAM, "10.0.0.1:0")) as [number, number];
  a.sendto(other, "before", "10.0.0.2:9000");
  world.settle();
  b.connect(server, a.local(peer));
  a.sendto(other, "after", "10.0.0.2:9000");
  world.settle();
  assert.equal(b.recv(server), "before");
  assert.equal(b.recv(server), "EAGAIN");
});

// req: sockets/SEND-12, sockets/SEND-11, sockets/SEND-17, sockets/SEND-18, sockets/GEN-5
test("destinations of sendto()", () => {
  const { world, a, b, client } = connected();
  const other = b.bound(c.SOCK_DGRAM, "10.0.0.2:9001");
  assert.equal(a.sendto(client, "x", "10.0.0.2:9001"), 1, "elsewhere, though connected");
  world.settle();
  assert.equal(b.recv(other), "x");
  const fresh = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.send(fresh, "x"), "EDESTADDRREQ");
  equalErrno(a.sendto(fresh, "x", "10.0.0.2:0"), "EINVAL");
  equalErrno(a.sendto(fresh, "x", "[fd00::2]:9"), "EAFNOSUPPORT");
  equalErrno(a.sendto(fresh, "x", "192.0.2.1:9"), "ENETUNREACH");
  const nobody = { ...name("10.0.0.2:9001"), family: c.AF_UNSPEC };
  equalErrno(a.calls.sendto(fresh, octets("x"), 0, nobody, a.now), 1, "IPv4's own family");
  const v6 = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  equalErrno(a.calls.sendto(v6, octets("x"), 0, nobody, a.now), "EDESTADDRREQ");
  const toPort0 = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.connect(toPort0, "10.0.0.2:0"), 0);
  assert.equal(a.peer(toPort0), "ENOTCONN");
  equalErrno(a.sendto(fresh, "x", "10.0.0.2:9001"), 1);
  assert.match(a.local(fresh), /^0\.0\.0\.0:[1-9]/, "bound by the first send");
});

// req: sockets/SEND-13, sockets/SEND-15, udp/UDP-14, udp/UDP-15, udp/UDP-29, udp/UDP-32
test("datagrams from nothing to the largest, in fragments and whole again", () => {
  const rows = [
    ["v4", 0],
    ["v4", 1],
    ["v4", 1472],
    ["v4", 1473],
    ["v4", 9000],
    ["v4", 65_507],
    ["v6", 0],
    ["v6", 1452],
    ["v6", 1453],
    ["v6", 65_527],
  ] as const;
  for (const [family, length] of rows) {
    const { world, a, b, client, server } = connected(family);
    const data = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
    assert.equal(a.send(client, data), length);
    world.settle();
    const buffer = new Uint8Array(70_000);
    assert.equal(b.calls.recv(server, buffer, 0, b.now), length, `${family} ${length}`);
    assert.deepEqual(buffer.subarray(0, length), data);
    equalErrno(a.send(client, new Uint8Array(family === "v4" ? 65_508 : 65_528)), "EMSGSIZE");
    world.settle();
    assert.equal(b.recv(server), "EAGAIN", "nothing was sent");
  }
});

// req: sockets/SEND-16, udp/UDP-37
test("broadcast needs SO_BROADCAST", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const server = b.bound(c.SOCK_DGRAM, "0.0.0.0:9000");
  const client = a.socket(c.AF_INET, c.SOCK_DGRAM);
  for (const [destination, refusal] of [
    ["255.255.255.255:9000", "ENETUNREACH"],
    ["10.0.0.255:9000", "EACCES"],
    ["127.255.255.255:9000", "EACCES"],
  ] as const) {
    a.set(client, c.SOL_SOCKET, c.SO_BROADCAST, 0);
    equalErrno(a.sendto(client, "x", destination), refusal);
    equalErrno(a.connect(client, destination), refusal);
    a.set(client, c.SOL_SOCKET, c.SO_BROADCAST, 1);
    equalErrno(a.sendto(client, "x", destination), 1);
    world.settle();
    const isHere = destination.startsWith("127.");
    assert.equal(b.recv(server), isHere ? "EAGAIN" : "x", destination);
  }
  a.host.addInterface(cable()[0], {
    addresses: ["172.16.0.1/24"],
    gateway: "172.16.0.9",
    name: "up",
  });
  a.set(client, c.SOL_SOCKET, c.SO_BROADCAST, 0);
  equalErrno(a.sendto(client, "x", "255.255.255.255:9000"), "EACCES", "with a route");
});

// req: sockets/SEND-30, udp/UDP-21
test("a group needs a route, or a socket that says where", () => {
  const { a } = new SocketWorld();
  const lost = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.sendto(lost, "x", "224.0.0.9:9"), "ENETUNREACH");
  equalErrno(a.sendto(a.bound(c.SOCK_DGRAM, "10.0.0.1:0"), "x", "224.0.0.9:9"), 1);
  a.set(lost, c.SOL_SOCKET, c.SO_BINDTODEVICE, "cable0");
  equalErrno(a.sendto(lost, "x", "224.0.0.9:9"), 1);
});

// req: sockets/SEND-19, sockets/SEND-20, sockets/RECV-26
test("writev() gathers one datagram, readv() scatters one", () => {
  const { world, a, b, client, server } = connected();
  const parts = ["he", "", "llo"].map(octets);
  assert.equal(a.calls.writev(client, parts, a.now), 5);
  assert.equal(a.calls.writev(client, [octets("next")], a.now), 4);
  world.settle();
  const [x, y, z] = [1, 3, 10].map((length) => new Uint8Array(length)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  assert.equal(b.calls.readv(server, [x, y, z], b.now), 5);
  assert.deepEqual([x, y, z.subarray(0, 1)].map(text), ["h", "ell", "o"]);
  assert.equal(b.recv(server), "next");
  const many = new Array<Uint8Array>(1025).fill(x);
  equalErrno(a.calls.writev(client, many, a.now), "EINVAL");
  equalErrno(b.calls.readv(server, many, b.now), "EINVAL");
});

// req: sockets/RECV-12, sockets/RECV-13, sockets/RECV-10, sockets/RECV-14
test("a datagram longer than the buffer is cut off, MSG_TRUNC and MSG_PEEK", () => {
  const { world, a, b, client, server } = connected();
  for (const word of ["abcdef", "ghijkl", "m"]) a.send(client, word);
  world.settle();
  const buffer = new Uint8Array(3);
  const received = new Received();
  assert.equal(b.calls.recvfrom(server, buffer, c.MSG_PEEK, received, b.now), 3);
  assert.equal(received.flags, c.MSG_TRUNC);
  assert.equal(b.calls.recvfrom(server, buffer, c.MSG_TRUNC, received, b.now), 6);
  assert.equal(text(buffer), "abc");
  assert.equal(b.recv(server, 3, c.MSG_WAITALL), "ghi", "the rest is gone");
  assert.equal(b.recv(server, 3, c.MSG_WAITALL), "m", "one datagram for each call");
  assert.equal(b.recv(server), "EAGAIN");
});

// req: sockets/RECV-17, sockets/SEND-15
test("read() of nothing leaves an empty datagram, recv() takes it", () => {
  const { world, a, b, client, server } = connected();
  assert.equal(a.send(client, ""), 0);
  world.settle();
  assert.equal(b.calls.read(server, new Uint8Array(0), b.now), 0);
  assert.equal(b.poll(server), "IN|OUT");
  assert.equal(b.calls.recv(server, new Uint8Array(0), 0, b.now), 0);
  assert.equal(b.recv(server), "EAGAIN");
});

// req: sockets/RECV-24, udp/UDP-30, sockets/OPT-5
test("a full queue drops the newest, and counts it", () => {
  const { world, a, b, client, server } = connected();
  b.set(server, c.SOL_SOCKET, c.SO_RCVBUF, 1000);
  assert.equal(b.get(server, c.SOL_SOCKET, c.SO_RCVBUF), 2304);
  for (const word of ["0", "1", "2", "3", "4"]) a.send(client, word);
  world.settle();
  assert.deepEqual(
    [1, 2, 3, 4].map(() => b.recv(server)),
    ["0", "1", "2", "EAGAIN"],
  );
  assert.equal(b.host.stack.counters.dropped("udp-queue-full"), 2);
});

// req: sockets/RECV-21, sockets/SEND-28, sockets/SHUT-7, sockets/POLL-3
test("after shutdown(): no sending, end of file when the queue is empty", () => {
  const { world, a, client, b, server } = connected();
  b.connect(server, a.local(client));
  b.send(server, "last");
  world.settle();
  equalErrno(a.shutdown(client, c.SHUT_RD), 0);
  assert.equal(a.recv(client), "last");
  assert.equal(a.recv(client), "");
  assert.equal(a.recv(client, 10, c.MSG_DONTWAIT), "EAGAIN", "only who would wait is told");
  equalErrno(a.shutdown(client, c.SHUT_WR), 0);
  equalErrno(a.send(client, "x"), "EPIPE");
  assert.equal(a.poll(client), "IN|OUT|HUP|RDHUP");
});

// req: sockets/SEND-23, sockets/MISC-4, sockets/MISC-5
test("MSG_OOB is EOPNOTSUPP; FIONREAD is the next datagram's length", () => {
  const { world, a, b, client, server } = connected();
  equalErrno(a.send(client, "x", c.MSG_OOB), "EOPNOTSUPP");
  assert.equal(b.calls.ioctl(server, c.FIONREAD, 0, b.now), 0);
  for (const word of ["four", "seven77"]) a.send(client, word);
  world.settle();
  assert.equal(b.calls.ioctl(server, c.FIONREAD, 0, b.now), 4);
  assert.equal(a.calls.ioctl(client, c.SIOCOUTQ, 0, a.now), 0);
  equalErrno(a.calls.ioctl(client, 0x1234, 0, a.now), "ENOTTY");
});

// req: sockets/SEND-25
test("MSG_DONTROUTE and SO_DONTROUTE: not through a router", () => {
  const { a } = new SocketWorld();
  a.host.addInterface(cable()[0], {
    addresses: ["172.16.0.1/24"],
    gateway: "172.16.0.9",
    name: "up",
  });
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.sendto(fd, "x", "192.0.2.1:9"), 1);
  equalErrno(a.sendto(fd, "x", "192.0.2.1:9", c.MSG_DONTROUTE), "ENETUNREACH");
  equalErrno(a.sendto(fd, "x", "10.0.0.2:9", c.MSG_DONTROUTE), 1);
  a.set(fd, c.SOL_SOCKET, c.SO_DONTROUTE, 1);
  equalErrno(a.sendto(fd, "x", "192.0.2.1:9"), "ENETUNREACH");
});

// req: sockets/REUSE-10
test("SO_REUSEADDR: unicast goes to the last bound", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [first, second] = [1, 2].map(() =>
    b.bound(c.SOCK_DGRAM, "10.0.0.2:9000", [c.SO_REUSEADDR]),
  ) as [number, number];
  a.sendto(a.socket(c.AF_INET, c.SOCK_DGRAM), "x", "10.0.0.2:9000");
  world.settle();
  assert.deepEqual([b.recv(first), b.recv(second)], ["EAGAIN", "x"]);
});

// req: sockets/REUSE-10
test("SO_REUSEPORT: unicast goes by the peer, which always meets the same one", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const servers = [1, 2, 3].map(() => b.bound(c.SOCK_DGRAM, "10.0.0.2:9000", [c.SO_REUSEPORT]));
  for (let i = 0; i < 30; i++) {
    const client = a.socket(c.AF_INET, c.SOCK_DGRAM);
    for (let n = 0; n < 3; n++) a.sendto(client, `${i}`, "10.0.0.2:9000");
    world.settle(10);
  }
  const heard = servers.map((server) => allOf(b, server));
  for (const list of heard) {
    assert.ok(list.length >= 9, "each gets a share");
    assert.equal(list.length, new Set(list).size * 3, "and all of a peer");
  }
  assert.equal(heard.flat().length, 90);
});

// req: sockets/REUSE-11, udp/UDP-19
test("a broadcast is delivered to every socket that matches", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const options = [c.SO_REUSEADDR];
  const wild = [1, 2].map(() => b.bound(c.SOCK_DGRAM, "0.0.0.0:9000", options));
  const subnet = b.bound(c.SOCK_DGRAM, "10.0.0.255:9000", options);
  const unicast = b.bound(c.SOCK_DGRAM, "10.0.0.2:9000", options);
  const client = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.set(client, c.SOL_SOCKET, c.SO_BROADCAST, 1);
  a.sendto(client, "all", "10.0.0.255:9000");
  world.settle();
  assert.deepEqual(
    [...wild, subnet, unicast].map((fd) => b.recv(fd)),
    ["all", "all", "all", "EAGAIN"],
  );
});

// req: sockets/CONN-20, sockets/BIND-9
test("a dual-stack socket speaks IPv4 in mapped addresses", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const server = b.bound(c.SOCK_DGRAM, "[::]:9000");
  const v4 = a.bound(c.SOCK_DGRAM, "10.0.0.1:5555");
  a.sendto(v4, "x", "10.0.0.2:9000");
  world.settle();
  const received = new Received();
  b.calls.recvfrom(server, new Uint8Array(10), 0, received, b.now);
  assert.equal(received.family, c.AF_INET6);
  assert.equal(b.sendto(server, "back", "[::ffff:10.0.0.1]:5555"), 4);
  assert.equal(b.calls.sendto(server, octets("again"), 0, name("10.0.0.1:5555"), b.now), 5);
  world.settle();
  assert.deepEqual([a.recv(v4), a.recv(v4)], ["back", "again"]);
  const only = b.socket(c.AF_INET6, c.SOCK_DGRAM);
  b.set(only, c.SOL_IPV6, c.IPV6_V6ONLY, 1);
  equalErrno(b.sendto(only, "x", "[::ffff:10.0.0.1]:5555"), "ENETUNREACH");
});

interface Connected {
  readonly world: SocketWorld;
  readonly a: Party;
  readonly b: Party;
  /** a's socket, connected to b's, which is bound to port 9000. */
  readonly client: number;
  readonly server: number;
}

function connected(family: "v4" | "v6" = "v4"): Connected {
  const world = new SocketWorld();
  const { a, b } = world;
  const address = family === "v4" ? "10.0.0.2:9000" : "[fd00::2]:9000";
  const server = b.bound(c.SOCK_DGRAM, address);
  const client = a.socket(family === "v4" ? c.AF_INET : c.AF_INET6, c.SOCK_DGRAM);
  equalErrno(a.connect(client, address), 0);
  return { world, a, b, client, server };
}

function allOf(party: Party, fd: number): string[] {
  const list: string[] = [];
  for (let word = party.recv(fd); word !== "EAGAIN"; word = party.recv(fd)) list.push(word);
  return list;
}

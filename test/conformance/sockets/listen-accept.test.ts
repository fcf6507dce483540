import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { formatSocketName } from "../../../src/socket/socket-address.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/LIST-1, sockets/LIST-4
test("listen() without bind() takes the wildcard and a port; again it only sets the backlog", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.listen(fd, 1), 0);
  assert.match(a.local(fd), /^0\.0\.0\.0:[1-9]/);
  const before = a.local(fd);
  equalErrno(a.listen(fd, 5), 0);
  assert.equal(a.local(fd), before);
});

// req: sockets/LIST-2
test("listen() on a connection, or on one that is being made, is EINVAL", () => {
  const world = new SocketWorld();
  const [client] = world.pair();
  equalErrno(world.a.listen(client, 1), "EINVAL");
  const pending = world.a.socket(c.AF_INET, c.SOCK_STREAM);
  world.a.connect(pending, "10.0.0.2:80");
  equalErrno(world.a.listen(pending, 1), "EINVAL");
});

// req: sockets/LIST-12, sockets/LIST-13, sockets/NAME-3, sockets/ACC-6
test("a listener is no connection", () => {
  const { a } = new SocketWorld();
  const fd = a.listener("10.0.0.1:80");
  equalErrno(a.send(fd, "x"), "EPIPE");
  assert.equal(a.recv(fd), "ENOTCONN");
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EISCONN");
  assert.equal(a.peer(fd), "ENOTCONN");
  assert.equal(a.poll(fd), "-");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ACCEPTCONN), 1);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 0);
  equalErrno(a.calls.ioctl(fd, c.FIONREAD, 0, 0), "EINVAL");
  equalErrno(a.calls.ioctl(fd, c.SIOCOUTQ, 0, 0), "EINVAL");
});

// req: sockets/LIST-11
test("SHUT_RD stops a listener, and listen() starts it again", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80");
  equalErrno(b.shutdown(fd, c.SHUT_WR), 0, "says nothing to a listener");
  assert.equal(b.poll(fd), "-");
  equalErrno(b.shutdown(fd, c.SHUT_RD), 0);
  assert.equal(b.poll(fd), "OUT|HUP");
  assert.equal(b.local(fd), "10.0.0.2:80");
  equalErrno(b.accept(fd), "EINVAL");
  const refused = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(refused, "10.0.0.2:80");
  world.settle();
  assert.equal(a.recv(refused), "ECONNREFUSED");
  equalErrno(b.listen(fd, 5), 0);
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  assert.ok(b.accept(fd) > 0);
});

// req: sockets/LIST-6
test("a negative backlog is the largest there is", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80", -1);
  for (let i = 0; i < 20; i++) a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.2:80");
  world.settle();
  let count = 0;
  while (b.accept(fd) > 0) count++;
  assert.equal(count, 20);
});

// req: sockets/LIST-7, sockets/LIST-8
test("backlog 0 holds one connection; the others stay pending and come in later", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80", 0);
  const clients = [1, 2, 3].map(() => {
    const client = a.socket(c.AF_INET, c.SOCK_STREAM);
    equalErrno(a.connect(client, "10.0.0.2:80"), "EINPROGRESS");
    world.settle(10);
    return client;
  });
  const queued = (): string[] => clients.map((client) => a.poll(client));
  assert.deepEqual(queued(), ["OUT", "-", "-"]);
  assert.equal(b.poll(fd), "IN");
  assert.ok(b.accept(fd) > 0);
  equalErrno(b.accept(fd), "EAGAIN");
  world.settle(10_000);
  assert.deepEqual(queued(), ["OUT", "OUT", "-"], "the client tried again by itself");
});

// req: sockets/LIST-10, sockets/CLOSE-8
test("closing a listener resets who waits to be accepted", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  b.close(fd);
  world.settle();
  assert.equal(a.poll(client), "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(a.recv(client), "ECONNRESET");
});

// req: sockets/ACC-1, sockets/LIST-13, sockets/NAME-5, sockets/NAME-2, sockets/ACC-6
test("accept() gives a connection of its own, named after the SYN", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("0.0.0.0:80");
  equalErrno(b.accept(fd), "EAGAIN");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  assert.equal(b.poll(fd), "IN");
  const peer = new Received();
  const server = b.calls.accept(fd, 0, peer, b.now);
  assert.equal(b.local(server), "10.0.0.2:80");
  assert.equal(b.peer(server), a.local(client));
  const { address, port } = formatSocketName(peer);
  assert.equal(`${address}:${port}`, a.local(client));
  assert.equal(a.peer(client), "10.0.0.2:80");
  assert.equal(b.get(server, c.SOL_SOCKET, c.SO_ACCEPTCONN), 0);
  assert.equal(b.poll(fd), "-");
});

// req: sockets/ACC-3
test("a connection that was reset while it waited is still accepted", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 0 });
  a.close(client);
  world.settle();
  assert.equal(b.poll(fd), "IN");
  const server = b.accept(fd);
  assert.ok(server > 0);
  assert.equal(b.recv(server), "ECONNRESET");
  assert.equal(b.recv(server), "");
});

// req: sockets/ACC-4, sockets/ACC-5
test("what an accepted socket has from its listener, and what it has not", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.bound(c.SOCK_STREAM, "10.0.0.2:80");
  const options: [level: number, option: number, value: Parameters<typeof b.set>[3]][] = [
    [c.SOL_TCP, c.TCP_NODELAY, 1],
    [c.SOL_TCP, c.TCP_USER_TIMEOUT, 12_345],
    [c.SOL_SOCKET, c.SO_KEEPALIVE, 1],
    [c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 7 }],
    [c.SOL_SOCKET, c.SO_RCVTIMEO, { seconds: 3, microseconds: 0 }],
    [c.SOL_SOCKET, c.SO_SNDTIMEO, { seconds: 4, microseconds: 500_000 }],
    [c.SOL_IP, c.IP_TOS, 0x10],
    [c.SOL_IP, c.IP_TTL, 33],
  ];
  for (const [level, option, value] of options) equalErrno(b.set(fd, level, option, value), 0);
  equalErrno(b.set(fd, c.SOL_SOCKET, c.SO_RCVBUF, 20_000), 0);
  b.calls.fcntl(fd, c.F_SETFL, c.O_NONBLOCK);
  b.listen(fd, 5);
  a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.2:80");
  world.settle();
  const server = b.accept(fd);
  for (const [level, option, value] of options)
    assert.deepEqual(b.get(server, level, option), value);
  assert.equal(b.get(server, c.SOL_SOCKET, c.SO_RCVBUF), 40_000);
  assert.equal(b.calls.fcntl(server, c.F_GETFL, 0), c.O_RDWR, "O_NONBLOCK is not inherited");
});

// req: sockets/ACC-4, sockets/ACC-7
test("the flags of accept4()", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80");
  equalErrno(b.calls.accept(fd, 1, null, 0), "EINVAL");
  a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.2:80");
  world.settle();
  const server = b.calls.accept(fd, c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, null, b.now);
  assert.equal(b.calls.fcntl(server, c.F_GETFL, 0), c.O_RDWR | c.O_NONBLOCK);
  assert.equal(b.calls.fcntl(server, c.F_GETFD, 0), c.FD_CLOEXEC);
});

// req: sockets/ACC-8, sockets/ACC-10
test("connections come in their order, with the data that came before accept()", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("10.0.0.2:80");
  for (const word of ["one", "two", "three"]) {
    const client = a.socket(c.AF_INET, c.SOCK_STREAM);
    a.connect(client, "10.0.0.2:80");
    world.settle(20);
    assert.equal(a.send(client, word), word.length);
    world.settle(20);
  }
  for (const word of ["one", "two", "three"]) assert.equal(b.recv(b.accept(fd)), word);
});

// req: sockets/ACC-11, sockets/CONN-20
test("a dual-stack listener sees IPv4 peers as mapped addresses; V6ONLY keeps them out", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const fd = b.listener("[::]:80");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  const server = b.accept(fd);
  assert.equal(b.local(server), "[::ffff:10.0.0.2]:80");
  assert.match(b.peer(server), /^\[::ffff:10\.0\.0\.1\]:/);
  const v6 = a.socket(c.AF_INET6, c.SOCK_STREAM);
  equalErrno(a.connect(v6, "[::ffff:10.0.0.2]:80"), "EINPROGRESS");
  world.settle();
  assert.equal(a.peer(v6), "[::ffff:10.0.0.2]:80");
  const only = a.socket(c.AF_INET6, c.SOCK_STREAM);
  a.set(only, c.SOL_IPV6, c.IPV6_V6ONLY, 1);
  equalErrno(a.connect(only, "[::ffff:10.0.0.2]:80"), "ENETUNREACH");
});

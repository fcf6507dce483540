import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import * as c from "../../../src/socket/constants.ts";
import { equalErrno, name, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/CONN-2, sockets/CONN-3, sockets/CONN-24, sockets/CONN-11, sockets/NAME-2
test("a connect that is under way", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EINPROGRESS");
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EALREADY");
  equalErrno(a.send(fd, "x"), "EAGAIN");
  assert.equal(a.recv(fd), "EAGAIN");
  assert.equal(a.peer(fd), "ENOTCONN");
  assert.match(a.local(fd), /^10\.0\.0\.1:[1-9]/, "the source is chosen already");
  assert.equal(a.poll(fd), "-");
  equalErrno(a.shutdown(fd, c.SHUT_RDWR), 0);
  assert.equal(a.poll(fd), "OUT|ERR|HUP", "fresh again, but for the error");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 104);
  assert.equal(a.poll(fd), "OUT|HUP");
});

// req: sockets/CONN-2
test("a connect to this very host is under way too", () => {
  const { a } = new SocketWorld();
  a.listener("127.0.0.1:80");
  equalErrno(a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "127.0.0.1:80"), "EINPROGRESS");
});

// req: sockets/CONN-4, sockets/CONN-5
test("success: POLLOUT, SO_ERROR 0, one connect() that returns 0, then EISCONN", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  b.listener("10.0.0.2:80");
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(fd, "10.0.0.2:80");
  world.settle();
  assert.equal(a.poll(fd), "OUT");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 0);
  equalErrno(a.connect(fd, "10.0.0.2:80"), 0);
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EISCONN");
});

// req: sockets/CONN-6, sockets/CONN-8, sockets/OPT-4, sockets/GEN-8
test("failure whose error SO_ERROR takes", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.connect(fd, "10.0.0.2:81"), "EINPROGRESS");
  world.settle();
  assert.equal(a.poll(fd), "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 111);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 0);
  equalErrno(a.connect(fd, "10.0.0.2:81"), "ECONNABORTED");
  equalErrno(a.connect(fd, "10.0.0.2:81"), "EINPROGRESS", "and then a new attempt");
});

// req: sockets/CONN-7, sockets/SEND-5, sockets/RECV-5
test("failure whose error recv() takes", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(fd, "10.0.0.2:81");
  world.settle();
  assert.equal(a.recv(fd), "ECONNREFUSED");
  assert.equal(a.recv(fd), "");
  equalErrno(a.send(fd, "x"), "EPIPE");
});

// req: sockets/CONN-9, sockets/CONN-23
test("failure that connect() itself reports leaves a fresh socket", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(fd, "10.0.0.2:81");
  world.settle();
  equalErrno(a.connect(fd, "10.0.0.2:81"), "ECONNREFUSED");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 0);
  assert.equal(a.poll(fd), "OUT|HUP");
  equalErrno(a.send(fd, "x"), "EPIPE");
  assert.equal(a.recv(fd), "ENOTCONN");
  equalErrno(a.connect(fd, "10.0.0.2:81"), "EINPROGRESS");
  world.settle();
  equalErrno(a.connect(fd, "10.0.0.2:81"), "ECONNREFUSED");
  equalErrno(a.listen(fd, 5), 0);
});

// req: sockets/CONN-9
test("a connect that fails at once leaves a socket that can connect or listen", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.connect(fd, "192.0.2.1:80"), "ENETUNREACH");
  equalErrno(a.connect(fd, "10.0.0.2:80"), "EINPROGRESS");
});

// req: sockets/CONN-12
test("destination 0.0.0.0 or :: is this host", () => {
  const world = new SocketWorld();
  const { a } = world;
  a.listener("127.0.0.1:80");
  a.listener("[::1]:80");
  const v4 = a.socket(c.AF_INET, c.SOCK_STREAM);
  const v6 = a.socket(c.AF_INET6, c.SOCK_STREAM);
  equalErrno(a.connect(v4, "0.0.0.0:80"), "EINPROGRESS");
  equalErrno(a.connect(v6, "[::]:80"), "EINPROGRESS");
  world.settle();
  assert.equal(a.peer(v4), "127.0.0.1:80");
  assert.equal(a.peer(v6), "[::1]:80");
});

// req: sockets/CONN-13, tcp/MUST-46
test("TCP to a broadcast or group address is ENETUNREACH", () => {
  const { a } = new SocketWorld();
  const everybody = ["255.255.255.255:80", "10.0.0.255:80", "127.255.255.255:80"];
  for (const destination of [...everybody, "224.0.0.1:80"]) {
    equalErrno(
      a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), destination),
      "ENETUNREACH",
      destination,
    );
  }
  equalErrno(a.connect(a.socket(c.AF_INET6, c.SOCK_STREAM), "[ff02::1%1]:80"), "ENETUNREACH");
});

// req: sockets/GEN-5
test("another family is EAFNOSUPPORT", () => {
  const { a } = new SocketWorld();
  equalErrno(a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "[fd00::2]:80"), "EAFNOSUPPORT");
  const short = a.connect(a.socket(c.AF_INET6, c.SOCK_STREAM), "10.0.0.2:80");
  equalErrno(short, "EINVAL", "too short for an IPv6 name");
});

// req: sockets/CONN-20
test("one family bound to, the other one asked for", () => {
  const { a } = new SocketWorld();
  for (const type of [c.SOCK_STREAM, c.SOCK_DGRAM]) {
    const v6 = a.bound(type, "[::1]:0");
    equalErrno(a.connect(v6, "[::ffff:127.0.0.1]:9"), "ENETUNREACH");
    const v4 = a.bound(type, "[::ffff:127.0.0.1]:0");
    equalErrno(a.connect(v4, "[::1]:9"), "EAFNOSUPPORT");
    const any = a.bound(type, "[::ffff:0.0.0.0]:0");
    equalErrno(a.connect(any, "[::1]:9"), "EAFNOSUPPORT");
    equalErrno(a.connect(a.bound(type, "127.0.0.1:0"), "10.0.0.2:9"), "EINVAL", "out of loopback");
    const lost = { ...name("[fe80::1]:9"), scopeId: 99 };
    equalErrno(a.calls.connect(a.socket(c.AF_INET6, type), lost, 0), "ENETUNREACH");
    equalErrno(a.connect(a.socket(c.AF_INET6, type), "[fe80::1]:9"), "EINVAL", "which link?");
  }
});

// req: sockets/CONN-18
test("connect() to AF_UNSPEC resets the connection and makes the socket fresh", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  equalErrno(a.dissolve(client), 0);
  world.settle();
  assert.equal(b.recv(server), "ECONNRESET");
  assert.equal(a.peer(client), "ENOTCONN");
  assert.match(a.local(client), /^0\.0\.0\.0:[1-9]/, "the port is still shown");
  b.listener("10.0.0.2:80");
  equalErrno(a.connect(client, "10.0.0.2:80"), "EINPROGRESS");
  world.settle();
  assert.equal(a.poll(client), "OUT");
});

// req: sockets/CONN-21, tcp/MUST-10
test("a socket can connect to itself", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.bound(c.SOCK_STREAM, "127.0.0.1:7777");
  equalErrno(a.connect(fd, "127.0.0.1:7777"), "EINPROGRESS");
  world.settle();
  assert.equal(a.local(fd), a.peer(fd));
  assert.equal(a.send(fd, "me"), 2);
  world.settle();
  assert.equal(a.recv(fd), "me");
});

// req: sockets/CONN-22, sockets/BIND-7
test("no port left is EADDRNOTAVAIL, for this peer only", () => {
  const { a } = new SocketWorld();
  const { ports } = a.host.stack.tcp;
  const claim = { address: IpAddress.ANY4, v6Only: false, interfaceIndex: 0 };
  for (let port = 32_768; port <= 60_999; port++) {
    if (port < 40_000 || port > 40_004) {
      ports.reserve({ port, ...claim, reuseAddress: false, reusePort: false });
    }
  }
  const connect = (destination: string): number =>
    a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), destination);
  for (let i = 0; i < 5; i++) equalErrno(connect("10.0.0.2:80"), "EINPROGRESS");
  equalErrno(connect("10.0.0.2:80"), "EADDRNOTAVAIL");
  equalErrno(connect("10.0.0.2:81"), "EINPROGRESS");
});

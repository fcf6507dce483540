import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrnoName } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/OPT-1
test("unknown options and levels", () => {
  const { a } = new SocketWorld();
  for (const type of [c.SOCK_STREAM, c.SOCK_DGRAM]) {
    const fd = a.socket(c.AF_INET, type);
    equalErrno(a.set(fd, c.SOL_SOCKET, 9999, 1), "ENOPROTOOPT");
    assert.equal(a.get(fd, c.SOL_SOCKET, 9999), "ENOPROTOOPT");
    equalErrno(a.set(fd, 9999, 1, 1), "ENOPROTOOPT");
    assert.equal(a.get(fd, 9999, 1), "EOPNOTSUPP");
    equalErrno(a.set(fd, c.SOL_IPV6, c.IPV6_V6ONLY, 1), "ENOPROTOOPT", "IPv6 on an IPv4 socket");
  }
});

// req: sockets/GEN-4
test("a call that fails leaves what it would have filled in", () => {
  const { a } = new SocketWorld();
  const fd = a.listener("10.0.0.1:80");
  const into = { value: 77 };
  equalErrno(a.calls.getsockopt(fd, c.SOL_IP, c.IP_MTU, into), "ENOTCONN");
  equalErrno(a.calls.getsockopt(fd, c.SOL_SOCKET, 9999, into), "ENOPROTOOPT");
  assert.equal(into.value, 77);
  const peer = new Received();
  peer.port = 77;
  equalErrno(a.calls.accept(fd, 0, peer, 0), "EAGAIN");
  assert.equal(peer.port, 77);
});

// req: sockets/OPT-2
test("a value of the wrong kind is EINVAL", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, "yes"), "EINVAL");
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, 1.5), "EINVAL");
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_LINGER, 1), "EINVAL");
  equalErrno(a.set(fd, c.SOL_TCP, c.TCP_CONGESTION, 1), "EINVAL");
});

// req: sockets/OPT-3, sockets/OPT-7
test("options that can only be read", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  const names = [c.SO_ERROR, c.SO_TYPE, c.SO_ACCEPTCONN, c.SO_DOMAIN, c.SO_PROTOCOL, c.SO_SNDLOWAT];
  for (const name of names) equalErrno(a.set(fd, c.SOL_SOCKET, name, 1), "ENOPROTOOPT", `${name}`);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_SNDLOWAT), 1);
  equalErrno(a.set(fd, c.SOL_TCP, c.TCP_INFO, 1), "ENOPROTOOPT");
});

// req: sockets/OPT-5
test("buffer sizes are doubled, within limits", () => {
  const { a } = new SocketWorld();
  for (const type of [c.SOCK_STREAM, c.SOCK_DGRAM]) {
    const fd = a.socket(c.AF_INET, type);
    const rows = [
      [c.SO_RCVBUF, 1000, 2304],
      [c.SO_RCVBUF, 10_000, 20_000],
      [c.SO_RCVBUF, 1 << 30, 8 << 20],
      [c.SO_SNDBUF, 1, 4608],
      [c.SO_SNDBUF, 10_000, 20_000],
      [c.SO_SNDBUF, -1, 8 << 20],
    ] as const;
    for (const [name, asked, got] of rows) {
      equalErrno(a.set(fd, c.SOL_SOCKET, name, asked), 0);
      assert.equal(a.get(fd, c.SOL_SOCKET, name), got, `${asked}`);
    }
  }
});

// req: sockets/OPT-6
test("SO_RCVBUF before connect() bounds what the peer may send", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const listener = b.listener("10.0.0.2:80");
  b.set(listener, c.SOL_SOCKET, c.SO_RCVBUF, 20_000);
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  const server = b.accept(listener);
  a.send(client, new Uint8Array(1 << 20));
  world.settle();
  const waiting = b.calls.ioctl(server, c.FIONREAD, 0, b.now);
  assert.ok(waiting > 10_000 && waiting <= 20_000, `${waiting}`);
});

// req: sockets/OPT-8
test("SO_RCVTIMEO and SO_SNDTIMEO", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  for (const name of [c.SO_RCVTIMEO, c.SO_SNDTIMEO]) {
    assert.deepEqual(a.get(fd, c.SOL_SOCKET, name), { seconds: 0, microseconds: 0 });
    for (const microseconds of [-1, 1_000_000]) {
      equalErrno(a.set(fd, c.SOL_SOCKET, name, { seconds: 1, microseconds }), "EDOM");
    }
    const value = { seconds: 2, microseconds: 250_000 };
    equalErrno(a.set(fd, c.SOL_SOCKET, name, value), 0);
    assert.deepEqual(a.get(fd, c.SOL_SOCKET, name), value);
  }
});

// req: sockets/OPT-9
test("SO_LINGER is off by default", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  assert.deepEqual(a.get(fd, c.SOL_SOCKET, c.SO_LINGER), { on: false, seconds: 0 });
  a.set(fd, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 3 });
  assert.deepEqual(a.get(fd, c.SOL_SOCKET, c.SO_LINGER), { on: true, seconds: 3 });
});

// req: sockets/OPT-10
test("any number but 0 is on", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  const names = [
    c.SO_BROADCAST,
    c.SO_DONTROUTE,
    c.SO_KEEPALIVE,
    c.SO_OOBINLINE,
    c.SO_REUSEADDR,
    c.SO_REUSEPORT,
  ];
  for (const name of names) {
    assert.equal(a.get(fd, c.SOL_SOCKET, name), 0);
    equalErrno(a.set(fd, c.SOL_SOCKET, name, 5), 0);
    assert.equal(a.get(fd, c.SOL_SOCKET, name), 1);
    equalErrno(a.set(fd, c.SOL_SOCKET, name, 0), 0);
    assert.equal(a.get(fd, c.SOL_SOCKET, name), 0);
  }
});

// req: sockets/OPT-11
test("SO_BINDTODEVICE: only that interface, in and out", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "eth77"), "ENODEV");
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "lo"), 0);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE), "lo");
  equalErrno(a.bind(fd, "0.0.0.0:9000"), 0);
  equalErrno(a.sendto(fd, "x", "10.0.0.2:9"), "ENETUNREACH");
  world.b.sendto(world.b.socket(c.AF_INET, c.SOCK_DGRAM), "from the cable", "10.0.0.1:9000");
  world.settle();
  assert.equal(a.recv(fd), "EAGAIN");
  a.sendto(a.socket(c.AF_INET, c.SOCK_DGRAM), "from here", "127.0.0.1:9000");
  world.settle();
  assert.equal(a.recv(fd), "from here");
  equalErrno(a.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, ""), 0);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE), "");
});

// req: sockets/OPT-15, sockets/OPT-16, sockets/OPT-17, sockets/OPT-18, sockets/OPT-19
test("ranges of the TCP options", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  const rows: [name: number, bad: (number | string)[], ErrnoName, good: (number | string)[]][] = [
    [c.TCP_MAXSEG, [10, 87, 32_768, -1], "EINVAL", [88, 1000, 32_767]],
    [c.TCP_KEEPIDLE, [0, 32_768, 40_000], "EINVAL", [1, 32_767]],
    [c.TCP_KEEPINTVL, [0, 32_768], "EINVAL", [1, 32_767]],
    [c.TCP_KEEPCNT, [0, 128], "EINVAL", [1, 127]],
    [c.TCP_SYNCNT, [0, 128, 256], "EINVAL", [1, 127]],
    [c.TCP_USER_TIMEOUT, [-1], "EINVAL", [0, 5000]],
    [c.TCP_CONGESTION, ["nonesuch"], "ENOENT", ["reno", "cubic"]],
    [c.TCP_LINGER2, [], "EINVAL", [1, 60, -1]],
    [c.TCP_NODELAY, [], "EINVAL", [1, 0]],
    [c.TCP_QUICKACK, [], "EINVAL", [1, 0]],
  ];
  for (const [name, bad, errno, good] of rows) {
    for (const value of bad)
      equalErrno(a.set(fd, c.SOL_TCP, name, value), errno, `${name} ${value}`);
    for (const value of good) {
      equalErrno(a.set(fd, c.SOL_TCP, name, value), 0, `${name} ${value}`);
      assert.equal(a.get(fd, c.SOL_TCP, name), value, `${name} ${value}`);
    }
  }
  assert.equal(a.get(a.socket(c.AF_INET, c.SOCK_STREAM), c.SOL_TCP, c.TCP_QUICKACK), 1);
});

// req: sockets/OPT-15, sockets/OPT-19
test("TCP_MAXSEG bounds the segments, and reads as the size in use; TCP_INFO", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const listener = b.listener("10.0.0.2:80");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  assert.equal(a.get(client, c.SOL_TCP, c.TCP_MAXSEG), 536);
  assert.equal((a.get(client, c.SOL_TCP, c.TCP_INFO) as { state: number }).state, 7);
  a.set(client, c.SOL_TCP, c.TCP_MAXSEG, 700);
  a.connect(client, "10.0.0.2:80");
  world.settle();
  const inUse = a.get(client, c.SOL_TCP, c.TCP_MAXSEG) as number;
  assert.ok(inUse <= 700 && inUse >= 600, `${inUse}`);
  assert.equal((a.get(client, c.SOL_TCP, c.TCP_INFO) as { state: number }).state, 1);
  assert.equal((b.get(listener, c.SOL_TCP, c.TCP_INFO) as { state: number }).state, 10);
});

// req: sockets/OPT-20, sockets/OPT-28, udp/UDP-25
test("hop limits", () => {
  const { a } = new SocketWorld();
  const v4 = a.socket(c.AF_INET, c.SOCK_DGRAM);
  for (const bad of [0, 256, -2])
    equalErrno(a.set(v4, c.SOL_IP, c.IP_TTL, bad), "EINVAL", `${bad}`);
  equalErrno(a.set(v4, c.SOL_IP, c.IP_TTL, 255), 0);
  assert.equal(a.get(v4, c.SOL_IP, c.IP_TTL), 255);
  equalErrno(a.set(v4, c.SOL_IP, c.IP_TTL, -1), 0);
  assert.equal(a.get(v4, c.SOL_IP, c.IP_TTL), 64);
  assert.equal(a.get(v4, c.SOL_IP, c.IP_MULTICAST_TTL), 1);
  equalErrno(a.set(v4, c.SOL_IP, c.IP_MULTICAST_TTL, 256), "EINVAL");
  const stream = a.socket(c.AF_INET6, c.SOCK_STREAM);
  equalErrno(a.set(stream, c.SOL_IP, c.IP_MULTICAST_TTL, 5), "EINVAL");
  equalErrno(a.set(stream, c.SOL_IPV6, c.IPV6_MULTICAST_HOPS, 5), "ENOPROTOOPT");
  const v6 = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  for (const bad of [256, -2])
    equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_UNICAST_HOPS, bad), "EINVAL");
  equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_UNICAST_HOPS, -1), 0);
  assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_UNICAST_HOPS), 64);
  equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_UNICAST_HOPS, 0), 0);
  assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_UNICAST_HOPS), 0);
  assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_MULTICAST_HOPS), 1);
});

// req: sockets/OPT-21
test("the traffic class, of which TCP keeps the ECN bits to itself", () => {
  const { a } = new SocketWorld();
  const udp = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.set(udp, c.SOL_IP, c.IP_TOS, 0x2b);
  assert.equal(a.get(udp, c.SOL_IP, c.IP_TOS), 0x2b);
  const tcp = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.set(tcp, c.SOL_IP, c.IP_TOS, 0x2b);
  assert.equal(a.get(tcp, c.SOL_IP, c.IP_TOS), 0x28);
  const v6 = a.socket(c.AF_INET6, c.SOCK_DGRAM);
  equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_TCLASS, 256), "EINVAL");
  equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_TCLASS, 0x20), 0);
  assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_TCLASS), 0x20);
  equalErrno(a.set(v6, c.SOL_IPV6, c.IPV6_TCLASS, -1), 0);
  assert.equal(a.get(v6, c.SOL_IPV6, c.IPV6_TCLASS), 0);
});

// req: sockets/OPT-25
test("IP_MTU needs a peer; IP_MTU_DISCOVER has four values", () => {
  const world = new SocketWorld({ mtu: 1400 });
  const { a } = world;
  const udp = a.socket(c.AF_INET, c.SOCK_DGRAM);
  assert.equal(a.get(udp, c.SOL_IP, c.IP_MTU), "ENOTCONN");
  a.connect(udp, "10.0.0.2:9");
  assert.equal(a.get(udp, c.SOL_IP, c.IP_MTU), 1400);
  const [client] = world.pair("v6");
  assert.equal(a.get(client, c.SOL_IPV6, c.IPV6_MTU), 1400);
  assert.equal(a.get(udp, c.SOL_IP, c.IP_MTU_DISCOVER), c.IP_PMTUDISC_WANT);
  for (const value of [0, 1, 2, 3, 4, 5]) {
    equalErrno(a.set(udp, c.SOL_IP, c.IP_MTU_DISCOVER, value), 0);
  }
  for (const value of [-1, 6]) equalErrno(a.set(udp, c.SOL_IP, c.IP_MTU_DISCOVER, value), "EINVAL");
});

// req: sockets/MISC-1
test("O_NONBLOCK by fcntl() and FIONBIO", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.calls.fcntl(fd, c.F_SETFL, c.O_NONBLOCK), 0);
  assert.equal(a.calls.fcntl(fd, c.F_GETFL, 0), c.O_RDWR | c.O_NONBLOCK);
  equalErrno(a.calls.ioctl(fd, c.FIONBIO, 0, 0), 0);
  assert.equal(a.calls.fcntl(fd, c.F_GETFL, 0), c.O_RDWR);
});

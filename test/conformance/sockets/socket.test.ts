import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrnoName } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { OpenDescription } from "../../../src/socket/open-description.ts";
import { Process } from "../../../src/socket/process.ts";
import { equalErrno, name, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/SOCK-1, sockets/SOCK-2, sockets/SOCK-3
test("socket() refuses what it does not have, with Linux's errno", () => {
  const { a } = new SocketWorld();
  const rows: [family: number, type: number, protocol: number, ErrnoName, why: string][] = [
    [99, c.SOCK_STREAM, 0, "EAFNOSUPPORT", "unknown domain"],
    [c.AF_UNSPEC, c.SOCK_STREAM, 0, "EAFNOSUPPORT", "no domain"],
    [c.AF_INET, 99, 0, "EINVAL", "bits that are no flag"],
    [c.AF_INET, 12, 0, "EINVAL", "no such type"],
    [c.AF_INET, c.SOCK_SEQPACKET, 0, "ESOCKTNOSUPPORT", "a type the family has not"],
    [c.AF_INET, c.SOCK_STREAM, c.IPPROTO_UDP, "EPROTONOSUPPORT", "stream over UDP"],
    [c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_TCP, "EPROTONOSUPPORT", "datagrams over TCP"],
    [c.AF_INET, c.SOCK_STREAM, 250, "EPROTONOSUPPORT", "no such protocol"],
    [c.AF_INET6, c.SOCK_DGRAM, c.IPPROTO_ICMP, "EPROTONOSUPPORT", "the other family's ICMP"],
  ];
  for (const [family, type, protocol, expected, why] of rows) {
    equalErrno(a.calls.socket(family, type, protocol), expected, why);
  }
});

// req: sockets/SOCK-4
test("protocol 0 is TCP for streams and UDP for datagrams", () => {
  const { a } = new SocketWorld();
  for (const family of [c.AF_INET, c.AF_INET6]) {
    const stream = a.socket(family, c.SOCK_STREAM);
    const datagram = a.socket(family, c.SOCK_DGRAM);
    assert.equal(a.get(stream, c.SOL_SOCKET, c.SO_PROTOCOL), c.IPPROTO_TCP);
    assert.equal(a.get(datagram, c.SOL_SOCKET, c.SO_PROTOCOL), c.IPPROTO_UDP);
    assert.equal(a.get(datagram, c.SOL_SOCKET, c.SO_DOMAIN), family);
    assert.equal(a.get(datagram, c.SOL_SOCKET, c.SO_TYPE), c.SOCK_DGRAM);
  }
});

// req: sockets/SOCK-6, sockets/MISC-2
test("SOCK_NONBLOCK and SOCK_CLOEXEC can be or'ed into the type", () => {
  const { a } = new SocketWorld();
  const plain = a.socket(c.AF_INET, c.SOCK_STREAM);
  assert.equal(a.calls.fcntl(plain, c.F_GETFL, 0), c.O_RDWR);
  assert.equal(a.calls.fcntl(plain, c.F_GETFD, 0), 0, "close-on-exec is off");
  const both = a.socket(c.AF_INET, c.SOCK_STREAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC);
  assert.equal(a.calls.fcntl(both, c.F_GETFL, 0), c.O_RDWR | c.O_NONBLOCK);
  assert.equal(a.calls.fcntl(both, c.F_GETFD, 0), c.FD_CLOEXEC);
  assert.equal(a.calls.fcntl(both, c.F_SETFD, 0), 0);
  assert.equal(a.calls.fcntl(both, c.F_GETFD, 0), 0);
  equalErrno(a.calls.fcntl(both, 999, 0), "EINVAL");
});

// req: sockets/SOCK-7, sockets/NAME-1, sockets/NAME-3, sockets/SEND-4, sockets/RECV-7, sockets/SHUT-1, sockets/ACC-2, sockets/CONN-23
test("a fresh TCP socket answers every call as Linux's", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  assert.equal(a.local(fd), "0.0.0.0:0");
  assert.equal(a.peer(fd), "ENOTCONN");
  assert.equal(a.poll(fd), "OUT|HUP");
  equalErrno(a.send(fd, "x"), "EPIPE");
  equalErrno(a.sendto(fd, "x", "10.0.0.2:80"), "EPIPE");
  assert.equal(a.recv(fd), "ENOTCONN");
  assert.equal(a.recv(fd, 10, c.MSG_OOB), "EINVAL");
  equalErrno(a.accept(fd), "EINVAL");
  equalErrno(a.dissolve(fd), 0, "connect() to nobody");
  equalErrno(a.shutdown(fd, 7), "EINVAL");
  equalErrno(a.shutdown(fd, c.SHUT_RDWR), "ENOTCONN");
});

// req: sockets/SOCK-7, sockets/NAME-1
test("a fresh IPv6 socket is :: port 0", () => {
  const { a } = new SocketWorld();
  assert.equal(a.local(a.socket(c.AF_INET6, c.SOCK_STREAM)), "[::]:0");
  assert.equal(a.local(a.socket(c.AF_INET6, c.SOCK_DGRAM)), "[::]:0");
});

// req: sockets/LIST-3, sockets/ACC-2, sockets/NAME-3, sockets/SHUT-7, sockets/SEND-11
test("a fresh UDP socket answers every call as Linux's", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  assert.equal(a.poll(fd), "OUT");
  assert.equal(a.recv(fd), "EAGAIN");
  equalErrno(a.send(fd, "x"), "EDESTADDRREQ");
  assert.equal(a.peer(fd), "ENOTCONN");
  equalErrno(a.listen(fd, 5), "EOPNOTSUPP");
  equalErrno(a.accept(fd), "EOPNOTSUPP");
  equalErrno(a.shutdown(fd, c.SHUT_RDWR), "ENOTCONN");
  assert.equal(a.poll(fd), "IN|OUT|HUP|RDHUP", "the flags are set all the same");
});

// req: sockets/GEN-1
test("a number that is no descriptor is EBADF, a descriptor of something else ENOTSOCK", () => {
  const { a } = new SocketWorld();
  const { calls } = a;
  const buffer = new Uint8Array(1);
  const result = { value: 0 };
  const each = (fd: number): number[] => [
    calls.bind(fd, name("0.0.0.0:0"), 0),
    calls.listen(fd, 1, 0),
    calls.accept(fd, 0, null, 0),
    calls.connect(fd, name("10.0.0.2:1"), 0),
    calls.send(fd, buffer, 0, 0),
    calls.recv(fd, buffer, 0, 0),
    calls.shutdown(fd, c.SHUT_RD, 0),
    calls.getsockopt(fd, c.SOL_SOCKET, c.SO_TYPE, result),
    calls.setsockopt(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, 1, 0),
  ];
  for (const [index, errno] of each(77).entries()) equalErrno(errno, "EBADF", `call ${index}`);
  for (const call of ["getsockname", "getpeername"] as const) {
    assert.equal(a.calls[call](77), -9, call);
  }
  for (const errno of [calls.read(77, buffer, 0), calls.write(77, buffer, 0), calls.close(77, 0)]) {
    equalErrno(errno, "EBADF");
  }
  const other = calls.descriptors.add(new OtherDescription());
  for (const [index, errno] of each(other).entries())
    equalErrno(errno, "ENOTSOCK", `call ${index}`);
});

// req: sockets/GEN-2
test("the lowest free descriptor is given out", () => {
  const { a } = new SocketWorld();
  const [first, second, third] = [1, 2, 3].map(() => a.socket(c.AF_INET, c.SOCK_DGRAM));
  assert.deepEqual([first, second, third], [3, 4, 5]);
  equalErrno(a.close(4), 0);
  equalErrno(a.close(4), "EBADF");
  assert.equal(a.socket(c.AF_INET, c.SOCK_STREAM), 4);
  assert.equal(a.socket(c.AF_INET, c.SOCK_STREAM), 6);
});

// req: sockets/GEN-3, sockets/ACC-9
test("a full table is EMFILE, and accept() leaves the connection in the queue", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const small = new Process(b.host.stack, { maxDescriptors: 5 });
  const listener = small.socket(c.AF_INET, c.SOCK_STREAM, 0);
  small.bind(listener, name("10.0.0.2:80"), 0);
  small.listen(listener, 5, 0);
  const other = small.socket(c.AF_INET, c.SOCK_DGRAM, 0);
  equalErrno(small.socket(c.AF_INET, c.SOCK_DGRAM, 0), "EMFILE");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  equalErrno(a.connect(client, "10.0.0.2:80"), "EINPROGRESS");
  world.settle();
  equalErrno(small.accept(listener, 0, null, world.net.now), "EMFILE");
  small.close(other, world.net.now);
  assert.ok(small.accept(listener, 0, null, world.net.now) > 0);
});

class OtherDescription extends OpenDescription {
  override poll(): number {
    return c.POLLIN;
  }

  override read(): number {
    return 0;
  }

  override write(): number {
    return 0;
  }

  override close(): void {}
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PromiseSockets } from "../../../src/api/promise-sockets.ts";
import { SystemError } from "../../../src/api/system-error.ts";
import * as c from "../../../src/socket/constants.ts";
import {
  octets,
  rejectsErrno,
  SocketWorld,
  socketAddress,
  text,
  throwsErrno,
} from "../../support/socket-world.ts";

const SERVER = socketAddress("10.0.0.2:80");

// req: sockets/CONN-1, sockets/NAME-5
test("connect() resolves when the handshake is over, accept() when there is somebody", async () => {
  const world = new SocketWorld({ latencyMs: 25 });
  const [a, b] = [world.a.sys, world.b.sys];
  const listener = listen(b);
  const accepting = b.accept(listener);
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  const before = world.net.now;
  await world.complete(a.connect(client, SERVER));
  assert.ok(world.net.now - before >= 50, "one round trip at least");
  const { fd, address } = await world.complete(accepting);
  assert.deepEqual(address, a.getsockname(client));
  assert.deepEqual(b.getpeername(fd), address);
  assert.deepEqual(b.getsockname(fd), { family: c.AF_INET, address: "10.0.0.2", port: 80 });
});

// req: sockets/CONN-1
test("connect() that is refused, that finds no route, whose neighbour is not there", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  const connect = (address: string, option?: number): Promise<void> => {
    const fd = sys.socket(c.AF_INET, c.SOCK_STREAM);
    if (option !== undefined) sys.setsockopt(fd, c.SOL_TCP, c.TCP_SYNCNT, option);
    return world.complete(sys.connect(fd, socketAddress(address)));
  };
  const error = await connect("10.0.0.2:81").catch((reason: unknown) => reason);
  assert.ok(error instanceof SystemError);
  assert.equal(error.message, "connect ECONNREFUSED 10.0.0.2:81");
  assert.deepEqual([error.syscall, error.address, error.port], ["connect", "10.0.0.2", 81]);
  await rejectsErrno(connect("192.0.2.1:80"), "ENETUNREACH");
  await rejectsErrno(connect("10.0.0.77:80", 3), "EHOSTUNREACH");
});

// req: sockets/CONN-1, sockets/ERR-8
test("connect() that nobody answers ends with ETIMEDOUT", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  // The neighbour is known before it falls silent.
  world.pair();
  world.b.host.stack.network.setUpper(c.IPPROTO_TCP, { input() {}, handleError() {} });
  const fd = sys.socket(c.AF_INET, c.SOCK_STREAM);
  sys.setsockopt(fd, c.SOL_TCP, c.TCP_SYNCNT, 2);
  await rejectsErrno(world.complete(sys.connect(fd, SERVER)), "ETIMEDOUT");
  assert.ok(world.net.now > 6000, "after 1 + 2 + 4 seconds");
});

// req: sockets/CONN-14, sockets/GEN-11, sockets/CONN-3, sockets/CONN-25
test("SO_SNDTIMEO limits connect(): EINPROGRESS, then EALREADY, while the attempt goes on", async () => {
  const world = new SocketWorld({ latencyMs: 400 });
  const [a, b] = [world.a.sys, world.b.sys];
  listen(b);
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.setsockopt(fd, c.SOL_SOCKET, c.SO_SNDTIMEO, { seconds: 0, microseconds: 100_000 });
  await rejectsErrno(world.complete(a.connect(fd, SERVER)), "EINPROGRESS");
  await rejectsErrno(world.complete(a.connect(fd, SERVER)), "EALREADY");
  await rejectsErrno(world.complete(a.send(fd, octets("x"))), "EAGAIN");
  a.setsockopt(fd, c.SOL_SOCKET, c.SO_SNDTIMEO, { seconds: 0, microseconds: 0 });
  assert.equal(await world.complete(a.send(fd, octets("x"))), 1, "a send waits for the connection");
  await world.complete(a.connect(fd, SERVER));
  await rejectsErrno(world.complete(a.connect(fd, SERVER)), "EISCONN");
});

// req: sockets/GEN-7, sockets/CONN-2, sockets/SEND-24, sockets/ACC-1, sockets/RECV-6
test("on a non-blocking descriptor nothing waits", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  const stream = sys.socket(c.AF_INET, c.SOCK_STREAM | c.SOCK_NONBLOCK);
  await rejectsErrno(sys.connect(stream, SERVER), "EINPROGRESS");
  await rejectsErrno(sys.read(stream, new Uint8Array(1)), "EAGAIN");
  const listener = listen(sys, "10.0.0.1:80");
  sys.fcntl(listener, c.F_SETFL, c.O_NONBLOCK);
  await rejectsErrno(sys.accept(listener), "EAGAIN");
  const datagrams = sys.socket(c.AF_INET, c.SOCK_DGRAM);
  await rejectsErrno(sys.recv(datagrams, new Uint8Array(1), c.MSG_DONTWAIT), "EAGAIN");
});

// req: sockets/RECV-6, sockets/ACC-1, sockets/GEN-11
test("SO_RCVTIMEO and a call's own timeout end with EAGAIN", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  const datagrams = sys.socket(c.AF_INET, c.SOCK_DGRAM);
  const listener = listen(sys, "10.0.0.1:80");
  for (const fd of [datagrams, listener]) {
    sys.setsockopt(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, { seconds: 1, microseconds: 500_000 });
  }
  const elapsed = async (promise: Promise<unknown>): Promise<number> => {
    const before = world.net.now;
    await rejectsErrno(world.complete(promise), "EAGAIN");
    return world.net.now - before;
  };
  assert.equal(await elapsed(sys.recv(datagrams, new Uint8Array(1))), 1500);
  assert.equal(await elapsed(sys.accept(listener)), 1500);
  assert.equal(await elapsed(sys.recv(datagrams, new Uint8Array(1), 0, { timeoutMs: 70 })), 70);
  assert.equal(await elapsed(sys.recv(datagrams, new Uint8Array(1), 0, { timeoutMs: 0 })), 0);
});

// req: sockets/RECV-1, sockets/RECV-2
test("read() waits for the first octet, and gives 0 at the end, again and again", async () => {
  const { world, a, b, client, server } = await connected();
  const buffer = new Uint8Array(10);
  const reading = b.read(server, buffer);
  assert.equal(await world.complete(a.write(client, octets("hello"))), 5);
  assert.equal(await world.complete(reading), 5);
  assert.equal(text(buffer.subarray(0, 5)), "hello");
  const ending = b.read(server, buffer);
  a.shutdown(client, c.SHUT_WR);
  assert.equal(await world.complete(ending), 0);
  assert.equal(await world.complete(b.read(server, buffer)), 0);
});

// req: sockets/RECV-9, sockets/SEND-3
test("MSG_WAITALL waits for all of it; the end, or the time, gives what there is", async () => {
  const { world, a, b, client, server } = await connected();
  const buffer = new Uint8Array(6);
  const whole = b.recv(server, buffer, c.MSG_WAITALL);
  for (const part of ["ab", "cd", "ef", "gh"]) {
    await world.complete(a.write(client, octets(part)));
    world.settle(10);
  }
  assert.equal(await world.complete(whole), 6);
  assert.equal(text(buffer), "abcdef");
  const late = b.recv(server, buffer, c.MSG_WAITALL, { timeoutMs: 100 });
  assert.equal(await world.complete(late), 2, "gh");
  await rejectsErrno(
    world.complete(b.recv(server, buffer, c.MSG_WAITALL, { timeoutMs: 100 })),
    "EAGAIN",
  );
  const last = b.recv(server, buffer, c.MSG_WAITALL);
  await world.complete(a.write(client, octets("5")));
  a.shutdown(client, c.SHUT_WR);
  assert.equal(await world.complete(last), 1);
});

// req: sockets/RECV-9, sockets/RECV-4
test("MSG_WAITALL leaves an error to the next call", async () => {
  const { world, a, b, client, server } = await connected();
  const waiting = b.recv(server, new Uint8Array(6), c.MSG_WAITALL);
  await world.complete(a.write(client, octets("abc")));
  world.settle(100);
  a.setsockopt(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 0 });
  a.close(client);
  assert.equal(await world.complete(waiting), 3);
  await rejectsErrno(world.complete(b.read(server, new Uint8Array(1))), "ECONNRESET");
  assert.equal(await world.complete(b.read(server, new Uint8Array(1))), 0);
});

// req: sockets/RECV-1, sockets/POLL-10
test("SO_RCVLOWAT keeps a reader waiting", async () => {
  const { world, a, b, client, server } = await connected();
  b.setsockopt(server, c.SOL_SOCKET, c.SO_RCVLOWAT, 4);
  let isDone = false;
  const reading = b.read(server, new Uint8Array(9)).finally(() => {
    isDone = true;
  });
  await world.complete(a.write(client, octets("12")));
  await world.net.run({ forMs: 500 });
  assert.equal(isDone, false);
  await world.complete(a.write(client, octets("34")));
  assert.equal(await world.complete(reading), 4);
});

// req: sockets/SEND-2, sockets/SEND-3
test("write() waits while there is room for nothing, and takes what fits", async () => {
  const { world, a, b, client, server } = await connected();
  const block = new Uint8Array(4 << 20);
  let total = 0;
  // What is left of the peer's window is filled late, when the persist timer lets it go.
  for (const timeoutMs of [100, 100, 100, 5000, 5000]) {
    total += await world.complete(a.write(client, block, { timeoutMs })).catch(() => 0);
  }
  await rejectsErrno(world.complete(a.write(client, block, { timeoutMs: 100 })), "EAGAIN");
  const waiting = a.write(client, block);
  const buffer = new Uint8Array(1 << 20);
  for (let read = 0; read < total; ) read += await world.complete(b.read(server, buffer));
  assert.ok((await world.complete(waiting)) > 0);
});

// req: sockets/RECV-28, sockets/SHUT-4, sockets/LIST-11
test("shutdown() wakes who waits", async () => {
  const { world, b, server, listener } = await connected();
  const reading = b.read(server, new Uint8Array(1));
  b.shutdown(server, c.SHUT_RD);
  assert.equal(await world.complete(reading), 0);
  const accepting = b.accept(listener);
  b.shutdown(listener, c.SHUT_RD);
  await rejectsErrno(world.complete(accepting), "EINVAL");
  const datagrams = b.socket(c.AF_INET, c.SOCK_DGRAM);
  const receiving = b.recv(datagrams, new Uint8Array(1));
  throwsErrno(() => b.shutdown(datagrams, c.SHUT_RD), "ENOTCONN");
  assert.equal(await world.complete(receiving), 0);
});

// req: sockets/CLOSE-9
test("close() rejects who waits through it with EBADF", async () => {
  const { world, b, server, listener } = await connected();
  const buffer = new Uint8Array(1);
  const calls = [b.read(server, buffer), b.read(server, buffer), b.accept(listener)];
  b.close(server);
  b.close(listener);
  const results = await world.complete(Promise.allSettled<unknown>(calls));
  for (const result of results) {
    assert.ok(result.status === "rejected" && result.reason.code === "EBADF");
  }
});

// req: sockets/GEN-1
test("calls on no descriptor: thrown where nothing waits, rejected where something may", async () => {
  const { sys } = new SocketWorld().a;
  throwsErrno(() => sys.close(77), "EBADF");
  throwsErrno(() => sys.getsockname(77), "EBADF");
  throwsErrno(() => sys.socket(99, 1), "EAFNOSUPPORT");
  await rejectsErrno(sys.read(77, new Uint8Array(1)), "EBADF");
  await rejectsErrno(sys.accept(77), "EBADF");
  await rejectsErrno(sys.connect(77, SERVER), "EBADF");
  await rejectsErrno(sys.sendto(77, new Uint8Array(1), 0, SERVER), "EBADF");
});

// req: sockets/RECV-12, sockets/RECV-15, udp/UDP-20, udp/UDP-22
test("recvfrom() tells who sent a datagram, and to which address", async () => {
  const world = new SocketWorld();
  const [a, b] = [world.a.sys, world.b.sys];
  const server = b.socket(c.AF_INET, c.SOCK_DGRAM);
  b.bind(server, socketAddress("0.0.0.0:53"));
  const client = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.bind(client, socketAddress("10.0.0.1:5353"));
  a.setsockopt(client, c.SOL_IP, c.IP_TTL, 9);
  a.setsockopt(client, c.SOL_IP, c.IP_TOS, 0x2e);
  const receiving = b.recvfrom(server, new Uint8Array(3));
  await world.complete(a.sendto(client, octets("query"), 0, socketAddress("10.0.0.2:53")));
  assert.deepEqual(await world.complete(receiving), {
    size: 3,
    address: { family: c.AF_INET, address: "10.0.0.1", port: 5353 },
    flags: c.MSG_TRUNC,
    destination: "10.0.0.2",
    interfaceIndex: 2,
    hopLimit: 9,
    trafficClass: 0x2e,
  });
  const { a: x, b: y, world: other, client: stream, server: end } = await connected();
  await other.complete(x.write(stream, octets("abc")));
  const message = await other.complete(y.recvfrom(end, new Uint8Array(9)));
  assert.deepEqual(message, { size: 3, address: null, flags: 0 });
});

// req: sockets/OPT-2, sockets/OPT-9
test("options as octets, as C programs lay them out", () => {
  const { sys } = new SocketWorld().a;
  const fd = sys.socket(c.AF_INET, c.SOCK_STREAM);
  sys.setsockopt(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, Uint8Array.of(1, 0, 0, 0));
  assert.equal(sys.getsockopt(fd, c.SOL_SOCKET, c.SO_KEEPALIVE), 1);
  const short = (): void => sys.setsockopt(fd, c.SOL_SOCKET, c.SO_KEEPALIVE, Uint8Array.of(1, 0));
  throwsErrno(short, "EINVAL");
  throwsErrno(() => sys.setsockopt(fd, c.SOL_SOCKET, c.SO_LINGER, new Uint8Array(4)), "EINVAL");
  throwsErrno(() => sys.setsockopt(fd, c.SOL_SOCKET, 9999, new Uint8Array(4)), "ENOPROTOOPT");
  throwsErrno(() => sys.getsockopt(fd, 9999, 1), "EOPNOTSUPP");
});

interface Connected {
  readonly world: SocketWorld;
  readonly a: PromiseSockets;
  readonly b: PromiseSockets;
  readonly client: number;
  readonly server: number;
  readonly listener: number;
}

async function connected(): Promise<Connected> {
  const world = new SocketWorld();
  const [a, b] = [world.a.sys, world.b.sys];
  const listener = listen(b);
  const accepting = b.accept(listener);
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  await world.complete(a.connect(client, SERVER));
  const { fd: server } = await world.complete(accepting);
  return { world, a, b, client, server, listener };
}

function listen(sys: PromiseSockets, address = "10.0.0.2:80"): number {
  const fd = sys.socket(c.AF_INET, c.SOCK_STREAM);
  sys.bind(fd, socketAddress(address));
  sys.listen(fd);
  return fd;
}

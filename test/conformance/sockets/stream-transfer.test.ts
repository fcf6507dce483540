import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { equalErrno, octets, SocketWorld, text } from "../../support/socket-world.ts";

// req: sockets/SEND-2, sockets/POLL-2
test("a send takes what fits, then EAGAIN; there is room again when the peer reads", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  const block = new Uint8Array(1 << 20);
  let sent = 0;
  let last = 0;
  for (let i = 0; i < 100 && last >= 0; i++) {
    last = a.send(client, block);
    if (last > 0) sent += last;
    world.settle(50);
  }
  equalErrno(last, "EAGAIN");
  assert.ok(sent > 1 << 20, `${sent}`);
  assert.equal(a.poll(client), "-");
  let received = 0;
  for (let i = 0; i < 100; i++) {
    received += b.drain(server);
    world.settle(50);
  }
  assert.equal(received, sent);
  assert.equal(a.poll(client), "OUT");
});

// req: sockets/SEND-9, sockets/RECV-8
test("nothing sent and nothing received", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(a.send(client, ""), 0);
  world.settle();
  assert.equal(b.poll(server), "OUT");
  assert.equal(b.recv(server, 0), "EAGAIN", "waits for something, though it takes nothing");
  a.send(client, "x");
  world.settle();
  assert.equal(b.recv(server, 0), "");
  assert.equal(a.recv(a.socket(c.AF_INET, c.SOCK_STREAM), 0), "ENOTCONN");
  assert.equal(b.recv(server), "x", "still there");
});

// req: sockets/RECV-1, sockets/RECV-6
test("recv() gives what there is, up to what was asked for, else EAGAIN", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(b.recv(server), "EAGAIN");
  assert.equal(b.recv(server, 10, c.MSG_DONTWAIT), "EAGAIN");
  a.send(client, "abcdef");
  world.settle();
  assert.equal(b.recv(server, 4), "abcd");
  assert.equal(b.recv(server, 100), "ef");
});

// req: sockets/RECV-10, sockets/RECV-13
test("MSG_PEEK leaves data, MSG_TRUNC discards it", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  a.send(client, "abcdef");
  world.settle();
  assert.equal(b.recv(server, 3, c.MSG_PEEK), "abc");
  assert.equal(b.recv(server, 3, c.MSG_PEEK), "abc");
  const untouched = octets("--");
  assert.equal(b.calls.recv(server, untouched, c.MSG_TRUNC, b.now), 2);
  assert.equal(text(untouched), "--");
  assert.equal(b.recv(server), "cdef");
});

// req: sockets/SEND-20, sockets/SEND-22, sockets/RECV-26
test("writev() is one logical write, readv() fills its parts in order", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(a.calls.writev(client, [], a.now), 0);
  assert.equal(b.calls.readv(server, [], b.now), 0);
  assert.equal(a.calls.writev(client, ["ab", "", "cde"].map(octets), a.now), 5);
  world.settle();
  const [x, y] = [new Uint8Array(2), new Uint8Array(9)];
  assert.equal(b.calls.readv(server, [x, y], b.now), 5);
  assert.deepEqual([text(x), text(y.subarray(0, 3))], ["ab", "cde"]);
  equalErrno(b.calls.readv(server, [x, y], b.now), "EAGAIN");
  equalErrno(a.calls.writev(client, new Array<Uint8Array>(1025).fill(x), a.now), "EINVAL");
  const huge = new Uint8Array(3 << 20);
  const partial = a.calls.writev(client, [huge, huge, huge], a.now);
  assert.ok(partial > huge.length && partial < 3 * huge.length, "ends inside a part");
});

// req: sockets/SEND-24, sockets/OPT-13, sockets/OPT-14
test("MSG_MORE and TCP_CORK hold a partial segment, 200 ms at most", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  a.send(client, "held ", c.MSG_MORE);
  world.settle(50);
  assert.equal(b.recv(server), "EAGAIN");
  a.send(client, "and let go");
  world.settle(50);
  assert.equal(b.recv(server), "held and let go");
  a.set(client, c.SOL_TCP, c.TCP_CORK, 1);
  a.send(client, "corked");
  world.settle(50);
  assert.equal(b.recv(server), "EAGAIN");
  a.set(client, c.SOL_TCP, c.TCP_CORK, 0);
  world.settle(50);
  assert.equal(b.recv(server), "corked");
  a.send(client, "forgotten", c.MSG_MORE);
  world.settle(300);
  assert.equal(b.recv(server), "forgotten");
});

// req: sockets/MISC-4, sockets/MISC-5
test("FIONREAD and SIOCOUTQ of a stream", () => {
  const world = new SocketWorld({ latencyMs: 100 });
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(a.calls.ioctl(a.socket(c.AF_INET, c.SOCK_STREAM), c.FIONREAD, 0, a.now), 0, "fresh");
  a.send(client, "12345");
  assert.equal(a.calls.ioctl(client, c.SIOCOUTQ, 0, a.now), 5, "not acknowledged");
  world.settle();
  assert.equal(a.calls.ioctl(client, c.SIOCOUTQ, 0, a.now), 0);
  assert.equal(b.calls.ioctl(server, c.FIONREAD, 0, b.now), 5);
});

// req: sockets/OOB-1, sockets/OOB-2, sockets/OOB-3, sockets/OOB-4, sockets/OOB-5, sockets/OOB-7, sockets/OOB-8, sockets/SEND-23, sockets/RECV-11
test("urgent data out of band", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(b.recv(server, 1, c.MSG_OOB), "EINVAL");
  assert.equal(a.send(client, "abx", c.MSG_OOB), 3);
  world.settle();
  assert.equal(a.send(client, "cd"), 2);
  world.settle();
  assert.equal(b.poll(server), "IN|PRI|OUT");
  const atMark = (): number => b.calls.ioctl(server, c.SIOCATMARK, 0, b.now);
  assert.equal(atMark(), 0);
  assert.equal(b.calls.ioctl(server, c.FIONREAD, 0, b.now), 2, "up to the mark");
  assert.equal(b.recv(server, 10, c.MSG_PEEK), "ab");
  assert.equal(b.recv(server, 1, c.MSG_OOB | c.MSG_PEEK), "x");
  assert.equal(b.recv(server, 10), "ab", "stops at the mark");
  assert.equal(atMark(), 1);
  assert.equal(b.recv(server, 1, c.MSG_OOB), "x");
  assert.equal(b.recv(server, 1, c.MSG_OOB), "EINVAL");
  assert.equal(b.recv(server, 10), "cd");
  assert.equal(b.poll(server), "OUT");
});

// req: sockets/OOB-6, sockets/OOB-4
test("urgent data in line", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  b.set(server, c.SOL_SOCKET, c.SO_OOBINLINE, 1);
  a.send(client, "abx", c.MSG_OOB);
  world.settle();
  a.send(client, "cd");
  world.settle();
  assert.equal(b.recv(server, 1, c.MSG_OOB), "EINVAL");
  assert.equal(b.calls.ioctl(server, c.FIONREAD, 0, b.now), 5);
  assert.equal(b.recv(server, 10), "ab");
  assert.equal(b.calls.ioctl(server, c.SIOCATMARK, 0, b.now), 1);
  assert.equal(b.recv(server, 10), "xcd");
});

// req: sockets/POLL-1, sockets/POLL-10
test("SO_RCVLOWAT: fewer octets are not readable, the end of the stream is", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  b.set(server, c.SOL_SOCKET, c.SO_RCVLOWAT, 4);
  a.send(client, "12");
  world.settle();
  assert.equal(b.poll(server), "OUT");
  a.send(client, "34");
  world.settle();
  assert.equal(b.poll(server), "IN|OUT");
  assert.equal(b.recv(server), "1234");
  a.send(client, "5");
  a.shutdown(client, c.SHUT_WR);
  world.settle();
  assert.equal(b.poll(server), "IN|OUT|RDHUP");
  b.set(server, c.SOL_SOCKET, c.SO_RCVLOWAT, -1);
  const most = b.get(server, c.SOL_SOCKET, c.SO_RCVLOWAT) as number;
  assert.ok(most <= 4 << 20, "no more than can wait");
});

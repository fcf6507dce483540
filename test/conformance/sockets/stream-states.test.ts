import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/POLL-5, sockets/SEND-5, sockets/SEND-9, sockets/SHUT-2, sockets/SHUT-3, sockets/RECV-2, sockets/NAME-4, sockets/SHUT-1
test("half-close, then both ends closed", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(a.poll(client), "OUT");
  equalErrno(a.shutdown(client, c.SHUT_WR), 0);
  equalErrno(a.shutdown(client, c.SHUT_WR), 0);
  equalErrno(a.send(client, "x"), "EPIPE");
  equalErrno(a.send(client, ""), "EPIPE");
  assert.equal(a.poll(client), "OUT");
  world.settle();
  assert.equal(b.recv(server), "");
  assert.equal(b.recv(server), "", "the end of the stream stays");
  assert.equal(b.poll(server), "IN|OUT|RDHUP");
  assert.equal(b.send(server, "zz"), 2);
  world.settle();
  assert.equal(a.recv(client), "zz");
  b.close(server);
  world.settle();
  assert.equal(a.poll(client), "IN|OUT|HUP|RDHUP");
  assert.equal(a.recv(client), "");
  assert.equal(a.peer(client), "ENOTCONN");
  equalErrno(a.shutdown(client, c.SHUT_WR), "ENOTCONN");
});

// req: sockets/SHUT-4, sockets/RECV-22, sockets/POLL-4
test("own SHUT_RD: nothing on the wire, end of file here, and late data can be read", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  equalErrno(a.shutdown(client, c.SHUT_RD), 0);
  world.settle();
  assert.equal(b.poll(server), "OUT", "the peer knows nothing of it");
  assert.equal(a.poll(client), "IN|OUT|RDHUP");
  assert.equal(a.recv(client), "");
  assert.equal(b.send(server, "abc"), 3);
  world.settle();
  assert.equal(a.poll(client), "IN|OUT|RDHUP");
  assert.equal(a.recv(client), "abc");
  assert.equal(a.recv(client), "");
});

// req: sockets/SHUT-6
test("own SHUT_RDWR while the peer stays open", () => {
  const world = new SocketWorld();
  const [client] = world.pair();
  equalErrno(world.a.shutdown(client, c.SHUT_RDWR), 0);
  world.settle();
  assert.equal(world.a.poll(client), "IN|OUT|HUP|RDHUP");
  assert.equal(world.a.recv(client), "");
});

// req: sockets/RECV-4, sockets/SEND-5, sockets/POLL-6, sockets/NAME-4, sockets/SHUT-1
test("RST: the error once, then the end", () => {
  const world = new SocketWorld();
  const { a } = world;
  const client = resetPair(world);
  assert.equal(a.poll(client), "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(a.recv(client), "ECONNRESET");
  assert.equal(a.recv(client), "");
  equalErrno(a.send(client, "x"), "EPIPE");
  assert.equal(a.peer(client), "ENOTCONN");
  assert.match(a.local(client), /^10\.0\.0\.1:[1-9]/);
  equalErrno(a.shutdown(client, c.SHUT_WR), "ENOTCONN");
  assert.equal(a.poll(client), "IN|OUT|HUP|RDHUP");
});

// req: sockets/SEND-7, sockets/SEND-6, sockets/MISC-14
test("RST: a send takes the error", () => {
  const world = new SocketWorld();
  const client = resetPair(world);
  equalErrno(world.a.send(client, "x"), "ECONNRESET");
  equalErrno(world.a.send(client, "x"), "EPIPE");
  equalErrno(world.a.send(client, "x", c.MSG_NOSIGNAL), "EPIPE", "there are no signals anyway");
  assert.equal(world.a.recv(client), "");
});

// req: sockets/RECV-5, sockets/OPT-4
test("RST: SO_ERROR takes the error", () => {
  const world = new SocketWorld();
  const client = resetPair(world);
  assert.equal(world.a.get(client, c.SOL_SOCKET, c.SO_ERROR), 104);
  assert.equal(world.a.recv(client), "");
  equalErrno(world.a.send(client, "x"), "EPIPE");
});

// req: sockets/RECV-3
test("data before a RST is read before the error", () => {
  const world = new SocketWorld();
  assert.deepEqual(
    ((client) => [1, 2, 3].map(() => world.a.recv(client)))(resetPair(world, "data")),
    ["data", "ECONNRESET", ""],
  );
});

// req: sockets/CLOSE-2, sockets/CLOSE-6
test("close() with unread data resets the peer", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  a.send(client, "unread");
  world.settle();
  b.close(server);
  world.settle();
  assert.equal(a.recv(client), "ECONNRESET");
  assert.equal(a.recv(client), "");
});

// req: sockets/SEND-8, sockets/CLOSE-3
test("a peer that has closed: the first send goes out and comes back as RST, the next is EPIPE", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  b.close(server);
  world.settle();
  assert.equal(a.send(client, "x"), 1);
  world.settle();
  equalErrno(a.send(client, "x"), "EPIPE");
  assert.equal(a.poll(client), "IN|OUT|HUP|RDHUP");
  assert.equal(a.recv(client), "");
  assert.equal(a.recv(client), "");
});

// req: sockets/CLOSE-4, sockets/CLOSE-10
test("close() returns at once, and what was written still arrives", () => {
  const world = new SocketWorld({ latencyMs: 50 });
  const { a, b } = world;
  const [client, server] = world.pair();
  const data = new Uint8Array(100_000).fill(7);
  assert.equal(a.send(client, data), data.length);
  equalErrno(a.close(client), 0);
  equalErrno(a.close(client), "EBADF");
  let received = 0;
  for (let i = 0; i < 100; i++) {
    world.settle(20);
    received += b.drain(server);
  }
  assert.equal(received, data.length);
  assert.equal(b.poll(server), "IN|OUT|RDHUP");
});

// req: sockets/CLOSE-6
test("SO_LINGER with no time: a RST, the queue forgotten, no TIME_WAIT", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 0 });
  a.close(client);
  world.settle();
  assert.equal(b.recv(server), "ECONNRESET");
  assert.deepEqual(a.host.netstat(), []);
});

// req: sockets/SEND-10, sockets/RECV-15
test("sendto() with an address on a connection ignores it", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  assert.equal(a.sendto(client, "x", "10.0.0.9:1"), 1);
  world.settle();
  assert.equal(b.recv(server), "x");
});

/** The client's end of a connection that the server has reset, after sending `data`. */
function resetPair(world: SocketWorld, data = ""): number {
  const [client, server] = world.pair();
  if (data !== "") world.b.send(server, data);
  world.settle();
  world.b.set(server, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 0 });
  world.b.close(server);
  world.settle();
  return client;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEnough, receiveCall } from "../../../src/api/receive-call.ts";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { Socket } from "../../../src/socket/socket.ts";
import { SocketWorld, text } from "../../support/socket-world.ts";

// req: sockets/RECV-9
test("MSG_WAITALL gathers over attempts; when the time is up it is what there is", () => {
  const { world, client, socket } = setUp();
  const buffer = new Uint8Array(5);
  const call = receiveCall(socket, buffer, c.MSG_WAITALL, null, () => world.net.now);
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), -Errno.EAGAIN);
  world.a.send(client, "abc");
  world.settle();
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), 3);
  world.a.send(client, "defg");
  world.settle();
  assert.equal(call.attempt(), 5);
  assert.equal(text(buffer), "abcde");
  assert.equal(world.b.calls.ioctl(fdOf(world, socket), c.FIONREAD, 0, 0), 2, "the rest stays");
});

// req: sockets/RECV-1, sockets/POLL-10
test("below SO_RCVLOWAT a reader waits, but takes what there is when the time is up", () => {
  const { world, client, socket } = setUp();
  socket.common.receiveLowWater = 4;
  const call = receiveCall(socket, new Uint8Array(9), 0, null, () => world.net.now);
  world.a.send(client, "abc");
  world.settle();
  assert.equal(hasEnough(socket, 9), false);
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), 3);
  world.a.shutdown(client, c.SHUT_WR);
  world.settle();
  assert.equal(hasEnough(socket, 9), true);
  assert.equal(call.attempt(), 0);
});

// req: sockets/RECV-9
test("MSG_WAITALL with MSG_PEEK waits for all, and takes none", () => {
  const { world, client, socket } = setUp();
  const buffer = new Uint8Array(5);
  const flags = c.MSG_WAITALL | c.MSG_PEEK;
  const call = receiveCall(socket, buffer, flags, null, () => world.net.now);
  world.a.send(client, "abc");
  world.settle();
  assert.equal(call.attempt(), -Errno.EAGAIN);
  assert.equal(call.expire(), 3);
  world.a.send(client, "de");
  world.settle();
  assert.equal(call.attempt(), 5);
  assert.equal(text(buffer), "abcde");
  const more = receiveCall(socket, new Uint8Array(9), flags, null, () => world.net.now);
  assert.equal(more.attempt(), -Errno.EAGAIN);
  world.a.shutdown(client, c.SHUT_WR);
  world.settle();
  assert.equal(more.attempt(), 5, "more will not come");
});

// req: sockets/POLL-10
test("a reader of less than SO_RCVLOWAT waits for no more than it takes", () => {
  const { world, client, socket } = setUp();
  socket.common.receiveLowWater = 40;
  world.a.send(client, "abc");
  world.settle();
  const call = receiveCall(socket, new Uint8Array(3), 0, null, () => world.net.now);
  assert.equal(call.attempt(), 3);
});

test("MSG_DONTWAIT looks at no mark", () => {
  const { world, client, socket } = setUp();
  socket.common.receiveLowWater = 4;
  world.a.send(client, "abc");
  world.settle();
  const call = receiveCall(socket, new Uint8Array(9), c.MSG_DONTWAIT, null, () => world.net.now);
  assert.equal(call.attempt(), 3);
});

function setUp(): { world: SocketWorld; client: number; socket: Socket } {
  const world = new SocketWorld();
  const [client, server] = world.pair();
  const socket = world.b.calls.socketAt(server);
  assert.ok(socket instanceof Socket);
  return { world, client, socket };
}

function fdOf(world: SocketWorld, socket: Socket): number {
  for (const [fd, description] of world.b.calls.descriptors.entries()) {
    if (description === socket) return fd;
  }
  return -1;
}

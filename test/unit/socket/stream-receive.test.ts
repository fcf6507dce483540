import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { receiveFrom, receiveUrgentFrom } from "../../../src/socket/stream-receive.ts";
import type { TcpFlow } from "../../../src/stack/tcp-flow.ts";
import { equalErrno, SocketWorld, text } from "../../support/socket-world.ts";

// req: sockets/RECV-8, sockets/RECV-10, sockets/RECV-13
test("part of the buffer, nothing of it, looking, throwing away", () => {
  const { world, client, flow } = setUp();
  const into = new Uint8Array(6);
  equalErrno(receiveFrom(flow, into, 0, 0, 0), "EAGAIN");
  world.a.send(client, "abcdef");
  world.settle();
  assert.equal(receiveFrom(flow, into, 0, 0, 0), 0);
  assert.equal(receiveFrom(flow, into, 2, 4, c.MSG_PEEK), 2);
  assert.equal(text(into), "\0\0ab\0\0");
  assert.equal(receiveFrom(flow, into, 0, 3, c.MSG_TRUNC | c.MSG_PEEK), 3);
  assert.equal(receiveFrom(flow, into, 0, 3, c.MSG_TRUNC), 3);
  assert.equal(text(into), "\0\0ab\0\0", "thrown away, not read");
  assert.equal(receiveFrom(flow, into, 0, 6, 0), 3);
});

// req: sockets/SEND-8, sockets/RECV-2
test("after the peer's FIN an error of the connection is left where it is", () => {
  const { world, client, flow } = setUp();
  const into = new Uint8Array(6);
  world.a.send(client, "bye");
  world.a.shutdown(client, c.SHUT_WR);
  world.settle();
  world.a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 0 });
  world.a.close(client);
  world.settle();
  assert.equal(receiveFrom(flow, into, 0, 6, 0), 3);
  assert.equal(receiveFrom(flow, into, 0, 6, 0), 0);
  assert.equal(flow.connection.takeError(), 32, "EPIPE");
});

// req: sockets/OOB-3, sockets/OOB-7
test("the urgent octet, with room for it and without", () => {
  const { world, client, flow } = setUp();
  const into = new Uint8Array(1);
  const received = new Received();
  equalErrno(receiveUrgentFrom(flow, into, 0, 1, 0, null), "EINVAL");
  world.a.send(client, "x", c.MSG_OOB);
  world.settle();
  assert.equal(receiveUrgentFrom(flow, into, 1, 1, c.MSG_PEEK, received), 0);
  assert.equal(received.flags, c.MSG_OOB | c.MSG_TRUNC);
  received.reset();
  assert.equal(receiveUrgentFrom(flow, into, 0, 1, 0, received), 1);
  assert.equal(received.flags, c.MSG_OOB);
  assert.equal(text(into), "x");
});

function setUp(): { world: SocketWorld; client: number; flow: TcpFlow } {
  const world = new SocketWorld();
  const [client] = world.pair();
  const [flow] = world.b.host.stack.tcp.flows();
  assert.ok(flow);
  return { world, client, flow };
}

import assert from "node:assert/strict";
import { IOV_MAX, MSG_DONTWAIT, POLLIN, SHUT_WR } from "../../../src/index.ts";
import { bytesOf, LOOPBACKS, textOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/SEND-22, sockets/RECV-26
  program(`writev and readv: parts in their order, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await gives(sys.writev(client, [bytesOf("ab"), bytesOf(""), bytesOf("cde")]), 5);
    await bench.arrived(server, 5);
    const buffers = [new Uint8Array(1), new Uint8Array(0), new Uint8Array(3), new Uint8Array(8)];
    await gives(sys.readv(server, buffers), 5);
    assert.deepEqual(
      buffers.map((buffer) => textOf(buffer).replace(/\0+$/, "")),
      ["a", "", "bcd", "e"],
    );
  });

  // req: sockets/SEND-19
  program(`writev of a datagram socket: one datagram, ${address}`, async ({ bench, sys }) => {
    const [one, other] = await bench.datagrams(address);
    await gives(sys.writev(one, [bytesOf("ab"), bytesOf("cd")]), 4);
    await gives(sys.writev(one, [bytesOf("ef")]), 2);
    assert.equal(await bench.receive(other), "abcd");
    const buffers = [new Uint8Array(1), new Uint8Array(4)];
    await gives(sys.readv(other, buffers), 2);
    assert.deepEqual(
      buffers.map((buffer) => textOf(buffer).replace(/\0+$/, "")),
      ["e", "f"],
    );
  });
}

// req: sockets/SEND-20, sockets/RECV-26
program("no parts at all: 0", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const [datagram] = await bench.datagrams();
  for (const fd of [client, datagram, await bench.stream(), await bench.datagram()]) {
    await gives(sys.writev(fd, []), 0);
    await gives(sys.readv(fd, []), 0);
  }
});

// req: sockets/SEND-20, sockets/RECV-26
program("IOV_MAX parts are taken, one more is EINVAL", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const parts = Array.from({ length: IOV_MAX + 1 }, () => Uint8Array.of(7));
  await fails(sys.writev(client, parts), "EINVAL");
  await gives(sys.writev(client, parts.slice(1)), IOV_MAX);
  await bench.arrived(server, IOV_MAX);
  await fails(sys.readv(server, parts), "EINVAL");
  await gives(sys.readv(server, parts.slice(1)), IOV_MAX);
});

// req: sockets/SEND-20, sockets/RECV-26
program("a negative count of parts: EINVAL", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await fails(sys.writev(client, [bytesOf("x")], -1), "EINVAL");
  await fails(sys.readv(client, [new Uint8Array(1)], -1), "EINVAL");
});

// req: sockets/SEND-22, sockets/SEND-2
program("writev that does not fit: a count that ends inside a part", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await ok(sys.fcntl(client, 4, 0o4000));
  const parts = Array.from({ length: 64 }, () => new Uint8Array(1_000_000));
  const taken = await ok(sys.writev(client, parts));
  assert.ok(taken > 0 && taken < 64_000_000, String(taken));
});

// req: sockets/RECV-26, sockets/RECV-2
program("readv at the end of the stream: 0", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await gives(sys.writev(client, [bytesOf("ab")]), 2);
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|OUT|RDHUP");
  await gives(sys.readv(server, [new Uint8Array(8), new Uint8Array(8)]), 2);
  await gives(sys.readv(server, [new Uint8Array(8)]), 0);
});

// req: sockets/SEND-5, sockets/SEND-22
program("writev where nothing can be sent: EPIPE", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  await fails(sys.writev(client, [bytesOf("x")]), "EPIPE");
});

// req: sockets/SEND-13, sockets/SEND-19
program("writev of parts that are too long together: EMSGSIZE", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  await fails(sys.writev(one, [new Uint8Array(40_000), new Uint8Array(40_000)]), "EMSGSIZE");
  await sys.settle();
  assert.equal(await bench.events(other), "OUT");
});

// req: sockets/RECV-12, sockets/RECV-26
program("readv of a datagram that is too long: the rest is gone", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, "abcdef"), "6");
  await gives(sys.readv(other, [new Uint8Array(2), new Uint8Array(2)]), 4);
  assert.equal(await bench.receive(other, 8, MSG_DONTWAIT), "EAGAIN");
});

// req: sockets/RECV-17, sockets/RECV-26
program("readv of parts without room leaves a datagram", async ({ bench, sys }) => {
  const [one, other] = await bench.datagrams();
  assert.equal(await bench.say(one, "abc"), "3");
  await bench.ready(other, POLLIN);
  await gives(sys.readv(other, [new Uint8Array(0)]), 0);
  assert.equal(await bench.receive(other), "abc");
});

// req: sockets/SEND-15, sockets/SEND-19
program("writev of parts without octets sends nothing on a stream", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await gives(sys.writev(client, [new Uint8Array(0), new Uint8Array(0)]), 0);
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
});

// req: sockets/RECV-26
program("readv with MSG-less EAGAIN, as read", async ({ bench, sys }) => {
  const { server } = await bench.connected();
  await ok(sys.fcntl(server, 4, 0o4000));
  await fails(sys.readv(server, [new Uint8Array(1)]), "EAGAIN");
});

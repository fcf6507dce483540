import assert from "node:assert/strict";
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  POLLIN,
  SHUT_WR,
  SO_SNDBUF,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, type Bench, bytesOf, LOOPBACKS, meanwhile, textOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { NameRoom } from "../sys.ts";

for (const address of LOOPBACKS) {
  // req: sockets/RECV-1, sockets/SEND-1
  program(`octets go both ways and have no boundaries, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    for (const part of ["one", "two", "three"])
      await gives(sys.write(client, bytesOf(part)), part.length);
    await bench.arrived(server, 11);
    assert.equal(await bench.receive(server, 5), "onetw");
    assert.equal(await bench.receive(server), "othree");
    assert.equal(await bench.say(server, "back"), "4");
    assert.equal(await bench.receive(client), "back");
  });

  // req: sockets/RECV-1
  program(`recv returns what there is, ${address}`, async ({ bench }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "few"), "3");
    assert.equal(await bench.receive(server, 1000), "few");
  });

  // req: sockets/RECV-1
  program(`recv waits for the first octet, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const waiting = bench.receive(server);
    await sys.settle();
    assert.equal(await bench.say(client, "late"), "4");
    assert.equal(await waiting, "late");
  });

  // req: sockets/RECV-2, sockets/RECV-3
  program(
    `after FIN: what was sent, then 0 again and again, ${address}`,
    async ({ bench, sys }) => {
      const { client, server } = await bench.connected(address);
      assert.equal(await bench.say(client, "bye"), "3");
      await ok(sys.close(client));
      assert.equal(await bench.receive(server), "bye");
      for (let count = 0; count < 3; count++) assert.equal(await bench.receive(server), "");
      await gives(sys.read(server, new Uint8Array(8)), 0);
      assert.equal(await bench.error(server), "0");
    },
  );

  // req: sockets/RECV-2
  program(`FIN wakes a recv that waits, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const waiting = bench.receive(server);
    await sys.settle();
    await ok(sys.shutdown(client, SHUT_WR));
    assert.equal(await waiting, "");
  });

  // req: sockets/RECV-10, sockets/RECV-11
  program(`MSG_PEEK leaves what it shows, ${address}`, async ({ bench }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "abcdef"), "6");
    await bench.arrived(server, 6);
    assert.equal(await bench.receive(server, 3, MSG_PEEK), "abc");
    assert.equal(await bench.receive(server, 64, MSG_PEEK), "abcdef");
    assert.equal(await bench.receive(server, 4), "abcd");
    assert.equal(await bench.receive(server, 64, MSG_PEEK), "ef");
    assert.equal(await bench.receive(server), "ef");
  });

  // req: sockets/SEND-2, sockets/SEND-1
  program(`a large transfer arrives whole and in order, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const sent = pattern(3_000_000);
    const writer = meanwhile(
      writeAll(bench, client, sent).then(() => sys.shutdown(client, SHUT_WR)),
    );
    const received = await readAll(bench, server, sent.length);
    await ok(writer);
    assert.ok(Buffer.from(received).equals(Buffer.from(sent)));
  });
}

// req: sockets/RECV-6
program("nothing there: EAGAIN with O_NONBLOCK and with MSG_DONTWAIT", async ({ bench, sys }) => {
  const { server } = await bench.connected();
  assert.equal(await bench.receive(server, 8, MSG_DONTWAIT), "EAGAIN");
  await ok(sys.fcntl(server, 4, SOCK_NONBLOCK));
  assert.equal(await bench.receive(server), "EAGAIN");
  await fails(sys.read(server, new Uint8Array(8)), "EAGAIN");
  await fails(sys.readv(server, [new Uint8Array(8)]), "EAGAIN");
  await fails(sys.recvfrom(server, new Uint8Array(8), 0, {}), "EAGAIN");
});

// req: sockets/RECV-8
program("recv of no octets waits for some, and takes none", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await fails(sys.recv(server, new Uint8Array(0), MSG_DONTWAIT), "EAGAIN");
  await gives(sys.read(server, new Uint8Array(0)), 0);
  assert.equal(await bench.say(client, "x"), "1");
  await bench.ready(server, POLLIN);
  assert.equal(await bench.receive(server, 0), "");
  await gives(sys.read(server, new Uint8Array(0)), 0);
  assert.equal(await bench.receive(server), "x");
});

// req: sockets/RECV-8, sockets/RECV-7
program("recv of no octets on a fresh socket", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await fails(sys.recv(fd, new Uint8Array(0)), "ENOTCONN");
  await gives(sys.read(fd, new Uint8Array(0)), 0);
});

// req: sockets/RECV-7, sockets/SEND-4
program("a fresh socket: recv ENOTCONN, send EPIPE", async ({ bench, sys }) => {
  const fd = await bench.stream();
  assert.equal(await bench.receive(fd), "ENOTCONN");
  assert.equal(await bench.receive(fd, 8, MSG_PEEK), "ENOTCONN");
  await fails(sys.read(fd, new Uint8Array(8)), "ENOTCONN");
  await fails(sys.readv(fd, [new Uint8Array(8)]), "ENOTCONN");
  assert.equal(await bench.say(fd, "x"), "EPIPE");
  await fails(sys.write(fd, bytesOf("x")), "EPIPE");
  await fails(sys.writev(fd, [bytesOf("x")]), "EPIPE");
  await fails(sys.sendto(fd, bytesOf("x"), 0, at("127.0.0.1", 9)), "EPIPE");
});

// req: sockets/SEND-9
program("send of no octets: 0, and nothing arrives", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, ""), "0");
  await gives(sys.write(client, new Uint8Array(0)), 0);
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
});

// req: sockets/SEND-9, sockets/SEND-4
program("send of no octets where nothing can be sent: EPIPE", async ({ bench, sys }) => {
  assert.equal(await bench.say(await bench.stream(), ""), "EPIPE");
  const { client } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  assert.equal(await bench.say(client, ""), "EPIPE");
});

// req: sockets/SEND-10
program("sendto on a connected stream ignores the name", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await gives(sys.sendto(client, bytesOf("x"), 0, at("10.9.9.9", 9)), 1);
  assert.equal(await bench.receive(server), "x");
});

// req: sockets/RECV-15
program("recvfrom on a stream names nobody", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "x"), "1");
  const room: NameRoom = {};
  await gives(sys.recvfrom(server, new Uint8Array(8), 0, room), 1);
  assert.deepEqual([room.length, room.name ?? null], [0, null]);
});

// req: sockets/RECV-13
program("MSG_TRUNC on a stream throws octets away", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "abcdef"), "6");
  await bench.arrived(server, 6);
  const buffer = new Uint8Array(2).fill(0x2e);
  await gives(sys.recv(server, buffer, MSG_TRUNC), 2);
  assert.equal(textOf(buffer), "..");
  assert.equal(await bench.receive(server), "cdef");
});

// req: sockets/SEND-2, sockets/POLL-2
program("a full pipe: a short count, EAGAIN, no OUT; then room again", async ({ bench }) => {
  const { client, server } = await bench.connected();
  const taken = await bench.fill(client);
  assert.ok(taken > 0);
  assert.equal(await bench.say(client, "x", MSG_DONTWAIT), "EAGAIN");
  assert.equal(await bench.events(client), "-");
  await readAll(bench, server, taken);
  await bench.becomes(client, "OUT");
});

// req: sockets/SEND-2
program("a non-blocking send takes what fits", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await bench.set(client, SOL_SOCKET, SO_SNDBUF, 20_000);
  const taken = await ok(sys.send(client, new Uint8Array(20_000_000), MSG_DONTWAIT));
  assert.ok(taken > 0 && taken < 20_000_000, String(taken));
});

// req: sockets/SEND-1
program("a send that may wait returns when all is taken", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const block = pattern(20_000_000);
  const waiting = sys.send(client, block);
  const received = meanwhile(readAll(bench, server, block.length));
  await gives(waiting, block.length);
  assert.equal((await received).length, block.length);
});

// req: sockets/SEND-6, sockets/SEND-5
program("MSG_NOSIGNAL: EPIPE all the same", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  assert.equal(await bench.say(client, "x", MSG_NOSIGNAL), "EPIPE");
});

// req: sockets/SEND-6
program("MSG_NOSIGNAL where all is well does nothing", async ({ bench }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "x", MSG_NOSIGNAL), "1");
  assert.equal(await bench.receive(server), "x");
});

async function writeAll(bench: Bench, fd: number, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) at += await ok(bench.sys.write(fd, octets.subarray(at)));
}

async function readAll(bench: Bench, fd: number, octets: number): Promise<Uint8Array> {
  const all = new Uint8Array(octets);
  for (let at = 0; at < octets; ) {
    const count = await ok(bench.sys.read(fd, all.subarray(at)));
    assert.notEqual(count, 0, `the end after ${at} octets`);
    at += count;
  }
  return all;
}

function pattern(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, index) => index * 7 + (index >> 8));
}

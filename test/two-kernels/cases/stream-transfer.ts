import assert from "node:assert/strict";
import {
  FIONREAD,
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLIN,
  SHUT_WR,
  SIOCOUTQ,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CORK,
  TCP_NODELAY,
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
    await arrived(bench, server, 11);
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
    await arrived(bench, server, 6);
    assert.equal(await bench.receive(server, 3, MSG_PEEK), "abc");
    assert.equal(await bench.receive(server, 64, MSG_PEEK), "abcdef");
    assert.equal(await bench.receive(server, 4), "abcd");
    assert.equal(await bench.receive(server, 64, MSG_PEEK), "ef");
    assert.equal(await bench.receive(server), "ef");
  });

  // req: sockets/RECV-9
  program(`MSG_WAITALL waits until the buffer is full, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const waiting = bench.receive(server, 6, MSG_WAITALL);
    for (const part of ["ab", "cd", "efgh"]) {
      assert.equal(await bench.say(client, part), String(part.length));
      await sys.settle();
    }
    assert.equal(await waiting, "abcdef");
    assert.equal(await bench.receive(server), "gh");
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

// req: sockets/RECV-6, sockets/GEN-11
program("SO_RCVTIMEO: EAGAIN when it has passed", async ({ bench }) => {
  const { server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVTIMEO, timeout(30));
  const before = performance.now();
  assert.equal(await bench.receive(server), "EAGAIN");
  assert.ok(performance.now() - before >= 25);
});

// req: sockets/ACC-1, sockets/GEN-11
program("SO_RCVTIMEO: accept gives up with EAGAIN", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await bench.set(listener, SOL_SOCKET, SO_RCVTIMEO, timeout(30));
  await fails(sys.accept(listener), "EAGAIN");
});

// req: sockets/RECV-9
program("MSG_WAITALL: what came before the end of the stream", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await ok(sys.shutdown(client, SHUT_WR));
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "");
});

// req: sockets/RECV-9
program("MSG_WAITALL: what came before SO_RCVTIMEO passed", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVTIMEO, timeout(40));
  assert.equal(await bench.say(client, "ab"), "2");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "EAGAIN");
});

// req: sockets/RECV-9, sockets/RECV-4
program("MSG_WAITALL: what came before a reset, which the next call tells", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  const waiting = bench.receive(server, 8, MSG_WAITALL);
  await sys.settle();
  await bench.abort(client);
  assert.equal(await waiting, "ab");
  assert.equal(await bench.receive(server), "ECONNRESET");
  assert.equal(await bench.receive(server), "");
});

// req: sockets/RECV-9
program("MSG_WAITALL with MSG_DONTWAIT does not wait", async ({ bench }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await bench.ready(server, POLLIN);
  assert.equal(await bench.receive(server, 8, MSG_WAITALL | MSG_DONTWAIT), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL | MSG_DONTWAIT), "EAGAIN");
});

// req: sockets/RECV-9, sockets/RECV-10
program("MSG_WAITALL with MSG_PEEK waits, and takes nothing", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await bench.ready(server, POLLIN);
  const waiting = bench.receive(server, 4, MSG_WAITALL | MSG_PEEK);
  await sys.settle();
  assert.equal(await bench.say(client, "cd"), "2");
  assert.equal(await waiting, "abcd");
  assert.equal(await bench.receive(server), "abcd");
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
  await arrived(bench, server, 6);
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

// req: sockets/SEND-3
program("SO_SNDTIMEO: what was taken until then, then EAGAIN", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await bench.set(client, SOL_SOCKET, SO_SNDTIMEO, timeout(40));
  const block = new Uint8Array(20_000_000);
  const taken = await ok(sys.send(client, block));
  assert.ok(taken > 0 && taken < block.length);
  await bench.fill(client);
  await fails(sys.send(client, block), "EAGAIN");
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

// req: sockets/SEND-24
program("MSG_MORE holds octets back until a send without it", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab", MSG_MORE), "2");
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
  assert.equal(await bench.say(client, "cd"), "2");
  await arrived(bench, server, 4);
  assert.equal(await bench.receive(server), "abcd");
});

// req: sockets/SEND-24, sockets/OPT-14
program("TCP_CORK holds octets back; off, they go", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_TCP, TCP_CORK, 1);
  assert.equal(await bench.say(client, "ab"), "2");
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
  await bench.set(client, SOL_TCP, TCP_CORK, 0);
  await bench.ready(server, POLLIN);
  assert.equal(await bench.receive(server), "ab");
});

// req: sockets/SEND-24, sockets/OPT-14
program("TCP_CORK holds octets back no longer than a moment", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_TCP, TCP_CORK, 1);
  assert.equal(await bench.say(client, "ab"), "2");
  const before = performance.now();
  await bench.ready(server, POLLIN);
  const waited = performance.now() - before;
  assert.ok(waited >= 100 && waited < 1000, String(waited));
});

// req: sockets/OPT-13
program("TCP_NODELAY set on a corked socket sends at once", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_TCP, TCP_CORK, 1);
  assert.equal(await bench.say(client, "ab"), "2");
  const before = performance.now();
  await bench.set(client, SOL_TCP, TCP_NODELAY, 1);
  await bench.ready(server, POLLIN);
  assert.ok(performance.now() - before < 100);
});

// req: sockets/SEND-24
program("closing a corked socket sends what it holds", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_TCP, TCP_CORK, 1);
  assert.equal(await bench.say(client, "ab"), "2");
  await ok(sys.close(client));
  assert.equal(await bench.receive(server), "ab");
  assert.equal(await bench.receive(server), "");
});

// req: sockets/POLL-1, sockets/POLL-10, sockets/RECV-1
program("SO_RCVLOWAT: no IN below it, and the end overrides it", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 4);
  assert.equal(await bench.say(client, "12"), "2");
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
  assert.equal(await bench.say(client, "34"), "2");
  await bench.becomes(server, "IN|OUT");
  assert.equal(await bench.receive(server), "1234");
  assert.equal(await bench.say(client, "5"), "1");
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|OUT|RDHUP");
  assert.equal(await bench.receive(server), "5");
});

// req: sockets/RECV-1
program(
  "SO_RCVLOWAT: a recv that waits waits for as many; one that must not takes what is",
  async (desk) => {
    const { bench, sys } = desk;
    const { client, server } = await bench.connected();
    await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 4);
    const waiting = bench.receive(server);
    assert.equal(await bench.say(client, "12"), "2");
    await sys.settle();
    assert.equal(await bench.say(client, "34"), "2");
    assert.equal(await waiting, "1234");
    assert.equal(await bench.say(client, "56"), "2");
    await arrived(bench, server, 2);
    assert.equal(await bench.receive(server, 64, MSG_DONTWAIT), "56");
  },
);

// req: sockets/RECV-1
program("SO_RCVLOWAT: a recv of fewer waits for no more than it takes", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 40);
  assert.equal(await bench.say(client, "12"), "2");
  assert.equal(await bench.receive(server, 2), "12");
});

// req: sockets/MISC-4, sockets/MISC-5
program("FIONREAD and SIOCOUTQ count what waits", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "abcde"), "5");
  await arrived(bench, server, 5);
  assert.equal(await ioctl(bench, client, FIONREAD), 0);
  assert.equal(await bench.receive(server, 2), "ab");
  assert.equal(await ioctl(bench, server, FIONREAD), 3);
  await sys.settle();
  assert.equal(await ioctl(bench, server, SIOCOUTQ), 0);
});

// req: sockets/MISC-5
program("SIOCOUTQ counts octets that are not acknowledged", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVBUF, 4000);
  const taken = await bench.fill(client);
  const waiting = await ioctl(bench, client, SIOCOUTQ);
  const arrivedThere = await ioctl(bench, server, FIONREAD);
  assert.equal(waiting + arrivedThere, taken);
  assert.ok(waiting > 0);
});

// req: sockets/MISC-4, sockets/MISC-5
program("FIONREAD and SIOCOUTQ: 0 on a fresh socket, EINVAL on a listener", async (desk) => {
  const { bench, sys } = desk;
  const [fresh, listener] = [await bench.stream(), await bench.listener()];
  for (const request of [FIONREAD, SIOCOUTQ]) {
    assert.equal(await ioctl(bench, fresh, request), 0);
    await fails(sys.ioctl(listener, request, { value: 0 }), "EINVAL");
  }
});

// req: sockets/MISC-1
program("FIONBIO sets and clears O_NONBLOCK", async ({ bench, sys }) => {
  const { server } = await bench.connected();
  await ok(sys.ioctl(server, 0x5421, { value: 1 }));
  assert.equal(await sys.fcntl(server, 3), 2 | SOCK_NONBLOCK);
  assert.equal(await bench.receive(server), "EAGAIN");
  await ok(sys.ioctl(server, 0x5421, { value: 0 }));
  assert.equal(await sys.fcntl(server, 3), 2);
});

// req: sockets/GEN-1, sockets/MISC-15
program("an unknown ioctl: ENOTTY", async ({ bench, sys }) => {
  for (const fd of [await bench.stream(), await bench.datagram()]) {
    await fails(sys.ioctl(fd, 0x1234_5678, { value: 0 }), "ENOTTY");
  }
});

async function ioctl(bench: Bench, fd: number, request: number): Promise<number> {
  const room = { value: -1 };
  await ok(bench.sys.ioctl(fd, request, room));
  return room.value;
}

/** Waits until so many octets can be read. */
async function arrived(bench: Bench, fd: number, octets: number): Promise<void> {
  for (let tries = 0; tries < 100 && (await ioctl(bench, fd, FIONREAD)) < octets; tries++) {
    await bench.sys.settle();
  }
  assert.equal(await ioctl(bench, fd, FIONREAD), octets);
}

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

/** `struct timeval`. */
function timeout(ms: number): Uint8Array {
  const octets = new Uint8Array(16);
  new DataView(octets.buffer).setBigInt64(8, BigInt(ms * 1000), true);
  return octets;
}

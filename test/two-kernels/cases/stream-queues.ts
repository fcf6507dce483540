import assert from "node:assert/strict";
import {
  FIONREAD,
  MSG_MORE,
  POLLIN,
  SIOCOUTQ,
  SO_RCVBUF,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CORK,
  TCP_NODELAY,
} from "../../../src/index.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";

// req: sockets/SEND-24
program("MSG_MORE holds octets back until a send without it", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab", MSG_MORE), "2");
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
  assert.equal(await bench.say(client, "cd"), "2");
  await bench.arrived(server, 4);
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

// req: sockets/MISC-4, sockets/MISC-5
program("FIONREAD and SIOCOUTQ count what waits", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "abcde"), "5");
  await bench.arrived(server, 5);
  assert.equal(await bench.ioctl(client, FIONREAD), 0);
  assert.equal(await bench.receive(server, 2), "ab");
  assert.equal(await bench.ioctl(server, FIONREAD), 3);
  await sys.settle();
  assert.equal(await bench.ioctl(server, SIOCOUTQ), 0);
});

// req: sockets/MISC-5
program("SIOCOUTQ counts octets that are not acknowledged", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVBUF, 4000);
  const taken = await bench.fill(client);
  const waiting = await bench.ioctl(client, SIOCOUTQ);
  const arrivedThere = await bench.ioctl(server, FIONREAD);
  assert.equal(waiting + arrivedThere, taken);
  assert.ok(waiting > 0);
});

// req: sockets/MISC-4, sockets/MISC-5
program("FIONREAD and SIOCOUTQ: 0 on a fresh socket, EINVAL on a listener", async (desk) => {
  const { bench, sys } = desk;
  const [fresh, listener] = [await bench.stream(), await bench.listener()];
  for (const request of [FIONREAD, SIOCOUTQ]) {
    assert.equal(await bench.ioctl(fresh, request), 0);
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

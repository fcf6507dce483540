import assert from "node:assert/strict";
import {
  F_GETFD,
  F_GETFL,
  MSG_DONTWAIT,
  SHUT_RDWR,
  SO_KEEPALIVE,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { fails, gives, ok } from "../expect.ts";
import { F_DUPFD, F_DUPFD_CLOEXEC, O_CLOEXEC } from "../numbers.ts";
import { program } from "../program.ts";

// req: sockets/CLOSE-1, sockets/MISC-6
program("a connection ends with its last descriptor", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const copy = await ok(sys.dup(client));
  await ok(sys.close(client));
  await sys.settle();
  assert.equal(await bench.receive(server, 8, MSG_DONTWAIT), "EAGAIN");
  assert.equal(await bench.say(copy, "hi"), "2");
  assert.equal(await bench.receive(server), "hi");
  await ok(sys.close(copy));
  assert.equal(await bench.receive(server), "");
});

// req: sockets/SHUT-5
program("shutdown is for all descriptors of a socket", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const copy = await ok(sys.dup(client));
  await ok(sys.shutdown(copy, SHUT_RDWR));
  assert.equal(await bench.say(client, "x"), "EPIPE");
  assert.equal(await bench.receive(server), "");
});

// req: sockets/GEN-7, sockets/MISC-1
program("O_NONBLOCK is shared by all descriptors of a socket", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const copy = await ok(sys.dup(client));
  await ok(sys.fcntl(copy, 4, SOCK_NONBLOCK));
  assert.equal(await sys.fcntl(client, F_GETFL), 2 | SOCK_NONBLOCK);
  assert.equal(await bench.receive(client), "EAGAIN");
});

// req: sockets/MISC-2, sockets/MISC-6
program("FD_CLOEXEC is each descriptor's own, and no copy has it", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await ok(sys.fcntl(fd, 2, 1));
  const copy = await ok(sys.dup(fd));
  assert.deepEqual([await sys.fcntl(fd, F_GETFD), await sys.fcntl(copy, F_GETFD)], [1, 0]);
});

// req: sockets/GEN-2, sockets/MISC-6
program("dup: the lowest free descriptor", async ({ bench, sys }) => {
  const [gap, fd] = [await bench.stream(), await bench.stream()];
  await ok(sys.close(gap));
  assert.equal(await sys.dup(fd), gap);
});

// req: sockets/MISC-6
program("options are shared by all descriptors of a socket", async ({ bench, sys }) => {
  const fd = await bench.stream();
  const copy = await ok(sys.dup(fd));
  await bench.set(copy, SOL_SOCKET, SO_KEEPALIVE, 1);
  assert.equal(await bench.get(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
});

// req: sockets/MISC-6
program("dup2 closes its target first", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const fd = await bench.datagram();
  await gives(sys.dup2(fd, client), client);
  assert.equal(await bench.receive(server), "");
  assert.equal(await bench.events(client), "OUT");
});

// req: sockets/MISC-6
program("dup2 onto itself does nothing, dup3 is EINVAL", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await ok(sys.fcntl(fd, 2, 1));
  await gives(sys.dup2(fd, fd), fd);
  assert.equal(await sys.fcntl(fd, F_GETFD), 1);
  await fails(sys.dup3(fd, fd, 0), "EINVAL");
});

// req: sockets/MISC-6
program("dup2 and dup3: EBADF for a target that cannot be", async ({ bench, sys }) => {
  const fd = await bench.stream();
  for (const target of [-1, 2_000_000_000]) {
    await fails(sys.dup2(fd, target), "EBADF");
    await fails(sys.dup3(fd, target, 0), "EBADF");
  }
});

// req: sockets/MISC-6
program("dup2 to a chosen descriptor", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await gives(sys.dup2(client, 600), 600);
  assert.equal(await bench.say(600, "x"), "1");
  assert.equal(await bench.receive(server), "x");
});

// req: sockets/MISC-6
program("dup3: O_CLOEXEC, EINVAL for another flag", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await gives(sys.dup3(fd, 601, O_CLOEXEC), 601);
  assert.equal(await sys.fcntl(601, F_GETFD), 1);
  await fails(sys.dup3(fd, 602, 1), "EINVAL");
});

// req: sockets/MISC-6
program("F_DUPFD: the lowest free from a number on", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await gives(sys.fcntl(fd, F_DUPFD, 650), 650);
  await gives(sys.fcntl(fd, F_DUPFD, 650), 651);
  await gives(sys.fcntl(fd, F_DUPFD_CLOEXEC, 650), 652);
  const flags = [];
  for (const copy of [650, 651, 652]) flags.push(await sys.fcntl(copy, F_GETFD));
  assert.deepEqual(flags, [0, 0, 1]);
  await fails(sys.fcntl(fd, F_DUPFD, -1), "EINVAL");
});

// req: sockets/MISC-6, sockets/CLOSE-1
program("an accepted connection through a copy of its listener", async ({ bench, sys }) => {
  const listener = await bench.listener();
  const copy = await ok(sys.dup(listener));
  await ok(sys.close(listener));
  await ok(sys.connect(await bench.stream(), await bench.name(copy)));
  await ok(sys.accept(copy));
});

// req: sockets/CLOSE-1, sockets/CLOSE-10
program("a call that waits goes on while a copy is closed", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const copy = await ok(sys.dup(server));
  const waiting = bench.receive(server);
  await sys.settle();
  await ok(sys.close(copy));
  await sys.settle();
  assert.equal(await bench.say(client, "x"), "1");
  assert.equal(await waiting, "x");
});

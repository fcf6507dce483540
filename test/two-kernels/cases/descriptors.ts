import assert from "node:assert/strict";
import {
  AF_INET,
  F_GETFD,
  F_GETFL,
  F_SETFL,
  FIONREAD,
  SHUT_RD,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, LOOPBACK4 } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { EPOLL_CTL_ADD, EPOLLIN } from "../numbers.ts";
import { program } from "../program.ts";
import type { Sys } from "../sys.ts";

const somewhere = at(LOOPBACK4, 9);
const octets = new Uint8Array(4);

/** Calls that only sockets take. */
const SOCKET_CALLS: readonly (readonly [string, (sys: Sys, fd: number) => Promise<number>])[] = [
  ["bind", (sys, fd) => sys.bind(fd, somewhere)],
  ["listen", (sys, fd) => sys.listen(fd, 1)],
  ["accept", (sys, fd) => sys.accept(fd)],
  ["accept4", (sys, fd) => sys.accept4(fd, SOCK_NONBLOCK)],
  ["connect", (sys, fd) => sys.connect(fd, somewhere)],
  ["recv", (sys, fd) => sys.recv(fd, octets)],
  ["send", (sys, fd) => sys.send(fd, octets)],
  ["recvfrom", (sys, fd) => sys.recvfrom(fd, octets, 0, {})],
  ["sendto", (sys, fd) => sys.sendto(fd, octets, 0, somewhere)],
  ["recvmsg", (sys, fd) => sys.recvmsg(fd, { parts: [octets] })],
  ["sendmsg", (sys, fd) => sys.sendmsg(fd, { parts: [octets] })],
  ["recvmmsg", (sys, fd) => sys.recvmmsg(fd, [{ parts: [octets] }])],
  ["sendmmsg", (sys, fd) => sys.sendmmsg(fd, [{ parts: [octets] }])],
  ["shutdown", (sys, fd) => sys.shutdown(fd, SHUT_RD)],
  ["getsockname", (sys, fd) => sys.getsockname(fd, {})],
  ["getpeername", (sys, fd) => sys.getpeername(fd, {})],
  ["getsockopt", (sys, fd) => sys.getsockopt(fd, SOL_SOCKET, SO_TYPE, { octets })],
  ["setsockopt", (sys, fd) => sys.setsockopt(fd, SOL_SOCKET, SO_TYPE, 1)],
];

/** Calls that any descriptor takes. */
const DESCRIPTOR_CALLS: typeof SOCKET_CALLS = [
  ["read", (sys, fd) => sys.read(fd, octets)],
  ["write", (sys, fd) => sys.write(fd, octets)],
  ["readv", (sys, fd) => sys.readv(fd, [octets])],
  ["writev", (sys, fd) => sys.writev(fd, [octets])],
  ["read of nothing", (sys, fd) => sys.read(fd, new Uint8Array(0))],
  ["write of nothing", (sys, fd) => sys.write(fd, new Uint8Array(0))],
  ["close", (sys, fd) => sys.close(fd)],
  ["F_GETFL", (sys, fd) => sys.fcntl(fd, F_GETFL)],
  ["F_GETFD", (sys, fd) => sys.fcntl(fd, F_GETFD)],
  ["F_SETFL", (sys, fd) => sys.fcntl(fd, F_SETFL, 0)],
  ["an unknown fcntl", (sys, fd) => sys.fcntl(fd, 4711)],
  ["ioctl", (sys, fd) => sys.ioctl(fd, FIONREAD, { value: 0 })],
  ["dup", (sys, fd) => sys.dup(fd)],
  ["dup2", (sys, fd) => sys.dup2(fd, 700)],
  ["dup2 onto itself", (sys, fd) => sys.dup2(fd, fd)],
  ["dup3", (sys, fd) => sys.dup3(fd, 700, 0)],
];

for (const [name, call] of [...SOCKET_CALLS, ...DESCRIPTOR_CALLS]) {
  // req: sockets/GEN-1
  program(
    `${name}: EBADF for what is not open, was closed or is negative`,
    async ({ sys, bench }) => {
      const closed = await bench.stream();
      await ok(sys.close(closed));
      for (const fd of [closed, 1_000_000, -1, -2_147_483_648]) await fails(call(sys, fd), "EBADF");
    },
  );
}

for (const [name, call] of SOCKET_CALLS) {
  // req: sockets/GEN-1
  program(`${name}: ENOTSOCK for a pipe`, async ({ sys }) => {
    const pair: [number, number] = [-1, -1];
    await ok(sys.pipe2(pair, 0));
    for (const fd of pair) await fails(call(sys, fd), "ENOTSOCK");
  });
}

// req: sockets/GEN-1
program("epoll_ctl: EBADF for either descriptor", async ({ sys, bench }) => {
  const event = { events: EPOLLIN, data: 0 };
  const epoll = await ok(sys.epoll_create1(0));
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, 1_000_000, event), "EBADF");
  await fails(sys.epoll_ctl(1_000_000, EPOLL_CTL_ADD, await bench.stream(), event), "EBADF");
});

// req: sockets/GEN-2
program("socket: the lowest free descriptor", async ({ sys, bench }) => {
  const [first, second, third] = [
    await bench.stream(),
    await bench.datagram(),
    await bench.stream(),
  ];
  assert.ok(first < second && second < third);
  await ok(sys.close(third));
  await ok(sys.close(first));
  assert.equal(await bench.datagram(), first);
  assert.equal(await bench.stream(), third);
});

// req: sockets/GEN-2
program("accept: the lowest free descriptor", async ({ sys, bench }) => {
  const listener = await bench.listener();
  const [gap, client] = [await bench.stream(), await bench.stream()];
  await ok(sys.connect(client, await bench.name(listener)));
  await ok(sys.close(gap));
  assert.equal(await sys.accept(listener), gap);
});

// req: sockets/GEN-4
program("a call that fails leaves the room for a name alone", async ({ sys, bench }) => {
  const fd = await bench.listener();
  await ok(sys.fcntl(fd, F_SETFL, SOCK_NONBLOCK));
  const room = { length: 77, name: somewhere };
  await fails(sys.accept(fd, room), "EAGAIN");
  await fails(sys.getpeername(fd, room), "ENOTCONN");
  await fails(sys.getsockname(1_000_000, room), "EBADF");
  assert.deepEqual(room, { length: 77, name: somewhere });
});

// req: sockets/MISC-2
program("F_GETFD: FD_CLOEXEC is off unless asked for, and can be set", async ({ sys }) => {
  const plain = await ok(sys.socket(AF_INET, SOCK_STREAM));
  const marked = await ok(sys.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC));
  assert.deepEqual([await sys.fcntl(plain, F_GETFD), await sys.fcntl(marked, F_GETFD)], [0, 1]);
  await ok(sys.fcntl(plain, 2, 1));
  await ok(sys.fcntl(marked, 2, 0));
  assert.deepEqual([await sys.fcntl(plain, F_GETFD), await sys.fcntl(marked, F_GETFD)], [1, 0]);
});

// req: sockets/MISC-2
program("F_SETFD takes no bit but FD_CLOEXEC", async ({ sys, bench }) => {
  const fd = await bench.stream();
  await ok(sys.fcntl(fd, 2, 0xff));
  assert.equal(await sys.fcntl(fd, F_GETFD), 1);
});

// req: sockets/MISC-1, sockets/MISC-2
program("F_GETFL is O_RDWR and O_NONBLOCK as it stands", async ({ sys, bench }) => {
  const fd = await bench.stream();
  assert.equal(await sys.fcntl(fd, F_GETFL), 2);
  await ok(sys.fcntl(fd, F_SETFL, SOCK_NONBLOCK));
  assert.equal(await sys.fcntl(fd, F_GETFL), 2 | SOCK_NONBLOCK);
  await ok(sys.fcntl(fd, F_SETFL, 0));
  assert.equal(await sys.fcntl(fd, F_GETFL), 2);
});

// req: sockets/MISC-2
program("F_SETFL leaves the access mode as it is", async ({ sys, bench }) => {
  const fd = await bench.datagram();
  await ok(sys.fcntl(fd, F_SETFL, 1));
  assert.equal(await sys.fcntl(fd, F_GETFL), 2);
});

// req: sockets/MISC-1
program("an unknown fcntl command is EINVAL", async ({ sys, bench }) => {
  await fails(sys.fcntl(await bench.stream(), 4711), "EINVAL");
});

import assert from "node:assert/strict";
import { AF_UNIX, F_GETFD, SHUT_WR, SOCK_STREAM } from "../../../src/index.ts";
import { fails, gives, ok } from "../expect.ts";
import * as n from "../numbers.ts";
import { type Desk, program } from "../program.ts";
import type { EpollEvent } from "../sys.ts";

const { EPOLLIN, EPOLLOUT, EPOLLET, EPOLLONESHOT, EPOLLHUP, EPOLLRDHUP } = n;
const { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } = n;

// req: sockets/EPOLL-1
program("epoll_ctl: ADD twice is EEXIST, MOD and DEL of a stranger ENOENT", async (desk) => {
  const { sys, bench } = desk;
  const [epoll, fd] = [await ok(sys.epoll_create1(0)), await bench.stream()];
  const event = { events: EPOLLIN, data: 1 };
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_MOD, fd, event), "ENOENT");
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event), "ENOENT");
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event));
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event), "EEXIST");
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event));
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event), "ENOENT");
});

// req: sockets/EPOLL-1
program("epoll_ctl: itself, what is no epoll, an unknown operation: EINVAL", async (desk) => {
  const { sys, bench } = desk;
  const [epoll, fd] = [await ok(sys.epoll_create1(0)), await bench.stream()];
  const event = { events: EPOLLIN, data: 1 };
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, event), "EINVAL");
  await fails(sys.epoll_ctl(fd, EPOLL_CTL_ADD, epoll, event), "EINVAL");
  await fails(sys.epoll_ctl(epoll, 9, fd, event), "EINVAL");
});

// req: sockets/EPOLL-5
program(
  "epoll_wait: maxevents of 0 or less EINVAL, a stranger EINVAL, a closed one EBADF",
  async (desk) => {
    const { sys, bench } = desk;
    const epoll = await ok(sys.epoll_create1(0));
    for (const most of [0, -1]) await fails(sys.epoll_wait(epoll, [], most, 0), "EINVAL");
    await fails(sys.epoll_wait(await bench.stream(), [], 1, 0), "EINVAL");
    await ok(sys.close(epoll));
    await fails(sys.epoll_wait(epoll, [], 1, 0), "EBADF");
  },
);

// req: sockets/EPOLL-5, sockets/MISC-2
program("epoll_create1: EPOLL_CLOEXEC, EINVAL for another flag", async ({ sys }) => {
  const epoll = await ok(sys.epoll_create1(n.EPOLL_CLOEXEC));
  assert.equal(await sys.fcntl(epoll, F_GETFD), 1);
  await fails(sys.epoll_create1(1), "EINVAL");
});

// req: sockets/EPOLL-2
program("epoll, level-triggered: again and again while there is something", async (desk) => {
  const { bench } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN);
  assert.deepEqual(await look(desk, epoll), []);
  assert.equal(await bench.say(client, "ab"), "2");
  for (let count = 0; count < 3; count++) assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  assert.equal(await bench.receive(server, 1), "a");
  assert.deepEqual(await look(desk, epoll), [EPOLLIN]);
  assert.equal(await bench.receive(server, 1), "b");
  assert.deepEqual(await look(desk, epoll), []);
});

// req: sockets/EPOLL-2
program("epoll, edge-triggered: once for each arrival, read or not", async (desk) => {
  const { bench } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN | EPOLLET);
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  assert.deepEqual(await look(desk, epoll), []);
  assert.equal(await bench.say(client, "b"), "1");
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  assert.equal(await bench.receive(server, 1), "a");
  assert.deepEqual(await look(desk, epoll), []);
});

// req: sockets/EPOLL-6
program("epoll, edge-triggered: what is ready already is told once", async (desk) => {
  const { bench } = desk;
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "a"), "1");
  await bench.becomes(server, "IN|OUT");
  const epoll = await watch(desk, server, EPOLLIN | EPOLLET);
  assert.deepEqual(await look(desk, epoll), [EPOLLIN]);
  assert.deepEqual(await look(desk, epoll), []);
});

// req: sockets/EPOLL-6
program("epoll, edge-triggered: MOD arms it anew", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN | EPOLLET);
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  await ok(
    sys.epoll_ctl(epoll, EPOLL_CTL_MOD, server, { events: EPOLLIN | EPOLLET, data: server }),
  );
  assert.deepEqual(await look(desk, epoll), [EPOLLIN]);
});

// req: sockets/EPOLL-2, sockets/POLL-2
program("epoll, edge-triggered: OUT once, and again when room comes back", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, client, EPOLLOUT | EPOLLET);
  assert.deepEqual(await look(desk, epoll), [EPOLLOUT]);
  assert.deepEqual(await look(desk, epoll), []);
  const taken = await bench.fill(client);
  await look(desk, epoll);
  for (let at = 0; at < taken; ) at += await ok(sys.read(server, new Uint8Array(1 << 20)));
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLOUT]);
});

// req: sockets/EPOLL-3
program("EPOLLONESHOT: one report, then none until MOD", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN | EPOLLONESHOT);
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  assert.deepEqual(await look(desk, epoll), []);
  assert.equal(await bench.say(client, "b"), "1");
  await sys.settle();
  assert.deepEqual(await look(desk, epoll), []);
  const event = { events: EPOLLIN | EPOLLONESHOT, data: server };
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_MOD, server, event));
  assert.deepEqual(await look(desk, epoll), [EPOLLIN]);
});

// req: sockets/EPOLL-4
program("epoll: a registration ends with the last descriptor, not with the first", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN);
  const copy = await ok(sys.dup(server));
  await ok(sys.close(server));
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLIN]);
  await ok(sys.close(copy));
  assert.deepEqual(await look(desk, epoll), []);
});

// req: sockets/EPOLL-4
program("epoll: two descriptors of one socket are two registrations", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN);
  const copy = await ok(sys.dup(server));
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, copy, { events: EPOLLIN, data: copy }));
  assert.equal(await bench.say(client, "a"), "1");
  await bench.becomes(server, "IN|OUT");
  assert.equal((await events(desk, epoll, 0)).length, 2);
});

// req: sockets/EPOLL-5, sockets/POLL-3
program("epoll for nothing still tells ERR and HUP", async (desk) => {
  const fd = await desk.bench.refused();
  const epoll = await watch(desk, fd, 0);
  assert.deepEqual(await look(desk, epoll), [n.EPOLLERR | EPOLLHUP]);
});

// req: sockets/EPOLL-5, sockets/POLL-4
program("EPOLLRDHUP comes when it is asked for", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLRDHUP);
  await ok(sys.shutdown(client, SHUT_WR));
  assert.deepEqual(await look(desk, epoll, -1), [EPOLLRDHUP]);
});

// req: sockets/EPOLL-5
program("epoll gives no more than maxevents, and the others next", async (desk) => {
  const { bench, sys } = desk;
  const epoll = await ok(sys.epoll_create1(0));
  for (let count = 0; count < 5; count++) {
    const fd = await bench.datagram();
    await ok(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, { events: EPOLLOUT, data: fd }));
  }
  const seen = new Set<number>();
  for (let count = 0; count < 3; count++) {
    const list: EpollEvent[] = [];
    await gives(sys.epoll_wait(epoll, list, 2, 0), 2);
    for (const { data } of list) seen.add(data);
  }
  assert.equal(seen.size, 5);
});

// req: sockets/EPOLL-2
program("epoll_wait: 0 after its time, and wakes before", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const epoll = await watch(desk, server, EPOLLIN);
  const before = performance.now();
  assert.deepEqual(await look(desk, epoll, 30), []);
  assert.ok(performance.now() - before >= 25, "too soon");
  const waiting = look(desk, epoll, -1);
  await sys.settle();
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await waiting, [EPOLLIN]);
});

// req: sockets/EPOLL-5
program("epoll gives back the data that was registered, as MOD changes it", async (desk) => {
  const { bench, sys } = desk;
  const fd = await bench.datagram();
  const epoll = await ok(sys.epoll_create1(0));
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, { events: EPOLLOUT, data: 123_456_789_012 }));
  assert.deepEqual(await events(desk, epoll, 0), [{ events: EPOLLOUT, data: 123_456_789_012 }]);
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_MOD, fd, { events: EPOLLOUT, data: -5 }));
  assert.deepEqual(await events(desk, epoll, 0), [{ events: EPOLLOUT, data: -5 }]);
});

// req: sockets/EPOLL-1
program("epoll in epoll: readable when something is ready", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  const inner = await watch(desk, server, EPOLLIN);
  const outer = await watch(desk, inner, EPOLLIN);
  assert.deepEqual(await look(desk, outer), []);
  assert.equal(await bench.say(client, "a"), "1");
  assert.deepEqual(await look(desk, outer, -1), [EPOLLIN]);
  await bench.becomes(inner, "IN");
  const event = { events: EPOLLIN, data: 0 };
  await gives(sys.epoll_ctl(inner, EPOLL_CTL_ADD, outer, event), -n.ELOOP);
});

// req: sockets/EPOLL-1
program("EPOLLEXCLUSIVE: to be added only, and not changed", async (desk) => {
  const { bench, sys } = desk;
  const fd = await bench.listener();
  const epoll = await watch(desk, fd, EPOLLIN | n.EPOLLEXCLUSIVE);
  await fails(sys.epoll_ctl(epoll, EPOLL_CTL_MOD, fd, { events: EPOLLIN, data: 0 }), "EINVAL");
  const other = await ok(sys.epoll_create1(0));
  const event = { events: EPOLLIN | EPOLLONESHOT | n.EPOLLEXCLUSIVE, data: 0 };
  await fails(sys.epoll_ctl(other, EPOLL_CTL_ADD, fd, event), "EINVAL");
});

// req: sockets/EPOLL-4, sockets/GEN-1
program("calls on an epoll descriptor that are for others", async ({ sys }) => {
  const epoll = await ok(sys.epoll_create1(0));
  await fails(sys.read(epoll, new Uint8Array(8)), "EINVAL");
  await fails(sys.write(epoll, new Uint8Array(8)), "EINVAL");
  await fails(sys.listen(epoll, 1), "ENOTSOCK");
});

// req: sockets/EPOLL-2, sockets/SPAIR-3
program("epoll on a socketpair: hang-up when the other end closes", async (desk) => {
  const { sys } = desk;
  const pair: [number, number] = [-1, -1];
  await ok(sys.socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  const epoll = await watch(desk, pair[0], EPOLLIN | EPOLLRDHUP);
  await ok(sys.close(pair[1]));
  assert.deepEqual(await look(desk, epoll), [EPOLLIN | EPOLLHUP | EPOLLRDHUP]);
});

/** An epoll descriptor that watches `fd`. */
async function watch({ sys }: Desk, fd: number, interest: number): Promise<number> {
  const epoll = await ok(sys.epoll_create1(0));
  await ok(sys.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, { events: interest, data: fd }));
  return epoll;
}

async function events({ sys }: Desk, epoll: number, timeoutMs: number): Promise<EpollEvent[]> {
  const list: EpollEvent[] = [];
  await ok(sys.epoll_wait(epoll, list, 16, timeoutMs));
  return list;
}

/** What is reported, without whom. */
async function look(desk: Desk, epoll: number, timeoutMs = 0): Promise<number[]> {
  return (await events(desk, epoll, timeoutMs)).map((event) => event.events);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { rejectsErrno, SocketWorld, socketAddress } from "../../support/socket-world.ts";

// req: sockets/POLL-7
test("a closed descriptor is POLLNVAL, a negative one is passed over", () => {
  const { a } = new SocketWorld();
  const open = a.socket(c.AF_INET, c.SOCK_DGRAM);
  const entries = [open, 77, -1].map((fd) => ({ fd, events: c.POLLIN | c.POLLOUT, revents: 99 }));
  assert.equal(a.calls.poll(entries), 2);
  assert.deepEqual(
    entries.map(({ revents }) => revents),
    [c.POLLOUT, c.POLLNVAL, 0],
  );
});

// req: sockets/POLL-3, sockets/POLL-4
test("errors and hang-ups come unasked, the peer's half-close does not", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(fd, "10.0.0.2:81");
  world.settle();
  const entry = { fd, events: 0, revents: 0 };
  assert.equal(a.calls.poll([entry]), 1);
  assert.equal(entry.revents, c.POLLERR | c.POLLHUP);
});

// req: sockets/POLL-8
test("poll() that waits: for the first event, no longer than told", async () => {
  const world = new SocketWorld({ latencyMs: 10 });
  const { sys } = world.b;
  const [quiet, server] = [9000, 9001].map((port) => {
    const fd = sys.socket(c.AF_INET, c.SOCK_DGRAM);
    sys.bind(fd, socketAddress(`10.0.0.2:${port}`));
    return fd;
  }) as [number, number];
  const entries = [quiet, server].map((fd) => ({ fd, events: c.POLLIN, revents: 0 }));
  assert.equal(await world.complete(sys.poll(entries, 0)), 0);
  const before = world.net.now;
  assert.equal(await world.complete(sys.poll(entries, 250)), 0);
  assert.equal(world.net.now - before, 250);
  const waiting = sys.poll(entries);
  world.a.sendto(world.a.socket(c.AF_INET, c.SOCK_DGRAM), "x", "10.0.0.2:9001");
  assert.equal(await world.complete(waiting), 1);
  assert.deepEqual(
    entries.map(({ revents }) => revents),
    [0, c.POLLIN],
  );
  assert.equal(await world.complete(sys.poll(entries)), 1, "at once when there is something");
});

// req: sockets/POLL-7, sockets/POLL-8
test("close() and an abort signal end a poll()", async () => {
  const world = new SocketWorld();
  const { sys } = world.a;
  const fd = sys.socket(c.AF_INET, c.SOCK_DGRAM);
  const entry = { fd, events: c.POLLIN, revents: 0 };
  const waiting = sys.poll([entry]);
  sys.close(fd);
  assert.equal(await world.complete(waiting), 1);
  assert.equal(entry.revents, c.POLLNVAL);
  const other = sys.socket(c.AF_INET, c.SOCK_DGRAM);
  const abort = new AbortController();
  const aborted = sys.poll([{ fd: other, events: c.POLLIN, revents: 0 }], -1, abort);
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  await rejectsErrno(sys.read(77, new Uint8Array(1)), "EBADF");
});

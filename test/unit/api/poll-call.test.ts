import assert from "node:assert/strict";
import { test } from "node:test";
import { pollWaiting } from "../../../src/api/poll-call.ts";
import * as c from "../../../src/socket/constants.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: sockets/POLL-8
test("a poll that is over watches nothing any more", async () => {
  const world = new SocketWorld();
  const { calls, host } = world.a;
  const fds = [1, 2].map(() => world.a.socket(c.AF_INET, c.SOCK_DGRAM));
  const isWatched = (): boolean[] =>
    fds.map((fd) => calls.description(fd)?.waiters.isEmpty === false);
  const poll = (timeoutMs: number, signal?: AbortSignal): Promise<number> => {
    const entries = [...fds, -1].map((fd) => ({ fd, events: c.POLLIN, revents: 0 }));
    return pollWaiting(calls, host.runtime, entries, timeoutMs, signal ? { signal } : {});
  };
  const timed = poll(10);
  assert.deepEqual(isWatched(), [true, true]);
  assert.equal(await world.complete(timed), 0);
  assert.deepEqual(isWatched(), [false, false]);
  const abort = new AbortController();
  const aborted = poll(-1, abort.signal);
  abort.abort();
  await assert.rejects(aborted);
  assert.deepEqual(isWatched(), [false, false]);
});

test("the same descriptor twice", async () => {
  const world = new SocketWorld();
  const { calls, host } = world.a;
  const fd = world.a.socket(c.AF_INET, c.SOCK_DGRAM);
  const entries = [c.POLLIN, c.POLLOUT].map((events) => ({ fd, events, revents: 0 }));
  assert.equal(await pollWaiting(calls, host.runtime, entries, -1, {}), 1);
  assert.deepEqual(
    entries.map(({ revents }) => revents),
    [0, c.POLLOUT],
  );
});

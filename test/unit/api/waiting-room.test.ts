import assert from "node:assert/strict";
import { test } from "node:test";
import { WaitingRoom } from "../../../src/api/waiting-room.ts";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { SocketWorld } from "../../support/socket-world.ts";

test("a call that need not wait is made at once, and only once", async () => {
  const { room, fd } = setUp();
  let attempts = 0;
  const attempt = (): number => ++attempts;
  assert.equal(await room.read(fd, { attempt, options: {} }), 1);
  assert.equal(await room.read(77, { attempt, options: {} }), -Errno.EBADF);
  assert.equal(attempts, 1);
});

test("who comes while others wait is not served before them; who will not wait may try", async () => {
  const { world, room, fd } = setUp();
  const order: string[] = [];
  let isReady = false;
  const call = (name: string) => ({
    attempt: () => {
      if (!isReady) return -Errno.EAGAIN;
      order.push(name);
      return 0;
    },
    options: {},
  });
  const first = room.read(fd, call("first"));
  isReady = true;
  const second = room.read(fd, call("second"));
  assert.equal(await room.read(fd, { ...call("urgent"), flags: c.MSG_DONTWAIT }), 0);
  assert.equal(await room.write(fd, call("writer")), 0, "writers have a line of their own");
  world.a.calls.description(fd)?.waiters.wake(c.POLLIN);
  await Promise.all([first, second]);
  assert.deepEqual(order, ["urgent", "writer", "first", "second"]);
  const third = room.read(fd, call("third"));
  assert.equal(await third, 0, "the line is empty again");
});

// req: sockets/GEN-11
test("limits: the call's own, the socket's, none", async () => {
  const { world, room, fd } = setUp();
  const attempt = (): number => -Errno.EAGAIN;
  const elapsed = async (options: { timeoutMs?: number }): Promise<number> => {
    const before = world.net.now;
    const result = await world.complete(room.read(fd, { attempt, options }));
    assert.equal(result, -Errno.EAGAIN);
    return world.net.now - before;
  };
  assert.equal(await elapsed({ timeoutMs: 30 }), 30);
  world.a.set(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, { seconds: 2, microseconds: 0 });
  assert.equal(await elapsed({}), 2000);
  assert.equal(await elapsed({ timeoutMs: 5 }), 5);
  const writing = room.write(fd, { attempt, expire: () => 42, options: { timeoutMs: 1 } });
  assert.equal(await world.complete(writing), 42);
});

test("a signal that was aborted before", async () => {
  const { room, fd } = setUp();
  const signal = AbortSignal.abort(new Error("too late"));
  const attempt = (): number => assert.fail("must not be tried");
  await assert.rejects(room.read(fd, { attempt, options: { signal } }), /too late/);
});

function setUp(): { world: SocketWorld; room: WaitingRoom; fd: number } {
  const world = new SocketWorld();
  const room = new WaitingRoom(world.a.calls, world.a.host.runtime);
  return { world, room, fd: world.a.socket(c.AF_INET, c.SOCK_DGRAM) };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../../../src/socket/constants.ts";
import { type Waiter, WaitQueue } from "../../../src/socket/wait-queue.ts";

test("who is interested is told, in the order of arrival; of trouble everybody is", () => {
  const queue = new WaitQueue();
  const told: string[] = [];
  const add = (name: string, interest: number): Waiter => {
    const waiter = { interest, handleReady: (mask: number) => told.push(`${name} ${mask}`) };
    queue.add(waiter);
    return waiter;
  };
  assert.ok(queue.isEmpty);
  const reader = add("reader", POLLIN);
  add("writer", POLLOUT);
  queue.wake(POLLIN);
  queue.wake(POLLOUT | POLLIN);
  for (const trouble of [POLLERR, POLLHUP, POLLNVAL]) queue.wake(trouble);
  queue.remove(reader);
  queue.remove(reader);
  queue.wake(POLLIN);
  assert.deepEqual(told, [
    "reader 1",
    "reader 5",
    "writer 5",
    "reader 8",
    "writer 8",
    "reader 16",
    "writer 16",
    "reader 32",
    "writer 32",
  ]);
});

test("waiters come and go while others are told", () => {
  const queue = new WaitQueue();
  const told: string[] = [];
  const late: Waiter = { interest: POLLIN, handleReady: () => told.push("late") };
  const first: Waiter = {
    interest: POLLIN,
    handleReady: () => {
      told.push("first");
      queue.remove(first);
      queue.add(late);
    },
  };
  queue.add(first);
  queue.add({ interest: POLLIN, handleReady: () => told.push("second") });
  queue.wake(POLLIN);
  assert.deepEqual(told, ["first", "second"]);
  queue.wake(POLLIN);
  assert.deepEqual(told, ["first", "second", "second", "late"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Timed, TimerQueue } from "../../../src/stack/timer-queue.ts";

class Item implements Timed {
  queuedAt = 0;
  queueIndex = -1;
  deadline = Number.POSITIVE_INFINITY;
}

test("expired entries come out in order of their deadlines, later ones stay", () => {
  const queue = new TimerQueue<Item>();
  const items = [5, 3, 9, 1, 7].map((deadline) => {
    const item = new Item();
    queue.set(item, deadline);
    return item;
  });
  assert.equal(queue.next, 1);
  const order: number[] = [];
  for (let item = queue.popExpired(6); item !== null; item = queue.popExpired(6)) {
    order.push(item.queuedAt);
  }
  assert.deepEqual(order, [1, 3, 5]);
  assert.equal(queue.size, 2);
  assert.equal(queue.next, 7);
  queue.delete(items[4] as Item);
  assert.equal(queue.next, 9);
});

test("a deadline moves earlier at once and later lazily: never missed, at most early", () => {
  const queue = new TimerQueue<Item>();
  const item = new Item();
  queue.set(item, 10);
  queue.set(item, 50);
  assert.equal(queue.next, 10, "moving later leaves the entry where it is");
  queue.set(item, 4);
  assert.equal(queue.next, 4);
  assert.equal(queue.popExpired(4), item);
  assert.equal(queue.next, Number.POSITIVE_INFINITY);
  queue.set(item, Number.POSITIVE_INFINITY);
  assert.equal(queue.size, 0, "no deadline is no entry");
});

test("deleting what is not in the queue does nothing", () => {
  const queue = new TimerQueue<Item>();
  queue.delete(new Item());
  assert.equal(queue.size, 0);
});

test("whatever is set and deleted, nothing fires late and nothing is lost", () => {
  const operation = fc.record({
    index: fc.nat(19),
    deadline: fc.oneof(fc.nat(1000), fc.constant(Number.POSITIVE_INFINITY)),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = new TimerQueue<Item>();
      const items = Array.from({ length: 20 }, () => new Item());
      for (const { index, deadline, remove } of operations) {
        const item = items[index] as Item;
        item.deadline = remove ? Number.POSITIVE_INFINITY : deadline;
        if (remove) queue.delete(item);
        else queue.set(item, deadline);
      }
      for (let now = 0; now <= 1000; now += 50) {
        for (let item = queue.popExpired(now); item !== null; item = queue.popExpired(now)) {
          if (item.deadline > now) queue.set(item, item.deadline);
          else item.deadline = Number.POSITIVE_INFINITY;
        }
        assert.ok(items.every((item) => item.deadline > now));
      }
    }),
  );
});

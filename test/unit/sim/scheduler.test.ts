import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ScheduledTask, Scheduler } from "../../../src/sim/scheduler.ts";

test("tasks come out by time, then by order of scheduling; cancelled ones do not", () => {
  const operations = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 20 }),
      cancel: fc.option(fc.nat(200)),
      shift: fc.boolean(),
    }),
    { maxLength: 200 },
  );
  const property = fc.property(operations, (steps) => {
    const scheduler = new Scheduler();
    const all: ScheduledTask[] = [];
    let model: ScheduledTask[] = [];
    for (const { at, cancel, shift } of steps) {
      const scheduled = scheduler.schedule(() => {}, at);
      all.push(scheduled);
      model.push(scheduled);
      const victim = cancel === null ? undefined : all[cancel];
      if (victim !== undefined) {
        scheduler.cancel(victim);
        model = model.filter((task) => task !== victim);
      }
      if (!shift) continue;
      model.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
      assert.equal(scheduler.nextTime, model[0]?.at ?? Infinity);
      assert.equal(scheduler.shift(), model.shift() ?? null);
    }
    assert.equal(scheduler.length, model.length);
  });
  fc.assert(property, { numRuns: 200 });
});

test("cancelling twice, or what has run, does nothing", () => {
  const scheduler = new Scheduler();
  const first = scheduler.schedule(() => {}, 1);
  const second = scheduler.schedule(() => {}, 2);
  assert.equal(scheduler.shift(), first);
  scheduler.cancel(first);
  scheduler.cancel(second);
  scheduler.cancel(second);
  assert.equal(scheduler.length, 0);
  assert.equal(scheduler.shift(), null);
});

test("isDue leaves what was scheduled later to the next turn", () => {
  const scheduler = new Scheduler();
  scheduler.schedule(() => {}, 5);
  const mark = scheduler.sequence;
  scheduler.schedule(() => {}, 5);
  assert.equal(scheduler.isDue(4, mark), false);
  assert.equal(scheduler.isDue(5, mark), true);
  scheduler.shift();
  assert.equal(scheduler.isDue(5, mark), false);
  scheduler.clear();
  assert.equal(scheduler.nextTime, Infinity);
});

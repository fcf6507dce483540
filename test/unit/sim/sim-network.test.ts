import assert from "node:assert/strict";
import { test } from "node:test";
import { SimNetwork } from "../../../src/sim/sim-network.ts";

test("time jumps from event to event, in the order of time and of scheduling", () => {
  const network = new SimNetwork({ seed: 1 });
  const { schedule, now } = network.runtime("a");
  const seen: [string, number][] = [];
  const note = (name: string) => (): number => seen.push([name, now()]);
  schedule(note("late"), 50);
  schedule(note("early"), 10);
  schedule(note("early too"), 10);
  schedule(note("past"), -5);
  schedule(note("no time"), Number.NaN);
  schedule(note("never"), Infinity);
  schedule(note("cancelled"), 20)();
  assert.deepEqual(network.runSync(), { stopped: "idle", events: 5, now: 50 });
  assert.deepEqual(seen, [
    ["past", 0],
    ["no time", 0],
    ["early", 10],
    ["early too", 10],
    ["late", 50],
  ]);
});

test("a run ends where its limit says", () => {
  const network = new SimNetwork({ seed: 1 });
  const tick = (): void => void network.schedule(tick, network.now + 10);
  tick();
  assert.deepEqual(network.runSync({ until: 25 }), { stopped: "until", events: 2, now: 25 });
  assert.deepEqual(network.runSync({ forMs: 5 }), { stopped: "until", events: 1, now: 30 });
  assert.deepEqual(network.runSync({ until: 10 }), { stopped: "until", events: 0, now: 30 });
  assert.deepEqual(network.runSync({ maxEvents: 7 }), {
    stopped: "max-events",
    events: 7,
    now: 100,
  });
});

test("a quiet network waits out its time", async () => {
  const network = new SimNetwork({ seed: 1 });
  assert.deepEqual(await network.run({ forMs: 1000 }), { stopped: "idle", events: 0, now: 1000 });
});

test("application code runs at the virtual time of what it waited for", async () => {
  const network = new SimNetwork({ seed: 1 });
  const { schedule, now } = network.runtime("a");
  const sleep = (ms: number): Promise<void> => new Promise((done) => schedule(done, now() + ms));
  const log: string[] = [];
  const worker = async (name: string, ms: number): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await sleep(ms);
      for (let hop = 0; hop < 30; hop++) await null;
      log.push(`${name}@${now()}`);
    }
  };
  const both = Promise.all([worker("x", 10), worker("y", 10.5)]);
  const report = await network.run({ whileWaiting: both });
  assert.deepEqual(log, ["x@10", "y@10.5", "x@20", "y@21", "x@30", "y@31.5"]);
  assert.deepEqual(report, { stopped: "settled", events: 6, now: 31.5 });
});

test("complete gives the value, the error, or says that nothing can settle the promise", async () => {
  const network = new SimNetwork({ seed: 1 });
  const later = <T>(value: T): Promise<T> =>
    new Promise((done) => network.schedule(() => done(value), network.now + 5));
  assert.equal(await network.complete(later(42)), 42);
  await assert.rejects(
    network.complete(
      later(0).then(() => {
        throw new Error("theirs");
      }),
    ),
    /theirs/,
  );
  await assert.rejects(network.complete(new Promise(() => {})), /stopped \(idle\) at 10 ms/);
  const tick = (): void => void network.schedule(tick, network.now + 1);
  tick();
  await assert.rejects(
    network.complete(new Promise(() => {}), { forMs: 50 }),
    /stopped \(until\) at 60 ms/,
  );
});

test("tasks at one time take turns, so that applications keep pace", async () => {
  const network = new SimNetwork({ seed: 1 });
  const log: string[] = [];
  const chain = (left: number): void => {
    log.push(`event ${left}`);
    void Promise.resolve().then(() => log.push(`reaction ${left}`));
    if (left > 0) network.schedule(() => chain(left - 1), network.now);
  };
  network.schedule(() => chain(2), 5);
  await network.run();
  assert.deepEqual(log, [
    "event 2",
    "reaction 2",
    "event 1",
    "reaction 1",
    "event 0",
    "reaction 0",
  ]);
});

test("an endless loop at one time is an error, as is a run within a run", async () => {
  const network = new SimNetwork({ seed: 1 });
  const loop = (): void => void network.schedule(loop, network.now);
  loop();
  assert.throws(() => network.runSync(), /time stands still/);
  const other = new SimNetwork({ seed: 1 });
  const first = other.run({ forMs: 10 });
  await assert.rejects(other.run(), /running already/);
  await first;
  await other.run({ forMs: 10 });
});

test("an error in a task ends the run, and the next run goes on", async () => {
  const network = new SimNetwork({ seed: 1 });
  network.schedule(() => {
    throw new Error("broken host");
  }, 1);
  network.schedule(() => {}, 2);
  await assert.rejects(network.run(), /broken host/);
  assert.equal((await network.run()).now, 2);
});

test("randomness follows the seed and the name, not the order of asking", () => {
  const draw = (seed: number, names: string[]): Record<string, number[]> => {
    const network = new SimNetwork({ seed });
    return Object.fromEntries(
      names.map((name) => [
        name,
        [network.runtime(name).random.int32(), network.runtime(name).secureRandom.int32()],
      ]),
    );
  };
  assert.deepEqual(draw(7, ["a", "b"]), { ...draw(7, ["b", "a"]) });
  assert.notDeepEqual(draw(7, ["a"]), draw(8, ["a"]));
  const { a, b } = draw(7, ["a", "b"]);
  assert.equal(new Set([...(a ?? []), ...(b ?? [])]).size, 4);
});

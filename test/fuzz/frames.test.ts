/**
 * A million damaged frames against a host with open sockets, in virtual time.
 *
 * NETLOOM_FUZZ_SEED repeats a run, NETLOOM_FUZZ_FRAMES makes it longer or shorter.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { randomBelow, SeededRandom } from "../../src/base/random.ts";
import { Stack } from "../../src/stack/stack.ts";
import { Application } from "./application.ts";
import { FuzzWire } from "./wire.ts";

const FRAMES = Number(process.env.NETLOOM_FUZZ_FRAMES ?? 1_000_000);
const SEED = Number(process.env.NETLOOM_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const MIB = 1024 * 1024;
/** Between a fifth of the way and the end: room for noise, none for a leak of eight octets a frame. */
const HEAP_GROWTH = 6 * MIB;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

// req: ip/V4-13
test(`${FRAMES} damaged frames: no exception, every fault counted, flat memory`, (t) => {
  t.diagnostic(`seed ${SEED} (NETLOOM_FUZZ_SEED=${SEED} repeats this run)`);
  const run = new Run(SEED);
  run.until(FRAMES / 5);
  const before = run.heap();
  run.until(FRAMES);
  const grown = run.heap() - before;
  const { wire, stack, application } = run;
  t.diagnostic(
    `${wire.delivered} delivered, ${wire.dropped} counted as dropped, ${wire.sent} answers; ` +
      `${application.accepted} accepted, ${application.octets} octets, ` +
      `${application.datagrams} datagrams (${application.reassembled} reassembled), ${wire.peer.echoReplies} echo replies; ` +
      `heap grew by ${(grown / MIB).toFixed(1)} MiB over ${(run.now / 1000).toFixed(0)} s`,
  );
  t.diagnostic([...stack.counters.drops()].map(([reason, n]) => `${reason} ${n}`).join(", "));
  assert.deepEqual(Object.fromEntries(wire.findings), {});
  assert.ok(grown < HEAP_GROWTH, `the heap grew by ${grown} octets`);
  run.assertBounded();
  // The undamaged frames among them were understood: the test tests something.
  assert.ok(wire.peer.established > FRAMES / 5000, "handshakes");
  assert.ok(application.accepted > FRAMES / 5000, "accepted connections");
  assert.ok(application.octets > FRAMES / 5, "octets of connections");
  assert.ok(application.datagrams > FRAMES / 200, "datagrams");
  assert.ok(application.reassembled > FRAMES / 2000, "reassembled datagrams");
  assert.ok(wire.peer.echoReplies > FRAMES / 2000, "echo replies");
  run.assertEnds();
});

/** A host on a hostile wire, and its clock. */
class Run {
  readonly wire: FuzzWire;
  readonly stack: Stack;
  readonly application: Application;
  now = 0;
  readonly #random: SeededRandom;
  #isWoken = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    const wake = (): void => {
      this.#isWoken = true;
    };
    this.wire = new FuzzWire(new SeededRandom(seed + 1));
    this.stack = new Stack(
      {
        random: new SeededRandom(seed + 2),
        secureRandom: new SeededRandom(seed + 3),
        tcp: {},
        owner: { wake, run: wake },
      },
      this.now,
    );
    this.stack.counters.observer = { drop: () => this.wire.noteDrop() };
    const addresses = ["10.77.0.2/24", "fd77::2/64"];
    // Every other seed lets the routers on the wire configure the host, too.
    const config = { addresses, slaac: (seed & 1) === 1 };
    const iface = this.stack.addInterface(this.wire, config, this.now);
    assert.ok(typeof iface === "object", "the interface is up");
    this.wire.owns = (a, b, c, d) => iface.hasAddress(a, b, c, d);
    this.#settle(10_000);
    this.application = new Application(this.stack, new SeededRandom(seed + 4), this.now);
  }

  /** Lets frames in, a few at a time, until `frames` have come. */
  until(frames: number): void {
    while (this.wire.delivered < frames) {
      this.wire.allow(1 + randomBelow(this.#random, 24));
      this.#turn();
      this.application.run(this.now);
      this.#turn();
      this.#passTime();
    }
  }

  heap(): number {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  }

  assertBounded(): void {
    const { stack } = this;
    const count = (items: Iterable<unknown>): number => [...items].length;
    assert.ok(count(stack.tcp.listeners()) === 1);
    // Sockets, what they left behind, half-open ones of the backlog.
    assert.ok(count(stack.tcp.flows()) < 2000, `${count(stack.tcp.flows())} connections`);
    for (const iface of stack.interfaces.filter(({ name }) => name === this.wire.name)) {
      assert.ok(iface.addresses.length >= 3, "an address was lost");
      const neighbors = stack.network.neighbors(iface).length;
      assert.ok(neighbors <= 1024, `${neighbors} neighbours`);
      assert.ok(iface.addresses.length <= 3 + 16, `${iface.addresses.length} addresses`);
    }
  }

  /** With the program gone and the wire silent, the host comes to rest. */
  assertEnds(): void {
    this.application.close(this.now);
    this.#settle(3_600_000);
    assert.deepEqual([...this.stack.tcp.flows()].length, 0, "connections are left");
    this.stack.close(this.now);
  }

  #turn(): void {
    for (let turns = 0; turns < MAX_TURNS; turns++) {
      this.#isWoken = false;
      if (!this.stack.turn(this.now) && !this.#isWoken) return;
    }
    assert.fail("the stack never comes to rest");
  }

  /** Mostly a moment, sometimes long enough for every timer there is. */
  #passTime(): void {
    const random = this.#random;
    if (randomBelow(random, 2000) === 0) this.#settle(randomBelow(random, 90_000));
    else this.now += randomBelow(random, 20);
  }

  /** Goes from deadline to deadline for `ms`. */
  #settle(ms: number): void {
    const until = this.now + ms;
    for (let steps = 0; this.now < until; steps++) {
      this.#turn();
      assert.ok(steps < MAX_TURNS * 100, "deadlines without end");
      const next = this.stack.pollTimeout();
      assert.ok(!Number.isNaN(next), "a deadline that is not a number");
      this.now = Math.min(until, Math.max(next, this.now + 0.001));
    }
    this.#turn();
  }
}

const MAX_TURNS = 1000;

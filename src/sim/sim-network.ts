import type { Runtime } from "../api/runtime.ts";
import { type RandomSource, SeededRandom } from "../base/random.ts";
import type { Device } from "../link/device.ts";
import type { FaultInjector } from "../link/fault-injector.ts";
import { Scheduler } from "./scheduler.ts";
import {
  type SimCableOptions,
  SimLinks,
  type SimSwitch,
  type SimSwitchOptions,
} from "./sim-links.ts";
import { pumpTurns } from "./turn-pump.ts";

export interface SimNetworkOptions {
  /** Everything that is random in the network follows from it; an integer. */
  readonly seed: number;
}

/** When a run ends; whichever comes first. With none it runs until nothing is left to happen. */
export interface RunLimits {
  /** Virtual time, in milliseconds. What is due at that very time still happens. */
  readonly until?: number;
  /** The same, counted from now. */
  readonly forMs?: number;
  /** Run only as long as this is pending. */
  readonly whileWaiting?: PromiseLike<unknown>;
  /** Events this run may take. */
  readonly maxEvents?: number;
}

export interface RunReport {
  /** `idle`: nothing was left to happen. */
  readonly stopped: "idle" | "until" | "settled" | "max-events";
  readonly events: number;
  /** Virtual time at the end. */
  readonly now: number;
}

/**
 * A network in virtual time: one clock, one queue of events, one seed. Hosts
 * get their time, timers and randomness from `runtime`; nothing happens but
 * inside `run`. Same program, same seed: the same run, octet for octet.
 *
 * Time stands still while code runs and jumps to the next event when all of it
 * waits. Real I/O of an application is not part of the simulation; a run that
 * depends on it can not be repeated.
 */
export class SimNetwork {
  readonly seed: number;
  readonly #scheduler = new Scheduler();
  readonly #runtimes = new Map<string, Runtime>();
  readonly #links: SimLinks = new SimLinks((purpose) => this.random(purpose));
  #now = 0;
  #running = false;

  constructor(options: SimNetworkOptions) {
    this.seed = options.seed;
  }

  /** Virtual time in milliseconds since the network was made. */
  get now(): number {
    return this.#now;
  }

  /** Clock, timers and randomness of the host `name`; the same object for the same name. */
  runtime(name: string): Runtime {
    let runtime = this.#runtimes.get(name);
    if (runtime === undefined) {
      runtime = {
        now: () => this.#now,
        schedule: (task, at) => this.schedule(task, at),
        random: this.random(`${name}/random`),
        secureRandom: this.random(`${name}/secure`),
      };
      this.#runtimes.set(name, runtime);
    }
    return runtime;
  }

  /** A source of its own for each purpose, so that one part drawing more does not change another. */
  random(purpose: string): RandomSource {
    return new SeededRandom(hashText(`${this.seed}/${purpose}`));
  }

  /** Two network cards joined by a cable. Their rules can be changed at any time. */
  cable(options: SimCableOptions = {}): [FaultInjector, FaultInjector] {
    return this.#links.cable(options);
  }

  /** A learning switch; `port` gives a network card of it. */
  switch(options: SimSwitchOptions = {}): SimSwitch {
    return this.#links.switch(options);
  }

  /**
   * Cuts every link between a device of one group and a device of the other:
   * the two ends of a cable, two ports of a switch. The result heals it.
   */
  partition(some: readonly Device[], others: readonly Device[]): () => void {
    return this.#links.partition(some, others);
  }

  /** Ends every partition there is. */
  heal(): void {
    this.#links.heal();
  }

  /** Runs `task` at virtual time `at`, or now if that has passed; returns what cancels it. */
  schedule(task: () => void, at: number): () => void {
    if (at === Infinity) return () => {};
    // A time that is not a number would break the order of the queue: it counts as passed.
    const isLater = at > this.#now;
    const scheduled = this.#scheduler.schedule(task, isLater ? at : this.#now);
    return () => this.#scheduler.cancel(scheduled);
  }

  /** Lets time pass. Promises that events settle are followed up before time goes on. */
  async run(limits: RunLimits = {}): Promise<RunReport> {
    const run = this.#begin(limits);
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    limits.whileWaiting?.then(settle, settle);
    let idleTurns = 0;
    let stopped: RunReport["stopped"] | null = null;
    const step = (): boolean => {
      stopped = settled ? "settled" : this.#step(run);
      // The application may be waiting for a thing outside: a file, another thread.
      const mayGoOn = stopped === "idle" && limits.whileWaiting !== undefined;
      if (mayGoOn && ++idleTurns < IDLE_TURNS) stopped = null;
      else if (stopped === null) idleTurns = 0;
      return stopped === null;
    };
    try {
      await pumpTurns(step);
    } finally {
      this.#running = false;
    }
    return this.#report(run, stopped ?? "idle");
  }

  /** The same within this call, for code without promises: no reaction to one runs. */
  runSync(limits: Omit<RunLimits, "whileWaiting"> = {}): RunReport {
    const run = this.#begin(limits);
    let stopped: RunReport["stopped"] | null = null;
    try {
      while (stopped === null) stopped = this.#step(run);
    } finally {
      this.#running = false;
    }
    return this.#report(run, stopped);
  }

  /** Runs until `promise` is settled and gives its value; fails when nothing is left that could settle it. */
  async complete<T>(promise: PromiseLike<T>, limits: RunLimits = {}): Promise<T> {
    const report = await this.run({ ...limits, whileWaiting: promise });
    if (report.stopped !== "settled") {
      throw new Error(
        `the simulation stopped (${report.stopped}) at ${report.now} ms with the promise still pending`,
      );
    }
    return promise;
  }

  #begin(limits: RunLimits): Run {
    if (this.#running) throw new Error("this network is running already: await that run first");
    this.#running = true;
    const forMs = limits.forMs ?? Infinity;
    return {
      until: Math.max(this.#now, Math.min(limits.until ?? Infinity, this.#now + forMs)),
      maxEvents: limits.maxEvents ?? Infinity,
      events: 0,
      eventsNow: 0,
    };
  }

  #report(run: Run, stopped: RunReport["stopped"]): RunReport {
    const waitedOut = stopped === "until" || stopped === "idle";
    if (waitedOut && run.until < Infinity) this.#now = run.until;
    return { stopped, events: run.events, now: this.#now };
  }

  /**
   * One turn: what is due at the next time and was scheduled before this turn.
   * What those tasks schedule for the same time gets a turn of its own, as on
   * a real event loop, so that applications keep pace with their hosts.
   */
  #step(run: Run): RunReport["stopped"] | null {
    const next = this.#scheduler.nextTime;
    if (next === Infinity) return "idle";
    if (next > run.until) return "until";
    if (run.events >= run.maxEvents) return "max-events";
    if (next > this.#now) run.eventsNow = 0;
    this.#now = next;
    const firstOfNextTurn = this.#scheduler.sequence;
    while (this.#scheduler.isDue(next, firstOfNextTurn)) {
      if (run.events >= run.maxEvents) return "max-events";
      run.events++;
      run.eventsNow++;
      this.#scheduler.shift()?.task();
    }
    if (run.eventsNow > MAX_EVENTS_AT_ONE_TIME) {
      throw new Error(`time stands still: ${run.eventsNow} events at ${next} ms and no end`);
    }
    return null;
  }
}

/** The state of one `run`. */
interface Run {
  readonly until: number;
  readonly maxEvents: number;
  events: number;
  /** Events since time last moved. */
  eventsNow: number;
}

/** Turns without an event after which a promise that is still pending will stay so. */
const IDLE_TURNS = 256;
const MAX_EVENTS_AT_ONE_TIME = 1_000_000;

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

import type { Runtime } from "../../src/api/runtime.ts";

/** A clock that reads `offsetMs` more than the network's. */
export function shifted(runtime: Runtime, offsetMs: number): Runtime {
  return {
    ...runtime,
    now: () => runtime.now() + offsetMs,
    schedule: (task, at) => runtime.schedule(task, at - offsetMs),
  };
}

/** A clock with ticks of `tickMs`, as browsers have against fingerprinting, and timers that fire on a tick. */
export function coarse(runtime: Runtime, tickMs: number): Runtime {
  return {
    ...runtime,
    now: () => Math.floor(runtime.now() / tickMs) * tickMs,
    schedule: (task, at) => runtime.schedule(task, Math.ceil(at / tickMs) * tickMs),
  };
}

/**
 * Timers that fire once in `periodMs` at most, as in a background tab. What is
 * asked for at once (a frame has come in) is done at once.
 */
export function throttled(runtime: Runtime, periodMs: number): Runtime {
  return {
    ...runtime,
    now: () => runtime.now(),
    schedule: (task, at) => {
      const isLater = at > runtime.now();
      return runtime.schedule(task, isLater ? Math.ceil(at / periodMs) * periodMs : at);
    },
  };
}

/** A machine that can be suspended: its clock jumps, and what was due meanwhile is due now. */
export class Suspendable implements Runtime {
  readonly random: Runtime["random"];
  readonly secureRandom: Runtime["secureRandom"];
  readonly #runtime: Runtime;
  readonly #pending = new Set<Pending>();
  #offsetMs = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.random = runtime.random;
    this.secureRandom = runtime.secureRandom;
  }

  now(): number {
    return this.#runtime.now() + this.#offsetMs;
  }

  schedule(task: () => void, at: number): () => void {
    const pending: Pending = { at, cancel: () => {}, task };
    this.#pending.add(pending);
    this.#start(pending);
    return () => {
      this.#pending.delete(pending);
      pending.cancel();
    };
  }

  jump(ms: number): void {
    this.#offsetMs += ms;
    for (const pending of this.#pending) {
      pending.cancel();
      this.#start(pending);
    }
  }

  #start(pending: Pending): void {
    const run = (): void => {
      this.#pending.delete(pending);
      pending.task();
    };
    pending.cancel = this.#runtime.schedule(run, pending.at - this.#offsetMs);
  }
}

interface Pending {
  readonly at: number;
  readonly task: () => void;
  cancel: () => void;
}

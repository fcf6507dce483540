import type { RandomSource } from "../base/random.ts";

/**
 * Where a host gets time, wake-ups and randomness. Node and browsers share
 * `webRuntime`; a simulation brings virtual time and a seed.
 */
export interface Runtime {
  /** Milliseconds on a monotonic clock; fractions count, equal times may repeat, time never goes back. */
  now(): number;
  /**
   * Runs `task` once at time `at` or soon after, never inside this call; a
   * time that has passed means as soon as the event loop turns. Returns what
   * cancels it.
   */
  schedule(task: () => void, at: number): () => void;
  /** May be seeded: jitter, fault rules. */
  readonly random: RandomSource;
  /** Must be unpredictable outside a simulation: initial sequence numbers, ports, hash keys. */
  readonly secureRandom: RandomSource;
}

/** Runtime over what every JavaScript engine with a network has: `performance`, timers, `crypto`. */
export function webRuntime(): Runtime {
  const secureRandom = new CryptoRandom();
  return {
    now: () => performance.now(),
    schedule: scheduleOnEventLoop,
    random: secureRandom,
    secureRandom,
  };
}

/** Longest delay `setTimeout` takes; later deadlines are asked for again. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

function scheduleOnEventLoop(task: () => void, at: number): () => void {
  const delay = at - performance.now();
  if (delay <= 0) return soon(task);
  // Timers count whole milliseconds and may fire early by a fraction of one.
  let timer = setTimeout(run, Math.min(Math.ceil(delay), MAX_TIMEOUT_MS));
  function run(): void {
    const left = at - performance.now();
    if (left <= 0) task();
    else timer = setTimeout(run, Math.min(Math.ceil(left), MAX_TIMEOUT_MS));
  }
  return () => clearTimeout(timer);
}

/** The next turn of the event loop, without the clamp that `setTimeout(0)` has. */
function soon(task: () => void): () => void {
  if (typeof setImmediate === "function") {
    const immediate = setImmediate(task);
    return () => clearImmediate(immediate);
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(null);
  return () => port1.close();
}

// Node has the first pair, browsers the second class, and neither's types know the other's.
declare const setImmediate: ((task: () => void) => object) | undefined;
declare const clearImmediate: (immediate: object) => void;
declare const MessageChannel: new () => {
  readonly port1: { onmessage: (() => void) | null; close(): void };
  readonly port2: { postMessage(message: null): void };
};

/** The platform's cryptographic generator, drawn in blocks since each call costs a microsecond. */
class CryptoRandom implements RandomSource {
  readonly #words = new Int32Array(256);
  #next = this.#words.length;

  int32(): number {
    if (this.#next === this.#words.length) {
      crypto.getRandomValues(this.#words);
      this.#next = 0;
    }
    const word = this.#words[this.#next] as number;
    // A word is used once: what was handed out must not be read again later.
    this.#words[this.#next++] = 0;
    return word;
  }
}

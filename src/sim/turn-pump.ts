import { webRuntime } from "../api/runtime.ts";

/**
 * Calls `step` once per turn of the real event loop until it returns false.
 *
 * Application code in a simulation waits on promises, and only the end of a
 * turn proves that every reaction to one, however long the chain, has run: a
 * fixed number of `await null` proves nothing. A turn costs 0.7 µs in Node
 * when asked for one by one, most of it a look at the kernel for I/O, and a
 * fifth of that when several are asked for at once; each still begins with no
 * reaction left over.
 */
export function pumpTurns(step: () => boolean, batch: number = TURNS_AT_ONCE): Promise<void> {
  const { schedule } = webRuntime();
  return new Promise((resolve, reject) => {
    let left = 0;
    let ended = false;
    const turn = (): void => {
      left--;
      if (ended) return;
      try {
        ended = !step();
      } catch (error) {
        ended = true;
        reject(error as Error);
      }
      if (ended) resolve();
      else if (left === 0) ask();
    };
    const ask = (): void => {
      left = batch;
      for (let i = 0; i < batch; i++) schedule(turn, 0);
    };
    ask();
  });
}

const TURNS_AT_ONCE = 16;

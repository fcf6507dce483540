import type { PollEntry, Process } from "../socket/process.ts";
import type { Waiter } from "../socket/wait-queue.ts";
import type { Runtime } from "./runtime.ts";

export interface PollOptions {
  readonly signal?: AbortSignal;
}

/**
 * `poll(2)`: resolves to the number of entries with something to report, whose
 * `revents` are filled in; 0 when `timeoutMs` has passed (negative: never).
 */
export function pollWaiting(
  process: Process,
  runtime: Runtime,
  entries: readonly PollEntry[],
  timeoutMs: number,
  { signal }: PollOptions,
): Promise<number> {
  const ready = process.poll(entries);
  if (ready > 0 || timeoutMs === 0) return Promise.resolve(ready);
  return new Promise((resolve, reject) => {
    const watched = entries.flatMap((entry) => {
      const description = process.description(entry.fd);
      if (description === null) return [];
      const waiter: Waiter = { interest: entry.events, handleReady: () => look() };
      description.waiters.add(waiter);
      return [() => description.waiters.remove(waiter)];
    });
    const stop = (): void => {
      cancelTimer();
      signal?.removeEventListener("abort", abort);
      for (const unwatch of watched) unwatch();
    };
    const finish = (count: number): void => {
      stop();
      resolve(count);
    };
    const look = (): void => {
      const count = process.poll(entries);
      if (count > 0) finish(count);
    };
    const abort = (): void => {
      stop();
      reject(signal?.reason);
    };
    const cancelTimer =
      timeoutMs < 0
        ? () => {}
        : runtime.schedule(() => finish(process.poll(entries)), runtime.now() + timeoutMs);
    signal?.addEventListener("abort", abort);
  });
}

/** The signals by which a user or a supervisor ends a program. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Exit status of a program ended by a signal, as shells count it. */
const SIGNALLED = 128 + 2;

/**
 * Aborts at the first Ctrl-C (or SIGTERM, SIGHUP, or when nobody reads our
 * output any more), so that the command ends in good order; a second signal
 * ends the process at once.
 */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(SIGNALLED);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  process.stdout.on("error", () => {
    if (!controller.signal.aborted) controller.abort();
  });
  return controller.signal;
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Resolves after `ms`, or at once when `signal` is aborted; true when the time passed. */
export function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve(false);
      return;
    }
    const wake = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", wake);
      resolve(true);
    }, ms);
    signal?.addEventListener("abort", wake, { once: true });
  });
}

/** Whatever happens first: the outcome of `promise`, or the abort of `signal`. */
export function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

import { Errno } from "../base/errno.ts";
import { POLLNVAL } from "../socket/constants.ts";
import type { OpenDescription } from "../socket/open-description.ts";
import type { Waiter } from "../socket/wait-queue.ts";
import type { Runtime } from "./runtime.ts";

/** How a call may be cut short. */
export interface WaitOptions {
  /** Rejects the call with the signal's reason. What was transferred by then stays transferred. */
  readonly signal?: AbortSignal;
  /**
   * Longest wait, in milliseconds, instead of the socket's SO_RCVTIMEO or
   * SO_SNDTIMEO, and with the same errors: EAGAIN, of connect EINPROGRESS.
   */
  readonly timeoutMs?: number;
}

/** A call that waits its turn. */
export interface WaitingCall {
  /** The descriptor it came through, which may be closed under it. */
  isOpen(): boolean;
  /** Tries: −EAGAIN to wait on, else what the call comes to. */
  attempt(): number;
  /** What it comes to when the time is up. */
  expire(): number;
}

interface Place {
  readonly call: WaitingCall;
  readonly settle: (result: number) => void;
}

/**
 * The calls that wait on one description to read, or to write: in the order of
 * their arrival, so that none is overtaken.
 */
export class WaitingLine implements Waiter {
  readonly interest: number;
  readonly #description: OpenDescription;
  readonly #runtime: Runtime;
  #places: Place[] = [];
  #isServing = false;

  constructor(description: OpenDescription, interest: number, runtime: Runtime) {
    this.#description = description;
    this.interest = interest;
    this.#runtime = runtime;
  }

  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** Resolves to what `call` comes to: a result, or a negative errno; rejects only when aborted. */
  join(call: WaitingCall, timeoutMs: number, signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        cancelTimer();
        signal?.removeEventListener("abort", abort);
        this.#leave(place);
      };
      const place: Place = {
        call,
        settle: (result) => {
          leave();
          resolve(result);
        },
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const cancelTimer = this.#startTimer(() => place.settle(call.expire()), timeoutMs);
      signal?.addEventListener("abort", abort);
      if (this.isEmpty) this.#description.waiters.add(this);
      this.#places.push(place);
    });
  }

  handleReady(mask: number): void {
    if ((mask & POLLNVAL) !== 0) this.#dismissClosed();
    // An attempt may change the socket's state, and so be the reason for another wake.
    if (this.#isServing) return;
    this.#isServing = true;
    this.#serve();
    this.#isServing = false;
  }

  #serve(): void {
    for (let first = this.#places[0]; first !== undefined; first = this.#places[0]) {
      const result = first.call.attempt();
      if (result === -Errno.EAGAIN) return;
      first.settle(result);
    }
  }

  #dismissClosed(): void {
    for (const place of [...this.#places]) {
      if (!place.call.isOpen()) place.settle(-Errno.EBADF);
    }
  }

  #leave(place: Place): void {
    this.#places = this.#places.filter((other) => other !== place);
    if (this.isEmpty) this.#description.waiters.remove(this);
  }

  #startTimer(task: () => void, timeoutMs: number): () => void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return () => {};
    return this.#runtime.schedule(task, this.#runtime.now() + timeoutMs);
  }
}

import { POLLERR, POLLHUP, POLLNVAL } from "./constants.ts";

/** Somebody who waits for readiness. */
export interface Waiter {
  /** POLL* bits that are worth a call. POLLERR, POLLHUP and POLLNVAL (a descriptor was closed) always are. */
  readonly interest: number;
  /** `mask` is the readiness now. May add and remove waiters, and call the stack. */
  handleReady(mask: number): void;
}

/**
 * Who waits on one open description. Level-triggered: a wake says "look
 * again", and it is told again as long as the state lasts and something
 * happens. In the order of arrival, so that nobody starves.
 */
export class WaitQueue {
  #waiters: Waiter[] = [];

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  remove(waiter: Waiter): void {
    const index = this.#waiters.indexOf(waiter);
    // A new array, because a wake may be going over the old one.
    if (index >= 0) this.#waiters = this.#waiters.toSpliced(index, 1);
  }

  /** Tells everyone whose interest meets `mask`. */
  wake(mask: number): void {
    const waiters = this.#waiters;
    for (const waiter of waiters) {
      if (((waiter.interest | ALWAYS) & mask) !== 0) waiter.handleReady(mask);
    }
  }
}

const ALWAYS = POLLERR | POLLHUP | POLLNVAL;

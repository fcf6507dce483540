/**
 * The timers of a connection; delayed ACK and keep-alive know their own
 * deadlines. What expiry means stands in timers.ts.
 */
export const Timer = {
  /** The oldest unacknowledged segment is taken for lost (RFC 6298 §5). Never armed together with PERSIST. */
  RETRANSMIT: 0,
  /** The peer's window is asked for (RFC 9293 §3.8.6.1), or what was held back leaves all the same (SWS-4). */
  PERSIST: 1,
  /** 2 MSL are over, or an orphan has waited long enough for the peer's FIN. */
  LINGER: 2,
  /** A segment is late and will be taken for lost (RFC 8985 §6.2). Never armed together with RETRANSMIT. */
  REORDERING: 3,
} as const;

export type Timer = (typeof Timer)[keyof typeof Timer];

/**
 * Deadlines by timer, in the caller's milliseconds; Infinity is "not armed".
 * Nothing fires by itself: the owner asks `next` and `isExpired`.
 */
export class TimerTable {
  readonly #deadlines: number[] = [...NONE_ARMED];
  #next: number = Infinity;

  set(timer: Timer, at: number): void {
    const before = this.#deadlines[timer]!;
    this.#deadlines[timer] = at;
    if (at <= this.#next) this.#next = at;
    else if (before === this.#next) this.#next = Math.min(...this.#deadlines);
  }

  stop(timer: Timer): void {
    if (this.isArmed(timer)) this.set(timer, Infinity);
  }

  stopAll(): void {
    this.#deadlines.fill(Infinity);
    this.#next = Infinity;
  }

  isArmed(timer: Timer): boolean {
    return this.#deadlines[timer]! !== Infinity;
  }

  /** When `timer` expires; Infinity when it is not armed. */
  at(timer: Timer): number {
    return this.#deadlines[timer]!;
  }

  /** Whether `timer` is due; it stays armed. */
  isExpired(timer: Timer, now: number): boolean {
    return this.#deadlines[timer]! <= now;
  }

  /** Earliest deadline, Infinity when none is armed. */
  get next(): number {
    return this.#next;
  }
}

const NONE_ARMED: readonly number[] = [Infinity, Infinity, Infinity, Infinity];

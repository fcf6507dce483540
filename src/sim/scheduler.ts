/** A task that waits for its time. Held by the caller only to cancel it. */
export interface ScheduledTask {
  readonly at: number;
  /** Order of scheduling, which decides between equal times: the order is total. */
  readonly sequence: number;
  readonly task: () => void;
  /** Place in the heap; −1 once run or cancelled. */
  place: number;
}

/**
 * Tasks in virtual time: a binary heap ordered by (time, order of scheduling).
 * Cancelled tasks leave at once, so that timers which are moved with every
 * packet do not pile up.
 */
export class Scheduler {
  readonly #heap: ScheduledTask[] = [];
  #sequence = 0;

  get length(): number {
    return this.#heap.length;
  }

  /** Time of the next task; Infinity when there is none. */
  get nextTime(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Number that the next task to be scheduled will get. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether the next task is due at `now` and was scheduled before number `sequence`. */
  isDue(now: number, sequence: number): boolean {
    const next = this.#heap[0];
    return next !== undefined && next.at <= now && next.sequence < sequence;
  }

  schedule(task: () => void, at: number): ScheduledTask {
    const scheduled: ScheduledTask = {
      at,
      sequence: this.#sequence++,
      task,
      place: this.#heap.length,
    };
    this.#heap.push(scheduled);
    this.#up(scheduled);
    return scheduled;
  }

  cancel(scheduled: ScheduledTask): void {
    const { place } = scheduled;
    if (place < 0) return;
    scheduled.place = -1;
    const last = this.#heap.pop() as ScheduledTask;
    if (last === scheduled) return;
    last.place = place;
    this.#heap[place] = last;
    this.#up(last);
    this.#down(last);
  }

  /** Takes out the next task; null when there is none. */
  shift(): ScheduledTask | null {
    const first = this.#heap[0];
    if (first === undefined) return null;
    this.cancel(first);
    return first;
  }

  clear(): void {
    for (const scheduled of this.#heap) scheduled.place = -1;
    this.#heap.length = 0;
  }

  #up(scheduled: ScheduledTask): void {
    const heap = this.#heap;
    let { place } = scheduled;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as ScheduledTask;
      if (!isBefore(scheduled, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = scheduled;
    scheduled.place = place;
  }

  #down(scheduled: ScheduledTask): void {
    const heap = this.#heap;
    const { length } = heap;
    let { place } = scheduled;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (
        below + 1 < length &&
        isBefore(heap[below + 1] as ScheduledTask, heap[below] as ScheduledTask)
      )
        below++;
      const child = heap[below] as ScheduledTask;
      if (!isBefore(child, scheduled)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = scheduled;
    scheduled.place = place;
  }
}

function isBefore(a: ScheduledTask, b: ScheduledTask): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** What has a deadline. The queue keeps its own two numbers in it, so that moving a deadline allocates nothing. */
export interface Timed {
  /** Deadline as the queue knows it; ms. Owned by the queue. */
  queuedAt: number;
  /** Position in the heap, −1 when absent. Owned by the queue. */
  queueIndex: number;
}

/**
 * The deadlines of one host: a binary heap with positions, so that a deadline
 * moves in O(log n) without garbage.
 *
 * Deadlines of TCP move later with nearly every segment. Moving later is
 * therefore lazy: the entry stays where it is and is sorted in again when it
 * comes up, at most once for each time it would have fired.
 */
export class TimerQueue<T extends Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** Earliest deadline known, Infinity when none. May be earlier than the entry's true one, never later. */
  get next(): number {
    return this.#heap[0]?.queuedAt ?? Number.POSITIVE_INFINITY;
  }

  /** Puts `item` at `deadline`; Infinity takes it out. */
  set(item: T, deadline: number): void {
    if (item.queueIndex < 0) {
      if (deadline === Number.POSITIVE_INFINITY) return;
      item.queuedAt = deadline;
      item.queueIndex = this.#heap.length;
      this.#heap.push(item);
      this.#siftUp(item.queueIndex);
    } else if (deadline < item.queuedAt) {
      item.queuedAt = deadline;
      this.#siftUp(item.queueIndex);
    }
  }

  /** Takes `item` out for good. */
  delete(item: T): void {
    const index = item.queueIndex;
    if (index < 0) return;
    item.queueIndex = -1;
    const last = this.#heap.pop() as T;
    if (last === item) return;
    this.#place(last, index);
    this.#siftUp(index);
    this.#siftDown(last.queueIndex);
  }

  /** Takes out and returns an entry whose queued deadline is not after `now`, or null. */
  popExpired(now: number): T | null {
    const first = this.#heap[0];
    if (first === undefined || first.queuedAt > now) return null;
    this.delete(first);
    return first;
  }

  #place(item: T, index: number): void {
    this.#heap[index] = item;
    item.queueIndex = index;
  }

  #siftUp(from: number): void {
    const item = this.#heap[from] as T;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as T;
      if (parent.queuedAt <= item.queuedAt) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(item, index);
  }

  #siftDown(from: number): void {
    const item = this.#heap[from] as T;
    const count = this.#heap.length;
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= count) break;
      const right = this.#heap[childIndex + 1];
      if (right !== undefined && right.queuedAt < (this.#heap[childIndex] as T).queuedAt)
        childIndex++;
      const child = this.#heap[childIndex] as T;
      if (child.queuedAt >= item.queuedAt) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(item, index);
  }
}

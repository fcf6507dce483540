/** What the order keeps in each record `T`. */
export interface Ordered<T> {
  /** When it was last sent, ms. */
  sentAt: number;
  sentPrevious: T | null;
  sentNext: T | null;
  isInOrder: boolean;
}

/**
 * The segments in the network in the order they were last sent in, which is
 * what RACK judges by (RFC 8985 §6.2). A list through the records themselves,
 * so it costs no memory of its own; sending, delivery and loss each move one
 * record.
 */
export class SentOrder<T extends Ordered<T>> {
  #first: T | null = null;
  #last: T | null = null;

  /** The one sent longest ago, or null. `sentNext` leads on from it. */
  get first(): T | null {
    return this.#first;
  }

  /** Puts `record` where its time belongs: nearly always at the end. */
  insert(record: T): void {
    let before = this.#last;
    while (before !== null && before.sentAt > record.sentAt) before = before.sentPrevious;
    this.insertAfter(before, record);
  }

  /** Puts `record` behind `before`, or in front of all for null. */
  insertAfter(before: T | null, record: T): void {
    const next = before === null ? this.#first : before.sentNext;
    record.sentPrevious = before;
    record.sentNext = next;
    record.isInOrder = true;
    if (before === null) this.#first = record;
    else before.sentNext = record;
    if (next === null) this.#last = record;
    else next.sentPrevious = record;
  }

  /** Takes `record` out, if it is in. */
  remove(record: T): void {
    if (!record.isInOrder) return;
    const { sentPrevious, sentNext } = record;
    if (sentPrevious === null) this.#first = sentNext;
    else sentPrevious.sentNext = sentNext;
    if (sentNext === null) this.#last = sentPrevious;
    else sentNext.sentPrevious = sentPrevious;
    record.sentPrevious = null;
    record.sentNext = null;
    record.isInOrder = false;
  }
}

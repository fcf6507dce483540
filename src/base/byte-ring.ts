import { assert } from "./assert.ts";
import type { StoragePool } from "./storage-pool.ts";

/**
 * Octets kept by absolute position, a number modulo 2³² (a TCP sequence number
 * is one). The storage is a power of two, so that position and index differ by
 * one mask; it does not exist before the first write, doubles as it fills, and
 * `releaseStorage` gives it back. The ring does not know which octets are
 * meaningful: its owner does, and reads only what it wrote.
 */
export class ByteRing {
  /** Most octets between `first` and the end of the last write. Storage is at most the next power of two. */
  limit: number;
  readonly #pool: StoragePool | null;
  #storage: Uint8Array = NO_STORAGE;
  #first = 0;
  /** Octets that were in use at once since the storage was taken: what it will probably need next time. */
  #highest = 0;

  /** With a pool, storage comes from there and goes back there. */
  constructor(limit: number, pool: StoragePool | null = null) {
    assert(limit >= 0 && limit <= MAX_LIMIT, "a ring holds 0 to 2³⁰ octets");
    this.limit = limit;
    this.#pool = pool;
  }

  /** Lowest position that is still of use. Everything below it may be overwritten. */
  get first(): number {
    return this.#first;
  }

  /** Octets of memory now held. */
  get storageOctets(): number {
    return this.#storage.length;
  }

  /** Forgets everything and begins anew at `position`. */
  start(position: number): void {
    this.#first = position | 0;
    this.releaseStorage();
  }

  /** Everything below `position` is no longer of use. */
  advanceTo(position: number): void {
    this.#first = position | 0;
  }

  /**
   * Stores `bytes[from, to)` at `position`, which must not lie below `first`.
   * False, with nothing stored, when the octets would reach past the limit.
   */
  write(position: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    const offset = (position - this.#first) | 0;
    if (offset < 0 || offset + length > this.limit) return false;
    if (length === 0) return true;
    if (offset + length > this.#storage.length) this.#grow(offset + length);
    if (offset + length > this.#highest) this.#highest = offset + length;
    const storage = this.#storage;
    const at = position & (storage.length - 1);
    const head = Math.min(length, storage.length - at);
    copyOctets(bytes, from, storage, at, head);
    if (head < length) copyOctets(bytes, from + head, storage, 0, length - head);
    return true;
  }

  /** Copies `length` octets that were written at `position` to `into[at, …)`. */
  read(position: number, into: Uint8Array, at: number, length: number): void {
    if (length === 0) return;
    const storage = this.#storage;
    const offset = (position - this.#first) | 0;
    assert(offset >= 0 && offset + length <= storage.length, "what is read was written");
    const index = position & (storage.length - 1);
    const head = Math.min(length, storage.length - index);
    copyOctets(storage, index, into, at, head);
    if (head < length) copyOctets(storage, 0, into, at + head, length - head);
  }

  /** Gives the memory back; the next write allocates anew. */
  releaseStorage(): void {
    this.#pool?.give(this.#storage);
    this.#storage = NO_STORAGE;
  }

  #grow(octets: number): void {
    const old = this.#storage;
    const expected = old.length === 0 && this.#pool !== null ? this.#highest : 0;
    let size = Math.max(old.length * 2, MIN_STORAGE);
    while (size < octets || size < expected) size *= 2;
    if (old.length === 0) this.#highest = 0;
    const grown = this.#pool?.take(size) ?? new Uint8Array(size);
    // Whatever may be in use lies in [first, first + old.length): at most two stretches of the old
    // storage, and at most two places in the new one.
    let position = this.#first;
    let left = old.length;
    while (left > 0) {
      const from = position & (old.length - 1);
      const at = position & (size - 1);
      const stretch = Math.min(left, old.length - from, size - at);
      copyOctets(old, from, grown, at, stretch);
      position = (position + stretch) | 0;
      left -= stretch;
    }
    this.#pool?.give(old);
    this.#storage = grown;
  }
}

const NO_STORAGE: Uint8Array = new Uint8Array(0);
const MIN_STORAGE = 2048;
const MAX_LIMIT = 2 ** 30;
/** Up to here a loop is quicker than the view object that `set` needs. */
const SHORT_COPY = 32;

function copyOctets(
  source: Uint8Array,
  from: number,
  into: Uint8Array,
  at: number,
  length: number,
): void {
  if (length <= SHORT_COPY) {
    for (let i = 0; i < length; i++) into[at + i] = source[from + i] as number;
    return;
  }
  const whole = from === 0 && length === source.length;
  into.set(whole ? source : source.subarray(from, from + length), at);
}

import { assert } from "./assert.ts";

/**
 * Blocks of memory out of use, by size. Queues that fill and drain many times a
 * second take their storage here and give it back: a new block would have to
 * be cleared, and touched for the first time, each time. What a block held
 * before is still in it, so a taker reads only what it wrote.
 */
export class StoragePool {
  readonly #limit: number;
  /** By the logarithm of the size. */
  readonly #free: Uint8Array[][] = [];
  #heldOctets = 0;

  /** Keeps `limitOctets` at most; blocks beyond are left to the garbage collector. */
  constructor(limitOctets: number = DEFAULT_LIMIT) {
    this.#limit = limitOctets;
  }

  /** Octets of the blocks that wait for use. */
  get heldOctets(): number {
    return this.#heldOctets;
  }

  /** A block of `size` octets, a power of two. */
  take(size: number): Uint8Array {
    assert(size > 0 && (size & (size - 1)) === 0, "blocks are powers of two");
    const block = this.#free[Math.log2(size)]?.pop();
    if (block === undefined) return new Uint8Array(size);
    this.#heldOctets -= size;
    return block;
  }

  /** Takes a block back; the giver must not use it again. */
  give(block: Uint8Array): void {
    const size = block.length;
    if (size === 0 || this.#heldOctets + size > this.#limit) return;
    const index = Math.log2(size);
    while (this.#free.length <= index) this.#free.push([]);
    this.#free[index]?.push(block);
    this.#heldOctets += size;
  }
}

const DEFAULT_LIMIT = 32 << 20;

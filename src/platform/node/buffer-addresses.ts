/** Positions with a ready-made address. Frames start in the headroom of a packet, which is less. */
const READY = 256;

/**
 * Finds the machine address of a position in a buffer without making garbage:
 * buffers are few and used again and again, and frames start at few positions,
 * so each buffer gets a table of BigInts once.
 *
 * Sound because an `ArrayBuffer` does not move, and whoever passes `bytes`
 * keeps it alive during the call. (A buffer in WebAssembly memory must be a
 * new `Uint8Array` after that memory has grown; JavaScript demands it anyhow.)
 */
export class BufferAddresses {
  readonly #addressOf: (bytes: Uint8Array) => bigint;
  readonly #tables = new WeakMap<Uint8Array, bigint[]>();
  #lastBytes: Uint8Array | null = null;
  #lastTable: bigint[] = [];

  constructor(addressOf: (bytes: Uint8Array) => bigint) {
    this.#addressOf = addressOf;
  }

  /** Address of `bytes[at]`; `at` ≥ 0. */
  of(bytes: Uint8Array, at: number): bigint {
    if (bytes !== this.#lastBytes) this.#turnTo(bytes);
    return this.#lastTable[at] ?? this.#addressOf(bytes) + BigInt(at);
  }

  #turnTo(bytes: Uint8Array): void {
    let table = this.#tables.get(bytes);
    if (table === undefined) {
      const base = this.#addressOf(bytes);
      table = Array.from({ length: READY }, (_, at) => base + BigInt(at));
      this.#tables.set(bytes, table);
    }
    this.#lastBytes = bytes;
    this.#lastTable = table;
  }
}

import type { IpAddress } from "../base/ip-address.ts";
import type { Neighbor } from "./neighbor.ts";

/** Chains, a power of two; the cache bounds what they hold. */
const CHAINS = 256;

/**
 * Neighbours by address: a hash table with chains, since every packet that is
 * sent looks here and a `Map` would want a string as its key. Seeded, so that
 * nobody can choose addresses that share a chain.
 */
export class NeighborTable {
  readonly #chains: (Neighbor | null)[] = new Array<Neighbor | null>(CHAINS).fill(null);
  readonly #seed: number;
  #size = 0;
  /** Packets come in runs to one neighbour. */
  #last: Neighbor | null = null;

  constructor(seed: number) {
    this.#seed = seed | 1;
  }

  get size(): number {
    return this.#size;
  }

  find(address: IpAddress): Neighbor | null {
    const last = this.#last;
    if (last !== null && (last.address === address || last.address.equals(address))) return last;
    let neighbor = this.#chains[this.#chainOf(address)] ?? null;
    while (neighbor !== null && !neighbor.address.equals(address)) neighbor = neighbor.nextInChain;
    if (neighbor !== null) this.#last = neighbor;
    return neighbor;
  }

  /** Adds one whose address is not there yet. */
  add(neighbor: Neighbor): void {
    const chain = this.#chainOf(neighbor.address);
    neighbor.nextInChain = this.#chains[chain] ?? null;
    this.#chains[chain] = neighbor;
    this.#size++;
  }

  remove(neighbor: Neighbor): void {
    if (this.#last === neighbor) this.#last = null;
    const chain = this.#chainOf(neighbor.address);
    let link = this.#chains[chain] ?? null;
    if (link === neighbor) {
      this.#chains[chain] = neighbor.nextInChain;
      this.#size--;
      return;
    }
    while (link !== null && link.nextInChain !== neighbor) link = link.nextInChain;
    if (link === null) return;
    link.nextInChain = neighbor.nextInChain;
    this.#size--;
  }

  *values(): Generator<Neighbor> {
    for (const head of this.#chains) {
      for (let neighbor: Neighbor | null = head; neighbor !== null; ) {
        const next: Neighbor | null = neighbor.nextInChain;
        yield neighbor;
        neighbor = next;
      }
    }
  }

  #chainOf({ a, b, c, d }: IpAddress): number {
    let hash = this.#seed;
    hash = Math.imul(hash ^ a, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0xc2b2ae3d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ d, 0x27d4eb2f);
    return (hash ^ (hash >>> 15)) & (CHAINS - 1);
  }
}

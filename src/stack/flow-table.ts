import type { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What the table needs of its entries: the 4-tuple, and a place to keep its hash. */
export interface FlowEntry {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** Owned by the table. */
  hash: number;
}

const INITIAL_SLOTS = 64;

/**
 * Flows by 4-tuple: open addressing with linear probing, a power of two of
 * slots at most half full, and deletion that shifts back, so that nothing
 * degrades with age.
 *
 * The hash multiplies every word of the tuple with a secret odd number of its
 * own: who does not know them cannot choose tuples that collide.
 */
export class FlowTable<T extends FlowEntry> {
  readonly #keys = new Int32Array(10);
  #slots: (T | undefined)[] = new Array(INITIAL_SLOTS).fill(undefined);
  #count = 0;

  constructor(secureRandom: RandomSource) {
    for (let i = 0; i < this.#keys.length; i++) this.#keys[i] = secureRandom.int32() | 1;
  }

  get size(): number {
    return this.#count;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const entry of [...this.#slots]) if (entry !== undefined) yield entry;
  }

  /** The flow that a received packet belongs to. Ports come from its transport header. */
  findPacket(packet: PacketBuffer, localPort: number, remotePort: number): T | null {
    const ports = (localPort << 16) | remotePort;
    let hash = this.#mix(0, ports);
    hash = this.#hashAddress(
      hash,
      1,
      packet.destinationA,
      packet.destinationB,
      packet.destinationC,
      packet.destinationD,
    );
    hash = this.#hashAddress(
      hash,
      5,
      packet.sourceA,
      packet.sourceB,
      packet.sourceC,
      packet.sourceD,
    );
    hash = finish(hash);
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.#slots[at];
      if (entry === undefined) return null;
      if (
        entry.hash === hash &&
        entry.localPort === localPort &&
        entry.remotePort === remotePort &&
        isSource(packet, entry.remoteAddress) &&
        isDestination(packet, entry.localAddress)
      ) {
        return entry;
      }
    }
  }

  find(tuple: Omit<FlowEntry, "hash">): T | null {
    const hash = this.#hashTuple(tuple);
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.#slots[at];
      if (entry === undefined) return null;
      if (entry.hash === hash && isSameTuple(entry, tuple)) return entry;
    }
  }

  /** Adds an entry whose tuple is not in the table yet. */
  insert(entry: T): void {
    if ((this.#count + 1) * 2 > this.#slots.length) this.#resize(this.#slots.length * 2);
    entry.hash = this.#hashTuple(entry);
    this.#put(entry);
    this.#count++;
  }

  /** Removes an entry; false when it is not here. */
  delete(entry: T): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = entry.hash & mask;
    while (slots[hole] !== entry) {
      if (slots[hole] === undefined) return false;
      hole = (hole + 1) & mask;
    }
    // Entries that probing pushed past the hole move back into it.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const candidate = slots[at];
      if (candidate === undefined) break;
      const home = candidate.hash & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = candidate;
      hole = at;
    }
    slots[hole] = undefined;
    this.#count--;
    if (slots.length > INITIAL_SLOTS && this.#count * 8 < slots.length) {
      this.#resize(slots.length / 2);
    }
    return true;
  }

  #put(entry: T): void {
    const mask = this.#slots.length - 1;
    let at = entry.hash & mask;
    while (this.#slots[at] !== undefined) at = (at + 1) & mask;
    this.#slots[at] = entry;
  }

  #resize(length: number): void {
    const old = this.#slots;
    this.#slots = new Array(length).fill(undefined);
    for (const entry of old) if (entry !== undefined) this.#put(entry);
  }

  #hashTuple({ localAddress, localPort, remoteAddress, remotePort }: Omit<FlowEntry, "hash">) {
    const { a, b, c, d } = localAddress;
    let hash = this.#hashAddress(this.#mix(0, (localPort << 16) | remotePort), 1, a, b, c, d);
    const remote = remoteAddress;
    hash = this.#hashAddress(hash, 5, remote.a, remote.b, remote.c, remote.d);
    return finish(hash);
  }

  #mix(key: number, word: number): number {
    return Math.imul(word ^ (this.#keys[9] as number), this.#keys[key] as number);
  }

  #hashAddress(hash: number, key: number, a: number, b: number, c: number, d: number): number {
    const keys = this.#keys;
    return (
      (hash +
        Math.imul(a, keys[key] as number) +
        Math.imul(b, keys[key + 1] as number) +
        Math.imul(c, keys[key + 2] as number) +
        Math.imul(d ^ (hash >>> 15), keys[key + 3] as number)) |
      0
    );
  }
}

/** Products carry their entropy in the high bits; slots are chosen by the low ones. */
function finish(hash: number): number {
  const folded = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return folded ^ (folded >>> 15);
}

function isSource(packet: PacketBuffer, { a, b, c, d }: IpAddress): boolean {
  return (
    packet.sourceD === d && packet.sourceC === c && packet.sourceB === b && packet.sourceA === a
  );
}

function isDestination(packet: PacketBuffer, { a, b, c, d }: IpAddress): boolean {
  return (
    packet.destinationD === d &&
    packet.destinationC === c &&
    packet.destinationB === b &&
    packet.destinationA === a
  );
}

function isSameTuple(a: Omit<FlowEntry, "hash">, b: Omit<FlowEntry, "hash">): boolean {
  return (
    a.localPort === b.localPort &&
    a.remotePort === b.remotePort &&
    a.remoteAddress.equals(b.remoteAddress) &&
    a.localAddress.equals(b.localAddress)
  );
}

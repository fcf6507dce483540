/**
 * Which port a MAC address was last seen on. Bounded the way switch chips do
 * it: a hash picks a set of 8 places, and a new address takes the place that
 * has not been heard of for longest. A flood of invented addresses costs
 * nothing but the flooding of frames whose entry it pushed out.
 */
export class MacTable {
  readonly #agingMs: number;
  readonly #sets: number;
  readonly #high: Int32Array;
  readonly #low: Int32Array;
  readonly #port: Int32Array;
  readonly #seen: Float64Array;

  /** There are twice `size` places, rounded up to a power of two, so that a set seldom overflows before. */
  constructor(size: number, agingMs: number) {
    let places = WAYS;
    while (places < size * 2) places *= 2;
    this.#agingMs = agingMs;
    this.#sets = places / WAYS;
    this.#high = new Int32Array(places);
    this.#low = new Int32Array(places);
    this.#port = new Int32Array(places).fill(NO_PORT);
    this.#seen = new Float64Array(places).fill(-Infinity);
  }

  /** Addresses that fit at most. */
  get places(): number {
    return this.#port.length;
  }

  /** Notes that the address (16 high bits, 32 low bits as int32) was heard on `port`. */
  learn(high: number, low: number, port: number, now: number): void {
    const from = this.#setOf(high, low);
    let oldest = from;
    for (let place = from; place < from + WAYS; place++) {
      if (this.#low[place] === low && this.#high[place] === high) {
        oldest = place;
        break;
      }
      if (this.#seen[place]! < this.#seen[oldest]!) oldest = place;
    }
    this.#high[oldest] = high;
    this.#low[oldest] = low;
    this.#port[oldest] = port;
    this.#seen[oldest] = now;
  }

  /** The port the address was heard on within the aging time, or −1. */
  find(high: number, low: number, now: number): number {
    const from = this.#setOf(high, low);
    for (let place = from; place < from + WAYS; place++) {
      if (this.#low[place] !== low || this.#high[place] !== high) continue;
      return now - this.#seen[place]! <= this.#agingMs ? this.#port[place]! : NO_PORT;
    }
    return NO_PORT;
  }

  /** Forgets every address of a port that is gone. */
  forgetPort(port: number): void {
    for (let place = 0; place < this.#port.length; place++) {
      if (this.#port[place] !== port) continue;
      this.#port[place] = NO_PORT;
      this.#seen[place] = -Infinity;
    }
  }

  #setOf(high: number, low: number): number {
    let hash = Math.imul(low ^ (high << 16), 0x9e3779b1);
    hash ^= hash >>> 15;
    return (hash & (this.#sets - 1)) * WAYS;
  }
}

const WAYS = 8;
const NO_PORT = -1;

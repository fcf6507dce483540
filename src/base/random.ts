/**
 * Randomness is injected, never fetched: one source that a simulation may
 * seed, one that must be unpredictable (initial sequence numbers, ports,
 * identifications, hash keys).
 */
export interface RandomSource {
  /** 32 uniform bits as an int32. */
  int32(): number;
}

/** A uniform number in `[0, 1)`. */
export function randomFraction(source: RandomSource): number {
  return (source.int32() >>> 0) / 0x100000000;
}

/** A uniform integer in `[0, bound)`; `bound` from 1 to 2³². */
export function randomBelow(source: RandomSource, bound: number): number {
  return Math.floor(randomFraction(source) * bound);
}

/** A uniform number in `[from, to)`. */
export function randomBetween(source: RandomSource, from: number, to: number): number {
  return from + randomFraction(source) * (to - from);
}

/** xoshiro128**: small, fast, seedable. For simulation and jitter, never for secrets. */
export class SeededRandom implements RandomSource {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    // splitmix32 spreads any seed, 0 included, over the four words.
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  int32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result | 0;
  }
}

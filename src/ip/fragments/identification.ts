import type { RandomSource } from "../../base/random.ts";
import { SipHash } from "../../base/siphash.ts";
import type { Path } from "../path.ts";

/** Destinations whose counter is remembered; beyond, the one made first is forgotten. */
const MAX_COUNTERS = 1024;

/**
 * Identifications of datagrams that may be fragmented: for each source,
 * destination and protocol a counter of its own that starts at random, so
 * that values do not repeat within a datagram's lifetime (RFC 6864 §4.3) and
 * nobody learns from those sent to him what others are sent (RFC 7739 §5.1).
 */
export class Identification {
  readonly #random: RandomSource;
  readonly #hash: SipHash;
  readonly #words = new Int32Array(9);
  /** By the hash of source, destination and protocol; two that collide share a counter. */
  readonly #counters = new Map<number, number>();

  constructor(secureRandom: RandomSource) {
    this.#random = secureRandom;
    this.#hash = new SipHash(Int32Array.from({ length: 4 }, () => secureRandom.int32()));
  }

  /**
   * The first of `count` consecutive values, as int32: IPv6 uses all 32 bits,
   * IPv4 the low 16.
   */
  next(
    { source, destination }: Pick<Path, "source" | "destination">,
    protocol: number,
    count = 1,
  ): number {
    const words = this.#words;
    words[0] = source.a;
    words[1] = source.b;
    words[2] = source.c;
    words[3] = source.d;
    words[4] = destination.a;
    words[5] = destination.b;
    words[6] = destination.c;
    words[7] = destination.d;
    words[8] = protocol;
    const key = this.#hash.hash(words);
    const value = this.#counters.get(key) ?? this.#open();
    this.#counters.set(key, (value + count) | 0);
    return value;
  }

  #open(): number {
    if (this.#counters.size >= MAX_COUNTERS) {
      for (const oldest of this.#counters.keys()) {
        this.#counters.delete(oldest);
        break;
      }
    }
    return this.#random.int32();
  }
}

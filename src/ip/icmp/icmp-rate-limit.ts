import { type RandomSource, randomBelow } from "../../base/random.ts";
import { SipHash } from "../../base/siphash.ts";
import type { PacketBuffer } from "../../wire/packet-buffer.ts";
import type { IpConfig } from "../config.ts";

/** Buckets for destinations; two that share one share its rate. Keyed, so that nobody can choose to. */
const PEER_BUCKETS = 256;

/**
 * Limits the ICMP errors this host sends, by token buckets (RFC 4443 §2.4(f),
 * RFC 1812 §4.3.2.8): for each destination, then for all. The limit for all is
 * asked last, and an error costs it a random number of tokens: a stranger who
 * counts answers to his own probes must not learn how many others got
 * (SAD DNS).
 */
export class IcmpRateLimit {
  readonly #config: IpConfig;
  readonly #random: RandomSource;
  readonly #hash: SipHash;
  readonly #words = new Int32Array(4);
  /** Tokens of each bucket, and when they were last counted. */
  readonly #peerTokens: Float64Array;
  readonly #peerTimes = new Float64Array(PEER_BUCKETS);
  #tokens: number;
  #time = 0;

  constructor(config: IpConfig, secureRandom: RandomSource) {
    this.#config = config;
    this.#random = secureRandom;
    this.#hash = new SipHash(Int32Array.from({ length: 4 }, () => secureRandom.int32()));
    this.#peerTokens = new Float64Array(PEER_BUCKETS).fill(config.icmpPeerBurst);
    this.#tokens = config.icmpErrorBurst;
  }

  /** Whether an error may go to the source of `packet` now; takes a token if so. */
  mayAnswer(packet: PacketBuffer, now: number): boolean {
    const { icmpPeerIntervalMs, icmpPeerBurst, icmpErrorsPerSecond, icmpErrorBurst } = this.#config;
    const bucket = this.#bucketOf(packet);
    const elapsed = now - this.#peerTimes[bucket]!;
    const earned = this.#peerTokens[bucket]! + elapsed / icmpPeerIntervalMs;
    this.#peerTimes[bucket] = now;
    this.#peerTokens[bucket] = Math.min(icmpPeerBurst, earned);
    this.#tokens += ((now - this.#time) * icmpErrorsPerSecond) / 1000;
    this.#tokens = Math.min(icmpErrorBurst, this.#tokens);
    this.#time = now;
    if (this.#peerTokens[bucket]! < 1) return false;
    if (this.#tokens < 1) return false;
    this.#peerTokens[bucket]! -= 1;
    // 0 to 2, on average 1, as Linux does since 5.10.
    this.#tokens -= randomBelow(this.#random, 3);
    return true;
  }

  #bucketOf(packet: PacketBuffer): number {
    const words = this.#words;
    words[0] = packet.sourceA;
    words[1] = packet.sourceB;
    words[2] = packet.sourceC;
    words[3] = packet.sourceD;
    return this.#hash.hash(words) & (PEER_BUCKETS - 1);
  }
}

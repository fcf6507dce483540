import { type RandomSource, randomFraction } from "../base/random.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What a link does to the frames of one direction. Probabilities are 0 … 1 per wire frame; all is 0 or off unless told. */
export interface LinkRules {
  readonly loss?: number;
  /** One bit of the frame is turned over, wherever it may be. */
  readonly corruption?: number;
  readonly duplication?: number;
  readonly delayMs?: number;
  /** Up to this much more delay, uniform. Order is kept: a queue on the way delays, it does not shuffle. */
  readonly jitterMs?: number;
  /** Frames held back for `reorderMs` more, so that later ones overtake. */
  readonly reordering?: number;
  /** 5 ms unless told. */
  readonly reorderMs?: number;
  /** Frames leave one after another at this rate, counted from the first octet handed in to the last. */
  readonly bitsPerSecond?: number;
  /** Frames that may wait for the rate, the one being sent included; 1000 unless told. More are lost. */
  readonly queuePackets?: number;
  /** Longer IP packets are lost without a word: a black hole for path MTU discovery. */
  readonly mtu?: number;
}

/** `pass`: no opinion, the next rule is asked. The others are answers, and the first one wins. */
export type Verdict = "pass" | "drop" | { readonly deliverAfter: number };

/** `transmit`: from the host to the link. */
export type LinkDirection = "transmit" | "receive";

/**
 * A rule of one's own, asked about each wire frame before `LinkRules`; what it
 * answers spares the frame everything that is random. The frame is borrowed.
 */
export type PacketRule = (packet: PacketBuffer, now: number, direction: LinkDirection) => Verdict;

/** What became of the wire frames of one direction. */
export interface LinkStats {
  passed: number;
  lost: number;
  /** No room in the queue before the rate, or in memory. */
  queueDrops: number;
  /** A `PacketRule` said so. */
  ruleDrops: number;
  tooLong: number;
  corrupted: number;
  duplicated: number;
  reordered: number;
}

export function newLinkStats(): LinkStats {
  return {
    passed: 0,
    lost: 0,
    queueDrops: 0,
    ruleDrops: 0,
    tooLong: 0,
    corrupted: 0,
    duplicated: 0,
    reordered: 0,
  };
}

/** `LinkShaper.judge`: the frame does not arrive. */
export const NOT_DELIVERED = -1;

/** Applies `LinkRules` to frames in the order they are sent: arithmetic and dice, no packets. */
export class LinkShaper {
  /** About the frame judged last. */
  corrupts = false;
  duplicates = false;
  /** Later frames may overtake it. */
  isHeldBack = false;
  readonly #rules: LinkRules;
  readonly #random: RandomSource;
  readonly #stats: LinkStats;
  readonly #millisecondsPerOctet: number;
  readonly #sending: SendingQueue;
  #lastArrival = 0;

  constructor(rules: LinkRules, random: RandomSource, stats: LinkStats) {
    this.#rules = rules;
    this.#random = random;
    this.#stats = stats;
    this.#millisecondsPerOctet = rules.bitsPerSecond === undefined ? 0 : 8000 / rules.bitsPerSecond;
    this.#sending = new SendingQueue(rules.queuePackets ?? DEFAULT_QUEUE_PACKETS);
  }

  /** When a frame sent at `now` arrives, or `NOT_DELIVERED`. `ipOctets` is its length without the link header. */
  judge(octets: number, ipOctets: number, now: number): number {
    const rules = this.#rules;
    this.isHeldBack = false;
    if (rules.mtu !== undefined && ipOctets > rules.mtu) {
      this.#stats.tooLong++;
      return NOT_DELIVERED;
    }
    if (this.#happens(rules.loss)) {
      this.#stats.lost++;
      return NOT_DELIVERED;
    }
    const sentAt = this.#millisecondsPerOctet === 0 ? now : this.#send(octets, now);
    if (sentAt === NOT_DELIVERED) return NOT_DELIVERED;
    this.corrupts = this.#happens(rules.corruption);
    this.duplicates = this.#happens(rules.duplication);
    return this.#arrival(sentAt);
  }

  /** Time at which the last octet is on the wire. */
  #send(octets: number, now: number): number {
    const sentAt = this.#sending.enter(now, octets * this.#millisecondsPerOctet);
    if (sentAt === NOT_DELIVERED) this.#stats.queueDrops++;
    return sentAt;
  }

  #arrival(sentAt: number): number {
    const { delayMs = 0, jitterMs = 0, reorderMs = DEFAULT_REORDER_MS } = this.#rules;
    let arrival = sentAt + delayMs;
    if (jitterMs > 0) arrival += jitterMs * randomFraction(this.#random);
    if (this.#happens(this.#rules.reordering)) {
      this.#stats.reordered++;
      this.isHeldBack = true;
      return arrival + reorderMs;
    }
    this.#lastArrival = Math.max(arrival, this.#lastArrival);
    return this.#lastArrival;
  }

  #happens(probability: number | undefined): boolean {
    if (probability === undefined || probability <= 0) return false;
    return randomFraction(this.#random) < probability;
  }
}

const DEFAULT_QUEUE_PACKETS = 1000;
const DEFAULT_REORDER_MS = 5;

/** The queue in front of a line with a rate: a ring of the times at which its frames will have left. */
class SendingQueue {
  readonly #departures: Float64Array;
  #head = 0;
  #length = 0;
  #free = 0;

  constructor(packets: number) {
    this.#departures = new Float64Array(Math.max(1, packets));
  }

  /** Time of departure of a frame that takes `duration` to send, or `NOT_DELIVERED` when the queue is full. */
  enter(now: number, duration: number): number {
    const departures = this.#departures;
    while (this.#length > 0 && departures[this.#head]! <= now) {
      this.#head = (this.#head + 1) % departures.length;
      this.#length--;
    }
    if (this.#length === departures.length) return NOT_DELIVERED;
    const departure = Math.max(now, this.#free) + duration;
    departures[(this.#head + this.#length) % departures.length] = departure;
    this.#length++;
    this.#free = departure;
    return departure;
  }
}

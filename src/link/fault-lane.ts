import { type RandomSource, randomBelow } from "../base/random.ts";
import { ETHERNET_HEADER_LENGTH } from "../wire/ethernet.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { DelayQueue } from "./delay-queue.ts";
import { copyFrame, type FrameQueueLimits, MAX_FRAME_OCTETS } from "./frame-queue.ts";
import {
  type LinkDirection,
  type LinkRules,
  LinkShaper,
  type LinkStats,
  NOT_DELIVERED,
  newLinkStats,
  type PacketRule,
} from "./link-rules.ts";
import { finishChecksum, Segmenter } from "./segmentation.ts";

/** Takes a frame on; false when it has no room. */
export type FrameOutlet = (frame: PacketBuffer) => boolean;

/**
 * One direction of a faulty link. Frames go in by `accept` and come out at the
 * outlet, at once or from `flush` when their time has come. A fault hits one
 * wire frame: super-segments are split on the way in.
 */
export class FaultLane {
  readonly stats: LinkStats = newLinkStats();
  readonly #direction: LinkDirection;
  readonly #linkHeader: number;
  readonly #random: RandomSource;
  readonly #outlet: FrameOutlet;
  readonly #queue: DelayQueue;
  readonly #segmenter: Segmenter;
  #packetRules: readonly PacketRule[] = [];
  #shaper: LinkShaper | null = null;
  /** Made on first need: a lane without rules costs nothing. */
  #segment: PacketBuffer | null = null;
  #damaged: PacketBuffer | null = null;
  /** The outlet refused the next frame; it says by a wake when to try again. */
  #blocked = false;

  constructor(parts: FaultLaneParts) {
    this.#direction = parts.direction;
    this.#linkHeader = parts.medium === "ethernet" ? ETHERNET_HEADER_LENGTH : 0;
    this.#random = parts.random;
    this.#outlet = parts.outlet;
    this.#queue = new DelayQueue(parts.limits);
    // Memory does not damage what it holds: checksums stay partial until a fault needs them whole.
    this.#segmenter = new Segmenter(parts.medium, true);
    this.setRules(parts.rules);
  }

  /** Whether frames can go past without a look. */
  get isIdle(): boolean {
    return this.#shaper === null && this.#packetRules.length === 0 && this.#queue.length === 0;
  }

  /** Whether the outlet had no room, and frames wait for it. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** When `flush` is next worth a call. */
  get headTime(): number {
    return this.#blocked ? Infinity : this.#queue.headTime;
  }

  setRules(rules: LinkRules | undefined): void {
    const none = rules === undefined || Object.values(rules).every((value) => value === undefined);
    this.#shaper = none ? null : new LinkShaper(rules, this.#random, this.stats);
  }

  install(rule: PacketRule): () => void {
    // A new array: rules may come and go while one of them is being asked.
    this.#packetRules = [...this.#packetRules, rule];
    return () => {
      this.#packetRules = this.#packetRules.filter((each) => each !== rule);
    };
  }

  /** Takes in a packet, whole or coalesced. What cannot be kept is dropped and counted. */
  accept(packet: PacketBuffer, now: number): void {
    if (packet.end - packet.start > MAX_FRAME_OCTETS) {
      this.stats.tooLong++;
      return;
    }
    if (packet.gsoSize === 0 || !this.#segmenter.begin(packet)) {
      this.#judge(packet, now);
      return;
    }
    this.#segment ??= new PacketBuffer();
    while (this.#segmenter.next(this.#segment)) this.#judge(this.#segment, now);
  }

  /** Hands on up to `budget` frames whose time has come; gives how many. Stops where the outlet has no room. */
  flush(now: number, budget: number): number {
    const queue = this.#queue;
    this.#blocked = false;
    let count = 0;
    while (count < budget && queue.headTime <= now) {
      const frame = queue.shift();
      const taken = this.#outlet(frame);
      if (!taken) {
        // Back to where it was: with its time long past it is the first again.
        queue.unshift(frame);
        this.#blocked = true;
        break;
      }
      queue.release(frame);
      this.stats.passed++;
      count++;
    }
    return count;
  }

  clear(): void {
    this.#queue.clear();
    this.#blocked = false;
  }

  #judge(frame: PacketBuffer, now: number): void {
    for (const rule of this.#packetRules) {
      const verdict = rule(frame, now, this.#direction);
      if (verdict === "pass") continue;
      if (verdict === "drop") this.stats.ruleDrops++;
      else this.#deliver(frame, now, now + Math.max(0, verdict.deliverAfter), true);
      return;
    }
    const shaper = this.#shaper;
    if (shaper === null) {
      this.#deliver(frame, now, now, false);
      return;
    }
    const octets = frame.end - frame.start;
    const arrival = shaper.judge(octets, octets - this.#linkHeader, now);
    if (arrival === NOT_DELIVERED) return;
    const { corrupts, duplicates, isHeldBack } = shaper;
    const arriving = corrupts ? this.#damage(frame) : frame;
    this.#deliver(arriving, now, arrival, isHeldBack);
    if (!duplicates) return;
    this.stats.duplicated++;
    this.#deliver(arriving, now, arrival, isHeldBack);
  }

  #deliver(frame: PacketBuffer, now: number, arrival: number, straggler: boolean): void {
    if (arrival <= now && this.#queue.headTime > now) {
      if (this.#outlet(frame)) {
        this.stats.passed++;
        return;
      }
      this.#blocked = true;
    }
    if (!this.#queue.push(frame, arrival, straggler)) this.stats.queueDrops++;
  }

  /** A copy with one bit turned over, after all checksums are whole: else nothing could tell. */
  #damage(frame: PacketBuffer): PacketBuffer {
    this.#damaged ??= new PacketBuffer();
    const copy = this.#damaged;
    copyFrame(frame, copy);
    finishChecksum(copy);
    copy.checksumVerified = false;
    const bit = randomBelow(this.#random, (copy.end - copy.start) * 8);
    const at = copy.start + (bit >> 3);
    copy.view.setUint8(at, copy.view.getUint8(at) ^ (1 << (bit & 7)));
    this.stats.corrupted++;
    return copy;
  }
}

export interface FaultLaneParts {
  readonly direction: LinkDirection;
  readonly medium: "ethernet" | "ip";
  readonly rules: LinkRules | undefined;
  readonly random: RandomSource;
  readonly limits: FrameQueueLimits;
  readonly outlet: FrameOutlet;
}

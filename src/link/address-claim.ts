import type { IpAddress } from "../base/ip-address.ts";
import { type RandomSource, randomBetween } from "../base/random.ts";

/** How an address is checked for uniqueness and made known. Times are milliseconds. */
export interface ClaimRules {
  /** Probes to send; 0 = the address is used at once. */
  readonly probes: number;
  /** The first probe waits at random up to so long, so that hosts do not start in step. */
  readonly probeWaitMs: number;
  /** The next come at random within these. */
  readonly probeMinMs: number;
  readonly probeMaxMs: number;
  /** From the last probe until the address is ours. */
  readonly announceWaitMs: number;
  readonly announcements: number;
  readonly announceIntervalMs: number;
  /**
   * When another node insists on an address in use: give it up (RFC 5227
   * §2.4(b)), or defend it for ever (§2.4(c)), so that two forged packets do
   * not take a host off the network.
   */
  readonly onInsistence: "give-up" | "defend";
}

/** RFC 5227 §1.1. */
export const ACD_RULES: ClaimRules = {
  probes: 3,
  probeWaitMs: 1000,
  probeMinMs: 1000,
  probeMaxMs: 2000,
  announceWaitMs: 2000,
  announcements: 2,
  announceIntervalMs: 2000,
  onInsistence: "give-up",
};

/** Used at once, announced and kept, as Linux does with IPv4 addresses. */
export const ANNOUNCE_ONLY_RULES: ClaimRules = {
  ...ACD_RULES,
  probes: 0,
  onInsistence: "defend",
};

/** RFC 4862 §5.1, with the unsolicited advertisement of RFC 9131 §6.1.2. */
export function dadRules(transmits: number, retransTimerMs: number): ClaimRules {
  return {
    probes: transmits,
    probeWaitMs: 1000,
    probeMinMs: retransTimerMs,
    probeMaxMs: retransTimerMs,
    announceWaitMs: retransTimerMs,
    announcements: 1,
    announceIntervalMs: retransTimerMs,
    onInsistence: "defend",
  };
}

/** What a claim asks for when its time has come. */
export type ClaimAction = "none" | "probe" | "assign" | "announce";

/** A conflict while in use is answered once in so long (RFC 5227 §1.1). */
const DEFEND_INTERVAL_MS = 10_000;

/**
 * The claim of one address, from the first probe to the last announcement:
 * address conflict detection (RFC 5227) and duplicate address detection
 * (RFC 4862 §5.4) differ in numbers and in the packets that are sent, not here.
 */
export class AddressClaim {
  readonly address: IpAddress;
  readonly rules: ClaimRules;
  /** Probes and announcements still to come. */
  #probesLeft: number;
  #announcementsLeft: number;
  #isAssigned = false;
  #isLost = false;
  #deadline: number;
  #lastConflictAt = -Infinity;
  readonly #random: RandomSource;

  constructor(address: IpAddress, rules: ClaimRules, random: RandomSource, now: number) {
    this.address = address;
    this.rules = rules;
    this.#random = random;
    this.#probesLeft = rules.probes;
    this.#announcementsLeft = rules.announcements;
    this.#deadline = rules.probes === 0 ? now : now + randomBetween(random, 0, rules.probeWaitMs);
  }

  get isTentative(): boolean {
    return !this.#isAssigned && !this.#isLost;
  }

  get isAssigned(): boolean {
    return this.#isAssigned;
  }

  /** When `next` has something to do. */
  get deadline(): number {
    return this.#deadline;
  }

  /** The step that is due at `now`; call until "none". */
  next(now: number): ClaimAction {
    if (this.#isLost || now < this.#deadline) return "none";
    const { rules } = this;
    if (this.#probesLeft > 0) {
      this.#probesLeft--;
      const { probeMinMs, probeMaxMs, announceWaitMs } = rules;
      const isLast = this.#probesLeft === 0;
      const wait = isLast ? announceWaitMs : randomBetween(this.#random, probeMinMs, probeMaxMs);
      this.#deadline = now + wait;
      return "probe";
    }
    if (!this.#isAssigned) {
      this.#isAssigned = true;
      if (this.#announcementsLeft === 0) this.#deadline = Infinity;
      return "assign";
    }
    this.#announcementsLeft--;
    this.#deadline = this.#announcementsLeft > 0 ? now + rules.announceIntervalMs : Infinity;
    return "announce";
  }

  /**
   * Another node uses the address. While it is only claimed it is lost. When it
   * is ours it is defended, but not more often than once in ten seconds; what
   * happens in between the rules say.
   */
  handleConflict(now: number): "lost" | "defend" | "given-up" | "ignored" {
    if (this.#isAssigned && now - this.#lastConflictAt >= DEFEND_INTERVAL_MS) {
      this.#lastConflictAt = now;
      return "defend";
    }
    if (this.#isAssigned && this.rules.onInsistence === "defend") return "ignored";
    const outcome = this.#isAssigned ? "given-up" : "lost";
    this.#isAssigned = false;
    this.#isLost = true;
    this.#deadline = Infinity;
    return outcome;
  }
}

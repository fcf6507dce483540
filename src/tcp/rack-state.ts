import { type Seq, seqGe, seqGt } from "../base/seq.ts";

/**
 * What RACK knows (RFC 8985 §5): the segment most recently sent of those that
 * were delivered, and how much reordering the path has shown. Times in ms.
 */
export class RackState {
  /** RACK.xmit_ts: when that segment was last sent; −1 before the first. */
  sentAt = -1;
  /** RACK.end_seq: one past its last number. */
  end: Seq;
  /** RACK.rtt: the round trip its delivery told. */
  rttMs = 0;
  /** RACK.fack: one past the highest number delivered. */
  fack: Seq;
  /** RACK.reordering_seen. */
  isReorderingSeen = false;
  /** RACK.reo_wnd_mult: quarters of the minimal round trip a segment may be late by. */
  windowSteps = 1;
  /** When the first segment that is late will be taken for lost; Infinity when none is. */
  deadline: number = Infinity;
  /** Segments ever sent again, and those of them that the peer reported to have had twice. */
  resentSegments = 0;
  duplicateSegments = 0;

  /** The ACK in hand: its arrival, its echo of our clock if it has one, and `fack` before it. */
  ackAt = 0;
  hasEcho = false;
  echo = 0;
  fackBefore: Seq;
  /** Sending time of the newest segment it has told of so far, −1 for none. */
  newestSentAt = -1;

  /** RACK.reo_wnd_persist: recoveries until the window shrinks again. */
  #stepsLastFor = 0;
  /** RACK.dsack_round: SND.NXT when the window last grew. */
  #roundEnd: Seq;
  #isInRound = false;

  constructor(iss: Seq) {
    this.end = iss;
    this.fack = iss;
    this.fackBefore = iss;
    this.#roundEnd = iss;
  }

  /** RACK_sent_after: whether the delivered segment left after one that left at `sentAt` and ends at `end`. */
  isSentAfter(sentAt: number, end: Seq): boolean {
    return this.sentAt > sentAt || (this.sentAt === sentAt && seqGt(this.end, end));
  }

  /**
   * The peer got `segments` twice: we were too quick to resend, and wait longer
   * from now on (§6.2 step 4, once per round trip). False when more came twice
   * than was sent twice: then the network made copies, which tell nothing (Linux).
   */
  onDuplicates(segments: number, una: Seq, nxt: Seq): boolean {
    this.duplicateSegments += segments;
    if (this.duplicateSegments > this.resentSegments) {
      this.duplicateSegments = this.resentSegments;
      return false;
    }
    if (this.#isInRound && !seqGe(una, this.#roundEnd)) return true;
    this.#isInRound = true;
    this.#roundEnd = nxt;
    this.windowSteps = Math.min(this.windowSteps + 1, MAX_STEPS);
    this.#stepsLastFor = PERSIST_RECOVERIES;
    return true;
  }

  /** A recovery is over. */
  onRecoveryEnd(): void {
    if (this.#stepsLastFor === 0) return;
    this.#stepsLastFor--;
    if (this.#stepsLastFor === 0) this.windowSteps = 1;
  }

  /**
   * RACK.reo_wnd: how late a segment may be. `isUrgent` is that losses are being
   * repaired, or that as much arrived above the hole as DupThresh wants.
   */
  windowMs(minRttMs: number, srttMs: number, isUrgent: boolean): number {
    if (!this.isReorderingSeen && isUrgent) return 0;
    return Math.min((this.windowSteps * minRttMs) / 4, srttMs);
  }
}

const PERSIST_RECOVERIES = 16;
/** As in Linux; the smoothed round trip bounds the window long before. */
const MAX_STEPS = 255;

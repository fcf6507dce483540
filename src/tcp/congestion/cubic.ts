import type { AckSample } from "./controller.ts";
import { HyStart } from "./hystart.ts";
import { LossBasedController } from "./loss-based.ts";

/**
 * CUBIC (RFC 9438), with HyStart++ for the initial slow start (RFC 9406).
 *
 * Above `ssthresh` the window follows W(t) = C·(t − K)³ + W_max, where t is the
 * time since congestion avoidance began: fast towards the window of the last
 * loss, flat around it, faster again beyond. The variables of the RFC are in
 * segments and seconds, as its formulas are.
 */
export class Cubic extends LossBasedController {
  readonly name = "cubic";
  readonly #hystart = new HyStart();
  #wMax = 0;
  #k = 0;
  #wEst = 0;
  #cwndPrior = 0;
  /** When this congestion avoidance began, ms; −1 before its first ACK. */
  #epochStart = NOT_BEGUN;
  #lastAckAt = 0;
  /** The part of a segment by which the window should be larger than it is. */
  #fraction = 0;
  #saved: CubicEpoch | null = null;

  constructor(
    mss: number,
    initialWindowSegments: number,
    byteCountingLimit: number = Number.POSITIVE_INFINITY,
  ) {
    super({ mss, initialWindowSegments, beta: BETA, byteCountingLimit });
  }

  override onAck(sample: AckSample): void {
    if (!this.inSlowStart) {
      this.avoidCongestion(sample);
      return;
    }
    // Only the initial slow start, the one without a threshold (RFC 9406 §4.3).
    if (this.ssthresh !== Number.POSITIVE_INFINITY) {
      this.slowStart(sample, 1);
      return;
    }
    this.slowStart(sample, this.#hystart.growthDivisor);
    if (this.#hystart.onAck(sample.ackedOctets, sample.flightBefore, sample.rttMs)) {
      this.leaveSlowStart();
    }
  }

  override onLoss(now: number, flightOctets: number): void {
    this.#save();
    this.#noteLoss();
    super.onLoss(now, flightOctets);
  }

  override onTimeout(now: number, flightOctets: number, first: boolean): void {
    if (first) {
      this.#save();
      this.#noteLoss();
    }
    // The avoidance that follows starts at its plateau: K = 0 and W_max = cwnd (§4.8).
    this.#wMax = 0;
    this.#epochStart = NOT_BEGUN;
    super.onTimeout(now, flightOctets, first);
  }

  override onMssChange(mss: number): void {
    // The number of segments stays, and with it every variable of the RFC.
    super.onMssChange(mss);
    this.#fraction = 0;
  }

  /** §4.9. */
  override undo(): void {
    super.undo();
    if (this.#saved === null) return;
    this.#wMax = this.#saved.wMax;
    this.#k = this.#saved.k;
    this.#wEst = this.#saved.wEst;
    this.#cwndPrior = this.#saved.cwndPrior;
    this.#epochStart = this.#saved.epochStart;
    this.#saved = null;
  }

  protected override avoidCongestion(sample: AckSample): void {
    const { now, mss } = sample;
    const cwnd = this.window / mss + this.#fraction;
    if (this.#epochStart === NOT_BEGUN) this.#begin(now, cwnd);
    else this.#excludePause(now, Math.max(sample.srttMs, sample.rttMs));
    this.#lastAckAt = now;

    const acked = sample.ackedOctets / mss;
    const t = (now - this.#epochStart) / 1000;
    const target = Math.min(Math.max(this.#wCubic(t + sample.srttMs / 1000), cwnd), 1.5 * cwnd);
    this.#wEst += (this.#wEst >= this.#cwndPrior ? 1 : RENO_ALPHA) * (acked / cwnd);
    const grown =
      this.#wCubic(t) < this.#wEst
        ? Math.max(this.#wEst, cwnd)
        : cwnd + ((target - cwnd) / cwnd) * acked;
    const whole = Math.floor(grown * mss);
    this.#fraction = grown - whole / mss;
    this.window = whole;
  }

  #wCubic(t: number): number {
    return C * (t - this.#k) ** 3 + this.#wMax;
  }

  #begin(now: number, cwnd: number): void {
    this.#epochStart = now;
    this.#lastAckAt = now;
    this.#wEst = cwnd;
    if (this.#wMax > cwnd) {
      this.#k = Math.cbrt((this.#wMax - cwnd) / C);
    } else {
      this.#k = 0;
      this.#wMax = cwnd;
    }
  }

  /**
   * Time in which the application did not use the window is no time to grow
   * (§4.2). We only hear of ACKs while it does, and then at least one in every
   * round trip: what passes beyond that was a pause.
   */
  #excludePause(now: number, rttMs: number): void {
    const pause = now - this.#lastAckAt - Math.max(rttMs, MIN_PAUSE_MS);
    if (pause > 0) this.#epochStart += pause;
  }

  /** §4.6, §4.7: with fast convergence, room is made for newcomers when the maximum sinks. */
  #noteLoss(): void {
    const cwnd = this.window / this.mss;
    this.#cwndPrior = cwnd;
    this.#wMax = cwnd < this.#wMax ? (cwnd * (1 + BETA)) / 2 : cwnd;
    this.#epochStart = NOT_BEGUN;
    this.#fraction = 0;
  }

  #save(): void {
    this.#saved = {
      wMax: this.#wMax,
      k: this.#k,
      wEst: this.#wEst,
      cwndPrior: this.#cwndPrior,
      epochStart: this.#epochStart,
    };
  }
}

interface CubicEpoch {
  wMax: number;
  k: number;
  wEst: number;
  cwndPrior: number;
  epochStart: number;
}

/** RFC 9438 §5.1 and §4.6. */
const C = 0.4;
const BETA = 0.7;
/** Growth per window that makes CUBIC as fair as Reno at its own factor (§4.3). */
const RENO_ALPHA = (3 * (1 - BETA)) / (1 + BETA);
const NOT_BEGUN = -1;
/** Clocks of 15 ms and batched reads delay ACKs by that much without any pause. */
const MIN_PAUSE_MS = 20;

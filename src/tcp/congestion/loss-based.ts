import { type AckSample, type CongestionController, initialWindow } from "./controller.ts";

/**
 * What the loss-based controllers share (RFC 5681 §3.1): the two windows, slow
 * start, the cut by a factor, the way back after a spurious loss. How the
 * window grows above `ssthresh` is each one's own.
 *
 * Slow start counts octets (RFC 3465), so that dividing an ACK into many gains
 * nothing. One ACK may grow the window by all it acknowledges, as in Linux:
 * peers that acknowledge once per batch would otherwise starve.
 * `byteCountingLimit` gives the RFC's bound instead.
 */
export abstract class LossBasedController implements CongestionController {
  abstract readonly name: string;
  window: number;
  protected mss: number;
  /** L of RFC 3465: segments one ACK may add in slow start. */
  readonly #byteCountingLimit: number;
  readonly #beta: number;
  readonly #initialWindow: number;
  #ssthresh = Number.POSITIVE_INFINITY;
  #afterTimeout = false;
  #priorWindow = 0;
  #priorSsthresh = Number.POSITIVE_INFINITY;

  constructor(parameters: LossBasedParameters) {
    this.mss = parameters.mss;
    this.#beta = parameters.beta;
    this.#byteCountingLimit = parameters.byteCountingLimit;
    this.#initialWindow = initialWindow(parameters.mss, parameters.initialWindowSegments);
    this.window = this.#initialWindow;
  }

  get ssthresh(): number {
    return this.#ssthresh;
  }

  get inSlowStart(): boolean {
    return this.window < this.#ssthresh;
  }

  onAck(sample: AckSample): void {
    if (this.inSlowStart) this.slowStart(sample, 1);
    else this.avoidCongestion(sample);
  }

  onLoss(_now: number, flightOctets: number): void {
    this.#remember();
    this.#ssthresh = this.#reduced(flightOctets);
    this.window = this.#ssthresh;
  }

  onTimeout(_now: number, flightOctets: number, first: boolean): void {
    if (first) {
      this.#remember();
      this.#ssthresh = this.#reduced(flightOctets);
    }
    this.#afterTimeout = true;
    this.window = this.mss;
  }

  onRecoveryEnd(_now: number): void {
    if (this.window > this.#ssthresh) this.window = this.#ssthresh;
  }

  onIdle(_now: number, idleMs: number, rtoMs: number): void {
    if (idleMs <= rtoMs) return;
    // What the path took before is remembered in ssthresh, so that slow start leads back to it
    // (RFC 2861 §3.1, Linux).
    if (Number.isFinite(this.#ssthresh)) {
      this.#ssthresh = Math.max(this.#ssthresh, 0.75 * this.window);
    }
    this.window = Math.min(this.window, this.#initialWindow);
  }

  onMssChange(mss: number): void {
    const ratio = mss / this.mss;
    this.mss = mss;
    this.window = Math.max(mss, Math.floor(this.window * ratio));
    this.#ssthresh = Math.max(2 * mss, Math.floor(this.#ssthresh * ratio));
  }

  undo(): void {
    this.window = Math.max(this.window, this.#priorWindow);
    this.#ssthresh = Math.max(this.#ssthresh, this.#priorSsthresh);
    this.#afterTimeout = false;
  }

  /** Growth at or above `ssthresh`. */
  protected abstract avoidCongestion(sample: AckSample): void;

  /** Exponential growth, slower by `divisor`; what exceeds `ssthresh` is left to congestion avoidance. */
  protected slowStart(sample: AckSample, divisor: number): void {
    const grown = this.window + Math.min(sample.ackedOctets, this.#mostPerAck()) / divisor;
    this.window = Math.floor(Math.min(grown, Math.max(this.#ssthresh, this.window)));
    if (!this.inSlowStart) this.#afterTimeout = false;
  }

  /** Ends the initial slow start before a loss does (HyStart++). */
  protected leaveSlowStart(): void {
    this.#ssthresh = this.window;
  }

  /** RFC 3465 §2.2, §2.3: after a timeout one ACK may tell of what arrived before it. */
  #mostPerAck(): number {
    if (this.#byteCountingLimit === Number.POSITIVE_INFINITY) return this.#byteCountingLimit;
    return (this.#afterTimeout ? 1 : this.#byteCountingLimit) * this.mss;
  }

  #reduced(flightOctets: number): number {
    return Math.max(Math.floor(flightOctets * this.#beta), 2 * this.mss);
  }

  #remember(): void {
    this.#priorWindow = this.window;
    this.#priorSsthresh = this.#ssthresh;
  }
}

export interface LossBasedParameters {
  mss: number;
  initialWindowSegments: number;
  /** Factor by which a loss cuts: 0.5 (RFC 5681), 0.7 (RFC 9438). */
  beta: number;
  /** Segments one ACK may add in slow start (1 after a timeout); Infinity is Linux's way. */
  byteCountingLimit: number;
}

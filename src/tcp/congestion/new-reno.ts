import type { AckSample } from "./controller.ts";
import { LossBasedController } from "./loss-based.ts";

/** Standard congestion control (RFC 5681): one segment more for every window acknowledged, half after a loss. */
export class NewReno extends LossBasedController {
  readonly name = "reno";
  /** Octets acknowledged since the window last grew (RFC 3465 §2.1). */
  #counted = 0;

  constructor(
    mss: number,
    initialWindowSegments: number,
    byteCountingLimit: number = Number.POSITIVE_INFINITY,
  ) {
    super({ mss, initialWindowSegments, beta: 0.5, byteCountingLimit });
  }

  override onLoss(now: number, flightOctets: number): void {
    this.#counted = 0;
    super.onLoss(now, flightOctets);
  }

  override onTimeout(now: number, flightOctets: number, first: boolean): void {
    this.#counted = 0;
    super.onTimeout(now, flightOctets, first);
  }

  /** At most one segment per window: no constant is added (RFC 2525 §2.6). */
  protected override avoidCongestion(sample: AckSample): void {
    this.#counted = Math.min(this.#counted + sample.ackedOctets, 2 * this.window);
    if (this.#counted < this.window) return;
    this.#counted -= this.window;
    this.window += sample.mss;
  }
}

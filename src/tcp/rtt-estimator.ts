import type { TcpConfig } from "./config.ts";

/**
 * Round-trip time and retransmission timeout (RFC 6298). Which round trips may
 * be sampled (Karn, timestamps) is the caller's business. All times in ms.
 *
 * The lower bound is applied as Linux does, to the variance term:
 * RTO = SRTT + max(minRto, 4·RTTVAR). RFC 6298 §2.4 bounds the sum instead;
 * ours is never below that, and leaves the peer's delayed ACK its time however
 * long the path is. The term also stands in for the clock granularity G, so it
 * cannot become 0 on a steady path (§4).
 */
export class RttEstimator {
  readonly #config: RttConfig;
  #srtt = 0;
  #rttvar = 0;
  #minRtt = Number.POSITIVE_INFINITY;
  #baseRto: number;
  #backOffCount = 0;

  constructor(config: RttConfig) {
    this.#config = config;
    this.#baseRto = config.initialRtoMs;
  }

  /** Smoothed round-trip time; 0 before the first sample. */
  get srtt(): number {
    return this.#srtt;
  }

  /** Smoothed deviation; 0 before the first sample. */
  get rttvar(): number {
    return this.#rttvar;
  }

  /** Shortest round trip ever seen; Infinity before the first sample. */
  get minRtt(): number {
    return this.#minRtt;
  }

  get hasSample(): boolean {
    return this.#minRtt !== Number.POSITIVE_INFINITY;
  }

  /** The timeout to arm a timer with: doubled for every back-off, `maxRtoMs` at most (§5.5). */
  get rto(): number {
    // 2³¹ doublings of a millisecond outlast any bound, and keep the power finite.
    return Math.min(this.#baseRto * 2 ** Math.min(this.#backOffCount, 31), this.#config.maxRtoMs);
  }

  /** The timeout without back-off. */
  get baseRto(): number {
    return this.#baseRto;
  }

  get backOffCount(): number {
    return this.#backOffCount;
  }

  /**
   * Takes one measured round trip, ≥ 0 (§2.2, §2.3). Leaves the back-off as it is.
   *
   * Far above the timeout it measures something else: an ACK that lay in the
   * device while the host slept. It counts as twice the timeout then, so that
   * a path that did become so slow is believed a few samples later.
   */
  sample(rttMs: number): void {
    if (!this.hasSample) {
      this.#srtt = rttMs;
      this.#rttvar = rttMs / 2;
    } else {
      const rtt = Math.min(rttMs, 2 * this.rto);
      // RTTVAR first: it wants the SRTT from before this sample.
      this.#rttvar = 0.75 * this.#rttvar + 0.25 * Math.abs(this.#srtt - rtt);
      this.#srtt = 0.875 * this.#srtt + 0.125 * rtt;
    }
    this.#minRtt = Math.min(this.#minRtt, rttMs);
    const rto = this.#srtt + Math.max(this.#config.minRtoMs, 4 * this.#rttvar);
    this.#baseRto = Math.min(rto, this.#config.maxRtoMs);
  }

  /** The retransmission timer went off (§5.5). */
  backOff(): void {
    this.#backOffCount++;
  }

  /** New data was acknowledged. */
  resetBackOff(): void {
    this.#backOffCount = 0;
  }

  /**
   * A SYN had to be sent again and the connection is now established: without
   * a sample, data starts with 3 s, since 1 s has just proved too short (§5.7).
   * With one (timestamps told the SYNs apart) the sample decides, as in Linux.
   */
  restartAfterSynTimeout(): void {
    this.#backOffCount = 0;
    if (!this.hasSample) this.#baseRto = Math.max(this.#baseRto, RTO_AFTER_SYN_TIMEOUT_MS);
  }
}

export type RttConfig = Pick<TcpConfig, "minRtoMs" | "maxRtoMs" | "initialRtoMs">;

const RTO_AFTER_SYN_TIMEOUT_MS = 3000;

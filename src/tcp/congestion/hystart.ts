/**
 * HyStart++ (RFC 9406): leaves the initial slow start when round trips grow
 * longer, before the queue overflows. On the first sign it only slows growth
 * (conservative slow start, CSS); five such rounds end slow start, a shorter
 * round trip resumes it.
 */
export class HyStart {
  #lastRoundMinRtt = Number.POSITIVE_INFINITY;
  #roundMinRtt = Number.POSITIVE_INFINITY;
  #samples = 0;
  /** Octets still to be acknowledged until the round is over. */
  #roundLeft = 0;
  #cssBaseline = Number.POSITIVE_INFINITY;
  #cssRounds = 0;
  #inCss = false;

  /** By how much slow start's growth is divided now: 1, or 4 in CSS. */
  get growthDivisor(): number {
    return this.#inCss ? CSS_GROWTH_DIVISOR : 1;
  }

  /**
   * One ACK of slow start: octets it acknowledged, octets outstanding before
   * it, its round trip or −1. True when slow start is to end.
   */
  onAck(ackedOctets: number, flightBefore: number, rttMs: number): boolean {
    if (rttMs >= 0) this.#sample(rttMs);
    this.#roundLeft -= ackedOctets;
    if (this.#roundLeft > 0) return false;
    // What is outstanding now ends the next round (windowEnd = SND.NXT, §4.2).
    this.#roundLeft = Math.max(0, flightBefore - ackedOctets);
    this.#lastRoundMinRtt = this.#roundMinRtt;
    this.#roundMinRtt = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    return this.#inCss && ++this.#cssRounds >= CSS_ROUNDS;
  }

  #sample(rttMs: number): void {
    this.#roundMinRtt = Math.min(this.#roundMinRtt, rttMs);
    this.#samples++;
    if (this.#samples < RTT_SAMPLES) return;
    if (this.#inCss) {
      if (this.#roundMinRtt >= this.#cssBaseline) return;
      this.#inCss = false;
      this.#cssBaseline = Number.POSITIVE_INFINITY;
    } else if (this.#lastRoundMinRtt !== Number.POSITIVE_INFINITY) {
      const threshold = this.#lastRoundMinRtt / RTT_DIVISOR;
      const margin = Math.max(MIN_RTT_THRESHOLD_MS, Math.min(threshold, MAX_RTT_THRESHOLD_MS));
      if (this.#roundMinRtt < this.#lastRoundMinRtt + margin) return;
      this.#inCss = true;
      this.#cssBaseline = this.#roundMinRtt;
      this.#cssRounds = 0;
    }
  }
}

// RFC 9406 §4.3.
const MIN_RTT_THRESHOLD_MS = 4;
const MAX_RTT_THRESHOLD_MS = 16;
const RTT_DIVISOR = 8;
const RTT_SAMPLES = 8;
const CSS_GROWTH_DIVISOR = 4;
const CSS_ROUNDS = 5;

/**
 * When received data is acknowledged (RFC 9293 §3.8.6.3, RFC 5681 §4.2): with
 * the second full segment, or after a delay that a reply may save. What must
 * be acknowledged at once (a hole, a duplicate, a FIN) is decided elsewhere
 * and told through `quick`.
 */
export class DelayedAck {
  #octets = 0;
  #deadline = Number.POSITIVE_INFINITY;

  /** When an ACK is due, ms; Infinity when none is owed. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Data was received since the last ACK left. */
  get isOwed(): boolean {
    return this.#octets > 0;
  }

  /**
   * `octets` of data arrived in order. True when the ACK is to leave now:
   * two full segments of `mss` octets wait (SHLD-19), or `quick`. Otherwise it
   * is owed `delayMs` (below 500, MUST-40) after the first that waits.
   */
  onData(octets: number, mss: number, now: number, delayMs: number, quick: boolean): boolean {
    this.#octets += octets;
    if (quick || this.#octets >= 2 * mss) return true;
    if (this.#deadline === Number.POSITIVE_INFINITY) {
      this.#deadline = now + Math.min(delayMs, LONGEST_DELAY_MS);
    }
    return false;
  }

  /** The deadline has passed: the ACK leaves as soon as the device has room, and needs no waking for it. */
  onExpired(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** A segment with an ACK left, of whatever kind: nothing is owed any more. */
  onAckSent(): void {
    this.#octets = 0;
    this.#deadline = Number.POSITIVE_INFINITY;
  }
}

/** RFC 9293: "MUST be less than 0.5 seconds". */
const LONGEST_DELAY_MS = 499;

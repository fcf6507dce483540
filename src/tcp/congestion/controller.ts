/**
 * Congestion control as the connection sees it: events in, a window out
 * (RFC 5681 and what builds on it). Detecting loss, counting what is in
 * flight and choosing what to resend is loss recovery's, not ours.
 * All windows in octets, all times in ms.
 */
export interface CongestionController {
  readonly name: string;
  /** Congestion window. Recovery may set it while it drives (inflation, proportional rate reduction). */
  window: number;
  /** Slow-start threshold; Infinity until the first loss (CC-6). */
  readonly ssthresh: number;
  readonly inSlowStart: boolean;

  /** New data was acknowledged, outside of recovery, while the window was what limited sending (CC-29). */
  onAck(sample: AckSample): void;
  /** Fast recovery begins with `flightOctets` outstanding: `ssthresh` is cut, `window` becomes it. */
  onLoss(now: number, flightOctets: number): void;
  /**
   * The retransmission timer went off: one segment from now on. `first` is
   * false when the same segment times out again, which cuts no deeper (CC-11).
   */
  onTimeout(now: number, flightOctets: number, first: boolean): void;
  /** Recovery is over: an inflated window is deflated to `ssthresh` (BUG-8). */
  onRecoveryEnd(now: number): void;
  /** About to send after `idleMs` without sending anything (RFC 5681 §4.1). */
  onIdle(now: number, idleMs: number, rtoMs: number): void;
  /** The path takes segments of another size: windows keep their number of segments (CC-26). */
  onMssChange(mss: number): void;
  /** The last `onLoss` or `onTimeout` proved spurious: the windows of before return. */
  undo(): void;
}

/** What one ACK told. One record is used again and again: copy what must last. */
export interface AckSample {
  now: number;
  /** Octets newly known to be delivered; those acknowledged selectively before do not count again. */
  ackedOctets: number;
  /** Octets outstanding before this ACK. */
  flightBefore: number;
  /** Round trip measured by this ACK, or −1. */
  rttMs: number;
  srttMs: number;
  mss: number;
}

/**
 * The window before anything is known: `segments` segments, of 1460 octets at
 * most once there are more than two (RFC 6928 §2 for 10; RFC 5681 §3.1 for 2 to 4).
 */
export function initialWindow(mss: number, segments: number): number {
  return Math.min(segments * mss, Math.max(2 * mss, segments * 1460));
}

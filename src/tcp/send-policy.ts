/**
 * Whether the data that waits may leave now: silly-window avoidance at the
 * sender (RFC 9293 §3.8.6.2.1), Nagle's algorithm (§3.7.4) and corking. D, U
 * and Eff.snd.MSS are the RFC's. The congestion window is not asked here.
 */
export interface SendQuestion {
  /** D: octets queued and not sent yet. */
  unsentOctets: number;
  /** U: octets the peer's window still takes; 0 or less when it was shrunk. */
  usableWindow: number;
  /** Eff.snd.MSS: most octets one segment carries. */
  mss: number;
  /** Max(SND.WND): the largest window the peer ever offered. */
  maxSendWindow: number;
  /** Octets sent and not acknowledged. */
  flightOctets: number;
  /**
   * A segment below the MSS is among them. Nagle's algorithm as Minshall
   * refined it and as Linux has it waits for that one only; without it the
   * last part of a large write would wait for a delayed ACK.
   */
  smallInFlight: boolean;
  /** TCP_NODELAY. */
  noDelay: boolean;
  /** TCP_CORK or MSG_MORE. */
  corked: boolean;
  /** A FIN follows the last octet: nothing more can be waited for (NAG-2). */
  finQueued: boolean;
  /** The override timer ran out (`SWS_OVERRIDE_MS`, SWS-4). */
  overridden: boolean;
}

/** True when a segment of data may be sent: a full one, or the small one there is good reason for. */
export function mayTransmit(question: SendQuestion): boolean {
  const { unsentOctets, usableWindow, mss } = question;
  const sendable = Math.min(unsentOctets, usableWindow);
  if (sendable <= 0) return false;
  if (sendable >= mss || question.overridden) return true;
  if (isHeldBack(question)) return false;
  return unsentOctets <= usableWindow || sendable >= question.maxSendWindow / 2;
}

/** A small segment waits for more: by the application's wish (cork), or while another one is on its way (Nagle). */
export function isHeldBack(question: SendQuestion): boolean {
  if (question.finQueued) return false;
  if (question.corked) return true;
  return !question.noDelay && question.flightOctets > 0 && question.smallInFlight;
}

/** How long silly-window avoidance or a cork may hold data back: RFC 9293 §3.8.6.2.1 says 0.1 to 1.0 s, Linux 200 ms. */
export const SWS_OVERRIDE_MS = 200;

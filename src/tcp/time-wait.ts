import { type Seq, seqGe } from "../base/seq.ts";

/** What is remembered of a connection in TIME-WAIT (RFC 9293 §3.6.1). */
export interface TimeWaitState {
  /** One past the last number the peer used: its FIN is `rcvNxt − 1`. */
  rcvNxt: Seq;
  /** Both sides used timestamps; `tsRecent` is the peer's last. */
  timestamps: boolean;
  tsRecent: number;
}

/** What a SYN says that may open the same 4-tuple anew. */
export interface ReopeningSyn {
  seq: Seq;
  tsPresent: boolean;
  tsVal: number;
}

/** How long TIME-WAIT lasts: twice the maximum segment lifetime (MUST-13). */
export function timeWaitMs(mslMs: number): number {
  return 2 * mslMs;
}

/**
 * Whether a SYN may end TIME-WAIT and open a new connection (MAY-2, RFC 6191
 * §2): it must be told from an old duplicate, by a later timestamp or, failing
 * that, by a sequence number above all that was used.
 */
export function mayReopen(state: TimeWaitState, syn: ReopeningSyn): boolean {
  const isAbove = seqGe(syn.seq, state.rcvNxt);
  if (!syn.tsPresent) return isAbove;
  if (!state.timestamps) return true;
  const later = (syn.tsVal - state.tsRecent) | 0;
  return later > 0 || (later === 0 && isAbove);
}

export type TimeWaitAction = "reopen" | "close" | "restart" | "acknowledge" | "ignore";

/** The flags and relations of a segment that arrives in TIME-WAIT. */
export interface TimeWaitSegment {
  syn: boolean;
  ack: boolean;
  rst: boolean;
  fin: boolean;
  /** Inside the window, by the sequence test of §3.10.7.4. */
  acceptable: boolean;
  /** Older than `tsRecent` by its timestamp (PAWS). */
  outdated: boolean;
  /** Sequence numbers it takes (SEG.LEN). */
  length: number;
  /** `mayReopen` said yes. */
  reopens: boolean;
}

/**
 * What to do with it: `restart` is to acknowledge and begin the 2 MSL anew
 * (SEG-25). A RST is ignored unless the host wants it otherwise (TW-4, RFC 1337).
 */
export function nextInTimeWait(segment: TimeWaitSegment, ignoreReset: boolean): TimeWaitAction {
  if (segment.rst) {
    return segment.acceptable && !segment.outdated && !ignoreReset ? "close" : "ignore";
  }
  if (segment.syn && !segment.ack && !segment.outdated && segment.reopens) return "reopen";
  // The peer's FIN again: our last ACK was lost. It lies below the window, as it should.
  if (segment.fin && !segment.syn) return "restart";
  if (segment.syn || segment.length > 0 || !segment.acceptable) return "acknowledge";
  return "ignore";
}

import { inWindow, type Seq, seqAdd, seqDiff, seqLt } from "../base/seq.ts";

/**
 * The first check on an arriving segment (RFC 9293 §3.10.7.4, SEG-11).
 *
 * `rcvWnd` is the window last *advertised*, not the space now free: the peer
 * may fill what it was promised. `segLen` counts SYN and FIN. A segment that
 * sticks out of the window on both sides, as a coalesced one may, is accepted
 * like one that sticks out on one side: the octets between were asked for.
 */
export function isAcceptable(segSeq: Seq, segLen: number, rcvNxt: Seq, rcvWnd: number): boolean {
  if (rcvWnd === 0) return segLen === 0 && segSeq === rcvNxt;
  if (inWindow(segSeq, rcvNxt, rcvWnd)) return true;
  if (segLen === 0) return false;
  const last = seqAdd(segSeq, segLen - 1);
  return inWindow(last, rcvNxt, rcvWnd) || (seqLt(segSeq, rcvNxt) && !seqLt(last, rcvNxt));
}

/**
 * Whether the acknowledgment may come from the peer (RFC 5961 §5.2, BLIND-5):
 * not older than the largest window it ever offered, and not of what was never
 * sent.
 */
export function isAckPlausible(segAck: Seq, sndUna: Seq, sndNxt: Seq, maxSndWnd: number): boolean {
  return seqDiff(segAck, sndUna) >= -maxSndWnd && seqDiff(segAck, sndNxt) <= 0;
}

/**
 * Whether a timestamp is older than the last one taken (RFC 7323 §5.3 R1).
 * `ageMs` is how long ago TS.Recent was taken: after 24 days it says nothing
 * any more, for a clock of one millisecond may have wrapped (PAWS-4).
 */
export function isOldTimestamp(tsVal: number, tsRecent: number, ageMs: number): boolean {
  return ((tsVal - tsRecent) | 0) < 0 && ageMs < PAWS_IDLE_MS;
}

const PAWS_IDLE_MS = 24 * 24 * 3600 * 1000;

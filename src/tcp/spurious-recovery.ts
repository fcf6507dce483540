import { type Seq, seqGt } from "../base/seq.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import { timestampAt } from "./segment-builder.ts";
import { SentFlag } from "./sent-segments.ts";
import type { Tcb } from "./tcb.ts";

/**
 * Whether a recovery repaired anything. It was spurious when the peer had
 * everything already: it reports each retransmission as a duplicate (RFC 3708
 * §2), or acknowledges what was sent again while echoing a timestamp from
 * before that (Eifel, RFC 3522 §3.2).
 */

/** The window is about to be cut for a recovery that might be spurious. */
export function beginEpisode(tcb: Tcb): void {
  const { recovery, sent } = tcb;
  recovery.isUndoable = tcb.usesRack;
  recovery.undoFrom = tcb.sndUna;
  // What an earlier recovery sent again may still be reported.
  recovery.unconfirmedSegments = Math.ceil(sent.retransmittedOctets / tcb.mss);
  recovery.hasResent = false;
}

/** The recovery sends `segments` again. */
export function noteEpisodeResent(tcb: Tcb, segments: number, now: number): void {
  const { recovery } = tcb;
  recovery.unconfirmedSegments += segments;
  if (recovery.hasResent) return;
  recovery.hasResent = true;
  recovery.resentStamp = timestampAt(tcb, now);
}

/** The peer had `segments` that end at `right`, acknowledged, twice. */
export function noteEpisodeDuplicates(tcb: Tcb, right: Seq, segments: number): void {
  const { recovery } = tcb;
  if (seqGt(right, tcb.sndUna) || !seqGt(right, recovery.undoFrom)) return;
  recovery.unconfirmedSegments = Math.max(recovery.unconfirmedSegments - segments, 0);
}

/** After an ACK: whether the recovery it belongs to, which may be over, has proved spurious. */
export function isSpurious(tcb: Tcb, hasAdvanced: boolean): boolean {
  const { recovery } = tcb;
  if (!recovery.isUndoable || !recovery.hasResent) return false;
  return recovery.unconfirmedSegments === 0 || (hasAdvanced && isEchoEarlier(tcb));
}

/** What was taken for lost is in the network after all; what was sent again counts once. */
export function takeBackLosses(tcb: Tcb): void {
  const { sent } = tcb;
  if (sent.lostOctets === 0) return;
  for (let index = 0; index < sent.count; index++) {
    const record = sent.at(index);
    if (!record.has(SentFlag.LOST)) continue;
    sent.setFlags(record, record.flags & SentFlag.EVER_RETRANSMITTED);
  }
}

/**
 * The ACK was caused by something sent before the first retransmission. In fast
 * recovery that says so only of the holes it closed: while other retransmissions
 * are under way they may be repairing real losses (Linux).
 */
function isEchoEarlier(tcb: Tcb): boolean {
  const { recovery, rack, sent } = tcb;
  if (recovery.phase === RecoveryPhase.OPEN || !rack.hasEcho) return false;
  if (recovery.phase === RecoveryPhase.FAST && sent.retransmittedOctets > 0) return false;
  return ((rack.echo - recovery.resentStamp) | 0) < 0;
}

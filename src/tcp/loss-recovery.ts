import { seqDiff, seqGe, seqGt } from "../base/seq.ts";
import { armLossTimer, detectLosses } from "./rack.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import { DUP_THRESH, judgeLosses, markAllLost, markFirstLost } from "./sack-scoreboard.ts";
import { SentFlag } from "./sent-segments.ts";
import { beginEpisode, isSpurious, takeBackLosses } from "./spurious-recovery.ts";
import type { Tcb } from "./tcb.ts";
import { Timer } from "./timer-table.ts";

/**
 * From an ACK to a decision: fast recovery with SACK (RFC 8985, or RFC 6675) or
 * without (RFC 6582), and recovery after a timeout (RFC 5681 §3.1). What is then sent
 * again, and when, is retransmission.ts.
 */

/**
 * SND.UNA moved by `ackedOctets`, or a duplicate ACK came, or neither (a
 * window update). SACK blocks have been applied before.
 */
export function reactToAck(tcb: Tcb, ackedOctets: number, isDuplicate: boolean, now: number): void {
  if (isSpurious(tcb, ackedOctets > 0)) undoRecovery(tcb);
  if (ackedOctets > 0) onAdvance(tcb, ackedOctets, now);
  else if (isDuplicate) onDuplicate(tcb);
  if (tcb.usesRack) detectLosses(tcb, now);
  else if (tcb.hasSack && tcb.sent.sackedOctets > 0) judgeLosses(tcb);
  if (tcb.recovery.phase === RecoveryPhase.OPEN && isLossDetected(tcb)) enterFastRecovery(tcb, now);
}

/** A segment that was late is now lost (RFC 8985 §6.2 step 5). */
export function onReorderingTimeout(tcb: Tcb, now: number): void {
  tcb.timers.stop(Timer.REORDERING);
  if (tcb.sent.count === 0) return;
  detectLosses(tcb, now);
  if (tcb.recovery.phase === RecoveryPhase.OPEN && isLossDetected(tcb)) enterFastRecovery(tcb, now);
  armLossTimer(tcb, true, now);
  tcb.mayHaveOutput = true;
}

/** Octets in the network (SR-2). Without SACK each duplicate ACK stands for a segment that has left it. */
export function pipe(tcb: Tcb): number {
  return Math.max(tcb.sent.pipe - tcb.recovery.dupAckOctets, 0);
}

/** The retransmission timer went off: slow start over everything not held by the peer (CC-10, CC-12, SR-8, NR-6). */
export function enterLossRecovery(tcb: Tcb, now: number): void {
  const { recovery, congestion } = tcb;
  const isFirst = recovery.phase !== RecoveryPhase.LOSS || tcb.timeouts <= 1;
  if (isFirst) beginEpisode(tcb);
  congestion.onTimeout(now, tcb.sent.octets, isFirst);
  recovery.phase = RecoveryPhase.LOSS;
  recovery.point = tcb.sndNxt;
  forgetDuplicates(tcb);
  markAllLost(tcb, now);
  // What is still believed in the network may fill the window; the oldest segment leaves all the same.
  recovery.forced = pipe(tcb) > 0;
  reportWindow(tcb);
}

/**
 * The path takes smaller segments than some in flight: those were thrown away
 * and are sent again at once, in pieces (PMTU-1). It is no sign of congestion,
 * so the window is not cut (PMTU-6).
 */
export function resendOversized(tcb: Tcb): void {
  const { sent, recovery, mss } = tcb;
  for (let index = 0; index < sent.count; index++) {
    const record = sent.at(index);
    if (record.has(SentFlag.SACKED)) continue;
    const isOversized = record.mss > mss && record.length > mss;
    record.mss = Math.min(record.mss, mss);
    if (!isOversized) continue;
    sent.setFlags(record, (record.flags & SentFlag.EVER_RETRANSMITTED) | SentFlag.LOST);
    if (seqGt(record.end, recovery.lossEdge)) recovery.lossEdge = record.end;
  }
  if (sent.lostOctets === 0) return;
  recovery.phase = RecoveryPhase.LOSS;
  recovery.point = tcb.sndNxt;
  recovery.retransmitFrom = tcb.sndUna;
  recovery.forced = true;
  recovery.isUndoable = false;
  forgetDuplicates(tcb);
}

export function reportWindow(tcb: Tcb): void {
  const { observer } = tcb.counters;
  observer?.tcpWindow?.(tcb.connection, tcb.congestion.window, tcb.congestion.ssthresh);
}

function onAdvance(tcb: Tcb, ackedOctets: number, now: number): void {
  const { recovery } = tcb;
  if (recovery.phase === RecoveryPhase.OPEN) {
    forgetDuplicates(tcb);
  } else if (seqGe(tcb.sndUna, recovery.point)) {
    endRecovery(tcb, now);
  } else if (recovery.phase === RecoveryPhase.FAST && !tcb.hasSack) {
    // NR-4, a partial ACK: the next hole begins at SND.UNA. What it acknowledged has left the count
    // of duplicates but for the one segment that was sent again.
    recovery.dupAckOctets = Math.max(recovery.dupAckOctets - ackedOctets + tcb.mss, 0);
    recovery.dupAckEdge = tcb.sndNxt;
    limitDuplicates(tcb);
    markFirstLost(tcb);
    recovery.retransmitFrom = tcb.sndUna;
    recovery.forced = true;
  }
}

function onDuplicate(tcb: Tcb): void {
  const { recovery } = tcb;
  recovery.dupAcks++;
  if (tcb.hasSack || recovery.phase === RecoveryPhase.LOSS) return;
  recovery.dupAckOctets += tcb.mss;
  limitDuplicates(tcb);
}

/**
 * However many duplicates a peer makes up: one segment is missing, and what is
 * sent after a hole was sent again arrives after it, so that it moves the ACK
 * and makes no duplicate.
 */
function limitDuplicates(tcb: Tcb): void {
  const { recovery } = tcb;
  const edge = recovery.phase === RecoveryPhase.FAST ? recovery.dupAckEdge : tcb.sndNxt;
  const most = Math.max(seqDiff(edge, tcb.sndUna) - tcb.mss, 0);
  recovery.dupAckOctets = Math.min(recovery.dupAckOctets, most);
}

function isLossDetected(tcb: Tcb): boolean {
  const { recovery, sent } = tcb;
  if (sent.count === 0) return false;
  // RACK-9.
  if (tcb.usesRack) return sent.lostOctets > 0;
  if (tcb.hasSack) return sent.lostOctets > 0 || recovery.dupAcks >= DUP_THRESH;
  // NR-2, NR-7: duplicates that our own retransmissions cause tell nothing new.
  return recovery.dupAcks >= DUP_THRESH && seqGt(tcb.sndUna, recovery.point);
}

/** SR-5, CC-18. */
function enterFastRecovery(tcb: Tcb, now: number): void {
  const { recovery, sent } = tcb;
  recovery.phase = RecoveryPhase.FAST;
  recovery.point = tcb.sndNxt;
  recovery.dupAckEdge = tcb.sndNxt;
  recovery.retransmitFrom = tcb.sndUna;
  recovery.highRxt = tcb.sndUna;
  recovery.rescued = false;
  recovery.forced = true;
  beginEpisode(tcb);
  tcb.congestion.onLoss(now, Math.max(sent.octets - recovery.limitedOctets, 0));
  if (!tcb.usesRack) markFirstLost(tcb);
  reportWindow(tcb);
}

/** SR-7, NR-3. */
function endRecovery(tcb: Tcb, now: number): void {
  const { recovery, congestion } = tcb;
  const wasFast = recovery.phase === RecoveryPhase.FAST;
  recovery.phase = RecoveryPhase.OPEN;
  forgetDuplicates(tcb);
  recovery.forced = false;
  tcb.rack.onRecoveryEnd();
  if (!wasFast) return;
  congestion.onRecoveryEnd(now);
  // Without SACK the window may suddenly be empty: no burst of all it allows.
  if (!tcb.hasSack) {
    congestion.window = Math.min(congestion.window, Math.max(pipe(tcb), tcb.mss) + tcb.mss);
  }
  reportWindow(tcb);
}

/** Nothing was lost: windows and phase are what they were before (RFC 4015 §3.2). */
function undoRecovery(tcb: Tcb): void {
  const { recovery, rack } = tcb;
  // Not by duplicates, then by the echo: the first copy was later than we waited.
  if (recovery.unconfirmedSegments > 0) rack.isReorderingSeen = true;
  recovery.isUndoable = false;
  tcb.congestion.undo();
  takeBackLosses(tcb);
  if (recovery.phase !== RecoveryPhase.OPEN) {
    recovery.phase = RecoveryPhase.OPEN;
    recovery.forced = false;
    forgetDuplicates(tcb);
    rack.onRecoveryEnd();
  }
  reportWindow(tcb);
}

function forgetDuplicates(tcb: Tcb): void {
  const { recovery } = tcb;
  recovery.dupAcks = 0;
  recovery.dupAckOctets = 0;
  recovery.limitedOctets = 0;
}

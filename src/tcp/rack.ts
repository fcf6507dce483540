import { type Seq, seqGt, seqLt, seqMax, seqMin } from "../base/seq.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import type { Segment } from "./segment.ts";
import { timestampAt } from "./segment-builder.ts";
import { SentFlag, type SentSegment } from "./sent-segments.ts";
import type { Tcb } from "./tcb.ts";
import { Timer } from "./timer-table.ts";

/**
 * RACK (RFC 8985 §6): a segment is lost when one that was sent after it has
 * arrived and it is late by more than the path reorders. Unlike counting
 * duplicates this also finds retransmissions that got lost.
 *
 * Segments are judged in the order they were sent in, and the first that is
 * not late yet ends the judgement: an ACK costs what it decides.
 */

/** An ACK is about to be taken; everything it delivers goes to `noteDelivered`. */
export function beginAck(tcb: Tcb, segment: Segment, now: number): void {
  const { rack } = tcb;
  rack.ackAt = now;
  rack.hasEcho = tcb.hasTimestamps && segment.tsPresent && segment.tsEcr !== 0;
  rack.echo = segment.tsEcr;
  rack.fackBefore = rack.fack;
  rack.newestSentAt = -1;
}

/** `record` has arrived, as far as `end` (§6.2 steps 2 and 3). */
export function noteDelivered(tcb: Tcb, record: SentSegment, end: Seq): void {
  const { rack, rtt } = tcb;
  const wasResent = record.has(SentFlag.EVER_RETRANSMITTED);
  // Against the highest number of earlier ACKs: what one ACK tells has no order.
  if (seqGt(end, rack.fack)) rack.fack = end;
  if (seqLt(end, rack.fackBefore) && !wasResent) rack.isReorderingSeen = true;
  const { sentAt } = record;
  const rttMs = rack.ackAt - sentAt;
  if (wasResent && (rttMs < rtt.minRtt || isEchoOlder(tcb, sentAt))) return;
  if (sentAt >= rack.newestSentAt) {
    rack.newestSentAt = sentAt;
    rack.rttMs = rttMs;
  }
  if (rack.isSentAfter(sentAt, end)) return;
  rack.sentAt = sentAt;
  rack.end = end;
}

/** Marks what is late as lost (§6.2 steps 4 and 5), and notes when the next one will be. */
export function detectLosses(tcb: Tcb, now: number): void {
  const { rack, sent } = tcb;
  rack.deadline = Infinity;
  if (rack.sentAt < 0) return;
  const patienceMs = rack.rttMs + reorderingWindow(tcb);
  let record = sent.order.first;
  while (record !== null && rack.isSentAfter(record.sentAt, record.end)) {
    const deadline = record.sentAt + patienceMs;
    if (deadline > now) {
      rack.deadline = deadline;
      return;
    }
    const next = record.sentNext;
    markLost(tcb, record);
    record = next;
  }
}

/** Whether `record` was sent so recently that a timeout says nothing of it (§6.3). */
export function isRecent(tcb: Tcb, record: SentSegment, now: number): boolean {
  return record.isInOrder && record.sentAt + tcb.rack.rttMs + reorderingWindow(tcb) > now;
}

/**
 * One timer guards what is in flight (§8, RTO-11): while a segment is late it is the
 * reordering timer, else the retransmission timer. That one starts anew when
 * `isRestart` says so, and when it takes over.
 */
export function armLossTimer(tcb: Tcb, isRestart: boolean, now: number): void {
  const { timers, rack } = tcb;
  const latest = now + tcb.rtt.rto;
  if (tcb.usesRack && rack.deadline !== Infinity) {
    timers.stop(Timer.RETRANSMIT);
    timers.set(Timer.REORDERING, Math.min(rack.deadline, latest));
  } else if (isRestart || timers.isArmed(Timer.REORDERING)) {
    timers.stop(Timer.REORDERING);
    timers.set(Timer.RETRANSMIT, latest);
  }
}

/** Something was sent: unless a timer guards it already, the retransmission timer does (RTO-10). */
export function guardSent(tcb: Tcb, now: number): void {
  const { timers } = tcb;
  if (timers.isArmed(Timer.RETRANSMIT) || timers.isArmed(Timer.REORDERING)) return;
  timers.set(Timer.RETRANSMIT, now + tcb.rtt.rto);
}

/** The ACK in hand answers a copy from before the one sent at `sentAt`. */
function isEchoOlder(tcb: Tcb, sentAt: number): boolean {
  const { rack } = tcb;
  return rack.hasEcho && ((rack.echo - timestampAt(tcb, sentAt)) | 0) < 0;
}

function reorderingWindow(tcb: Tcb): number {
  const { rack, rtt, sent, recovery } = tcb;
  const isUrgent = recovery.phase !== RecoveryPhase.OPEN || sent.sackedSegments >= DUP_THRESH;
  // Before the estimator has a sample, what was delivered is the measure.
  return rtt.hasSample
    ? rack.windowMs(rtt.minRtt, rtt.srtt, isUrgent)
    : rack.windowMs(rack.rttMs, rack.rttMs, isUrgent);
}

function markLost(tcb: Tcb, record: SentSegment): void {
  const { sent, recovery } = tcb;
  sent.setFlags(record, (record.flags & SentFlag.EVER_RETRANSMITTED) | SentFlag.LOST);
  recovery.lossEdge = seqMax(recovery.lossEdge, record.end);
  recovery.retransmitFrom = seqMin(recovery.retransmitFrom, record.seq);
}

/** DupThresh (RFC 8985 §6.2). */
const DUP_THRESH = 3;

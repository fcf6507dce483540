import { seqGe, seqGt, seqLe, seqLt, seqMin } from "../base/seq.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { isAckPlausible } from "./acceptability.ts";
import { onFinAcked, replyReset } from "./closing.ts";
import { completeHandshake, takeWindow } from "./handshake.ts";
import { reactToAck } from "./loss-recovery.ts";
import { armLossTimer, beginAck, noteDelivered } from "./rack.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import { challenge } from "./reset.ts";
import { applySackBlocks, forgetFirst } from "./sack-scoreboard.ts";
import type { Segment } from "./segment.ts";
import { timestampAt } from "./segment-builder.ts";
import { SentFlag } from "./sent-segments.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { Timer } from "./timer-table.ts";
import { endUrgentSending } from "./urgent.ts";

/**
 * The fifth check on an arriving segment: the ACK field (RFC 9293 §3.10.7.4).
 * False when the segment is to be dropped.
 */
export function acknowledge(tcb: Tcb, segment: Segment, now: number): boolean {
  if (!tcb.isSynAcked && !acknowledgeSyn(tcb, segment, now)) return false;
  const { ack } = segment;
  if (!isAckPlausible(ack, tcb.sndUna, tcb.sndNxt, tcb.maxSndWnd)) {
    // SEG-22 for what was never sent, BLIND-5 for what is too old.
    tcb.counters.drop("tcp-bad-ack");
    challenge(tcb, now);
    return false;
  }
  const flightBefore = tcb.flightOctets;
  const sackedBefore = tcb.sent.sackedOctets;
  const hasNewWindow = updateWindow(tcb, segment);
  beginAck(tcb, segment, now);
  const rttMs = seqGt(ack, tcb.sndUna) ? advance(tcb, segment, now) : -1;
  const ackedOctets = flightBefore - tcb.flightOctets;
  const hasNews = tcb.hasSack && segment.sackCount > 0 && applySackBlocks(tcb, segment);
  const isDuplicate =
    ackedOctets === 0 &&
    flightBefore > 0 &&
    ack === tcb.sndUna &&
    (tcb.hasSack ? hasNews : isPlainDuplicate(segment, hasNewWindow));
  // What SACK had reported before counts no second time.
  const delivered = ackedOctets - sackedBefore + tcb.sent.sackedOctets;
  if (ackedOctets > 0) growWindow(tcb, delivered, flightBefore, rttMs, now);
  reactToAck(tcb, ackedOctets, isDuplicate, now);
  if (tcb.flightOctets > 0) armLossTimer(tcb, ackedOctets > 0, now);
  if (ackedOctets > 0) afterAdvance(tcb, now);
  tcb.mayHaveOutput = true;
  return true;
}

/** SEG-20, also when CLOSE came before the ACK of our SYN (SEG-37). */
function acknowledgeSyn(tcb: Tcb, segment: Segment, now: number): boolean {
  if (seqLe(segment.ack, tcb.sndUna) || seqGt(segment.ack, tcb.sndNxt)) {
    tcb.counters.drop("tcp-bad-ack");
    replyReset(tcb, segment.ack, false);
    return false;
  }
  if (tcb.acceptQueue?.hasRoom === false) {
    // As if the ACK had been lost: our SYN,ACK is sent again and asks for another one (Linux).
    tcb.counters.drop("tcp-accept-queue-full");
    return false;
  }
  takeWindow(tcb, segment.window << tcb.sndScale, segment.seq, segment.ack);
  completeHandshake(tcb, segment, "receive ACK of SYN", now);
  return true;
}

/** SEG-23. True when the window became another one. */
function updateWindow(tcb: Tcb, segment: Segment): boolean {
  const { seq, ack } = segment;
  if (seqLt(ack, tcb.sndUna)) return false;
  const isNewer = seqLt(tcb.sndWl1, seq) || (tcb.sndWl1 === seq && seqLe(tcb.sndWl2, ack));
  if (!isNewer) return false;
  const before = tcb.sndWnd;
  takeWindow(tcb, segment.window << tcb.sndScale, seq, ack);
  if (tcb.sndWnd === before) return false;
  if (tcb.sndWnd > 0 && tcb.timers.isArmed(Timer.PERSIST)) {
    tcb.timers.stop(Timer.PERSIST);
    tcb.probesSent = 0;
  }
  return true;
}

/** CC-15; the other conditions are the caller's. */
function isPlainDuplicate(segment: Segment, hasNewWindow: boolean): boolean {
  if (hasNewWindow || segment.payloadLength > 0) return false;
  return !segment.has(TcpFlag.SYN | TcpFlag.FIN);
}

/** SND.UNA moves up (SEG-21). Returns the round trip this tells, or −1. */
function advance(tcb: Tcb, segment: Segment, now: number): number {
  const { ack } = segment;
  const { sent, recovery } = tcb;
  let sentAt = -1;
  let resentAt = -1;
  for (let record = sent.first; record !== null && seqLt(record.seq, ack); record = sent.first) {
    if (record.has(SentFlag.EVER_RETRANSMITTED)) resentAt = Math.max(resentAt, record.sentAt);
    else if (sentAt < 0 && !record.has(SentFlag.SACKED)) sentAt = record.sentAt;
    if (!record.has(SentFlag.SACKED)) noteDelivered(tcb, record, seqMin(record.end, ack));
    forgetFirst(recovery, record, ack);
    if (seqLt(ack, record.end)) {
      sent.trimFirst(ack);
      break;
    }
    sent.shift();
  }
  tcb.sndUna = ack;
  if (seqLt(recovery.lossEdge, ack)) recovery.lossEdge = ack;
  if (seqLt(recovery.highestSacked, ack)) recovery.highestSacked = ack;
  if (tcb.hasSmallInFlight && seqGe(ack, tcb.smallSentEnd)) tcb.hasSmallInFlight = false;
  tcb.sendBuffer.releaseUpTo(ack);
  const rttMs = resentAt < 0 && sentAt >= 0 ? now - sentAt : echoedRtt(tcb, segment, resentAt, now);
  if (rttMs < 0) return -1;
  tcb.rtt.sample(rttMs);
  // Karn: the back-off ends with a sample, not with any ACK.
  tcb.rtt.resetBackOff();
  return rttMs;
}

/**
 * The round trip that the timestamp echo tells when segments were sent more
 * than once (RTO-6, TS-7), or −1. An echo from before the last retransmission,
 * at `resentAt`, answers the first copy, perhaps in reply to the second one: it
 * measures nothing. One from farther back than any timeout is made up.
 */
function echoedRtt(tcb: Tcb, segment: Segment, resentAt: number, now: number): number {
  if (!tcb.hasTimestamps || !segment.tsPresent || segment.tsEcr === 0) return -1;
  const elapsed = (timestampAt(tcb, now) - segment.tsEcr) | 0;
  const longest = resentAt < 0 ? tcb.config.maxRtoMs : now - resentAt + 1;
  return elapsed >= 0 && elapsed <= longest ? elapsed : -1;
}

/**
 * CC-29: the window grows while it is what limits sending; not while fast
 * recovery drives it, and not on a duplicate ACK (CC-16).
 */
function growWindow(
  tcb: Tcb,
  delivered: number,
  flightBefore: number,
  rttMs: number,
  now: number,
): void {
  const { congestion, recovery } = tcb;
  const isLimited =
    tcb.isWindowLimited || (congestion.inSlowStart && congestion.window < 2 * tcb.maxFlight);
  if (isLimited && delivered > 0 && recovery.phase !== RecoveryPhase.FAST) {
    const sample = tcb.scratch.ackSample;
    sample.now = now;
    sample.ackedOctets = delivered;
    sample.flightBefore = flightBefore;
    sample.rttMs = rttMs;
    sample.srttMs = tcb.rtt.srtt;
    sample.mss = tcb.mss;
    congestion.onAck(sample);
  }
  if (seqGe(tcb.sndUna, tcb.limitRoundEnd)) {
    tcb.limitRoundEnd = tcb.sndNxt;
    tcb.maxFlight = tcb.flightOctets;
    tcb.isWindowLimited = false;
  }
}

/** New data is acknowledged: the path is alive, the timer starts anew, writers go on. */
function afterAdvance(tcb: Tcb, now: number): void {
  tcb.timeouts = 0;
  tcb.path.confirm();
  endUrgentSending(tcb);
  if (tcb.flightOctets === 0) {
    tcb.timers.stop(Timer.RETRANSMIT);
    tcb.timers.stop(Timer.REORDERING);
  }
  if (tcb.wantsWritable && isRoomy(tcb)) {
    tcb.wantsWritable = false;
    tcb.events |= TcpEvent.WRITABLE;
  }
  if (tcb.isFinAcked) onFinAcked(tcb, now);
}

/** A third of the buffer is free: enough to wake a writer for (Linux). */
export function isRoomy(tcb: Tcb): boolean {
  const { free, length } = tcb.sendBuffer;
  return free > 0 && free >= length / 2;
}

import { type Seq, seqAdd, seqDiff, seqGe, seqGt, seqLt, seqMax } from "../base/seq.ts";
import { isRecent, noteDelivered } from "./rack.ts";
import type { RecoveryState } from "./recovery-state.ts";
import type { Segment } from "./segment.ts";
import { SentFlag, type SentSegment } from "./sent-segments.ts";
import { noteEpisodeDuplicates } from "./spurious-recovery.ts";
import type { Tcb } from "./tcb.ts";

/**
 * The sender's half of SACK (RFC 6675): marks what the peer holds and judges
 * what must be lost. Each record is judged once, at `lossEdge`, which only
 * moves up; neighbours that are held become one record. So an ACK costs what
 * it tells anew, however many records there are and whatever it repeats.
 */

/** Marks the blocks of an ACK; true when it told anything new, be it less than a segment (SR-9). */
export function applySackBlocks(tcb: Tcb, segment: Segment): boolean {
  const { sent, recovery } = tcb;
  const { sackedOctets } = sent;
  noteDuplicates(tcb, segment);
  const { highestSacked } = recovery;
  for (let block = 0; block < segment.sackCount; block++) {
    const left = segment.sackLeft(block);
    const right = segment.sackRight(block);
    // SACK-15. What lies below SND.UNA reports a duplicate (D-SACK), or lies.
    if (!seqLt(left, right) || seqLt(left, tcb.sndUna) || seqGt(right, tcb.sndNxt)) continue;
    markRange(tcb, left, right);
    recovery.highestSacked = seqMax(recovery.highestSacked, right);
  }
  return sent.sackedOctets !== sackedOctets || recovery.highestSacked !== highestSacked;
}

/**
 * IsLost (SR-1): a record is lost when three segments above it have arrived.
 * That covers both conditions of RFC 6675, three ranges and more than two full
 * segments, and counts small segments as Linux does.
 */
export function judgeLosses(tcb: Tcb): void {
  const { sent, recovery } = tcb;
  let index = sent.indexOf(recovery.lossEdge);
  while (index < sent.count) {
    const record = sent.at(index);
    if (record.has(SentFlag.SACKED)) {
      recovery.sackedAboveEdge = Math.max(recovery.sackedAboveEdge - record.segments, 0);
    } else if (recovery.sackedAboveEdge >= DUP_THRESH) {
      sent.setFlags(record, record.flags | SentFlag.LOST);
    } else {
      return;
    }
    recovery.lossEdge = record.end;
    index++;
  }
}

/** The oldest record is about to leave the queue, acknowledged up to `ack`: keeps the judgement straight. */
export function forgetFirst(recovery: RecoveryState, record: SentSegment, ack: Seq): void {
  if (seqLt(record.seq, recovery.lossEdge)) return;
  if (record.has(SentFlag.SACKED)) {
    recovery.sackedAboveEdge = Math.max(recovery.sackedAboveEdge - record.segments, 0);
    recovery.lossEdge = record.end;
  } else if (seqLt(recovery.lossEdge, ack)) {
    recovery.lossEdge = ack;
  }
}

/**
 * The timer went off: everything in flight is taken for lost (RFC 5681 §3.1),
 * with RACK but for what left too recently behind the oldest segment (RFC 8985
 * §6.3). What SACK reported stays reported, unless the oldest segment is among
 * it: then the peer has thrown away what it held, and nothing it said counts
 * (SACK-9, RFC 2018 §8).
 */
export function markAllLost(tcb: Tcb, now: number): void {
  const { sent, recovery } = tcb;
  const hasReneged = sent.first?.has(SentFlag.SACKED) === true;
  for (let index = 0; index < sent.count; index++) {
    const record = sent.at(index);
    if (index > 0 && tcb.usesRack && !hasReneged && isRecent(tcb, record, now)) continue;
    const kept = record.flags & SentFlag.EVER_RETRANSMITTED;
    if (hasReneged || !record.has(SentFlag.SACKED)) sent.setFlags(record, kept | SentFlag.LOST);
  }
  recovery.lossEdge = tcb.sndNxt;
  recovery.sackedAboveEdge = 0;
  recovery.retransmitFrom = tcb.sndUna;
  if (hasReneged) recovery.highestSacked = tcb.sndUna;
}

/** The oldest segment, and no more of its record, is lost. */
export function markFirstLost(tcb: Tcb): void {
  const { sent, recovery } = tcb;
  const { first } = sent;
  if (first === null || (first.flags & (SentFlag.LOST | SentFlag.SACKED)) !== 0) return;
  if (first.length > first.mss) sent.splitAt(0, seqAdd(first.seq, first.mss));
  sent.setFlags(first, first.flags | SentFlag.LOST);
  if (seqLt(recovery.lossEdge, first.end)) recovery.lossEdge = first.end;
}

/** Index of the oldest lost record that was not sent again yet, or −1. */
export function nextLost(tcb: Tcb): number {
  const { sent, recovery } = tcb;
  if (sent.lostOctets === 0) return -1;
  let index = sent.indexOf(seqMax(recovery.retransmitFrom, tcb.sndUna));
  while (index < sent.count) {
    const record = sent.at(index);
    if (seqGe(record.seq, recovery.lossEdge)) return -1;
    if (record.has(SentFlag.LOST) && !record.has(SentFlag.RETRANSMITTED)) return index;
    recovery.retransmitFrom = record.end;
    index++;
  }
  return -1;
}

/** Index of the next hole below what SACK reported that is not judged lost (SR-3, third rule), or −1. */
export function nextHole(tcb: Tcb): number {
  const { sent, recovery } = tcb;
  let index = sent.indexOf(seqMax(recovery.highRxt, recovery.lossEdge));
  while (index < sent.count) {
    const record = sent.at(index);
    if (seqGe(record.seq, recovery.highestSacked)) return -1;
    if ((record.flags & (SentFlag.SACKED | SentFlag.RETRANSMITTED)) === 0) return index;
    recovery.highRxt = record.end;
    index++;
  }
  return -1;
}

/** DupThresh (RFC 6675 §2). */
export const DUP_THRESH = 3;

/** SACK-13: the first block tells of a duplicate when it is acknowledged, or inside the second (RFC 2883 §4). */
function noteDuplicates(tcb: Tcb, segment: Segment): void {
  const left = segment.sackLeft(0);
  const right = segment.sackRight(0);
  if (!seqLt(left, right) || seqGt(right, tcb.sndNxt)) return;
  const isInSecond =
    segment.sackCount > 1 && seqGe(left, segment.sackLeft(1)) && seqGe(segment.sackRight(1), right);
  if (seqGt(right, segment.ack) && !isInSecond) return;
  const segments = Math.ceil(seqDiff(right, left) / tcb.mss);
  const areOurs = tcb.rack.onDuplicates(segments, tcb.sndUna, tcb.sndNxt);
  if (areOurs) noteEpisodeDuplicates(tcb, right, segments);
}

/** Marks every whole segment of `[left, right)`. */
function markRange(tcb: Tcb, left: Seq, right: Seq): void {
  const { sent } = tcb;
  let index = firstWithin(tcb, left, right);
  while (index < sent.count) {
    const record = sent.at(index);
    if (seqGe(record.seq, right)) return;
    if (!record.has(SentFlag.SACKED)) {
      if (seqGt(record.end, right) && !cutAtSegment(tcb, index, right)) return;
      markHeld(tcb, record);
      index = mergeAround(tcb, index);
    }
    index++;
  }
}

/** Index of the first record that begins at or after `left`; the one across `left` is cut in two. */
function firstWithin(tcb: Tcb, left: Seq, right: Seq): number {
  const { sent } = tcb;
  const index = sent.indexOf(left);
  if (index === sent.count) return index;
  const record = sent.at(index);
  const before = seqDiff(left, record.seq);
  if (before <= 0 || record.has(SentFlag.SACKED)) return index;
  // Only whole segments: octet by octet the queue could be chopped up (SACK Panic, CVE-2019-11477).
  const cut = seqAdd(record.seq, Math.ceil(before / record.mss) * record.mss);
  if (seqLt(cut, right) && seqLt(cut, record.end)) sent.splitAt(index, cut);
  return index + 1;
}

/** Cuts the record so that it ends at or before `right`; false when no whole segment of it does. */
function cutAtSegment(tcb: Tcb, index: number, right: Seq): boolean {
  const record = tcb.sent.at(index);
  const whole = seqDiff(right, record.seq);
  const octets = whole - (whole % record.mss);
  if (octets === 0) return false;
  tcb.sent.splitAt(index, seqAdd(record.seq, octets));
  return true;
}

function markHeld(tcb: Tcb, record: SentSegment): void {
  const { sent, recovery } = tcb;
  noteDelivered(tcb, record, record.end);
  sent.setFlags(record, (record.flags & SentFlag.EVER_RETRANSMITTED) | SentFlag.SACKED);
  if (record.seq === recovery.lossEdge) recovery.lossEdge = record.end;
  else if (seqGt(record.seq, recovery.lossEdge)) recovery.sackedAboveEdge += record.segments;
}

/** Joins the held record with held neighbours; returns its index. */
function mergeAround(tcb: Tcb, index: number): number {
  const { sent, recovery } = tcb;
  if (isHeld(tcb, index + 1)) {
    const next = sent.at(index + 1);
    // The edge must not end up inside a record: it passes over, as `judgeLosses` would.
    if (next.seq === recovery.lossEdge) {
      recovery.lossEdge = next.end;
      recovery.sackedAboveEdge = Math.max(recovery.sackedAboveEdge - next.segments, 0);
    }
    sent.mergeWithNext(index);
  }
  if (!isHeld(tcb, index - 1)) return index;
  sent.mergeWithNext(index - 1);
  return index - 1;
}

function isHeld(tcb: Tcb, index: number): boolean {
  const { sent } = tcb;
  return index >= 0 && index < sent.count && sent.at(index).has(SentFlag.SACKED);
}

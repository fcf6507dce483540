import { type Seq, seqAdd, seqDiff, seqGe, seqGt, seqLt, seqMin } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { pipe } from "./loss-recovery.ts";
import { guardSent } from "./rack.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import { nextHole, nextLost } from "./sack-scoreboard.ts";
import { buildSegment, sackOctets } from "./segment-builder.ts";
import { SentFlag, type SentSegment } from "./sent-segments.ts";
import { noteEpisodeResent } from "./spurious-recovery.ts";
import { superSegmentOctets } from "./super-segment.ts";
import type { Tcb } from "./tcb.ts";

/**
 * Sends again what is taken for lost, oldest first, as the congestion window
 * allows (NextSeg's first rule, SR-3). False when there is nothing to send.
 */
export function retransmitLost(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  const index = nextLost(tcb);
  if (index < 0) return false;
  const { recovery } = tcb;
  const kind = recovery.phase === RecoveryPhase.LOSS ? "timeout" : "fast";
  if (!resend(tcb, index, recovery.forced, kind, packet, now)) return false;
  recovery.forced = false;
  return true;
}

/**
 * When no new data can be sent in fast recovery (NextSeg's third and fourth
 * rule): holes not yet judged lost, then, once, the last segment, so that the
 * loss of the tail does not have to wait for the timer (SR-10). With RACK only
 * what it found lost is sent again (RFC 8985 §9.2).
 */
export function retransmitHoles(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  const { recovery, sent } = tcb;
  if (recovery.phase !== RecoveryPhase.FAST || !tcb.hasSack || sent.count === 0) return false;
  if (tcb.usesRack) return false;
  const hole = nextHole(tcb);
  if (hole >= 0) return resend(tcb, hole, false, "hole", packet, now);
  if (recovery.rescued) return false;
  let index = sent.count - 1;
  while (index >= 0 && sent.at(index).has(SentFlag.SACKED)) index--;
  if (index < 0) return false;
  const record = sent.at(index);
  if (record.has(SentFlag.LOST) || record.has(SentFlag.RETRANSMITTED)) return false;
  const tail = Math.min(record.length, record.mss);
  if (tail < record.length) sent.splitAt(index++, seqAdd(record.end, -tail));
  recovery.rescued = resend(tcb, index, false, "rescue", packet, now);
  return recovery.rescued;
}

/** Sends as much of record `index` as window and packet take; the rest of it becomes a record of its own. */
function resend(
  tcb: Tcb,
  index: number,
  isForced: boolean,
  kind: string,
  packet: PacketBuffer,
  now: number,
): boolean {
  const { sent } = tcb;
  const record = sent.at(index);
  const most = sendableOctets(tcb, record, isForced);
  if (most <= 0) return false;
  if (record.length > most) sent.splitAt(index, seqAdd(record.seq, most));
  const end = seqMin(record.end, tcb.sendBuffer.end);
  const length = Math.max(seqDiff(end, record.seq), 0);
  const mss = segmentOctets(tcb);
  buildSegment(tcb, packet, record.seq, length, flagsOf(tcb, record.end, length), now);
  if (length > mss) packet.gsoSize = mss;
  sent.noteResent(record, now);
  if (seqGt(record.end, tcb.recovery.highRxt) && kind !== "rescue") {
    tcb.recovery.highRxt = record.end;
  }
  const segments = Math.max(Math.ceil(length / mss), 1);
  tcb.rack.resentSegments += segments;
  noteEpisodeResent(tcb, segments, now);
  guardSent(tcb, now);
  const { observer } = tcb.counters;
  observer?.tcpRetransmit?.(tcb.connection, record.seq, record.length, kind);
  return true;
}

/**
 * How much of `record` may leave: the congestion window less what is in the
 * network, in whole segments, and what the peer's window takes. Beyond a window
 * that was shrunk only the oldest segment is sent, as a probe (SHLD-16).
 */
function sendableOctets(tcb: Tcb, record: SentSegment, isForced: boolean): number {
  const mss = segmentOctets(tcb);
  let most = Math.min(record.length, superSegmentOctets(tcb, mss, record.seq));
  const room = isForced ? mss : tcb.congestion.window - pipe(tcb);
  if (room < Math.min(most, mss)) {
    tcb.isWindowLimited = true;
    return 0;
  }
  if (room < most) most = room - (room % mss);
  return Math.min(most, windowLeft(tcb, record.seq, mss));
}

function windowLeft(tcb: Tcb, seq: Seq, mss: number): number {
  const end = tcb.sndWindowEnd;
  if (!seqGe(seq, end)) return seqDiff(end, seq);
  return seq === tcb.sndUna ? mss : 0;
}

function segmentOctets(tcb: Tcb): number {
  return Math.max(tcb.mss - sackOctets(tcb), 1);
}

/** PSH on the last octets (MUST-61), FIN where it was sent. */
function flagsOf(tcb: Tcb, end: Seq, length: number): number {
  const last = tcb.sendBuffer.end;
  let flags: number = TcpFlag.ACK;
  if (length > 0 && !seqLt(end, last)) flags |= TcpFlag.PSH;
  if (seqGt(end, last)) flags |= TcpFlag.FIN;
  return flags;
}

import { seqAdd, seqLe, seqMin } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { isAcceptable, isOldTimestamp } from "./acceptability.ts";
import { acknowledge } from "./acknowledge.ts";
import { failByReset, finish } from "./closing.ts";
import { noteDuplicate, receiveFin, receiveText } from "./receive-text.ts";
import { challenge } from "./reset.ts";
import type { Segment } from "./segment.ts";
import { TcpState } from "./state.ts";
import { arriveInSynSent } from "./syn-sent.ts";
import type { Tcb } from "./tcb.ts";
import { arriveInTimeWait } from "./time-wait-arrives.ts";
import { checkUrgent } from "./urgent.ts";

/**
 * SEGMENT ARRIVES (RFC 9293 §3.10.7) for every state but CLOSED and LISTEN,
 * which have no control block. The checks come in the RFC's order, with PAWS
 * before the sequence check (RFC 7323 §5.3). Nothing is sent here: what is to
 * be sent is marked, and output follows when the batch is done.
 */
export function segmentArrives(
  tcb: Tcb,
  segment: Segment,
  packet: PacketBuffer,
  now: number,
): void {
  tcb.keepAlive.lastHeardAt = now;
  tcb.keepAlive.probesSent = 0;
  tcb.probesUnanswered = 0;
  switch (tcb.state) {
    case TcpState.CLOSED:
    case TcpState.LISTEN:
      return;
    case TcpState.SYN_SENT:
      arriveInSynSent(tcb, segment, packet, now);
      return;
    case TcpState.TIME_WAIT:
      arriveInTimeWait(tcb, segment, now);
      return;
  }
  if (!checkTimestamp(tcb, segment, now)) return;
  if (!checkSequence(tcb, segment, now)) return;
  if (!checkReset(tcb, segment, now)) return;
  if (!checkSyn(tcb, segment, now)) return;
  if (!segment.has(TcpFlag.ACK)) {
    tcb.counters.drop("tcp-no-ack");
    return;
  }
  takeTimestamp(tcb, segment, now);
  if (!acknowledge(tcb, segment, now)) return;
  checkUrgent(tcb, segment);
  receiveText(tcb, segment, packet.bytes, now);
  receiveFin(tcb, segment, now);
}

/** PAWS (RFC 7323 §5.3 R1). A RST is exempt (PAWS-2). */
function checkTimestamp(tcb: Tcb, segment: Segment, now: number): boolean {
  if (!tcb.hasTimestamps || segment.has(TcpFlag.RST)) return true;
  if (!segment.tsPresent) {
    tcb.counters.drop("tcp-missing-timestamp");
    return false;
  }
  if (!isOldTimestamp(segment.tsVal, tcb.tsRecent, now - tcb.tsRecentAt)) return true;
  tcb.counters.drop("tcp-paws");
  if (segment.payloadLength > 0) noteOldText(tcb, segment);
  challenge(tcb, now);
  return false;
}

/** First: the sequence number (SEG-11, SEG-12). */
function checkSequence(tcb: Tcb, segment: Segment, now: number): boolean {
  if (isAcceptable(segment.seq, segment.length, tcb.rcvNxt, tcb.rcvWnd)) return true;
  if (isCrossedSynAck(tcb, segment)) {
    segment.trimHead(1);
    // Our own SYN,ACK may have been lost: the ACK does the same for the peer.
    tcb.ackNow = true;
    return true;
  }
  if (takesZeroWindow(tcb, segment)) return true;
  if (isRepeatedSyn(tcb, segment)) {
    tcb.synPending = true;
    tcb.mayHaveOutput = true;
    return false;
  }
  tcb.counters.drop("tcp-unacceptable");
  if (segment.has(TcpFlag.RST)) return false;
  if (segment.payloadLength > 0) noteOldText(tcb, segment);
  // What carries text is no part of a war of ACKs and is answered always (ZWP-1); the rest so often.
  if (segment.payloadLength > 0 && !segment.has(TcpFlag.SYN)) {
    tcb.ackNow = true;
    tcb.mayHaveOutput = true;
  } else {
    challenge(tcb, now);
  }
  return false;
}

/** Second: the RST bit (RFC 5961 §3.2). */
function checkReset(tcb: Tcb, segment: Segment, now: number): boolean {
  if (!segment.has(TcpFlag.RST)) return true;
  if (segment.seq === tcb.rcvNxt) {
    failByReset(tcb);
  } else {
    // BLIND-3. What lies outside the window did not come this far (BLIND-1).
    tcb.counters.drop("tcp-challenge-ack");
    challenge(tcb, now);
  }
  return false;
}

/** Fourth: the SYN bit (RFC 5961 §4.2; SEG-18 for a half-open connection of a listener). */
function checkSyn(tcb: Tcb, segment: Segment, now: number): boolean {
  if (!segment.has(TcpFlag.SYN)) return true;
  tcb.counters.drop("tcp-challenge-ack");
  if (tcb.state === TcpState.SYN_RECEIVED && tcb.isPassive) {
    // The peer has begun anew; its next SYN finds the listener.
    finish(tcb, "receive RST");
  } else {
    challenge(tcb, now);
  }
  return false;
}

/** TS.Recent follows what extends the acknowledged stream (TS-5). */
function takeTimestamp(tcb: Tcb, segment: Segment, now: number): void {
  if (!tcb.hasTimestamps || !segment.tsPresent || !seqLe(segment.seq, tcb.lastAckSent)) return;
  tcb.tsRecent = segment.tsVal;
  tcb.tsRecentAt = now;
}

/** The SYN,ACK of a simultaneous open: its SYN is known already, its ACK is what we wait for. */
function isCrossedSynAck(tcb: Tcb, segment: Segment): boolean {
  return (
    tcb.state === TcpState.SYN_RECEIVED &&
    !tcb.isPassive &&
    segment.seq === tcb.irs &&
    segment.has(TcpFlag.SYN) &&
    segment.has(TcpFlag.ACK)
  );
}

/** The peer's SYN again: our SYN,ACK was lost. */
function isRepeatedSyn(tcb: Tcb, segment: Segment): boolean {
  return (
    tcb.state === TcpState.SYN_RECEIVED &&
    segment.seq === tcb.irs &&
    segment.has(TcpFlag.SYN) &&
    !segment.has(TcpFlag.ACK | TcpFlag.RST)
  );
}

/**
 * With a closed window ACK, URG and RST of what comes next still count
 * (SEG-13, MUST-66); its text is left outside and asked for again. A bare FIN
 * needs no room and is taken, as Linux does.
 */
function takesZeroWindow(tcb: Tcb, segment: Segment): boolean {
  if (tcb.rcvWnd !== 0 || segment.seq !== tcb.rcvNxt || segment.has(TcpFlag.SYN)) return false;
  if (segment.payloadLength > 0) segment.trimTail(segment.length);
  tcb.ackNow = true;
  tcb.mayHaveOutput = true;
  return true;
}

/** Text that arrived before is reported as a duplicate (SACK-11). */
function noteOldText(tcb: Tcb, segment: Segment): void {
  const end = seqAdd(segment.seq, segment.payloadLength);
  noteDuplicate(tcb, segment.seq, seqMin(end, tcb.rcvNxt));
}

import { seqAdd } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { pipe } from "./loss-recovery.ts";
import { persistDeadline } from "./persist.ts";
import { guardSent } from "./rack.ts";
import { RecoveryPhase } from "./recovery-state.ts";
import { retransmitHoles, retransmitLost } from "./retransmission.ts";
import { buildSegment, sackOctets } from "./segment-builder.ts";
import { isHeldBack, mayTransmit, type SendQuestion, SWS_OVERRIDE_MS } from "./send-policy.ts";
import { TcpState } from "./state.ts";
import { superSegmentOctets } from "./super-segment.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { Timer } from "./timer-table.ts";
import { isSynchronized } from "./transition.ts";

/**
 * The next segment, if any: a RST, the SYN, what was lost, new data, a probe,
 * a bare ACK, in this order. Called until it returns false. Arriving segments
 * only leave marks, so however many were handled before, one ACK answers them
 * (MUST-58, MUST-59).
 */
export function nextSegment(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  if (tcb.resetPending) return sendReset(tcb, packet, now);
  if (tcb.synPending) return sendSyn(tcb, packet, now);
  if (tcb.state === TcpState.SYN_SENT || tcb.state === TcpState.CLOSED) return false;
  return (
    retransmitLost(tcb, packet, now) ||
    sendNew(tcb, packet, now) ||
    retransmitHoles(tcb, packet, now) ||
    sendProbe(tcb, packet, now) ||
    sendAck(tcb, packet, now)
  );
}

function sendReset(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  const flags = tcb.resetAcks ? TcpFlag.RST | TcpFlag.ACK : TcpFlag.RST;
  buildSegment(tcb, packet, tcb.resetSeq, 0, flags, now);
  tcb.resetPending = false;
  if (tcb.state === TcpState.CLOSED) tcb.events |= TcpEvent.CLOSED;
  return true;
}

function sendSyn(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  const flags = tcb.state === TcpState.SYN_SENT ? TcpFlag.SYN : TcpFlag.SYN | TcpFlag.ACK;
  buildSegment(tcb, packet, tcb.iss, 0, flags, now);
  tcb.synPending = false;
  tcb.synTransmissions++;
  if (!tcb.timers.isArmed(Timer.RETRANSMIT)) tcb.timers.set(Timer.RETRANSMIT, now + tcb.rtt.rto);
  return true;
}

/** New data and our FIN, as far as both windows and send-policy.ts allow. */
function sendNew(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  const unsent = tcb.unsentOctets;
  const finWaits = tcb.isSendShut && !tcb.isFinSent;
  if (unsent === 0 && !finWaits) return false;
  if (!tcb.isSynAcked && (unsent > 0 || tcb.state !== TcpState.FIN_WAIT_1)) return false;
  if (tcb.flightOctets === 0 && unsent > 0) {
    tcb.congestion.onIdle(now, now - tcb.lastDataSentAt, tcb.rtt.rto);
  }
  const question = askQuestion(tcb, unsent, finWaits);
  const length = sendableOctets(tcb, question);
  // The FIN needs room in the peer's window like an octet, but none in the congestion window.
  const hasFin = finWaits && length === unsent && question.usableWindow > length;
  if (length === 0 && !hasFin) {
    waitForWindow(tcb, question, now);
    return false;
  }
  const flags = TcpFlag.ACK | (length > 0 && length === unsent ? TcpFlag.PSH : 0);
  buildSegment(tcb, packet, tcb.sndNxt, length, hasFin ? flags | TcpFlag.FIN : flags, now);
  if (length > question.mss) packet.gsoSize = question.mss;
  noteSent(tcb, length, hasFin, question.mss, now);
  return true;
}

/** RFC 9293 §3.8.4: a number below the window, no data; whoever lives answers with an ACK (SHLD-12, ZWP-2). */
function sendProbe(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  if (!tcb.probePending) return false;
  tcb.probePending = false;
  buildSegment(tcb, packet, seqAdd(tcb.sndUna, -1), 0, TcpFlag.ACK, now);
  return true;
}

function sendAck(tcb: Tcb, packet: PacketBuffer, now: number): boolean {
  if (!tcb.ackNow && tcb.delayedAck.deadline > now) return false;
  if (!isSynchronized(tcb.state) && tcb.state !== TcpState.SYN_RECEIVED) return false;
  buildSegment(tcb, packet, tcb.sndNxt, 0, TcpFlag.ACK, now);
  return true;
}

function askQuestion(tcb: Tcb, unsent: number, finWaits: boolean): SendQuestion {
  const question = tcb.scratch.sendQuestion;
  question.unsentOctets = unsent;
  question.usableWindow = tcb.usableWindow;
  question.mss = Math.max(tcb.mss - sackOctets(tcb), 1);
  question.maxSendWindow = tcb.maxSndWnd;
  question.flightOctets = tcb.flightOctets;
  question.smallInFlight = tcb.hasSmallInFlight;
  question.noDelay = tcb.settings.noDelay;
  question.corked = tcb.settings.cork || tcb.isMoreComing;
  question.finQueued = finWaits;
  question.overridden = tcb.isOverridden;
  return question;
}

/** Payload octets that may leave now, 0 for none. Above a segment, whole segments and perhaps the tail. */
function sendableOctets(tcb: Tcb, question: SendQuestion): number {
  const { unsentOctets, usableWindow, mss } = question;
  let length = Math.min(unsentOctets, usableWindow);
  if (length <= 0) return 0;
  const room = tcb.congestion.window - pipe(tcb);
  if (room < Math.min(length, mss)) {
    tcb.isWindowLimited = true;
    return 0;
  }
  if (room < length) {
    tcb.isWindowLimited = true;
    length = room - (room % mss);
  }
  length = Math.min(length, superSegmentOctets(tcb, mss, tcb.sndNxt));
  if (length < mss) return mayTransmit(question) ? length : 0;
  const tail = length % mss;
  if (tail === 0) return length;
  return length === unsentOctets && mayTailLeave(question, tail) ? length : length - tail;
}

/** The last part of a write, shorter than a segment, behind full ones in the same packet. */
function mayTailLeave(question: SendQuestion, tail: number): boolean {
  question.flightOctets += question.unsentOctets - tail;
  return !isHeldBack(question);
}

/**
 * Nothing in flight and something to send: no ACK will come by itself, so the
 * persist timer asks (MUST-36), or lets go what was held back (SWS-4).
 */
function waitForWindow(tcb: Tcb, question: SendQuestion, now: number): void {
  if (tcb.flightOctets > 0 || tcb.timers.isArmed(Timer.PERSIST)) return;
  const rto = tcb.rtt.baseRto;
  const deadline =
    question.usableWindow > 0
      ? now + Math.min(rto, SWS_OVERRIDE_MS)
      : persistDeadline(now, rto, tcb.probesSent, tcb.config.maxRtoMs);
  tcb.timers.set(Timer.PERSIST, deadline);
}

function noteSent(tcb: Tcb, length: number, hasFin: boolean, mss: number, now: number): void {
  const { recovery } = tcb;
  const seq = tcb.sndNxt;
  const end = seqAdd(seq, hasFin ? length + 1 : length);
  tcb.sent.push(seq, end, mss, now);
  tcb.sndNxt = end;
  tcb.isOverridden = false;
  if (length > 0) {
    // RFC 5681 §4.2: who answers data with data needs no quick ACKs to keep the peer's window growing.
    if (tcb.receiveBuffer.nxt !== seqAdd(tcb.irs, 1)) tcb.quickAcksLeft = 0;
    tcb.lastDataSentAt = now;
    if (length % mss !== 0) {
      tcb.hasSmallInFlight = true;
      tcb.smallSentEnd = end;
    }
  }
  if (recovery.phase === RecoveryPhase.OPEN && recovery.dupAcks > 0)
    recovery.limitedOctets += length;
  tcb.maxFlight = Math.max(tcb.maxFlight, tcb.flightOctets);
  tcb.timers.stop(Timer.PERSIST);
  guardSent(tcb, now);
}

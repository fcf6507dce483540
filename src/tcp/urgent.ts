import { Errno } from "../base/errno.ts";
import { type Seq, seqAdd, seqDiff, seqGt, seqLe, seqLt } from "../base/seq.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { maySendText } from "./transition.ts";
import { Mark, UrgentState } from "./urgent-state.ts";

/** The next octet written is urgent: its end is the pointer of what is sent from now on. */
export function markUrgent(tcb: Tcb): void {
  tcb.urgent ??= new UrgentState();
  tcb.urgent.isSending = true;
  tcb.urgent.sndUp = tcb.sendBuffer.end;
}

/** Whether a segment from `seq` on carries the pointer. Super-segments cannot, for it would be copied. */
export function isUrgentAhead(tcb: Tcb, seq: Seq): boolean {
  return tcb.urgent?.isSending === true && seqLt(seq, tcb.urgent.sndUp);
}

/** The urgent pointer field of a segment at `seq`; more than it can tell is told as its maximum. */
export function urgentPointerAt(tcb: Tcb, seq: Seq): number {
  return Math.min(seqDiff(tcb.urgent?.sndUp ?? seq, seq), 0xffff);
}

/** Everything urgent has been acknowledged. */
export function endUrgentSending(tcb: Tcb): void {
  const { urgent } = tcb;
  if (urgent?.isSending === true && seqLe(urgent.sndUp, tcb.sndUna)) urgent.isSending = false;
}

/**
 * The sixth check on an arriving segment: the URG bit (SEG-26). The
 * application hears of it once for each advance of the pointer (MUST-32).
 */
export function checkUrgent(tcb: Tcb, segment: Segment): void {
  if (!segment.has(TcpFlag.URG) || !maySendText(tcb.state)) return;
  const last = seqAdd(segment.seq, Math.max(segment.urgentPointer - 1, 0));
  if (seqLt(last, tcb.rcvNxt)) return;
  tcb.urgent ??= new UrgentState();
  const { urgent } = tcb;
  if (urgent.mark !== Mark.NONE && !seqGt(last, urgent.rcvUrgent)) return;
  dropUnreadOctet(tcb, urgent);
  urgent.mark = Mark.EXPECTED;
  urgent.rcvUrgent = last;
  tcb.events |= TcpEvent.URGENT;
}

/** Keeps the urgent octet if this segment, trimmed to the window, brings it. */
export function takeUrgentOctet(tcb: Tcb, segment: Segment, bytes: Uint8Array): void {
  const { urgent } = tcb;
  if (urgent === null || urgent.mark !== Mark.EXPECTED) return;
  const offset = seqDiff(urgent.rcvUrgent, segment.seq);
  if (offset < 0 || offset >= segment.payloadLength) return;
  urgent.octet = bytes[segment.payloadAt + offset]!;
  urgent.mark = Mark.ARRIVED;
  tcb.events |= TcpEvent.URGENT;
}

/**
 * `recv(2)` with MSG_OOB: the urgent octet. −EINVAL when there is none, it was
 * read, or it stays in the stream; −EAGAIN when only its pointer has arrived.
 */
export function readUrgent(tcb: Tcb, peek: boolean): number {
  const { urgent } = tcb;
  if (tcb.settings.oobInline || urgent === null) return -Errno.EINVAL;
  if (urgent.mark === Mark.NONE || urgent.mark === Mark.READ) return -Errno.EINVAL;
  if (urgent.mark === Mark.EXPECTED) return -Errno.EAGAIN;
  if (!peek) urgent.mark = Mark.READ;
  return urgent.octet;
}

/** Octets between the read point and the urgent octet; Infinity when none lies ahead. */
export function octetsToMark(tcb: Tcb): number {
  const { urgent } = tcb;
  if (urgent === null || urgent.mark === Mark.NONE) return Infinity;
  const octets = seqDiff(urgent.rcvUrgent, readPoint(tcb));
  return octets < 0 ? Infinity : octets;
}

/** Whether the next octet read is the urgent one (`sockatmark(3)`). */
export function isAtMark(tcb: Tcb): boolean {
  return octetsToMark(tcb) === 0;
}

/** Whether an urgent octet could be read out of band now (POLLPRI). */
export function hasUrgentOctet(tcb: Tcb): boolean {
  return tcb.urgent?.mark === Mark.ARRIVED;
}

/** The read point has moved: a mark left behind is forgotten. */
export function passMark(tcb: Tcb): void {
  const { urgent } = tcb;
  if (urgent === null || urgent.mark === Mark.NONE) return;
  if (seqGt(readPoint(tcb), urgent.rcvUrgent)) urgent.mark = Mark.NONE;
}

function readPoint(tcb: Tcb): Seq {
  return seqAdd(tcb.receiveBuffer.nxt, -tcb.receiveBuffer.readable);
}

/** The pointer moves on while the reader stands at the old octet, which is no part of the stream. */
function dropUnreadOctet(tcb: Tcb, urgent: UrgentState): void {
  if (urgent.mark === Mark.NONE || tcb.settings.oobInline) return;
  if (readPoint(tcb) === urgent.rcvUrgent) tcb.receiveBuffer.skip(1);
}

import { Errno } from "../base/errno.ts";
import type { Seq } from "../base/seq.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { timeWaitMs } from "./time-wait.ts";
import { Timer } from "./timer-table.ts";
import { follow, isSynchronized, type TransitionEvent } from "./transition.ts";

/** The ways a connection ends: in order, in TIME-WAIT, by a reset, by an error. */

/** Our FIN is acknowledged (SEG-24). */
export function onFinAcked(tcb: Tcb, now: number): void {
  if (!follow(tcb, "receive ACK of FIN")) return;
  if (tcb.state === TcpState.FIN_WAIT_2) limitFinWait2(tcb, now);
  else if (tcb.state === TcpState.TIME_WAIT) enterTimeWait(tcb, now);
  else if (tcb.state === TcpState.CLOSED) release(tcb);
}

/** Nobody will read what the peer of an orphan sends: its FIN is not waited for without end (Linux). */
export function limitFinWait2(tcb: Tcb, now: number): void {
  if (tcb.isOrphan) tcb.timers.set(Timer.LINGER, now + tcb.settings.finWait2TimeoutMs);
}

/** Starts the 2 MSL, or starts them anew (MUST-13, SEG-25). */
export function enterTimeWait(tcb: Tcb, now: number): void {
  tcb.timers.stopAll();
  tcb.timers.set(Timer.LINGER, now + timeWaitMs(tcb.config.mslMs));
  dropSendQueue(tcb);
}

/** The connection is over without an error. */
export function finish(tcb: Tcb, event: TransitionEvent): void {
  if (follow(tcb, event)) release(tcb);
}

/** The connection is over, and whoever uses it gets `errno`. What has arrived can still be read. */
export function fail(tcb: Tcb, errno: number, event: TransitionEvent): void {
  if (!follow(tcb, event)) return;
  tcb.error = errno;
  tcb.events |= TcpEvent.ERROR;
  release(tcb);
}

/** The peer has reset the connection (SEG-15, SEG-16). Errnos as Linux has them. */
export function failByReset(tcb: Tcb): void {
  // SEG-15: a half-open connection of a listener vanishes silently.
  if (tcb.state === TcpState.SYN_RECEIVED && tcb.isPassive) finish(tcb, "receive RST");
  else if (!isSynchronized(tcb.state)) fail(tcb, Errno.ECONNREFUSED, "receive RST");
  else if (tcb.state === TcpState.CLOSE_WAIT) fail(tcb, Errno.EPIPE, "receive RST");
  else fail(tcb, Errno.ECONNRESET, "receive RST");
}

/** R2, the user timeout, or no answer to keep-alives: what was learned on the way is the better reason. */
export function failByTimeout(tcb: Tcb): void {
  fail(tcb, tcb.softError !== 0 ? tcb.softError : Errno.ETIMEDOUT, "timeout");
}

/** ABORT (SEG-38): everything is dropped, and the peer is told where it can know of us. */
export function abort(tcb: Tcb): void {
  const tellsPeer = mayReset(tcb.state);
  if (!follow(tcb, "ABORT")) return;
  if (tellsPeer) replyReset(tcb, tcb.sndNxt, true);
  release(tcb);
}

/** Has a RST sent. With `acks` it acknowledges too, as a RST that answers nothing should. */
export function replyReset(tcb: Tcb, seq: Seq, acks: boolean): void {
  tcb.resetPending = true;
  tcb.resetSeq = seq;
  tcb.resetAcks = acks;
  tcb.mayHaveOutput = true;
}

/** SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT. */
function mayReset(state: TcpState): boolean {
  return (
    state === TcpState.SYN_RECEIVED ||
    state === TcpState.ESTABLISHED ||
    state === TcpState.FIN_WAIT_1 ||
    state === TcpState.FIN_WAIT_2 ||
    state === TcpState.CLOSE_WAIT
  );
}

/** In CLOSED: only the error, unread data and perhaps a RST are left. */
function release(tcb: Tcb): void {
  tcb.timers.stopAll();
  tcb.delayedAck.onAckSent();
  tcb.ackNow = false;
  tcb.synPending = false;
  tcb.probePending = false;
  dropSendQueue(tcb);
  if (tcb.isOrphan) tcb.receiveBuffer.start(tcb.receiveBuffer.nxt);
  tcb.sackBlocks = null;
  if (!tcb.resetPending) tcb.events |= TcpEvent.CLOSED;
}

function dropSendQueue(tcb: Tcb): void {
  tcb.sent.clear();
  tcb.sendBuffer.start(tcb.sendBuffer.end);
}

import { Errno } from "../base/errno.ts";
import { mayOpenWindow, windowStep } from "./receive-window.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { isSynchronized, maySendText } from "./transition.ts";
import { octetsToMark, passMark } from "./urgent.ts";

/**
 * RECEIVE (RFC 9293 §3.9.1.3): octets put into `into[from, to)`; 0 at the end
 * of the stream; else the pending error or −EAGAIN. What has arrived is read
 * before any error. A read stops at the urgent mark, the next one goes on
 * behind it (`recv(2)`).
 */
export function receiveInto(
  tcb: Tcb,
  into: Uint8Array,
  from: number,
  to: number,
  isPeek: boolean,
): number {
  if (to <= from) return 0;
  const octets = isSettled(tcb) ? take(tcb, into, from, to, isPeek) : 0;
  if (octets > 0) {
    if (!isPeek) updateWindow(tcb);
    return octets;
  }
  if (tcb.error !== 0) {
    const { error } = tcb;
    tcb.error = 0;
    return -error;
  }
  return isAtEnd(tcb) ? 0 : -Errno.EAGAIN;
}

/** Whether a read would not wait (POLLIN). */
export function isReadable(tcb: Tcb): boolean {
  return (isSettled(tcb) && readableOctets(tcb) > 0) || tcb.error !== 0 || isAtEnd(tcb);
}

/** Octets that a read in order can get: an urgent octet out of band is not among them. */
export function readableOctets(tcb: Tcb): number {
  const { readable } = tcb.receiveBuffer;
  const isMarked = !tcb.settings.oobInline && octetsToMark(tcb) < readable;
  return isMarked ? readable - 1 : readable;
}

/** Nothing more will ever come. */
function isAtEnd(tcb: Tcb): boolean {
  if (tcb.isReceiveShut || tcb.isPeerFinTaken) return true;
  return tcb.state === TcpState.CLOSED;
}

/** Data that came with a SYN is not shown before the handshake is complete (SEG-10). */
function isSettled(tcb: Tcb): boolean {
  return isSynchronized(tcb.state) || tcb.state === TcpState.CLOSED;
}

function take(tcb: Tcb, into: Uint8Array, from: number, to: number, isPeek: boolean): number {
  const { receiveBuffer, settings } = tcb;
  let most = to - from;
  let skipped = 0;
  const toMark = octetsToMark(tcb);
  if (toMark > 0) most = Math.min(most, toMark);
  else if (!settings.oobInline) skipped = 1;
  if (isPeek) return receiveBuffer.peek(into, from, from + most, skipped);
  if (skipped > 0) receiveBuffer.skip(skipped);
  const octets = receiveBuffer.read(into, from, from + most);
  passMark(tcb);
  return octets;
}

/**
 * Tells the peer of room, when it is worth a segment (SWS-5): the window has
 * at least doubled. Small steps ride on the ACKs that data in flight causes
 * anyway.
 */
function updateWindow(tcb: Tcb): void {
  if (!maySendText(tcb.state)) return;
  const { limit } = tcb.receiveBuffer;
  const promised = tcb.rcvWnd;
  const free = Math.min(tcb.receiveBuffer.free, 0xffff << tcb.rcvScale);
  if (free < 2 * promised || !mayOpenWindow(free, promised, windowStep(limit, tcb.rcvMss))) return;
  tcb.ackNow = true;
  tcb.mayHaveOutput = true;
}

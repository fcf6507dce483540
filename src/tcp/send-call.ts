import { Errno } from "../base/errno.ts";
import { isRoomy } from "./acknowledge.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { mayTakeText } from "./transition.ts";
import { markUrgent } from "./urgent.ts";

/**
 * SEND (RFC 9293 §3.9.1.2): octets of `bytes[from, to)` taken over, all of them
 * or as many as there is room for. The pending error, −EPIPE after CLOSE
 * (SEG-39), −EAGAIN without room. Before the connection is established it is
 * queued (§3.10.2).
 */
export function sendText(tcb: Tcb, bytes: Uint8Array, from: number, to: number): number {
  const refusal = refuse(tcb);
  if (refusal !== 0) return refusal;
  const { sendBuffer, settings } = tcb;
  if (sendBuffer.limit !== settings.sendBufferOctets) sendBuffer.limit = settings.sendBufferOctets;
  const accepted = sendBuffer.append(bytes, from, to);
  if (accepted < to - from) tcb.wantsWritable = true;
  if (accepted === 0 && to > from) return -Errno.EAGAIN;
  tcb.mayHaveOutput = true;
  return accepted;
}

/** `send(2)` with MSG_OOB: the last octet accepted is urgent. */
export function sendUrgentText(tcb: Tcb, bytes: Uint8Array, from: number, to: number): number {
  const accepted = sendText(tcb, bytes, from, to);
  if (accepted > 0 && accepted === to - from) markUrgent(tcb);
  return accepted;
}

/** Whether a write would do something at once: take octets, or fail (POLLOUT). */
export function isWritable(tcb: Tcb): boolean {
  if (isOpening(tcb)) return false;
  return !mayTakeText(tcb.state) || isRoomy(tcb);
}

function refuse(tcb: Tcb): number {
  if (tcb.error !== 0) {
    const { error } = tcb;
    tcb.error = 0;
    return -error;
  }
  if (tcb.isSendShut) return -Errno.EPIPE;
  return mayTakeText(tcb.state) || isOpening(tcb) ? 0 : -Errno.EPIPE;
}

function isOpening(tcb: Tcb): boolean {
  return tcb.state === TcpState.SYN_SENT || tcb.state === TcpState.SYN_RECEIVED;
}

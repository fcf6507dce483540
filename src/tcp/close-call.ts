import { abort, finish, limitFinWait2 } from "./closing.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { follow } from "./transition.ts";

/** Half of CLOSE (RFC 9293 §3.10.4): a FIN follows what was written (SEG-35, SEG-37). Reading goes on. */
export function shutdownSend(tcb: Tcb): void {
  if (tcb.state === TcpState.SYN_SENT) {
    finish(tcb, "CLOSE");
    return;
  }
  if (!follow(tcb, "CLOSE")) return;
  tcb.isSendShut = true;
  tcb.isMoreComing = false;
  tcb.mayHaveOutput = true;
}

/** No more reading. What still arrives is taken and thrown away with the connection, as in Linux. */
export function shutdownReceive(tcb: Tcb): void {
  tcb.isReceiveShut = true;
  tcb.events |= TcpEvent.READABLE;
}

/**
 * CLOSE by an application that forgets the connection. Unread data, or a linger
 * time of 0, makes it a reset (SHLD-3): the peer must not believe that all
 * was read. From now on nobody hears of errors.
 */
export function closeForGood(tcb: Tcb, now: number): void {
  if (tcb.isOrphan) return;
  tcb.isOrphan = true;
  tcb.isReceiveShut = true;
  if (tcb.state === TcpState.CLOSED) {
    if (!tcb.resetPending) tcb.events |= TcpEvent.CLOSED;
    return;
  }
  if (tcb.state === TcpState.TIME_WAIT) return;
  if (tcb.receiveBuffer.readable > 0 || tcb.settings.lingerMs === 0) {
    abort(tcb);
    return;
  }
  shutdownSend(tcb);
  if (tcb.state === TcpState.FIN_WAIT_2) limitFinWait2(tcb, now);
}

import { Errno } from "../base/errno.ts";
import {
  FIONREAD,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLRDHUP,
  SIOCATMARK,
} from "../socket/constants.ts";
import type { OpenDescription } from "../socket/open-description.ts";
import type { Received } from "../socket/received.ts";
import { Socket } from "../socket/socket.ts";

/** A call as `WaitingRoom` takes it. */
interface Call {
  readonly attempt: () => number;
  readonly expire: () => number;
}

/**
 * `recv(2)` as a call that may wait. With MSG_WAITALL on a stream it waits
 * until `buffer` is full or nothing more can come; what it has by then is its
 * result, and an error is left for the next call (RECV-9).
 */
export function receiveCall(
  socket: Socket,
  buffer: Uint8Array,
  flags: number,
  received: Received | null,
  now: () => number,
): Call {
  const receive = (from: number): number =>
    socket.receive(buffer, from, buffer.length, flags, received, now());
  const neverWaits = (flags & (MSG_OOB | MSG_DONTWAIT)) !== 0;
  if ((flags & MSG_WAITALL) !== 0 && socket.isStream && !neverWaits) {
    return (flags & MSG_PEEK) === 0
      ? wholeCall(socket, buffer.length, receive)
      : wholePeek(socket, buffer.length, receive);
  }
  const attempt = (): number =>
    neverWaits || hasEnough(socket, buffer.length) ? receive(0) : -Errno.EAGAIN;
  return { attempt, expire: () => receive(0) };
}

/** Whether SO_RCVLOWAT lets a reader of `length` octets have what there is (RECV-1). */
export function hasEnough(description: OpenDescription, length: number): boolean {
  if (!(description instanceof Socket) || description.common.receiveLowWater <= 1) return true;
  if ((description.poll() & (POLLIN | POLLERR | POLLHUP)) !== 0) return true;
  return description.ioctl(FIONREAD, 0, 0) >= length;
}

function wholeCall(socket: Socket, wanted: number, receive: (from: number) => number): Call {
  let length = 0;
  const attempt = (): number => {
    do {
      if (length > 0 && isBroken(socket)) return length;
      const octets = receive(length);
      if (octets === -Errno.EAGAIN) return octets;
      if (octets <= 0) return length > 0 ? length : octets;
      length += octets;
    } while (length < wanted);
    return length;
  };
  return { attempt, expire: () => (length > 0 ? length : -Errno.EAGAIN) };
}

/** Whether more octets must wait for another call: an error is pending, or the urgent mark was reached (OOB-5). */
function isBroken(socket: Socket): boolean {
  return (socket.poll() & POLLERR) !== 0 || socket.ioctl(SIOCATMARK, 0, 0) === 1;
}

/** With MSG_PEEK nothing is taken, so each attempt looks at all there is. */
function wholePeek(socket: Socket, wanted: number, receive: (from: number) => number): Call {
  const attempt = (): number => {
    const isLast = (socket.poll() & (POLLERR | POLLHUP | POLLRDHUP)) !== 0;
    const octets = receive(0);
    return octets > 0 && octets < wanted && !isLast ? -Errno.EAGAIN : octets;
  };
  return { attempt, expire: () => receive(0) };
}

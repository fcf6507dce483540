import { Errno } from "../base/errno.ts";
import {
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLIN,
} from "../socket/constants.ts";
import type { OpenDescription } from "../socket/open-description.ts";
import type { Received } from "../socket/received.ts";
import { Socket } from "../socket/socket.ts";

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
): { attempt: () => number; expire: () => number } {
  const receive = (from: number): number =>
    socket.receive(buffer, from, buffer.length, flags, received, now());
  const isWhole = (flags & MSG_WAITALL) !== 0 && (flags & (MSG_PEEK | MSG_OOB)) === 0;
  if (!isWhole || !socket.isStream) {
    const isUrgent = (flags & (MSG_OOB | MSG_DONTWAIT)) !== 0;
    const attempt = (): number => (isUrgent || hasEnough(socket) ? receive(0) : -Errno.EAGAIN);
    return { attempt, expire: () => receive(0) };
  }
  let length = 0;
  const attempt = (): number => {
    do {
      if (length > 0 && (socket.poll() & POLLERR) !== 0) return length;
      const octets = receive(length);
      if (octets === -Errno.EAGAIN) return octets;
      if (octets <= 0) return length > 0 ? length : octets;
      length += octets;
    } while (length < buffer.length);
    return length;
  };
  return { attempt, expire: () => (length > 0 ? length : -Errno.EAGAIN) };
}

/** Whether SO_RCVLOWAT lets a reader that waits have what there is (RECV-1). */
export function hasEnough(description: OpenDescription): boolean {
  if (!(description instanceof Socket) || description.common.receiveLowWater <= 1) return true;
  return (description.poll() & (POLLIN | POLLERR | POLLHUP)) !== 0;
}

import { Errno } from "../base/errno.ts";
import { MSG_OOB, POLLERR } from "../socket/constants.ts";
import type { OpenDescription } from "../socket/open-description.ts";
import { Socket } from "../socket/socket.ts";

/**
 * `send(2)` and its kin as a call that may wait. On a stream it waits until all
 * `length` octets are taken (SEND-1); when the time is up or the connection
 * fails, what was taken by then is its result, and the error is left for the
 * next call (SEND-3). `send` tries to hand over what comes after the first
 * `from` octets.
 */
export function sendCall(
  description: OpenDescription | null,
  length: number,
  flags: number,
  send: (from: number) => number,
): { attempt: () => number; expire: () => number } {
  const isStream = description instanceof Socket && description.isStream;
  // The urgent octet is the last one of its call: it cannot be divided.
  if (!isStream || (flags & MSG_OOB) !== 0) {
    return { attempt: () => send(0), expire: () => -Errno.EAGAIN };
  }
  let taken = 0;
  const attempt = (): number => {
    do {
      if (taken > 0 && (description.poll() & POLLERR) !== 0) return taken;
      const octets = send(taken);
      if (octets === -Errno.EAGAIN) return octets;
      if (octets < 0) return taken > 0 ? taken : octets;
      taken += octets;
    } while (taken < length);
    return taken;
  };
  return { attempt, expire: () => (taken > 0 ? taken : -Errno.EAGAIN) };
}

/** What is left of `parts` after the first `from` octets. */
export function partsFrom(parts: readonly Uint8Array[], from: number): readonly Uint8Array[] {
  if (from === 0) return parts;
  const left: Uint8Array[] = [];
  let skip = from;
  for (const part of parts) {
    if (skip < part.length) left.push(skip === 0 ? part : part.subarray(skip));
    skip = Math.max(skip - part.length, 0);
  }
  return left;
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

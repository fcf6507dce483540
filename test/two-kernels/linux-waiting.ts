/** Which calls of the C library may wait, and for what. */
import { MSG_DONTWAIT, POLLIN, POLLOUT } from "../../src/index.ts";
import type { LibcName } from "./linux-libc.ts";

export type Argument = number | bigint | Uint8Array | null;

/** What a call on a pipe waits for. */
export const PIPE_EVENTS: Partial<Record<LibcName, number>> = {
  read: POLLIN,
  readv: POLLIN,
  write: POLLOUT,
  writev: POLLOUT,
};
/** Where the flags are among the arguments after the descriptor. */
const FLAGS_AT: Partial<Record<LibcName, number>> = {
  recvfrom: 2,
  sendto: 2,
  recvmsg: 1,
  sendmsg: 1,
  recvmmsg: 2,
  sendmmsg: 2,
};

export function hasDontWait(name: LibcName, args: readonly Argument[]): boolean {
  const flags = args[FLAGS_AT[name] ?? -1];
  return typeof flags === "number" && (flags & MSG_DONTWAIT) !== 0;
}

import type { TcpConnection } from "../tcp/connection.ts";
import { TcpState } from "../tcp/state.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from "./constants.ts";

/** What the socket knows besides its connection. */
export interface StreamShutdown {
  /** Own SHUT_RD and SHUT_WR. */
  readonly isReceiveShut: boolean;
  readonly isSendShut: boolean;
  /** Pending error of the socket itself. */
  readonly error: number;
  /** SO_RCVLOWAT. */
  readonly lowWater: number;
}

/** What `poll(2)` says of a stream socket that does not listen (POLL-1 … POLL-6), as Linux's tcp_poll. */
export function streamReadiness(connection: TcpConnection | null, shut: StreamShutdown): number {
  const failed = shut.error === 0 ? 0 : POLLERR;
  // Never connected: nothing to wait for, and a write fails at once (CONN-23).
  if (connection === null) return shutReading(shut.isReceiveShut) | failed | POLLOUT | POLLHUP;
  let mask = shutReading(shut.isReceiveShut || connection.isPeerClosed);
  const isShut = shut.isReceiveShut && shut.isSendShut;
  if (isOver(connection.state) || connection.hasHangup || isShut) mask |= POLLHUP;
  if (connection.error !== 0) mask |= POLLERR;
  if (isOpening(connection)) return mask;
  const readable = connection.readableOctets;
  if (readable > 0 && readable >= shut.lowWater) mask |= POLLIN;
  if (connection.isWritable || shut.isSendShut) mask |= POLLOUT;
  if (connection.hasUrgent) mask |= POLLPRI;
  return mask;
}

/** The handshake is not over. */
export function isOpening({ state }: TcpConnection): boolean {
  return state === TcpState.SYN_SENT || state === TcpState.SYN_RECEIVED;
}

/** Both directions have ended: to Linux's sockets TIME-WAIT is CLOSED. */
export function isOver(state: TcpState): boolean {
  return state === TcpState.CLOSED || state === TcpState.TIME_WAIT;
}

function shutReading(isShut: boolean): number {
  return isShut ? POLLIN | POLLRDHUP : 0;
}

import type { TcpFlow } from "../stack/tcp-flow.ts";
import { MSG_OOB, MSG_PEEK, MSG_TRUNC } from "./constants.ts";
import type { Received } from "./received.ts";

/** `recv(2)` on a connection: octets put into `into[from, to)`, 0 at the end of the stream, or a negative errno. */
export function receiveFrom(
  flow: TcpFlow,
  into: Uint8Array,
  from: number,
  to: number,
  flags: number,
): number {
  const { connection } = flow;
  const isPeek = (flags & MSG_PEEK) !== 0;
  // The end of the stream comes before whatever ended the connection after it (SEND-8).
  if (connection.isPeerFinTaken && connection.readableOctets === 0) return 0;
  // Who wants nothing still waits for something (RECV-8).
  if (from === to) return Math.min(flow.receive(new Uint8Array(1), 0, 1, true), 0);
  if ((flags & MSG_TRUNC) === 0) return flow.receive(into, from, to, isPeek);
  // Throws the octets away, and only says how many (RECV-13).
  const octets = Math.min(to - from, Math.max(connection.readableOctets, 1));
  return flow.receive(new Uint8Array(octets), 0, octets, isPeek);
}

/** The same with MSG_OOB: the urgent octet, if it has not been read. */
export function receiveUrgentFrom(
  flow: TcpFlow,
  into: Uint8Array,
  from: number,
  to: number,
  flags: number,
  received: Received | null,
): number {
  const octet = flow.connection.receiveUrgent((flags & MSG_PEEK) !== 0);
  if (octet < 0) return octet;
  const hasRoom = from < to;
  if (received !== null) received.flags |= MSG_OOB | (hasRoom ? 0 : MSG_TRUNC);
  if (hasRoom) into[from] = octet;
  return Number(hasRoom);
}

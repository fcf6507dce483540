import { type Seq, toSeq } from "../base/seq.ts";

/** Where the urgent octet of the peer stands. */
export const Mark = { NONE: 0, EXPECTED: 1, ARRIVED: 2, READ: 3 } as const;

export type Mark = (typeof Mark)[keyof typeof Mark];

/**
 * Urgent data (RFC 9293 §3.8.5) the way deployed stacks have it: the pointer
 * points past the last urgent octet, and that one octet is what the socket
 * delivers out of band (RFC 6093 §3). The stream before it stays the stream.
 */
export class UrgentState {
  /** Sending: one past the last urgent octet written (SND.UP). */
  isSending = false;
  sndUp: Seq = toSeq(0);
  /** Receiving: the number of the urgent octet (RCV.UP − 1). */
  mark: Mark = Mark.NONE;
  rcvUrgent: Seq = toSeq(0);
  octet = 0;
}

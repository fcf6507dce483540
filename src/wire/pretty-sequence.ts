import type { IpAddress } from "../base/ip-address.ts";
import { type Seq, toSeq } from "../base/seq.ts";

/** The two ends of a segment, in the direction it goes. */
export interface Conversation {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

/** What to take off a segment's numbers to count from the start of the conversation. */
export interface SequenceBase {
  readonly seq: Seq;
  readonly ack: Seq;
  /** The numbers begin in this very segment, which is shown as it stands. */
  readonly isFirst: boolean;
}

/** Conversations remembered at most; the one begun longest ago is forgotten first. */
const MAX_CONVERSATIONS = 4096;

/**
 * Where the sequence numbers of each conversation began, so that a reader
 * sees small numbers that count from 1, as tcpdump does: the first segment
 * with an ACK, or any SYN with one, sets both bases.
 */
export class SequenceBases {
  readonly #bases = new Map<string, { low: Seq; high: Seq }>();

  /** The bases for one segment, which is remembered if it is the first. */
  of(conversation: Conversation, segment: { seq: Seq; ack: Seq; syn: boolean }): SequenceBase {
    const reversed = isReversed(conversation);
    const key = keyOf(conversation, reversed);
    const known = this.#bases.get(key);
    if (known !== undefined && !segment.syn) {
      const seq = reversed ? known.high : known.low;
      const ack = reversed ? known.low : known.high;
      return { seq, ack, isFirst: false };
    }
    const seq = segment.seq;
    const ack = toSeq(segment.ack - 1);
    this.#remember(key, reversed ? { low: ack, high: seq } : { low: seq, high: ack });
    return { seq, ack, isFirst: true };
  }

  #remember(key: string, bases: { low: Seq; high: Seq }): void {
    this.#bases.delete(key);
    if (this.#bases.size >= MAX_CONVERSATIONS) {
      for (const oldest of this.#bases.keys()) {
        this.#bases.delete(oldest);
        break;
      }
    }
    this.#bases.set(key, bases);
  }
}

/** Both directions share one entry, kept in the direction from the lower port to the higher. */
function isReversed({ source, sourcePort, destination, destinationPort }: Conversation): boolean {
  if (sourcePort !== destinationPort) return sourcePort > destinationPort;
  return source.toString() > destination.toString();
}

function keyOf(conversation: Conversation, reversed: boolean): string {
  const { source, sourcePort, destination, destinationPort } = conversation;
  const from = `${source}.${sourcePort}`;
  const to = `${destination}.${destinationPort}`;
  return reversed ? `${to} ${from}` : `${from} ${to}`;
}

import { assert } from "../base/assert.ts";
import { type Seq, seqDiff, seqGt, toSeq } from "../base/seq.ts";
import { type Ordered, SentOrder } from "./sent-order.ts";

/** What is known of a sent segment; bits of `SentSegment.flags`. */
export const SentFlag = {
  /** The peer reported it received (RFC 2018). It may renege, so the octets are kept. */
  SACKED: 1,
  /** Taken for lost: not in the network any more, unless sent again. */
  LOST: 2,
  /** Sent again since it was last taken for lost; that copy is in the network. */
  RETRANSMITTED: 4,
  /** Sent more than once at any time: no RTT sample (Karn, RTO-6). */
  EVER_RETRANSMITTED: 8,
} as const;

/** One entry of the retransmission queue: a segment, or as many as one super-segment carried. */
export class SentSegment implements Ordered<SentSegment> {
  seq: Seq = toSeq(0);
  /** One past the last number, FIN included. */
  end: Seq = toSeq(0);
  /** Payload of each segment on the wire. */
  mss = 1;
  /** How many segments it was on the wire. */
  segments = 0;
  /** When it was last sent, ms. */
  sentAt = 0;
  flags = 0;
  /** Neighbours in `SentOrder`, which keeps these three. */
  sentPrevious: SentSegment | null = null;
  sentNext: SentSegment | null = null;
  isInOrder = false;

  get length(): number {
    return seqDiff(this.end, this.seq);
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
}

/** Records out of use. One pool serves all connections of a host, so an idle connection keeps none. */
export class SentSegmentPool {
  readonly #free: SentSegment[] = [];

  take(): SentSegment {
    return this.#free.pop() ?? new SentSegment();
  }

  give(record: SentSegment): void {
    if (this.#free.length < MAX_POOLED) this.#free.push(record);
  }
}

/**
 * What was sent and not yet acknowledged, in order of sequence number and
 * without holes: the RFC's retransmission queue. A deque, so that acknowledging
 * costs nothing, finding a number is a bisection, and splitting an entry moves
 * the shorter half.
 *
 * It counts the octets by flag, so that `pipe` (RFC 6675 §4) is never summed up:
 *
 * ```
 * pipe = octets − sackedOctets − lostOctets + retransmittedOctets
 * ```
 */
export class SentSegments {
  /** What is in the network, by the time it was last sent: not held by the peer, nor lost and still to be sent again. */
  readonly order: SentOrder<SentSegment> = new SentOrder();
  readonly #pool: SentSegmentPool;
  #ring: (SentSegment | null)[] = NO_RING;
  #head = 0;
  #count = 0;
  #sackedOctets = 0;
  #sackedSegments = 0;
  #lostOctets = 0;
  #retransmittedOctets = 0;

  constructor(pool: SentSegmentPool) {
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  /** Octets the peer holds above SND.UNA. */
  get sackedOctets(): number {
    return this.#sackedOctets;
  }

  /** Segments the peer holds above SND.UNA. */
  get sackedSegments(): number {
    return this.#sackedSegments;
  }

  /** Octets taken for lost, whether sent again or not. */
  get lostOctets(): number {
    return this.#lostOctets;
  }

  /** Octets of which a retransmitted copy is in the network. */
  get retransmittedOctets(): number {
    return this.#retransmittedOctets;
  }

  /** Everything between SND.UNA and SND.NXT that is in the queue. */
  get octets(): number {
    if (this.#count === 0) return 0;
    return seqDiff(this.at(this.#count - 1).end, this.at(0).seq);
  }

  /** Octets believed to be in the network (SR-2). */
  get pipe(): number {
    return this.octets - this.#sackedOctets - this.#lostOctets + this.#retransmittedOctets;
  }

  /** The entry `index`, 0 being the oldest. */
  at(index: number): SentSegment {
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)] as SentSegment;
  }

  /** The oldest entry, or null. */
  get first(): SentSegment | null {
    return this.#count === 0 ? null : this.at(0);
  }

  /** The entry that holds `seq`; the count when all end before it. */
  indexOf(seq: Seq): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seqGt(this.at(middle).end, seq)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Adds `[seq, end)`, just sent, after everything else. */
  push(seq: Seq, end: Seq, mss: number, now: number): void {
    const record = this.#pool.take();
    record.seq = seq;
    record.end = end;
    record.mss = mss;
    record.segments = segmentsIn(record);
    record.sentAt = now;
    record.flags = 0;
    this.#reserve();
    this.#set(this.#count, record);
    this.#count++;
    this.order.insert(record);
  }

  /** Takes the oldest entry out of the queue; it must not be used afterwards. */
  shift(): void {
    const record = this.at(0);
    this.setFlags(record, 0);
    this.order.remove(record);
    this.#set(0, null);
    this.#pool.give(record);
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#count--;
    if (this.#count === 0 && this.#ring.length > KEPT_RING) this.#ring = NO_RING;
  }

  /** Moves the front of the oldest entry up to `seq`, which lies inside it. */
  trimFirst(seq: Seq): void {
    const record = this.at(0);
    this.#tally(record, -1);
    record.seq = seq;
    record.segments = Math.min(record.segments, segmentsIn(record));
    this.#tally(record, 1);
  }

  /** Cuts the entry `index` in two at `seq`, which lies inside it. Both know what the one knew. */
  splitAt(index: number, seq: Seq): void {
    const record = this.at(index);
    assert(seqGt(seq, record.seq) && seqGt(record.end, seq), "a cut lies inside its segment");
    const tail = this.#pool.take();
    this.#tally(record, -1);
    tail.seq = seq;
    tail.end = record.end;
    tail.mss = record.mss;
    tail.sentAt = record.sentAt;
    tail.flags = record.flags;
    record.end = seq;
    tail.segments = Math.max(record.segments - segmentsIn(record), 1);
    record.segments = segmentsIn(record);
    this.#tally(record, 1);
    this.#tally(tail, 1);
    this.#insert(index + 1, tail);
    if (record.isInOrder) this.order.insertAfter(record, tail);
  }

  /** Makes one entry of `index` and the one after it; flags of both must agree where they are counted. */
  mergeWithNext(index: number): void {
    const record = this.at(index);
    const next = this.at(index + 1);
    record.end = next.end;
    record.segments += next.segments;
    record.mss = Math.max(record.mss, next.mss);
    record.flags |= next.flags & SentFlag.EVER_RETRANSMITTED;
    this.order.remove(next);
    this.#remove(index + 1);
    this.#pool.give(next);
  }

  /** Changes what is known of `record`, and the sums with it. */
  setFlags(record: SentSegment, flags: number): void {
    this.#tally(record, -1);
    record.flags = flags;
    this.#tally(record, 1);
    if (isInNetwork(flags) === record.isInOrder) return;
    if (record.isInOrder) this.order.remove(record);
    else this.order.insert(record);
  }

  /** `record` was sent again. */
  noteResent(record: SentSegment, now: number): void {
    this.order.remove(record);
    record.sentAt = now;
    this.setFlags(record, record.flags | SentFlag.RETRANSMITTED | SentFlag.EVER_RETRANSMITTED);
  }

  /** Forgets everything. */
  clear(): void {
    while (this.#count > 0) this.shift();
  }

  #tally(record: SentSegment, sign: 1 | -1): void {
    if ((record.flags & COUNTED) === 0) return;
    const octets = sign * record.length;
    if (record.has(SentFlag.SACKED)) {
      this.#sackedOctets += octets;
      this.#sackedSegments += sign * record.segments;
    }
    if (record.has(SentFlag.LOST)) this.#lostOctets += octets;
    if (record.has(SentFlag.RETRANSMITTED)) this.#retransmittedOctets += octets;
  }

  #set(index: number, record: SentSegment | null): void {
    this.#ring[(this.#head + index) & (this.#ring.length - 1)] = record;
  }

  #insert(index: number, record: SentSegment): void {
    this.#reserve();
    if (index < this.#count / 2) {
      this.#head = (this.#head - 1) & (this.#ring.length - 1);
      for (let at = 0; at < index; at++) this.#set(at, this.at(at + 1));
    } else {
      for (let at = this.#count; at > index; at--) this.#set(at, this.at(at - 1));
    }
    this.#set(index, record);
    this.#count++;
  }

  #remove(index: number): void {
    if (index < this.#count / 2) {
      for (let at = index; at > 0; at--) this.#set(at, this.at(at - 1));
      this.#set(0, null);
      this.#head = (this.#head + 1) & (this.#ring.length - 1);
    } else {
      for (let at = index; at < this.#count - 1; at++) this.#set(at, this.at(at + 1));
      this.#set(this.#count - 1, null);
    }
    this.#count--;
  }

  /** Room for one more. */
  #reserve(): void {
    const old = this.#ring;
    if (this.#count < old.length) return;
    const grown = new Array<SentSegment | null>(Math.max(old.length * 2, MIN_RING)).fill(null);
    for (let index = 0; index < this.#count; index++) grown[index] = this.at(index);
    this.#ring = grown;
    this.#head = 0;
  }
}

function isInNetwork(flags: number): boolean {
  if ((flags & SentFlag.SACKED) !== 0) return false;
  return (flags & SentFlag.LOST) === 0 || (flags & SentFlag.RETRANSMITTED) !== 0;
}

function segmentsIn(record: SentSegment): number {
  return Math.ceil(record.length / record.mss);
}

const COUNTED = SentFlag.SACKED | SentFlag.LOST | SentFlag.RETRANSMITTED;
const NO_RING: (SentSegment | null)[] = [];
const MIN_RING = 8;
/** An emptied queue keeps a ring this short, and gives a longer one back. */
const KEPT_RING = 64;
const MAX_POOLED = 4096;

import { ByteRing } from "../base/byte-ring.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/**
 * What a datagram is charged besides its octets: with it a receive buffer of n
 * octets holds about as many small datagrams as Linux's, which charges 768
 * octets for the least of them.
 */
export const DATAGRAM_OVERHEAD = 704;

/** What is known about a datagram besides its octets. One record is filled again and again. */
export class DatagramInfo {
  /** Octets of payload. */
  length = 0;
  source: IpAddress = IpAddress.ANY6;
  sourcePort = 0;
  destination: IpAddress = IpAddress.ANY6;
  interfaceIndex = 0;
  hopLimit = 0;
  trafficClass = 0;
}

/**
 * The datagrams that wait for a socket to read them, oldest first: octets in
 * one ring, the rest in another, so that a datagram costs no object. What does
 * not fit is refused (UDP-30): the oldest stay.
 *
 * Holds no memory before the first datagram, and gives it back when it turns
 * out to be far more than is needed.
 */
export class DatagramQueue {
  /** SO_RCVBUF: octets charged at most; an empty queue takes any datagram. */
  limit: number;
  readonly #octets = new ByteRing(MAX_RING);
  #records: Int32Array = NO_RECORDS;
  /** Index of the oldest record, and how many there are. */
  #first = 0;
  #count = 0;
  #payload = 0;
  /** Largest payload in the queue since it was last empty. */
  #peak = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Datagrams that wait. */
  get count(): number {
    return this.#count;
  }

  /** Octets of payload that wait. */
  get payloadOctets(): number {
    return this.#payload;
  }

  /** Octets charged against the limit. */
  get chargedOctets(): number {
    return this.#payload + this.#count * DATAGRAM_OVERHEAD;
  }

  /** Octets of memory held. */
  get storageOctets(): number {
    return this.#octets.storageOctets + this.#records.byteLength;
  }

  /** Copies the payload `[from, to)` of a received packet; false when there is no room. */
  push(
    packet: PacketBuffer,
    from: number,
    to: number,
    port: number,
    interfaceIndex: number,
  ): boolean {
    const length = to - from;
    const charged = this.chargedOctets + length + DATAGRAM_OVERHEAD;
    if (this.#count > 0 && charged > this.limit) return false;
    const position = (this.#octets.first + this.#payload) | 0;
    if (!this.#octets.write(position, packet.bytes, from, to)) return false;
    if (this.#count * STRIDE === this.#records.length) this.#growRecords();
    const records = this.#records;
    const at = ((this.#first + this.#count) * STRIDE) & (records.length - 1);
    records[at + LENGTH] = length;
    records[at + PORT] = port;
    records[at + INTERFACE] = interfaceIndex;
    records[at + HOP_LIMIT] = packet.hopLimit;
    records[at + TRAFFIC_CLASS] = packet.trafficClass;
    records[at + SOURCE] = packet.sourceA;
    records[at + SOURCE + 1] = packet.sourceB;
    records[at + SOURCE + 2] = packet.sourceC;
    records[at + SOURCE + 3] = packet.sourceD;
    records[at + DESTINATION] = packet.destinationA;
    records[at + DESTINATION + 1] = packet.destinationB;
    records[at + DESTINATION + 2] = packet.destinationC;
    records[at + DESTINATION + 3] = packet.destinationD;
    this.#count++;
    this.#payload += length;
    if (this.#payload > this.#peak) this.#peak = this.#payload;
    return true;
  }

  /** Payload octets of the oldest datagram, −1 when there is none. */
  get headLength(): number {
    return this.#count === 0 ? -1 : (this.#records[this.#first * STRIDE + LENGTH] as number);
  }

  /** Says of the oldest datagram what is known. Needs one. */
  describe(info: DatagramInfo): void {
    const records = this.#records;
    const at = this.#first * STRIDE;
    info.length = records[at + LENGTH] as number;
    info.sourcePort = records[at + PORT] as number;
    info.interfaceIndex = records[at + INTERFACE] as number;
    info.hopLimit = records[at + HOP_LIMIT] as number;
    info.trafficClass = records[at + TRAFFIC_CLASS] as number;
    info.source = readAddress(records, at + SOURCE, info.source);
    info.destination = readAddress(records, at + DESTINATION, info.destination);
  }

  /** Copies the oldest datagram's octets to `into[from, to)`, as many as fit, and says how many. Needs one. */
  read(into: Uint8Array, from: number, to: number): number {
    const length = Math.min(this.headLength, to - from);
    this.#octets.read(this.#octets.first, into, from, length);
    return length;
  }

  /** Forgets the oldest datagram. Needs one. */
  shift(): void {
    const length = this.headLength;
    this.#first = (this.#first + 1) & (this.#records.length / STRIDE - 1);
    this.#count--;
    this.#payload -= length;
    this.#octets.advanceTo(this.#octets.first + length);
    if (this.#count === 0) this.#handleEmpty();
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#octets.releaseStorage();
    this.#records = NO_RECORDS;
    this.#first = 0;
    this.#count = 0;
    this.#payload = 0;
    this.#peak = 0;
  }

  /** A burst long ago must not hold memory for ever; a steady load must not allocate each time. */
  #handleEmpty(): void {
    const isLarge = this.storageOctets > KEPT_STORAGE;
    if (isLarge && this.#octets.storageOctets > SHRINK_RATIO * this.#peak) this.clear();
    this.#peak = 0;
  }

  #growRecords(): void {
    const old = this.#records;
    const grown = new Int32Array(Math.max(old.length * 2, STRIDE * MIN_RECORDS));
    const at = this.#first * STRIDE;
    grown.set(old.subarray(at));
    grown.set(old.subarray(0, at), old.length - at);
    this.#records = grown;
    this.#first = 0;
  }
}

// A record: a power of two of int32 words.
const STRIDE = 16;
const LENGTH = 0;
const PORT = 1;
const INTERFACE = 2;
const HOP_LIMIT = 3;
const TRAFFIC_CLASS = 4;
const SOURCE = 8;
const DESTINATION = 12;

const MIN_RECORDS = 4;
const NO_RECORDS: Int32Array = new Int32Array(0);
const MAX_RING = 2 ** 30;
const KEPT_STORAGE = 16_384;
const SHRINK_RATIO = 4;

/** The address at `at`; the one known already when it is the same, since most datagrams come from one peer. */
function readAddress(words: Int32Array, at: number, known: IpAddress): IpAddress {
  const a = words[at] as number;
  const b = words[at + 1] as number;
  const c = words[at + 2] as number;
  const d = words[at + 3] as number;
  if (known.d === d && known.c === c && known.b === b && known.a === a) return known;
  return new IpAddress(a, b, c, d);
}

import { ByteRing } from "../base/byte-ring.ts";
import { type Seq, seqAdd, seqDiff, toSeq } from "../base/seq.ts";
import type { StoragePool } from "../base/storage-pool.ts";

/**
 * What the application has written and the peer has not acknowledged yet,
 * indexed by sequence number. Retransmissions read it again, so the octets of
 * a sequence number never change (RFC 2525 §2.4). Empty, it holds no memory.
 */
export class SendBuffer {
  /** Most octets it accepts. Lowering it below `length` drops nothing: nothing more is accepted until there is room. */
  #limit: number;
  readonly #ring: ByteRing;
  #base: Seq = toSeq(0);
  #length = 0;

  constructor(limitOctets: number, pool: StoragePool | null = null) {
    this.#limit = limitOctets;
    this.#ring = new ByteRing(limitOctets, pool);
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(octets: number) {
    this.#limit = octets;
    this.#ring.limit = Math.max(octets, this.#length);
  }

  /** Octets held. */
  get length(): number {
    return this.#length;
  }

  /** Octets that `append` would take now. */
  get free(): number {
    return Math.max(0, this.#limit - this.#length);
  }

  /** Sequence number of the first octet held, or of the first to come. */
  get base(): Seq {
    return this.#base;
  }

  /** One past the last octet held. */
  get end(): Seq {
    return seqAdd(this.#base, this.#length);
  }

  /** Octets of memory held. */
  get storageOctets(): number {
    return this.#ring.storageOctets;
  }

  /** Forgets everything; the next octet appended has number `seq`. */
  start(seq: Seq): void {
    this.#base = seq;
    this.#length = 0;
    this.#ring.start(seq);
  }

  /** Takes as much of `bytes[from, to)` as there is room for; returns how much. The octets are copied. */
  append(bytes: Uint8Array, from: number, to: number): number {
    const accepted = Math.min(this.free, to - from);
    if (accepted <= 0) return 0;
    this.#ring.write(this.end, bytes, from, from + accepted);
    this.#length += accepted;
    return accepted;
  }

  /** Copies `length` octets from `seq` on to `target[at, …)`; all of them must be held. */
  copyInto(target: Uint8Array, at: number, seq: Seq, length: number): void {
    this.#ring.read(seq, target, at, length);
  }

  /** Frees what lies below `seq`: it was acknowledged. Numbers outside what is held change nothing more. */
  releaseUpTo(seq: Seq): void {
    const octets = Math.min(seqDiff(seq, this.#base), this.#length);
    if (octets <= 0) return;
    this.#base = seqAdd(this.#base, octets);
    this.#length -= octets;
    this.#ring.advanceTo(this.#base);
    if (this.#length === 0) this.#ring.releaseStorage();
  }
}

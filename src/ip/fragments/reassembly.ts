import type { Counters } from "../../base/counters.ts";
import type { DropReason } from "../../base/drop-reason.ts";
import type { RandomSource } from "../../base/random.ts";
import { SipHash } from "../../base/siphash.ts";
import { HEADROOM, PacketBuffer } from "../../wire/packet-buffer.ts";
import type { IpConfig } from "../config.ts";
import type { HeaderFindings, IpFamily } from "../family.ts";
import type { IpInterface } from "../interface.ts";
import { FragmentSet } from "./fragment-set.ts";

/** Told of a datagram of which the first fragment came and others did not, in time. */
export type ReassemblyTimeout = (
  /** The first fragment as it arrived. Borrowed. */
  packet: PacketBuffer,
  iface: IpInterface,
  now: number,
) => void;

/** Octets that a datagram costs besides its fragments. */
const SET_OVERHEAD = 512;

/** The datagrams of one host that wait for fragments, IPv4 and IPv6 alike. */
export class Reassembly {
  readonly #config: IpConfig;
  readonly #counters: Counters;
  readonly #hash: SipHash;
  readonly #onTimeout: ReassemblyTimeout;
  readonly #key = new Int32Array(11);
  /** By hash of the key; those that collide are chained. */
  readonly #table = new Map<number, FragmentSet>();
  /** In the order in which they began, which is that in which they expire. */
  readonly #waiting = new Set<FragmentSet>();
  #octets = 0;
  /** Where datagrams are put together, and expired ones shown. */
  #whole: PacketBuffer | null = null;

  constructor(options: {
    config: IpConfig;
    counters: Counters;
    secureRandom: RandomSource;
    onTimeout: ReassemblyTimeout;
  }) {
    this.#config = options.config;
    this.#counters = options.counters;
    this.#onTimeout = options.onTimeout;
    const { secureRandom } = options;
    this.#hash = new SipHash(Int32Array.from({ length: 4 }, () => secureRandom.int32()));
  }

  /** Octets taken at present, bookkeeping included. */
  get octets(): number {
    return this.#octets;
  }

  /** Datagrams that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Takes the fragment that `findings` describes. Returns the whole datagram,
   * lent until the next call, when this was the last one missing. A fragment
   * that is refused leaves its reason, and maybe a Parameter Problem, in
   * `findings`.
   */
  add(
    packet: PacketBuffer,
    findings: HeaderFindings,
    at: { family: IpFamily; iface: IpInterface },
    now: number,
  ): PacketBuffer | null {
    const { family, iface } = at;
    family.checkFragment(packet, findings);
    if (findings.drop !== null) return null;
    const hash = this.#hashKey(packet, findings, at);
    const set = this.#find(hash) ?? this.#open(hash, iface, now);
    const before = set.octets;
    const fault = set.add(packet, findings);
    this.#octets += set.octets - before;
    if (fault !== null) {
      findings.refuse(fault);
      return null;
    }
    if (set.isComplete) {
      this.#remove(set);
      // Each fragment was short enough with headers of its own; those of the first may be longer.
      if (set.length <= maxLength(family)) return this.#assemble(set, family);
      findings.refuse("fragment-too-big");
      return null;
    }
    this.#makeRoom(set);
    return null;
  }

  handleTimeout(now: number): void {
    if (this.#waiting.size === 0) return;
    for (const set of this.#waiting) {
      if (set.expiresAt > now) return;
      this.#remove(set);
      // A datagram that was refused for an overlap has been counted.
      if (set.isRefused) continue;
      this.#drop("fragment-timeout", set.iface);
      if (set.first !== null) this.#onTimeout(this.#show(set.first, set), set.iface, now);
    }
  }

  pollTimeout(): number {
    if (this.#waiting.size === 0) return Infinity;
    for (const set of this.#waiting) return set.expiresAt;
    return Infinity;
  }

  /** Fills `#key` with what tells datagrams apart, and hashes it. */
  #hashKey(
    packet: PacketBuffer,
    findings: HeaderFindings,
    { family, iface }: { family: IpFamily; iface: IpInterface },
  ): number {
    const key = this.#key;
    key[0] = packet.sourceA;
    key[1] = packet.sourceB;
    key[2] = packet.sourceC;
    key[3] = packet.sourceD;
    key[4] = packet.destinationA;
    key[5] = packet.destinationB;
    key[6] = packet.destinationC;
    key[7] = packet.destinationD;
    key[8] = findings.fragmentIdentification;
    // RFC 791 §3.2 has the protocol in the key, RFC 8200 §4.5 has not.
    key[9] = family.isV6 ? 0 : findings.fragmentNext;
    // Link-local addresses mean different nodes on different links.
    key[10] = packet.sourceA >>> 22 === 0x3fa ? iface.index : 0;
    return this.#hash.hash(key);
  }

  #find(hash: number): FragmentSet | null {
    let set = this.#table.get(hash) ?? null;
    while (set !== null && !set.matches(this.#key)) set = set.nextInChain;
    return set;
  }

  #open(hash: number, iface: IpInterface, now: number): FragmentSet {
    const expiresAt = now + this.#config.reassemblyTimeoutMs;
    const set = new FragmentSet({ key: this.#key.slice(), hash, iface, expiresAt });
    set.octets = SET_OVERHEAD;
    set.nextInChain = this.#table.get(hash) ?? null;
    this.#table.set(hash, set);
    this.#waiting.add(set);
    this.#octets += set.octets;
    return set;
  }

  /** The oldest yield (RFC 1122 §3.3.2 leaves the choice), the newcomer last of all. */
  #makeRoom(newest: FragmentSet): void {
    for (const set of this.#waiting) {
      if (this.#octets <= this.#config.reassemblyOctets) return;
      if (set === newest && this.#waiting.size > 1) continue;
      this.#remove(set);
      this.#drop("fragment-table-full", set.iface);
    }
  }

  #remove(set: FragmentSet): void {
    this.#waiting.delete(set);
    this.#octets -= set.octets;
    const head = this.#table.get(set.hash);
    if (head === set) {
      if (set.nextInChain === null) this.#table.delete(set.hash);
      else this.#table.set(set.hash, set.nextInChain);
      return;
    }
    let previous = head;
    while (previous !== undefined && previous.nextInChain !== set) {
      previous = previous.nextInChain ?? undefined;
    }
    if (previous !== undefined) previous.nextInChain = set.nextInChain;
  }

  /** Headers of the first fragment, then every payload (RFC 791 §3.2, RFC 8200 §4.5). */
  #assemble(set: FragmentSet, family: IpFamily): PacketBuffer {
    const whole = this.#reset();
    const at = whole.start;
    whole.end = set.writeInto(whole.bytes, at);
    whole.networkAt = at;
    family.finishReassembly(whole.view, at, whole.end, set.trafficClass);
    whole.reassembled = true;
    whole.linkBroadcast = set.linkBroadcast;
    whole.linkMulticast = set.linkMulticast;
    return whole;
  }

  #show(first: Uint8Array, set: FragmentSet): PacketBuffer {
    const packet = this.#reset();
    packet.bytes.set(first, packet.start);
    packet.end = packet.start + first.length;
    packet.networkAt = packet.start;
    packet.linkBroadcast = set.linkBroadcast;
    packet.linkMulticast = set.linkMulticast;
    return packet;
  }

  #reset(): PacketBuffer {
    this.#whole ??= new PacketBuffer();
    this.#whole.reset(HEADROOM);
    return this.#whole;
  }

  #drop(reason: DropReason, iface: IpInterface): void {
    this.#counters.drop(reason, iface.name);
  }
}

/** The longest packet whose length field can tell its length. */
function maxLength({ isV6, headerLength }: IpFamily): number {
  return isV6 ? headerLength + 0xffff : 0xffff;
}

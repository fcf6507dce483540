import type { Counters } from "../base/counters.ts";
import type { DropReason } from "../base/drop-reason.ts";
import { Icmpv4Unreachable } from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { ipVersion } from "../wire/ipv4.ts";
import { ipv6NextHeaderAt } from "../wire/ipv6.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { AddressFilter } from "./address-filter.ts";
import { ParameterProblem } from "./extension-headers.ts";
import { HeaderFindings, type IpFamily } from "./family.ts";
import type { Reassembly } from "./fragments/reassembly.ts";
import type { IcmpError, IcmpErrors } from "./icmp/icmp-error.ts";
import type { IpInterface } from "./interface.ts";
import type { RawListener, UpperProtocol } from "./upper.ts";

/** The way of an arriving packet from the IP header to its transport. */
export class IpInput {
  readonly #v4: IpFamily;
  readonly #v6: IpFamily;
  readonly #counters: Counters;
  readonly #filter: AddressFilter;
  readonly #reassembly: Reassembly;
  readonly #errors: IcmpErrors;
  readonly #uppersV4: UpperTable = emptyTable();
  readonly #uppersV6: UpperTable = emptyTable();
  readonly #findings = new HeaderFindings();
  /** Sees every packet for this host before its transport does: raw sockets, ping. */
  rawListener: RawListener | null = null;

  constructor(parts: {
    v4: IpFamily;
    v6: IpFamily;
    counters: Counters;
    filter: AddressFilter;
    reassembly: Reassembly;
    errors: IcmpErrors;
  }) {
    this.#v4 = parts.v4;
    this.#v6 = parts.v6;
    this.#counters = parts.counters;
    this.#filter = parts.filter;
    this.#reassembly = parts.reassembly;
    this.#errors = parts.errors;
  }

  /** Transports are the same over both families; ICMP, ICMPv6 and IGMP belong to one. */
  setUpper(protocol: number, upper: UpperProtocol | null): void {
    if (protocol !== IpProtocol.ICMPV6) this.#uppersV4[protocol] = upper;
    if (protocol !== IpProtocol.ICMP && protocol !== IpProtocol.IGMP)
      this.#uppersV6[protocol] = upper;
  }

  upperOf(protocol: number, isV6: boolean): UpperProtocol | null {
    return (isV6 ? this.#uppersV6 : this.#uppersV4)[protocol] ?? null;
  }

  /** Takes the packet whose IP header is at `packet.start`. */
  handlePacket(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const family = this.#familyOf(packet);
    if (family === null)
      return this.#drop(packet.end > packet.start ? "ip-bad-version" : "ip-truncated", iface);
    packet.networkAt = packet.start;
    packet.reassembled = false;
    const fault = family.parse(packet) ?? this.#filter.faultOf(packet, family.isV6, iface);
    if (fault !== null) return this.#drop(fault, iface);
    if (family.hasMore(packet)) this.#handleMore(packet, family, iface, now);
    else this.#deliver(packet, family, iface, now);
  }

  /** Takes a packet of our own that came back: it is from one of our addresses, and no fragment. */
  handleLooped(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const family = this.#familyOf(packet);
    if (family === null) return;
    packet.networkAt = packet.start;
    if (family.parse(packet) === null) this.#deliver(packet, family, iface, now);
  }

  #familyOf({ view, start, end }: PacketBuffer): IpFamily | null {
    if (end <= start) return null;
    const version = ipVersion(view, start);
    if (version === 4) return this.#v4;
    return version === 6 ? this.#v6 : null;
  }

  /** A packet with options, extension headers, or one that is a fragment. */
  #handleMore(packet: PacketBuffer, family: IpFamily, iface: IpInterface, now: number): void {
    const findings = this.#findings;
    family.walk(packet, findings);
    if (findings.drop !== null) return this.#refuse(packet, family, iface, now);
    if (!findings.isFragment) return this.#deliver(packet, family, iface, now);
    const whole = this.#reassembly.add(packet, findings, { family, iface }, now);
    if (findings.drop !== null) return this.#refuse(packet, family, iface, now);
    if (whole !== null) this.#handleReassembled(whole, family, iface, now);
  }

  #handleReassembled(
    packet: PacketBuffer,
    family: IpFamily,
    iface: IpInterface,
    now: number,
  ): void {
    const findings = this.#findings;
    const fault = family.parse(packet);
    if (fault !== null) return this.#drop(fault, iface);
    family.walk(packet, findings);
    if (findings.drop !== null) return this.#refuse(packet, family, iface, now);
    // Fragments inside a fragmented packet serve nobody honest.
    if (findings.isFragment) return this.#drop("fragment-header-chain", iface);
    this.#deliver(packet, family, iface, now);
  }

  #deliver(packet: PacketBuffer, family: IpFamily, iface: IpInterface, now: number): void {
    packet.start = packet.transportAt;
    const taken = this.rawListener?.input(packet, iface, now) ?? false;
    const upper = this.upperOf(packet.protocol, family.isV6);
    if (upper !== null) return upper.input(packet, iface, now);
    if (taken) return;
    this.#drop("ip-unknown-protocol", iface);
    this.#errors.send(packet, this.#unknownProtocol(packet, family), { family, iface }, now);
  }

  /** RFC 1122 §3.2.2.1; RFC 8200 §4: the pointer says which field named the unknown. */
  #unknownProtocol(packet: PacketBuffer, family: IpFamily): IcmpError {
    const { networkAt } = packet;
    if (!family.isV6) {
      return { type: family.icmp.unreachable, code: Icmpv4Unreachable.PROTOCOL, word: 0 };
    }
    const wasWalked = packet.transportAt - networkAt !== family.headerLength;
    const fieldAt = wasWalked ? this.#findings.nextHeaderAt : ipv6NextHeaderAt(networkAt);
    const { parameterProblem: type } = family.icmp;
    return { type, code: ParameterProblem.NEXT_HEADER, word: fieldAt - networkAt };
  }

  /** Drops for what `findings` say, and reports it if they say so. */
  #refuse(packet: PacketBuffer, family: IpFamily, iface: IpInterface, now: number): void {
    const { drop, problemCode: code, problemPointer, problemEvenToGroup } = this.#findings;
    if (drop === null) return;
    this.#drop(drop, iface);
    if (code < 0) return;
    const { parameterProblem: type } = family.icmp;
    // In ICMPv4 the pointer is the first octet of the word.
    const word = family.isV6 ? problemPointer : problemPointer << 24;
    const error = { type, code, word, evenToGroup: problemEvenToGroup };
    this.#errors.send(packet, error, { family, iface }, now);
  }

  #drop(reason: DropReason, iface: IpInterface): void {
    this.#counters.drop(reason, iface.name);
  }
}

/** By protocol number. */
type UpperTable = (UpperProtocol | null)[];

function emptyTable(): UpperTable {
  return new Array<UpperProtocol | null>(256).fill(null);
}

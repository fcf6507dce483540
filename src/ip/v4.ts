import type { DropReason } from "../base/drop-reason.ts";
import { Icmpv4Type, Icmpv4Unreachable } from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import {
  IPV4_DF,
  IPV4_MF,
  IPV4_MIN_HEADER_LENGTH,
  ipv4Destination,
  ipv4Flags,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4OptionsAt,
  ipv4Protocol,
  ipv4Source,
  ipv4Tos,
  ipv4TotalLength,
  ipv4Ttl,
  isIpv4ChecksumValid,
  isIpv4Fragment,
  isIpv4Header,
  setIpv4Checksum,
  setIpv4Fragment,
  setIpv4Identification,
  setIpv4Tos,
  setIpv4TotalLength,
  writeIpv4Header,
} from "../wire/ipv4.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type {
  FragmentPiece,
  HeaderFields,
  HeaderFindings,
  IcmpNumbers,
  IpFamily,
} from "./family.ts";
import type { OutputOptions } from "./output-options.ts";
import type { Path } from "./path.ts";

/** Largest packet that the length field can tell. */
const MAX_LENGTH = 65_535;

/** IPv4 (RFC 791, RFC 1122 §3.2). */
export class Ipv4 implements IpFamily {
  readonly isV6: boolean = false;
  readonly headerLength: number = IPV4_MIN_HEADER_LENGTH;
  readonly fragmentOverhead: number = 0;
  readonly icmp: IcmpNumbers = {
    protocol: IpProtocol.ICMP,
    echoReply: Icmpv4Type.ECHO_REPLY,
    unreachable: Icmpv4Type.DESTINATION_UNREACHABLE,
    timeExceeded: Icmpv4Type.TIME_EXCEEDED,
    parameterProblem: Icmpv4Type.PARAMETER_PROBLEM,
    hostUnreachable: Icmpv4Unreachable.HOST,
    portUnreachable: Icmpv4Unreachable.PORT,
    // RFC 1812 §4.3.2.3: as much as possible without exceeding 576 octets.
    errorLimit: 576,
  };
  /** Written to for each packet, so that none needs a record of its own. */
  readonly #fields = {
    headerLength: IPV4_MIN_HEADER_LENGTH,
    totalLength: 0,
    tos: 0,
    identification: 0,
    flags: 0,
    ttl: 0,
    protocol: 0,
    source: 0,
    destination: 0,
  };

  parse(packet: PacketBuffer): DropReason | null {
    const { view, networkAt: at } = packet;
    if (!isIpv4Header(view, at, packet.end)) return headerFault(packet);
    if (!isIpv4ChecksumValid(view, at)) return "ip-bad-checksum";
    packet.end = at + ipv4TotalLength(view, at);
    packet.transportAt = at + ipv4HeaderLength(view, at);
    packet.protocol = ipv4Protocol(view, at);
    packet.hopLimit = ipv4Ttl(view, at);
    packet.trafficClass = ipv4Tos(view, at);
    packet.sourceA = 0;
    packet.sourceB = 0;
    packet.sourceC = 0xffff;
    packet.sourceD = ipv4Source(view, at);
    packet.destinationA = 0;
    packet.destinationB = 0;
    packet.destinationC = 0xffff;
    packet.destinationD = ipv4Destination(view, at);
    return null;
  }

  hasMore({ view, networkAt: at, transportAt }: PacketBuffer): boolean {
    return transportAt - at !== IPV4_MIN_HEADER_LENGTH || isIpv4Fragment(view, at);
  }

  walk(packet: PacketBuffer, findings: HeaderFindings): void {
    const { view, networkAt: at } = packet;
    findings.reset();
    checkOptions(packet, findings);
    if (findings.drop !== null || !isIpv4Fragment(view, at)) return;
    findings.isFragment = true;
    findings.fragmentAt = packet.transportAt;
    findings.headerEnd = packet.transportAt;
    findings.fragmentOffset = ipv4FragmentOffset(view, at);
    findings.moreFragments = (ipv4Flags(view, at) & IPV4_MF) !== 0;
    findings.fragmentIdentification = ipv4Identification(view, at);
    findings.fragmentNext = packet.protocol;
  }

  checkFragment(packet: PacketBuffer, findings: HeaderFindings): void {
    const length = packet.end - findings.fragmentAt;
    const headerLength = findings.headerEnd - packet.networkAt;
    if (length === 0 || (findings.moreFragments && length % 8 !== 0)) {
      findings.refuse("fragment-bad-length");
    } else if (headerLength + findings.fragmentOffset + length > MAX_LENGTH) {
      findings.refuse("fragment-too-big");
    }
  }

  prependHeader(
    packet: PacketBuffer,
    path: Path,
    options: OutputOptions,
    chosen: HeaderFields,
  ): void {
    packet.start -= IPV4_MIN_HEADER_LENGTH;
    const fields = this.#fields;
    fields.totalLength = packet.end - packet.start;
    fields.tos = options.trafficClass;
    fields.identification = chosen.identification;
    fields.flags = chosen.dontFragment ? IPV4_DF : 0;
    fields.ttl = chosen.hopLimit;
    fields.protocol = options.protocol;
    fields.source = path.source.d;
    fields.destination = path.destination.d;
    writeIpv4Header(packet.view, packet.start, fields);
  }

  writeFragment(view: DataView, at: number, piece: FragmentPiece): void {
    setIpv4Identification(view, at, piece.identification);
    setIpv4Fragment(view, at, piece.more ? IPV4_MF : 0, piece.offset);
    setIpv4TotalLength(view, at, ipv4HeaderLength(view, at) + piece.length);
    setIpv4Checksum(view, at);
  }

  finishReassembly(view: DataView, at: number, end: number, trafficClass: number): void {
    setIpv4Tos(view, at, trafficClass);
    setIpv4Fragment(view, at, 0, 0);
    setIpv4TotalLength(view, at, end - at);
    setIpv4Checksum(view, at);
  }
}

function headerFault({ view, networkAt: at, end }: PacketBuffer): DropReason {
  if (end - at < IPV4_MIN_HEADER_LENGTH) return "ip-truncated";
  const headerLength = ipv4HeaderLength(view, at);
  if (headerLength < IPV4_MIN_HEADER_LENGTH || headerLength > end - at)
    return "ip-bad-header-length";
  if (headerLength > ipv4TotalLength(view, at)) return "ip-bad-total-length";
  return "ip-truncated";
}

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_LOOSE_SOURCE_ROUTE = 131;
const OPTION_STRICT_SOURCE_ROUTE = 137;

/**
 * Options that are well formed pass, known or not (RFC 1122 §3.2.1.8); the
 * transport may read them between `networkAt` and `transportAt`. Source routes
 * are refused, as Linux does unless told otherwise: they let a stranger choose
 * through whom we answer.
 */
function checkOptions(packet: PacketBuffer, findings: HeaderFindings): void {
  const { view, networkAt, transportAt: end } = packet;
  let at = ipv4OptionsAt(networkAt);
  while (at < end) {
    const type = view.getUint8(at);
    if (type === OPTION_END) return;
    if (type === OPTION_NOP) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2 || length > end - at) {
      const pointer = at + 1 < end ? at + 1 : at;
      return findings.refuseWith("ip-bad-option", 0, pointer - networkAt);
    }
    if (type === OPTION_LOOSE_SOURCE_ROUTE || type === OPTION_STRICT_SOURCE_ROUTE) {
      return findings.refuse("ip-source-route");
    }
    at += length;
  }
}

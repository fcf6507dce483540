import type { DropReason } from "../base/drop-reason.ts";
import { IpAddress } from "../base/ip-address.ts";
import { Icmpv6Type, Icmpv6Unreachable } from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import {
  IPV6_HEADER_LENGTH,
  IPV6_MIN_MTU,
  ipv6DestinationAt,
  ipv6HopLimit,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6PayloadLengthAt,
  ipv6SourceAt,
  ipv6TrafficClass,
  isIpv6Header,
  setIpv6NextHeader,
  setIpv6PayloadLength,
  setIpv6TrafficClass,
  writeIpv6Header,
} from "../wire/ipv6.ts";
import {
  IPV6_FRAGMENT_HEADER_LENGTH,
  ipv6FragmentOffsetAt,
  isIpv6Extension,
  writeIpv6FragmentHeader,
} from "../wire/ipv6-extension.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { isChainComplete, ParameterProblem, walkExtensionHeaders } from "./extension-headers.ts";
import type {
  FragmentPiece,
  HeaderFields,
  HeaderFindings,
  IcmpNumbers,
  IpFamily,
} from "./family.ts";
import type { OutputOptions } from "./output-options.ts";
import type { Path } from "./path.ts";

/** Largest payload that the length field can tell; there are no jumbograms here. */
const MAX_PAYLOAD = 65_535;

/** IPv6 (RFC 8200). */
export class Ipv6 implements IpFamily {
  readonly isV6: boolean = true;
  readonly headerLength: number = IPV6_HEADER_LENGTH;
  readonly fragmentOverhead: number = IPV6_FRAGMENT_HEADER_LENGTH;
  readonly icmp: IcmpNumbers = {
    protocol: IpProtocol.ICMPV6,
    echoReply: Icmpv6Type.ECHO_REPLY,
    unreachable: Icmpv6Type.DESTINATION_UNREACHABLE,
    timeExceeded: Icmpv6Type.TIME_EXCEEDED,
    parameterProblem: Icmpv6Type.PARAMETER_PROBLEM,
    hostUnreachable: Icmpv6Unreachable.ADDRESS,
    portUnreachable: Icmpv6Unreachable.PORT,
    // RFC 4443 §2.4(c): as much as possible without exceeding the minimum MTU.
    errorLimit: IPV6_MIN_MTU,
  };
  /** Written to for each packet, so that none needs a record of its own. */
  readonly #fields = {
    trafficClass: 0,
    flowLabel: 0,
    payloadLength: 0,
    nextHeader: 0,
    hopLimit: 0,
    source: IpAddress.ANY6,
    destination: IpAddress.ANY6,
  };

  parse(packet: PacketBuffer): DropReason | null {
    const { view, networkAt: at } = packet;
    if (!isIpv6Header(view, at, packet.end)) return "ip-truncated";
    packet.end = at + IPV6_HEADER_LENGTH + ipv6PayloadLength(view, at);
    packet.transportAt = at + IPV6_HEADER_LENGTH;
    packet.protocol = ipv6NextHeader(view, at);
    packet.hopLimit = ipv6HopLimit(view, at);
    packet.trafficClass = ipv6TrafficClass(view, at);
    const source = ipv6SourceAt(at);
    packet.sourceA = view.getInt32(source);
    packet.sourceB = view.getInt32(source + 4);
    packet.sourceC = view.getInt32(source + 8);
    packet.sourceD = view.getInt32(source + 12);
    const destination = ipv6DestinationAt(at);
    packet.destinationA = view.getInt32(destination);
    packet.destinationB = view.getInt32(destination + 4);
    packet.destinationC = view.getInt32(destination + 8);
    packet.destinationD = view.getInt32(destination + 12);
    return null;
  }

  hasMore({ protocol }: PacketBuffer): boolean {
    return isIpv6Extension(protocol) || protocol === IpProtocol.NO_NEXT_HEADER;
  }

  walk(packet: PacketBuffer, findings: HeaderFindings): void {
    findings.reset();
    walkExtensionHeaders(packet, findings);
  }

  /** RFC 8200 §4.5, and RFC 7112 §5 for the first fragment. */
  checkFragment(packet: PacketBuffer, findings: HeaderFindings): void {
    const { networkAt, end } = packet;
    const { fragmentAt, fragmentOffset, headerEnd, moreFragments } = findings;
    const length = end - fragmentAt;
    const { HEADER_FIELD, INCOMPLETE_CHAIN } = ParameterProblem;
    if (moreFragments && length % 8 !== 0) {
      const pointer = ipv6PayloadLengthAt(networkAt) - networkAt;
      findings.refuseWith("fragment-bad-length", HEADER_FIELD, pointer);
    } else if (headerEnd - networkAt - IPV6_HEADER_LENGTH + fragmentOffset + length > MAX_PAYLOAD) {
      const pointer = ipv6FragmentOffsetAt(headerEnd) - networkAt;
      findings.refuseWith("fragment-too-big", HEADER_FIELD, pointer);
    } else if (length === 0) {
      findings.refuse("fragment-bad-length");
    } else if (fragmentOffset === 0 && !isChainComplete(packet.view, findings, end)) {
      findings.refuseWith("fragment-header-chain", INCOMPLETE_CHAIN, 0);
    }
  }

  prependHeader(
    packet: PacketBuffer,
    path: Path,
    options: OutputOptions,
    chosen: HeaderFields,
  ): void {
    const fields = this.#fields;
    fields.trafficClass = options.trafficClass;
    fields.flowLabel = options.flowLabel < 0 ? path.flowLabel : options.flowLabel;
    fields.payloadLength = packet.end - packet.start;
    fields.nextHeader = options.protocol;
    fields.hopLimit = chosen.hopLimit;
    fields.source = path.source;
    fields.destination = path.destination;
    packet.start -= IPV6_HEADER_LENGTH;
    writeIpv6Header(packet.view, packet.start, fields);
  }

  /** The Fragment header comes right after the IPv6 header: we send no others before it. */
  writeFragment(view: DataView, at: number, piece: FragmentPiece): void {
    setIpv6NextHeader(view, at, IpProtocol.FRAGMENT);
    setIpv6PayloadLength(view, at, IPV6_FRAGMENT_HEADER_LENGTH + piece.length);
    writeIpv6FragmentHeader(view, at + IPV6_HEADER_LENGTH, piece);
  }

  finishReassembly(view: DataView, at: number, end: number, trafficClass: number): void {
    setIpv6TrafficClass(view, at, trafficClass);
    setIpv6PayloadLength(view, at, end - at - IPV6_HEADER_LENGTH);
  }
}

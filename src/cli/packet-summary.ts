import { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import { arpSenderIp, arpTargetIp, isArp } from "../wire/arp.ts";
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  ethernetDestination,
  ethernetSource,
  ethernetType,
  isEthernetFrame,
} from "../wire/ethernet.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import {
  IPV4_MIN_HEADER_LENGTH,
  ipVersion,
  ipv4Destination,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4Source,
} from "../wire/ipv4.ts";
import {
  IPV6_HEADER_LENGTH,
  ipv6DestinationAt,
  ipv6NextHeader,
  ipv6SourceAt,
} from "../wire/ipv6.ts";
import {
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  ipv6FragmentOffset,
  isIpv6Extension,
  isIpv6ExtensionHeader,
} from "../wire/ipv6-extension.ts";

/** What a filter may ask about a frame. What the frame does not have is null or −1. */
export interface PacketSummary {
  readonly etherType: number;
  readonly sourceMac: MacAddress | null;
  readonly destinationMac: MacAddress | null;
  /** Of the IP header, or of the sender and target of an ARP packet. */
  readonly source: IpAddress | null;
  readonly destination: IpAddress | null;
  /** Transport protocol, behind any extension headers; −1 for ARP and the like. */
  readonly protocol: number;
  /** TCP's, UDP's and SCTP's; −1 in later fragments, which have no ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Octets of the frame. */
  readonly length: number;
}

const NOTHING = {
  sourceMac: null,
  destinationMac: null,
  source: null,
  destination: null,
  protocol: -1,
  sourcePort: -1,
  destinationPort: -1,
};

/** Reads a frame far enough to filter it; malformed parts are left out. */
export function summarizeFrame(
  view: DataView,
  at: number,
  end: number,
  medium: "ethernet" | "ip",
): PacketSummary {
  const length = end - at;
  if (medium === "ip") return { ...NOTHING, ...summarizeIp(view, at, end), length };
  if (!isEthernetFrame(view, at, end)) return { ...NOTHING, etherType: -1, length };
  const etherType = ethernetType(view, at);
  const payloadAt = at + ETHERNET_HEADER_LENGTH;
  const macs = {
    sourceMac: ethernetSource(view, at),
    destinationMac: ethernetDestination(view, at),
  };
  const start = { ...NOTHING, ...macs, etherType, length };
  if (etherType === EtherType.ARP && isArp(view, payloadAt, end)) {
    const source = arpSenderIp(view, payloadAt);
    return { ...start, source, destination: arpTargetIp(view, payloadAt) };
  }
  if (etherType !== EtherType.IPV4 && etherType !== EtherType.IPV6) return start;
  return { ...start, ...summarizeIp(view, payloadAt, end) };
}

type IpPart = Pick<PacketSummary, "etherType"> & Partial<PacketSummary>;

function summarizeIp(view: DataView, at: number, end: number): IpPart {
  if (at < end && ipVersion(view, at) === 6) return summarizeV6(view, at, end);
  if (end - at < IPV4_MIN_HEADER_LENGTH) return { etherType: EtherType.IPV4 };
  const protocol = ipv4Protocol(view, at);
  const isFirst = ipv4FragmentOffset(view, at) === 0;
  return {
    etherType: EtherType.IPV4,
    source: IpAddress.v4(ipv4Source(view, at)),
    destination: IpAddress.v4(ipv4Destination(view, at)),
    protocol,
    ...(isFirst ? portsAt(view, at + ipv4HeaderLength(view, at), end, protocol) : {}),
  };
}

function summarizeV6(view: DataView, at: number, end: number): IpPart {
  if (end - at < IPV6_HEADER_LENGTH) return { etherType: EtherType.IPV6 };
  let protocol = ipv6NextHeader(view, at);
  let position = at + IPV6_HEADER_LENGTH;
  let isFirst = true;
  while (isIpv6Extension(protocol) && isIpv6ExtensionHeader(view, position, end, protocol)) {
    if (protocol === IpProtocol.FRAGMENT) isFirst = ipv6FragmentOffset(view, position) === 0;
    const length = ipv6ExtensionLength(view, position, protocol);
    protocol = ipv6ExtensionNext(view, position);
    position += length;
    if (!isFirst) break;
  }
  return {
    etherType: EtherType.IPV6,
    source: IpAddress.readV6(view, ipv6SourceAt(at)),
    destination: IpAddress.readV6(view, ipv6DestinationAt(at)),
    protocol,
    ...(isFirst ? portsAt(view, position, end, protocol) : {}),
  };
}

/** All transports with ports begin with the source port and the destination port. */
function portsAt(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
): { sourcePort: number; destinationPort: number } | Record<never, never> {
  const hasPorts =
    protocol === IpProtocol.TCP || protocol === IpProtocol.UDP || protocol === IpProtocol.SCTP;
  if (!hasPorts || at + 4 > end) return {};
  return { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
}

import { IpAddress } from "../base/ip-address.ts";
import { IpProtocol } from "./ip-protocol.ts";
import {
  IPV6_HEADER_LENGTH,
  ipv6DestinationAt,
  ipv6FlowLabel,
  ipv6HopLimit,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6SourceAt,
  ipv6TrafficClass,
} from "./ipv6.ts";
import {
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  isIpv6Extension,
  isIpv6ExtensionHeader,
  routingSegmentsLeft,
  routingType,
} from "./ipv6-extension.ts";
import { type Datagram, formatAddresses, type PrettyStyle } from "./pretty-datagram.ts";

/** Formats what the IPv6 header carries, addresses included. */
export type UpperFormatter = (datagram: Datagram) => string;

/** Octets `[at, end)` that hold a packet, or what is left of it. */
export interface PacketOctets {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
}

/** An IPv6 packet in tcpdump's notation, without the leading `IP6 `. */
export function formatIpv6Packet(
  { view, at, end }: PacketOctets,
  style: PrettyStyle,
  upper: UpperFormatter,
): string {
  const available = end - at;
  if (available < IPV6_HEADER_LENGTH) return "[|ip6]";
  const length = IPV6_HEADER_LENGTH + ipv6PayloadLength(view, at);
  const missing = length - available;
  const cut = missing > 0 ? `truncated-ip6 - ${missing} bytes missing!` : "";
  const header = style.verbose > 0 ? formatHeader(view, at) : "";
  const packetEnd = Math.min(end, at + length);
  return cut + header + formatChain({ view, at, end: packetEnd }, style, upper);
}

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.HOP_BY_HOP, "Options"],
  [IpProtocol.TCP, "TCP"],
  [IpProtocol.UDP, "UDP"],
  [IpProtocol.ROUTING, "Routing"],
  [IpProtocol.FRAGMENT, "Fragment"],
  [IpProtocol.ICMPV6, "ICMPv6"],
  [IpProtocol.SCTP, "SCTP"],
]);

function formatHeader(view: DataView, at: number): string {
  const trafficClass = ipv6TrafficClass(view, at);
  const flowLabel = ipv6FlowLabel(view, at);
  const next = ipv6NextHeader(view, at);
  const fields = [
    ...(trafficClass === 0 ? [] : [`class 0x${trafficClass.toString(16).padStart(2, "0")}`]),
    ...(flowLabel === 0 ? [] : [`flowlabel 0x${flowLabel.toString(16).padStart(5, "0")}`]),
    `hlim ${ipv6HopLimit(view, at)}`,
    `next-header ${PROTOCOL_NAMES.get(next) ?? "unknown"} (${next}) payload length: ${ipv6PayloadLength(view, at)}`,
  ];
  return `(${fields.join(", ")}) `;
}

/** The extension headers one after the other, then what they lead to. */
function formatChain(packet: PacketOctets, style: PrettyStyle, upper: UpperFormatter): string {
  const { view, end } = packet;
  const source = IpAddress.readV6(view, ipv6SourceAt(packet.at));
  const destination = IpAddress.readV6(view, ipv6DestinationAt(packet.at));
  const claimedEnd = packet.at + IPV6_HEADER_LENGTH + ipv6PayloadLength(view, packet.at);
  let next = ipv6NextHeader(view, packet.at);
  let at = packet.at + IPV6_HEADER_LENGTH;
  const adjacent = !isIpv6Extension(next);
  let text = adjacent ? "" : formatAddresses(source, destination);
  let fragmented = false;
  while (isIpv6Extension(next)) {
    if (!isIpv6ExtensionHeader(view, at, end, next)) return `${text}[|ip6]`;
    text += formatExtension({ view, at, end: claimedEnd }, next, style);
    if (next === IpProtocol.FRAGMENT) {
      if (ipv6FragmentOffset(view, at) !== 0) return text;
      fragmented = true;
      text += " ";
    }
    const length = ipv6ExtensionLength(view, at, next);
    next = ipv6ExtensionNext(view, at);
    at += length;
  }
  const where = { view, at, end, length: claimedEnd - at };
  return text + upper({ ...where, source, destination, protocol: next, fragmented, adjacent });
}

function formatExtension(
  { view, at, end }: PacketOctets,
  kind: number,
  style: PrettyStyle,
): string {
  switch (kind) {
    case IpProtocol.HOP_BY_HOP:
      return `HBH ${style.verbose > 0 ? formatOptions(view, at, kind) : ""}`;
    case IpProtocol.DESTINATION_OPTIONS:
      return `DSTOPT ${style.verbose > 0 ? formatOptions(view, at, kind) : ""}`;
    case IpProtocol.FRAGMENT: {
      const identification = ipv6FragmentIdentification(view, at) >>> 0;
      const id = style.verbose > 0 ? `0x${identification.toString(16).padStart(8, "0")}:` : "";
      const length = end - at - ipv6ExtensionLength(view, at, kind);
      return `frag (${id}${ipv6FragmentOffset(view, at)}|${length})`;
    }
    default: {
      const length = ipv6ExtensionLength(view, at, kind);
      const left = routingSegmentsLeft(view, at);
      return `RT6 (len=${length / 8 - 1}, type=${routingType(view, at)}, segleft=${left}) `;
    }
  }
}

/** Option types that have a name here (RFC 8200 §4.2, 2711). */
const PAD1 = 0;
const PADN = 1;
const ROUTER_ALERT = 5;

function formatOptions(view: DataView, at: number, kind: number): string {
  const end = at + ipv6ExtensionLength(view, at, kind);
  let text = "";
  for (let position = at + 2; position < end; ) {
    const type = view.getUint8(position);
    if (type === PAD1) {
      text += "(pad1)";
      position++;
      continue;
    }
    if (position + 2 > end) break;
    const length = view.getUint8(position + 1);
    if (position + 2 + length > end) break;
    if (type === PADN) text += "(padn)";
    else if (type === ROUTER_ALERT && length === 2)
      text += `(rtalert: 0x${view
        .getUint16(position + 2)
        .toString(16)
        .padStart(4, "0")}) `;
    else text += `(opt_type 0x${type.toString(16).padStart(2, "0")}: len=${length})`;
    position += 2 + length;
  }
  return `${text} `;
}

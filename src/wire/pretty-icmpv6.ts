import { IpAddress } from "../base/ip-address.ts";
import {
  ICMP_CHECKSUM_OFFSET,
  ICMP_HEADER_LENGTH,
  Icmpv6Type,
  Icmpv6Unreachable,
  icmpCode,
  icmpIdentifier,
  icmpSequence,
  icmpType,
  icmpWord,
} from "./icmp.ts";
import { IpProtocol } from "./ip-protocol.ts";
import { IPV6_HEADER_LENGTH, ipv6DestinationAt, ipv6NextHeader, ipv6SourceAt } from "./ipv6.ts";
import { ipv6ExtensionLength, ipv6ExtensionNext, isIpv6Extension } from "./ipv6-extension.ts";
import {
  type Datagram,
  datagramPseudoSum,
  expectedChecksum,
  hex16,
  isVerifiable,
} from "./pretty-datagram.ts";
import { formatMldReport } from "./pretty-mld.ts";
import { formatNeighborDiscovery, isNeighborDiscovery } from "./pretty-ndp.ts";

/** An ICMPv6 message in tcpdump's notation, after the addresses. */
export function formatIcmpv6(datagram: Datagram, verbose: number): string {
  const { view, at, end, length } = datagram;
  if (end - at < ICMP_HEADER_LENGTH) return "[|icmp6]";
  const type = icmpType(view, at);
  const start = `${formatChecksum(datagram, verbose)}ICMP6, ${nameOf(type)}`;
  // Neighbor discovery tells its length first, since a list of options follows.
  if (isNeighborDiscovery(type) && verbose > 0) {
    return `${start}, length ${length}${formatNeighborDiscovery(view, at, end, verbose)}`;
  }
  const told = formatMessage(view, at, end, verbose);
  if (told === null) return `${start} [|icmp6]`;
  return `${start}${told}${verbose === 0 ? `, length ${length}` : ""}`;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [Icmpv6Type.DESTINATION_UNREACHABLE, "destination unreachable"],
  [Icmpv6Type.PACKET_TOO_BIG, "packet too big"],
  [Icmpv6Type.TIME_EXCEEDED, "time exceeded in-transit"],
  [Icmpv6Type.PARAMETER_PROBLEM, "parameter problem"],
  [Icmpv6Type.ECHO_REQUEST, "echo request"],
  [Icmpv6Type.ECHO_REPLY, "echo reply"],
  [Icmpv6Type.MLD_QUERY, "multicast listener query"],
  [Icmpv6Type.MLD_REPORT, "multicast listener report"],
  [Icmpv6Type.MLD_DONE, "multicast listener done"],
  [Icmpv6Type.ROUTER_SOLICITATION, "router solicitation"],
  [Icmpv6Type.ROUTER_ADVERTISEMENT, "router advertisement"],
  [Icmpv6Type.NEIGHBOR_SOLICITATION, "neighbor solicitation"],
  [Icmpv6Type.NEIGHBOR_ADVERTISEMENT, "neighbor advertisement"],
  [Icmpv6Type.REDIRECT, "redirect"],
  [Icmpv6Type.MLDV2_REPORT, "multicast listener report v2"],
]);

function nameOf(type: number): string {
  return NAMES.get(type) ?? `unknown icmp6 type (${type})`;
}

/** What follows the name; null when the message is cut too short for it. */
function formatMessage(view: DataView, at: number, end: number, verbose: number): string | null {
  const type = icmpType(view, at);
  const quoteAt = at + ICMP_HEADER_LENGTH;
  const quotes = type < Icmpv6Type.ECHO_REQUEST && type !== Icmpv6Type.PACKET_TOO_BIG;
  if (quotes && end - quoteAt < IPV6_HEADER_LENGTH) return null;
  switch (type) {
    case Icmpv6Type.DESTINATION_UNREACHABLE:
      return formatUnreachable(view, at, end);
    case Icmpv6Type.PACKET_TOO_BIG:
      return `, mtu ${icmpWord(view, at)}`;
    case Icmpv6Type.TIME_EXCEEDED:
      if (icmpCode(view, at) === 0)
        return ` for ${IpAddress.readV6(view, ipv6DestinationAt(quoteAt))}`;
      return icmpCode(view, at) === 1 ? " (reassembly)" : `, unknown code (${icmpCode(view, at)})`;
    case Icmpv6Type.PARAMETER_PROBLEM:
      return formatParameterProblem(view, at);
    case Icmpv6Type.ECHO_REQUEST:
    case Icmpv6Type.ECHO_REPLY:
      return `, id ${icmpIdentifier(view, at)}, seq ${icmpSequence(view, at)}`;
    case Icmpv6Type.MLD_QUERY:
    case Icmpv6Type.MLD_REPORT:
    case Icmpv6Type.MLD_DONE:
      return end - at < 24 ? null : formatMldOne(view, at);
    case Icmpv6Type.MLDV2_REPORT:
      return formatMldReport(view, at, end, verbose);
    default:
      return isNeighborDiscovery(type) ? formatNeighborDiscovery(view, at, end, verbose) : "";
  }
}

function formatUnreachable(view: DataView, at: number, end: number): string | null {
  const quoteAt = at + ICMP_HEADER_LENGTH;
  const target = `${IpAddress.readV6(view, ipv6DestinationAt(quoteAt))}`;
  switch (icmpCode(view, at)) {
    case Icmpv6Unreachable.NO_ROUTE:
      return `, unreachable route ${target}`;
    case Icmpv6Unreachable.PROHIBITED:
      return `,  unreachable prohibited ${target}`;
    case Icmpv6Unreachable.BEYOND_SCOPE: {
      const source = `${IpAddress.readV6(view, ipv6SourceAt(quoteAt))}`;
      return `, beyond scope ${target}, source address ${source}`;
    }
    case Icmpv6Unreachable.ADDRESS:
      return `, unreachable address ${target}`;
    case Icmpv6Unreachable.PORT:
      return formatPortUnreachable(view, quoteAt, end, target);
    default:
      return `, unknown unreach code (${icmpCode(view, at)})`;
  }
}

/** The quoted packet's transport header lies behind its extension headers. */
function formatPortUnreachable(
  view: DataView,
  quoteAt: number,
  end: number,
  target: string,
): string | null {
  let next = ipv6NextHeader(view, quoteAt);
  let position = quoteAt + IPV6_HEADER_LENGTH;
  while (isIpv6Extension(next)) {
    if (position + 8 > end) return null;
    const length = ipv6ExtensionLength(view, position, next);
    next = ipv6ExtensionNext(view, position);
    position += length;
  }
  if (position + 4 > end) return null;
  const port = view.getUint16(position + 2);
  if (next === IpProtocol.TCP) return `, unreachable port, ${target} tcp port ${port}`;
  if (next === IpProtocol.UDP) return `, unreachable port, ${target} udp port ${port}`;
  return `, unreachable port, ${target} protocol ${next} port ${port} unreachable`;
}

const PARAMETER_PROBLEMS: readonly string[] = [
  "erroneous",
  "next header",
  "option",
  "incomplete header chain",
];

function formatParameterProblem(view: DataView, at: number): string {
  const code = icmpCode(view, at);
  const kind = PARAMETER_PROBLEMS[code];
  if (kind === undefined) return `, code-#${code}`;
  return `, ${kind} - octet ${icmpWord(view, at)}`;
}

/** MLDv1: one group, and how long an answer may take. */
function formatMldOne(view: DataView, at: number): string {
  const group = IpAddress.readV6(view, at + ICMP_HEADER_LENGTH);
  return `max resp delay: ${icmpIdentifier(view, at)} addr: ${group}`;
}

function formatChecksum(datagram: Datagram, verbose: number): string {
  if (verbose === 0 || !isVerifiable(datagram)) return "";
  const { view, at, end } = datagram;
  const field = at + ICMP_CHECKSUM_OFFSET;
  const found = view.getUint16(field);
  const right = expectedChecksum(view, { at, end }, field, datagramPseudoSum(datagram));
  if (found === right) return "[icmp6 sum ok] ";
  return `[bad icmp6 cksum ${hex16(found)} -> ${hex16(right)}!] `;
}

import { IpAddress } from "../base/ip-address.ts";
import {
  ICMP_CHECKSUM_OFFSET,
  ICMP_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv4Unreachable,
  icmpCode,
  icmpIdentifier,
  icmpSequence,
  icmpType,
  icmpV4Mtu,
  icmpV4Pointer,
} from "./icmp.ts";
import { IpProtocol } from "./ip-protocol.ts";
import { IPV4_MIN_HEADER_LENGTH, ipv4Destination, ipv4HeaderLength, ipv4Protocol } from "./ipv4.ts";
import { type Datagram, expectedChecksum, isVerifiable } from "./pretty-datagram.ts";

/** Formats the IP packet in `[at, end)` that an error message quotes. */
export type QuoteFormatter = (view: DataView, at: number, end: number) => string;

/** An ICMPv4 message in tcpdump's notation, after the addresses. */
export function formatIcmp(datagram: Datagram, verbose: number, quote: QuoteFormatter): string {
  const { view, at, end, length } = datagram;
  if (end - at < ICMP_HEADER_LENGTH) return "[|icmp]";
  const told = formatMessage(view, at, end);
  if (told === null) return "[|icmp]";
  let text = `ICMP ${told}, length ${length}`;
  if (verbose === 0) return text;
  if (isVerifiable(datagram)) text += formatChecksum(view, at, end);
  if (isError(icmpType(view, at))) text += `\n\t${quote(view, at + ICMP_HEADER_LENGTH, end)}`;
  return text;
}

/** Null when the quote an error needs is cut too short. */
function formatMessage(view: DataView, at: number, end: number): string | null {
  const type = icmpType(view, at);
  const quoteAt = at + ICMP_HEADER_LENGTH;
  if (isError(type) && end - quoteAt < IPV4_MIN_HEADER_LENGTH) return null;
  switch (type) {
    case Icmpv4Type.ECHO_REQUEST:
      return `echo request, ${formatEcho(view, at)}`;
    case Icmpv4Type.ECHO_REPLY:
      return `echo reply, ${formatEcho(view, at)}`;
    case Icmpv4Type.DESTINATION_UNREACHABLE:
      return formatUnreachable(view, at, end);
    case Icmpv4Type.REDIRECT:
      return formatRedirect(view, at);
    case Icmpv4Type.TIME_EXCEEDED:
      return TIME_EXCEEDED[icmpCode(view, at)] ?? `time exceeded-#${icmpCode(view, at)}`;
    case Icmpv4Type.PARAMETER_PROBLEM:
      return icmpCode(view, at) === 0
        ? `parameter problem - octet ${icmpV4Pointer(view, at)}`
        : `parameter problem - code ${icmpCode(view, at)}`;
    case Icmpv4Type.TIMESTAMP_REQUEST:
      return `time stamp query id ${icmpIdentifier(view, at)} seq ${icmpSequence(view, at)}`;
    default:
      return OTHER_TYPES.get(type) ?? `type-#${type}`;
  }
}

const TIME_EXCEEDED: readonly string[] = [
  "time exceeded in-transit",
  "ip reassembly time exceeded",
];

const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [Icmpv4Type.SOURCE_QUENCH, "source quench"],
  [Icmpv4Type.ROUTER_ADVERTISEMENT, "router advertisement"],
  [Icmpv4Type.ROUTER_SOLICITATION, "router solicitation"],
  [Icmpv4Type.TIMESTAMP_REPLY, "time stamp reply"],
]);

function isError(type: number): boolean {
  return (
    type === Icmpv4Type.DESTINATION_UNREACHABLE ||
    type === Icmpv4Type.SOURCE_QUENCH ||
    type === Icmpv4Type.REDIRECT ||
    type === Icmpv4Type.TIME_EXCEEDED ||
    type === Icmpv4Type.PARAMETER_PROBLEM
  );
}

function formatEcho(view: DataView, at: number): string {
  return `id ${icmpIdentifier(view, at)}, seq ${icmpSequence(view, at)}`;
}

/** What was unreachable, by code; `$` stands for the address the quoted packet was for. */
const UNREACHABLE: ReadonlyMap<number, string> = new Map([
  [Icmpv4Unreachable.NET, "net $ unreachable"],
  [Icmpv4Unreachable.HOST, "host $ unreachable"],
  [Icmpv4Unreachable.SOURCE_ROUTE_FAILED, "$ unreachable - source route failed"],
  [6, "net $ unreachable - unknown"],
  [7, "host $ unreachable - unknown"],
  [8, "$ unreachable - source host isolated"],
  [Icmpv4Unreachable.NET_PROHIBITED, "net $ unreachable - admin prohibited"],
  [Icmpv4Unreachable.HOST_PROHIBITED, "host $ unreachable - admin prohibited"],
  [11, "net $ unreachable - tos prohibited"],
  [12, "host $ unreachable - tos prohibited"],
  [Icmpv4Unreachable.ADMIN_PROHIBITED, "host $ unreachable - admin prohibited filter"],
  [14, "host $ unreachable - host precedence violation"],
  [15, "host $ unreachable - precedence cutoff"],
]);

function formatUnreachable(view: DataView, at: number, end: number): string | null {
  const quoteAt = at + ICMP_HEADER_LENGTH;
  const code = icmpCode(view, at);
  const target = `${IpAddress.v4(ipv4Destination(view, quoteAt))}`;
  switch (code) {
    case Icmpv4Unreachable.PROTOCOL:
      return `${target} protocol ${ipv4Protocol(view, quoteAt)} unreachable`;
    case Icmpv4Unreachable.PORT:
      return formatPortUnreachable(view, quoteAt, end, target);
    case Icmpv4Unreachable.FRAGMENTATION_NEEDED: {
      const mtu = icmpV4Mtu(view, at);
      return `${target} unreachable - need to frag${mtu === 0 ? "" : ` (mtu ${mtu})`}`;
    }
    default:
      return (UNREACHABLE.get(code) ?? `$ unreachable - #${code}`).replace("$", target);
  }
}

/** TCP and UDP keep the destination port in the same place. */
function formatPortUnreachable(
  view: DataView,
  quoteAt: number,
  end: number,
  target: string,
): string | null {
  const transportAt = quoteAt + ipv4HeaderLength(view, quoteAt);
  if (transportAt + 4 > end) return null;
  const port = view.getUint16(transportAt + 2);
  const protocol = ipv4Protocol(view, quoteAt);
  if (protocol === IpProtocol.TCP) return `${target} tcp port ${port} unreachable`;
  if (protocol === IpProtocol.UDP) return `${target} udp port ${port} unreachable`;
  return `${target} protocol ${protocol} port ${port} unreachable`;
}

const REDIRECTS: readonly string[] = [
  "redirect $ to net",
  "redirect $ to host",
  "redirect-tos $ to net",
  "redirect-tos $ to host",
];

function formatRedirect(view: DataView, at: number): string {
  const target = `${IpAddress.v4(ipv4Destination(view, at + ICMP_HEADER_LENGTH))}`;
  const code = icmpCode(view, at);
  const kind = REDIRECTS[code] ?? `redirect-#${code} $ to`;
  return `${kind.replace("$", target)} ${IpAddress.readV4(view, at + 4)}`;
}

function formatChecksum(view: DataView, at: number, end: number): string {
  const field = at + ICMP_CHECKSUM_OFFSET;
  const found = view.getUint16(field);
  const right = expectedChecksum(view, { at, end }, field);
  if (found === right) return "";
  return ` (wrong icmp cksum ${found.toString(16)} (->${right.toString(16)})!)`;
}

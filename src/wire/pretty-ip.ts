import { checksum } from "../base/checksum.ts";
import { IpAddress } from "../base/ip-address.ts";
import { IpProtocol } from "./ip-protocol.ts";
import {
  IPV4_DF,
  IPV4_MF,
  IPV4_MIN_HEADER_LENGTH,
  ipVersion,
  ipv4Destination,
  ipv4Flags,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4Protocol,
  ipv4Source,
  ipv4Tos,
  ipv4TotalLength,
  ipv4Ttl,
} from "./ipv4.ts";
import {
  type Datagram,
  expectedChecksum,
  formatAddresses,
  type PrettyStyle,
} from "./pretty-datagram.ts";
import { formatIcmp } from "./pretty-icmp.ts";
import { formatIcmpv6 } from "./pretty-icmpv6.ts";
import { formatIpv6Packet } from "./pretty-ipv6.ts";
import { formatIgmp } from "./pretty-mld.ts";
import type { SequenceBases } from "./pretty-sequence.ts";
import { formatTcp } from "./pretty-tcp.ts";
import { formatUdp } from "./pretty-udp.ts";

/** An IP packet of either version in tcpdump's notation, without the leading `IP ` or `IP6 `. */
export class IpFormatter {
  readonly #style: PrettyStyle;
  readonly #bases: SequenceBases;

  constructor(style: PrettyStyle, bases: SequenceBases) {
    this.#style = style;
    this.#bases = bases;
  }

  format(view: DataView, at: number, end: number): string {
    if (at < end && ipVersion(view, at) === 6) {
      const upper = (datagram: Datagram): string => this.#formatUpper(datagram);
      return formatIpv6Packet({ view, at, end }, this.#style, upper);
    }
    const whole = end - at < IPV4_MIN_HEADER_LENGTH || ipv4TotalLength(view, at) <= end - at;
    const missing = whole ? 0 : ipv4TotalLength(view, at) - (end - at);
    const cut = whole ? "" : `truncated-ip - ${missing} bytes missing! `;
    return cut + this.#formatV4(view, at, end);
  }

  #formatV4(view: DataView, at: number, end: number): string {
    if (end - at < IPV4_MIN_HEADER_LENGTH) return "[|ip]";
    const headerLength = ipv4HeaderLength(view, at);
    const totalLength = ipv4TotalLength(view, at);
    if (headerLength < IPV4_MIN_HEADER_LENGTH) return `bad-hlen ${headerLength}`;
    if (totalLength < headerLength) return `bad-len ${totalLength}`;
    const header = this.#style.verbose > 0 ? formatV4Header(view, at, end) : "";
    if (headerLength > end - at) return `${header}[|ip]`;
    const source = IpAddress.v4(ipv4Source(view, at));
    const destination = IpAddress.v4(ipv4Destination(view, at));
    if (ipv4FragmentOffset(view, at) !== 0) {
      return `${header}${source} > ${destination}: ip-proto-${ipv4Protocol(view, at)}`;
    }
    const datagram = {
      view,
      at: at + headerLength,
      end: Math.min(end, at + totalLength),
      length: totalLength - headerLength,
      source,
      destination,
      protocol: ipv4Protocol(view, at),
      fragmented: (ipv4Flags(view, at) & IPV4_MF) !== 0,
      adjacent: true,
    };
    return header + this.#formatUpper(datagram);
  }

  /** Addresses and payload: TCP and UDP join their ports to the addresses. */
  #formatUpper(datagram: Datagram): string {
    const { view, at, end, protocol, source, destination } = datagram;
    const verbose = this.#style.verbose;
    if (protocol === IpProtocol.TCP) return formatTcp(datagram, this.#style, this.#bases);
    if (protocol === IpProtocol.UDP) return formatUdp(datagram, verbose);
    const addresses = datagram.adjacent ? formatAddresses(source, destination) : "";
    if (source.isV4) {
      if (protocol === IpProtocol.ICMP) {
        const quote = (quoted: DataView, from: number, to: number): string =>
          this.#formatQuote(quoted, from, to);
        return addresses + formatIcmp(datagram, verbose, quote);
      }
      if (protocol === IpProtocol.IGMP) return addresses + formatIgmp(view, at, end, verbose);
    } else {
      if (protocol === IpProtocol.ICMPV6) return addresses + formatIcmpv6(datagram, verbose);
      if (protocol === IpProtocol.NO_NEXT_HEADER) return `${addresses}no next header`;
    }
    return `${addresses} ip-proto-${protocol} ${datagram.length}`;
  }

  /** A quoted packet is usually cut short, which is no fault of its own. */
  #formatQuote(view: DataView, at: number, end: number): string {
    const prefix = this.#style.linkHeader ? "" : "IP ";
    return prefix + this.#formatV4(view, at, end);
  }
}

const ECN_NAMES: readonly string[] = ["", ",ECT(1)", ",ECT(0)", ",CE"];

/** Names of the protocols in the header line of `-v`. */
const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.ICMP, "ICMP"],
  [IpProtocol.IGMP, "IGMP"],
  [IpProtocol.TCP, "TCP"],
  [IpProtocol.UDP, "UDP"],
  [IpProtocol.SCTP, "SCTP"],
]);

function formatV4Header(view: DataView, at: number, end: number): string {
  const tos = ipv4Tos(view, at);
  const ttl = ipv4Ttl(view, at);
  const protocol = ipv4Protocol(view, at);
  const headerLength = ipv4HeaderLength(view, at);
  const fields = [
    `tos 0x${tos.toString(16)}${ECN_NAMES[tos & 3]}`,
    ...(ttl > 0 ? [`ttl ${ttl}`] : []),
    `id ${ipv4Identification(view, at)}`,
    `offset ${ipv4FragmentOffset(view, at)}`,
    `flags [${formatFragmentFlags(ipv4Flags(view, at))}]`,
    `proto ${PROTOCOL_NAMES.get(protocol) ?? "unknown"} (${protocol})`,
    `length ${ipv4TotalLength(view, at)}`,
  ];
  if (at + headerLength <= end) {
    if (headerLength > IPV4_MIN_HEADER_LENGTH) fields.push("options (…)");
    if (checksum(view, at, at + headerLength) !== 0) fields.push(formatBadChecksum(view, at));
  }
  return `(${fields.join(", ")})\n    `;
}

function formatFragmentFlags(flags: number): string {
  const set = [
    ...((flags & IPV4_MF) !== 0 ? ["+"] : []),
    ...((flags & IPV4_DF) !== 0 ? ["DF"] : []),
  ];
  return set.length === 0 ? "none" : set.join(", ");
}

function formatBadChecksum(view: DataView, at: number): string {
  const field = at + CHECKSUM;
  const right = expectedChecksum(view, { at, end: at + ipv4HeaderLength(view, at) }, field);
  return `bad cksum ${view.getUint16(field).toString(16)} (->${right.toString(16)})!`;
}

/** Position of the header checksum. */
const CHECKSUM = 10;

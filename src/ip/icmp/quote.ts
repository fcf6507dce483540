import { IpAddress } from "../../base/ip-address.ts";
import { IpProtocol } from "../../wire/ip-protocol.ts";
import {
  IPV4_MIN_HEADER_LENGTH,
  ipVersion,
  ipv4Destination,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4Source,
  ipv4TotalLength,
} from "../../wire/ipv4.ts";
import {
  IPV6_HEADER_LENGTH,
  ipv6DestinationAt,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6SourceAt,
} from "../../wire/ipv6.ts";
import {
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  ipv6FragmentOffset,
  isIpv6Extension,
  isIpv6ExtensionHeader,
} from "../../wire/ipv6-extension.ts";

/** A packet as an ICMP error quotes it: its beginning, of which only the header may be relied on. */
export interface Quote {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** First octet of the upper layer; may be `end`. */
  readonly transportAt: number;
  readonly end: number;
  /** Octets of the packet that is quoted, by its own length field. */
  readonly packetLength: number;
}

/**
 * Reads the packet quoted in `[at, end)`. Null when it is not of the family
 * asked for, when its header is cut, or when it is a later fragment, which
 * tells nothing of the upper layer (RFC 4443 §2.4(d)).
 */
export function readQuote(view: DataView, at: number, end: number, isV6: boolean): Quote | null {
  return isV6 ? readV6(view, at, end) : readV4(view, at, end);
}

function readV4(view: DataView, at: number, end: number): Quote | null {
  if (end - at < IPV4_MIN_HEADER_LENGTH || ipVersion(view, at) !== 4) return null;
  const headerLength = ipv4HeaderLength(view, at);
  if (headerLength < IPV4_MIN_HEADER_LENGTH || headerLength > end - at) return null;
  if (ipv4FragmentOffset(view, at) !== 0) return null;
  const packetLength = ipv4TotalLength(view, at);
  const transportAt = at + headerLength;
  return {
    source: IpAddress.v4(ipv4Source(view, at)),
    destination: IpAddress.v4(ipv4Destination(view, at)),
    protocol: ipv4Protocol(view, at),
    transportAt,
    end: clamp(at + packetLength, transportAt, end),
    packetLength,
  };
}

function readV6(view: DataView, at: number, end: number): Quote | null {
  if (end - at < IPV6_HEADER_LENGTH || ipVersion(view, at) !== 6) return null;
  const packetLength = IPV6_HEADER_LENGTH + ipv6PayloadLength(view, at);
  let next = ipv6NextHeader(view, at);
  let transportAt = at + IPV6_HEADER_LENGTH;
  while (isIpv6Extension(next)) {
    if (!isIpv6ExtensionHeader(view, transportAt, end, next)) return null;
    const isFragment = next === IpProtocol.FRAGMENT;
    if (isFragment && ipv6FragmentOffset(view, transportAt) !== 0) return null;
    const length = ipv6ExtensionLength(view, transportAt, next);
    next = ipv6ExtensionNext(view, transportAt);
    transportAt += length;
  }
  return {
    source: IpAddress.readV6(view, ipv6SourceAt(at)),
    destination: IpAddress.readV6(view, ipv6DestinationAt(at)),
    protocol: next,
    transportAt,
    end: clamp(at + packetLength, transportAt, end),
    packetLength,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

import { ICMP_HEADER_LENGTH } from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { ipv6NextHeaderAt } from "../wire/ipv6.ts";
import {
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6MoreFragments,
  ipv6OptionsAt,
  isIpv6Extension,
  isIpv6ExtensionHeader,
  routingSegmentsLeft,
  routingTypeAt,
} from "../wire/ipv6-extension.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TCP_MIN_HEADER_LENGTH } from "../wire/tcp-header.ts";
import { UDP_HEADER_LENGTH } from "../wire/udp.ts";
import type { HeaderFindings } from "./family.ts";

/** Headers a packet may chain: more than any honest sender needs (RFC 8504 §5.3). */
const MAX_HEADERS = 16;
/** Options a header may hold that we do not know, as Linux's `max_dst_opts_number`. */
const MAX_UNKNOWN_OPTIONS = 8;

/** Codes of ICMPv6 Parameter Problem (RFC 4443 §3.4). */
export const ParameterProblem = {
  HEADER_FIELD: 0,
  NEXT_HEADER: 1,
  OPTION: 2,
  INCOMPLETE_CHAIN: 3,
} as const;

/**
 * Walks the extension headers from `packet.transportAt` on, in their order
 * (RFC 8200 §4). Ends at the upper layer, whose position and protocol it
 * leaves in the packet, at a Fragment header, or at what it refuses.
 */
export function walkExtensionHeaders(packet: PacketBuffer, findings: HeaderFindings): void {
  const { view, networkAt, end } = packet;
  let at = packet.transportAt;
  let next = packet.protocol;
  let nextAt = ipv6NextHeaderAt(networkAt);
  for (let count = 0; isIpv6Extension(next); count++) {
    if (next === IpProtocol.HOP_BY_HOP && at !== packet.transportAt) {
      const pointer = nextAt - networkAt;
      return findings.refuseWith("ip-bad-extension-header", ParameterProblem.NEXT_HEADER, pointer);
    }
    if (count === MAX_HEADERS || !isIpv6ExtensionHeader(view, at, end, next)) {
      return findings.refuse("ip-bad-extension-header");
    }
    checkHeader(packet, at, next, findings);
    if (findings.drop !== null) return;
    if (next === IpProtocol.FRAGMENT && noteFragment(packet, at, nextAt, findings)) return;
    nextAt = at;
    const length = ipv6ExtensionLength(view, at, next);
    next = ipv6ExtensionNext(view, at);
    at += length;
  }
  packet.protocol = next;
  packet.transportAt = at;
  findings.nextHeaderAt = nextAt;
  if (next === IpProtocol.NO_NEXT_HEADER) findings.refuse("ip-no-next-header");
}

function checkHeader(
  packet: PacketBuffer,
  at: number,
  kind: number,
  findings: HeaderFindings,
): void {
  const { view, networkAt } = packet;
  if (kind === IpProtocol.FRAGMENT) return;
  if (kind !== IpProtocol.ROUTING) return checkOptions(packet, at, kind, findings);
  // No routing type is known here: type 0 is forbidden (RFC 5095 §3), and the
  // others are for routers and mobile nodes (RFC 8200 §4.4).
  if (routingSegmentsLeft(view, at) === 0) return;
  const pointer = routingTypeAt(at) - networkAt;
  findings.refuseWith("ip-bad-extension-header", ParameterProblem.HEADER_FIELD, pointer);
}

const OPTION_PAD1 = 0;
const OPTION_PADN = 1;
/** Known, and of no consequence for a host (RFC 2711). */
const OPTION_ROUTER_ALERT = 5;

/** What to do about an option that is not known, in its two high bits (RFC 8200 §4.2). */
const ACTION = 0xc0;
const ACTION_SKIP = 0x00;
const ACTION_DISCARD = 0x40;
const ACTION_REPORT = 0x80;

function checkOptions(
  packet: PacketBuffer,
  headerAt: number,
  kind: number,
  findings: HeaderFindings,
): void {
  const { view, networkAt } = packet;
  const end = headerAt + ipv6ExtensionLength(view, headerAt, kind);
  let at = ipv6OptionsAt(headerAt);
  let unknown = 0;
  while (at < end) {
    const type = view.getUint8(at);
    if (type === OPTION_PAD1) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) + 2 : end;
    if (length > end - at) return findings.refuse("ip-bad-option");
    if (type !== OPTION_PADN && type !== OPTION_ROUTER_ALERT) {
      const action = type & ACTION;
      if (action !== ACTION_SKIP) return refuseOption(action, at - networkAt, findings);
      if (++unknown > MAX_UNKNOWN_OPTIONS) return findings.refuse("ip-bad-option");
    }
    at += length;
  }
}

function refuseOption(action: number, pointer: number, findings: HeaderFindings): void {
  if (action === ACTION_DISCARD) return findings.refuse("ip-bad-option");
  findings.refuseWith("ip-bad-option", ParameterProblem.OPTION, pointer);
  findings.problemEvenToGroup = action === ACTION_REPORT;
}

/**
 * Notes what a Fragment header says; false when the packet is whole all the
 * same: an atomic fragment is handled alone (RFC 6946 §4).
 */
function noteFragment(
  packet: PacketBuffer,
  at: number,
  nextAt: number,
  findings: HeaderFindings,
): boolean {
  const { view } = packet;
  const offset = ipv6FragmentOffset(view, at);
  const more = ipv6MoreFragments(view, at);
  packet.reassembled = true;
  if (offset === 0 && !more) return false;
  findings.isFragment = true;
  findings.fragmentAt = at + ipv6ExtensionLength(view, at, IpProtocol.FRAGMENT);
  findings.fragmentOffset = offset;
  findings.moreFragments = more;
  findings.fragmentIdentification = ipv6FragmentIdentification(view, at);
  findings.fragmentNext = ipv6ExtensionNext(view, at);
  findings.headerEnd = at;
  findings.nextHeaderAt = nextAt;
  return true;
}

/** Octets of the upper-layer headers that a first fragment must hold whole (RFC 7112 §5). */
const UPPER_HEADER_LENGTH: ReadonlyMap<number, number> = new Map([
  [IpProtocol.TCP, TCP_MIN_HEADER_LENGTH],
  [IpProtocol.UDP, UDP_HEADER_LENGTH],
  [IpProtocol.UDPLITE, UDP_HEADER_LENGTH],
  [IpProtocol.ICMPV6, ICMP_HEADER_LENGTH],
]);

/** Whether the first fragment that `findings` describes has every header up to and with the upper layer's. */
export function isChainComplete(view: DataView, findings: HeaderFindings, end: number): boolean {
  let next = findings.fragmentNext;
  let at = findings.fragmentAt;
  while (isIpv6Extension(next)) {
    if (!isIpv6ExtensionHeader(view, at, end, next)) return false;
    const length = ipv6ExtensionLength(view, at, next);
    next = ipv6ExtensionNext(view, at);
    at += length;
  }
  return end - at >= (UPPER_HEADER_LENGTH.get(next) ?? 0);
}

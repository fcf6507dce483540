import { IpProtocol } from "./ip-protocol.ts";

/**
 * IPv6 extension headers (RFC 8200 §4): each starts with the next header's
 * type and its own length in units of 8 octets, the first not counted; the
 * Fragment header is always 8 octets.
 *
 * ```
 *  0      1        2          4           8
 *  | next | length | options or type-specific data …        hop-by-hop, destination, routing
 *  | next | 0      | off|res|M | identification |            fragment
 * ```
 */
const NEXT_HEADER = 0;
const LENGTH = 1;
const ROUTING_TYPE = 2;
const SEGMENTS_LEFT = 3;
const FRAGMENT_OFFSET = 2;
const FRAGMENT_IDENTIFICATION = 4;

export const IPV6_FRAGMENT_HEADER_LENGTH = 8;

/** Whether `nextHeader` is one of the extension headers walked here. */
export function isIpv6Extension(nextHeader: number): boolean {
  return (
    nextHeader === IpProtocol.HOP_BY_HOP ||
    nextHeader === IpProtocol.DESTINATION_OPTIONS ||
    nextHeader === IpProtocol.ROUTING ||
    nextHeader === IpProtocol.FRAGMENT
  );
}

/** Whether the extension header of kind `nextHeader` at `at` lies whole before `end`. */
export function isIpv6ExtensionHeader(
  view: DataView,
  at: number,
  end: number,
  nextHeader: number,
): boolean {
  return end - at >= 8 && ipv6ExtensionLength(view, at, nextHeader) <= end - at;
}

/** Octets of the extension header of kind `nextHeader` at `at`. */
export function ipv6ExtensionLength(view: DataView, at: number, nextHeader: number): number {
  if (nextHeader === IpProtocol.FRAGMENT) return IPV6_FRAGMENT_HEADER_LENGTH;
  return (view.getUint8(at + LENGTH) + 1) << 3;
}

export function ipv6ExtensionNext(view: DataView, at: number): number {
  return view.getUint8(at + NEXT_HEADER);
}

export function setIpv6ExtensionNext(view: DataView, at: number, nextHeader: number): void {
  view.setUint8(at + NEXT_HEADER, nextHeader);
}

/** Where options of a hop-by-hop or destination header begin; they end with the header. */
export function ipv6OptionsAt(at: number): number {
  return at + 2;
}

export function routingType(view: DataView, at: number): number {
  return view.getUint8(at + ROUTING_TYPE);
}

export function routingTypeAt(at: number): number {
  return at + ROUTING_TYPE;
}

export function routingSegmentsLeft(view: DataView, at: number): number {
  return view.getUint8(at + SEGMENTS_LEFT);
}

/** Fragment offset in octets. */
export function ipv6FragmentOffset(view: DataView, at: number): number {
  return view.getUint16(at + FRAGMENT_OFFSET) & 0xfff8;
}

export function ipv6FragmentOffsetAt(at: number): number {
  return at + FRAGMENT_OFFSET;
}

export function ipv6MoreFragments(view: DataView, at: number): boolean {
  return (view.getUint16(at + FRAGMENT_OFFSET) & 1) !== 0;
}

export function ipv6FragmentIdentification(view: DataView, at: number): number {
  return view.getInt32(at + FRAGMENT_IDENTIFICATION);
}

export interface FragmentFields {
  readonly nextHeader: number;
  /** In octets, a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
  readonly identification: number;
}

export function writeIpv6FragmentHeader(view: DataView, at: number, fields: FragmentFields): void {
  view.setUint8(at + NEXT_HEADER, fields.nextHeader);
  view.setUint8(at + LENGTH, 0);
  view.setUint16(at + FRAGMENT_OFFSET, fields.offset | (fields.more ? 1 : 0));
  view.setInt32(at + FRAGMENT_IDENTIFICATION, fields.identification);
}

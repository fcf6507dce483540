import type { IpAddress } from "../base/ip-address.ts";

/**
 * IPv6 header (RFC 8200 §3).
 *
 * ```
 *  0                            4        6      7      8              24             40
 *  | v| traffic class| flow     | length | next | hops | source       | destination  | …
 * ```
 */
const VERSION_CLASS_FLOW = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;

export const IPV6_HEADER_LENGTH = 40;
/** Smallest MTU an IPv6 link may have (RFC 8200 §5). */
export const IPV6_MIN_MTU = 1280;

/** Whether `[at, end)` holds a whole IPv6 header and its payload. Readers below require it. */
export function isIpv6Header(view: DataView, at: number, end: number): boolean {
  if (end - at < IPV6_HEADER_LENGTH || view.getUint8(at) >>> 4 !== 6) return false;
  return IPV6_HEADER_LENGTH + ipv6PayloadLength(view, at) <= end - at;
}

export function ipv6TrafficClass(view: DataView, at: number): number {
  return (view.getUint16(at + VERSION_CLASS_FLOW) >>> 4) & 0xff;
}

export function ipv6FlowLabel(view: DataView, at: number): number {
  return view.getUint32(at + VERSION_CLASS_FLOW) & 0xfffff;
}

export function ipv6PayloadLength(view: DataView, at: number): number {
  return view.getUint16(at + PAYLOAD_LENGTH);
}

export function ipv6NextHeader(view: DataView, at: number): number {
  return view.getUint8(at + NEXT_HEADER);
}

export function ipv6HopLimit(view: DataView, at: number): number {
  return view.getUint8(at + HOP_LIMIT);
}

/** Position of the source address; `IpAddress.readV6` makes an address of it. */
export function ipv6SourceAt(at: number): number {
  return at + SOURCE;
}

export function ipv6DestinationAt(at: number): number {
  return at + DESTINATION;
}

/** Position of the Next Header field, for Parameter Problem pointers and for fragmenting. */
export function ipv6NextHeaderAt(at: number): number {
  return at + NEXT_HEADER;
}

/** Position of the Payload Length field, for Parameter Problem pointers. */
export function ipv6PayloadLengthAt(at: number): number {
  return at + PAYLOAD_LENGTH;
}

export function setIpv6TrafficClass(view: DataView, at: number, trafficClass: number): void {
  const word = view.getUint16(at + VERSION_CLASS_FLOW) & 0xf00f;
  view.setUint16(at + VERSION_CLASS_FLOW, word | (trafficClass << 4));
}

export function setIpv6PayloadLength(view: DataView, at: number, length: number): void {
  view.setUint16(at + PAYLOAD_LENGTH, length);
}

export function setIpv6NextHeader(view: DataView, at: number, nextHeader: number): void {
  view.setUint8(at + NEXT_HEADER, nextHeader);
}

export interface Ipv6Fields {
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export function writeIpv6Header(view: DataView, at: number, fields: Ipv6Fields): void {
  view.setUint32(at, ((6 << 28) | (fields.trafficClass << 20) | fields.flowLabel) >>> 0);
  view.setUint16(at + PAYLOAD_LENGTH, fields.payloadLength);
  view.setUint8(at + NEXT_HEADER, fields.nextHeader);
  view.setUint8(at + HOP_LIMIT, fields.hopLimit);
  fields.source.writeV6(view, at + SOURCE);
  fields.destination.writeV6(view, at + DESTINATION);
}

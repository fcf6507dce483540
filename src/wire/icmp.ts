/**
 * Header common to ICMP (RFC 792) and ICMPv6 (RFC 4443 §2.1).
 *
 * ```
 *  0      1      2          4                            8
 *  | type | code | checksum | rest of header, by type    | body …
 * ```
 */
const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const REST = 4;

export const ICMP_HEADER_LENGTH = 8;
export const ICMP_CHECKSUM_OFFSET: number = CHECKSUM;

/** Whether `[at, end)` holds the eight octets every message has. Readers below require it. */
export function isIcmpHeader(_view: DataView, at: number, end: number): boolean {
  return end - at >= ICMP_HEADER_LENGTH;
}

export function icmpType(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

export function icmpCode(view: DataView, at: number): number {
  return view.getUint8(at + CODE);
}

/** Echo: the identifier. */
export function icmpIdentifier(view: DataView, at: number): number {
  return view.getUint16(at + REST);
}

/** Echo: the sequence number. */
export function icmpSequence(view: DataView, at: number): number {
  return view.getUint16(at + REST + 2);
}

/** The second word: MTU of ICMPv6 Packet Too Big, pointer of Parameter Problem v6, gateway of a v4 redirect. */
export function icmpWord(view: DataView, at: number): number {
  return view.getUint32(at + REST);
}

/** Next-hop MTU of ICMPv4 "fragmentation needed" (RFC 1191 §4). */
export function icmpV4Mtu(view: DataView, at: number): number {
  return view.getUint16(at + REST + 2);
}

/** Pointer of ICMPv4 Parameter Problem. */
export function icmpV4Pointer(view: DataView, at: number): number {
  return view.getUint8(at + REST);
}

export function setIcmpChecksum(view: DataView, at: number, checksum: number): void {
  view.setUint16(at + CHECKSUM, checksum);
}

/** Writes the eight octets with a checksum of 0. `word` is the second word, as uint32. */
export function writeIcmpHeader(
  view: DataView,
  at: number,
  type: number,
  code: number,
  word: number,
): void {
  view.setUint8(at + TYPE, type);
  view.setUint8(at + CODE, code);
  view.setUint16(at + CHECKSUM, 0);
  view.setUint32(at + REST, word >>> 0);
}

/** ICMPv4 types (RFC 792, 1256). */
export const Icmpv4Type = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO_REQUEST: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP_REQUEST: 13,
  TIMESTAMP_REPLY: 14,
} as const;

/** Codes of ICMPv4 Destination Unreachable. */
export const Icmpv4Unreachable = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  FRAGMENTATION_NEEDED: 4,
  SOURCE_ROUTE_FAILED: 5,
  NET_PROHIBITED: 9,
  HOST_PROHIBITED: 10,
  ADMIN_PROHIBITED: 13,
} as const;

/** ICMPv6 types (RFC 4443, 4861). Errors are below 128. */
export const Icmpv6Type = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  MLD_QUERY: 130,
  MLD_REPORT: 131,
  MLD_DONE: 132,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
  MLDV2_REPORT: 143,
} as const;

/** Codes of ICMPv6 Destination Unreachable. */
export const Icmpv6Unreachable = {
  NO_ROUTE: 0,
  PROHIBITED: 1,
  BEYOND_SCOPE: 2,
  ADDRESS: 3,
  PORT: 4,
  SOURCE_POLICY: 5,
  REJECT: 6,
} as const;

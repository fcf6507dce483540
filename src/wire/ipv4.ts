import { checksum } from "../base/checksum.ts";

/**
 * IPv4 header (RFC 791 §3.1).
 *
 * ```
 *  0       1       2       4       6           8     9        10       12       16           20
 *  | v|ihl | tos   | length| id    | flags|off | ttl | proto  | sum    | source | destination | options …
 * ```
 */
const VERSION_IHL = 0;
const TOS = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_OFFSET = 6;
const TTL = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

export const IPV4_MIN_HEADER_LENGTH = 20;
export const IPV4_MAX_HEADER_LENGTH = 60;
/** "Don't fragment" in `ipv4Flags`. */
export const IPV4_DF = 0x4000;
/** "More fragments". */
export const IPV4_MF = 0x2000;
const OFFSET_MASK = 0x1fff;

/** Version nibble of any IP header; `at` must be inside the packet. */
export function ipVersion(view: DataView, at: number): number {
  return view.getUint8(at) >>> 4;
}

/**
 * Whether `[at, end)` holds a whole IPv4 header and the total length fits both
 * the header and the frame. Readers below require it. The checksum is checked
 * apart (`isIpv4ChecksumValid`), so that each failure has its own drop reason.
 */
export function isIpv4Header(view: DataView, at: number, end: number): boolean {
  if (end - at < IPV4_MIN_HEADER_LENGTH || ipVersion(view, at) !== 4) return false;
  const headerLength = ipv4HeaderLength(view, at);
  const totalLength = ipv4TotalLength(view, at);
  return (
    headerLength >= IPV4_MIN_HEADER_LENGTH && headerLength <= totalLength && totalLength <= end - at
  );
}

export function isIpv4ChecksumValid(view: DataView, at: number): boolean {
  return checksum(view, at, at + ipv4HeaderLength(view, at)) === 0;
}

export function ipv4HeaderLength(view: DataView, at: number): number {
  return (view.getUint8(at + VERSION_IHL) & 0xf) << 2;
}

export function ipv4Tos(view: DataView, at: number): number {
  return view.getUint8(at + TOS);
}

export function ipv4TotalLength(view: DataView, at: number): number {
  return view.getUint16(at + TOTAL_LENGTH);
}

export function ipv4Identification(view: DataView, at: number): number {
  return view.getUint16(at + IDENTIFICATION);
}

/** Flags in place: test with `IPV4_DF`, `IPV4_MF`. */
export function ipv4Flags(view: DataView, at: number): number {
  return view.getUint16(at + FLAGS_OFFSET) & (IPV4_DF | IPV4_MF);
}

/** Fragment offset in octets. */
export function ipv4FragmentOffset(view: DataView, at: number): number {
  return (view.getUint16(at + FLAGS_OFFSET) & OFFSET_MASK) << 3;
}

/** Whether the packet is one of several fragments. */
export function isIpv4Fragment(view: DataView, at: number): boolean {
  return (view.getUint16(at + FLAGS_OFFSET) & (IPV4_MF | OFFSET_MASK)) !== 0;
}

export function ipv4Ttl(view: DataView, at: number): number {
  return view.getUint8(at + TTL);
}

export function ipv4Protocol(view: DataView, at: number): number {
  return view.getUint8(at + PROTOCOL);
}

/** Source as a word; `IpAddress.v4` makes an address of it. */
export function ipv4Source(view: DataView, at: number): number {
  return view.getInt32(at + SOURCE);
}

export function ipv4Destination(view: DataView, at: number): number {
  return view.getInt32(at + DESTINATION);
}

/** First octet of the options, which end where the header ends. */
export function ipv4OptionsAt(at: number): number {
  return at + IPV4_MIN_HEADER_LENGTH;
}

export function setIpv4Tos(view: DataView, at: number, tos: number): void {
  view.setUint8(at + TOS, tos);
}

export function setIpv4TotalLength(view: DataView, at: number, length: number): void {
  view.setUint16(at + TOTAL_LENGTH, length);
}

export function setIpv4Identification(view: DataView, at: number, identification: number): void {
  view.setUint16(at + IDENTIFICATION, identification);
}

/** `flags` is `IPV4_DF | IPV4_MF` or less; `offset` in octets, a multiple of 8. */
export function setIpv4Fragment(view: DataView, at: number, flags: number, offset: number): void {
  view.setUint16(at + FLAGS_OFFSET, flags | (offset >>> 3));
}

export function setIpv4HeaderLength(view: DataView, at: number, length: number): void {
  view.setUint8(at + VERSION_IHL, 0x40 | (length >>> 2));
}

/** Sums the header anew; call after any other setter. */
export function setIpv4Checksum(view: DataView, at: number): void {
  view.setUint16(at + CHECKSUM, 0);
  view.setUint16(at + CHECKSUM, checksum(view, at, at + ipv4HeaderLength(view, at)));
}

export interface Ipv4Fields {
  readonly headerLength: number;
  readonly totalLength: number;
  readonly tos: number;
  readonly identification: number;
  readonly flags: number;
  readonly ttl: number;
  readonly protocol: number;
  /** Address words. */
  readonly source: number;
  readonly destination: number;
}

/** Writes a header without touching its options, checksum included. Options must be in place before. */
export function writeIpv4Header(view: DataView, at: number, fields: Ipv4Fields): void {
  setIpv4HeaderLength(view, at, fields.headerLength);
  view.setUint8(at + TOS, fields.tos);
  view.setUint16(at + TOTAL_LENGTH, fields.totalLength);
  view.setUint16(at + IDENTIFICATION, fields.identification);
  view.setUint16(at + FLAGS_OFFSET, fields.flags);
  view.setUint8(at + TTL, fields.ttl);
  view.setUint8(at + PROTOCOL, fields.protocol);
  view.setInt32(at + SOURCE, fields.source);
  view.setInt32(at + DESTINATION, fields.destination);
  setIpv4Checksum(view, at);
}

import { IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";

/**
 * Neighbor Discovery messages (RFC 4861 §4): the ICMP header, a body by type,
 * and options of type, length in units of 8 octets, data.
 *
 * ```
 *  NS, NA:   0 icmp 4 | reserved, or R S O flags  8 | target (16)  24 | options
 *  RA:       0 icmp 4 | hops | M O Pref | lifetime  8 | reachable  12 | retransmit  16 | options
 *  Redirect: 0 icmp 4 | reserved  8 | target (16)  24 | destination (16)  40 | options
 *  RS:       0 icmp 4 | reserved  8 | options
 * ```
 */
const TARGET = 8;
const NA_FLAGS = 4;
const RA_HOP_LIMIT = 4;
const RA_FLAGS = 5;
const RA_LIFETIME = 6;
const RA_REACHABLE = 8;
const RA_RETRANSMIT = 12;
const REDIRECT_DESTINATION = 24;

export const RS_LENGTH = 8;
export const RA_LENGTH = 16;
export const NS_LENGTH = 24;
export const NA_LENGTH = 24;
export const REDIRECT_LENGTH = 40;

export const NdFlag = { ROUTER: 0x80, SOLICITED: 0x40, OVERRIDE: 0x20 } as const;

export const NdOption = {
  SOURCE_LINK_ADDRESS: 1,
  TARGET_LINK_ADDRESS: 2,
  PREFIX_INFORMATION: 3,
  REDIRECTED_HEADER: 4,
  MTU: 5,
  NONCE: 14,
  ROUTE_INFORMATION: 24,
  RDNSS: 25,
  DNSSL: 31,
} as const;

/** Target of a solicitation, advertisement or redirect. */
export function ndTarget(view: DataView, at: number): IpAddress {
  return IpAddress.readV6(view, at + TARGET);
}

/** `NdFlag` bits of an advertisement. */
export function naFlags(view: DataView, at: number): number {
  return view.getUint8(at + NA_FLAGS);
}

export function redirectDestination(view: DataView, at: number): IpAddress {
  return IpAddress.readV6(view, at + REDIRECT_DESTINATION);
}

/** 0 = unspecified. */
export function raHopLimit(view: DataView, at: number): number {
  return view.getUint8(at + RA_HOP_LIMIT);
}

export function raFlags(view: DataView, at: number): number {
  return view.getUint8(at + RA_FLAGS);
}

/** Router lifetime in seconds; 0 = not a default router. */
export function raLifetime(view: DataView, at: number): number {
  return view.getUint16(at + RA_LIFETIME);
}

/** Milliseconds; 0 = unspecified. */
export function raReachableTime(view: DataView, at: number): number {
  return view.getUint32(at + RA_REACHABLE);
}

/** Milliseconds; 0 = unspecified. */
export function raRetransTimer(view: DataView, at: number): number {
  return view.getUint32(at + RA_RETRANSMIT);
}

/** Whether the options in `[at, end)` are whole and none has length 0 (else the packet is dropped, RFC 4861 §4.6). */
export function areNdOptionsValid(view: DataView, at: number, end: number): boolean {
  let position = at;
  while (position < end) {
    if (end - position < 8) return false;
    const length = ndOptionLength(view, position);
    if (length === 0 || position + length > end) return false;
    position += length;
  }
  return true;
}

/** Position of the first option of `type` in valid options, or −1. */
export function findNdOption(view: DataView, at: number, end: number, type: number): number {
  for (let position = at; position < end; position += ndOptionLength(view, position)) {
    if (ndOptionType(view, position) === type) return position;
  }
  return -1;
}

export function ndOptionType(view: DataView, at: number): number {
  return view.getUint8(at);
}

/** In octets, type and length included. */
export function ndOptionLength(view: DataView, at: number): number {
  return view.getUint8(at + 1) << 3;
}

/** Address in a link-layer address option. */
export function ndLinkAddress(view: DataView, at: number): MacAddress {
  return MacAddress.read(view, at + 2);
}

/** Writes a source or target link-layer address option; returns the position after it. */
export function writeNdLinkAddress(
  view: DataView,
  at: number,
  type: number,
  mac: MacAddress,
): number {
  view.setUint8(at, type);
  view.setUint8(at + 1, 1);
  mac.write(view, at + 2);
  return at + 8;
}

export function setNdTarget(view: DataView, at: number, target: IpAddress): void {
  target.writeV6(view, at + TARGET);
}

/** Prefix information option (RFC 4861 §4.6.2); valid when its length is 32. */
export interface NdPrefix {
  readonly prefixLength: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  /** Seconds; 0xffffffff = for ever. */
  readonly validLifetime: number;
  readonly preferredLifetime: number;
  readonly prefix: IpAddress;
}

export function ndPrefix(view: DataView, at: number): NdPrefix {
  const flags = view.getUint8(at + 3);
  return {
    prefixLength: view.getUint8(at + 2),
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    validLifetime: view.getUint32(at + 4),
    preferredLifetime: view.getUint32(at + 8),
    prefix: IpAddress.readV6(view, at + 16),
  };
}

/** Value of an MTU option. */
export function ndMtu(view: DataView, at: number): number {
  return view.getUint32(at + 4);
}

import { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";

/** Stateless address autoconfiguration (RFC 4862 §5.5.3): what a prefix makes of a host. */

/** Bits of an interface identifier; a prefix of any other length than 64 forms no address. */
export const IDENTIFIER_LENGTH = 64;

const LINK_LOCAL = 0xfe800000;

/** The link-local address of a card (RFC 4862 §5.3). */
export function linkLocalAddress(mac: MacAddress): IpAddress {
  return withIdentifier(new IpAddress(LINK_LOCAL, 0, 0, 0), mac);
}

/** The first 64 bits of `prefix` and the card's modified EUI-64 (RFC 2464 §4, RFC 4291 appendix A). */
export function withIdentifier(prefix: IpAddress, { high, low }: MacAddress): IpAddress {
  const first = (high ^ UNIVERSAL_BIT) << 16;
  const c = first | ((low >>> 16) & 0xff00) | 0xff;
  const d = 0xfe000000 | (low & 0xffffff);
  return new IpAddress(prefix.a, prefix.b, c, d);
}

/** The bit that says who gave the address, in the first octet; an identifier inverts it. */
const UNIVERSAL_BIT = 0x0200;

/** An advertised lifetime cannot cut an address's remaining one below this, unless it was shorter already. */
const TWO_HOURS_MS = 7_200_000;

/**
 * When an address that was formed before is to become invalid, after an
 * advertisement with another valid lifetime (RFC 4862 §5.5.3(e)): a forged one
 * must not take addresses away.
 */
export function refreshedValidUntil(validUntil: number, advertisedMs: number, now: number): number {
  const remaining = validUntil - now;
  if (advertisedMs > TWO_HOURS_MS || advertisedMs > remaining) return now + advertisedMs;
  if (remaining <= TWO_HOURS_MS) return validUntil;
  return now + TWO_HOURS_MS;
}

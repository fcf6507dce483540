import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";

/**
 * `inet_pton(3)`: writes the octets of an address in network order to `into`.
 * 1; 0 when `text` is no address of the family; −EAFNOSUPPORT for another
 * family. Strict: no octal, no short forms, no zone (MISC-12).
 */
export function inet_pton(family: number, text: string, into: Uint8Array): number {
  if (family !== AF_INET && family !== AF_INET6) return -Errno.EAFNOSUPPORT;
  const isV6 = text.includes(":");
  const address = IpAddress.parse(text);
  if (address === null || isV6 !== (family === AF_INET6)) return 0;
  const view = new DataView(into.buffer, into.byteOffset, into.length);
  if (isV6) address.writeV6(view, 0);
  else address.writeV4(view, 0);
  return 1;
}

/** `inet_ntop(3)`: the text of the 4 or 16 octets; null for another family or too few octets. */
export function inet_ntop(family: number, octets: Uint8Array): string | null {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (family === AF_INET && octets.length >= 4) return IpAddress.readV4(view, 0).toString();
  if (family !== AF_INET6 || octets.length < 16) return null;
  const address = IpAddress.readV6(view, 0);
  return address.isV4 ? `::ffff:${address}` : address.toString();
}

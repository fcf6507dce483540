import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import { AF_INET, AF_INET6, AF_UNSPEC } from "./constants.ts";

/** The name of a socket as programs write it (`sockaddr_in`, `sockaddr_in6`). */
export interface SocketAddress {
  /** AF_INET, AF_INET6; AF_UNSPEC to dissolve an association. */
  readonly family: number;
  /** `10.77.0.1`, `fd77::1`, `fe80::1%2`; absent or empty is the wildcard. */
  readonly address?: string;
  /** 0 … 65,535; absent is 0. */
  readonly port?: number;
  /** Index of the interface of a link-local IPv6 address; 0 or absent is none. */
  readonly scopeId?: number;
}

/** The same with nothing left out, as calls give it back. */
export interface FullSocketAddress extends SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** The name of a socket inside the core. IPv4 on an IPv6 socket is a v4-mapped address, as everywhere. */
export interface SocketName {
  readonly family: number;
  readonly address: IpAddress;
  readonly port: number;
  readonly scopeId: number;
}

/** Finds the index of an interface by name; 0 when there is none. */
export type ZoneLookup = (name: string) => number;

/**
 * Reads a name. −EINVAL when it is malformed: text that is no address of the
 * family, a port or zone out of range (GEN-5); −ENODEV for a zone that names
 * no interface; −EAFNOSUPPORT for a family that has no such names.
 */
export function parseSocketAddress(given: SocketAddress, zoneOf: ZoneLookup): SocketName | number {
  const { family, port = 0 } = given;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) return -Errno.EINVAL;
  const [text = "", zone] = (given.address ?? "").split("%", 2);
  const scopeId = zone === undefined ? (given.scopeId ?? 0) : readZone(zone, zoneOf);
  if (scopeId < 0) return scopeId;
  if (!Number.isInteger(scopeId) || scopeId > 0xffff_ffff) return -Errno.EINVAL;
  if (family === AF_INET6) {
    const address = text === "" ? IpAddress.ANY6 : IpAddress.parse(text);
    // "1.2.3.4" is no IPv6 address, though the core would hold its mapped form the same way.
    if (address === null || (text !== "" && !text.includes(":"))) return -Errno.EINVAL;
    return { family, address, port, scopeId };
  }
  if (family !== AF_INET && family !== AF_UNSPEC) return -Errno.EAFNOSUPPORT;
  const address = text === "" ? IpAddress.ANY4 : IpAddress.parse(text);
  if (address === null || text.includes(":")) return -Errno.EINVAL;
  return { family, address, port, scopeId: 0 };
}

/** Writes a name the way a socket of its family shows it: IPv4 on an IPv6 socket as `::ffff:a.b.c.d`. */
export function formatSocketName({
  family,
  address,
  port,
  scopeId,
}: SocketName): FullSocketAddress {
  const named = { family, address: formatAddress(address, family), port };
  return scopeId === 0 ? named : { ...named, scopeId };
}

export function formatAddress(address: IpAddress, family: number): string {
  return family === AF_INET6 && address.isV4 ? `::ffff:${address}` : address.toString();
}

function readZone(zone: string, zoneOf: ZoneLookup): number {
  if (/^[0-9]{1,10}$/.test(zone)) return Number(zone);
  return zoneOf(zone) || -Errno.ENODEV;
}

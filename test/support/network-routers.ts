/** Router advertisements of every shape (RFC 4861 §4.2, RFC 4191 §2). */
import type { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { icmpMessage, ipFrame } from "./frame-builders.ts";
import { ip, PEER_MAC } from "./network-host.ts";

export interface Advertised {
  readonly router: IpAddress;
  readonly mac?: MacAddress | null;
  readonly hopLimit?: number;
  /** Seconds. */
  readonly lifetime: number;
  /** −1, 0 or 1. */
  readonly preference?: number;
  /** Milliseconds. */
  readonly reachableTime?: number;
  readonly retransTimer?: number;
  readonly mtu?: number;
  /** Further options. */
  readonly options?: readonly number[];
}

/** An advertisement to all nodes. */
export function advertisement(shape: Advertised): Uint8Array {
  const { router, lifetime, hopLimit = 0, preference = 0 } = shape;
  const mac = shape.mac === undefined ? PEER_MAC : shape.mac;
  const options = [...(shape.options ?? [])];
  if (mac !== null) options.unshift(1, 1, ...word(mac.high, 2), ...word(mac.low, 4));
  if (shape.mtu !== undefined) options.push(5, 1, 0, 0, ...word(shape.mtu, 4));
  const times = [...word(shape.reachableTime ?? 0, 4), ...word(shape.retransTimer ?? 0, 4)];
  const flags = (preference & 3) << 3;
  const second = ((hopLimit << 24) | (flags << 16) | lifetime) >>> 0;
  const ends = {
    sourceMac: PEER_MAC,
    destinationMac: new MacAddress(0x3333, 1),
    source: router,
    destination: ip("ff02::1"),
  };
  const body = Uint8Array.from([...times, ...options]);
  return ipFrame(ends, 58, icmpMessage(ends, 134, 0, { word: second, body }), { hopLimit: 255 });
}

/** Prefix information; lifetimes in seconds, `length` 64 unless told. */
export function prefixOption(
  prefix: IpAddress,
  shape: { flags: number; valid: number; preferred: number; length?: number },
): Uint8Array {
  const octets = new Uint8Array(32);
  octets.set([
    3,
    4,
    shape.length ?? 64,
    shape.flags,
    ...word(shape.valid, 4),
    ...word(shape.preferred, 4),
  ]);
  prefix.writeV6(new DataView(octets.buffer), 16);
  return octets;
}

/** Route information with a prefix of up to 64 bits. */
export function routeOption(
  prefix: IpAddress,
  length: number,
  lifetime: number,
  preference: number,
): Uint8Array {
  const octets = new Uint8Array(24);
  prefix.writeV6(new DataView(octets.buffer), 8);
  octets.set([24, 2, length, (preference & 3) << 3, ...word(lifetime, 4)]);
  return octets.slice(0, 16);
}

/** Recursive DNS servers; lifetime in seconds. */
export function dnsOption(lifetime: number, servers: readonly IpAddress[]): Uint8Array {
  const octets = new Uint8Array(8 + 16 * servers.length);
  octets.set([25, 1 + 2 * servers.length, 0, 0, ...word(lifetime, 4)]);
  const view = new DataView(octets.buffer);
  for (const [index, server] of servers.entries()) server.writeV6(view, 8 + 16 * index);
  return octets;
}

function word(value: number, octets: number): number[] {
  return Array.from({ length: octets }, (_, index) => (value >>> (8 * (octets - 1 - index))) & 255);
}

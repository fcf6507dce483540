import { Errno } from "../base/errno.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { Path } from "../ip/path.ts";
import type { Network } from "./network.ts";

/** Destinations remembered; a power of two. */
const SLOTS = 256;

interface Slot {
  readonly wanted: IpAddress;
  readonly source: IpAddress | null;
  readonly interfaceIndex: number;
  readonly path: Path;
}

/**
 * Paths that were used lately, so that a socket which answers many peers does
 * not look up a route for each datagram. A new destination takes the place of
 * one with the same hash.
 */
export class PathCache {
  readonly #network: Network;
  readonly #protocol: number;
  readonly #slots: (Slot | null)[] = new Array<Slot | null>(SLOTS).fill(null);

  constructor(network: Network, protocol: number) {
    this.#network = network;
    this.#protocol = protocol;
  }

  /** A way to `wanted` that is good now, or a negative errno. `source` null lets the host choose. */
  find(
    wanted: IpAddress,
    source: IpAddress | null,
    interfaceIndex: number,
    now: number,
  ): Path | number {
    const index =
      (wanted.a ^ wanted.b ^ wanted.d ^ (wanted.d >>> 8) ^ (wanted.d >>> 16)) & (SLOTS - 1);
    const slot = this.#slots[index] ?? null;
    if (
      slot !== null &&
      isSame(slot, wanted, source, interfaceIndex) &&
      slot.path.refresh() === 0
    ) {
      return slot.path;
    }
    if (source === null && interfaceIndex === 0 && this.#isLost(wanted, now)) {
      return -Errno.ENETUNREACH;
    }
    const options = {
      protocol: this.#protocol,
      interfaceIndex,
      // Whether broadcast is allowed differs from socket to socket: they look at `isBroadcast`.
      allowBroadcast: true,
      ...(source && { source }),
    };
    const path = this.#network.findPath(wanted, options, now);
    if (typeof path === "number") return path;
    this.#slots[index] = { wanted, source, interfaceIndex, path };
    return path;
  }

  /** As on Linux, an IPv4 group takes a route like any other destination, unless the socket says where it is. */
  #isLost(wanted: IpAddress, now: number): boolean {
    if (!wanted.isV4 || !wanted.isMulticast) return false;
    return this.#network.ip.routes.lookup(wanted, 0, now) === null;
  }
}

function isSame(
  slot: Slot,
  wanted: IpAddress,
  source: IpAddress | null,
  interfaceIndex: number,
): boolean {
  if (slot.interfaceIndex !== interfaceIndex || !slot.wanted.equals(wanted)) return false;
  if (source === null || slot.source === null) return source === slot.source;
  return slot.source.equals(source);
}

import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import {
  DEFAULT_POLICY,
  type PolicyRow,
  type SourceCandidate,
  selectSource,
} from "./address-selection.ts";
import type { IpInterface } from "./interface.ts";
import { Path, type PathResolver, type Way } from "./path.ts";
import type { PathMtuCache } from "./path-mtu.ts";
import type { RouteTable } from "./route-table.ts";

export interface PathOptions {
  /** One of our addresses; chosen when absent or unspecified. */
  readonly source?: IpAddress;
  /** Only through this interface; 0 or absent = any. Needed for link-local IPv6 destinations. */
  readonly interfaceIndex?: number;
  readonly protocol: number;
  /** SO_BROADCAST. Without it a broadcast destination is EACCES. */
  readonly allowBroadcast?: boolean;
  /** Sends from 0.0.0.0, for DHCP while there is no address yet (RFC 1122 §3.2.1.3(a)). */
  readonly unconfigured?: boolean;
}

/** Where a destination is: what kind of address it is, and the way there. */
interface Destination {
  readonly iface: IpInterface;
  readonly nextHop: IpAddress;
  readonly isMulticast: boolean;
  readonly isBroadcast: boolean;
}

/**
 * Finds ways: which interface, which neighbour, which of our addresses
 * (RFC 1122 §3.3.1, RFC 4861 §5.2, RFC 6724).
 */
export class PathFinder implements PathResolver {
  readonly routes: RouteTable;
  readonly pathMtus: PathMtuCache;
  /** Labels and precedences of source and destination selection; may be replaced (RFC 6724 §2.1). */
  policy: readonly PolicyRow[] = DEFAULT_POLICY;
  now = 0;
  readonly #interfaces: readonly IpInterface[];
  readonly #random: RandomSource;
  #addressChanges = 0;

  constructor(parts: {
    interfaces: readonly IpInterface[];
    routes: RouteTable;
    pathMtus: PathMtuCache;
    random: RandomSource;
  }) {
    this.#interfaces = parts.interfaces;
    this.routes = parts.routes;
    this.pathMtus = parts.pathMtus;
    this.#random = parts.random;
  }

  /** All three only grow, so that their sum changes when any does. */
  get generation(): number {
    return this.routes.generation + this.pathMtus.generation + this.#addressChanges;
  }

  /** Addresses or MTUs of interfaces have changed. */
  noteAddressChange(): void {
    this.#addressChanges++;
  }

  /**
   * The way to `destination` for one flow, or a negative errno: ENETUNREACH
   * without a route, EADDRNOTAVAIL without a source, EACCES for a broadcast
   * not allowed, EINVAL for an address that cannot be meant. The unspecified
   * address means this host.
   */
  find(destination: IpAddress, options: PathOptions, now: number): Path | number {
    this.now = now;
    const target = destination.isUnspecified ? loopbackOf(destination) : destination;
    const source = this.#givenSource(target, options);
    if (typeof source === "number") return source;
    const interfaceIndex = options.interfaceIndex ?? 0;
    const found = this.#locate(target, source, interfaceIndex, now);
    if (typeof found === "number") return found;
    if (found.isBroadcast && options.allowBroadcast !== true) return -Errno.EACCES;
    const chosen = source ?? this.#chooseSource(target, found.iface);
    if (chosen === null) return -Errno.EADDRNOTAVAIL;
    const { isMulticast, isBroadcast } = found;
    const flowLabel = target.isV4 ? 0 : this.#random.int32() >>> 12;
    const { protocol } = options;
    return new Path(
      this,
      {
        source: chosen,
        destination: target,
        protocol,
        interfaceIndex,
        flowLabel,
        isMulticast,
        isBroadcast,
      },
      this.#way(found, target, chosen, now),
    );
  }

  /** Looks up again where `path` leads, after something has changed. Its source stays what it is. */
  resolve(path: Path): number {
    const { source, destination } = path;
    if (!this.isOurs(source) && !source.isUnspecified) return -Errno.EADDRNOTAVAIL;
    const found = this.#locate(destination, source, path.interfaceIndex, this.now);
    if (typeof found === "number") return found;
    path.settle(this.#way(found, destination, source, this.now));
    return 0;
  }

  /** Whether `address` is in use on any interface. */
  isOurs(address: IpAddress): boolean {
    return this.#interfaces.some((iface) => iface.owns(address));
  }

  /** The interface with this index. */
  byIndex(index: number): IpInterface | undefined {
    return this.#interfaces.find((iface) => iface.index === index);
  }

  #way(found: Destination, destination: IpAddress, source: IpAddress, now: number): Way {
    const { iface } = found;
    const known = this.pathMtus.find(destination, now);
    const linkMtu = iface.mtuOf(!destination.isV4);
    // A link-local source must not be seen behind a router (RFC 3927 §2.7).
    const direct = source.isV4 && source.isLinkLocal && !found.isMulticast && !found.isBroadcast;
    return {
      iface,
      nextHop: direct ? destination : found.nextHop,
      mtu: known === null ? linkMtu : Math.min(known.mtu, linkMtu),
      mayBeFragmented: known?.mayBeFragmented ?? false,
    };
  }

  /** The source that the caller insists on: an address, null when it leaves the choice, or an errno. */
  #givenSource(destination: IpAddress, options: PathOptions): IpAddress | null | number {
    const { source } = options;
    if (options.unconfigured === true && destination.isV4) return IpAddress.ANY4;
    if (source === undefined || source.isUnspecified) return null;
    if (source.isV4 !== destination.isV4) return -Errno.EINVAL;
    return this.isOurs(source) ? source : -Errno.EADDRNOTAVAIL;
  }

  #locate(
    destination: IpAddress,
    source: IpAddress | null,
    interfaceIndex: number,
    now: number,
  ): Destination | number {
    if (interfaceIndex !== 0 && this.byIndex(interfaceIndex) === undefined) return -Errno.ENODEV;
    if (destination.isMulticast || destination.isLimitedBroadcast) {
      return this.#locateGroup(destination, source, interfaceIndex, now);
    }
    if (destination.isReservedV4) return -Errno.EINVAL;
    if (destination.isLoopback || this.#isLocal(destination, interfaceIndex)) {
      return this.#locateSelf(destination);
    }
    if (!destination.isV4 && destination.isLinkLocal && interfaceIndex === 0) {
      const scope = this.#interfaceOf(source);
      if (scope === null || source?.isLinkLocal !== true) return -Errno.EINVAL;
      return onLink(scope, destination);
    }
    const route = this.routes.lookup(destination, interfaceIndex, now);
    if (route === null) return -Errno.ENETUNREACH;
    const { iface } = route;
    const isBroadcast = destination.isV4 && iface.isBroadcast(destination.d);
    if (isBroadcast) {
      return { iface, nextHop: IpAddress.BROADCAST4, isMulticast: false, isBroadcast };
    }
    // Link-local destinations are never sent to a router (RFC 3927 §2.6.2).
    const nextHop = destination.isLinkLocal ? destination : (route.gateway ?? destination);
    return { iface, nextHop, isMulticast: false, isBroadcast };
  }

  /** Own addresses are reached through the loopback; a link-local one only in its own zone. */
  #isLocal(destination: IpAddress, interfaceIndex: number): boolean {
    const zone = this.byIndex(interfaceIndex);
    const isScoped = !destination.isV4 && destination.isLinkLocal;
    if (!isScoped || zone === undefined || zone.isLoopback) return this.isOurs(destination);
    return zone.owns(destination);
  }

  #locateSelf(destination: IpAddress): Destination | number {
    const loopback = this.#interfaces.find((iface) => iface.isLoopback && iface.up);
    return loopback === undefined ? -Errno.ENETUNREACH : onLink(loopback, destination);
  }

  /**
   * A group goes out on one interface: the one asked for, the one the source is
   * on, the one of the route, or the first there is (RFC 1112 §6.1).
   */
  #locateGroup(
    destination: IpAddress,
    source: IpAddress | null,
    interfaceIndex: number,
    now: number,
  ): Destination | number {
    const iface =
      this.byIndex(interfaceIndex) ??
      this.#interfaceOf(source) ??
      this.routes.lookup(destination, 0, now)?.iface ??
      this.#interfaces.find((candidate) => candidate.up && !candidate.isLoopback);
    if (iface === undefined || !iface.up) return -Errno.ENETUNREACH;
    const { isMulticast } = destination;
    return { iface, nextHop: destination, isMulticast, isBroadcast: !isMulticast };
  }

  #interfaceOf(source: IpAddress | null): IpInterface | null {
    if (source === null || source.isUnspecified) return null;
    return this.#interfaces.find((iface) => iface.up && iface.owns(source)) ?? null;
  }

  #chooseSource(destination: IpAddress, iface: IpInterface): IpAddress | null {
    if (iface.isLoopback && this.isOurs(destination)) {
      // All of 127/8 is ours, but only what was configured is a source of choice.
      return destination.isLoopback ? loopbackOf(destination) : destination;
    }
    const candidates = this.#candidates(destination, iface);
    return selectSource(destination, candidates, { iface, policy: this.policy });
  }

  #candidates(destination: IpAddress, outgoing: IpInterface): SourceCandidate[] {
    const candidates: SourceCandidate[] = [];
    for (const iface of this.#interfaces) {
      // RFC 6724 §4: for multicast and link-local destinations only the
      // outgoing interface counts.
      const mustBeOutgoing = destination.isMulticast || destination.isLinkLocal;
      if (!iface.up || (iface !== outgoing && (mustBeOutgoing || iface.isLoopback))) continue;
      for (const entry of iface.addresses) {
        if (!entry.isAssigned || entry.address.isV4 !== destination.isV4) continue;
        const isForeignLinkLocal = iface !== outgoing && entry.address.isLinkLocal;
        if (!isForeignLinkLocal) candidates.push({ entry, iface });
      }
    }
    return candidates;
  }
}

function onLink(iface: IpInterface, destination: IpAddress): Destination {
  return { iface, nextHop: destination, isMulticast: false, isBroadcast: false };
}

function loopbackOf(destination: IpAddress): IpAddress {
  return destination.isV4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6;
}

import type { IpAddress } from "../base/ip-address.ts";
import { pseudoHeaderSum } from "../wire/pseudo-header.ts";
import type { IpInterface } from "./interface.ts";

/** What a path asks of the layer that made it. */
export interface PathResolver {
  /** Changes whenever an answer of `resolve` may have changed. */
  readonly generation: number;
  /** The last time the layer was told; milliseconds. */
  readonly now: number;
  /** Finds the way again and tells `path.settle`; 0 or a negative errno. */
  resolve(path: Path): number;
}

export interface PathFields {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** The interface asked for, or 0. */
  readonly interfaceIndex: number;
  /** 20 random bits for IPv6 packets of this path, which is one flow (RFC 6437 §3). */
  readonly flowLabel: number;
  readonly isMulticast: boolean;
  readonly isBroadcast: boolean;
}

/** Where a path leads at present. */
export interface Way {
  readonly iface: IpInterface;
  readonly nextHop: IpAddress;
  readonly mtu: number;
  /** A router fragments beyond a hop too small for us: DF must not be set. */
  readonly mayBeFragmented: boolean;
}

/**
 * A resolved way to a destination, for one connection or one cached
 * destination. Source and destination never change; interface, next hop and
 * MTU follow routes and ICMP, lazily: they are looked up again by the first
 * use after something changed.
 */
export class Path {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly flowLabel: number;
  readonly isMulticast: boolean;
  readonly isBroadcast: boolean;
  readonly isV6: boolean;
  /** Octets of IP header in front of each segment. */
  readonly ipHeaderLength: number;
  /** Partial sum of the pseudo-header for `protocol`, without the length. */
  readonly pseudoHeaderSum: number;
  /** The link edge splits what the device cannot, so super-segments are always welcome. */
  readonly segmentationOffload: boolean = true;
  readonly #resolver: PathResolver;
  #way: Way;
  #generation: number;
  #errno = 0;

  constructor(resolver: PathResolver, fields: PathFields, way: Way) {
    this.source = fields.source;
    this.destination = fields.destination;
    this.protocol = fields.protocol;
    this.interfaceIndex = fields.interfaceIndex;
    this.flowLabel = fields.flowLabel;
    this.isMulticast = fields.isMulticast;
    this.isBroadcast = fields.isBroadcast;
    this.isV6 = !fields.destination.isV4;
    this.ipHeaderLength = this.isV6 ? 40 : 20;
    this.pseudoHeaderSum = pseudoHeaderSum(fields.source, fields.destination, fields.protocol);
    this.#resolver = resolver;
    this.#way = way;
    this.#generation = resolver.generation;
  }

  /** Largest IP packet the path takes, octets, as far as is known. */
  get mtu(): number {
    this.refresh();
    return this.#way.mtu;
  }

  /** Largest packet of the link itself. */
  get linkMtu(): number {
    return this.iface.mtuOf(this.isV6);
  }

  get iface(): IpInterface {
    this.refresh();
    return this.#way.iface;
  }

  get nextHop(): IpAddress {
    this.refresh();
    return this.#way.nextHop;
  }

  get mayBeFragmented(): boolean {
    return this.#way.mayBeFragmented;
  }

  /** Makes sure that the way is the present one: 0, or the negative errno why there is none. */
  refresh(): number {
    if (this.#generation !== this.#resolver.generation) {
      this.#generation = this.#resolver.generation;
      this.#errno = this.#resolver.resolve(this);
    }
    return this.#errno;
  }

  /** For the resolver: where the path leads now. */
  settle(way: Way): void {
    this.#way = way;
  }

  /** Forward progress was seen: the next hop is reachable (RFC 4861 §7.3.1). */
  confirm(): void {
    this.iface.link.confirm(this.nextHop, this.#resolver.now);
  }

  /** Too many retransmissions: the next hop may be dead (RFC 1122 §3.3.1.4). */
  advise(): void {
    this.iface.link.suspect(this.nextHop, this.#resolver.now);
  }
}

import type { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What a link tells the layer above it. Packets are borrowed. */
export interface LinkOwner {
  /** An IP packet has arrived; `packet.start` is at its header. */
  onIp(packet: PacketBuffer, now: number): void;
  /** The next hop of a packet of ours does not answer; `packet.start` is at its IP header. */
  onUnresolved(packet: PacketBuffer, now: number): void;
  /** A neighbour was found to live, or not to. */
  onReachability(neighbor: IpAddress, reachable: boolean, now: number): void;
  /** A neighbour is no router any more (RFC 4861 §7.2.5). */
  onRouterLost(neighbor: IpAddress, now: number): void;
  /** An address that was claimed is ours now. */
  onAddressAssigned(address: IpAddress, now: number): void;
  /** Another node has the address: it must not be used (any more). */
  onAddressLost(address: IpAddress, now: number): void;
  /** A well-formed redirect of Neighbor Discovery (RFC 4861 §8.1); true when it is followed. */
  onRedirect(redirect: LinkRedirect, now: number): boolean;
  /** A valid router advertisement (RFC 4861 §6.1.2). */
  onRouterAdvertisement(advertisement: RouterAdvertisement, now: number): void;
}

export interface LinkRedirect {
  readonly destination: IpAddress;
  /** The better first hop; equal to `destination` when that is a neighbour. */
  readonly target: IpAddress;
  /** Who says so. */
  readonly router: IpAddress;
}

/** What a router says of the link and itself. Where 0 means "unspecified", it is 0 (RFC 4861 §4.2). */
export interface RouterAdvertisement {
  readonly router: IpAddress;
  readonly hopLimit: number;
  /** Of the router as a default router, ms; 0 = it is none. */
  readonly lifetimeMs: number;
  /** −1 low, 0 medium, 1 high (RFC 4191 §2.1). */
  readonly preference: number;
  /** Advertised MTU; 0 = none. */
  readonly mtu: number;
  readonly prefixes: readonly AdvertisedPrefix[];
  readonly routes: readonly AdvertisedRoute[];
  readonly dnsServers: readonly AdvertisedDnsServer[];
}

/** Prefix information (RFC 4861 §4.6.2). Lifetimes in ms, Infinity = for ever. */
export interface AdvertisedPrefix {
  readonly prefix: IpAddress;
  readonly length: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validMs: number;
  readonly preferredMs: number;
}

/** A more specific route (RFC 4191 §2.3). */
export interface AdvertisedRoute {
  readonly prefix: IpAddress;
  readonly length: number;
  readonly preference: number;
  readonly lifetimeMs: number;
}

/** A recursive DNS server (RFC 8106 §5.1). */
export interface AdvertisedDnsServer {
  readonly address: IpAddress;
  /** 0 = it serves no longer. */
  readonly lifetimeMs: number;
}

import type { Counters } from "../base/counters.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import { type AddressState, InterfaceAddress, IpInterface } from "../ip/interface.ts";
import type { IpLayer } from "../ip/ip-layer.ts";
import { linkLocalAddress } from "../ip/slaac.ts";
import type { Device } from "../link/device.ts";
import { EthernetLink } from "../link/ethernet-link.ts";
import { IpLink } from "../link/ip-link.ts";
import type { Link, NeighborView } from "../link/link.ts";
import type { LinkOwner, LinkRedirect, RouterAdvertisement } from "../link/link-owner.ts";
import { DEFAULT_NEIGHBOR_CONFIG } from "../link/neighbor-config.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { Autoconfiguration } from "./autoconfiguration.ts";
import type { InterfaceConfig } from "./interface-config.ts";
import { LinkLocalV4 } from "./link-local-v4.ts";

/** Told when an address begins or ceases to be usable. */
export type AddressListener = (
  iface: IpInterface,
  address: IpAddress,
  state: AddressState | "removed",
  now: number,
) => void;

export interface AttachmentOptions {
  readonly device: Device;
  readonly config: InterfaceConfig;
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly mac: MacAddress | null;
  readonly isLoopback: boolean;
  readonly ip: IpLayer;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly onAddress: AddressListener;
}

/** IPv6 asks this of every link (RFC 8200 §5). */
const IPV6_MIN_LINK_MTU = 1280;

/**
 * One interface between its link and the network layer, which do not know
 * each other: here a claim that succeeded becomes an address with a route, and
 * a silent neighbour a dead gateway.
 */
export class Attachment implements LinkOwner {
  readonly iface: IpInterface;
  readonly link: Link;
  readonly #ip: IpLayer;
  readonly #mac: MacAddress | null;
  readonly #onAddress: AddressListener;
  readonly #autoconfiguration: Autoconfiguration | null;
  readonly #linkLocalV4: LinkLocalV4 | null;

  constructor(options: AttachmentOptions) {
    const { config, index, name, mtu, mac, isLoopback } = options;
    this.#ip = options.ip;
    this.#mac = mac;
    this.#onAddress = options.onAddress;
    this.link = this.#makeLink(options);
    this.iface = new IpInterface({ index, name, mtu, isLoopback, link: this.link });
    const listens = config.acceptRouterAdvertisements ?? config.slaac ?? false;
    const forms = config.slaac ?? false;
    this.#autoconfiguration = listens ? new Autoconfiguration(this, options.ip, forms, mac) : null;
    const wantsLinkLocalV4 = config.linkLocalV4 === true && mac !== null;
    this.#linkLocalV4 = wantsLinkLocalV4 ? new LinkLocalV4(this, mac) : null;
  }

  /** Whether IPv6 runs here at all. */
  get hasIpv6(): boolean {
    return this.iface.mtu >= IPV6_MIN_LINK_MTU;
  }

  /** Joins the groups every host is in (RFC 1112 §7.2, RFC 4291 §2.8) and forms the link-local address. */
  start(formsLinkLocal: boolean, now: number): void {
    const { groups } = this.iface;
    groups.join(ALL_HOSTS_V4);
    if (!this.hasIpv6) return;
    groups.join(ALL_NODES_OF_INTERFACE);
    groups.join(IpAddress.ALL_NODES);
    if (this.#mac !== null && formsLinkLocal) {
      this.addAddress(linkLocalAddress(this.#mac), LINK_LOCAL_LENGTH, now);
    }
  }

  /** Looks for an IPv4 link-local address, if it is wanted and there is no other. */
  claimLinkLocalV4(now: number): void {
    this.#linkLocalV4?.start(now);
  }

  /** Claims an address; `length` in 128-bit form. The entry, or null when it is there already. */
  addAddress(address: IpAddress, length: number, now: number): InterfaceAddress | null {
    const { iface } = this;
    if (iface.find(address) !== undefined) return null;
    const entry = new InterfaceAddress(address, length, "tentative");
    iface.add(entry);
    // Before the first probe, to hear others who probe for it too (RFC 4862 §5.4.2).
    if (!address.isV4) iface.groups.join(address.solicitedNode());
    this.link.claimAddress(address, now);
    return entry;
  }

  /** Gives an address up. False when it is not here. */
  removeAddress(address: IpAddress, now: number): boolean {
    const { iface } = this;
    const entry = iface.find(address);
    if (entry === undefined) return false;
    this.link.releaseAddress(address);
    iface.remove(entry);
    if (!address.isV4) iface.groups.leave(address.solicitedNode());
    this.#removeConnectedRoute(entry);
    this.#ip.finder.noteAddressChange();
    this.#onAddress(iface, address, "removed", now);
    return true;
  }

  setAddressState(entry: InterfaceAddress, state: AddressState, now: number): void {
    if (entry.state === state) return;
    this.iface.setState(entry, state);
    this.#ip.finder.noteAddressChange();
    this.#onAddress(this.iface, entry.address, state, now);
  }

  /** DNS servers that routers on this link named (RFC 8106). */
  dnsServers(now: number): IpAddress[] {
    return this.#autoconfiguration?.dnsServers(now) ?? [];
  }

  neighbors(): NeighborView[] {
    return this.link.neighbors();
  }

  handleTimeout(now: number): void {
    this.link.handleTimeout(now);
    this.#autoconfiguration?.handleTimeout(now);
    this.#linkLocalV4?.handleTimeout(now);
  }

  pollTimeout(): number {
    const lifetimes = this.#autoconfiguration?.pollTimeout() ?? Infinity;
    const linkLocal = this.#linkLocalV4?.pollTimeout() ?? Infinity;
    return Math.min(this.link.pollTimeout(), lifetimes, linkLocal);
  }

  onIp(packet: PacketBuffer, now: number): void {
    this.#ip.input(packet, this.iface, now);
  }

  onUnresolved(packet: PacketBuffer, now: number): void {
    this.#ip.handleUnresolved(packet, now);
  }

  onReachability(neighbor: IpAddress, reachable: boolean, now: number): void {
    const { routes, config } = this.#ip;
    const deadUntil = reachable ? -Infinity : now + config.deadGatewayMs;
    routes.markGateway(neighbor, this.iface, deadUntil);
  }

  onRouterLost(neighbor: IpAddress, _now: number): void {
    this.#ip.routes.removeWhere(
      ({ iface, gateway, origin }) =>
        iface === this.iface && origin !== "static" && gateway?.equals(neighbor) === true,
    );
  }

  onAddressAssigned(address: IpAddress, now: number): void {
    const entry = this.iface.find(address);
    if (entry === undefined) return;
    this.setAddressState(entry, "preferred", now);
    const { prefix } = entry;
    const { routes } = this.#ip;
    if (prefix.length === 128 || routes.find(prefix, null, this.iface) !== undefined) return;
    routes.add({ prefix, gateway: null, iface: this.iface, origin: "connected" });
  }

  onAddressLost(address: IpAddress, now: number): void {
    const entry = this.iface.find(address);
    if (entry === undefined) return;
    this.#disable(entry, now);
    this.#linkLocalV4?.handleConflict(address, now);
    // Two nodes with one link-local address made of a MAC address have one MAC
    // address: no other address would work either (RFC 4862 §5.4.5).
    const isFromMac = this.#mac !== null && address.equals(linkLocalAddress(this.#mac));
    if (!isFromMac) return;
    for (const other of this.iface.addresses) {
      if (!other.address.isV4 && other !== entry) this.#disable(other, now);
    }
  }

  onRedirect({ destination, target, router }: LinkRedirect, now: number): boolean {
    const redirect = { destination, gateway: target, reporter: router };
    return this.#ip.handleRedirect(redirect, this.iface, now);
  }

  onRouterAdvertisement(advertisement: RouterAdvertisement, now: number): void {
    this.#autoconfiguration?.handleAdvertisement(advertisement, now);
  }

  #disable(entry: InterfaceAddress, now: number): void {
    this.link.releaseAddress(entry.address);
    this.setAddressState(entry, "duplicated", now);
    this.#removeConnectedRoute(entry);
  }

  /** The route to a subnet goes with the last of our addresses in it. */
  #removeConnectedRoute({ prefix }: InterfaceAddress): void {
    const isNeeded = this.iface.addresses.some(
      (other) => other.isAssigned && other.prefix.equals(prefix),
    );
    if (isNeeded) return;
    this.#ip.routes.removeWhere(
      (route) =>
        route.origin === "connected" && route.iface === this.iface && route.prefix.equals(prefix),
    );
  }

  #makeLink({
    device,
    config,
    name,
    mac,
    counters,
    random,
    secureRandom,
  }: AttachmentOptions): Link {
    if (mac === null) return new IpLink({ device, counters, owner: this, name });
    return new EthernetLink({
      device,
      name,
      mac,
      counters,
      random,
      secureRandom,
      neighbor: { ...DEFAULT_NEIGHBOR_CONFIG, ...config.neighbor },
      conflictDetection: config.conflictDetection ?? "announce",
      dadTransmits: config.duplicateAddressDetection ?? 1,
      routerDiscovery: config.acceptRouterAdvertisements ?? config.slaac ?? false,
      owner: this,
    });
  }
}

/** 224.0.0.1. */
const ALL_HOSTS_V4 = IpAddress.v4(0xe0000001);
/** ff01::1. */
const ALL_NODES_OF_INTERFACE = new IpAddress(0xff010000, 0, 0, 1);
const LINK_LOCAL_LENGTH = 64;

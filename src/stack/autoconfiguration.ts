import type { IpAddress } from "../base/ip-address.ts";
import { IpPrefix } from "../base/ip-prefix.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { InterfaceAddress, IpInterface } from "../ip/interface.ts";
import type { IpLayer } from "../ip/ip-layer.ts";
import { IDENTIFIER_LENGTH, refreshedValidUntil, withIdentifier } from "../ip/slaac.ts";
import type {
  AdvertisedDnsServer,
  AdvertisedPrefix,
  RouterAdvertisement,
} from "../link/link-owner.ts";

/** What autoconfiguration changes: the addresses of one interface. */
export interface ConfiguredInterface {
  readonly iface: IpInterface;
  addAddress(address: IpAddress, length: number, now: number): InterfaceAddress | null;
  removeAddress(address: IpAddress, now: number): boolean;
  setAddressState(entry: InterfaceAddress, state: "preferred" | "deprecated", now: number): void;
}

/** Routes of routers stand behind those set by hand; preference −1 … 1 orders them (RFC 4191 §3.2). */
const ROUTER_METRIC = 1024;
const IPV6_MIN_MTU = 1280;
/** Addresses that advertisements may give an interface, against floods of prefixes. */
const MAX_ADDRESSES = 16;
/** RFC 8106 §5.3.1 asks for three at least. */
const MAX_DNS_SERVERS = 8;

/** What router advertisements do to an interface: RFC 4861 §6.3.4, RFC 4862 §5.5.3, RFC 4191 §3. */
export class Autoconfiguration {
  readonly #target: ConfiguredInterface;
  readonly #ip: IpLayer;
  readonly #formsAddresses: boolean;
  readonly #mac: MacAddress | null;
  readonly #formed = new Set<InterfaceAddress>();
  readonly #dnsServers: { readonly address: IpAddress; readonly validUntil: number }[] = [];

  constructor(
    target: ConfiguredInterface,
    ip: IpLayer,
    formsAddresses: boolean,
    mac: MacAddress | null,
  ) {
    this.#target = target;
    this.#ip = ip;
    this.#formsAddresses = formsAddresses;
    this.#mac = mac;
  }

  /** A valid advertisement. What it does not say stays as it is. */
  handleAdvertisement(advertisement: RouterAdvertisement, now: number): void {
    const { iface } = this.#target;
    const { router, lifetimeMs, preference, hopLimit, mtu } = advertisement;
    this.#setRoute(DEFAULT_ROUTE, router, { preference, lifetimeMs }, now);
    if (hopLimit !== 0) iface.hopLimit = hopLimit;
    if (mtu >= IPV6_MIN_MTU && mtu <= iface.mtu && mtu !== iface.mtuV6) {
      iface.mtuV6 = mtu;
      this.#ip.finder.noteAddressChange();
    }
    for (const route of advertisement.routes) {
      // A mapped prefix would make IPv4 routes.
      if (route.prefix.isV4) continue;
      this.#setRoute(new IpPrefix(route.prefix, route.length), router, route, now);
    }
    for (const server of advertisement.dnsServers) this.#setDnsServer(server, now);
    for (const prefix of advertisement.prefixes) {
      if (prefix.prefix.isLinkLocal || prefix.prefix.isV4 || prefix.length > 128) continue;
      if (prefix.onLink) this.#setOnLink(prefix, now);
      if (prefix.autonomous && this.#formsAddresses) this.#formAddress(prefix, now);
    }
  }

  /** The DNS servers that routers name at `now`, those named last behind the others. */
  dnsServers(now: number): IpAddress[] {
    return this.#dnsServers
      .filter(({ validUntil }) => validUntil > now)
      .map(({ address }) => address);
  }

  handleTimeout(now: number): void {
    for (const entry of [...this.#formed]) {
      if (entry.validUntil <= now) {
        this.#formed.delete(entry);
        this.#target.removeAddress(entry.address, now);
      } else if (entry.preferredUntil <= now && entry.state === "preferred") {
        this.#target.setAddressState(entry, "deprecated", now);
      }
    }
  }

  pollTimeout(): number {
    let first = Infinity;
    for (const { state, preferredUntil, validUntil } of this.#formed) {
      first = Math.min(first, validUntil);
      if (state === "preferred") first = Math.min(first, preferredUntil);
    }
    return first;
  }

  /** RFC 8106 §6.1. When there are too many, the one that would go first makes room. */
  #setDnsServer({ address, lifetimeMs }: AdvertisedDnsServer, now: number): void {
    const servers = this.#dnsServers;
    const validUntil = now + lifetimeMs;
    const at = servers.findIndex((server) => server.address.equals(address));
    if (at >= 0) servers.splice(at, 1, ...(lifetimeMs > 0 ? [{ address, validUntil }] : []));
    else if (lifetimeMs > 0 && !address.isMulticast) servers.push({ address, validUntil });
    if (servers.length <= MAX_DNS_SERVERS) return;
    const first = servers.reduce((a, b) => (b.validUntil < a.validUntil ? b : a));
    servers.splice(servers.indexOf(first), 1);
  }

  /** RFC 4861 §6.3.4: a lifetime of 0 takes the route away at once. */
  #setRoute(
    prefix: IpPrefix,
    router: IpAddress,
    { preference, lifetimeMs }: { preference: number; lifetimeMs: number },
    now: number,
  ): void {
    const { routes } = this.#ip;
    const { iface } = this.#target;
    const known = routes.find(prefix, router, iface);
    const metric = ROUTER_METRIC - preference;
    if (known?.origin === "advertised") {
      known.validUntil = now + lifetimeMs;
      if (lifetimeMs > 0 && known.metric === metric) return;
      routes.remove(known);
      if (lifetimeMs === 0) this.#removeRedirects(router);
    }
    if (lifetimeMs === 0) return;
    const validUntil = now + lifetimeMs;
    routes.add({ prefix, gateway: router, iface, origin: "advertised", metric, validUntil });
  }

  /** Destinations that went through a router which is none any more look anew (RFC 4861 §6.3.5). */
  #removeRedirects(router: IpAddress): void {
    const { iface } = this.#target;
    this.#ip.routes.removeWhere(
      (route) =>
        route.origin === "redirect" &&
        route.iface === iface &&
        route.gateway?.equals(router) === true,
    );
  }

  #setOnLink({ prefix: address, length, validMs }: AdvertisedPrefix, now: number): void {
    const { routes } = this.#ip;
    const { iface } = this.#target;
    const prefix = new IpPrefix(address, length);
    const known = routes.find(prefix, null, iface);
    if (known !== undefined && known.origin !== "advertised") return;
    if (known !== undefined) {
      known.validUntil = now + validMs;
      if (validMs === 0) routes.remove(known);
    } else if (validMs > 0) {
      const validUntil = now + validMs;
      routes.add({ prefix, gateway: null, iface, origin: "advertised", validUntil });
    }
  }

  /** RFC 4862 §5.5.3. */
  #formAddress({ prefix, length, validMs, preferredMs }: AdvertisedPrefix, now: number): void {
    if (this.#mac === null || preferredMs > validMs || length !== 128 - IDENTIFIER_LENGTH) return;
    const address = withIdentifier(prefix, this.#mac);
    const known = this.#target.iface.find(address);
    if (known === undefined) {
      if (validMs === 0 || this.#formed.size >= MAX_ADDRESSES) return;
      const entry = this.#target.addAddress(address, length, now);
      if (entry === null) return;
      entry.validUntil = now + validMs;
      entry.preferredUntil = now + preferredMs;
      this.#formed.add(entry);
      return;
    }
    if (!this.#formed.has(known)) return;
    known.validUntil = refreshedValidUntil(known.validUntil, validMs, now);
    known.preferredUntil = now + preferredMs;
    if (known.state === "deprecated" && preferredMs > 0) {
      this.#target.setAddressState(known, "preferred", now);
    }
  }
}

const DEFAULT_ROUTE = IpPrefix.parse("::/0") as IpPrefix;

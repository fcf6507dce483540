import type { IpAddress } from "../base/ip-address.ts";
import type { IpPrefix } from "../base/ip-prefix.ts";
import type { IpInterface } from "./interface.ts";

/** Who made a route: an address of ours, the host's owner, a router advertisement, a redirect. */
export type RouteOrigin = "connected" | "static" | "advertised" | "redirect";

export interface RouteFields {
  readonly prefix: IpPrefix;
  /** Null when destinations are on the link. */
  readonly gateway: IpAddress | null;
  readonly iface: IpInterface;
  readonly origin: RouteOrigin;
  /** Among routes to the same prefix the lowest wins. */
  readonly metric?: number;
  /** When it goes; Infinity by default. */
  readonly validUntil?: number;
}

export class Route {
  readonly prefix: IpPrefix;
  readonly gateway: IpAddress | null;
  readonly iface: IpInterface;
  readonly origin: RouteOrigin;
  readonly metric: number;
  validUntil: number;
  /** The gateway did not answer: passed over until then while there is another. */
  deadUntil: number = -Infinity;

  constructor(fields: RouteFields) {
    this.prefix = fields.prefix;
    this.gateway = fields.gateway;
    this.iface = fields.iface;
    this.origin = fields.origin;
    this.metric = fields.metric ?? 0;
    this.validUntil = fields.validUntil ?? Infinity;
  }
}

/** Routes learned from others are bounded; beyond, the oldest goes. */
const MAX_LEARNED_ROUTES = 256;

/**
 * Where packets go: the longest prefix wins, then the lowest metric, then the
 * first gateway that is not known to be dead (RFC 1122 §3.3.1, RFC 4861 §6.3.6).
 */
export class RouteTable {
  /** In the order of preference. */
  readonly #routes: Route[] = [];
  /** Counts changes: what was looked up under another value may be wrong now. */
  generation = 1;

  get routes(): readonly Route[] {
    return this.#routes;
  }

  add(fields: RouteFields): Route {
    const route = new Route(fields);
    if (route.origin === "redirect" || route.origin === "advertised") this.#makeRoom();
    const at = this.#routes.findIndex((other) => isBetter(route, other));
    this.#routes.splice(at < 0 ? this.#routes.length : at, 0, route);
    this.generation++;
    return route;
  }

  remove(route: Route): void {
    this.removeWhere((other) => other === route);
  }

  removeWhere(matches: (route: Route) => boolean): void {
    for (let at = this.#routes.length - 1; at >= 0; at--) {
      if (!matches(this.#routes[at]!)) continue;
      this.#routes.splice(at, 1);
      this.generation++;
    }
  }

  find(prefix: IpPrefix, gateway: IpAddress | null, iface: IpInterface): Route | undefined {
    return this.#routes.find(
      (route) =>
        route.iface === iface && route.prefix.equals(prefix) && isSameHop(route.gateway, gateway),
    );
  }

  /** The route to `destination`, through the interface `interfaceIndex` unless that is 0. */
  lookup(destination: IpAddress, interfaceIndex: number, now: number): Route | null {
    let best: Route | null = null;
    for (const route of this.#routes) {
      if (best !== null && route.prefix.length < best.prefix.length) break;
      if (!route.iface.up || route.validUntil <= now) continue;
      if (interfaceIndex !== 0 && route.iface.index !== interfaceIndex) continue;
      if (!route.prefix.contains(destination)) continue;
      if (route.deadUntil <= now) return route;
      // All are dead so far: the one that died first is tried first, which
      // goes round among them (RFC 4861 §6.3.6 point 2).
      if (best === null || route.deadUntil < best.deadUntil) best = route;
    }
    return best;
  }

  /** Passes a silent gateway over until `deadUntil`; −Infinity says that it answers again. */
  markGateway(gateway: IpAddress, iface: IpInterface, deadUntil: number): void {
    for (const route of this.#routes) {
      if (route.iface !== iface || !isSameHop(route.gateway, gateway)) continue;
      if (route.deadUntil === deadUntil) continue;
      route.deadUntil = deadUntil;
      this.generation++;
    }
  }

  handleTimeout(now: number): void {
    if (now < this.pollTimeout()) return;
    this.removeWhere((route) => route.validUntil <= now);
  }

  pollTimeout(): number {
    let first = Infinity;
    for (const route of this.#routes) first = Math.min(first, route.validUntil);
    return first;
  }

  #makeRoom(): void {
    const learned = this.#routes.filter(
      ({ origin }) => origin === "redirect" || origin === "advertised",
    );
    if (learned.length < MAX_LEARNED_ROUTES) return;
    this.remove(learned.reduce((a, b) => (b.validUntil < a.validUntil ? b : a)));
  }
}

function isBetter(a: Route, b: Route): boolean {
  if (a.prefix.length !== b.prefix.length) return a.prefix.length > b.prefix.length;
  return a.metric < b.metric;
}

function isSameHop(a: IpAddress | null, b: IpAddress | null): boolean {
  return a === b || (a !== null && b !== null && a.equals(b));
}

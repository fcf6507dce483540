import { IpAddress } from "../base/ip-address.ts";
import { type RandomSource, randomBetween } from "../base/random.ts";
import {
  NdOption,
  ndMtu,
  ndOptionLength,
  ndOptionType,
  ndPrefix,
  RA_LENGTH,
  raFlags,
  raHopLimit,
  raLifetime,
  raReachableTime,
  raRetransTimer,
} from "../wire/ndp.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type {
  AdvertisedDnsServer,
  AdvertisedPrefix,
  AdvertisedRoute,
  RouterAdvertisement,
} from "./link-owner.ts";

/** RFC 4861 §10, in ms. */
const MAX_RTR_SOLICITATION_DELAY = 1000;
const RTR_SOLICITATION_INTERVAL = 4000;
/** RFC 7559 §2. */
const MAX_RTR_SOLICITATION_INTERVAL = 3_600_000;

/** When to ask for routers: soon after the start, and ever more rarely until one answers (RFC 7559). */
export class RouterSolicitation {
  readonly #random: RandomSource;
  #intervalMs = 0;
  /** Infinity once a router has answered. */
  deadline: number;
  #isStarted = false;

  constructor(random: RandomSource) {
    this.#random = random;
    this.deadline = -Infinity;
  }

  /** Whether a solicitation is due; the first waits at random, so that hosts do not all ask at once. */
  isDue(now: number): boolean {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.deadline = now + randomBetween(this.#random, 0, MAX_RTR_SOLICITATION_DELAY);
    }
    return now >= this.deadline;
  }

  /** One is sent: when the next is due. */
  next(now: number): void {
    const jitter = randomBetween(this.#random, 0.9, 1.1);
    const doubled = this.#intervalMs === 0 ? RTR_SOLICITATION_INTERVAL : 2 * this.#intervalMs;
    this.#intervalMs = Math.min(doubled, MAX_RTR_SOLICITATION_INTERVAL) * jitter;
    this.deadline = now + this.#intervalMs;
  }

  stop(): void {
    this.#isStarted = true;
    this.deadline = Infinity;
  }
}

/** Options read from one advertisement; further ones are for routers with too much to say. */
const MAX_OPTIONS = 32;
const PREFIX_OPTION_LENGTH = 32;
const MTU_OPTION_LENGTH = 8;

/** Reads the advertisement at `packet.transportAt`, which has been found valid. */
export function readRouterAdvertisement(
  packet: PacketBuffer,
  router: IpAddress,
): { advertisement: RouterAdvertisement; reachableTimeMs: number; retransTimerMs: number } {
  const { view, transportAt: at, end } = packet;
  const prefixes: AdvertisedPrefix[] = [];
  const routes: AdvertisedRoute[] = [];
  const dnsServers: AdvertisedDnsServer[] = [];
  let mtu = 0;
  let option = at + RA_LENGTH;
  for (let count = 0; option < end && count < MAX_OPTIONS; count++) {
    const length = ndOptionLength(view, option);
    const type = ndOptionType(view, option);
    if (type === NdOption.PREFIX_INFORMATION && length === PREFIX_OPTION_LENGTH) {
      prefixes.push(readPrefix(view, option));
    } else if (type === NdOption.MTU && length === MTU_OPTION_LENGTH) {
      mtu = ndMtu(view, option);
    } else if (type === NdOption.ROUTE_INFORMATION) {
      const route = readRoute(view, option, length);
      if (route !== null) routes.push(route);
    } else if (type === NdOption.RDNSS) {
      dnsServers.push(...readDnsServers(view, option, length));
    }
    option += length;
  }
  const advertisement = {
    router,
    hopLimit: raHopLimit(view, at),
    lifetimeMs: raLifetime(view, at) * 1000,
    preference: preferenceOf(raFlags(view, at)) ?? 0,
    mtu,
    prefixes,
    routes,
    dnsServers,
  };
  return {
    advertisement,
    reachableTimeMs: raReachableTime(view, at),
    retransTimerMs: raRetransTimer(view, at),
  };
}

function readPrefix(view: DataView, at: number): AdvertisedPrefix {
  const { prefix, prefixLength, onLink, autonomous, validLifetime, preferredLifetime } = ndPrefix(
    view,
    at,
  );
  return {
    prefix,
    length: prefixLength,
    onLink,
    autonomous,
    validMs: lifetimeMs(validLifetime),
    preferredMs: lifetimeMs(preferredLifetime),
  };
}

/**
 * Route information (RFC 4191 §2.3): 2 prefix length, 3 flags, 4 lifetime,
 * 8 as much of the prefix as the option's length has room for.
 */
function readRoute(view: DataView, at: number, length: number): AdvertisedRoute | null {
  const prefixLength = view.getUint8(at + 2);
  const preference = preferenceOf(view.getUint8(at + 3));
  const words = (length - 8) >>> 2;
  if (preference === null || prefixLength > 128 || prefixLength > words * 32) return null;
  const word = (index: number): number => (index < words ? view.getInt32(at + 8 + 4 * index) : 0);
  const prefix = new IpAddress(word(0), word(1), word(2), word(3));
  return {
    prefix,
    length: prefixLength,
    preference,
    lifetimeMs: lifetimeMs(view.getUint32(at + 4)),
  };
}

/**
 * DNS servers (RFC 8106 §5.1): 2 reserved, 4 lifetime, 8 addresses. A length
 * that no number of addresses makes is the mark of an attack (Bad Neighbor).
 */
function readDnsServers(view: DataView, at: number, length: number): AdvertisedDnsServer[] {
  if (length < 24 || (length - 8) % 16 !== 0) return [];
  const lifetime = lifetimeMs(view.getUint32(at + 4));
  const servers: AdvertisedDnsServer[] = [];
  for (let position = at + 8; position < at + length; position += 16) {
    servers.push({ address: IpAddress.readV6(view, position), lifetimeMs: lifetime });
  }
  return servers;
}

/** The two bits Prf (RFC 4191 §2.1); null for the reserved value. */
function preferenceOf(flags: number): number | null {
  const bits = (flags >>> 3) & 3;
  if (bits === 2) return null;
  return bits === 3 ? -1 : bits;
}

function lifetimeMs(seconds: number): number {
  return seconds === 0xffffffff ? Infinity : seconds * 1000;
}

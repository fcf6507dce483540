import type { IpAddress } from "../base/ip-address.ts";
import { IPV6_MIN_MTU } from "../wire/ipv6.ts";
import type { IpConfig } from "./config.ts";

/** What is known of the way to one destination. */
export interface PathMtuEntry {
  readonly mtu: number;
  /** Some hop is smaller than we go: routers must be let fragment. */
  readonly mayBeFragmented: boolean;
  readonly expiresAt: number;
}

/**
 * MTUs that occur (RFC 1191 §7.1), for routers that do not say theirs:
 * descending, ending where fragmentation by routers takes over.
 */
const PLATEAUS = [65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68] as const;

/**
 * Path MTUs learned from ICMP (RFC 1191, RFC 8201), by destination. Only ever
 * lowered by a report, and forgotten after a while: that is how a larger MTU
 * is found again.
 */
export class PathMtuCache {
  readonly #config: IpConfig;
  /** By address in text; in the order in which entries expire. */
  readonly #entries = new Map<string, PathMtuEntry>();
  /** Counts changes. */
  generation = 1;

  constructor(config: IpConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(destination: IpAddress, now: number): PathMtuEntry | null {
    if (this.#entries.size === 0) return null;
    const entry = this.#entries.get(destination.toString());
    return entry === undefined || entry.expiresAt <= now ? null : entry;
  }

  /**
   * A router reported `mtu` (0: it did not say) for a packet of `packetLength`
   * octets; `current` is what we go by now. True when the path MTU is lower than
   * before.
   */
  report(
    destination: IpAddress,
    report: { mtu: number; packetLength: number; current: number },
    now: number,
  ): boolean {
    const { current } = report;
    const { isV4 } = destination;
    const isUnsaid = isV4 && report.mtu === 0;
    const reported = isUnsaid ? plateauBelow(Math.min(report.packetLength, current)) : report.mtu;
    const floor = isV4 ? this.#config.minPathMtu : IPV6_MIN_MTU;
    // RFC 8201 §4: a node must not go below 1280, whatever it is told.
    if (!isV4 && reported < floor) return false;
    const mayBeFragmented = reported < floor;
    const mtu = Math.max(reported, floor);
    const known = this.find(destination, now);
    const isLower = mtu < current;
    if (!isLower && !(mayBeFragmented && known?.mayBeFragmented !== true)) return false;
    this.#remember(destination.toString(), {
      mtu: Math.min(mtu, current),
      mayBeFragmented: mayBeFragmented || known?.mayBeFragmented === true,
      expiresAt: now + this.#config.pathMtuExpiryMs,
    });
    return true;
  }

  handleTimeout(now: number): void {
    if (this.#entries.size === 0) return;
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt > now) return;
      this.#entries.delete(key);
      this.generation++;
    }
  }

  pollTimeout(): number {
    if (this.#entries.size === 0) return Infinity;
    for (const entry of this.#entries.values()) return entry.expiresAt;
    return Infinity;
  }

  #remember(key: string, entry: PathMtuEntry): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#config.pathMtuEntries) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, entry);
    this.generation++;
  }
}

/** The largest plateau below `length` (RFC 1191 §5). */
export function plateauBelow(length: number): number {
  return PLATEAUS.find((plateau) => plateau < length) ?? 68;
}

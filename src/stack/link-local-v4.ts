import { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import { randomBelow, SeededRandom } from "../base/random.ts";
import type { ConfiguredInterface } from "./autoconfiguration.ts";

/** 169.254.1.0, and how many addresses follow that may be chosen (RFC 3927 §2.1). */
const FIRST = 0xa9fe0100;
const COUNT = 254 * 256;
/** A /16 in 128-bit form. */
const PREFIX_LENGTH = 112;
/** After so many conflicts a new address is tried once a minute only (RFC 3927 §2.2.1, RFC 5227 §2.1.1). */
const MAX_CONFLICTS = 10;
const RATE_LIMIT_INTERVAL_MS = 60_000;

/**
 * Gives an interface an IPv4 link-local address (RFC 3927): one at random,
 * another when somebody has it. The choice is drawn from the MAC address, so
 * that a host tends to have the same address each time.
 */
export class LinkLocalV4 {
  readonly #target: ConfiguredInterface;
  readonly #random: SeededRandom;
  #address: IpAddress | null = null;
  #conflicts = 0;
  /** When to try the next address. */
  #deadline = Infinity;

  constructor(target: ConfiguredInterface, mac: MacAddress) {
    this.#target = target;
    this.#random = new SeededRandom(mac.low ^ (mac.high << 16));
  }

  start(now: number): void {
    this.#try(now);
  }

  /** Somebody else has `address`. */
  handleConflict(address: IpAddress, now: number): void {
    if (this.#address === null || !this.#address.equals(address)) return;
    this.#target.removeAddress(address, now);
    this.#address = null;
    this.#conflicts++;
    const wait = this.#conflicts >= MAX_CONFLICTS ? RATE_LIMIT_INTERVAL_MS : 0;
    this.#deadline = now + wait;
  }

  handleTimeout(now: number): void {
    if (now >= this.#deadline) this.#try(now);
  }

  pollTimeout(): number {
    return this.#deadline;
  }

  /** Not where a routable address works already (RFC 3927 §1.9). */
  #try(now: number): void {
    this.#deadline = Infinity;
    const { addresses } = this.#target.iface;
    if (addresses.some(({ address }) => address.isV4 && !address.isLinkLocal)) return;
    this.#address = IpAddress.v4(FIRST + randomBelow(this.#random, COUNT));
    this.#target.addAddress(this.#address, PREFIX_LENGTH, now);
  }
}

import type { IpAddress } from "../base/ip-address.ts";
import { IpPrefix } from "../base/ip-prefix.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { type GroupFilter, MulticastGroups } from "./multicast.ts";

/** The link below an interface, as IP sees it. */
export interface LinkOutput extends GroupFilter {
  /**
   * Sends the IP packet to `nextHop`, resolving its link address first if need
   * be. False when the packet was dropped here; a packet that waits for
   * address resolution counts as sent.
   */
  send(packet: PacketBuffer, nextHop: IpAddress, now: number): boolean;
  /** Upper layers make progress through `nextHop`: it is reachable (RFC 4861 §7.3.1). */
  confirm(nextHop: IpAddress, now: number): void;
  /** Upper layers make no progress: ask whether `nextHop` still lives (RFC 1122 §3.3.1.4). */
  suspect(nextHop: IpAddress, now: number): void;
  /** A Neighbor Discovery message has arrived whose checksum is right. */
  neighborDiscovery(packet: PacketBuffer, now: number): void;
}

/**
 * `tentative`: being checked for uniqueness, not ours yet. `preferred`: in use.
 * `deprecated`: works, but not for new connections (RFC 4862 §5.5.4).
 * `duplicated`: another node has it; never used.
 */
export type AddressState = "tentative" | "preferred" | "deprecated" | "duplicated";

/** A unicast address of an interface. */
export class InterfaceAddress {
  readonly address: IpAddress;
  readonly prefix: IpPrefix;
  /** The subnet's broadcast address; null for IPv6 and for /31 and /32. */
  readonly broadcast: IpAddress | null;
  state: AddressState;
  /** When it becomes deprecated, and when it goes; Infinity for an address set by hand. */
  preferredUntil: number = Infinity;
  validUntil: number = Infinity;

  /** `prefixLength` in the 128-bit form. */
  constructor(address: IpAddress, prefixLength: number, state: AddressState) {
    this.address = address;
    this.prefix = new IpPrefix(address, prefixLength);
    this.broadcast = address.isV4 && prefixLength < 127 ? this.prefix.last : null;
    this.state = state;
  }

  /** Whether packets may come to and from it. */
  get isAssigned(): boolean {
    return this.state === "preferred" || this.state === "deprecated";
  }
}

/** One interface of a host: its addresses, its groups and what went through it. */
export class IpInterface {
  /** From 1 on; the scope id of `sockaddr_in6`. */
  readonly index: number;
  readonly name: string;
  readonly isLoopback: boolean;
  readonly link: LinkOutput;
  readonly groups: MulticastGroups;
  /** Largest packet that the link takes, octets. */
  readonly mtu: number;
  /** The same for IPv6, which a router may advertise to be less (RFC 4861 §6.3.4). */
  mtuV6: number;
  /** Hop limit that a router advertised (RFC 4861 §6.3.2); 0 = the host's default. */
  hopLimit = 0;
  up = true;
  rxPackets = 0;
  rxOctets = 0;
  txPackets = 0;
  txOctets = 0;
  readonly #addresses: InterfaceAddress[] = [];
  /** Those of `#addresses` that are in use, so that input need not look at states. */
  #assigned: readonly InterfaceAddress[] = [];

  constructor(fields: {
    index: number;
    name: string;
    mtu: number;
    isLoopback: boolean;
    link: LinkOutput;
  }) {
    this.index = fields.index;
    this.name = fields.name;
    this.mtu = fields.mtu;
    this.mtuV6 = fields.mtu;
    this.isLoopback = fields.isLoopback;
    this.link = fields.link;
    this.groups = new MulticastGroups(fields.link);
  }

  get addresses(): readonly InterfaceAddress[] {
    return this.#addresses;
  }

  /** Whether the address with these words is in use here. All of 127/8 belongs to the loopback. */
  hasAddress(a: number, b: number, c: number, d: number): boolean {
    const assigned = this.#assigned;
    for (let i = 0; i < assigned.length; i++) {
      const { address } = assigned[i]!;
      if (address.d === d && address.c === c && address.b === b && address.a === a) return true;
    }
    return this.isLoopback && d >>> 24 === 127 && c === 0xffff && a === 0 && b === 0;
  }

  /** Largest packet of one family. */
  mtuOf(isV6: boolean): number {
    return isV6 ? this.mtuV6 : this.mtu;
  }

  owns(address: IpAddress): boolean {
    return this.hasAddress(address.a, address.b, address.c, address.d);
  }

  /**
   * Whether the IPv4 address word is a broadcast here: limited, of a subnet of
   * ours, or one of the old forms with zeros (RFC 1122 §3.3.6).
   */
  isBroadcast(word: number): boolean {
    if (word === -1 || word === 0) return true;
    const assigned = this.#assigned;
    for (let i = 0; i < assigned.length; i++) {
      const { broadcast, prefix } = assigned[i]!;
      if (broadcast !== null && (broadcast.d === word || prefix.address.d === word)) return true;
    }
    return false;
  }

  find(address: IpAddress): InterfaceAddress | undefined {
    return this.#addresses.find((entry) => entry.address.equals(address));
  }

  add(entry: InterfaceAddress): void {
    this.#addresses.push(entry);
    this.#collectAssigned();
  }

  remove(entry: InterfaceAddress): void {
    const at = this.#addresses.indexOf(entry);
    if (at >= 0) this.#addresses.splice(at, 1);
    this.#collectAssigned();
  }

  setState(entry: InterfaceAddress, state: AddressState): void {
    entry.state = state;
    this.#collectAssigned();
  }

  #collectAssigned(): void {
    this.#assigned = this.#addresses.filter((entry) => entry.isAssigned);
  }
}

import type { Counters } from "../base/counters.ts";
import type { DropReason } from "../base/drop-reason.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  ethernetType,
  isBroadcastFrame,
  isEthernetFrame,
  isFrameTo,
  isGroupFrame,
  prependEthernet,
} from "../wire/ethernet.ts";
import { ipVersion } from "../wire/ipv4.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { ACD_RULES, ANNOUNCE_ONLY_RULES, type ClaimRules, dadRules } from "./address-claim.ts";
import { AddressClaims, type ClaimOwner } from "./address-claims.ts";
import { Arp } from "./arp.ts";
import type { Device } from "./device.ts";
import type { FrameSender } from "./frame-sender.ts";
import type { Link, NeighborView } from "./link.ts";
import type { LinkOwner } from "./link-owner.ts";
import { MulticastFilter, multicastMac } from "./multicast-filter.ts";
import { Ndp } from "./ndp.ts";
import type { Neighbor } from "./neighbor.ts";
import { NeighborCache, type NeighborOwner } from "./neighbor-cache.ts";
import type { NeighborConfig } from "./neighbor-config.ts";
import { promptSource } from "./prompt-source.ts";
import { snapPayload } from "./snap.ts";

export interface EthernetLinkOptions {
  readonly device: Device;
  /** Of the interface. */
  readonly name: string;
  readonly mac: MacAddress;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly neighbor: NeighborConfig;
  /** IPv4: `announce` uses an address at once, `probe` asks first (RFC 5227 §2.1.1), `off` does neither. */
  readonly conflictDetection: "announce" | "probe" | "off";
  /** IPv6: solicitations before an address is used; 0 = none (RFC 4862 §5.1). */
  readonly dadTransmits: number;
  readonly routerDiscovery: boolean;
  readonly owner: LinkOwner;
}

/** Ethernet under IP: frames (RFC 894, RFC 2464), ARP and Neighbor Discovery. */
export class EthernetLink implements Link, FrameSender, NeighborOwner, ClaimOwner {
  readonly name: string;
  readonly mac: MacAddress;
  readonly #device: Device;
  readonly #counters: Counters;
  readonly #owner: LinkOwner;
  readonly #cache: NeighborCache;
  readonly #claims: AddressClaims;
  readonly #arp: Arp;
  readonly #ndp: Ndp;
  readonly #groups = new MulticastFilter();
  readonly #v4Rules: ClaimRules;
  readonly #v6Rules: ClaimRules;

  constructor(options: EthernetLinkOptions) {
    const { counters, name, random, neighbor: config } = options;
    this.name = name;
    this.mac = options.mac;
    this.#device = options.device;
    this.#counters = counters;
    this.#owner = options.owner;
    this.#cache = new NeighborCache({ config, counters, interfaceName: name, random, owner: this });
    this.#claims = new AddressClaims(this, random);
    const shared = { counters, neighbors: this.#cache, claims: this.#claims };
    this.#arp = new Arp({ ...shared, sender: this });
    this.#ndp = new Ndp({
      ...shared,
      link: this,
      owner: options.owner,
      random,
      secureRandom: options.secureRandom,
      routerDiscovery: options.routerDiscovery,
    });
    this.#v4Rules = v4Rules(options.conflictDetection);
    this.#v6Rules = dadRules(options.dadTransmits, config.retransTimerMs);
  }

  input(packet: PacketBuffer, now: number): void {
    const { view, start: at, end } = packet;
    if (!isEthernetFrame(view, at, end)) return this.#drop("link-truncated");
    const isGroup = isGroupFrame(view, at);
    const isBroadcast = isGroup && isBroadcastFrame(view, at);
    packet.linkBroadcast = isBroadcast;
    packet.linkMulticast = isGroup && !isBroadcast;
    const isForUs = isGroup
      ? isBroadcast || this.#groups.accepts(view, at)
      : isFrameTo(view, at, this.mac);
    if (!isForUs) return this.#drop("link-not-for-us");
    packet.start = at + ETHERNET_HEADER_LENGTH;
    this.#dispatch(packet, ethernetType(view, at), now);
  }

  send(packet: PacketBuffer, nextHop: IpAddress, now: number): boolean {
    const type = nextHop.isV4 ? EtherType.IPV4 : EtherType.IPV6;
    if (nextHop.isMulticast) return this.sendFrame(packet, multicastMac(nextHop), type, now);
    if (nextHop.isLimitedBroadcast) return this.sendFrame(packet, MacAddress.BROADCAST, type, now);
    const mac = this.#cache.resolve(nextHop, packet, now);
    // The packet waits, or has been counted as dropped.
    return mac === null || this.sendFrame(packet, mac, type, now);
  }

  sendFrame(packet: PacketBuffer, to: MacAddress, type: number, now: number): boolean {
    prependEthernet(packet, to, this.mac, type);
    if (this.#device.transmit(packet, now)) return true;
    this.#drop("link-queue-full");
    return false;
  }

  confirm(nextHop: IpAddress, now: number): void {
    this.#cache.confirm(nextHop, now);
  }

  suspect(nextHop: IpAddress, now: number): void {
    this.#cache.suspect(nextHop, now);
  }

  joinGroup(group: IpAddress): void {
    this.#groups.add(multicastMac(group));
  }

  leaveGroup(group: IpAddress): void {
    this.#groups.remove(multicastMac(group));
  }

  neighborDiscovery(packet: PacketBuffer, now: number): void {
    this.#ndp.input(packet, now);
  }

  claimAddress(address: IpAddress, now: number): void {
    this.#claims.add(address, this.#rulesFor(address), now);
  }

  releaseAddress(address: IpAddress): void {
    this.#claims.remove(address);
  }

  setPermanentNeighbor(address: IpAddress, mac: MacAddress, now: number): void {
    this.#cache.setPermanent(address, mac, now);
  }

  flushNeighbors(now: number): void {
    this.#cache.flush(now);
  }

  neighbors(): NeighborView[] {
    return Array.from(this.#cache.neighbors(), ({ address, mac, state, isRouter }) => ({
      address,
      mac,
      state,
      isRouter,
    }));
  }

  handleTimeout(now: number): void {
    this.#claims.handleTimeout(now);
    this.#cache.handleTimeout(now);
    this.#ndp.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(this.#claims.pollTimeout(), this.#cache.pollTimeout(), this.#ndp.pollTimeout());
  }

  solicit(neighbor: Neighbor, unicast: boolean, now: number): void {
    const { address } = neighbor;
    const waiting = neighbor.queue.at(-1);
    // RFC 4861 §7.2.2: from the address that the packet which waits is from.
    const prompted = waiting === undefined ? null : promptSource(waiting);
    const isOurs = prompted !== null && this.#claims.isAssigned(prompted);
    const source = isOurs ? prompted : this.#sourceFor(address);
    if (source === null) return;
    const mac = unicast ? neighbor.mac : null;
    if (address.isV4) this.#arp.solicit(address, source, mac, now);
    else this.#ndp.solicit(address, source, mac, now);
  }

  sendQueued(packet: PacketBuffer, mac: MacAddress, now: number): void {
    const isV4 = ipVersion(packet.view, packet.start) === 4;
    this.sendFrame(packet, mac, isV4 ? EtherType.IPV4 : EtherType.IPV6, now);
  }

  onUnresolved(packet: PacketBuffer, now: number): void {
    this.#owner.onUnresolved(packet, now);
  }

  onReachability(address: IpAddress, reachable: boolean, now: number): void {
    this.#owner.onReachability(address, reachable, now);
  }

  onRouterLost(address: IpAddress, now: number): void {
    this.#owner.onRouterLost(address, now);
  }

  probe(address: IpAddress, now: number): void {
    if (address.isV4) this.#arp.probe(address, now);
    else this.#ndp.probe(address, now);
  }

  announce(address: IpAddress, now: number): void {
    if (address.isV4) this.#arp.announce(address, now);
    else this.#ndp.announce(address, now);
  }

  onAddressAssigned(address: IpAddress, now: number): void {
    this.#owner.onAddressAssigned(address, now);
  }

  onAddressLost(address: IpAddress, now: number): void {
    this.#drop("arp-conflict");
    this.#owner.onAddressLost(address, now);
  }

  /** A link-local IPv4 address is anybody's: others are asked first (RFC 3927 §2.2), unless told to be silent. */
  #rulesFor(address: IpAddress): ClaimRules {
    if (!address.isV4) return this.#v6Rules;
    const isSilent = this.#v4Rules.announcements === 0;
    return address.isLinkLocal && !isSilent ? ACD_RULES : this.#v4Rules;
  }

  #dispatch(packet: PacketBuffer, type: number, now: number): void {
    switch (type) {
      case EtherType.IPV4:
        return this.#handIp(packet, 4, now);
      case EtherType.IPV6:
        return this.#handIp(packet, 6, now);
      case EtherType.ARP:
        return this.#arp.input(packet, now);
      case EtherType.VLAN:
      case EtherType.QINQ:
        return this.#drop("link-vlan");
      default: {
        // RFC 1122 §2.3.3: the other encapsulation is understood, though never sent.
        const inner = snapPayload(packet, type);
        if (inner < 0) return this.#drop("link-unknown-type");
        return this.#dispatch(packet, inner, now);
      }
    }
  }

  #handIp(packet: PacketBuffer, version: number, now: number): void {
    const { view, start, end } = packet;
    if (start < end && ipVersion(view, start) !== version) return this.#drop("ip-bad-version");
    this.#owner.onIp(packet, now);
  }

  /** An address of ours to ask from; a link-local one for IPv6, which every neighbour can answer. */
  #sourceFor(address: IpAddress): IpAddress | null {
    const own = this.#claims.assigned().filter(({ isV4 }) => isV4 === address.isV4);
    return own.find((candidate) => !candidate.isV4 && candidate.isLinkLocal) ?? own[0] ?? null;
  }

  #drop(reason: DropReason): void {
    this.#counters.drop(reason, this.name);
  }
}

function v4Rules(mode: EthernetLinkOptions["conflictDetection"]): ClaimRules {
  if (mode === "probe") return ACD_RULES;
  return mode === "announce" ? ANNOUNCE_ONLY_RULES : { ...ANNOUNCE_ONLY_RULES, announcements: 0 };
}

import { checksumAdd, checksumFinish } from "../base/checksum.ts";
import type { Counters } from "../base/counters.ts";
import type { DropReason } from "../base/drop-reason.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import { EtherType } from "../wire/ethernet.ts";
import { Icmpv6Type, icmpType, setIcmpChecksum, writeIcmpHeader } from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { IPV6_HEADER_LENGTH, writeIpv6Header } from "../wire/ipv6.ts";
import {
  areNdOptionsValid,
  findNdOption,
  NA_LENGTH,
  NdFlag,
  NdOption,
  NS_LENGTH,
  naFlags,
  ndLinkAddress,
  ndTarget,
  RA_LENGTH,
  REDIRECT_LENGTH,
  RS_LENGTH,
  redirectDestination,
  setNdTarget,
  writeNdLinkAddress,
} from "../wire/ndp.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { pseudoHeaderSum } from "../wire/pseudo-header.ts";
import type { AddressClaims } from "./address-claims.ts";
import type { FrameSender } from "./frame-sender.ts";
import type { LinkOwner } from "./link-owner.ts";
import { multicastMac } from "./multicast-filter.ts";
import { Nonces } from "./ndp-nonce.ts";
import { RouterSolicitation, readRouterAdvertisement } from "./ndp-router.ts";
import type { NeighborCache } from "./neighbor-cache.ts";

/** What Neighbor Discovery sends through: raw frames, and packets to a neighbour to be resolved. */
export interface NdpLink extends FrameSender {
  send(packet: PacketBuffer, nextHop: IpAddress, now: number): boolean;
}

/** Frame, headroom and the options we send. */
const ND_BUFFER_OCTETS = 384;
const ND_HOP_LIMIT = 255;

/** Neighbor Discovery on one link, the host's side (RFC 4861, RFC 4862 §5.4). */
export class Ndp {
  readonly #counters: Counters;
  readonly #link: NdpLink;
  readonly #neighbors: NeighborCache;
  readonly #claims: AddressClaims;
  readonly #owner: LinkOwner;
  readonly #nonces: Nonces;
  /** Null when routers are not listened to. */
  readonly #solicitation: RouterSolicitation | null;
  readonly #packet = new PacketBuffer(ND_BUFFER_OCTETS);

  constructor(parts: {
    counters: Counters;
    link: NdpLink;
    neighbors: NeighborCache;
    claims: AddressClaims;
    owner: LinkOwner;
    random: RandomSource;
    secureRandom: RandomSource;
    routerDiscovery: boolean;
  }) {
    this.#counters = parts.counters;
    this.#link = parts.link;
    this.#neighbors = parts.neighbors;
    this.#claims = parts.claims;
    this.#owner = parts.owner;
    this.#nonces = new Nonces(parts.secureRandom);
    this.#solicitation = parts.routerDiscovery ? new RouterSolicitation(parts.random) : null;
  }

  /**
   * A message whose hop limit, code and checksum are right. Its options are
   * checked here for all types: none may have length 0 (RFC 4861 §4.6).
   */
  input(packet: PacketBuffer, now: number): void {
    const { view, transportAt, end } = packet;
    const type = icmpType(view, transportAt);
    const length = MESSAGE_LENGTHS.get(type) ?? Infinity;
    if (end - transportAt < length) return this.#drop("nd-malformed");
    if (!areNdOptionsValid(view, transportAt + length, end)) return this.#drop("nd-bad-option");
    switch (type) {
      case Icmpv6Type.NEIGHBOR_SOLICITATION:
        return this.#solicited(packet, now);
      case Icmpv6Type.NEIGHBOR_ADVERTISEMENT:
        return this.#advertised(packet, now);
      case Icmpv6Type.ROUTER_ADVERTISEMENT:
        return this.#routerAdvertised(packet, now);
      case Icmpv6Type.REDIRECT:
        return this.#redirected(packet, now);
      default:
        // Solicitations are for routers (RFC 4861 §6.2.6).
        return this.#drop("nd-not-for-us");
    }
  }

  /** Asks for the link address of `target`: its solicited-node group, or itself at `mac`. */
  solicit(target: IpAddress, source: IpAddress, mac: MacAddress | null, now: number): void {
    const at = this.#begin(Icmpv6Type.NEIGHBOR_SOLICITATION, NS_LENGTH);
    setNdTarget(this.#packet.view, at, target);
    this.#appendLinkAddress(NdOption.SOURCE_LINK_ADDRESS);
    const destination = mac === null ? target.solicitedNode() : target;
    this.#finish(source, destination);
    const to = mac ?? multicastMac(destination);
    this.#link.sendFrame(this.#packet, to, EtherType.IPV6, now);
  }

  /** Asks whether anybody has the address that we want (RFC 4862 §5.4.2), marked as ours (RFC 7527 §4.1). */
  probe(address: IpAddress, now: number): void {
    const at = this.#begin(Icmpv6Type.NEIGHBOR_SOLICITATION, NS_LENGTH);
    setNdTarget(this.#packet.view, at, address);
    this.#packet.end = this.#nonces.append(this.#packet.view, this.#packet.end);
    this.#sendToGroup(IpAddress.ANY6, address.solicitedNode(), now);
  }

  /** Tells everybody that the address is ours (RFC 9131 §6.1.2). */
  announce(address: IpAddress, now: number): void {
    this.#beginAdvertisement(address, NdFlag.OVERRIDE);
    this.#sendToGroup(address, IpAddress.ALL_NODES, now);
  }

  handleTimeout(now: number): void {
    if (this.#solicitation?.isDue(now) === true) this.#solicitRouters(now);
  }

  pollTimeout(): number {
    return this.#solicitation?.deadline ?? Infinity;
  }

  /** RFC 4861 §7.1.1, §7.2.3; for a tentative target RFC 4862 §5.4.3. */
  #solicited(packet: PacketBuffer, now: number): void {
    const { view, transportAt: at, end } = packet;
    const target = ndTarget(view, at);
    const source = sourceOf(packet);
    const optionsAt = at + NS_LENGTH;
    const mac = this.#linkAddress(view, optionsAt, end, NdOption.SOURCE_LINK_ADDRESS);
    if (isNoNeighbor(target)) return this.#drop("nd-malformed");
    if (source.isUnspecified) {
      const hasOption = findNdOption(view, optionsAt, end, NdOption.SOURCE_LINK_ADDRESS) >= 0;
      if (!isSolicitedNode(packet)) return this.#drop("nd-bad-source");
      if (hasOption) return this.#drop("nd-bad-option");
    }
    if (this.#claims.isTentative(target)) {
      if (!source.isUnspecified) return this.#drop("nd-not-for-us");
      // Our own probe may come back to us from a hub.
      if (!this.#nonces.isOurs(view, optionsAt, end)) this.#claims.handleConflict(target, now);
      return;
    }
    if (!this.#claims.isAssigned(target)) return this.#drop("nd-not-for-us");
    if (source.isUnspecified) return this.announce(target, now);
    if (mac !== null) this.#neighbors.learn(source, mac, now);
    this.#beginAdvertisement(target, NdFlag.SOLICITED | NdFlag.OVERRIDE);
    this.#finish(target, source);
    // Straight to who asked: an answer is no reason to probe for the asker.
    if (mac !== null) this.#link.sendFrame(this.#packet, mac, EtherType.IPV6, now);
    else this.#link.send(this.#packet, source, now);
  }

  /** RFC 4861 §7.1.2, §7.2.5. */
  #advertised(packet: PacketBuffer, now: number): void {
    const { view, transportAt: at, end } = packet;
    const target = ndTarget(view, at);
    const flags = naFlags(view, at);
    const solicited = (flags & NdFlag.SOLICITED) !== 0;
    if (isNoNeighbor(target)) return this.#drop("nd-malformed");
    if (solicited && packet.destinationA >>> 24 === 0xff) return this.#drop("nd-malformed");
    if (this.#claims.isTentative(target)) return this.#claims.handleConflict(target, now);
    // Somebody has our address too, but it is late to say so (RFC 4862 §5.4.4): counted, not obeyed.
    if (this.#claims.isAssigned(target)) return this.#drop("arp-conflict");
    const mac = this.#linkAddress(view, at + NA_LENGTH, end, NdOption.TARGET_LINK_ADDRESS);
    const override = (flags & NdFlag.OVERRIDE) !== 0;
    const isRouter = (flags & NdFlag.ROUTER) !== 0;
    const message = { mac, solicited, override, isRouter };
    if (!this.#neighbors.advertise(target, message, now)) this.#drop("nd-unsolicited");
  }

  /** RFC 4861 §6.1.2, §6.3.4. */
  #routerAdvertised(packet: PacketBuffer, now: number): void {
    const { view, transportAt: at, end } = packet;
    const router = sourceOf(packet);
    if (!router.isLinkLocal) return this.#drop("nd-bad-source");
    if (this.#solicitation === null) return this.#drop("nd-unsolicited");
    this.#solicitation.stop();
    const mac = this.#linkAddress(view, at + RA_LENGTH, end, NdOption.SOURCE_LINK_ADDRESS);
    if (mac !== null) this.#neighbors.learn(router, mac, now);
    const neighbor = this.#neighbors.find(router);
    if (neighbor !== null) neighbor.isRouter = true;
    const { advertisement, reachableTimeMs, retransTimerMs } = readRouterAdvertisement(
      packet,
      router,
    );
    this.#neighbors.setTimes(reachableTimeMs, retransTimerMs);
    this.#owner.onRouterAdvertisement(advertisement, now);
  }

  /** RFC 4861 §8.1, §8.3; whether the sender is our first hop is for the route table to say. */
  #redirected(packet: PacketBuffer, now: number): void {
    const { view, transportAt: at, end } = packet;
    const router = sourceOf(packet);
    const target = ndTarget(view, at);
    const destination = redirectDestination(view, at);
    const isOnLink = target.equals(destination);
    if (!router.isLinkLocal) return this.#drop("nd-bad-source");
    const isRoutable = !isNoNeighbor(destination) && !isNoNeighbor(target);
    if (!isRoutable || !(target.isLinkLocal || isOnLink)) return this.#drop("nd-malformed");
    if (!this.#owner.onRedirect({ destination, target, router }, now)) {
      return this.#drop("nd-unsolicited");
    }
    const mac = this.#linkAddress(view, at + REDIRECT_LENGTH, end, NdOption.TARGET_LINK_ADDRESS);
    if (mac !== null) this.#neighbors.learn(target, mac, now);
    const neighbor = this.#neighbors.find(target);
    if (neighbor !== null && !isOnLink) neighbor.isRouter = true;
  }

  /** From an address of ours with our link address, or from :: without (RFC 4861 §4.1). */
  #solicitRouters(now: number): void {
    this.#solicitation?.next(now);
    const source = this.#claims.assigned().find(({ isV4, isLinkLocal }) => !isV4 && isLinkLocal);
    this.#begin(Icmpv6Type.ROUTER_SOLICITATION, RS_LENGTH);
    if (source !== undefined) this.#appendLinkAddress(NdOption.SOURCE_LINK_ADDRESS);
    this.#sendToGroup(source ?? IpAddress.ANY6, IpAddress.ALL_ROUTERS, now);
  }

  /** An address in an option; a group address in it is as good as none. */
  #linkAddress(view: DataView, at: number, end: number, type: number): MacAddress | null {
    const option = findNdOption(view, at, end, type);
    if (option < 0) return null;
    const mac = ndLinkAddress(view, option);
    return mac.isMulticast ? null : mac;
  }

  #beginAdvertisement(target: IpAddress, flags: number): void {
    const at = this.#begin(Icmpv6Type.NEIGHBOR_ADVERTISEMENT, NA_LENGTH, flags << 24);
    setNdTarget(this.#packet.view, at, target);
    this.#appendLinkAddress(NdOption.TARGET_LINK_ADDRESS);
  }

  /** Starts a message of so many octets without options; returns its position. */
  #begin(type: number, length: number, word = 0): number {
    const packet = this.#packet;
    packet.reset();
    writeIcmpHeader(packet.view, packet.start, type, 0, word);
    packet.end = packet.start + length;
    return packet.start;
  }

  #appendLinkAddress(type: number): void {
    const { view, end } = this.#packet;
    this.#packet.end = writeNdLinkAddress(view, end, type, this.#link.mac);
  }

  /** Checksum and IPv6 header. */
  #finish(source: IpAddress, destination: IpAddress): void {
    const packet = this.#packet;
    const { view, start, end } = packet;
    const payloadLength = end - start;
    const pseudo = pseudoHeaderSum(source, destination, IpProtocol.ICMPV6) + payloadLength;
    setIcmpChecksum(view, start, checksumFinish(checksumAdd(pseudo, view, start, end)));
    packet.start -= IPV6_HEADER_LENGTH;
    writeIpv6Header(view, packet.start, {
      trafficClass: 0,
      flowLabel: 0,
      payloadLength,
      nextHeader: IpProtocol.ICMPV6,
      hopLimit: ND_HOP_LIMIT,
      source,
      destination,
    });
  }

  #sendToGroup(source: IpAddress, group: IpAddress, now: number): void {
    this.#finish(source, group);
    this.#link.sendFrame(this.#packet, multicastMac(group), EtherType.IPV6, now);
  }

  #drop(reason: DropReason): void {
    this.#counters.drop(reason, this.#link.name);
  }
}

/** Octets before the options, by type. */
const MESSAGE_LENGTHS: ReadonlyMap<number, number> = new Map([
  [Icmpv6Type.ROUTER_SOLICITATION, RS_LENGTH],
  [Icmpv6Type.ROUTER_ADVERTISEMENT, RA_LENGTH],
  [Icmpv6Type.NEIGHBOR_SOLICITATION, NS_LENGTH],
  [Icmpv6Type.NEIGHBOR_ADVERTISEMENT, NA_LENGTH],
  [Icmpv6Type.REDIRECT, REDIRECT_LENGTH],
]);

/** A group, or an IPv4 address: the core would take its mapped form for the address itself. */
function isNoNeighbor(address: IpAddress): boolean {
  return address.isMulticast || address.isV4;
}

function sourceOf({ sourceA, sourceB, sourceC, sourceD }: PacketBuffer): IpAddress {
  return new IpAddress(sourceA, sourceB, sourceC, sourceD);
}

/** Whether the packet went to a solicited-node group, ff02::1:ff00:0/104. */
function isSolicitedNode({
  destinationA,
  destinationB,
  destinationC,
  destinationD,
}: PacketBuffer): boolean {
  return (
    destinationA === (0xff020000 | 0) &&
    destinationB === 0 &&
    destinationC === 1 &&
    destinationD >>> 24 === 0xff
  );
}

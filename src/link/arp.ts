import type { Counters } from "../base/counters.ts";
import type { DropReason } from "../base/drop-reason.ts";
import { IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";
import {
  ArpOperation,
  appendArp,
  arpOperation,
  arpSenderIp,
  arpSenderMac,
  arpTargetIp,
  isArp,
} from "../wire/arp.ts";
import { EtherType } from "../wire/ethernet.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import type { AddressClaims } from "./address-claims.ts";
import type { FrameSender } from "./frame-sender.ts";
import type { NeighborCache } from "./neighbor-cache.ts";

/** Frame and headroom of an ARP packet. */
const ARP_BUFFER_OCTETS = 320;

/** ARP for IPv4 on Ethernet (RFC 826), with the manners of RFC 5227. */
export class Arp {
  readonly #counters: Counters;
  readonly #sender: FrameSender;
  readonly #neighbors: NeighborCache;
  readonly #claims: AddressClaims;
  readonly #packet = new PacketBuffer(ARP_BUFFER_OCTETS);

  constructor(parts: {
    counters: Counters;
    sender: FrameSender;
    neighbors: NeighborCache;
    claims: AddressClaims;
  }) {
    this.#counters = parts.counters;
    this.#sender = parts.sender;
    this.#neighbors = parts.neighbors;
    this.#claims = parts.claims;
  }

  /** A frame of type ARP; `packet.start` is behind the Ethernet header. */
  input(packet: PacketBuffer, now: number): void {
    const { view, start: at, end } = packet;
    const operation = isArp(view, at, end) ? arpOperation(view, at) : 0;
    if (operation !== ArpOperation.REQUEST && operation !== ArpOperation.REPLY) {
      return this.#drop("arp-malformed");
    }
    const mac = arpSenderMac(view, at);
    const sender = arpSenderIp(view, at);
    const target = arpTargetIp(view, at);
    if (mac.equals(this.#sender.mac)) return this.#drop("arp-not-for-us");
    if (mac.isMulticast || !isHost(sender)) return this.#drop("arp-bad-sender");
    this.#noteConflicts(sender, target, operation, now);

    if (!sender.isUnspecified) this.#merge(sender, mac, target, operation, now);
    if (operation !== ArpOperation.REQUEST || !this.#claims.isAssigned(target)) return;
    this.#send(
      { operation: ArpOperation.REPLY, targetMac: mac, senderIp: target, targetIp: sender },
      mac,
      now,
    );
  }

  /** Asks who has `target`: everybody, or the one who had it. */
  solicit(target: IpAddress, source: IpAddress, mac: MacAddress | null, now: number): void {
    const fields = { operation: ArpOperation.REQUEST, senderIp: source, targetIp: target };
    this.#send({ ...fields, targetMac: MacAddress.ZERO }, mac ?? MacAddress.BROADCAST, now);
  }

  /** Asks whether anybody has the address that we want (RFC 5227 §2.1.1). */
  probe(address: IpAddress, now: number): void {
    this.solicit(address, IpAddress.ANY4, null, now);
  }

  /** Tells everybody that the address is ours (RFC 5227 §2.3). */
  announce(address: IpAddress, now: number): void {
    this.solicit(address, address, null, now);
  }

  /** RFC 826, Packet Reception: first the table, and only then the question. */
  #merge(
    sender: IpAddress,
    mac: MacAddress,
    target: IpAddress,
    operation: number,
    now: number,
  ): void {
    if (!this.#claims.isAssigned(target)) return this.#neighbors.refresh(sender, mac, now);
    const isAnswer = operation === ArpOperation.REPLY && this.#neighbors.find(sender)?.isSolicited;
    if (isAnswer !== true) {
      this.#neighbors.learn(sender, mac, now);
      return;
    }
    this.#neighbors.advertise(sender, { mac, solicited: true, override: true }, now);
  }

  /** RFC 5227 §2.1.1 for an address that we want, §2.4 for one that we have. */
  #noteConflicts(sender: IpAddress, target: IpAddress, operation: number, now: number): void {
    this.#claims.handleConflict(sender, now);
    const isProbe = sender.isUnspecified && operation === ArpOperation.REQUEST;
    if (isProbe && this.#claims.isTentative(target)) this.#claims.handleConflict(target, now);
  }

  #send(
    fields: { operation: number; senderIp: IpAddress; targetMac: MacAddress; targetIp: IpAddress },
    to: MacAddress,
    now: number,
  ): void {
    this.#packet.reset();
    appendArp(this.#packet, { ...fields, senderMac: this.#sender.mac });
    // RFC 3927 §2.5: link-local ARP is broadcast, so that all see a conflict.
    const receiver = fields.senderIp.isLinkLocal ? MacAddress.BROADCAST : to;
    this.#sender.sendFrame(this.#packet, receiver, EtherType.ARP, now);
  }

  #drop(reason: DropReason): void {
    this.#counters.drop(reason, this.#sender.name);
  }
}

/** Whether an ARP sender may have the address: 0.0.0.0 says that it has none yet. */
function isHost(address: IpAddress): boolean {
  return (
    !address.isMulticast &&
    !address.isReservedV4 &&
    !address.isLimitedBroadcast &&
    !address.isLoopback
  );
}

import type { Counters } from "../../base/counters.ts";
import { IpAddress } from "../../base/ip-address.ts";
import { IpPrefix } from "../../base/ip-prefix.ts";
import {
  ICMP_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv4Unreachable,
  Icmpv6Type,
  icmpCode,
  icmpType,
  icmpV4Mtu,
  icmpWord,
} from "../../wire/icmp.ts";
import type { PacketBuffer } from "../../wire/packet-buffer.ts";
import type { IpConfig } from "../config.ts";
import type { IpFamily } from "../family.ts";
import type { IpInterface } from "../interface.ts";
import type { PathFinder } from "../path-finder.ts";
import type { IpError } from "../upper.ts";
import { icmpv4Meaning, icmpv6Meaning } from "./icmp-errno.ts";
import { type Quote, readQuote } from "./quote.ts";

/** Who is told of errors, by protocol of the quoted packet. */
export interface ErrorSink {
  /** Whether somebody here may have sent the quoted packet just now. */
  isPlausible(error: IpError): boolean;
  deliver(error: IpError, now: number): void;
}

/** Told of every decrease of a path MTU (RFC 8201 §5.1). */
export type PathMtuListener = (destination: IpAddress, mtu: number, now: number) => void;

/** ICMP errors that come from outside, or that stand for one: they quote a packet of ours. */
export class IcmpErrorInput {
  readonly #config: IpConfig;
  readonly #counters: Counters;
  readonly #finder: PathFinder;
  readonly #sink: ErrorSink;
  onPathMtu: PathMtuListener | null = null;

  constructor(parts: {
    config: IpConfig;
    counters: Counters;
    finder: PathFinder;
    sink: ErrorSink;
  }) {
    this.#config = parts.config;
    this.#counters = parts.counters;
    this.#finder = parts.finder;
    this.#sink = parts.sink;
  }

  /** An error message whose checksum is right. */
  input(packet: PacketBuffer, family: IpFamily, iface: IpInterface, now: number): void {
    const { view, transportAt, end } = packet;
    const quote = readQuote(view, transportAt + ICMP_HEADER_LENGTH, end, family.isV6);
    // Only what we sent can be about us (RFC 5927 §4).
    if (quote === null || !this.#finder.isOurs(quote.source)) {
      return this.#counters.drop("icmp-bad-quote", iface.name);
    }
    const type = icmpType(view, transportAt);
    const code = icmpCode(view, transportAt);
    const meaning = family.isV6 ? icmpv6Meaning(type, code) : icmpv4Meaning(type, code);
    if (meaning === null) return this.#counters.drop("icmp-unknown-type", iface.name);
    const reporter = new IpAddress(packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD);
    const isTooBig = isPacketTooBig(family.isV6, type, code);
    const fields = { ...meaning, isV6: family.isV6, type, code, reporter };
    const error = errorAbout(view, quote, { ...fields, mtu: 0 });
    if (!isTooBig) return this.#sink.deliver(error, now);

    // A path MTU is lowered only for a packet that may be in flight (RFC 8201 §6).
    if (!this.#sink.isPlausible(error)) return this.#counters.drop("icmp-bad-quote", iface.name);
    const mtu = family.isV6 ? icmpWord(view, transportAt) : icmpV4Mtu(view, transportAt);
    const lowered = this.#lowerPathMtu(quote, mtu, now);
    if (lowered === 0) return this.#counters.drop("icmp-ignored", iface.name);
    this.#sink.deliver({ ...error, mtu: lowered }, now);
    this.onPathMtu?.(quote.destination, lowered, now);
  }

  /** The next hop of a packet of ours could not be resolved: as if it had answered so (RFC 1122 §2.4, RFC 4861 §7.2.2). */
  unresolved(packet: PacketBuffer, family: IpFamily, now: number): void {
    const quote = readQuote(packet.view, packet.start, packet.end, family.isV6);
    if (quote === null) return;
    const { unreachable: type, hostUnreachable: code } = family.icmp;
    const meaning = family.isV6 ? icmpv6Meaning(type, code) : icmpv4Meaning(type, code);
    if (meaning === null) return;
    const fields = { ...meaning, isV6: family.isV6, type, code, reporter: quote.source, mtu: 0 };
    this.#sink.deliver(errorAbout(packet.view, quote, fields), now);
  }

  /**
   * A redirect: for a network or a host, both count for the host alone
   * (RFC 1122 §3.2.2.2). Believed when it comes from the router we use now and
   * names a neighbour on the same link.
   */
  redirectV4(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const { view, transportAt, end } = packet;
    const quote = readQuote(view, transportAt + ICMP_HEADER_LENGTH, end, false);
    if (quote === null || !this.#finder.isOurs(quote.source)) {
      return this.#counters.drop("icmp-bad-quote", iface.name);
    }
    const gateway = IpAddress.v4(icmpWord(view, transportAt) | 0);
    const reporter = IpAddress.v4(packet.sourceD);
    if (!this.redirect({ destination: quote.destination, gateway, reporter }, iface, now)) {
      this.#counters.drop("icmp-ignored", iface.name);
    }
  }

  /** Puts a redirect into the route table if it is to be believed. */
  redirect(
    to: { destination: IpAddress; gateway: IpAddress; reporter: IpAddress },
    iface: IpInterface,
    now: number,
  ): boolean {
    const { destination, gateway, reporter } = to;
    const { routes } = this.#finder;
    if (!this.#config.acceptRedirects || destination.isMulticast) return false;
    const route = routes.lookup(destination, iface.index, now);
    if (route === null || route.gateway === null || !route.gateway.equals(reporter)) return false;
    const isOnLink =
      gateway.isLinkLocal || iface.addresses.some(({ prefix }) => prefix.contains(gateway));
    const isUsable = !gateway.isMulticast && !gateway.isUnspecified && !iface.owns(gateway);
    const isSelf = gateway.equals(destination);
    if (!isUsable || (!isOnLink && !isSelf)) return false;
    if (gateway.isV4 && iface.isBroadcast(gateway.d)) return false;
    const prefix = new IpPrefix(destination, 128);
    routes.removeWhere((other) => other.origin === "redirect" && other.prefix.equals(prefix));
    const validUntil = now + REDIRECT_LIFETIME_MS;
    routes.add({ prefix, gateway: isSelf ? null : gateway, iface, origin: "redirect", validUntil });
    return true;
  }

  /** The new path MTU, or 0 when the report changes nothing. */
  #lowerPathMtu(quote: Quote, mtu: number, now: number): number {
    const { destination, packetLength } = quote;
    const current = this.#currentMtu(destination, now);
    const isLower = this.#finder.pathMtus.report(destination, { mtu, packetLength, current }, now);
    return isLower ? this.#currentMtu(destination, now) : 0;
  }

  #currentMtu(destination: IpAddress, now: number): number {
    const known = this.#finder.pathMtus.find(destination, now);
    const route = this.#finder.routes.lookup(destination, 0, now);
    const linkMtu = route?.iface.mtuOf(!destination.isV4) ?? DEFAULT_MTU;
    return Math.min(known?.mtu ?? Infinity, linkMtu);
  }
}

/** How long a redirect is followed; then the router is asked again by using it. */
const REDIRECT_LIFETIME_MS = 600_000;
/** For link-local destinations, which have no route that says more. */
const DEFAULT_MTU = 1500;

function isPacketTooBig(isV6: boolean, type: number, code: number): boolean {
  // The code of Packet Too Big is ignored on receipt (RFC 4443 §3.2).
  if (isV6) return type === Icmpv6Type.PACKET_TOO_BIG;
  return (
    type === Icmpv4Type.DESTINATION_UNREACHABLE && code === Icmpv4Unreachable.FRAGMENTATION_NEEDED
  );
}

function errorAbout(
  view: DataView,
  quote: Quote,
  fields: Pick<IpError, "errno" | "hard" | "isV6" | "type" | "code" | "reporter" | "mtu">,
): IpError {
  return {
    ...fields,
    localAddress: quote.source,
    remoteAddress: quote.destination,
    protocol: quote.protocol,
    view,
    transportAt: quote.transportAt,
    end: quote.end,
  };
}

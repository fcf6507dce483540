import type { Counters } from "../../base/counters.ts";
import { IpAddress } from "../../base/ip-address.ts";
import {
  Icmpv4Type,
  Icmpv6Type,
  icmpCode,
  icmpType,
  isIcmpHeader,
  setIcmpChecksum,
} from "../../wire/icmp.ts";
import { PacketBuffer } from "../../wire/packet-buffer.ts";
import type { IpConfig } from "../config.ts";
import type { IpFamily } from "../family.ts";
import type { IpInterface } from "../interface.ts";
import type { IpOutput } from "../ip-output.ts";
import { OutputOptions } from "../output-options.ts";
import type { PathFinder } from "../path-finder.ts";
import type { IpError, UpperProtocol } from "../upper.ts";
import type { IcmpErrorInput } from "./icmp-error-input.ts";
import { finishIcmp, isIcmpChecksumValid } from "./icmp-message.ts";

/** One family's ICMP: answers echo, hands errors to whom they concern, and Neighbor Discovery to the link. */
export class IcmpInput implements UpperProtocol {
  readonly #family: IpFamily;
  readonly #config: IpConfig;
  readonly #counters: Counters;
  readonly #finder: PathFinder;
  readonly #output: IpOutput;
  readonly #errors: IcmpErrorInput;
  /** Who asked: gets echo replies, and errors about ICMP messages of ours. */
  listener: UpperProtocol | null = null;
  /** Made on first need: an echo may be as large as a packet can be. */
  #reply: PacketBuffer | null = null;

  constructor(parts: {
    family: IpFamily;
    config: IpConfig;
    counters: Counters;
    finder: PathFinder;
    output: IpOutput;
    errors: IcmpErrorInput;
  }) {
    this.#family = parts.family;
    this.#config = parts.config;
    this.#counters = parts.counters;
    this.#finder = parts.finder;
    this.#output = parts.output;
    this.#errors = parts.errors;
  }

  input(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const { view, transportAt, end } = packet;
    if (!isIcmpHeader(view, transportAt, end)) {
      return this.#counters.drop("icmp-truncated", iface.name);
    }
    if (!isIcmpChecksumValid(packet, this.#family.isV6)) {
      return this.#counters.drop("icmp-bad-checksum", iface.name);
    }
    if (this.#family.isV6) this.#inputV6(packet, iface, now);
    else this.#inputV4(packet, iface, now);
  }

  handleError(error: IpError, now: number): void {
    this.listener?.handleError(error, now);
  }

  isQuotePlausible(error: IpError): boolean {
    const { listener } = this;
    return listener?.isQuotePlausible === undefined || listener.isQuotePlausible(error);
  }

  #inputV4(packet: PacketBuffer, iface: IpInterface, now: number): void {
    switch (icmpType(packet.view, packet.transportAt)) {
      case Icmpv4Type.ECHO_REQUEST:
        return this.#answerEcho(packet, iface, now);
      case Icmpv4Type.DESTINATION_UNREACHABLE:
      case Icmpv4Type.TIME_EXCEEDED:
      case Icmpv4Type.PARAMETER_PROBLEM:
        return this.#errors.input(packet, this.#family, iface, now);
      case Icmpv4Type.REDIRECT:
        return this.#errors.redirectV4(packet, iface, now);
      case Icmpv4Type.ECHO_REPLY:
        return this.#deliverReply(packet, iface, now);
      case Icmpv4Type.SOURCE_QUENCH:
      case Icmpv4Type.ROUTER_ADVERTISEMENT:
      case Icmpv4Type.ROUTER_SOLICITATION:
      case Icmpv4Type.TIMESTAMP_REQUEST:
      case Icmpv4Type.TIMESTAMP_REPLY:
        return this.#counters.drop("icmp-ignored", iface.name);
      default:
        return this.#counters.drop("icmp-unknown-type", iface.name);
    }
  }

  #inputV6(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const type = icmpType(packet.view, packet.transportAt);
    if (type < Icmpv6Type.ECHO_REQUEST) {
      return this.#errors.input(packet, this.#family, iface, now);
    }
    switch (type) {
      case Icmpv6Type.ECHO_REQUEST:
        return this.#answerEcho(packet, iface, now);
      case Icmpv6Type.ROUTER_SOLICITATION:
      case Icmpv6Type.ROUTER_ADVERTISEMENT:
      case Icmpv6Type.NEIGHBOR_SOLICITATION:
      case Icmpv6Type.NEIGHBOR_ADVERTISEMENT:
      case Icmpv6Type.REDIRECT:
        return this.#neighborDiscovery(packet, iface, now);
      case Icmpv6Type.ECHO_REPLY:
        return this.#deliverReply(packet, iface, now);
      case Icmpv6Type.MLD_QUERY:
      case Icmpv6Type.MLD_REPORT:
      case Icmpv6Type.MLD_DONE:
      case Icmpv6Type.MLDV2_REPORT:
        return this.#counters.drop("icmp-ignored", iface.name);
      default:
        return this.#counters.drop("icmp-unknown-type", iface.name);
    }
  }

  /** RFC 4861 §6.1, §7.1, §8.1: what holds for all five messages. */
  #neighborDiscovery(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const drop = (reason: "nd-bad-hop-limit" | "nd-malformed" | "nd-fragmented"): void =>
      this.#counters.drop(reason, iface.name);
    if (packet.hopLimit !== 255) return drop("nd-bad-hop-limit");
    if (icmpCode(packet.view, packet.transportAt) !== 0) return drop("nd-malformed");
    // RFC 6980 §5: fragments hide from filters on switches what they carry.
    if (packet.reassembled) return drop("nd-fragmented");
    iface.link.neighborDiscovery(packet, now);
  }

  /** RFC 1122 §3.2.2.6, RFC 4443 §4.2: to the process that asked. */
  #deliverReply(packet: PacketBuffer, iface: IpInterface, now: number): void {
    if (this.listener === null) return this.#counters.drop("icmp-ignored", iface.name);
    this.listener.input(packet, iface, now);
  }

  #answerEcho(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const asked = destinationOf(packet);
    const isGroup = asked.isMulticast || (asked.isV4 && !this.#finder.isOurs(asked));
    const mayAnswer = asked.isV4
      ? this.#config.answerBroadcastEcho
      : this.#config.answerMulticastEcho;
    if (isGroup && !mayAnswer) return this.#counters.drop("icmp-ignored", iface.name);
    const { protocol, echoReply } = this.#family.icmp;
    const asker = new IpAddress(packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD);
    const interfaceIndex = asker.isLinkLocal && !iface.isLoopback ? iface.index : 0;
    const wish = isGroup
      ? { interfaceIndex, protocol }
      : { source: asked, interfaceIndex, protocol };
    const path = this.#finder.find(asker, wish, now);
    if (typeof path === "number") return this.#counters.drop("ip-no-route", iface.name);

    const reply = this.#copyMessage(packet);
    reply.view.setUint8(reply.start, echoReply);
    setIcmpChecksum(reply.view, reply.start, 0);
    finishIcmp(reply, path);
    const options = new OutputOptions(protocol);
    options.trafficClass = packet.trafficClass;
    options.fragmentEnRoute = true;
    this.#output.send(reply, path, options, now);
  }

  #copyMessage(packet: PacketBuffer): PacketBuffer {
    this.#reply ??= new PacketBuffer();
    const reply = this.#reply;
    reply.reset();
    reply.bytes.set(packet.bytes.subarray(packet.transportAt, packet.end), reply.start);
    reply.end = reply.start + packet.end - packet.transportAt;
    return reply;
  }
}

function destinationOf(packet: PacketBuffer): IpAddress {
  return new IpAddress(
    packet.destinationA,
    packet.destinationB,
    packet.destinationC,
    packet.destinationD,
  );
}

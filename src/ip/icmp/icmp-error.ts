import { checksumAdd, checksumFinish } from "../../base/checksum.ts";
import type { Counters } from "../../base/counters.ts";
import { IpAddress } from "../../base/ip-address.ts";
import type { RandomSource } from "../../base/random.ts";
import {
  ICMP_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv6Type,
  icmpType,
  isIcmpHeader,
  writeIcmpHeader,
} from "../../wire/icmp.ts";
import { IpProtocol } from "../../wire/ip-protocol.ts";
import { ipv4FragmentOffset } from "../../wire/ipv4.ts";
import { NO_PARTIAL_CHECKSUM, PacketBuffer } from "../../wire/packet-buffer.ts";
import type { IpConfig } from "../config.ts";
import type { IpFamily } from "../family.ts";
import type { IpInterface } from "../interface.ts";
import type { IpOutput } from "../ip-output.ts";
import { OutputOptions } from "../output-options.ts";
import type { PathFinder } from "../path-finder.ts";
import { finishIcmp } from "./icmp-message.ts";
import { IcmpRateLimit } from "./icmp-rate-limit.ts";
import { readQuote } from "./quote.ts";

/** Which error, by the numbers of the packet's own family. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  /** The second word of the message: pointer or MTU, as the type wants it. */
  readonly word: number;
  /** Also about a packet that was sent to a group: Parameter Problem code 2 (RFC 4443 §2.4(e.3)). */
  readonly evenToGroup?: boolean;
}

/** Sends ICMP errors about packets that arrived (RFC 1122 §3.2.2, RFC 4443 §2.4). */
export class IcmpErrors {
  readonly #config: IpConfig;
  readonly #counters: Counters;
  readonly #finder: PathFinder;
  readonly #output: IpOutput;
  readonly #limit: IcmpRateLimit;
  /** Made on first need. */
  #message: PacketBuffer | null = null;

  constructor(parts: {
    config: IpConfig;
    counters: Counters;
    finder: PathFinder;
    output: IpOutput;
    secureRandom: RandomSource;
  }) {
    this.#config = parts.config;
    this.#counters = parts.counters;
    this.#finder = parts.finder;
    this.#output = parts.output;
    this.#limit = new IcmpRateLimit(parts.config, parts.secureRandom);
  }

  /**
   * Tells the sender of `packet` what was wrong with it, if there may be an
   * answer at all and the rate allows one more. `packet` is as it arrived,
   * with its IP header parsed.
   */
  send(
    packet: PacketBuffer,
    error: IcmpError,
    at: { family: IpFamily; iface: IpInterface },
    now: number,
  ): void {
    const { family, iface } = at;
    if (error.type === family.icmp.unreachable && !this.#config.sendUnreachable) return;
    if (!mayReport(packet, error, family.isV6, iface)) return;
    if (!this.#limit.mayAnswer(packet, now)) {
      this.#counters.drop("icmp-rate-limited", iface.name);
      return;
    }
    const { protocol } = family.icmp;
    const destination = sourceOf(packet);
    const source = destinationOf(packet);
    // The address that was asked answers, if it is one of ours alone
    // (RFC 4443 §2.2); else one that the way back chooses.
    const isOurs = this.#finder.isOurs(source);
    const interfaceIndex = destination.isLinkLocal ? iface.index : 0;
    const wish = isOurs ? { source, interfaceIndex, protocol } : { interfaceIndex, protocol };
    const path = this.#finder.find(destination, wish, now);
    if (typeof path === "number") return;

    const message = this.#compose(packet, error, family);
    finishIcmp(message, path);
    const options = new OutputOptions(protocol);
    options.fragmentEnRoute = true;
    this.#output.send(message, path, options, now);
  }

  /** The header and as much of the packet as the family's limit lets in (RFC 1122 §3.2.2, RFC 4443 §2.4(c)). */
  #compose(packet: PacketBuffer, error: IcmpError, family: IpFamily): PacketBuffer {
    this.#message ??= new PacketBuffer(MESSAGE_CAPACITY);
    const message = this.#message;
    message.reset();
    const room = family.icmp.errorLimit - family.headerLength - ICMP_HEADER_LENGTH;
    const length = Math.min(packet.end - packet.networkAt, room);
    const quoteAt = message.start + ICMP_HEADER_LENGTH;
    writeIcmpHeader(message.view, message.start, error.type, error.code, error.word);
    const { networkAt } = packet;
    message.bytes.set(packet.bytes.subarray(networkAt, networkAt + length), quoteAt);
    message.end = quoteAt + length;
    finishQuotedChecksum(message, quoteAt, packet);
    return message;
  }
}

/** Headroom and the largest error there is. */
const MESSAGE_CAPACITY = 2048;

/**
 * A packet from a local link may have come with a partial checksum. Its sender
 * meant the whole one, and whoever looks at the quote expects it.
 */
function finishQuotedChecksum(message: PacketBuffer, quoteAt: number, packet: PacketBuffer): void {
  const { view, checksumStart, checksumOffset, networkAt, end } = packet;
  if (checksumStart === NO_PARTIAL_CHECKSUM) return;
  const fieldAt = quoteAt + checksumStart - networkAt + checksumOffset;
  if (fieldAt + 2 > message.end) return;
  const sum = checksumFinish(checksumAdd(0, view, checksumStart, end));
  // UDP has no other way to say 0 (RFC 768); for TCP both mean the same.
  message.view.setUint16(fieldAt, sum === 0 ? 0xffff : sum);
}

/** The cases in which no error may be sent, whatever happened. */
function mayReport(
  packet: PacketBuffer,
  error: IcmpError,
  isV6: boolean,
  iface: IpInterface,
): boolean {
  const source = sourceOf(packet);
  const destination = destinationOf(packet);
  const evenToGroup = error.evenToGroup === true;
  if (!evenToGroup && (packet.linkBroadcast || packet.linkMulticast)) return false;
  if (!evenToGroup && destination.isMulticast) return false;
  if (source.isUnspecified || source.isMulticast) return false;
  if (source.isLoopback && !iface.isLoopback) return false;
  const isAnswerable = isV6 || isAnswerableV4(packet, source, destination, iface);
  return isAnswerable && !isAboutIcmpError(packet, isV6);
}

function isAnswerableV4(
  packet: PacketBuffer,
  source: IpAddress,
  destination: IpAddress,
  iface: IpInterface,
): boolean {
  if (destination.isLimitedBroadcast || source.isLimitedBroadcast || source.isReservedV4)
    return false;
  if (!iface.isLoopback && (iface.isBroadcast(destination.d) || iface.isBroadcast(source.d))) {
    return false;
  }
  return ipv4FragmentOffset(packet.view, packet.networkAt) === 0;
}

/** Errors about errors would never end; nor is a redirect to be answered. */
function isAboutIcmpError(packet: PacketBuffer, isV6: boolean): boolean {
  const { view, networkAt, end } = packet;
  const quote = readQuote(view, networkAt, end, isV6);
  if (quote === null) return false;
  if (quote.protocol !== (isV6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP)) return false;
  if (!isIcmpHeader(view, quote.transportAt, quote.end)) return true;
  const type = icmpType(view, quote.transportAt);
  if (isV6) return type < Icmpv6Type.ECHO_REQUEST || type === Icmpv6Type.REDIRECT;
  return !INFORMATIONAL_V4.has(type);
}

/** ICMPv4 has no bit that tells errors apart: what is not known to be a question or answer counts as one. */
const INFORMATIONAL_V4: ReadonlySet<number> = new Set([
  Icmpv4Type.ECHO_REQUEST,
  Icmpv4Type.ECHO_REPLY,
  Icmpv4Type.ROUTER_ADVERTISEMENT,
  Icmpv4Type.ROUTER_SOLICITATION,
  Icmpv4Type.TIMESTAMP_REQUEST,
  Icmpv4Type.TIMESTAMP_REPLY,
]);

function sourceOf(packet: PacketBuffer): IpAddress {
  return new IpAddress(packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD);
}

function destinationOf(packet: PacketBuffer): IpAddress {
  return new IpAddress(
    packet.destinationA,
    packet.destinationB,
    packet.destinationC,
    packet.destinationD,
  );
}

import { checksumAdd, checksumFinish, checksumFold } from "../base/checksum.ts";
import { seqAdd } from "../base/seq.ts";
import { ETHERNET_HEADER_LENGTH, EtherType, ethernetType } from "../wire/ethernet.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import {
  ipVersion,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4Protocol,
  ipv4TotalLength,
  isIpv4Fragment,
  isIpv4Header,
  setIpv4Checksum,
  setIpv4Identification,
  setIpv4TotalLength,
} from "../wire/ipv4.ts";
import {
  IPV6_HEADER_LENGTH,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6SourceAt,
  isIpv6Header,
  setIpv6PayloadLength,
} from "../wire/ipv6.ts";
import {
  ipv6ExtensionLength,
  ipv6ExtensionNext,
  isIpv6Extension,
  isIpv6ExtensionHeader,
  routingSegmentsLeft,
} from "../wire/ipv6-extension.ts";
import { HEADROOM, NO_PARTIAL_CHECKSUM, type PacketBuffer } from "../wire/packet-buffer.ts";
import {
  isTcpHeader,
  setTcpChecksum,
  setTcpLengthAndFlags,
  setTcpSeq,
  TCP_CHECKSUM_OFFSET,
  TcpFlag,
  tcpFlags,
  tcpHeaderLength,
  tcpSeq,
} from "../wire/tcp-header.ts";
import { UDP_CHECKSUM_OFFSET } from "../wire/udp.ts";

/**
 * Splits TCP super-segments into packets that fit the wire, one at a time and
 * without garbage. One `Segmenter` is used for packet after packet:
 *
 * ```ts
 * if (segmenter.begin(packet)) while (segmenter.next(scratch)) send(scratch);
 * ```
 *
 * Sequence numbers advance, IPv4 identifications count up, FIN and PSH stay on
 * the last segment and CWR on the first (RFC 3168 §6.1.2).
 */
export class Segmenter {
  readonly #medium: "ethernet" | "ip";
  readonly #partialChecksum: boolean;
  readonly #found: TcpLocation = { networkAt: 0, transportAt: 0, endAt: 0 };
  #source: PacketBuffer | null = null;
  #ipv4 = false;
  #payloadAt = 0;
  #addressSum = 0;
  #size = 0;
  /** Payload octets handed out so far. */
  #sent = 0;
  #index = 0;

  /** With `partialChecksum` the segments keep a partial checksum, for a device that can finish it. */
  constructor(medium: "ethernet" | "ip", partialChecksum = false) {
    this.#medium = medium;
    this.#partialChecksum = partialChecksum;
  }

  /**
   * Starts on `packet`, which must stay as it is until the last segment; false
   * when it is not a whole, unfragmented TCP packet and cannot be split.
   */
  begin(packet: PacketBuffer): boolean {
    this.#source = null;
    const found = this.#found;
    if (packet.gsoSize <= 0 || !locateTcp(packet, this.#medium, found)) return false;
    const { view } = packet;
    this.#ipv4 = ipVersion(view, found.networkAt) === 4;
    this.#addressSum = addressSum(view, found.networkAt) + IpProtocol.TCP;
    this.#payloadAt = found.transportAt + tcpHeaderLength(view, found.transportAt);
    this.#size = packet.gsoSize;
    this.#sent = 0;
    this.#index = 0;
    this.#source = packet;
    return true;
  }

  /** Whether segments are left. */
  get pending(): boolean {
    return this.#source !== null;
  }

  /** Goes on from `copy`, which holds the same octets as the packet begun with at the same positions. */
  continueFrom(copy: PacketBuffer): void {
    if (this.#source !== null) this.#source = copy;
  }

  /** Writes the next segment to `into`, whatever that held; false when there is none left. */
  next(into: PacketBuffer): boolean {
    const source = this.#source;
    if (source === null) return false;
    const from = this.#payloadAt + this.#sent;
    const end = this.#found.endAt;
    const size = Math.min(this.#size, end - from);
    const last = from + size >= end;
    this.#copy(source, into, from, size);
    this.#adjust(source, into, last);
    this.#sent += size;
    this.#index++;
    if (last) this.#source = null;
    return true;
  }

  /** Headers, then the segment's share of the payload. */
  #copy(source: PacketBuffer, into: PacketBuffer, from: number, size: number): void {
    const headerLength = this.#payloadAt - source.start;
    const start = HEADROOM - (this.#found.networkAt - source.start);
    into.reset(start);
    into.bytes.set(source.bytes.subarray(source.start, this.#payloadAt), start);
    into.bytes.set(source.bytes.subarray(from, from + size), start + headerLength);
    into.end = start + headerLength + size;
    into.linkBroadcast = source.linkBroadcast;
    into.linkMulticast = source.linkMulticast;
    into.checksumVerified = source.checksumVerified;
  }

  /** Makes the headers in `into` those of this segment. */
  #adjust(source: PacketBuffer, into: PacketBuffer, last: boolean): void {
    const { view } = into;
    const found = this.#found;
    const networkAt = HEADROOM;
    const transportAt = HEADROOM + found.transportAt - found.networkAt;
    if (this.#ipv4) {
      setIpv4TotalLength(view, networkAt, into.end - networkAt);
      setIpv4Identification(
        view,
        networkAt,
        (ipv4Identification(source.view, found.networkAt) + this.#index) & 0xffff,
      );
      setIpv4Checksum(view, networkAt);
    } else {
      setIpv6PayloadLength(view, networkAt, into.end - networkAt - IPV6_HEADER_LENGTH);
    }
    setTcpSeq(view, transportAt, seqAdd(tcpSeq(source.view, found.transportAt), this.#sent));
    let flags = tcpFlags(source.view, found.transportAt);
    if (!last) flags &= ~(TcpFlag.FIN | TcpFlag.PSH);
    if (this.#index > 0) flags &= ~TcpFlag.CWR;
    setTcpLengthAndFlags(view, transportAt, tcpHeaderLength(view, transportAt), flags);
    const pseudoSum = this.#addressSum + into.end - transportAt;
    if (this.#partialChecksum) {
      setPartialTcpChecksum(into, transportAt, pseudoSum);
    } else {
      setTcpChecksum(view, transportAt, 0);
      setTcpChecksum(
        view,
        transportAt,
        checksumFinish(checksumAdd(pseudoSum, view, transportAt, into.end)),
      );
    }
  }
}

/** Leaves the transport checksum to whoever is last: `pseudoSum` goes into the field, folded. */
export function setPartialTcpChecksum(
  packet: PacketBuffer,
  transportAt: number,
  pseudoSum: number,
): void {
  setTcpChecksum(packet.view, transportAt, checksumFold(pseudoSum));
  packet.checksumStart = transportAt;
  packet.checksumOffset = TCP_CHECKSUM_OFFSET;
}

/**
 * Completes a partial checksum in place. UDP has no checksum of 0: that means
 * "none", so the other zero, 0xffff, is sent (RFC 768).
 */
export function finishChecksum(packet: PacketBuffer): void {
  const from = packet.checksumStart;
  if (from === NO_PARTIAL_CHECKSUM) return;
  packet.checksumStart = NO_PARTIAL_CHECKSUM;
  // What is nonsense came from a guest or a driver: it must not become a write outside the packet.
  if (from < packet.start || from + packet.checksumOffset + 2 > packet.end) return;
  const sum = checksumFinish(checksumAdd(0, packet.view, from, packet.end));
  const isUdpZero = sum === 0 && packet.checksumOffset === UDP_CHECKSUM_OFFSET;
  packet.view.setUint16(from + packet.checksumOffset, isUdpZero ? 0xffff : sum);
}

/** Where the headers of a TCP packet lie, and where its payload ends. */
export interface TcpLocation {
  networkAt: number;
  transportAt: number;
  endAt: number;
}

/**
 * Finds the TCP header of a frame, past IPv4 options and IPv6 extension
 * headers; false when it is not a whole, unfragmented TCP packet.
 */
export function locateTcp(
  packet: PacketBuffer,
  medium: "ethernet" | "ip",
  into: TcpLocation,
): boolean {
  const { view, start, end } = packet;
  const networkAt = networkHeaderAt(packet, medium);
  if (networkAt < 0 || networkAt >= end) return false;
  const version = ipVersion(view, networkAt);
  const transportAt =
    version === 4 ? ipv4TransportAt(view, networkAt, end) : ipv6TransportAt(view, networkAt, end);
  if (transportAt < start) return false;
  const endAt = ipPacketEnd(view, networkAt);
  if (!isTcpHeader(view, transportAt, endAt)) return false;
  into.networkAt = networkAt;
  into.transportAt = transportAt;
  into.endAt = endAt;
  return true;
}

/** Position of the IP header of a frame, or −1 when there is none. */
export function networkHeaderAt(packet: PacketBuffer, medium: "ethernet" | "ip"): number {
  if (medium === "ip") return packet.start;
  if (packet.end - packet.start < ETHERNET_HEADER_LENGTH) return -1;
  const type = ethernetType(packet.view, packet.start);
  return type === EtherType.IPV4 || type === EtherType.IPV6
    ? packet.start + ETHERNET_HEADER_LENGTH
    : -1;
}

/** Partial sum of both addresses, as they stand in the header at `networkAt`. */
export function addressSum(view: DataView, networkAt: number): number {
  const ipv4 = ipVersion(view, networkAt) === 4;
  const at = ipv4 ? networkAt + IPV4_ADDRESSES : ipv6SourceAt(networkAt);
  return checksumAdd(0, view, at, at + (ipv4 ? IPV4_ADDRESS_OCTETS : IPV6_ADDRESS_OCTETS));
}

/** Where the two addresses begin in an IPv4 header; they follow one another in both families. */
const IPV4_ADDRESSES = 12;
/** Octets of both IPv4 and both IPv6 addresses. */
const IPV4_ADDRESS_OCTETS = 8;
const IPV6_ADDRESS_OCTETS = 32;

/** End of the IP packet by its own length field; Ethernet padding may follow. */
function ipPacketEnd(view: DataView, networkAt: number): number {
  return ipVersion(view, networkAt) === 4
    ? networkAt + ipv4TotalLength(view, networkAt)
    : networkAt + IPV6_HEADER_LENGTH + ipv6PayloadLength(view, networkAt);
}

function ipv4TransportAt(view: DataView, at: number, end: number): number {
  if (!isIpv4Header(view, at, end) || isIpv4Fragment(view, at)) return -1;
  return ipv4Protocol(view, at) === IpProtocol.TCP ? at + ipv4HeaderLength(view, at) : -1;
}

function ipv6TransportAt(view: DataView, at: number, end: number): number {
  if (!isIpv6Header(view, at, end)) return -1;
  let nextHeader = ipv6NextHeader(view, at);
  let position = at + IPV6_HEADER_LENGTH;
  while (isIpv6Extension(nextHeader)) {
    if (
      nextHeader === IpProtocol.FRAGMENT ||
      !isIpv6ExtensionHeader(view, position, end, nextHeader)
    )
      return -1;
    // The pseudo-header would need the last address of the route, which is not the one in the header.
    if (nextHeader === IpProtocol.ROUTING && routingSegmentsLeft(view, position) > 0) return -1;
    const next = ipv6ExtensionNext(view, position);
    position += ipv6ExtensionLength(view, position, nextHeader);
    nextHeader = next;
  }
  return nextHeader === IpProtocol.TCP ? position : -1;
}

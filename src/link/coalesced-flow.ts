import { checksumAdd, checksumFinish } from "../base/checksum.ts";
import { type Seq, seqAdd, toSeq } from "../base/seq.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import {
  IPV4_DF,
  IPV4_MIN_HEADER_LENGTH,
  ipVersion,
  ipv4Flags,
  ipv4Identification,
  ipv4Tos,
  ipv4Ttl,
  isIpv4ChecksumValid,
  setIpv4Checksum,
  setIpv4TotalLength,
} from "../wire/ipv4.ts";
import { IPV6_HEADER_LENGTH, ipv6HopLimit, setIpv6PayloadLength } from "../wire/ipv6.ts";
import { NO_PARTIAL_CHECKSUM, PacketBuffer, SUPER_PACKET_OCTETS } from "../wire/packet-buffer.ts";
import {
  setTcpLengthAndFlags,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
  tcpAck,
  tcpFlags,
  tcpHeaderLength,
  tcpSeq,
  tcpWindow,
} from "../wire/tcp-header.ts";
import { copyFrame, MAX_FRAME_OCTETS } from "./frame-queue.ts";
import { addressSum, setPartialTcpChecksum, type TcpLocation } from "./segmentation.ts";

/** Where the parts of a TCP data segment lie. */
export interface DataSegment {
  networkAt: number;
  transportAt: number;
  payloadAt: number;
  endAt: number;
}

/**
 * Reads the places of a plain data segment into `into`; false for what is
 * never joined: coalesced or partial already, IP options or extension headers,
 * no payload, or flags that say more than "data".
 */
export function parseDataSegment(
  packet: PacketBuffer,
  at: TcpLocation,
  into: DataSegment,
): boolean {
  if (packet.gsoSize > 0 || packet.checksumStart !== NO_PARTIAL_CHECKSUM) return false;
  const { view } = packet;
  const ipv4 = ipVersion(view, at.networkAt) === 4;
  if (at.transportAt - at.networkAt !== (ipv4 ? IPV4_MIN_HEADER_LENGTH : IPV6_HEADER_LENGTH))
    return false;
  const payloadAt = at.transportAt + tcpHeaderLength(view, at.transportAt);
  const flags = tcpFlags(view, at.transportAt);
  if (payloadAt >= at.endAt || (flags & ~JOINABLE_FLAGS) !== 0 || (flags & TcpFlag.ACK) === 0)
    return false;
  into.networkAt = at.networkAt;
  into.transportAt = at.transportAt;
  into.payloadAt = payloadAt;
  into.endAt = at.endAt;
  return true;
}

/** A run of data segments of one flow, growing into one super-segment. */
export class CoalescedFlow {
  /** PSH, FIN or a shorter segment ended the run. */
  isComplete = false;
  isHeld = false;
  /** Made on first use. */
  #packet: PacketBuffer | null = null;
  readonly #at: DataSegment = { networkAt: 0, transportAt: 0, payloadAt: 0, endAt: 0 };
  #nextSeq: Seq = toSeq(0);
  #size = 0;
  #count = 0;

  /** Whether a packet with its headers there belongs to the held flow: addresses, ports, and the way it came. */
  isSameFlow(packet: PacketBuffer, networkAt: number, transportAt: number): boolean {
    if (!this.isHeld || this.#packet === null) return false;
    const at = this.#at;
    const ours = this.#packet.view;
    const { view } = packet;
    if (view.getInt32(transportAt) !== ours.getInt32(at.transportAt)) return false;
    const version = ipVersion(view, networkAt);
    if (version !== ipVersion(ours, at.networkAt)) return false;
    // Also with options or extension headers in between: order must hold for them, too.
    const offset = version === 4 ? IPV4_ADDRESSES : IPV6_ADDRESSES;
    const octets = version === 4 ? IPV4_ADDRESS_OCTETS : IPV6_ADDRESS_OCTETS;
    return areEqualWords(view, networkAt + offset, ours, at.networkAt + offset, octets);
  }

  /** Starts a run with a copy of `packet`; false when its checksum is wrong or nothing may follow it. */
  begin(packet: PacketBuffer, segment: DataSegment): boolean {
    const flags = tcpFlags(packet.view, segment.transportAt);
    if ((flags & ENDING_FLAGS) !== 0 || packet.end - packet.start > MAX_FRAME_OCTETS) return false;
    if (!isIntact(packet, segment)) return false;
    this.#packet ??= new PacketBuffer(SUPER_PACKET_OCTETS);
    copyFrame(packet, this.#packet);
    const shift = this.#packet.start - packet.start;
    const at = this.#at;
    at.networkAt = segment.networkAt + shift;
    at.transportAt = segment.transportAt + shift;
    at.payloadAt = segment.payloadAt + shift;
    at.endAt = segment.endAt + shift;
    // Without the padding of a short Ethernet frame.
    this.#packet.end = at.endAt;
    this.#size = segment.endAt - segment.payloadAt;
    this.#nextSeq = seqAdd(tcpSeq(packet.view, segment.transportAt), this.#size);
    this.#count = 1;
    this.isComplete = false;
    this.isHeld = true;
    return true;
  }

  /** Adds the segment, which is of the same flow, to the run; false, and nothing happens, when it does not fit. */
  append(packet: PacketBuffer, segment: DataSegment): boolean {
    const target = this.#packet as PacketBuffer;
    const octets = segment.endAt - segment.payloadAt;
    const end = target.end + octets;
    if (octets > this.#size || end - this.#at.networkAt > MAX_IP_OCTETS) return false;
    if (tcpSeq(packet.view, segment.transportAt) !== this.#nextSeq) return false;
    if (!this.#hasSameHeaders(packet, segment) || !isIntact(packet, segment)) return false;
    target.bytes.set(packet.bytes.subarray(segment.payloadAt, segment.endAt), target.end);
    target.end = end;
    this.#nextSeq = seqAdd(this.#nextSeq, octets);
    this.#count++;
    const ending = tcpFlags(packet.view, segment.transportAt) & ENDING_FLAGS;
    if (ending !== 0) this.#addFlags(ending);
    this.isComplete = ending !== 0 || octets < this.#size;
    return true;
  }

  /** Ends the run: the packet it made, with all headers right. It is valid until the next `begin`. */
  take(): PacketBuffer {
    const packet = this.#packet as PacketBuffer;
    const { networkAt, transportAt } = this.#at;
    this.isHeld = false;
    packet.checksumVerified = true;
    if (this.#count === 1) return packet;
    const { view } = packet;
    if (ipVersion(view, networkAt) === 4) {
      setIpv4TotalLength(view, networkAt, packet.end - networkAt);
      setIpv4Checksum(view, networkAt);
    } else {
      setIpv6PayloadLength(view, networkAt, packet.end - networkAt - IPV6_HEADER_LENGTH);
    }
    // As a sender's super-segment: whoever forwards or shows it can split it again.
    setPartialTcpChecksum(
      packet,
      transportAt,
      addressSum(view, networkAt) + IpProtocol.TCP + packet.end - transportAt,
    );
    packet.gsoSize = this.#size;
    return packet;
  }

  /** What must be equal for two segments to have been sent as one. */
  #hasSameHeaders(packet: PacketBuffer, segment: DataSegment): boolean {
    const at = this.#at;
    const ours = (this.#packet as PacketBuffer).view;
    const { view } = packet;
    const { transportAt } = segment;
    if (!this.#hasSameLinkAddresses(packet, segment.networkAt)) return false;
    const flags = tcpFlags(view, transportAt) | ENDING_FLAGS;
    if (flags !== (tcpFlags(ours, at.transportAt) | ENDING_FLAGS)) return false;
    if (tcpAck(view, transportAt) !== tcpAck(ours, at.transportAt)) return false;
    if (tcpWindow(view, transportAt) !== tcpWindow(ours, at.transportAt)) return false;
    const options = segment.payloadAt - transportAt - TCP_MIN_HEADER_LENGTH;
    if (options !== at.payloadAt - at.transportAt - TCP_MIN_HEADER_LENGTH) return false;
    const optionsAt = transportAt + TCP_MIN_HEADER_LENGTH;
    if (!areEqualWords(view, optionsAt, ours, at.transportAt + TCP_MIN_HEADER_LENGTH, options))
      return false;
    return ipVersion(view, segment.networkAt) === 4
      ? this.#hasSameIpv4(view, segment.networkAt, ours)
      : hasSameIpv6(view, segment.networkAt, ours, at.networkAt);
  }

  /** A frame to everybody must not hide among those to us: TCP drops it (RFC 1122 §4.2.3.10). */
  #hasSameLinkAddresses(packet: PacketBuffer, networkAt: number): boolean {
    if (networkAt === packet.start) return true;
    const ours = this.#packet as PacketBuffer;
    return areEqualWords(packet.view, packet.start, ours.view, ours.start, ETHERNET_ADDRESS_OCTETS);
  }

  #hasSameIpv4(view: DataView, at: number, ours: DataView): boolean {
    const oursAt = this.#at.networkAt;
    if (ipv4Tos(view, at) !== ipv4Tos(ours, oursAt) || ipv4Ttl(view, at) !== ipv4Ttl(ours, oursAt))
      return false;
    const flags = ipv4Flags(view, at);
    if (flags !== ipv4Flags(ours, oursAt)) return false;
    // With DF the identification means nothing (RFC 6864); without, splitting again must give the same.
    if ((flags & IPV4_DF) !== 0) return true;
    return (
      ipv4Identification(view, at) === ((ipv4Identification(ours, oursAt) + this.#count) & 0xffff)
    );
  }

  #addFlags(flags: number): void {
    const { view } = this.#packet as PacketBuffer;
    const at = this.#at.transportAt;
    setTcpLengthAndFlags(view, at, tcpHeaderLength(view, at), tcpFlags(view, at) | flags);
  }
}

/** Flags that a joined segment may have. CWR is said once, on the first segment of its own. */
const JOINABLE_FLAGS = TcpFlag.ACK | TcpFlag.PSH | TcpFlag.FIN | TcpFlag.ECE;
/** Those of them that end a run. */
const ENDING_FLAGS = TcpFlag.PSH | TcpFlag.FIN;
const MAX_IP_OCTETS = 65_535;
/** Destination and source. */
const ETHERNET_ADDRESS_OCTETS = 12;
/** Both addresses, in each header. */
const IPV4_ADDRESSES = 12;
const IPV6_ADDRESSES = 8;
const IPV4_ADDRESS_OCTETS = 8;
const IPV6_ADDRESS_OCTETS = 32;
/** All of the first word of an IPv6 header: version, class, flow label. */
const IPV6_FIRST_WORD = 4;

/** Whether the checksums are right: what is joined can not be checked any more afterwards. */
function isIntact(packet: PacketBuffer, segment: DataSegment): boolean {
  const { view } = packet;
  const { networkAt, transportAt, endAt } = segment;
  if (ipVersion(view, networkAt) === 4 && !isIpv4ChecksumValid(view, networkAt)) return false;
  if (packet.checksumVerified) return true;
  const pseudoSum = addressSum(view, networkAt) + IpProtocol.TCP + endAt - transportAt;
  return checksumFinish(checksumAdd(pseudoSum, view, transportAt, endAt)) === 0;
}

function hasSameIpv6(view: DataView, at: number, ours: DataView, oursAt: number): boolean {
  return (
    areEqualWords(view, at, ours, oursAt, IPV6_FIRST_WORD) &&
    ipv6HopLimit(view, at) === ipv6HopLimit(ours, oursAt)
  );
}

/** `octets` is a multiple of 4. */
function areEqualWords(
  a: DataView,
  aAt: number,
  b: DataView,
  bAt: number,
  octets: number,
): boolean {
  for (let i = 0; i < octets; i += 4) if (a.getInt32(aAt + i) !== b.getInt32(bAt + i)) return false;
  return true;
}

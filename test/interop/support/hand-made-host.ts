/**
 * The least that makes the kernel talk to us, done in place on the frames it
 * sends: enough to prove a device without the stack above it.
 */
import { checksumAdd, checksumFold, checksumUpdate } from "../../../src/base/checksum.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import type { MacAddress } from "../../../src/base/mac-address.ts";
import { seqAdd, toSeq } from "../../../src/base/seq.ts";
import * as arp from "../../../src/wire/arp.ts";
import {
  EtherType,
  ethernetSource,
  ethernetType,
  prependEthernet,
} from "../../../src/wire/ethernet.ts";
import { Icmpv4Type, Icmpv6Type, icmpType } from "../../../src/wire/icmp.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import * as ipv4 from "../../../src/wire/ipv4.ts";
import type { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { pseudoHeaderSum } from "../../../src/wire/pseudo-header.ts";
import * as tcp from "../../../src/wire/tcp-header.ts";

const ETHERNET = 14;
const IPV4_LENGTH = 20;
const ICMP_CHECKSUM = 2;

/** Turns an ARP request into our answer; false when it is none. */
export function answerArp(packet: PacketBuffer, mac: MacAddress): boolean {
  const { view, start } = packet;
  const at = start + ETHERNET;
  if (ethernetType(view, start) !== EtherType.ARP) return false;
  if (arp.arpOperation(view, at) !== arp.ArpOperation.REQUEST) return false;
  const targetMac = arp.arpSenderMac(view, at);
  const fields = {
    operation: arp.ArpOperation.REPLY,
    senderMac: mac,
    senderIp: arp.arpTargetIp(view, at),
    targetMac,
    targetIp: arp.arpSenderIp(view, at),
  };
  packet.reset();
  arp.appendArp(packet, fields);
  prependEthernet(packet, targetMac, mac, EtherType.ARP);
  return true;
}

/** Turns an echo request into its reply, on Ethernet when `mac` is given; false when it is none. */
export function answerEcho(packet: PacketBuffer, mac: MacAddress | null): boolean {
  const { view, start, end } = packet;
  const at = start + (mac === null ? 0 : ETHERNET);
  const isV4 = ipv4.ipVersion(view, at) === 4;
  const icmpAt = at + (isV4 ? IPV4_LENGTH : 40);
  const [request, reply] = isV4
    ? [Icmpv4Type.ECHO_REQUEST, Icmpv4Type.ECHO_REPLY]
    : [Icmpv6Type.ECHO_REQUEST, Icmpv6Type.ECHO_REPLY];
  const protocol = view.getUint8(at + (isV4 ? 9 : 6));
  if (protocol !== (isV4 ? IpProtocol.ICMP : IpProtocol.ICMPV6) || icmpAt + 8 > end) return false;
  if (icmpType(view, icmpAt) !== request) return false;
  view.setUint8(icmpAt, reply);
  const checksum = view.getUint16(icmpAt + ICMP_CHECKSUM);
  const updated = checksumUpdate(checksum, request << 8, reply << 8);
  view.setUint16(icmpAt + ICMP_CHECKSUM, updated);
  swap(packet.bytes, at + (isV4 ? 12 : 8), isV4 ? 4 : 16);
  if (mac !== null) {
    packet.start = at;
    prependEthernet(
      packet,
      ethernetSource(view, start),
      mac,
      isV4 ? EtherType.IPV4 : EtherType.IPV6,
    );
  }
  return true;
}

/** A TCP that accepts one connection of the kernel over IPv4 without Ethernet, and never loses. */
export class TcpByHand {
  /** Octets of payload that came. */
  received = 0;
  /** Largest super-segment that came, and the segment size it had. */
  largest = 0;
  gsoSize = 0;
  /** Segments whose checksum was neither partial nor checked. */
  unverified = 0;
  #sndNxt = toSeq(1000);
  #rcvNxt = toSeq(0);
  /** Whether the kernel has acknowledged our SYN, so that data may follow. */
  isEstablished = false;

  /** Turns a segment from the kernel into our answer; false when it needs none. */
  answer(packet: PacketBuffer): boolean {
    const { view, start } = packet;
    if (!ipv4.isIpv4Header(view, start, packet.end)) return false;
    if (ipv4.ipv4Protocol(view, start) !== IpProtocol.TCP) return false;
    const tcpAt = start + IPV4_LENGTH;
    const flags = tcp.tcpFlags(view, tcpAt);
    const payload = packet.end - tcpAt - tcp.tcpHeaderLength(view, tcpAt);
    if (!packet.checksumVerified) this.unverified += 1;
    this.received += payload;
    if (payload > this.largest) {
      this.largest = payload;
      this.gsoSize = packet.gsoSize;
    }
    const isSyn = (flags & tcp.TcpFlag.SYN) !== 0;
    if (!isSyn) this.isEstablished = true;
    if (!isSyn && payload === 0) return false;
    this.#rcvNxt = seqAdd(tcp.tcpSeq(view, tcpAt), payload + (isSyn ? 1 : 0));
    swap(packet.bytes, start + 12, 4);
    swap(packet.bytes, tcpAt, 2);
    this.#finish(packet, isSyn ? tcp.TcpFlag.SYN | tcp.TcpFlag.ACK : tcp.TcpFlag.ACK, 0);
    return true;
  }

  /** Makes a super-segment of the connection whose last answer is in `packet`. */
  fill(packet: PacketBuffer, payload: number, gsoSize: number): void {
    const payloadAt = packet.start + IPV4_LENGTH + tcp.TCP_MIN_HEADER_LENGTH;
    for (let at = 0; at < payload; at++) packet.bytes[payloadAt + at] = at;
    this.#finish(packet, tcp.TcpFlag.ACK | tcp.TcpFlag.PSH, payload);
    packet.gsoSize = gsoSize;
  }

  #finish(packet: PacketBuffer, flags: number, payload: number): void {
    const { view, start } = packet;
    const tcpAt = start + IPV4_LENGTH;
    const tcpLength = tcp.TCP_MIN_HEADER_LENGTH + payload;
    tcp.setTcpSeq(view, tcpAt, this.#sndNxt);
    tcp.setTcpAck(view, tcpAt, this.#rcvNxt);
    tcp.setTcpLengthAndFlags(view, tcpAt, tcp.TCP_MIN_HEADER_LENGTH, flags);
    tcp.setTcpWindow(view, tcpAt, 0xffff);
    this.#sndNxt = seqAdd(this.#sndNxt, payload + ((flags & tcp.TcpFlag.SYN) !== 0 ? 1 : 0));
    packet.end = tcpAt + tcpLength;
    ipv4.setIpv4TotalLength(view, start, packet.end - start);
    ipv4.setIpv4Checksum(view, start);
    const source = IpAddress.v4(ipv4.ipv4Source(view, start));
    const destination = IpAddress.v4(ipv4.ipv4Destination(view, start));
    const sum = pseudoHeaderSum(source, destination, IpProtocol.TCP) + tcpLength;
    tcp.setTcpChecksum(view, tcpAt, checksumFold(sum));
    packet.gsoSize = 0;
    packet.checksumStart = tcpAt;
    packet.checksumOffset = tcp.TCP_CHECKSUM_OFFSET;
  }
}

/** Finishes a partial checksum in place, for a device that does not. */
export function finishChecksum(packet: PacketBuffer): void {
  const { view, checksumStart, checksumOffset } = packet;
  const sum = checksumAdd(0, view, checksumStart, packet.end);
  view.setUint16(checksumStart + checksumOffset, ~checksumFold(sum) & 0xffff);
  packet.checksumStart = -1;
}

/** Exchanges two neighbouring fields of `length` octets. */
function swap(bytes: Uint8Array, at: number, length: number): void {
  const first = bytes.slice(at, at + length);
  bytes.copyWithin(at, at + length, at + 2 * length);
  bytes.set(first, at + length);
}

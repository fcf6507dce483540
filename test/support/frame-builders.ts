/**
 * Whole frames, as a peer on the wire would send them: every length and every
 * checksum right. They are built with the codecs of src/wire, which test/golden
 * holds to real octets.
 */
import { checksumAdd, checksumFinish } from "../../src/base/checksum.ts";
import type { IpAddress } from "../../src/base/ip-address.ts";
import type { MacAddress } from "../../src/base/mac-address.ts";
import { toSeq } from "../../src/base/seq.ts";
import { type ArpFields, appendArp } from "../../src/wire/arp.ts";
import { EtherType, prependEthernet } from "../../src/wire/ethernet.ts";
import { ICMP_CHECKSUM_OFFSET, ICMP_HEADER_LENGTH, writeIcmpHeader } from "../../src/wire/icmp.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import {
  IPV4_DF,
  IPV4_MF,
  IPV4_MIN_HEADER_LENGTH,
  setIpv4Checksum,
  setIpv4Fragment,
  writeIpv4Header,
} from "../../src/wire/ipv4.ts";
import { IPV6_HEADER_LENGTH, writeIpv6Header } from "../../src/wire/ipv6.ts";
import {
  IPV6_FRAGMENT_HEADER_LENGTH,
  writeIpv6FragmentHeader,
} from "../../src/wire/ipv6-extension.ts";
import { HEADROOM, PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { pseudoHeaderSum } from "../../src/wire/pseudo-header.ts";
import {
  setTcpAck,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpUrgentPointer,
  setTcpWindow,
  TCP_CHECKSUM_OFFSET,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
} from "../../src/wire/tcp-header.ts";
import { UDP_CHECKSUM_OFFSET, UDP_HEADER_LENGTH, writeUdpHeader } from "../../src/wire/udp.ts";

/** Who sends a frame to whom. The family is that of the addresses. */
export interface Ends {
  readonly sourceMac: MacAddress;
  readonly destinationMac: MacAddress;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export interface IpShape {
  /** TTL or hop limit; 64 unless told. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  /** IPv4: options, a multiple of 4 octets. */
  readonly options?: Uint8Array;
}

/** An ARP packet in its frame, without the padding of a real card. */
export function arpFrame(destination: MacAddress, fields: ArpFields): Uint8Array {
  const packet = new PacketBuffer(256);
  packet.reset(64);
  appendArp(packet, fields);
  prependEthernet(packet, destination, fields.senderMac, EtherType.ARP);
  return packet.bytes.slice(packet.start, packet.end);
}

/** An IP packet with `payload` in its frame. */
export function ipFrame(
  ends: Ends,
  protocol: number,
  payload: Uint8Array,
  shape: IpShape = {},
): Uint8Array {
  const packet = new PacketBuffer();
  const options = ends.source.isV4 ? (shape.options ?? new Uint8Array()) : new Uint8Array();
  const headerLength = IPV4_MIN_HEADER_LENGTH + options.length;
  packet.reset(HEADROOM);
  packet.bytes.set(payload, HEADROOM);
  packet.end = HEADROOM + payload.length;
  packet.start -= ends.source.isV4 ? headerLength : IPV6_HEADER_LENGTH;
  if (ends.source.isV4) {
    packet.bytes.set(options, packet.start + IPV4_MIN_HEADER_LENGTH);
    writeIpv4Header(packet.view, packet.start, {
      headerLength,
      totalLength: packet.length,
      tos: shape.trafficClass ?? 0,
      identification: shape.identification ?? 0,
      flags: shape.dontFragment ? IPV4_DF : 0,
      ttl: shape.hopLimit ?? 64,
      protocol,
      source: ends.source.d,
      destination: ends.destination.d,
    });
  } else {
    writeIpv6Header(packet.view, packet.start, {
      trafficClass: shape.trafficClass ?? 0,
      flowLabel: shape.flowLabel ?? 0,
      payloadLength: payload.length,
      nextHeader: protocol,
      hopLimit: shape.hopLimit ?? 64,
      source: ends.source,
      destination: ends.destination,
    });
  }
  const type = ends.source.isV4 ? EtherType.IPV4 : EtherType.IPV6;
  prependEthernet(packet, ends.destinationMac, ends.sourceMac, type);
  return packet.bytes.slice(packet.start, packet.end);
}

export interface FragmentShape extends IpShape {
  /** Where the payload lies in the whole packet, in octets; a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
  readonly identification: number;
}

/** One fragment of a packet. */
export function fragmentFrame(
  ends: Ends,
  protocol: number,
  payload: Uint8Array,
  fragment: FragmentShape,
): Uint8Array {
  if (ends.source.isV4) {
    const frame = ipFrame(ends, protocol, payload, fragment);
    const view = new DataView(frame.buffer);
    setIpv4Fragment(view, ETHERNET, fragment.more ? IPV4_MF : 0, fragment.offset);
    setIpv4Checksum(view, ETHERNET);
    return frame;
  }
  const octets = new Uint8Array(IPV6_FRAGMENT_HEADER_LENGTH + payload.length);
  writeIpv6FragmentHeader(new DataView(octets.buffer), 0, { ...fragment, nextHeader: protocol });
  octets.set(payload, IPV6_FRAGMENT_HEADER_LENGTH);
  return ipFrame(ends, IpProtocol.FRAGMENT, octets, fragment);
}

/** `payload` as fragments of `size` octets, a multiple of 8, but the last. */
export function fragmentFrames(
  ends: Ends,
  protocol: number,
  payload: Uint8Array,
  cut: { readonly size: number; readonly identification: number },
): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; offset += cut.size) {
    const part = payload.subarray(offset, offset + cut.size);
    const more = offset + cut.size < payload.length;
    const { identification } = cut;
    frames.push(fragmentFrame(ends, protocol, part, { offset, more, identification }));
  }
  return frames;
}

/** An ICMP message for the family of `ends`; `word` is the second word of its header. */
export function icmpMessage(
  ends: Ends,
  type: number,
  code: number,
  rest: { readonly word?: number; readonly body?: Uint8Array },
): Uint8Array {
  const body = rest.body ?? new Uint8Array();
  const octets = new Uint8Array(ICMP_HEADER_LENGTH + body.length);
  writeIcmpHeader(new DataView(octets.buffer), 0, type, code, rest.word ?? 0);
  octets.set(body, ICMP_HEADER_LENGTH);
  const sum = ends.source.isV4 ? 0 : upperSum(ends, IpProtocol.ICMPV6, octets.length);
  return sealed(octets, ICMP_CHECKSUM_OFFSET, sum);
}

/** The protocol number of `icmpMessage` between these ends. */
export function icmpProtocol(ends: Ends): number {
  return ends.source.isV4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
}

export function udpDatagram(
  ends: Ends,
  sourcePort: number,
  destinationPort: number,
  payload: Uint8Array,
): Uint8Array {
  const octets = new Uint8Array(UDP_HEADER_LENGTH + payload.length);
  writeUdpHeader(new DataView(octets.buffer), 0, sourcePort, destinationPort, octets.length);
  octets.set(payload, UDP_HEADER_LENGTH);
  return sealed(octets, UDP_CHECKSUM_OFFSET, upperSum(ends, IpProtocol.UDP, octets.length));
}

export interface SegmentShape {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  /** 0 unless told. */
  readonly ack?: number;
  /** `TcpFlag` bits; ACK unless told. */
  readonly flags?: number;
  readonly window?: number;
  readonly urgentPointer?: number;
  /** A multiple of 4 octets. */
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
}

export function tcpSegment(ends: Ends, shape: SegmentShape): Uint8Array {
  const options = shape.options ?? new Uint8Array();
  const payload = shape.payload ?? new Uint8Array();
  const headerLength = TCP_MIN_HEADER_LENGTH + options.length;
  const octets = new Uint8Array(headerLength + payload.length);
  const view = new DataView(octets.buffer);
  setTcpPorts(view, 0, shape.sourcePort, shape.destinationPort);
  setTcpSeq(view, 0, toSeq(shape.seq));
  setTcpAck(view, 0, toSeq(shape.ack ?? 0));
  setTcpLengthAndFlags(view, 0, headerLength, shape.flags ?? TcpFlag.ACK);
  setTcpWindow(view, 0, shape.window ?? 0xffff);
  setTcpUrgentPointer(view, 0, shape.urgentPointer ?? 0);
  octets.set(options, TCP_MIN_HEADER_LENGTH);
  octets.set(payload, headerLength);
  return sealed(octets, TCP_CHECKSUM_OFFSET, upperSum(ends, IpProtocol.TCP, octets.length));
}

/** The IP packet inside a frame: what an ICMP error quotes of it. */
export function quoteOf(frame: Uint8Array, maxOctets = 548): Uint8Array {
  return frame.slice(ETHERNET, ETHERNET + maxOctets);
}

/** The same two ends, the other way. */
export function reversed(ends: Ends): Ends {
  return {
    sourceMac: ends.destinationMac,
    destinationMac: ends.sourceMac,
    source: ends.destination,
    destination: ends.source,
  };
}

const ETHERNET = 14;

function upperSum(ends: Ends, protocol: number, length: number): number {
  return pseudoHeaderSum(ends.source, ends.destination, protocol) + length;
}

/** Fills in the checksum of `octets`, whose field holds 0. */
function sealed(octets: Uint8Array, checksumAt: number, pseudoSum: number): Uint8Array {
  const view = new DataView(octets.buffer);
  const sum = checksumFinish(checksumAdd(pseudoSum, view, 0, octets.length));
  view.setUint16(checksumAt, sum);
  return octets;
}

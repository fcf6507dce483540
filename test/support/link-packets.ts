import { checksum } from "../../src/base/checksum.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { toSeq } from "../../src/base/seq.ts";
import { addressSum, setPartialTcpChecksum } from "../../src/link/segmentation.ts";
import { EtherType, prependEthernet } from "../../src/wire/ethernet.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { IPV4_DF, writeIpv4Header } from "../../src/wire/ipv4.ts";
import { writeIpv6Header } from "../../src/wire/ipv6.ts";
import { HEADROOM, PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  setTcpAck,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpWindow,
  TcpFlag,
} from "../../src/wire/tcp-header.ts";
import { writeNop, writeTimestampsOption } from "../../src/wire/tcp-options.ts";

export const MAC_A: MacAddress = new MacAddress(0x0200, 0xa);
export const MAC_B: MacAddress = new MacAddress(0x0200, 0xb);

export interface TcpPacketShape {
  readonly family?: 4 | 6;
  readonly medium?: "ethernet" | "ip";
  readonly payload?: Uint8Array | number;
  readonly gsoSize?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly sourcePort?: number;
  readonly identification?: number;
  /** Octets of IPv4 options (a multiple of 4) or of an IPv6 destination header (of 8). */
  readonly extraHeader?: number;
  /** TSval and TSecr; none unless told. */
  readonly timestamps?: readonly [number, number];
  /** Leave the checksum partial; the default. */
  readonly partial?: boolean;
  readonly destination?: MacAddress;
  readonly source?: MacAddress;
  readonly ttl?: number;
}

/** A TCP packet as the stack would hand it to a device. */
export function tcpPacket(shape: TcpPacketShape = {}): PacketBuffer {
  const packet = new PacketBuffer();
  packet.reset(HEADROOM);
  const networkAt = packet.start;
  const family = shape.family ?? 4;
  const extra = shape.extraHeader ?? 0;
  const transportAt = networkAt + (family === 4 ? 20 : 40) + extra;
  const optionsEnd = transportAt + 20 + (shape.timestamps ? 12 : 0);
  const payload = octetsOf(shape.payload ?? 0);
  packet.bytes.set(payload, optionsEnd);
  packet.end = optionsEnd + payload.length;
  writeTcp(packet, transportAt, optionsEnd, shape);
  if (family === 4) writeV4(packet, networkAt, extra, shape);
  else writeV6(packet, networkAt, extra, shape);
  setPartialTcpChecksum(
    packet,
    transportAt,
    addressSum(packet.view, networkAt) + IpProtocol.TCP + packet.end - transportAt,
  );
  packet.gsoSize = shape.gsoSize ?? 0;
  if (shape.partial === false) {
    const sum = checksum(packet.view, transportAt, packet.end);
    packet.view.setUint16(transportAt + 16, sum);
    packet.checksumStart = -1;
  }
  if ((shape.medium ?? "ethernet") === "ethernet") {
    const type = family === 4 ? EtherType.IPV4 : EtherType.IPV6;
    prependEthernet(packet, shape.destination ?? MAC_B, shape.source ?? MAC_A, type);
  }
  return packet;
}

/** An Ethernet frame of `octets` payload octets with no meaning. */
export function plainFrame(
  destination: MacAddress,
  source: MacAddress,
  octets = 46,
  fill = 0,
): PacketBuffer {
  const packet = new PacketBuffer(2048);
  packet.reset();
  packet.bytes.fill(fill, packet.start, packet.start + octets);
  packet.end = packet.start + octets;
  prependEthernet(packet, destination, source, 0x88b5);
  return packet;
}

/** The octets of a packet, copied. */
export function octetsIn(packet: PacketBuffer): Uint8Array {
  return packet.bytes.slice(packet.start, packet.end);
}

function octetsOf(payload: Uint8Array | number): Uint8Array {
  if (typeof payload !== "number") return payload;
  return Uint8Array.from({ length: payload }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

function writeTcp(packet: PacketBuffer, at: number, end: number, shape: TcpPacketShape): void {
  const { view } = packet;
  setTcpPorts(view, at, shape.sourcePort ?? 40_000, 80);
  setTcpSeq(view, at, toSeq(shape.seq ?? 1000));
  setTcpAck(view, at, toSeq(shape.ack ?? 2000));
  setTcpLengthAndFlags(view, at, end - at, shape.flags ?? TcpFlag.ACK);
  setTcpWindow(view, at, 0xfff0);
  if (!shape.timestamps) return;
  const optionsAt = writeNop(view, writeNop(view, at + 20));
  writeTimestampsOption(view, optionsAt, shape.timestamps[0], shape.timestamps[1]);
}

function writeV4(packet: PacketBuffer, at: number, extra: number, shape: TcpPacketShape): void {
  packet.bytes.fill(1, at + 20, at + 20 + extra);
  writeIpv4Header(packet.view, at, {
    headerLength: 20 + extra,
    totalLength: packet.end - at,
    tos: 0,
    identification: shape.identification ?? 0x1234,
    flags: IPV4_DF,
    ttl: shape.ttl ?? 64,
    protocol: IpProtocol.TCP,
    source: 0x0a00_0001,
    destination: 0x0a00_0002,
  });
}

function writeV6(packet: PacketBuffer, at: number, extra: number, shape: TcpPacketShape): void {
  if (extra > 0) {
    packet.bytes.fill(0, at + 40, at + 40 + extra);
    packet.view.setUint8(at + 40, IpProtocol.TCP);
    packet.view.setUint8(at + 41, extra / 8 - 1);
  }
  writeIpv6Header(packet.view, at, {
    trafficClass: 0,
    flowLabel: 0x12345,
    payloadLength: packet.end - at - 40,
    nextHeader: extra > 0 ? IpProtocol.DESTINATION_OPTIONS : IpProtocol.TCP,
    hopLimit: shape.ttl ?? 64,
    source: address("2001:db8::1"),
    destination: address("2001:db8::2"),
  });
}

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

import assert from "node:assert/strict";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { SimNetwork } from "../../src/sim/sim-network.ts";
import { icmpCode, icmpType } from "../../src/wire/icmp.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { udpChecksum, udpDestinationPort, udpLength, udpSourcePort } from "../../src/wire/udp.ts";
import { type Ends, type IpShape, icmpMessage, icmpProtocol, ipFrame } from "./frame-builders.ts";
import { FakeDevice } from "./link-devices.ts";
import { Party } from "./socket-world.ts";

const ETHERNET = 14;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** An IP packet that the host sent. */
export interface SentPacket {
  readonly isV6: boolean;
  readonly protocol: number;
  /** The whole packet, and where the transport header is. */
  readonly octets: Uint8Array;
  readonly view: DataView;
  readonly at: number;
}

/**
 * One host whose only card is the test itself, without Ethernet: packets are
 * put in and taken out octet by octet. The host is 10.0.0.1 and fd00::1, the
 * peer .2.
 */
export class DatagramWire {
  readonly net: SimNetwork;
  readonly host: Party;
  readonly device: FakeDevice;

  constructor(mtu = 1500) {
    this.net = new SimNetwork({ seed: 1 });
    this.host = new Party(this.net, "host");
    this.device = new FakeDevice({ medium: "ip", mtu });
    this.host.plug(this.device, ["10.0.0.1/24", "fd00::1/64"]);
    this.settle();
    this.device.sent.length = 0;
  }

  settle(ms = 100): void {
    this.net.runSync({ forMs: ms });
  }

  /** From the peer to the host, of one family; either address can be replaced. */
  ends(family: "v4" | "v6", given: { source?: string; destination?: string } = {}): Ends {
    const prefix = family === "v4" ? "10.0.0." : "fd00::";
    return {
      sourceMac: MacAddress.ZERO,
      destinationMac: MacAddress.ZERO,
      source: address(given.source ?? `${prefix}2`),
      destination: address(given.destination ?? `${prefix}1`),
    };
  }

  /** Delivers a UDP datagram, whole as given. */
  inject(ends: Ends, datagram: Uint8Array, shape: IpShape = {}): void {
    this.injectPacket(ipFrame(ends, IpProtocol.UDP, datagram, shape).subarray(ETHERNET));
  }

  /** Delivers an ICMP error about `packet`, from the peer. */
  injectError(packet: SentPacket, type: number, code: number, word = 0): void {
    const ends = this.ends(packet.isV6 ? "v6" : "v4");
    const message = icmpMessage(ends, type, code, { word, body: packet.octets });
    this.injectPacket(ipFrame(ends, icmpProtocol(ends), message).subarray(ETHERNET));
  }

  injectPacket(octets: Uint8Array): void {
    const packet = new PacketBuffer();
    packet.reset();
    packet.bytes.set(octets, packet.start);
    packet.end = packet.start + octets.length;
    this.device.waiting.push(packet);
    this.device.owner?.wake();
    this.settle();
  }

  /** What the host has sent since the last time. */
  take(): SentPacket[] {
    return this.device.sent.splice(0).map(({ octets }) => {
      const isV6 = (octets[0] as number) >> 4 === 6;
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      const protocol = octets[isV6 ? 6 : 9] as number;
      return { isV6, protocol, octets, view, at: isV6 ? IPV6_HEADER : IPV4_HEADER };
    });
  }

  /** The one packet the host has sent. */
  takeOne(): SentPacket {
    const [packet, ...more] = this.take();
    assert.ok(
      packet !== undefined && more.length === 0,
      `${more.length + (packet ? 1 : 0)} packets`,
    );
    return packet;
  }

  dropped(reason: Parameters<Party["host"]["stack"]["counters"]["dropped"]>[0]): number {
    return this.host.host.stack.counters.dropped(reason);
  }
}

export function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed, text);
  return parsed;
}

/** Ports, length and checksum of a UDP packet. */
export function udpHeader({ view, at }: SentPacket): number[] {
  return [
    udpSourcePort(view, at),
    udpDestinationPort(view, at),
    udpLength(view, at),
    udpChecksum(view, at),
  ];
}

export function icmpHeader({ view, at }: SentPacket): number[] {
  return [icmpType(view, at), icmpCode(view, at)];
}

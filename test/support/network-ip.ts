/** Interfaces and packets for tests of one part of the IP layer alone. */
import { IpAddress } from "../../src/base/ip-address.ts";
import { parseCidr } from "../../src/base/ip-prefix.ts";
import { InterfaceAddress, IpInterface, type LinkOutput } from "../../src/ip/interface.ts";
import type { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { packetWith } from "./network-parts.ts";

/** A link that keeps what it is told. */
export class TestLink implements LinkOutput {
  readonly sent: { readonly octets: Uint8Array; readonly nextHop: string }[] = [];
  readonly log: string[] = [];
  isFull = false;

  send(packet: PacketBuffer, nextHop: IpAddress): boolean {
    if (this.isFull) return false;
    const octets = packet.bytes.slice(packet.start, packet.end);
    this.sent.push({ octets, nextHop: nextHop.toString() });
    return true;
  }

  confirm(nextHop: IpAddress, now: number): void {
    this.log.push(`confirm ${nextHop} at ${now}`);
  }

  suspect(nextHop: IpAddress, now: number): void {
    this.log.push(`suspect ${nextHop} at ${now}`);
  }

  neighborDiscovery(packet: PacketBuffer): void {
    this.log.push(`nd ${packet.end - packet.transportAt}`);
  }

  joinGroup(group: IpAddress): void {
    this.log.push(`join ${group}`);
  }

  leaveGroup(group: IpAddress): void {
    this.log.push(`leave ${group}`);
  }
}

export function testInterface(
  options: {
    index?: number;
    name?: string;
    mtu?: number;
    isLoopback?: boolean;
    addresses?: readonly string[];
    link?: LinkOutput;
  } = {},
): IpInterface {
  const { index = 1, mtu = 1500, isLoopback = false, addresses = [] } = options;
  const link = options.link ?? new TestLink();
  const iface = new IpInterface({
    index,
    name: options.name ?? `eth${index}`,
    mtu,
    isLoopback,
    link,
  });
  for (const text of addresses) {
    const cidr = parseCidr(text);
    if (cidr === null) throw new Error(`not an address with prefix length: ${text}`);
    iface.add(new InterfaceAddress(cidr.address, cidr.length, "preferred"));
  }
  return iface;
}

/** The IP packet of a frame, as the link hands it over. */
export function ipPacket(frame: Uint8Array): PacketBuffer {
  const packet = packetWith(frame.slice(14));
  packet.networkAt = packet.start;
  return packet;
}

/** The address that a packet's words make. */
export function sourceOf(packet: PacketBuffer): string {
  const { sourceA, sourceB, sourceC, sourceD } = packet;
  return new IpAddress(sourceA, sourceB, sourceC, sourceD).toString();
}

export function destinationOf(packet: PacketBuffer): string {
  const { destinationA, destinationB, destinationC, destinationD } = packet;
  return new IpAddress(destinationA, destinationB, destinationC, destinationD).toString();
}

import { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { DatagramQueue } from "./datagram-queue.ts";

/**
 * One end of datagram communication: its names, who it listens to, and what
 * it has received. Knows nothing of the network it hangs on.
 */
export class DatagramEndpoint {
  /** `ANY4` or `ANY6` until it has an address of its own. */
  localAddress: IpAddress;
  /** 0 until bound. */
  localPort = 0;
  /** Null while not connected. */
  remoteAddress: IpAddress | null = null;
  remotePort = 0;
  /** Only datagrams of this interface; 0 is every interface. */
  interfaceIndex = 0;
  /** `ANY6` then takes no IPv4. */
  v6Only = false;
  readonly queue: DatagramQueue;

  constructor(isV6: boolean, receiveBufferOctets: number) {
    this.localAddress = isV6 ? IpAddress.ANY6 : IpAddress.ANY4;
    this.queue = new DatagramQueue(receiveBufferOctets);
  }

  /**
   * How well a received datagram fits this endpoint, 0 when not at all. The
   * more an endpoint asks for, the better it fits: a connected one before a
   * bound one before a wildcard (UDP-18).
   */
  score(packet: PacketBuffer, sourcePort: number, interfaceIndex: number): number {
    const isV4 =
      packet.destinationC === 0xffff && packet.destinationA === 0 && packet.destinationB === 0;
    let score = 1;
    const local = this.localAddress;
    if (local.isUnspecified) {
      if (local.isV4 ? !isV4 : isV4 && this.v6Only) return 0;
      if (local.isV4) score++;
    } else {
      if (!isDestination(packet, local)) return 0;
      score += EXACT;
    }
    const remote = this.remoteAddress;
    if (remote !== null) {
      if (sourcePort !== this.remotePort || !isSource(packet, remote)) return 0;
      score += 2 * EXACT;
    }
    if (this.interfaceIndex !== 0) {
      if (interfaceIndex !== this.interfaceIndex) return 0;
      score += EXACT;
    }
    return score;
  }

  /**
   * The same for the sender of a datagram that an ICMP error quotes: whether
   * it may have come from here (UDP-27).
   */
  scoreSent(local: IpAddress, remote: IpAddress, remotePort: number): number {
    let score = 1;
    if (this.localAddress.isUnspecified) {
      if (this.localAddress.isV4 ? !local.isV4 : local.isV4 && this.v6Only) return 0;
      if (this.localAddress.isV4) score++;
    } else {
      if (!this.localAddress.equals(local)) return 0;
      score += EXACT;
    }
    if (this.remoteAddress !== null) {
      if (this.remotePort !== remotePort || !this.remoteAddress.equals(remote)) return 0;
      score += 2 * EXACT;
    }
    return score;
  }
}

/** Weight of each thing that matches exactly; more than all lesser ones together. */
const EXACT = 4;

function isSource(packet: PacketBuffer, { a, b, c, d }: IpAddress): boolean {
  return (
    packet.sourceD === d && packet.sourceC === c && packet.sourceB === b && packet.sourceA === a
  );
}

function isDestination(packet: PacketBuffer, { a, b, c, d }: IpAddress): boolean {
  return (
    packet.destinationD === d &&
    packet.destinationC === c &&
    packet.destinationB === b &&
    packet.destinationA === a
  );
}

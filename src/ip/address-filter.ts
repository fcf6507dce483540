import type { DropReason } from "../base/drop-reason.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { IpInterface } from "./interface.ts";

/**
 * Which arriving packets are for this host, and which cannot be honest.
 *
 * Netloom is a weak end system, as Linux is (RFC 1122 §3.3.4.2): a packet for
 * any of its addresses is taken from any interface, but loopback and
 * link-local addresses only where they belong. All on words, since it stands
 * in the way of every packet.
 */
export class AddressFilter {
  readonly #interfaces: readonly IpInterface[];

  constructor(interfaces: readonly IpInterface[]) {
    this.#interfaces = interfaces;
  }

  /** Why the packet is dropped for its addresses, or null. */
  faultOf(packet: PacketBuffer, isV6: boolean, iface: IpInterface): DropReason | null {
    return isV6 ? this.#faultV6(packet, iface) : this.#faultV4(packet, iface);
  }

  #faultV4(packet: PacketBuffer, iface: IpInterface): DropReason | null {
    const source = packet.sourceD;
    const destination = packet.destinationD;
    // RFC 1122 §3.2.1.3: multicast, class E with the broadcast, and 127/8 from outside.
    if (source >>> 28 >= 0xe) return "ip-bad-source";
    if (!iface.isLoopback) {
      if (source >>> 24 === 127) return "ip-bad-source";
      if (destination >>> 24 === 127) return "ip-bad-destination";
      // Our own address from outside is a forgery: LAND, among others.
      if (this.#isUnicast(0, 0, 0xffff, source, iface)) {
        return "ip-bad-source";
      }
      if (source !== 0 && iface.isBroadcast(source)) return "ip-bad-source";
    }
    if (this.#isUnicast(0, 0, 0xffff, destination, iface)) {
      // RFC 1122 §3.3.6.
      if (packet.linkBroadcast) return "ip-link-broadcast";
      return source === 0 ? "ip-bad-source" : null;
    }
    if (destination >>> 28 === 0xe) {
      return iface.groups.has(0, 0, 0xffff, destination) ? null : "ip-not-for-us";
    }
    return iface.isBroadcast(destination) ? null : "ip-not-for-us";
  }

  #faultV6(packet: PacketBuffer, iface: IpInterface): DropReason | null {
    const { sourceA: a, sourceB: b, sourceC: c, sourceD: d } = packet;
    const { destinationA, destinationB, destinationC, destinationD } = packet;
    const toGroup = destinationA >>> 24 === 0xff;
    // RFC 4291 §2.7: never a multicast source.
    if (a >>> 24 === 0xff) return "ip-bad-source";
    // A v4-mapped address on the wire would pass for IPv4 inside (RFC 4942 §2.2).
    if (isMapped(a, b, c)) return "ip-bad-source";
    if (isMapped(destinationA, destinationB, destinationC)) return "ip-bad-destination";
    const isLow = a === 0 && b === 0 && c === 0;
    // Unspecified: only in Neighbor Discovery, to a group (RFC 4291 §2.5.2).
    if (isLow && d === 0 && !toGroup) return "ip-bad-source";
    if (!iface.isLoopback) {
      if (isLow && d === 1) return "ip-bad-source";
      // ICMPv6 must see a node that has our address, to say so (RFC 4862 §5.4.4).
      if (packet.protocol !== IpProtocol.ICMPV6 && this.#isUnicast(a, b, c, d, iface)) {
        return "ip-bad-source";
      }
      if (destinationD === 1 && (destinationA | destinationB | destinationC) === 0) {
        return "ip-bad-destination";
      }
    }
    if (toGroup) {
      const isMember = iface.groups.has(destinationA, destinationB, destinationC, destinationD);
      return isMember ? null : "ip-not-for-us";
    }
    const isOurs = this.#isUnicast(destinationA, destinationB, destinationC, destinationD, iface);
    return isOurs ? null : "ip-not-for-us";
  }

  /** Whether the address is ours: here, or, unless it is link-local IPv6, on any interface. */
  #isUnicast(a: number, b: number, c: number, d: number, iface: IpInterface): boolean {
    if (iface.hasAddress(a, b, c, d)) return true;
    if (this.#interfaces.length === 1 || (a >>> 22 === 0x3fa && !iface.isLoopback)) return false;
    for (let i = 0; i < this.#interfaces.length; i++) {
      if (this.#interfaces[i]!.hasAddress(a, b, c, d)) return true;
    }
    return false;
  }
}

function isMapped(a: number, b: number, c: number): boolean {
  return c === 0xffff && a === 0 && b === 0;
}

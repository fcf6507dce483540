/** Owners that keep what the parts of a link tell them, for tests of one part alone. */
import type { IpAddress } from "../../src/base/ip-address.ts";
import type { MacAddress } from "../../src/base/mac-address.ts";
import type { ClaimOwner } from "../../src/link/address-claims.ts";
import type { LinkOwner } from "../../src/link/link-owner.ts";
import type { Neighbor } from "../../src/link/neighbor.ts";
import type { NeighborOwner } from "../../src/link/neighbor-cache.ts";
import { HEADROOM, PacketBuffer } from "../../src/wire/packet-buffer.ts";

/** Notes every call as one line. */
export interface Log {
  readonly log: string[];
}

export function neighborOwner(): NeighborOwner & Log {
  const log: string[] = [];
  return {
    log,
    solicit: ({ address }: Neighbor, unicast: boolean) => {
      log.push(`solicit ${address}${unicast ? " itself" : ""}`);
    },
    sendQueued: (packet: PacketBuffer, mac: MacAddress) => {
      log.push(`send ${packet.end - packet.start} to ${mac}`);
    },
    onUnresolved: (packet: PacketBuffer) => {
      log.push(`unresolved ${packet.end - packet.start}`);
    },
    onReachability: (address: IpAddress, reachable: boolean) => {
      log.push(`${address} ${reachable ? "lives" : "is gone"}`);
    },
    onRouterLost: (address: IpAddress) => {
      log.push(`${address} is no router`);
    },
  };
}

export function claimOwner(): ClaimOwner & Log {
  const log: string[] = [];
  const note = (event: string) => (address: IpAddress) => {
    log.push(`${event} ${address}`);
  };
  return {
    log,
    probe: note("probe"),
    announce: note("announce"),
    onAddressAssigned: note("assigned"),
    onAddressLost: note("lost"),
  };
}

export function linkOwner(): LinkOwner & Log & { followsRedirects: boolean } {
  const log: string[] = [];
  return {
    log,
    followsRedirects: true,
    onIp: (packet) => {
      log.push(`ip ${packet.end - packet.start}`);
    },
    onUnresolved: (packet) => {
      log.push(`unresolved ${packet.end - packet.start}`);
    },
    onReachability: (address, reachable) => {
      log.push(`${address} ${reachable ? "lives" : "is gone"}`);
    },
    onRouterLost: (address) => {
      log.push(`${address} is no router`);
    },
    onAddressAssigned: (address) => {
      log.push(`assigned ${address}`);
    },
    onAddressLost: (address) => {
      log.push(`lost ${address}`);
    },
    onRedirect({ destination, target, router }) {
      log.push(`redirect ${destination} to ${target} by ${router}`);
      return this.followsRedirects;
    },
    onRouterAdvertisement: ({ router, lifetimeMs }) => {
      log.push(`router ${router} for ${lifetimeMs}`);
    },
  };
}

/** A packet that holds `octets` where a packet of the stack would. */
export function packetWith(octets: Uint8Array, at: number = HEADROOM): PacketBuffer {
  const packet = new PacketBuffer(Math.max(at + octets.length, 2 * HEADROOM));
  packet.reset(at);
  packet.bytes.set(octets, at);
  packet.end = at + octets.length;
  return packet;
}

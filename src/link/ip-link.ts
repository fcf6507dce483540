import type { Counters } from "../base/counters.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { Device } from "./device.ts";
import type { Link, NeighborView } from "./link.ts";
import type { LinkOwner } from "./link-owner.ts";

/** A link of bare IP packets, TUN or loopback: no framing, no neighbours, nobody to share addresses with. */
export class IpLink implements Link {
  readonly #device: Device;
  readonly #counters: Counters;
  readonly #owner: LinkOwner;
  readonly #name: string;

  constructor(parts: { device: Device; counters: Counters; owner: LinkOwner; name: string }) {
    this.#device = parts.device;
    this.#counters = parts.counters;
    this.#owner = parts.owner;
    this.#name = parts.name;
  }

  input(packet: PacketBuffer, now: number): void {
    packet.linkBroadcast = false;
    packet.linkMulticast = false;
    this.#owner.onIp(packet, now);
  }

  send(packet: PacketBuffer, _nextHop: IpAddress, now: number): boolean {
    if (this.#device.transmit(packet, now)) return true;
    this.#counters.drop("link-queue-full", this.#name);
    return false;
  }

  confirm(_nextHop: IpAddress, _now: number): void {}

  suspect(_nextHop: IpAddress, _now: number): void {}

  joinGroup(_group: IpAddress): void {}

  leaveGroup(_group: IpAddress): void {}

  /** There are no neighbours to discover. */
  neighborDiscovery(_packet: PacketBuffer, _now: number): void {
    this.#counters.drop("nd-not-for-us", this.#name);
  }

  claimAddress(address: IpAddress, now: number): void {
    this.#owner.onAddressAssigned(address, now);
  }

  releaseAddress(_address: IpAddress): void {}

  neighbors(): NeighborView[] {
    return [];
  }

  setPermanentNeighbor(_address: IpAddress, _mac: MacAddress, _now: number): void {}

  flushNeighbors(_now: number): void {}

  handleTimeout(_now: number): void {}

  pollTimeout(): number {
    return Infinity;
  }
}

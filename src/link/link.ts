import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** A neighbour as `ip neigh` shows it. */
export interface NeighborView {
  readonly address: IpAddress;
  readonly mac: MacAddress | null;
  readonly state: string;
  readonly isRouter: boolean;
}

/** What stands between the network layer and a device: framing and address resolution. */
export interface Link {
  /** A frame has arrived; `packet.start` is at its first octet. */
  input(packet: PacketBuffer, now: number): void;
  /** Sends an IP packet to a neighbour, a group or everybody; false when it was dropped here. */
  send(packet: PacketBuffer, nextHop: IpAddress, now: number): boolean;
  confirm(nextHop: IpAddress, now: number): void;
  suspect(nextHop: IpAddress, now: number): void;
  joinGroup(group: IpAddress): void;
  leaveGroup(group: IpAddress): void;
  neighborDiscovery(packet: PacketBuffer, now: number): void;
  /** Claims an address; the owner hears how it ends, maybe before this returns. */
  claimAddress(address: IpAddress, now: number): void;
  releaseAddress(address: IpAddress): void;
  neighbors(): NeighborView[];
  /** An entry that no protocol changes; without meaning where there are no neighbours. */
  setPermanentNeighbor(address: IpAddress, mac: MacAddress, now: number): void;
  /** Forgets every neighbour but those set by hand, as when the card was plugged in elsewhere. */
  flushNeighbors(now: number): void;
  handleTimeout(now: number): void;
  pollTimeout(): number;
}

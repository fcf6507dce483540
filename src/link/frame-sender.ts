import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What the protocols of a link send their own packets through. */
export interface FrameSender {
  /** Of the interface, for counters. */
  readonly name: string;
  readonly mac: MacAddress;
  /** Puts an Ethernet header in front of the packet and sends it. */
  sendFrame(packet: PacketBuffer, to: MacAddress, type: number, now: number): boolean;
}

import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What a device can finish for us, so that the stack need not (virtio-net's terms). */
export interface Offload {
  /** Takes TCP super-segments (`gsoSize` > 0) and splits them itself. */
  readonly segmentation: boolean;
  /** Takes packets whose transport checksum is partial. */
  readonly checksum: boolean;
}

export const NO_OFFLOAD: Offload = { segmentation: false, checksum: false };
export const FULL_OFFLOAD: Offload = { segmentation: true, checksum: true };

/** Who is told when a device wants attention. */
export interface DeviceOwner {
  /** Frames wait, room came free, or `pollTimeout` moved earlier: take a turn soon. Safe to call from anywhere. */
  wake(): void;
  /** The same, from the top of the event loop: the turn may be taken before this returns. */
  run(): void;
}

export type FrameSink = (packet: PacketBuffer) => void;

/**
 * A network card. Frames are borrowed in both directions (see
 * `PacketBuffer`): a device that queues must copy, and what it delivers is
 * the sink's only until the sink returns.
 *
 * Middleware (tracer, capture, faults, software offload) is a `Device` around
 * a `Device`.
 */
export interface Device {
  readonly name: string;
  /** `ethernet`: frames with a 14-octet header. `ip`: bare IP packets (TUN, loopback). */
  readonly medium: "ethernet" | "ip";
  /** Largest IP packet in octets, 68 (1280 for IPv6) … 65,535. */
  readonly mtu: number;
  /** The card's own address; null on medium `ip`. */
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;

  /** Gives the device its owner; once, before anything else. */
  attach(owner: DeviceOwner): void;
  /**
   * Sends one frame, from the Ethernet header (or IP header) on. False when the
   * device has no room: nothing was taken, and `wake` is called when there is.
   */
  transmit(packet: PacketBuffer, now: number): boolean;
  /** Hands up to `budget` frames that have arrived by `now` to `sink`; true if more may be waiting. */
  receive(sink: FrameSink, budget: number, now: number): boolean;
  /** When `receive` is next worth a call without a `wake`; Infinity when only `wake` will tell. */
  pollTimeout(): number;
  /** Takes the device down and gives back what it holds. Idempotent. */
  close(): void;
}

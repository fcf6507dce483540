import type { MacAddress } from "../base/mac-address.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  FULL_OFFLOAD,
  type Offload,
} from "./device.ts";
import { finishChecksum, Segmenter } from "./segmentation.ts";

/**
 * Gives a device what it lacks of offload: splits super-segments and finishes
 * checksums as late as possible, so that the stack above always works in large
 * pieces. What the device below can do itself is left to it.
 */
export class OffloadEdge implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload = FULL_OFFLOAD;
  /** Super-segments that were no whole TCP packet and were dropped: a defect above, or a hostile guest. */
  badOffloads = 0;
  readonly #device: Device;
  readonly #segmenter: Segmenter;
  /** The segment being sent; holds one that was refused while `#segmentWaits`. */
  readonly #segment = new PacketBuffer();
  #segmentWaits = false;
  /** Copy of a super-segment that the device took only a part of. Made on first need. */
  #rest: PacketBuffer | null = null;

  constructor(device: Device) {
    this.name = device.name;
    this.medium = device.medium;
    this.mtu = device.mtu;
    this.macAddress = device.macAddress;
    this.#device = device;
    this.#segmenter = new Segmenter(device.medium, device.offload.checksum);
  }

  attach(owner: DeviceOwner): void {
    this.#device.attach(owner);
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    // Order must hold: the rest of an earlier packet goes first, and nothing overtakes it.
    if (!this.#flush(now)) return false;
    if (packet.gsoSize > 0 && !this.#device.offload.segmentation) return this.#split(packet, now);
    if (!this.#device.offload.checksum) finishChecksum(packet);
    return this.#device.transmit(packet, now);
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    // A wake may have said that there is room again.
    this.#flush(now);
    return this.#device.receive(sink, budget, now);
  }

  pollTimeout(): number {
    return this.#device.pollTimeout();
  }

  close(): void {
    this.#segmentWaits = false;
    this.#rest = null;
    this.#device.close();
  }

  #split(packet: PacketBuffer, now: number): boolean {
    if (!this.#segmenter.begin(packet)) {
      this.badOffloads++;
      return true;
    }
    let taken = 0;
    while (this.#segmenter.next(this.#segment)) {
      if (this.#device.transmit(this.#segment, now)) {
        taken++;
        continue;
      }
      // Nothing of it has gone out: the caller may keep it.
      if (taken === 0) return false;
      this.#keepRest(packet);
      return true;
    }
    return true;
  }

  /** The caller's packet was taken in part, so it counts as taken: the rest must live on here. */
  #keepRest(packet: PacketBuffer): void {
    this.#segmentWaits = true;
    if (!this.#segmenter.pending) return;
    let rest = this.#rest;
    if (rest === null || rest.bytes.length < packet.end)
      rest = new PacketBuffer(packet.bytes.length);
    rest.copyFrom(packet);
    this.#segmenter.continueFrom(rest);
    this.#rest = rest;
  }

  /** Sends what an earlier packet left behind; true when nothing is left. */
  #flush(now: number): boolean {
    if (!this.#segmentWaits) return true;
    do {
      if (!this.#device.transmit(this.#segment, now)) return false;
    } while (this.#segmenter.next(this.#segment));
    this.#segmentWaits = false;
    return true;
  }
}

import type { MacAddress } from "../base/mac-address.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import type { Device, DeviceOwner, FrameSink, Offload } from "./device.ts";

/** Packets that a full device may leave waiting, as Linux's txqueuelen. */
const DEFAULT_LIMIT = 1000;

/**
 * A bounded queue above a device that may be full: what the device refuses
 * waits here and goes first when it has room again. Transport looks at
 * `isBacklogged` before it builds the next segment, so that a fast sender
 * fills its own send buffer and not this queue (TCP small queues).
 */
export class TransmitQueue implements Device {
  readonly #device: Device;
  readonly #limit: number;
  readonly #waiting: PacketBuffer[] = [];
  #head = 0;
  #free: PacketBuffer[] = [];
  /** Packets lost because the queue was full. */
  dropped = 0;

  constructor(device: Device, limit: number = DEFAULT_LIMIT) {
    this.#device = device;
    this.#limit = limit;
  }

  get name(): string {
    return this.#device.name;
  }

  get medium(): "ethernet" | "ip" {
    return this.#device.medium;
  }

  get mtu(): number {
    return this.#device.mtu;
  }

  get macAddress(): MacAddress | null {
    return this.#device.macAddress;
  }

  get offload(): Offload {
    return this.#device.offload;
  }

  /** Whether packets wait: nothing more should be built for this device now. */
  get isBacklogged(): boolean {
    return this.#head < this.#waiting.length;
  }

  attach(owner: DeviceOwner): void {
    this.#device.attach(owner);
  }

  /** False only when the queue is full too; the packet is then lost, and counted. */
  transmit(packet: PacketBuffer, now: number): boolean {
    if (!this.isBacklogged && this.#device.transmit(packet, now)) return true;
    if (this.#waiting.length - this.#head >= this.#limit) {
      this.dropped++;
      return false;
    }
    this.#enqueue(packet);
    return true;
  }

  /** Sends what waits, as far as the device has room. */
  drain(now: number): void {
    while (this.#head < this.#waiting.length) {
      const packet = this.#waiting[this.#head] as PacketBuffer;
      if (!this.#device.transmit(packet, now)) return;
      this.#head++;
      if (this.#free.length < FREE_LIMIT) this.#free.push(packet);
    }
    this.#waiting.length = 0;
    this.#head = 0;
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    return this.#device.receive(sink, budget, now);
  }

  pollTimeout(): number {
    return this.#device.pollTimeout();
  }

  close(): void {
    this.#waiting.length = 0;
    this.#head = 0;
    this.#device.close();
  }

  #enqueue(packet: PacketBuffer): void {
    const needed = packet.end + SLACK;
    let copy = this.#free.pop();
    if (copy === undefined || copy.bytes.length < needed) copy = new PacketBuffer(needed);
    copy.copyFrom(packet);
    this.#waiting.push(copy);
  }
}

/** Buffers kept for the next backlog. */
const FREE_LIMIT = 16;
/** Room behind the packet for a device that pads. */
const SLACK = 64;

import { NO_PARTIAL_CHECKSUM, type PacketBuffer } from "../wire/packet-buffer.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  FULL_OFFLOAD,
  type Offload,
} from "./device.ts";
import { DEFAULT_QUEUE_LIMITS, FrameQueue } from "./frame-queue.ts";

export interface LoopbackOptions {
  /** `lo` unless told. */
  readonly name?: string;
  readonly queuePackets?: number;
  readonly queueOctets?: number;
}

/**
 * The interface of a host to itself. What is sent is received on the next
 * turn, never inside `transmit`: sending must not re-enter the sender.
 *
 * Its MTU is 65,535 and not Linux's 65,536: a length field of IP holds no more.
 */
export class Loopback implements Device {
  readonly name: string;
  readonly medium = "ip";
  readonly mtu = 65_535;
  readonly macAddress = null;
  readonly offload: Offload = FULL_OFFLOAD;
  readonly #queue: FrameQueue;
  #owner: DeviceOwner | null = null;
  #refusedOctets = 0;
  #closed = false;

  constructor(options: LoopbackOptions = {}) {
    this.name = options.name ?? "lo";
    this.#queue = new FrameQueue({
      packets: options.queuePackets ?? DEFAULT_QUEUE_LIMITS.packets,
      octets: options.queueOctets ?? DEFAULT_QUEUE_LIMITS.octets,
    });
  }

  attach(owner: DeviceOwner): void {
    this.#owner = owner;
  }

  transmit(packet: PacketBuffer, _now: number): boolean {
    if (this.#closed || packet.end - packet.start > this.mtu) return true;
    const wasEmpty = this.#queue.length === 0;
    if (!this.#queue.push(packet, 0)) {
      this.#refusedOctets = packet.end - packet.start;
      return false;
    }
    if (wasEmpty) this.#owner?.wake();
    return true;
  }

  receive(sink: FrameSink, budget: number, _now: number): boolean {
    const queue = this.#queue;
    // What the sink itself sends waits for the next turn.
    const count = Math.min(budget, queue.length);
    for (let taken = 0; taken < count; taken++) {
      const frame = queue.shift();
      if (frame.checksumStart !== NO_PARTIAL_CHECKSUM) frame.checksumVerified = true;
      sink(frame);
      queue.release(frame);
    }
    if (this.#refusedOctets > 0 && queue.hasRoomFor(this.#refusedOctets)) {
      this.#refusedOctets = 0;
      this.#owner?.wake();
    }
    return queue.length > 0;
  }

  pollTimeout(): number {
    return this.#queue.headTime;
  }

  close(): void {
    this.#closed = true;
    this.#queue.clear();
  }
}

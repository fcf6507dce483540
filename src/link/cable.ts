import { MacAddress } from "../base/mac-address.ts";
import { ETHERNET_HEADER_LENGTH } from "../wire/ethernet.ts";
import { NO_PARTIAL_CHECKSUM, type PacketBuffer } from "../wire/packet-buffer.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  FULL_OFFLOAD,
  type Offload,
} from "./device.ts";
import { DEFAULT_QUEUE_LIMITS, FrameQueue, MAX_FRAME_OCTETS } from "./frame-queue.ts";

export interface CableOptions {
  readonly medium?: "ethernet" | "ip";
  /** 1500 unless told. */
  readonly mtu?: number;
  readonly names?: readonly [string, string];
  readonly macs?: readonly [MacAddress, MacAddress];
  /** How long a frame is under way; 0 unless told. */
  readonly latencyMs?: number;
  /** Frames under way in one direction at most. */
  readonly queuePackets?: number;
  /** Octets of memory the frames under way in one direction may take. */
  readonly queueOctets?: number;
  /** What the cards at both ends offer; everything unless told. */
  readonly offload?: Offload;
}

/**
 * Two network cards joined by a cable in memory. Super-segments and partial
 * checksums pass whole, since nothing on the way can damage them. When the far
 * end does not keep up, `transmit` says no and the sender is woken when there
 * is room: a cable never loses a frame between two attached, open ends.
 */
export function cable(options: CableOptions = {}): [Device, Device] {
  const a = new CableEnd(options, 0);
  const b = new CableEnd(options, 1);
  a.connect(b);
  b.connect(a);
  return [a, b];
}

class CableEnd implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  readonly #latencyMs: number;
  readonly #maxFrame: number;
  /** Frames that arrived here and wait for `receive`. */
  readonly #queue: FrameQueue;
  #peer: CableEnd | null = null;
  #owner: DeviceOwner | null = null;
  /** Octets of a frame the peer wanted to send and had no room for; 0 when it waits for nothing. */
  #refusedOctets = 0;
  #closed = false;

  constructor(options: CableOptions, end: 0 | 1) {
    this.name = options.names?.[end] ?? `cable${end}`;
    this.medium = options.medium ?? "ethernet";
    this.mtu = options.mtu ?? DEFAULT_MTU;
    this.offload = options.offload ?? FULL_OFFLOAD;
    const ethernet = this.medium === "ethernet";
    this.macAddress = ethernet
      ? (options.macs?.[end] ?? new MacAddress(LOCALLY_ADMINISTERED, end + 1))
      : null;
    this.#maxFrame = this.mtu + (ethernet ? ETHERNET_HEADER_LENGTH : 0);
    this.#latencyMs = options.latencyMs ?? 0;
    this.#queue = new FrameQueue({
      packets: options.queuePackets ?? DEFAULT_QUEUE_LIMITS.packets,
      octets: options.queueOctets ?? DEFAULT_QUEUE_LIMITS.octets,
    });
  }

  connect(peer: CableEnd): void {
    this.#peer = peer;
  }

  wakeOwner(): void {
    this.#owner?.wake();
  }

  attach(owner: DeviceOwner): void {
    this.#owner = owner;
    if (this.#queue.length > 0) owner.wake();
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    const peer = this.#peer;
    // An unplugged cable takes frames and loses them, as a card without a carrier does.
    if (this.#closed || peer === null || peer.#closed) return true;
    // Too long for the wire: a receiver would cut it off.
    if (packet.end - packet.start > (packet.gsoSize === 0 ? this.#maxFrame : MAX_FRAME_OCTETS))
      return true;
    // Without latency the clocks of the two ends need not agree.
    return peer.#accept(packet, this.#latencyMs === 0 ? 0 : now + this.#latencyMs);
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    const queue = this.#queue;
    for (let taken = 0; taken < budget && queue.headTime <= now; taken++) {
      const frame = queue.shift();
      // A partial checksum was in memory all the way: there was nothing to damage it.
      if (frame.checksumStart !== NO_PARTIAL_CHECKSUM) frame.checksumVerified = true;
      sink(frame);
      queue.release(frame);
    }
    if (this.#refusedOctets > 0 && queue.hasRoomFor(this.#refusedOctets)) {
      this.#refusedOctets = 0;
      this.#peer?.wakeOwner();
    }
    return queue.headTime <= now;
  }

  pollTimeout(): number {
    return this.#queue.headTime;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.clear();
    if (this.#refusedOctets > 0) this.#peer?.wakeOwner();
    this.#refusedOctets = 0;
  }

  #accept(packet: PacketBuffer, time: number): boolean {
    const wasEmpty = this.#queue.length === 0;
    if (!this.#queue.push(packet, time)) {
      this.#refusedOctets = packet.end - packet.start;
      return false;
    }
    // While frames wait, the owner knows of them or has been told; `pollTimeout` has not moved.
    if (wasEmpty) this.#owner?.wake();
    return true;
  }
}

const DEFAULT_MTU = 1500;
const LOCALLY_ADMINISTERED = 0x0200;

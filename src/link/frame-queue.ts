import {
  HEADROOM,
  NO_PARTIAL_CHECKSUM,
  PacketBuffer,
  SUPER_PACKET_OCTETS,
} from "../wire/packet-buffer.ts";

export interface FrameQueueLimits {
  /** Frames the queue holds at most. */
  readonly packets: number;
  /** Octets of memory its frames may take at most, counted in whole buffers. */
  readonly octets: number;
}

export const DEFAULT_QUEUE_LIMITS: FrameQueueLimits = { packets: 1000, octets: 8 * 1024 * 1024 };

/**
 * A bounded first-in-first-out queue of copies of frames, each with the time
 * from which it may be taken out. Buffers are used again, so a queue in steady
 * use makes no garbage; it never owns more of them than its octet limit.
 */
export class FrameQueue {
  readonly #limits: FrameQueueLimits;
  readonly #pool: FramePool;
  #frames: (PacketBuffer | null)[] = [];
  #times = new Float64Array(0);
  #head = 0;
  #length = 0;

  constructor(limits: FrameQueueLimits = DEFAULT_QUEUE_LIMITS) {
    this.#limits = limits;
    this.#pool = new FramePool(limits.octets);
  }

  get length(): number {
    return this.#length;
  }

  /** Time of the oldest frame; Infinity when there is none. */
  get headTime(): number {
    return this.#length === 0 ? Infinity : this.#times[this.#head]!;
  }

  /** Copies `packet` to the end; false, and nothing happens, when there is no room. */
  push(packet: PacketBuffer, time: number): boolean {
    if (this.#length >= this.#limits.packets) return false;
    const frame = this.#pool.copy(packet);
    if (frame === null) return false;
    if (this.#length === this.#frames.length) this.#grow();
    const at = (this.#head + this.#length) & (this.#frames.length - 1);
    this.#frames[at] = frame;
    this.#times[at] = time;
    this.#length++;
    return true;
  }

  /** Takes out the oldest frame, which must exist. It is the caller's until `release`. */
  shift(): PacketBuffer {
    const frame = this.#frames[this.#head] as PacketBuffer;
    this.#frames[this.#head] = null;
    this.#head = (this.#head + 1) & (this.#frames.length - 1);
    this.#length--;
    return frame;
  }

  /** Puts back what `shift` has just returned, first in line again. */
  unshift(frame: PacketBuffer, time: number): void {
    this.#head = (this.#head - 1) & (this.#frames.length - 1);
    this.#frames[this.#head] = frame;
    this.#times[this.#head] = time;
    this.#length++;
  }

  /** Gives back what `shift` returned. */
  release(frame: PacketBuffer): void {
    this.#pool.release(frame);
  }

  /** Whether a frame of `octets` would be taken now. */
  hasRoomFor(octets: number): boolean {
    return this.#length < this.#limits.packets && this.#pool.hasRoomFor(octets);
  }

  /** Drops every frame, and the buffers with them. */
  clear(): void {
    this.#frames = [];
    this.#times = new Float64Array(0);
    this.#head = 0;
    this.#length = 0;
    this.#pool.clear();
  }

  /** Lengths are powers of two, so that positions wrap by a mask. */
  #grow(): void {
    const length = this.#frames.length;
    const grown = Math.max(FIRST_LENGTH, length * 2);
    const times = new Float64Array(grown);
    const frames: (PacketBuffer | null)[] = new Array(grown).fill(null);
    for (let i = 0; i < this.#length; i++) {
      const from = (this.#head + i) & (length - 1);
      frames[i] = this.#frames[from] ?? null;
      times[i] = this.#times[from]!;
    }
    this.#frames = frames;
    this.#times = times;
    this.#head = 0;
  }
}

/** Buffers of a few sizes for copies of frames, used again and bounded in octets. */
export class FramePool {
  readonly #octets: number;
  readonly #free: PacketBuffer[][] = CAPACITIES.map(() => []);
  /** Octets of the buffers now in use, and of those in use or free. */
  #used = 0;
  #owned = 0;

  constructor(octets: number) {
    this.#octets = octets;
  }

  /** A copy of `packet`, or null when the limit is reached. A pool with nothing in use has room for any frame. */
  copy(packet: PacketBuffer): PacketBuffer | null {
    if (packet.end - packet.start > MAX_FRAME_OCTETS) return null;
    const size = sizeClass(packet.end - packet.start);
    const capacity = CAPACITIES[size] as number;
    if (this.#used > 0 && this.#used + capacity > this.#octets) return null;
    const frame = this.#free[size]?.pop() ?? this.#allocate(capacity);
    this.#used += capacity;
    copyFrame(packet, frame);
    return frame;
  }

  release(frame: PacketBuffer): void {
    // Cleared since the copy was made: the buffer is no longer ours.
    if (this.#used === 0) return;
    const capacity = frame.bytes.length;
    this.#used -= capacity;
    this.#free[CAPACITIES.indexOf(capacity)]?.push(frame);
  }

  hasRoomFor(octets: number): boolean {
    return (
      this.#used === 0 || this.#used + (CAPACITIES[sizeClass(octets)] as number) <= this.#octets
    );
  }

  /** Forgets every buffer, also those in use, which need not be released any more. */
  clear(): void {
    for (const free of this.#free) free.length = 0;
    this.#used = 0;
    this.#owned = 0;
  }

  #allocate(capacity: number): PacketBuffer {
    // Free buffers of other sizes give way, so that a change of frame size cannot double the memory.
    for (let size = 0; size < CAPACITIES.length && this.#owned + capacity > this.#octets; size++) {
      const free = this.#free[size] as PacketBuffer[];
      while (free.length > 0 && this.#owned + capacity > this.#octets) {
        this.#owned -= (free.pop() as PacketBuffer).bytes.length;
      }
    }
    this.#owned += capacity;
    return new PacketBuffer(capacity);
  }
}

/** Octets of the longest frame that is carried: more than IP and a link header can make. */
export const MAX_FRAME_OCTETS: number = SUPER_PACKET_OCTETS - (HEADROOM - 14);

/**
 * Copies octets and offload state of `packet` into `into`, which may be
 * smaller than the buffer it comes from: the copy starts where an Ethernet
 * header leaves the IP header aligned. Up to `MAX_FRAME_OCTETS`.
 */
export function copyFrame(packet: PacketBuffer, into: PacketBuffer): void {
  const start = FRAME_START;
  into.bytes.set(packet.bytes.subarray(packet.start, packet.end), start);
  into.copyMetadataFrom(packet);
  into.start = start;
  into.end = start + packet.end - packet.start;
  if (packet.checksumStart !== NO_PARTIAL_CHECKSUM)
    into.checksumStart = packet.checksumStart - packet.start + start;
}

/** Buffer sizes: a plain Ethernet frame, a jumbo frame or a short burst, and a whole super-segment. */
const CAPACITIES: readonly number[] = [2048, 16_384, SUPER_PACKET_OCTETS];
const FRAME_START = HEADROOM - 14;
const FIRST_LENGTH = 16;

function sizeClass(octets: number): number {
  const needed = FRAME_START + octets;
  if (needed <= 2048) return 0;
  return needed <= 16_384 ? 1 : 2;
}

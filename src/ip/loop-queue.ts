import type { Counters } from "../base/counters.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import type { IpInterface } from "./interface.ts";

/** Who takes what comes back. */
export type LoopSink = (packet: PacketBuffer, iface: IpInterface, now: number) => void;

/** Packets that wait at most. */
const MAX_PACKETS = 64;

interface Looped {
  readonly packet: PacketBuffer;
  readonly iface: IpInterface;
}

/**
 * Copies of what this host sent to groups that it belongs to itself
 * (RFC 1112 §6.1, RFC 1122 §3.3.6). They come back on a later turn, on the
 * interface they went out by: sending must not re-enter the sender.
 */
export class LoopQueue {
  readonly #counters: Counters;
  #waiting: Looped[] = [];

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Copies the packet, whose IP header is at `packet.start`. */
  push(packet: PacketBuffer, iface: IpInterface): void {
    if (this.#waiting.length >= MAX_PACKETS) {
      return this.#counters.drop("link-queue-full", iface.name);
    }
    const copy = new PacketBuffer(packet.end);
    copy.copyFrom(packet);
    // A checksum still to be filled in was never at risk.
    copy.checksumVerified = true;
    this.#waiting.push({ packet: copy, iface });
  }

  /** Hands over what waits; what is sent meanwhile waits for the next time. */
  drain(sink: LoopSink, now: number): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { packet, iface } of waiting) if (iface.up) sink(packet, iface, now);
  }
}

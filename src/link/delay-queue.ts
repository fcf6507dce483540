import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { FramePool, FrameQueue, type FrameQueueLimits } from "./frame-queue.ts";

/**
 * Copies of frames under way, taken out by time. Nearly all are pushed in the
 * order of their times and cost what a plain queue costs; the few that are not
 * lie in a sorted list beside it. At one time, those in order come first.
 *
 * Each of the two keeps to the limits by itself.
 */
export class DelayQueue {
  readonly #limits: FrameQueueLimits;
  readonly #inOrder: FrameQueue;
  readonly #pool: FramePool;
  /** Latest first, so that the next one is taken off the end. */
  readonly #stragglers: { readonly frame: PacketBuffer; readonly time: number }[] = [];
  #tailTime = 0;
  /** About the frame taken out last. */
  #tookStraggler = false;
  #tookTime = 0;

  constructor(limits: FrameQueueLimits) {
    this.#limits = limits;
    this.#inOrder = new FrameQueue(limits);
    this.#pool = new FramePool(limits.octets);
  }

  get length(): number {
    return this.#inOrder.length + this.#stragglers.length;
  }

  /** Time of the next frame; Infinity when there is none. */
  get headTime(): number {
    return Math.min(this.#inOrder.headTime, this.#stragglers.at(-1)?.time ?? Infinity);
  }

  /** Copies `packet`; false when there is no room. A straggler is one that later pushes may overtake. */
  push(packet: PacketBuffer, time: number, straggler = false): boolean {
    if (straggler || time < this.#tailTime) return this.#pushStraggler(packet, time);
    if (!this.#inOrder.push(packet, time)) return false;
    this.#tailTime = time;
    return true;
  }

  /** Takes out the next frame, which must exist; it is the caller's until `release`, which comes before the next `shift`. */
  shift(): PacketBuffer {
    const straggler = this.#stragglers.at(-1);
    this.#tookTime = this.headTime;
    this.#tookStraggler = straggler !== undefined && straggler.time < this.#inOrder.headTime;
    if (!this.#tookStraggler || straggler === undefined) return this.#inOrder.shift();
    this.#stragglers.pop();
    return straggler.frame;
  }

  /** Puts back what `shift` has just returned. */
  unshift(frame: PacketBuffer): void {
    if (this.#tookStraggler) this.#stragglers.push({ frame, time: this.#tookTime });
    else this.#inOrder.unshift(frame, this.#tookTime);
  }

  release(frame: PacketBuffer): void {
    if (this.#tookStraggler) this.#pool.release(frame);
    else this.#inOrder.release(frame);
  }

  clear(): void {
    this.#inOrder.clear();
    this.#stragglers.length = 0;
    this.#pool.clear();
    this.#tailTime = 0;
  }

  #pushStraggler(packet: PacketBuffer, time: number): boolean {
    if (this.#stragglers.length >= this.#limits.packets) return false;
    const frame = this.#pool.copy(packet);
    if (frame === null) return false;
    // Behind equal times: first pushed is first out.
    let low = 0;
    let high = this.#stragglers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stragglers[middle]?.time ?? 0) > time) low = middle + 1;
      else high = middle;
    }
    this.#stragglers.splice(low, 0, { frame, time });
    return true;
  }
}

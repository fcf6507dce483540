import { Errno } from "../base/errno.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * An open file description: what descriptors name, shared by all that `dup` or
 * hand over one. A socket is one; an epoll instance will be another.
 */
export abstract class OpenDescription {
  /** Descriptors, and descriptors in flight, that name it. The last one to go closes it (CLOSE-1). */
  references = 0;
  /** O_NONBLOCK: the faces that wait do not (GEN-7). */
  nonBlocking = false;
  readonly waiters: WaitQueue = new WaitQueue();

  /** Readiness now: POLL* bits, POLLERR and POLLHUP included. */
  abstract poll(): number;

  /** `read(2)` into `into[from, to)`. */
  abstract read(into: Uint8Array, from: number, to: number, now: number): number;

  /** `write(2)` of `bytes[from, to)`. */
  abstract write(bytes: Uint8Array, from: number, to: number, now: number): number;

  /** After close(): something is still to be told to a peer. */
  get isLingering(): boolean {
    return false;
  }

  /** Called once, when the last reference is gone. */
  abstract close(now: number): void;

  /** `ioctl(2)` of a request that takes or gives one number; −ENOTTY when it is not known here. */
  ioctl(_request: number, _argument: number, _now: number): number {
    return -Errno.ENOTTY;
  }

  /** Tells the waiters that something has changed. */
  wake(): void {
    if (!this.waiters.isEmpty) this.waiters.wake(this.poll());
  }
}

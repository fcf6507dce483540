import type { DropReason } from "./drop-reason.ts";
import type { Observer } from "./observer.ts";

/**
 * The drop counters of one host, and the place where its observers hear of
 * drops. Bounded: one number for each reason there is.
 */
export class Counters {
  readonly #drops = new Map<DropReason, number>();
  /** Null when nobody listens, which then costs one comparison. */
  observer: Observer | null = null;

  drop(reason: DropReason, interfaceName = ""): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
    this.observer?.drop?.(reason, interfaceName);
  }

  /** How often `reason` has happened. */
  dropped(reason: DropReason): number {
    return this.#drops.get(reason) ?? 0;
  }

  /** Every reason that has happened, with its count. */
  drops(): ReadonlyMap<DropReason, number> {
    return this.#drops;
  }
}

import type { Observer } from "../base/observer.ts";

/**
 * Several observers as one; the stack sees null while nobody listens. One that
 * throws does not disturb the protocol step it was told of, nor the others:
 * `onError` gets what it threw.
 */
export class ObserverGroup {
  readonly #members = new Set<Observer>();
  readonly #onError: (error: unknown) => void;
  readonly #everyone: Observer = {
    drop: (...report) => this.#tell((member) => member.drop?.(...report)),
    tcpState: (...report) => this.#tell((member) => member.tcpState?.(...report)),
    tcpRetransmit: (...report) => this.#tell((member) => member.tcpRetransmit?.(...report)),
    tcpWindow: (...report) => this.#tell((member) => member.tcpWindow?.(...report)),
    neighbor: (...report) => this.#tell((member) => member.neighbor?.(...report)),
  };

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** What to hand to the stack now. */
  get current(): Observer | null {
    return this.#members.size === 0 ? null : this.#everyone;
  }

  /** Returns what removes the observer again. */
  add(observer: Observer): () => void {
    this.#members.add(observer);
    return () => this.#members.delete(observer);
  }

  #tell(report: (member: Observer) => void): void {
    for (const member of this.#members) {
      try {
        report(member);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

import type { Observer } from "../base/observer.ts";

/** Several observers as one. The stack sees null while nobody listens, and the observer itself while only one does. */
export class ObserverGroup {
  readonly #members = new Set<Observer>();

  /** What to hand to the stack now. */
  get current(): Observer | null {
    const [only, second] = this.#members;
    if (only === undefined) return null;
    return second === undefined ? only : this.#fanOut();
  }

  /** Returns what removes the observer again. */
  add(observer: Observer): () => void {
    this.#members.add(observer);
    return () => this.#members.delete(observer);
  }

  #fanOut(): Observer {
    const members = this.#members;
    return {
      drop: (...report) => {
        for (const member of members) member.drop?.(...report);
      },
      tcpState: (...report) => {
        for (const member of members) member.tcpState?.(...report);
      },
      tcpRetransmit: (...report) => {
        for (const member of members) member.tcpRetransmit?.(...report);
      },
      tcpWindow: (...report) => {
        for (const member of members) member.tcpWindow?.(...report);
      },
      neighbor: (...report) => {
        for (const member of members) member.neighbor?.(...report);
      },
    };
  }
}

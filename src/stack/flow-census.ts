import type { Counters } from "../base/counters.ts";
import type { TcpConfig } from "../tcp/config.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TcpState } from "../tcp/state.ts";

/** What the census notes on a flow. */
export interface Counted {
  readonly connection: TcpConnection;
  /** Owned by the census. */
  census: FlowKind;
}

/** `normal`: half open, or a socket's, or over. */
export type FlowKind = "normal" | "orphan" | "time-wait";

/**
 * Counts the connections that live on without a socket: orphans, which still
 * have data or a FIN to deliver or to wait for, and those in TIME-WAIT. No
 * descriptor limits their number, and it is the peers who decide how long they
 * last; so each kind has a bound (Naptha, TIME-WAIT floods).
 */
export class FlowCensus {
  readonly #limits: CensusLimits;
  readonly #counters: Counters;
  #orphans = 0;
  #timeWaits = 0;

  constructor(limits: CensusLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  get orphans(): number {
    return this.#orphans;
  }

  get timeWaits(): number {
    return this.#timeWaits;
  }

  /** Looks at a flow again. False, and counted as a drop, when it has become one too many of its kind: it must go. */
  admits(flow: Counted): boolean {
    const kind = kindOf(flow.connection);
    if (kind === flow.census) return true;
    this.remove(flow);
    if (kind === "orphan" && this.#orphans >= this.#limits.maxOrphans) {
      this.#counters.drop("tcp-too-many-orphans");
      return false;
    }
    if (kind === "time-wait" && this.#timeWaits >= this.#limits.maxTimeWait) {
      this.#counters.drop("tcp-too-many-time-wait");
      return false;
    }
    flow.census = kind;
    this.#add(kind, 1);
    return true;
  }

  /** The flow is counted no more. */
  remove(flow: Counted): void {
    this.#add(flow.census, -1);
    flow.census = "normal";
  }

  #add(kind: FlowKind, change: 1 | -1): void {
    if (kind === "orphan") this.#orphans += change;
    else if (kind === "time-wait") this.#timeWaits += change;
  }
}

export type CensusLimits = Pick<TcpConfig, "maxOrphans" | "maxTimeWait">;

function kindOf({ state, isOrphan }: TcpConnection): FlowKind {
  if (state === TcpState.TIME_WAIT) return "time-wait";
  return isOrphan && state !== TcpState.CLOSED ? "orphan" : "normal";
}

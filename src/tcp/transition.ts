import type { Counters } from "../base/counters.ts";
import type { ConnectionName } from "../base/observer.ts";
import { TcpState } from "./state.ts";

/** What moves a connection from state to state, in the words of RFC 9293 figure 5. */
export type TransitionEvent =
  | "active OPEN"
  | "receive SYN"
  | "receive SYN,ACK"
  | "receive ACK of SYN"
  | "CLOSE"
  | "receive FIN"
  | "receive ACK of FIN"
  | "receive RST"
  | "ABORT"
  | "timeout";

/** The part of a control block that has a state. */
export interface Stateful {
  readonly connection: ConnectionName;
  readonly counters: Counters;
  state: TcpState;
}

/**
 * The state that follows (RFC 9293 §3.3.2), or null where the diagram has no
 * arrow. Pure: no arrow starts a timer or sends anything.
 */
export function nextState(state: TcpState, event: TransitionEvent): TcpState | null {
  if (event === "receive RST" || event === "ABORT" || event === "timeout") {
    return state === TcpState.CLOSED ? null : TcpState.CLOSED;
  }
  return ARROWS[state][event] ?? null;
}

/** Follows the arrow and reports it. Without an arrow nothing happens, and false says so. */
export function follow(tcb: Stateful, event: TransitionEvent): boolean {
  const next = nextState(tcb.state, event);
  if (next === null) return false;
  const before = tcb.state;
  tcb.state = next;
  tcb.counters.observer?.tcpState?.(tcb.connection, stateName(before), stateName(next), event);
  return true;
}

/** `ESTABLISHED`, `SYN-SENT`, …: the RFC's spelling. */
export function stateName(state: TcpState): string {
  return NAMES[state];
}

/** Both SYNs are acknowledged: ESTABLISHED and everything after it (RFC 9293 §3.5.2, group 3). */
export function isSynchronized(state: TcpState): boolean {
  return (
    state !== TcpState.CLOSED &&
    state !== TcpState.LISTEN &&
    state !== TcpState.SYN_SENT &&
    state !== TcpState.SYN_RECEIVED
  );
}

/** The peer may still send data: its FIN has not arrived (SEG-27). */
export function maySendText(state: TcpState): boolean {
  return (
    state === TcpState.ESTABLISHED || state === TcpState.FIN_WAIT_1 || state === TcpState.FIN_WAIT_2
  );
}

/** Our own side may still send data: CLOSE was not called. */
export function mayTakeText(state: TcpState): boolean {
  return state === TcpState.ESTABLISHED || state === TcpState.CLOSE_WAIT;
}

type Arrows = Partial<Record<TransitionEvent, TcpState>>;

const ARROWS: Record<TcpState, Arrows> = {
  [TcpState.CLOSED]: { "active OPEN": TcpState.SYN_SENT },
  [TcpState.LISTEN]: { "receive SYN": TcpState.SYN_RECEIVED },
  [TcpState.SYN_SENT]: {
    "receive SYN": TcpState.SYN_RECEIVED,
    "receive SYN,ACK": TcpState.ESTABLISHED,
    CLOSE: TcpState.CLOSED,
  },
  [TcpState.SYN_RECEIVED]: {
    "receive ACK of SYN": TcpState.ESTABLISHED,
    CLOSE: TcpState.FIN_WAIT_1,
  },
  [TcpState.ESTABLISHED]: {
    CLOSE: TcpState.FIN_WAIT_1,
    "receive FIN": TcpState.CLOSE_WAIT,
  },
  [TcpState.FIN_WAIT_1]: {
    "receive ACK of FIN": TcpState.FIN_WAIT_2,
    "receive FIN": TcpState.CLOSING,
  },
  [TcpState.FIN_WAIT_2]: { "receive FIN": TcpState.TIME_WAIT },
  [TcpState.CLOSE_WAIT]: { CLOSE: TcpState.LAST_ACK },
  [TcpState.CLOSING]: { "receive ACK of FIN": TcpState.TIME_WAIT },
  [TcpState.LAST_ACK]: { "receive ACK of FIN": TcpState.CLOSED },
  [TcpState.TIME_WAIT]: {},
};

const NAMES: Record<TcpState, string> = {
  [TcpState.ESTABLISHED]: "ESTABLISHED",
  [TcpState.SYN_SENT]: "SYN-SENT",
  [TcpState.SYN_RECEIVED]: "SYN-RECEIVED",
  [TcpState.FIN_WAIT_1]: "FIN-WAIT-1",
  [TcpState.FIN_WAIT_2]: "FIN-WAIT-2",
  [TcpState.TIME_WAIT]: "TIME-WAIT",
  [TcpState.CLOSED]: "CLOSED",
  [TcpState.CLOSE_WAIT]: "CLOSE-WAIT",
  [TcpState.LAST_ACK]: "LAST-ACK",
  [TcpState.LISTEN]: "LISTEN",
  [TcpState.CLOSING]: "CLOSING",
};

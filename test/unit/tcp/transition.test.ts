import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counters } from "../../../src/base/counters.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import {
  follow,
  isSynchronized,
  maySendText,
  mayTakeText,
  nextState,
  stateName,
  type TransitionEvent,
} from "../../../src/tcp/transition.ts";

const { CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED } = TcpState;
const { FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT } = TcpState;
const STATES = Object.values(TcpState);

/** RFC 9293 figure 5. */
const ARROWS: readonly [TcpState, TransitionEvent, TcpState][] = [
  [CLOSED, "active OPEN", SYN_SENT],
  [LISTEN, "receive SYN", SYN_RECEIVED],
  [SYN_SENT, "receive SYN", SYN_RECEIVED],
  [SYN_SENT, "receive SYN,ACK", ESTABLISHED],
  [SYN_SENT, "CLOSE", CLOSED],
  [SYN_RECEIVED, "receive ACK of SYN", ESTABLISHED],
  [SYN_RECEIVED, "CLOSE", FIN_WAIT_1],
  [ESTABLISHED, "CLOSE", FIN_WAIT_1],
  [ESTABLISHED, "receive FIN", CLOSE_WAIT],
  [FIN_WAIT_1, "receive ACK of FIN", FIN_WAIT_2],
  [FIN_WAIT_1, "receive FIN", CLOSING],
  [FIN_WAIT_2, "receive FIN", TIME_WAIT],
  [CLOSE_WAIT, "CLOSE", LAST_ACK],
  [CLOSING, "receive ACK of FIN", TIME_WAIT],
  [LAST_ACK, "receive ACK of FIN", CLOSED],
];
const ORDERLY: readonly TransitionEvent[] = [
  "active OPEN",
  "receive SYN",
  "receive SYN,ACK",
  "receive ACK of SYN",
  "CLOSE",
  "receive FIN",
  "receive ACK of FIN",
];

describe("nextState", () => {
  // req: tcp/SEG-24, tcp/SEG-30, tcp/SEG-31, tcp/SEG-35, tcp/SEG-36, tcp/SEG-37
  it("has the arrows of the diagram and no others", () => {
    for (const state of STATES) {
      for (const event of ORDERLY) {
        const arrow = ARROWS.find(([from, by]) => from === state && by === event);
        assert.equal(nextState(state, event), arrow?.[2] ?? null, `${stateName(state)}, ${event}`);
      }
    }
  });

  // req: tcp/SEG-16, tcp/SEG-17, tcp/SEG-34
  it("leads to CLOSED from everywhere by reset, abort and timeout", () => {
    for (const event of ["receive RST", "ABORT", "timeout"] as const) {
      for (const state of STATES) {
        assert.equal(nextState(state, event), state === CLOSED ? null : CLOSED);
      }
    }
  });
});

describe("follow", () => {
  const connection = {
    id: 1,
    localAddress: IpAddress.ANY4,
    localPort: 1,
    remoteAddress: IpAddress.ANY4,
    remotePort: 2,
  };

  it("reports the change in the RFC's words, and nothing where there is no arrow", () => {
    const counters = new Counters();
    const reports: string[] = [];
    counters.observer = {
      tcpState: (name, from, to, event) => reports.push(`${name.id} ${from} ${to} ${event}`),
    };
    const tcb = { connection, counters, state: ESTABLISHED as TcpState };
    assert.equal(follow(tcb, "receive FIN"), true);
    assert.equal(follow(tcb, "receive FIN"), false);
    assert.equal(tcb.state, CLOSE_WAIT);
    assert.deepEqual(reports, ["1 ESTABLISHED CLOSE-WAIT receive FIN"]);
  });
});

describe("groups of states", () => {
  const named = (predicate: (state: TcpState) => boolean): string[] =>
    STATES.filter(predicate).map(stateName).sort();

  // req: tcp/SEG-27, tcp/SEG-39
  it("say who may send", () => {
    assert.deepEqual(named(maySendText), ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"]);
    assert.deepEqual(named(mayTakeText), ["CLOSE-WAIT", "ESTABLISHED"]);
  });

  it("say who is synchronized", () => {
    const others = STATES.filter((state) => !isSynchronized(state))
      .map(stateName)
      .sort();
    assert.deepEqual(others, ["CLOSED", "LISTEN", "SYN-RECEIVED", "SYN-SENT"]);
  });
});

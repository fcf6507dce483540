import assert from "node:assert/strict";
import type { TcpScript } from "../../support/tcp-script.ts";
import { ack, data, fin, rst, type SegmentPattern, syn } from "../../support/tcp-segment.ts";
import { enter } from "../../support/tcp-states.ts";
import { tcpTest } from "../../support/tcp-test.ts";

/**
 * RFC 9293 §3.10.7 as a grid: in every state with a control block, what each
 * kind of segment is answered with and where it leads. `rcvNxt` and `sndNxt`
 * are those of the state. `sndUna … sndNxt` holds our FIN or SYN, if any.
 */
interface Row {
  readonly state: string;
  readonly rcvNxt: number;
  readonly sndNxt: number;
  /** For each event: the answer (or none), and the state after it. */
  readonly cells: Readonly<Record<EventName, readonly [Answer, string]>>;
}

type EventName = keyof typeof EVENTS;
/** `challenge`: an ACK of RCV.NXT at SND.NXT. `acks n`: the same with RCV.NXT moved by n. */
type Answer = "nothing" | "challenge" | "ack" | "reset" | "any ack";

const OUTSIDE = 0x20000000;

const EVENTS = {
  "SYN at RCV.NXT": (row: Row) => syn({ seq: row.rcvNxt }),
  "SYN below the window": (row: Row) => syn({ seq: row.rcvNxt - OUTSIDE }),
  "RST at RCV.NXT": (row: Row) => rst({ seq: row.rcvNxt }),
  "RST in the window": (row: Row) => rst({ seq: row.rcvNxt + 100 }),
  "RST outside the window": (row: Row) => rst({ seq: row.rcvNxt + OUTSIDE }),
  "ACK of all": (row: Row) => ack({ seq: row.rcvNxt, ack: row.sndNxt }),
  "ACK of what was never sent": (row: Row) => ack({ seq: row.rcvNxt, ack: row.sndNxt + 100 }),
  "ACK outside the window": (row: Row) => ack({ seq: row.rcvNxt - OUTSIDE, ack: row.sndNxt }),
  "FIN with ACK of all": (row: Row) => fin({ seq: row.rcvNxt, ack: row.sndNxt }),
  "data with ACK of all": (row: Row) => data({ seq: row.rcvNxt, ack: row.sndNxt, length: 100 }),
  "data outside the window": (row: Row) =>
    data({ seq: row.rcvNxt + OUTSIDE, ack: row.sndNxt, length: 100 }),
  "a segment without ACK": (row: Row) =>
    ({ flags: "", seq: row.rcvNxt, length: 100 }) satisfies SegmentPattern,
} as const;

const GRID: readonly Row[] = [
  {
    state: "SYN-SENT",
    rcvNxt: 0,
    sndNxt: 1,
    cells: {
      "SYN at RCV.NXT": ["any ack", "SYN-RECEIVED"],
      "SYN below the window": ["any ack", "SYN-RECEIVED"],
      "RST at RCV.NXT": ["nothing", "SYN-SENT"],
      "RST in the window": ["nothing", "SYN-SENT"],
      "RST outside the window": ["nothing", "SYN-SENT"],
      "ACK of all": ["nothing", "SYN-SENT"],
      "ACK of what was never sent": ["reset", "SYN-SENT"],
      "ACK outside the window": ["nothing", "SYN-SENT"],
      "FIN with ACK of all": ["nothing", "SYN-SENT"],
      "data with ACK of all": ["nothing", "SYN-SENT"],
      "data outside the window": ["nothing", "SYN-SENT"],
      "a segment without ACK": ["nothing", "SYN-SENT"],
    },
  },
  {
    state: "SYN-RECEIVED",
    rcvNxt: 1,
    sndNxt: 1,
    cells: {
      "SYN at RCV.NXT": ["nothing", "CLOSED"],
      "SYN below the window": ["any ack", "SYN-RECEIVED"],
      "RST at RCV.NXT": ["nothing", "CLOSED"],
      "RST in the window": ["challenge", "SYN-RECEIVED"],
      "RST outside the window": ["nothing", "SYN-RECEIVED"],
      "ACK of all": ["nothing", "ESTABLISHED"],
      "ACK of what was never sent": ["reset", "SYN-RECEIVED"],
      "ACK outside the window": ["any ack", "SYN-RECEIVED"],
      "FIN with ACK of all": ["ack", "CLOSE-WAIT"],
      "data with ACK of all": ["ack", "ESTABLISHED"],
      "data outside the window": ["any ack", "SYN-RECEIVED"],
      "a segment without ACK": ["nothing", "SYN-RECEIVED"],
    },
  },
  synchronized("ESTABLISHED", 1, 1, { fin: "CLOSE-WAIT" }),
  synchronized("FIN-WAIT-1", 1, 2, { ack: "FIN-WAIT-2", fin: "TIME-WAIT" }),
  synchronized("FIN-WAIT-2", 1, 2, { fin: "TIME-WAIT" }),
  afterFin("CLOSE-WAIT", 2, 1, {}),
  afterFin("CLOSING", 2, 2, { ack: "TIME-WAIT" }),
  {
    ...afterFin("LAST-ACK", 2, 2, { ack: "CLOSED" }),
    cells: {
      ...afterFin("LAST-ACK", 2, 2, { ack: "CLOSED" }).cells,
      // The ACK ends the connection; nobody is left to answer the rest.
      "FIN with ACK of all": ["nothing", "CLOSED"],
      "data with ACK of all": ["nothing", "CLOSED"],
    },
  },
  {
    ...afterFin("TIME-WAIT", 2, 2, {}),
    cells: {
      ...afterFin("TIME-WAIT", 2, 2, {}).cells,
      "RST at RCV.NXT": ["nothing", "TIME-WAIT"],
      "RST in the window": ["nothing", "TIME-WAIT"],
    },
  },
];

for (const row of GRID) {
  for (const [event, [answer, after]] of Object.entries(row.cells)) {
    // req: tcp/SEG-5, tcp/SEG-6, tcp/SEG-9, tcp/SEG-12, tcp/SEG-16, tcp/SEG-18, tcp/SEG-19, tcp/SEG-22
    tcpTest(`${row.state}, ${event}: ${answer}, ${after}`, (t) => {
      enter(t, row.state);
      t.injects(EVENTS[event as EventName](row));
      checkAnswer(t, row, answer);
      t.expectsState(after);
      // Whatever came, the connection is not left with a deadline in the past.
      assert.ok(t.connection.pollTimeout() > t.now);
    });
  }
}

function checkAnswer(t: TcpScript, row: Row, answer: Answer): void {
  const { rcvNxt, sndNxt } = row;
  switch (answer) {
    case "nothing":
      return t.expectsNothing();
    case "reset":
      return t.expects(rst({ seq: sndNxt + 100 }));
    case "any ack": {
      const [sent, ...more] = t.takesAll();
      assert.ok(sent?.flags.includes("A") && !sent.flags.includes("R"));
      return assert.equal(more.length, 0);
    }
    case "challenge":
      return t.expects(ack({ seq: sndNxt, ack: rcvNxt }));
    case "ack": {
      const sent = t.takes();
      assert.equal(sent.flags, "A");
      return assert.ok(sent.ack > rcvNxt);
    }
  }
}

/** States in which the peer may still send. `ack` and `fin`: where those lead. */
function synchronized(
  state: string,
  rcvNxt: number,
  sndNxt: number,
  leads: { ack?: string; fin: string },
): Row {
  const acked = leads.ack ?? state;
  return {
    state,
    rcvNxt,
    sndNxt,
    cells: {
      "SYN at RCV.NXT": ["challenge", state],
      "SYN below the window": ["challenge", state],
      "RST at RCV.NXT": ["nothing", "CLOSED"],
      "RST in the window": ["challenge", state],
      "RST outside the window": ["nothing", state],
      "ACK of all": ["nothing", acked],
      "ACK of what was never sent": ["challenge", state],
      "ACK outside the window": ["challenge", state],
      "FIN with ACK of all": ["ack", leads.fin],
      "data with ACK of all": ["ack", acked],
      "data outside the window": ["challenge", state],
      "a segment without ACK": ["nothing", state],
    },
  };
}

/** States behind the peer's FIN: what comes is no longer data. */
function afterFin(state: string, rcvNxt: number, sndNxt: number, leads: { ack?: string }): Row {
  const acked = leads.ack ?? state;
  return {
    state,
    rcvNxt,
    sndNxt,
    cells: {
      "SYN at RCV.NXT": ["challenge", state],
      "SYN below the window": ["challenge", state],
      "RST at RCV.NXT": ["nothing", "CLOSED"],
      "RST in the window": ["challenge", state],
      "RST outside the window": ["nothing", state],
      "ACK of all": ["nothing", acked],
      "ACK of what was never sent": ["challenge", state],
      "ACK outside the window": ["challenge", state],
      "FIN with ACK of all": ["challenge", acked],
      "data with ACK of all": ["challenge", acked],
      "data outside the window": ["challenge", state],
      "a segment without ACK": ["nothing", state],
    },
  };
}

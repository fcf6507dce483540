import type { TcpScript } from "./tcp-script.ts";
import { ack, fin, rst, type SegmentFields, syn, synAck } from "./tcp-segment.ts";

/** What the peer offers in its SYN. */
export interface PeerOffer {
  /** 1000 unless said otherwise, which makes sequence numbers easy to read. */
  readonly mss?: number | null;
  /** Window of its SYN and of all its segments: the field, not scaled. */
  readonly window?: number;
  readonly windowScale?: number;
  readonly sack?: boolean;
  readonly timestamps?: boolean;
  /** Time between our SYN and its answer. */
  readonly rttMs?: number;
}

/** Round trip of the handshake unless said otherwise: RTO is then 100 + max(200, 4·50) = 300 ms. */
export const RTT = 100;
export const RTO = 300;

/** Active open, up to ESTABLISHED. The clock then starts anew. */
export function establish(t: TcpScript, offer: PeerOffer = {}): void {
  t.open();
  t.expects(syn({ seq: 0 }));
  t.after(offer.rttMs ?? RTT);
  t.injects(synAck({ ...offered(t, offer), seq: 0, ack: 1 }));
  t.expects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
  t.events();
  t.startsClock();
}

/** Passive open, up to ESTABLISHED. The clock then starts anew. */
export function establishPassive(t: TcpScript, offer: PeerOffer = {}): void {
  listen(t, offer);
  t.after(offer.rttMs ?? RTT);
  t.injects(ack({ seq: 1, ack: 1 }));
  t.expectsState("ESTABLISHED");
  t.events();
  t.startsClock();
}

/** Passive open, up to SYN-RECEIVED. */
export function listen(t: TcpScript, offer: PeerOffer = {}): void {
  t.injectsToListener(syn({ ...offered(t, offer), seq: 0 }));
  t.expects(synAck({ seq: 0, ack: 1 }));
  t.expectsState("SYN-RECEIVED");
}

/** How a connection comes into each state; the clock then starts anew. */
export const ENTER: Record<string, (t: TcpScript) => void> = {
  CLOSED: (t) => {
    establish(t);
    t.injects(rst({ seq: 1 }));
  },
  "SYN-SENT": (t) => {
    t.open();
    t.expects(syn({ seq: 0 }));
  },
  "SYN-RECEIVED": (t) => listen(t),
  ESTABLISHED: (t) => establish(t),
  "FIN-WAIT-1": (t) => {
    establish(t);
    t.shutdownSend();
    t.expects(fin({ seq: 1, ack: 1 }));
  },
  "FIN-WAIT-2": (t) => {
    enter(t, "FIN-WAIT-1");
    t.injects(ack({ seq: 1, ack: 2 }));
  },
  "CLOSE-WAIT": (t) => {
    establish(t);
    t.injects(fin({ seq: 1, ack: 1 }));
    t.expects(ack({ seq: 1, ack: 2 }));
  },
  CLOSING: (t) => {
    enter(t, "FIN-WAIT-1");
    t.injects(fin({ seq: 1, ack: 1 }));
    t.expects(ack({ seq: 2, ack: 2 }));
  },
  "LAST-ACK": (t) => {
    enter(t, "CLOSE-WAIT");
    t.shutdownSend();
    t.expects(fin({ seq: 1, ack: 2 }));
  },
  "TIME-WAIT": (t) => {
    enter(t, "FIN-WAIT-2");
    t.injects(fin({ seq: 1, ack: 2 }));
    t.expects(ack({ seq: 2, ack: 2 }));
  },
};

/** Brings a new connection into `state`. */
export function enter(t: TcpScript, state: string): void {
  const path = ENTER[state];
  if (path === undefined) throw new Error(`no way into ${state}`);
  path(t);
  t.expectsState(state);
  t.events();
  t.startsClock();
}

/**
 * Data in order until the connection no longer acknowledges every segment at
 * once, as it does at first for the sake of the peer's slow start.
 */
export function leaveQuickAck(t: TcpScript): void {
  for (let count = 0; count < 100; count++) {
    t.injects({ flags: "A", length: 100 });
    if (t.takesAll().length === 0) {
      t.receive();
      t.waits(500);
      t.expects(ack({ ack: t.peerNext }));
      t.startsClock();
      return;
    }
    t.receive();
  }
  throw new Error("acknowledges every segment for ever");
}

function offered(t: TcpScript, offer: PeerOffer): SegmentFields {
  const { mss = 1000, window = 0xffff, windowScale, sack = false, timestamps = false } = offer;
  t.peerWindow = window;
  t.usesTimestamps = timestamps;
  return {
    mss,
    window,
    sackPermitted: sack,
    windowScale: windowScale ?? null,
    timestamps: timestamps ? [t.peerClock(), t.lastTimestamp] : null,
  };
}

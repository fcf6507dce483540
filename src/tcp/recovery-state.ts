import type { Seq } from "../base/seq.ts";

/** Where a connection stands in repairing losses. */
export const RecoveryPhase = {
  /** No loss is known. */
  OPEN: 0,
  /** Duplicate ACKs or SACK told of a loss (RFC 6675 §5, RFC 6582 §3.2). */
  FAST: 1,
  /** The retransmission timer went off: everything is taken for lost (RFC 5681 §3.1). */
  LOSS: 2,
} as const;

export type RecoveryPhase = (typeof RecoveryPhase)[keyof typeof RecoveryPhase];

/** What loss recovery remembers beside the retransmission queue itself. */
export class RecoveryState {
  phase: RecoveryPhase = RecoveryPhase.OPEN;
  /** RecoveryPoint, `recover`: SND.NXT when the recovery began. An ACK of it ends the recovery. */
  point: Seq;
  /** Duplicate ACKs in a row (CC-15, SR-9). */
  dupAcks = 0;
  /** Without SACK: octets that duplicate ACKs say have arrived, one segment for each. */
  dupAckOctets = 0;
  /** Only what was sent before this can have caused duplicates: SND.NXT at the last retransmission of a hole. */
  dupAckEdge: Seq;
  /** Sent on the first two duplicate ACKs (RFC 3042): not counted when the window is cut (CC-18). */
  limitedOctets = 0;
  /** Everything below was judged: lost, or delivered. Above it nothing is taken for lost. */
  lossEdge: Seq;
  /** Segments that SACK reports at or above `lossEdge`. */
  sackedAboveEdge = 0;
  /** One past the highest octet SACK reported (HighData of what arrived). */
  highestSacked: Seq;
  /** No lost segment below it still waits to be sent again. */
  retransmitFrom: Seq;
  /** HighRxt: one past the highest octet sent again in this recovery (RFC 6675 §2). */
  highRxt: Seq;
  /** The one rescue retransmission of this recovery was used (SR-10). */
  rescued = false;
  /** The first retransmission of a recovery leaves whatever the window says (SR-5). */
  forced = false;
  /** The last cut of the window may prove spurious, and can be taken back. */
  isUndoable = false;
  /** SND.UNA when the window was cut. */
  undoFrom: Seq;
  /** Segments sent again since then of which the peer has not said that it had them. */
  unconfirmedSegments = 0;
  /** Something was sent again since then, first at this value of our timestamp clock. */
  hasResent = false;
  resentStamp = 0;

  constructor(iss: Seq) {
    this.point = iss;
    this.dupAckEdge = iss;
    this.lossEdge = iss;
    this.highestSacked = iss;
    this.retransmitFrom = iss;
    this.highRxt = iss;
    this.undoFrom = iss;
  }
}

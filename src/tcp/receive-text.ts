import { Errno } from "../base/errno.ts";
import { type Seq, seqAdd, seqDiff, seqGt, seqLt } from "../base/seq.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { enterTimeWait, fail, replyReset } from "./closing.ts";
import { challenge } from "./reset.ts";
import { SackBlocks } from "./sack-blocks.ts";
import type { Segment } from "./segment.ts";
import { advertisedMss } from "./segment-builder.ts";
import { TcpState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { follow, maySendText } from "./transition.ts";
import { takeUrgentOctet } from "./urgent.ts";

/** The seventh check on an arriving segment: its text (RFC 9293 §3.10.7.4). */
export function receiveText(tcb: Tcb, segment: Segment, bytes: Uint8Array, now: number): void {
  if (!maySendText(tcb.state)) {
    // After its FIN the peer has nothing to send: it is told once more where we are.
    if (segment.length > 0) challenge(tcb, now);
    return;
  }
  if (segment.payloadLength === 0) return;
  if (isUnwanted(tcb, segment)) {
    // SHLD-3, BUG-16: nobody will ever read it, and the peer must know.
    replyReset(tcb, segment.ack, false);
    fail(tcb, Errno.ECONNRESET, "ABORT");
    return;
  }
  trimToWindow(tcb, segment);
  if (segment.payloadLength <= 0) return;
  takeUrgentOctet(tcb, segment, bytes);
  store(tcb, segment, bytes, now);
}

/** The eighth check: the FIN bit, of this segment or of an earlier one that waited for what was missing. */
export function receiveFin(tcb: Tcb, segment: Segment, now: number): void {
  if (segment.has(TcpFlag.FIN) && !tcb.hasPeerFin) {
    const fin = seqAdd(segment.seq, segment.payloadLength);
    // A FIN below what the peer has already sent is none.
    if (!seqLt(fin, tcb.receiveBuffer.nxt)) {
      tcb.hasPeerFin = true;
      tcb.peerFin = fin;
      if (seqGt(fin, tcb.rcvNxt)) requestAck(tcb);
    }
  }
  if (tcb.hasPeerFin && tcb.rcvNxt === tcb.peerFin) takeFin(tcb, now);
}

/** A segment that brought nothing new: its repetition is reported (RFC 2883). */
export function noteDuplicate(tcb: Tcb, from: Seq, to: Seq): void {
  if (!tcb.hasSack || !seqLt(from, to)) return;
  tcb.sackBlocks ??= new SackBlocks();
  tcb.sackBlocks.noteDuplicate(from, to);
}

/** SEG-30, SEG-31: everything before the FIN was taken. */
function takeFin(tcb: Tcb, now: number): void {
  tcb.rcvNxt = seqAdd(tcb.rcvNxt, 1);
  requestAck(tcb);
  if (!follow(tcb, "receive FIN")) return;
  tcb.events |= TcpEvent.PEER_CLOSED | TcpEvent.READABLE;
  if (tcb.state === TcpState.TIME_WAIT) enterTimeWait(tcb, now);
}

/** New octets for a connection that was closed for good. */
function isUnwanted(tcb: Tcb, segment: Segment): boolean {
  if (!tcb.isOrphan || tcb.state === TcpState.ESTABLISHED) return false;
  return seqGt(seqAdd(segment.seq, segment.payloadLength), tcb.rcvNxt);
}

/** SEG-14. What is old is reported as a duplicate, what was not asked for is cut off. */
function trimToWindow(tcb: Tcb, segment: Segment): void {
  const old = seqDiff(tcb.rcvNxt, segment.seq);
  if (old > 0) {
    noteDuplicate(tcb, segment.seq, seqAdd(segment.seq, Math.min(old, segment.payloadLength)));
    requestAck(tcb);
    segment.trimHead(Math.min(old, segment.length));
  }
  const edge = tcb.hasPeerFin && seqLt(tcb.peerFin, tcb.rcvAdv) ? tcb.peerFin : tcb.rcvAdv;
  const over = seqDiff(seqAdd(segment.seq, segment.payloadLength), edge);
  if (over > 0) {
    segment.flags &= ~TcpFlag.FIN;
    segment.trimTail(Math.min(over, segment.payloadLength));
    requestAck(tcb);
  }
}

function store(tcb: Tcb, segment: Segment, bytes: Uint8Array, now: number): void {
  const { receiveBuffer } = tcb;
  const { seq, payloadAt, payloadLength } = segment;
  const hadGaps = receiveBuffer.hasGaps;
  const isAhead = seqGt(seq, tcb.rcvNxt);
  const end = seqAdd(seq, payloadLength);
  if (isAhead && receiveBuffer.duplicateOf(seq, payloadLength)) {
    noteDuplicate(tcb, seq, end);
    noteOutOfOrder(tcb, seq, end);
    return;
  }
  if (!receiveBuffer.insert(seq, bytes, payloadAt, payloadAt + payloadLength)) {
    tcb.counters.drop("tcp-out-of-order-limit");
    // The FIN stands behind what was not taken.
    segment.flags &= ~TcpFlag.FIN;
    requestAck(tcb);
    return;
  }
  if (isAhead) {
    noteOutOfOrder(tcb, seq, end);
    return;
  }
  const octets = seqDiff(receiveBuffer.nxt, tcb.rcvNxt);
  tcb.rcvNxt = receiveBuffer.nxt;
  tcb.events |= TcpEvent.READABLE;
  noteInOrder(tcb, segment, octets, hadGaps, now);
}

/** CC-13: a duplicate ACK at once. */
function noteOutOfOrder(tcb: Tcb, seq: Seq, end: Seq): void {
  if (tcb.hasSack) {
    tcb.sackBlocks ??= new SackBlocks();
    tcb.sackBlocks.noteArrival(seq, end);
  }
  requestAck(tcb);
}

/** When `octets` that came in order are acknowledged; at once if they fill a hole (CC-14). */
function noteInOrder(
  tcb: Tcb,
  segment: Segment,
  octets: number,
  hadGaps: boolean,
  now: number,
): void {
  if (segment.frameLength > tcb.rcvMss) {
    tcb.rcvMss = Math.min(segment.frameLength, advertisedMss(tcb));
  }
  const isQuick = hadGaps || tcb.settings.quickAck || tcb.quickAcksLeft > 0;
  const { delayedAckMs } = tcb.config;
  if (tcb.delayedAck.onData(octets, tcb.rcvMss, now, delayedAckMs, isQuick)) requestAck(tcb);
}

function requestAck(tcb: Tcb): void {
  tcb.ackNow = true;
  tcb.mayHaveOutput = true;
}

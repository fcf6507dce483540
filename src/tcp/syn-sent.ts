import { seqAdd, seqGt, seqLe } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { failByReset, replyReset } from "./closing.ts";
import { completeHandshake, takePeerSyn } from "./handshake.ts";
import { receiveFin, receiveText } from "./receive-text.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./tcb.ts";
import { Timer } from "./timer-table.ts";
import { follow } from "./transition.ts";
import { checkUrgent } from "./urgent.ts";

/** A segment arrives in SYN-SENT (RFC 9293 §3.10.7.3). */
export function arriveInSynSent(
  tcb: Tcb,
  segment: Segment,
  packet: PacketBuffer,
  now: number,
): void {
  const hasAck = segment.has(TcpFlag.ACK);
  if (hasAck && (seqLe(segment.ack, tcb.iss) || seqGt(segment.ack, tcb.sndNxt))) {
    tcb.counters.drop("tcp-bad-ack");
    if (!segment.has(TcpFlag.RST)) replyReset(tcb, segment.ack, false);
    return;
  }
  if (segment.has(TcpFlag.RST)) {
    // SEG-6: without an ACK it could be anybody's.
    if (hasAck) failByReset(tcb);
    else tcb.counters.drop("tcp-unacceptable");
    return;
  }
  if (!segment.has(TcpFlag.SYN)) {
    tcb.counters.drop("tcp-bad-state");
    return;
  }
  takePeerSyn(tcb, segment, packet, now);
  if (hasAck) connect(tcb, segment, packet, now);
  else openSimultaneously(tcb, segment, packet, now);
}

/**
 * Keeps data that came with a SYN until the connection is established (SEG-10).
 * It is acknowledged with the SYN. A FIN there is not taken: its sender will
 * repeat it.
 */
export function keepTextOfSyn(tcb: Tcb, segment: Segment, bytes: Uint8Array): void {
  const length = Math.min(segment.payloadLength, tcb.receiveBuffer.free, MAX_SYN_TEXT);
  if (length <= 0) return;
  const { payloadAt } = segment;
  tcb.receiveBuffer.insert(tcb.rcvNxt, bytes, payloadAt, payloadAt + length);
  tcb.rcvNxt = tcb.receiveBuffer.nxt;
  tcb.rcvAdv = tcb.rcvNxt;
}

/** SEG-7. */
function connect(tcb: Tcb, segment: Segment, packet: PacketBuffer, now: number): void {
  completeHandshake(tcb, segment, "receive SYN,ACK", now);
  tcb.ackNow = true;
  // What may come with it is what our SYN offered.
  tcb.rcvAdv = seqAdd(tcb.rcvNxt, Math.min(tcb.receiveBuffer.free, 0xffff));
  if (segment.length === 1) return;
  segment.trimHead(1);
  checkUrgent(tcb, segment);
  receiveText(tcb, segment, packet.bytes, now);
  receiveFin(tcb, segment, now);
}

/** SEG-8: both sides opened at once (MUST-10). Our SYN is sent again, now with an ACK. */
function openSimultaneously(tcb: Tcb, segment: Segment, packet: PacketBuffer, now: number): void {
  follow(tcb, "receive SYN");
  keepTextOfSyn(tcb, segment, packet.bytes);
  tcb.synPending = true;
  tcb.mayHaveOutput = true;
  tcb.timers.set(Timer.RETRANSMIT, now + tcb.rtt.rto);
}

/** A SYN that is nothing but a SYN yet may not make us hold more than a segment. */
const MAX_SYN_TEXT = 1460;

import { randomBelow } from "../base/random.ts";
import { toSeq } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import {
  setTcpAck,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpUrgentPointer,
  setTcpWindow,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
} from "../wire/tcp-header.ts";
import type { Segment } from "./segment.ts";
import { finishChecksumPartially } from "./segment-builder.ts";
import type { Tcb } from "./tcb.ts";

/**
 * Answers a segment that belongs to no connection (SEG-1) with a RST in
 * `packet`. The segment must not be a RST itself (SEG-40).
 */
export function writeReset(packet: PacketBuffer, segment: Segment, pseudoHeaderSum: number): void {
  const hasAck = segment.has(TcpFlag.ACK);
  packet.reset();
  const { view, start } = packet;
  setTcpPorts(view, start, segment.destinationPort, segment.sourcePort);
  setTcpSeq(view, start, hasAck ? segment.ack : toSeq(0));
  setTcpAck(view, start, hasAck ? toSeq(0) : segment.end);
  const flags = hasAck ? TcpFlag.RST : TcpFlag.RST | TcpFlag.ACK;
  setTcpLengthAndFlags(view, start, TCP_MIN_HEADER_LENGTH, flags);
  setTcpWindow(view, start, 0);
  setTcpUrgentPointer(view, start, 0);
  packet.end = start + TCP_MIN_HEADER_LENGTH;
  finishChecksumPartially(packet, pseudoHeaderSum);
}

/**
 * Has an ACK sent to a peer that may be genuine and out of step, or may be an
 * intruder (RFC 5961). So many in a second and no more; how many is drawn anew
 * each second and for each connection, lest the limit itself be a side channel
 * (BLIND-6, CVE-2016-5696).
 */
export function challenge(tcb: Tcb, now: number): void {
  if (now - tcb.challengeSince >= CHALLENGE_PERIOD_MS) {
    const limit = tcb.config.challengeAckLimit;
    tcb.challengeSince = now;
    tcb.challengesLeft = Math.ceil(limit / 2) + randomBelow(tcb.random, limit);
  }
  if (tcb.challengesLeft <= 0) return;
  tcb.challengesLeft--;
  tcb.ackNow = true;
  tcb.mayHaveOutput = true;
}

const CHALLENGE_PERIOD_MS = 1000;

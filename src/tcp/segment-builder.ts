import { checksumFold } from "../base/checksum.ts";
import { type Seq, seqAdd, seqMax, toSeq } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import {
  setTcpAck,
  setTcpChecksum,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpUrgentPointer,
  setTcpWindow,
  TCP_CHECKSUM_OFFSET,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
} from "../wire/tcp-header.ts";
import {
  writeNop,
  writeSackBlock,
  writeSackOption,
  writeTimestampsOption,
} from "../wire/tcp-options.ts";
import { writeSynOptions } from "./handshake-options.ts";
import { advertisedWindow, windowStep } from "./receive-window.ts";
import type { Tcb } from "./tcb.ts";
import { isUrgentAhead, urgentPointerAt } from "./urgent.ts";

/** NOP, NOP, timestamps. */
export const TIMESTAMPS_OCTETS = 12;

/**
 * Fills `packet` with one segment of `length` payload octets of the send
 * buffer from `seq` on. With an ACK bit it acknowledges all that has arrived,
 * so nothing is owed afterwards. The checksum is left partial.
 */
export function buildSegment(
  tcb: Tcb,
  packet: PacketBuffer,
  seq: Seq,
  length: number,
  flags: number,
  now: number,
): void {
  packet.reset();
  const { view, start } = packet;
  const isSyn = (flags & TcpFlag.SYN) !== 0;
  const options = start + TCP_MIN_HEADER_LENGTH;
  const optionsEnd = isSyn
    ? putSynOptions(tcb, view, options, flags, now)
    : putOptions(tcb, view, options, flags, now);
  setTcpPorts(view, start, tcb.connection.localPort, tcb.connection.remotePort);
  setTcpSeq(view, start, seq);
  setTcpAck(view, start, (flags & TcpFlag.ACK) !== 0 ? tcb.rcvNxt : toSeq(0));
  setTcpWindow(view, start, isSyn ? synWindow(tcb) : windowField(tcb));
  if (isUrgentAhead(tcb, seq)) {
    setTcpLengthAndFlags(view, start, optionsEnd - start, flags | TcpFlag.URG);
    setTcpUrgentPointer(view, start, urgentPointerAt(tcb, seq));
  } else {
    setTcpLengthAndFlags(view, start, optionsEnd - start, flags);
    setTcpUrgentPointer(view, start, 0);
  }
  if (length > 0) tcb.sendBuffer.copyInto(packet.bytes, optionsEnd, seq, length);
  packet.end = optionsEnd + length;
  finishChecksumPartially(packet, tcb.path.pseudoHeaderSum);
  if ((flags & TcpFlag.ACK) !== 0) onAckLeft(tcb);
}

/** Leaves the octets to be summed by the link edge: the field holds the pseudo-header's part. */
export function finishChecksumPartially(packet: PacketBuffer, pseudoHeaderSum: number): void {
  setTcpChecksum(packet.view, packet.start, checksumFold(pseudoHeaderSum + packet.length));
  packet.checksumStart = packet.start;
  packet.checksumOffset = TCP_CHECKSUM_OFFSET;
}

/** Octets of SACK option the next segment will carry at most; they count against its size (BUG-18). */
export function sackOctets(tcb: Tcb): number {
  const blocks = Math.min(reportableBlocks(tcb), maxSackBlocks(tcb));
  return blocks <= 0 ? 0 : SACK_FIXED_OCTETS + blocks * 8;
}

/** Our timestamp clock: milliseconds, shifted by an offset of this connection (TS-9). */
export function timestampAt(tcb: Tcb, now: number): number {
  return (Math.floor(now) + tcb.timestampOffset) | 0;
}

/** MSS option of our SYN: what our link can receive, whatever the path is (MUST-67, PMTU-5). */
export function advertisedMss(tcb: Tcb): number {
  const mss = Math.min(tcb.path.linkMtu - tcb.path.ipHeaderLength - TCP_MIN_HEADER_LENGTH, 0xffff);
  return tcb.settings.maxSegment > 0 ? Math.min(mss, tcb.settings.maxSegment) : mss;
}

/** NOP, NOP, kind and length. */
const SACK_FIXED_OCTETS = 4;

function putSynOptions(tcb: Tcb, view: DataView, at: number, flags: number, now: number): number {
  const offer = tcb.scratch.handshakeOptions;
  const isReply = (flags & TcpFlag.ACK) !== 0;
  offer.mss = advertisedMss(tcb);
  offer.sackPermitted = isReply ? tcb.hasSack : tcb.config.sack;
  offer.timestamps = isReply ? tcb.hasTimestamps : tcb.config.timestamps;
  offer.tsVal = timestampAt(tcb, now);
  offer.tsEcr = isReply ? tcb.tsRecent : 0;
  const scales = isReply ? tcb.hasScaling : tcb.config.windowScaling;
  offer.windowScale = scales ? tcb.rcvScale : -1;
  return at + writeSynOptions(view, at, offer);
}

function putOptions(tcb: Tcb, view: DataView, from: number, flags: number, now: number): number {
  let at = from;
  if (tcb.hasTimestamps) {
    at = writeNop(view, writeNop(view, at));
    at = writeTimestampsOption(view, at, timestampAt(tcb, now), tcb.tsRecent);
  }
  if ((flags & TcpFlag.RST) !== 0 || reportableBlocks(tcb) === 0) return at;
  return putSackBlocks(tcb, view, at);
}

function putSackBlocks(tcb: Tcb, view: DataView, from: number): number {
  const edges = tcb.scratch.sackEdges;
  const { ranges } = tcb.receiveBuffer;
  const count = tcb.sackBlocks?.pick(ranges, maxSackBlocks(tcb), edges) ?? 0;
  if (count === 0) return from;
  let at = writeSackOption(view, writeNop(view, writeNop(view, from)), count);
  for (let block = 0; block < count; block++) {
    at = writeSackBlock(view, at, toSeq(edges[block * 2]!), toSeq(edges[block * 2 + 1]!));
  }
  return at;
}

/** SACK-3; fewer on a path so narrow that they would leave no room for text. */
function maxSackBlocks(tcb: Tcb): number {
  const most = tcb.hasTimestamps ? 3 : 4;
  return Math.min(most, (tcb.mss - SACK_FIXED_OCTETS - 1) >> 3);
}

function reportableBlocks(tcb: Tcb): number {
  if (!tcb.hasSack || tcb.sackBlocks === null) return 0;
  return tcb.receiveBuffer.ranges.count + (tcb.sackBlocks.hasDuplicate ? 1 : 0);
}

/** WS-3: never scaled. The promise counts from behind the SYN of the peer. */
function synWindow(tcb: Tcb): number {
  const window = Math.min(Math.max(tcb.receiveBuffer.free, 0), 0xffff);
  tcb.rcvAdv = seqMax(tcb.rcvAdv, seqAdd(tcb.rcvNxt, window));
  return window;
}

function windowField(tcb: Tcb): number {
  const { receiveBuffer, rcvScale } = tcb;
  const step = windowStep(receiveBuffer.limit, tcb.rcvMss);
  const window = advertisedWindow(receiveBuffer.free, tcb.rcvWnd, step, rcvScale);
  tcb.rcvAdv = seqMax(tcb.rcvAdv, seqAdd(tcb.rcvNxt, window));
  return window >>> rcvScale;
}

function onAckLeft(tcb: Tcb): void {
  if (tcb.quickAcksLeft > 0 && tcb.delayedAck.isOwed) tcb.quickAcksLeft--;
  tcb.delayedAck.onAckSent();
  if (tcb.sackBlocks !== null && !tcb.receiveBuffer.hasGaps) tcb.sackBlocks = null;
  tcb.ackNow = false;
  tcb.lastAckSent = tcb.rcvNxt;
}

import { type Seq, seqAdd } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { TCP_MIN_HEADER_LENGTH } from "../wire/tcp-header.ts";
import { createController } from "./congestion/create-controller.ts";
import { parseHandshakeOptions } from "./handshake-options.ts";
import { chooseWindowScale } from "./receive-window.ts";
import type { Segment } from "./segment.ts";
import { TIMESTAMPS_OCTETS, timestampAt } from "./segment-builder.ts";
import type { Tcb } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { Timer } from "./timer-table.ts";
import { follow, type TransitionEvent } from "./transition.ts";

/** Puts our SYN (or SYN,ACK) into sequence space and has it sent. */
export function offerSyn(tcb: Tcb, now: number): void {
  if (tcb.config.windowScaling) tcb.rcvScale = chooseWindowScale(tcb.settings.receiveBufferOctets);
  tcb.sndNxt = seqAdd(tcb.iss, 1);
  tcb.synSentAt = now;
  tcb.synPending = true;
  tcb.mayHaveOutput = true;
}

/** Takes over the peer's SYN: its sequence number, its window and what both sides offer. */
export function takePeerSyn(tcb: Tcb, segment: Segment, packet: PacketBuffer, now: number): void {
  const { config } = tcb;
  const peer = tcb.scratch.handshakeOptions;
  parseHandshakeOptions(packet.view, segment.optionsAt, segment.optionsEnd, peer);
  tcb.irs = segment.seq;
  tcb.rcvNxt = seqAdd(segment.seq, 1);
  tcb.rcvAdv = tcb.rcvNxt;
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.receiveBuffer.start(tcb.rcvNxt);
  tcb.hasTimestamps = config.timestamps && peer.timestamps;
  tcb.hasSack = config.sack && peer.sackPermitted;
  tcb.hasScaling = config.windowScaling && peer.windowScale >= 0;
  tcb.sndScale = tcb.hasScaling ? peer.windowScale : 0;
  if (!tcb.hasScaling) tcb.rcvScale = 0;
  if (tcb.hasTimestamps) {
    tcb.tsRecent = peer.tsVal;
    tcb.tsRecentAt = now;
  }
  // A tiny MSS would cost a header for every few octets (SACK Panic, CVE-2019-11479).
  if (peer.mss > 0) tcb.sendMss = Math.max(peer.mss, MIN_SEND_MSS);
  // WS-3: the window of a SYN is not scaled.
  takeWindow(tcb, segment.window, segment.seq, segment.ack);
  tcb.mss = effectiveMss(tcb);
  tcb.rcvMss = Math.min(tcb.sendMss, tcb.rcvMss);
}

/** SND.WND and what goes with it. */
export function takeWindow(tcb: Tcb, window: number, segSeq: Seq, segAck: Seq): void {
  tcb.sndWnd = window;
  tcb.sndWl1 = segSeq;
  tcb.sndWl2 = segAck;
  if (window > tcb.maxSndWnd) tcb.maxSndWnd = window;
}

/** Eff.snd.MSS (MUST-16): what the peer takes and what the path takes, without options. */
export function effectiveMss(tcb: Tcb): number {
  const { path, settings } = tcb;
  let mss = Math.min(tcb.sendMss, path.mtu - path.ipHeaderLength - TCP_MIN_HEADER_LENGTH);
  if (settings.maxSegment > 0) mss = Math.min(mss, settings.maxSegment);
  return Math.max(mss - (tcb.hasTimestamps ? TIMESTAMPS_OCTETS : 0), MIN_PAYLOAD);
}

/**
 * Our SYN is acknowledged: SND.UNA moves over it, the round trip is measured,
 * congestion control starts, and data may flow.
 */
export function completeHandshake(
  tcb: Tcb,
  segment: Segment,
  event: TransitionEvent,
  now: number,
): void {
  tcb.isSynAcked = true;
  tcb.synPending = false;
  tcb.sndUna = seqAdd(tcb.iss, 1);
  tcb.recovery.lossEdge = tcb.sndUna;
  tcb.recovery.retransmitFrom = tcb.sndUna;
  tcb.recovery.highestSacked = tcb.sndUna;
  tcb.timers.stop(Timer.RETRANSMIT);
  measureHandshake(tcb, segment, now);
  // RFC 6928 §2: one segment, when the handshake lost more than one.
  const { config, settings } = tcb;
  const segments = tcb.synTransmissions > 2 ? 1 : config.initialWindowSegments;
  tcb.congestion = createController(settings.congestionControl, tcb.mss, segments);
  follow(tcb, event);
  tcb.events |= TcpEvent.CONNECTED | TcpEvent.WRITABLE;
  tcb.lastDataSentAt = now;
  tcb.mayHaveOutput = true;
}

/** One sample from SYN to its ACK (RTO-7); after a loss only timestamps can tell which SYN it was. */
function measureHandshake(tcb: Tcb, segment: Segment, now: number): void {
  if (tcb.synTransmissions === 1) {
    tcb.rtt.sample(now - tcb.synSentAt);
  } else if (tcb.hasTimestamps && segment.tsPresent && segment.tsEcr !== 0) {
    const elapsed = (timestampAt(tcb, now) - segment.tsEcr) | 0;
    if (elapsed >= 0 && elapsed <= now - tcb.synSentAt + 1) tcb.rtt.sample(elapsed);
  }
  if (tcb.timeouts > 0) tcb.rtt.restartAfterSynTimeout();
  tcb.timeouts = 0;
}

/** Linux's TCP_MIN_SND_MSS. */
const MIN_SEND_MSS = 48;
/** Whatever path and options leave, a segment carries something. */
const MIN_PAYLOAD = 8;

import type { Counters } from "../base/counters.ts";
import type { ConnectionName } from "../base/observer.ts";
import type { RandomSource } from "../base/random.ts";
import { type Seq, seqAdd, seqDiff, seqGt, toSeq } from "../base/seq.ts";
import type { TcpConfig } from "./config.ts";
import type { CongestionController } from "./congestion/controller.ts";
import { createController } from "./congestion/create-controller.ts";
import { DelayedAck } from "./delayed-ack.ts";
import type { KeepAliveState } from "./keep-alive.ts";
import type { TcpPath } from "./path.ts";
import { RackState } from "./rack-state.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { RecoveryState } from "./recovery-state.ts";
import { RttEstimator } from "./rtt-estimator.ts";
import type { SackBlocks } from "./sack-blocks.ts";
import type { TcpScratch } from "./scratch.ts";
import { SendBuffer } from "./send-buffer.ts";
import { SentSegments } from "./sent-segments.ts";
import type { TcpSettings } from "./settings.ts";
import { TcpState } from "./state.ts";
import { TimerTable } from "./timer-table.ts";
import type { Stateful } from "./transition.ts";
import type { UrgentState } from "./urgent-state.ts";

/** What a control block is made from. */
export interface TcbOptions {
  path: TcpPath;
  /** The host's, shared by all connections. */
  config: TcpConfig;
  /** The socket's, read whenever a value is needed. */
  settings: TcpSettings;
  /** ISS, from `InitialSequence`. */
  iss: Seq;
  /** Added to the clock in every timestamp (TS-9). */
  timestampOffset: number;
  counters: Counters;
  random: RandomSource;
  scratch: TcpScratch;
}

/** Where an accepted connection will wait: full, it lets no handshake complete. */
export interface AcceptQueue {
  readonly hasRoom: boolean;
}

/**
 * The transmission control block (RFC 9293 §3.3.1): the state of one
 * connection, no logic. The functions of this folder work on it; nothing
 * outside the folder sees it.
 *
 * ```
 *      SND.UNA         SND.NXT      SND.UNA + SND.WND
 * acked | in flight     | may be sent | must wait
 *
 *      RCV.NXT              RCV.ADV
 * taken | promised           | not promised
 * ```
 */
export class Tcb implements Stateful {
  readonly connection: ConnectionName;
  readonly config: TcpConfig;
  readonly settings: TcpSettings;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly scratch: TcpScratch;
  readonly path: TcpPath;
  state: TcpState = TcpState.CLOSED;
  /** Opened by a listener (MUST-11). */
  isPassive = false;
  /** The listener's queue, while this connection is half open. */
  acceptQueue: AcceptQueue | null = null;
  /** The application has closed its descriptor: nobody reads, nobody hears of errors. */
  isOrphan = false;
  /** `TcpEvent` bits not yet taken. */
  events = 0;
  /** The pending error, an errno (`SO_ERROR`), or 0. */
  error = 0;
  /** The last soft error (MUST-47), an errno, or 0. Becomes the error if the connection times out. */
  softError = 0;
  /** Something happened after which there may be a segment to send. */
  mayHaveOutput = false;

  /** Initial send sequence number: the number of our SYN. */
  readonly iss: Seq;
  /** Oldest number sent and not acknowledged. An ACK of SND.UNA + n frees n octets of the send buffer. */
  sndUna: Seq;
  /** Next number to send for the first time. Retransmission does not set it back. */
  sndNxt: Seq;
  /** The peer's window in octets, scaled: it takes numbers up to SND.UNA + SND.WND. */
  sndWnd = 0;
  /** SEG.SEQ and SEG.ACK of the segment that last set SND.WND (SEG-23). */
  sndWl1: Seq = toSeq(0);
  sndWl2: Seq = toSeq(0);
  /** The largest SND.WND ever (SWS-3, BLIND-5). */
  maxSndWnd = 0;
  /** The peer's window scale (RFC 7323 §2.3). */
  sndScale = 0;
  /** SendMSS: what the peer's SYN allowed, or the default (MUST-15). */
  sendMss: number;
  /** Eff.snd.MSS: most payload octets of a segment, timestamps subtracted (MUST-16). */
  mss = 0;
  /** What the application wrote; its first octet is the one after SND.UNA, or SND.UNA. */
  readonly sendBuffer: SendBuffer;
  /** CLOSE was called: a FIN follows the last octet of the send buffer. */
  isSendShut = false;
  /** `send` was refused: tell when there is room. */
  wantsWritable = false;
  /** MSG_MORE: the last write is to be continued. */
  isMoreComing = false;
  /** A segment below the MSS was sent and not acknowledged; the last one ended at `smallSentEnd` (Nagle). */
  hasSmallInFlight = false;
  smallSentEnd: Seq;
  /** How often the SYN or SYN,ACK was sent; losing it makes the initial window smaller (CC-4). */
  synTransmissions = 0;
  /** When the last segment of data was sent, ms (CC-22). */
  lastDataSentAt = 0;
  /** What is in flight, and what is known of it. */
  readonly sent: SentSegments;
  readonly recovery: RecoveryState;
  readonly rack: RackState;
  congestion: CongestionController;
  /** The congestion window limited sending in the current round (CC-29). */
  isWindowLimited = false;
  /** Largest flight of the current round; the round ends when `limitRoundEnd` is acknowledged. */
  maxFlight = 0;
  limitRoundEnd: Seq;

  readonly rtt: RttEstimator;
  /** When the SYN was first sent, ms. */
  synSentAt = 0;
  /** Timeouts since the last progress; 0 when all is well. */
  timeouts = 0;
  /** When the first of them retransmitted, ms. R2 and the user timeout count from here. */
  stalledSince = 0;
  /** Window probes sent since the window closed; determines their spacing. */
  probesSent = 0;
  /** Those of them after which nothing was heard from the peer. */
  probesUnanswered = 0;
  /** When something last arrived, and the keep-alive probes since then. */
  readonly keepAlive: KeepAliveState = { lastHeardAt: 0, probesSent: 0, lastProbeAt: 0 };

  /** Initial receive sequence number: the number of the peer's SYN. */
  irs: Seq = toSeq(0);
  /** Next number expected. One more than the receive buffer's once the peer's FIN was taken. */
  rcvNxt: Seq = toSeq(0);
  /** Right edge of the window last advertised: RCV.NXT + RCV.WND. Never moves left. */
  rcvAdv: Seq = toSeq(0);
  /** RCV.NXT in the last segment sent (Last.ACK.sent, TS-5). */
  lastAckSent: Seq = toSeq(0);
  /** Our window scale. */
  rcvScale = 0;
  /** Estimate of the peer's segment size, for the delayed ACK. */
  rcvMss: number;
  readonly receiveBuffer: ReceiveBuffer;
  /** The peer's FIN was seen; it has number `peerFin`. Taken once RCV.NXT is past it. */
  hasPeerFin = false;
  peerFin: Seq = toSeq(0);
  /** Reading was shut down: end of file after what is there. */
  isReceiveShut = false;
  /** Null until something arrives out of order or twice. */
  sackBlocks: SackBlocks | null = null;
  readonly delayedAck: DelayedAck = new DelayedAck();
  /** ACKs that are sent without delay while the peer's slow start needs them (Linux). */
  quickAcksLeft = 16;
  /** An ACK is to leave as soon as all arrived segments are handled (MUST-59). */
  ackNow = false;
  /** Null until urgent data is sent or received. */
  urgent: UrgentState | null = null;

  /** Agreed in the handshake. */
  hasTimestamps = false;
  hasSack = false;
  hasScaling = false;
  readonly timestampOffset: number;
  /** TS.Recent and when it was taken, ms. */
  tsRecent = 0;
  tsRecentAt = 0;

  /** A RST is to be sent, with SEQ `resetSeq` and, if `resetAcks`, an ACK. */
  resetPending = false;
  resetSeq: Seq = toSeq(0);
  resetAcks = false;
  /** Probe with a number below the window is to be sent, so that the peer answers. */
  probePending = false;
  /** The persist timer let a segment go that silly-window avoidance or a cork held (SWS-4). */
  isOverridden = false;
  /** A SYN or SYN,ACK is to be sent. */
  synPending = false;
  /** Our SYN is acknowledged. */
  isSynAcked = false;
  /** Challenge ACKs of the second that began at `challengeSince` (BLIND-6). */
  challengesLeft = 0;
  challengeSince: number = -Infinity;

  readonly timers: TimerTable = new TimerTable();

  constructor(connection: ConnectionName, options: TcbOptions) {
    const { config, settings, iss } = options;
    this.connection = connection;
    this.path = options.path;
    this.config = config;
    this.settings = settings;
    this.counters = options.counters;
    this.random = options.random;
    this.scratch = options.scratch;
    this.timestampOffset = options.timestampOffset;
    this.iss = iss;
    this.sndUna = iss;
    this.sndNxt = iss;
    this.smallSentEnd = iss;
    this.limitRoundEnd = iss;
    this.sendMss = this.path.isV6 ? DEFAULT_MSS_V6 : DEFAULT_MSS_V4;
    this.rcvMss = this.sendMss;
    this.sendBuffer = new SendBuffer(settings.sendBufferOctets, options.scratch.storage);
    this.sendBuffer.start(seqAdd(iss, 1));
    this.receiveBuffer = new ReceiveBuffer(
      settings.receiveBufferOctets,
      config.maxOutOfOrderRanges,
      options.scratch.storage,
    );
    this.sent = new SentSegments(options.scratch.segments);
    this.recovery = new RecoveryState(iss);
    this.rack = new RackState(iss);
    this.rtt = new RttEstimator(config);
    this.congestion = createController(
      settings.congestionControl,
      this.sendMss,
      config.initialWindowSegments,
    );
  }

  /** The number our FIN has or will have. */
  get finSeq(): Seq {
    return this.sendBuffer.end;
  }

  get isFinSent(): boolean {
    return this.isSendShut && seqGt(this.sndNxt, this.finSeq);
  }

  get isFinAcked(): boolean {
    return this.isSendShut && seqGt(this.sndUna, this.finSeq);
  }

  /** Octets written and not yet sent. */
  get unsentOctets(): number {
    if (this.isFinSent) return 0;
    return Math.min(seqDiff(this.sendBuffer.end, this.sndNxt), this.sendBuffer.length);
  }

  /** RACK finds the losses of this connection (RFC 8985 §4: it needs SACK). */
  get usesRack(): boolean {
    return this.hasSack && this.config.rack;
  }

  /** SND.NXT − SND.UNA: FlightSize of RFC 5681. */
  get flightOctets(): number {
    return seqDiff(this.sndNxt, this.sndUna);
  }

  /** Octets the peer's window still takes; negative when it was shrunk (MUST-34). */
  get usableWindow(): number {
    return seqDiff(this.sndWindowEnd, this.sndNxt);
  }

  /** SND.UNA + SND.WND. */
  get sndWindowEnd(): Seq {
    return seqAdd(this.sndUna, this.sndWnd);
  }

  /** RCV.WND as the peer knows it. */
  get rcvWnd(): number {
    return Math.max(0, seqDiff(this.rcvAdv, this.rcvNxt));
  }

  /** The peer's FIN was taken: nothing more comes. */
  get isPeerFinTaken(): boolean {
    return this.hasPeerFin && seqGt(this.rcvNxt, this.peerFin);
  }
}

/** MUST-15. */
const DEFAULT_MSS_V4 = 536;
const DEFAULT_MSS_V6 = 1220;

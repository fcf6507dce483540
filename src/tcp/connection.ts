import type { IpAddress } from "../base/ip-address.ts";
import type { ConnectionName } from "../base/observer.ts";
import { type Seq, seqLe, seqLt } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { closeForGood, shutdownReceive, shutdownSend } from "./close-call.ts";
import { abort, fail, finish } from "./closing.ts";
import { infoOf, type TcpInfo, type TimerInfo, timerInfoOf } from "./connection-info.ts";
import { effectiveMss, offerSyn, takePeerSyn } from "./handshake.ts";
import { resendOversized } from "./loss-recovery.ts";
import { nextSegment } from "./output.ts";
import type { TcpPath } from "./path.ts";
import { isReadable, readableOctets, receiveInto } from "./receive-call.ts";
import { TcpScratch } from "./scratch.ts";
import type { Segment } from "./segment.ts";
import { segmentArrives } from "./segment-arrives.ts";
import { isWritable, sendText, sendUrgentText } from "./send-call.ts";
import type { TcpSettings } from "./settings.ts";
import { TcpState } from "./state.ts";
import { keepTextOfSyn } from "./syn-sent.ts";
import { Tcb, type TcbOptions } from "./tcb.ts";
import { TcpEvent } from "./tcp-event.ts";
import { isReopening } from "./time-wait-arrives.ts";
import { expireTimers, nextKeepAliveAt, nextTimeout } from "./timers.ts";
import { follow, isSynchronized } from "./transition.ts";
import { hasUrgentOctet, isAtMark, octetsToMark, readUrgent } from "./urgent.ts";

/** Who a connection is, and what it works with. */
export interface TcpConnectionOptions extends Omit<TcbOptions, "scratch"> {
  /** Unique on the host. */
  id: number;
  localAddress: IpAddress;
  localPort: number;
  remoteAddress: IpAddress;
  remotePort: number;
  /** Of the host; without it the connection makes its own. */
  scratch?: TcpScratch;
}

/** The listener of a connection that it opened: it hears when the handshake is over, or will never be. */
export interface HalfOpenOwner {
  /** The accept queue has room for one more. */
  readonly hasRoom: boolean;
  handleEstablished(connection: TcpConnection): void;
  handleGone(connection: TcpConnection): void;
}

/**
 * One TCP connection without input and output of its own. Its methods are of
 * four kinds:
 *
 * - events in: `handleSegment`, `handleTimeout`, `handlePathChange`, …Error;
 * - calls of the application: `open`, `send`, `receive`, `shutdown…`, `close`, `abort`;
 * - work out: `pollTransmit`, `pollTimeout`, `takeEvents`;
 * - getters.
 *
 * After any of the first two the owner looks at the third. `now` is ms on a
 * monotonic clock; it may stand still, and never goes back.
 */
export class TcpConnection implements ConnectionName {
  readonly id: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly #tcb: Tcb;
  #owner: HalfOpenOwner | null = null;

  constructor(options: TcpConnectionOptions) {
    this.id = options.id;
    this.localAddress = options.localAddress;
    this.localPort = options.localPort;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.#tcb = new Tcb(this, { ...options, scratch: options.scratch ?? new TcpScratch() });
  }

  // Events in.

  /** A segment arrives for this connection; its checksum was verified, `segment` parsed from `packet`. */
  handleSegment(segment: Segment, packet: PacketBuffer, now: number): void {
    segmentArrives(this.#tcb, segment, packet, now);
    if (this.#owner !== null) this.#tellOwner();
  }

  /** The time `pollTimeout` named has come. Too early a call does nothing. */
  handleTimeout(now: number): void {
    expireTimers(this.#tcb, now);
    if (this.#owner !== null) this.#tellOwner();
  }

  /** `path.mtu` changed (PMTU-1): what no longer fits is cut anew and sent again at once. */
  handlePathChange(): void {
    const tcb = this.#tcb;
    if (tcb.mss === 0) return;
    const mss = effectiveMss(tcb);
    if (mss === tcb.mss) return;
    tcb.mss = mss;
    tcb.congestion.onMssChange(mss);
    resendOversized(tcb);
    tcb.mayHaveOutput = true;
  }

  /** The socket changed its settings: what may leave now leaves, buffers get their new size. */
  handleSettingsChange(): void {
    const { receiveBuffer, sendBuffer, settings } = this.#tcb;
    if (receiveBuffer.limit !== settings.receiveBufferOctets) {
      receiveBuffer.limit = settings.receiveBufferOctets;
    }
    if (sendBuffer.limit !== settings.sendBufferOctets) {
      sendBuffer.limit = settings.sendBufferOctets;
    }
    this.#tcb.mayHaveOutput = true;
  }

  /** An ICMP error that may pass (MUST-56): told on timeout, or by `softError`. */
  handleSoftError(errno: number): void {
    this.#tcb.softError = errno;
  }

  /** An ICMP error that ends an opening connection; once synchronized it is only soft (ICMPT-1). */
  handleHardError(errno: number): void {
    const tcb = this.#tcb;
    if (isSynchronized(tcb.state)) tcb.softError = errno;
    else if (tcb.isPassive) finish(tcb, "timeout");
    else fail(tcb, errno, "timeout");
    if (this.#owner !== null) this.#tellOwner();
  }

  /** Whether an ICMP error quotes what is in flight (ICMPT-2). */
  quotedSeqIsOurs(seq: Seq): boolean {
    return seqLe(this.#tcb.sndUna, seq) && seqLt(seq, this.#tcb.sndNxt);
  }

  // Calls of the application.

  /** Active OPEN. */
  open(now: number): void {
    if (follow(this.#tcb, "active OPEN")) offerSyn(this.#tcb, now);
  }

  /** Passive OPEN by a listener that received this SYN (SEG-4). `owner` hears the outcome. */
  openPassive(
    segment: Segment,
    packet: PacketBuffer,
    now: number,
    owner: HalfOpenOwner | null = null,
  ): void {
    const tcb = this.#tcb;
    tcb.isPassive = true;
    tcb.state = TcpState.LISTEN;
    tcb.keepAlive.lastHeardAt = now;
    this.#owner = owner;
    tcb.acceptQueue = owner;
    offerSyn(tcb, now);
    takePeerSyn(tcb, segment, packet, now);
    keepTextOfSyn(tcb, segment, packet.bytes);
    follow(tcb, "receive SYN");
  }

  /** Octets taken over, or a negative errno: see `sendText`. */
  send(bytes: Uint8Array, from: number, to: number): number {
    return sendText(this.#tcb, bytes, from, to);
  }

  /** The same with MSG_OOB. */
  sendUrgent(bytes: Uint8Array, from: number, to: number): number {
    return sendUrgentText(this.#tcb, bytes, from, to);
  }

  /** MSG_MORE: whether the writer goes on with what it wrote last. */
  setMoreComing(isMoreComing: boolean): void {
    this.#tcb.isMoreComing = isMoreComing;
    this.#tcb.mayHaveOutput = true;
  }

  /** Lets go, this once, what a cork or Nagle's algorithm holds back (TCP_NODELAY, OPT-13). */
  push(): void {
    const tcb = this.#tcb;
    if (tcb.unsentOctets === 0) return;
    tcb.isOverridden = true;
    tcb.mayHaveOutput = true;
  }

  /** Octets read, 0 at the end of the stream, or a negative errno: see `receiveInto`. */
  receive(into: Uint8Array, from: number, to: number, isPeek: boolean = false): number {
    return receiveInto(this.#tcb, into, from, to, isPeek);
  }

  /** The urgent octet (MSG_OOB), or a negative errno. */
  receiveUrgent(isPeek: boolean = false): number {
    return readUrgent(this.#tcb, isPeek);
  }

  shutdownReceive(): void {
    shutdownReceive(this.#tcb);
  }

  shutdownSend(): void {
    shutdownSend(this.#tcb);
  }

  /** The descriptor is gone; the connection ends in its own time. */
  close(now: number): void {
    closeForGood(this.#tcb, now);
    if (this.#owner !== null) this.#tellOwner();
  }

  /** Ends the connection at once, with a RST where the peer knows of it (SEG-38). */
  abort(): void {
    abort(this.#tcb);
    if (this.#owner !== null) this.#tellOwner();
  }

  /** Forgets a half-open connection without a word: it may be nobody's. */
  discard(): void {
    this.#owner = null;
    finish(this.#tcb, "timeout");
  }

  /** The pending error, an errno or 0, which is thereby taken (SO_ERROR). */
  takeError(): number {
    const { error } = this.#tcb;
    this.#tcb.error = 0;
    return error;
  }

  // Work out.

  /** There may be a segment to send: `pollTransmit` is worth a call. */
  get wantsTransmit(): boolean {
    return this.#tcb.mayHaveOutput;
  }

  /**
   * Fills `packet` with the next segment, from HEADROOM on, with a partial
   * checksum and, for a super-segment, `gsoSize`. False, and nothing filled,
   * when there is none. A packet that is then not sent is lost as on the wire.
   */
  pollTransmit(packet: PacketBuffer, now: number): boolean {
    const tcb = this.#tcb;
    if (!tcb.mayHaveOutput) return false;
    tcb.mayHaveOutput = nextSegment(tcb, packet, now);
    return tcb.mayHaveOutput;
  }

  /** When `handleTimeout` is to be called, ms; Infinity when idle. */
  pollTimeout(): number {
    return nextTimeout(this.#tcb);
  }

  /** `TcpEvent` bits since the last call. */
  takeEvents(): number {
    const { events } = this.#tcb;
    this.#tcb.events = 0;
    return events;
  }

  // Getters.

  get state(): TcpState {
    return this.#tcb.state;
  }

  get path(): TcpPath {
    return this.#tcb.path;
  }

  get settings(): TcpSettings {
    return this.#tcb.settings;
  }

  get isPassive(): boolean {
    return this.#tcb.isPassive;
  }

  /** Closed by the application: an orphan. */
  get isOrphan(): boolean {
    return this.#tcb.isOrphan;
  }

  get error(): number {
    return this.#tcb.error;
  }

  get softError(): number {
    return this.#tcb.softError;
  }

  get readableOctets(): number {
    return readableOctets(this.#tcb);
  }

  /** Octets written and not acknowledged (SIOCOUTQ). */
  get sendQueueOctets(): number {
    return this.#tcb.sendBuffer.length;
  }

  /** Those of them not even sent (SIOCOUTQNSD). */
  get unsentOctets(): number {
    return this.#tcb.unsentOctets;
  }

  get isReadable(): boolean {
    return isReadable(this.#tcb);
  }

  get isWritable(): boolean {
    return isWritable(this.#tcb);
  }

  /** The peer's FIN was reached, by whoever reads. */
  get isPeerFinTaken(): boolean {
    return this.#tcb.isPeerFinTaken;
  }

  /** The peer will send no more (POLLRDHUP). */
  get isPeerClosed(): boolean {
    return this.#tcb.isPeerFinTaken || this.#tcb.state === TcpState.CLOSED;
  }

  /** Both directions are over (POLLHUP). */
  get hasHangup(): boolean {
    const tcb = this.#tcb;
    if (tcb.state === TcpState.CLOSED) return true;
    return tcb.isSendShut && (tcb.isPeerFinTaken || tcb.isReceiveShut);
  }

  /** An urgent octet waits to be read out of band (POLLPRI). */
  get hasUrgent(): boolean {
    return hasUrgentOctet(this.#tcb);
  }

  /** Octets in order before the urgent mark (FIONREAD). */
  get octetsBeforeMark(): number {
    const { settings } = this.#tcb;
    const toMark = settings.oobInline ? Infinity : octetsToMark(this.#tcb);
    return Math.min(this.readableOctets, toMark);
  }

  get isAtMark(): boolean {
    return isAtMark(this.#tcb);
  }

  /** Octets of memory in the buffers. */
  get storageOctets(): number {
    return this.#tcb.sendBuffer.storageOctets + this.#tcb.receiveBuffer.storageOctets;
  }

  /** Whether this SYN may open the same 4-tuple anew while we are in TIME-WAIT (MAY-2, RFC 6191). */
  mayReuseTimeWait(segment: Segment, now: number): boolean {
    return this.#tcb.state === TcpState.TIME_WAIT && isReopening(this.#tcb, segment, now);
  }

  timerInfo(now: number): TimerInfo {
    const keepAliveAt = this.settings.keepAlive ? nextKeepAliveAt(this.#tcb) : Infinity;
    return timerInfoOf(this.#tcb, keepAliveAt, now);
  }

  info(): TcpInfo {
    return infoOf(this.#tcb);
  }

  #tellOwner(): void {
    const owner = this.#owner;
    const tcb = this.#tcb;
    if (owner === null || (tcb.state === TcpState.SYN_RECEIVED && !tcb.isSynAcked)) return;
    this.#owner = null;
    tcb.acceptQueue = null;
    if ((tcb.events & TcpEvent.CONNECTED) !== 0 && tcb.state !== TcpState.CLOSED) {
      owner.handleEstablished(this);
    } else {
      owner.handleGone(this);
    }
  }
}

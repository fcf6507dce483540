import type { Counters } from "../base/counters.ts";
import { Errno } from "../base/errno.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import { toSeq } from "../base/seq.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { Path } from "../ip/path.ts";
import type { IpError, UpperProtocol } from "../ip/upper.ts";
import type { TcpConfig } from "../tcp/config.ts";
import { TcpConnection } from "../tcp/connection.ts";
import { InitialSequence } from "../tcp/initial-sequence.ts";
import { TcpScratch } from "../tcp/scratch.ts";
import { isSegmentChecksumValid, parseSegmentInto, Segment } from "../tcp/segment.ts";
import type { TcpSettings } from "../tcp/settings.ts";
import { TcpState } from "../tcp/state.ts";
import { TcpEvent } from "../tcp/tcp-event.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { destinationAddress } from "../wire/packet-addresses.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { packetPseudoHeaderSum } from "../wire/pseudo-header.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import { FlowCensus } from "./flow-census.ts";
import { FlowScheduler } from "./flow-scheduler.ts";
import { FlowTable } from "./flow-table.ts";
import {
  ListenFlow,
  type ListenLayer,
  type ListenOwner,
  type ListenRequest,
} from "./listen-flow.ts";
import { ListenTable } from "./listen-table.ts";
import type { Network } from "./network.ts";
import { PortAllocator, type Reservation } from "./port-allocator.ts";
import { findReplyPath, ResetSender } from "./reset-sender.ts";
import { type FlowLayer, type FlowOwner, TcpFlow } from "./tcp-flow.ts";

export interface TcpLayerOptions {
  readonly network: Network;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly config: TcpConfig;
  /** Asks for a turn of the stack. */
  readonly wake: () => void;
  /** Whether the interface's device is full: nothing should be built for it now. */
  readonly isBacklogged: (iface: IpInterface) => boolean;
}

/** An active open. */
export interface ConnectRequest {
  /** The address the socket is bound to, or null: the route decides (MUST-43, MUST-44). */
  readonly local: IpAddress | null;
  readonly remote: IpAddress;
  readonly remotePort: number;
  readonly settings: TcpSettings;
  /** The port the socket is bound to, or null: a random one is taken. */
  readonly reservation: Reservation | null;
  /** SO_BINDTODEVICE or the zone of a link-local address; 0 is any. */
  readonly interfaceIndex: number;
}

/**
 * TCP of one host: opens connections, gives arriving segments and errors to
 * them, answers what belongs to none, and forgets those that are over. When
 * they send is decided by the `FlowScheduler`.
 */
export class TcpLayer implements UpperProtocol, FlowLayer, ListenLayer {
  readonly config: TcpConfig;
  readonly ports: PortAllocator;
  readonly counters: Counters;
  readonly #network: Network;
  readonly #random: RandomSource;
  readonly #initialSequence: InitialSequence;
  readonly #scratch = new TcpScratch();
  readonly #segment = new Segment();
  readonly #flows: FlowTable<TcpFlow>;
  readonly #listeners = new ListenTable<ListenFlow>();
  readonly #scheduler: FlowScheduler;
  readonly #census: FlowCensus;
  readonly #resets: ResetSender;
  readonly #acceptable = new Set<ListenFlow>();
  #nextId = 1;

  constructor(options: TcpLayerOptions) {
    this.config = options.config;
    this.#network = options.network;
    this.counters = options.counters;
    this.#random = options.random;
    this.ports = new PortAllocator(options.secureRandom);
    this.#initialSequence = new InitialSequence(options.secureRandom);
    this.#flows = new FlowTable(options.secureRandom);
    this.#scheduler = new FlowScheduler({
      network: options.network,
      wake: options.wake,
      isBacklogged: options.isBacklogged,
      served: (flow, events) => this.#handleServed(flow, events),
    });
    this.#census = new FlowCensus(options.config, options.counters);
    this.#resets = new ResetSender(options.network);
  }

  // ---- calls of the socket layer

  /**
   * Active OPEN. The flow, or a negative errno: ENETUNREACH (no route, or a
   * group address: MUST-46), EADDRNOTAVAIL (no port or the 4-tuple is in use).
   */
  connect(request: ConnectRequest, owner: FlowOwner, now: number): TcpFlow | number {
    const { local, remote, interfaceIndex } = request;
    const wish = { protocol: IpProtocol.TCP, interfaceIndex, allowBroadcast: true };
    const isBound = local !== null && !local.isUnspecified;
    const options = isBound ? { ...wish, source: local } : wish;
    const path = this.#network.findPath(remote, options, now);
    if (typeof path === "number") return path;
    if (path.isMulticast || path.isBroadcast) return -Errno.ENETUNREACH;
    const reservation = this.#reserve(request, path);
    if (typeof reservation === "number") return reservation;
    const { remotePort, settings } = request;
    const flow = this.#makeFlow(path, reservation, remotePort, settings, now);
    flow.owner = owner;
    flow.connection.open(now);
    this.touch(flow);
    return flow;
  }

  /** Passive OPEN (MUST-41, MUST-42). */
  listen(request: ListenRequest, owner: ListenOwner): ListenFlow {
    const flow = new ListenFlow(this, request, owner);
    this.#listeners.add(flow);
    return flow;
  }

  get maxSynBacklog(): number {
    return this.config.maxSynBacklog;
  }

  noteAcceptable(listener: ListenFlow): void {
    this.#acceptable.add(listener);
  }

  removeListener(listener: ListenFlow): void {
    this.#listeners.delete(listener);
    this.#acceptable.delete(listener);
  }

  /** Every connection in any state, in no order. */
  flows(): Iterable<TcpFlow> {
    return this.#flows;
  }

  listeners(): Iterable<ListenFlow> {
    return this.#listeners;
  }

  /** Whether a connection is left that still has something to say, TIME-WAIT aside. */
  get hasOpenFlows(): boolean {
    return this.#flows.size > this.#census.timeWaits;
  }

  abortAll(): void {
    for (const listener of [...this.#listeners]) listener.close();
    for (const flow of this.#flows) flow.abort();
  }

  touch(flow: TcpFlow): void {
    this.#scheduler.touch(flow);
  }

  disown(flow: TcpFlow): void {
    this.#limit(flow);
    this.touch(flow);
  }

  // ---- from the network

  input(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const segment = this.#segment;
    if (!parseSegmentInto(segment, packet)) {
      this.counters.drop("tcp-bad-header", iface.name);
      return;
    }
    if (!isSegmentChecksumValid(packet, packetPseudoHeaderSum(packet, IpProtocol.TCP))) {
      this.counters.drop("tcp-bad-checksum", iface.name);
      return;
    }
    const { destinationPort, sourcePort } = segment;
    const flow = this.#flows.findPacket(packet, destinationPort, sourcePort);
    if (flow?.connection.state === TcpState.CLOSED) {
      this.#answerForClosed(packet, iface, now);
      return;
    }
    if (flow !== null && !this.#yieldsTimeWait(flow, segment, now)) {
      flow.connection.handleSegment(segment, packet, now);
      this.touch(flow);
      return;
    }
    this.#inputWithoutFlow(packet, iface, now);
  }

  handleError(error: IpError): void {
    const flow = this.#quotedFlow(error);
    if (flow === null) {
      this.counters.drop("icmp-bad-quote");
      return;
    }
    const { connection } = flow;
    if (error.mtu > 0) connection.handlePathChange();
    else if (error.hard) connection.handleHardError(error.errno);
    else connection.handleSoftError(error.errno);
    this.touch(flow);
  }

  isQuotePlausible(error: IpError): boolean {
    return this.#quotedFlow(error) !== null;
  }

  /** The connection whose segment in flight an ICMP error quotes (ICMPT-2). */
  #quotedFlow(error: IpError): TcpFlow | null {
    const { view, transportAt: at } = error;
    // Ports and sequence number: the eight octets that every error quotes.
    if (error.end - at < 8) return null;
    const flow = this.#flows.find({
      localAddress: error.localAddress,
      localPort: view.getUint16(at),
      remoteAddress: error.remoteAddress,
      remotePort: view.getUint16(at + 2),
    });
    return flow?.connection.quotedSeqIsOurs(toSeq(view.getInt32(at + 4))) ? flow : null;
  }

  // ---- turns

  handleTimeout(now: number): void {
    this.#scheduler.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.#scheduler.pollTimeout();
  }

  /** Whether connections wait to be served again. */
  get hasWork(): boolean {
    return this.#scheduler.hasWork;
  }

  /** Sends what connections have to send, and tells their owners what happened. */
  flush(now: number): void {
    this.#scheduler.flush(now);
    for (const listener of this.#acceptable) {
      this.#acceptable.delete(listener);
      listener.owner.handleAcceptable();
    }
  }

  #handleServed(flow: TcpFlow, events: number): void {
    if ((events & TcpEvent.CONNECTED) !== 0) flow.opener?.complete(flow);
    if ((events & TcpEvent.CLOSED) !== 0) this.#forget(flow);
    else this.#limit(flow);
    if (events !== 0) flow.owner?.handleEvents(events);
  }

  // ---- connections come and go

  #reserve(request: ConnectRequest, path: Path): Reservation | number {
    const { reservation, remotePort } = request;
    const isTaken = (localPort: number): boolean => {
      const localAddress = path.source;
      const remoteAddress = path.destination;
      return this.#flows.find({ localAddress, localPort, remoteAddress, remotePort }) !== null;
    };
    if (reservation !== null) {
      if (isTaken(reservation.port)) return -Errno.EADDRNOTAVAIL;
      this.ports.retain(reservation);
      return reservation;
    }
    const spec = {
      port: 0,
      address: path.source,
      v6Only: false,
      interfaceIndex: request.interfaceIndex,
      reuseAddress: false,
      reusePort: false,
    };
    return this.ports.reserveForConnect(spec, isTaken);
  }

  #makeFlow(
    path: Path,
    reservation: Reservation,
    remotePort: number,
    settings: TcpSettings,
    now: number,
  ): TcpFlow {
    const tuple = [path.source, reservation.port, path.destination, remotePort] as const;
    const connection = new TcpConnection({
      id: this.#nextId++,
      localAddress: path.source,
      localPort: reservation.port,
      remoteAddress: path.destination,
      remotePort,
      path,
      config: this.config,
      settings,
      iss: this.#initialSequence.isn(...tuple, now),
      timestampOffset: this.#initialSequence.timestampOffset(...tuple),
      counters: this.counters,
      random: this.#random,
      scratch: this.#scratch,
    });
    const flow = new TcpFlow(this, connection, path, reservation);
    this.#flows.insert(flow);
    return flow;
  }

  /** The connection for the SYN at hand. */
  #openPassive(
    listener: ListenFlow,
    packet: PacketBuffer,
    iface: IpInterface,
    now: number,
  ): TcpConnection | null {
    const path = findReplyPath(this.#network, packet, iface, listener.interfaceIndex, now);
    if (typeof path === "number") return null;
    this.ports.retain(listener.reservation);
    const settings = { ...listener.settings };
    const { sourcePort } = this.#segment;
    const flow = this.#makeFlow(path, listener.reservation, sourcePort, settings, now);
    listener.add(flow);
    this.touch(flow);
    return flow.connection;
  }

  /** A new incarnation may take the place of a connection in TIME-WAIT (RFC 6191, RFC 1122 §4.2.2.13). */
  #yieldsTimeWait(flow: TcpFlow, segment: Segment, now: number): boolean {
    const { connection } = flow;
    if (connection.state !== TcpState.TIME_WAIT || !connection.mayReuseTimeWait(segment, now)) {
      return false;
    }
    this.#forget(flow);
    return true;
  }

  /** What nobody owns is bounded in number: one too many ends at once. */
  #limit(flow: TcpFlow): void {
    if (flow.isGone || this.#census.admits(flow)) return;
    if (flow.connection.state === TcpState.TIME_WAIT) this.#forget(flow);
    else flow.abort();
  }

  #forget(flow: TcpFlow): void {
    if (!this.#flows.delete(flow)) return;
    this.#census.remove(flow);
    this.#scheduler.drop(flow);
    this.ports.release(flow.reservation);
    flow.opener?.remove(flow);
  }

  /**
   * The connection ended in this very turn, and has only its last words left: to
   * the peer there is none any more (SEG-1). A SYN has to come again, for the
   * place in the table is not free yet.
   */
  #answerForClosed(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const segment = this.#segment;
    this.counters.drop("tcp-no-connection", iface.name);
    if (!segment.has(TcpFlag.SYN)) this.#resets.answer(packet, segment, iface, now);
  }

  #inputWithoutFlow(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const segment = this.#segment;
    // MUST-57: never answer what was not meant for this host alone.
    if (packet.linkBroadcast || packet.linkMulticast || isGroupDestination(packet, iface)) {
      this.counters.drop("tcp-bad-source", iface.name);
      return;
    }
    const listener = this.#listeners.find(packet, segment.destinationPort, iface.index);
    const open = (): TcpConnection | null =>
      listener && this.#openPassive(listener, packet, iface, now);
    if (listener === null || !listener.listener.handleSegment(segment, packet, now, open)) {
      this.counters.drop("tcp-no-connection", iface.name);
      this.#resets.answer(packet, segment, iface, now);
    }
  }
}

function isGroupDestination(packet: PacketBuffer, iface: IpInterface): boolean {
  const destination = destinationAddress(packet);
  return destination.isMulticast || (destination.isV4 && iface.isBroadcast(destination.d));
}

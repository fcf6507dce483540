import { Errno } from "../base/errno.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { ListenFlow, ListenOwner } from "../stack/listen-flow.ts";
import type { Stack } from "../stack/stack.ts";
import type { FlowOwner, TcpFlow } from "../stack/tcp-flow.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { defaultTcpSettings, type TcpSettings } from "../tcp/settings.ts";
import { TcpState } from "../tcp/state.ts";
import { TcpEvent } from "../tcp/tcp-event.ts";
import {
  AF_UNSPEC,
  FIONREAD,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  POLLIN,
  SHUT_RD,
  SHUT_WR,
  SIOCATMARK,
  SIOCOUTQ,
  SOMAXCONN,
} from "./constants.ts";
import { InetSocket, isScoped } from "./inet-socket.ts";
import { IP_OPTIONS, IPV6_OPTIONS } from "./ip-options.ts";
import type { OptionTable } from "./option-table.ts";
import { PortHold } from "./port-hold.ts";
import type { Received } from "./received.ts";
import type { SocketKind } from "./socket.ts";
import type { SocketName } from "./socket-address.ts";
import { SOCKET_OPTIONS } from "./socket-options.ts";
import { isOpening, isOver, streamReadiness } from "./stream-readiness.ts";
import { receiveFrom, receiveUrgentFrom } from "./stream-receive.ts";
import { writeStreamSettings } from "./stream-settings.ts";
import { TCP_OPTIONS, type TcpOptionTarget } from "./tcp-options.ts";

/**
 * A TCP socket (tcp(7)): what `connect`, `listen` and the rest mean for a
 * connection or a listener, with Linux's answers in every state.
 *
 * `phase` is what the calls have seen, not what the connection is: a connect
 * that succeeded in the background is `connecting` until connect() is asked
 * again, and only then becomes `connected` or takes its error (CONN-4, CONN-8).
 */
export class StreamSocket extends InetSocket implements FlowOwner, ListenOwner, TcpOptionTarget {
  /** Read by the connection whenever it needs a value. */
  readonly settings: TcpSettings;
  protected override readonly optionTables: readonly OptionTable<never>[];
  #phase: "unconnected" | "connecting" | "connected" = "unconnected";
  #flow: TcpFlow | null = null;
  #listener: ListenFlow | null = null;
  /** By bind(), or by listen() without one. */
  readonly #hold: PortHold;
  /** Given to bind(); null before. */
  #boundAddress: IpAddress | null = null;
  #hasBoundPort = false;
  /** Port of a connection or listener that was dissolved, still shown by getsockname(). */
  #formerPort = 0;
  #isReceiveShut = false;
  #isSendShut = false;
  /** Pending error of a socket that has lost its connection to connect() or shutdown(). */
  #error = 0;
  /** What TCP_QUICKACK reads: on until somebody switches it off. */
  isQuickAckOn = true;
  /** The last send had MSG_MORE. */
  #isMoreComing = false;

  /** With `accepted` the socket of a connection that a listener took. */
  constructor(stack: Stack, kind: SocketKind, accepted: TcpFlow | null = null) {
    const { config } = stack.tcp;
    super(stack, kind, { send: config.sendBufferOctets, receive: config.receiveBufferOctets });
    this.#hold = new PortHold(stack.tcp.ports);
    this.settings = accepted?.connection.settings ?? defaultTcpSettings(config);
    const tables = [SOCKET_OPTIONS, IP_OPTIONS, TCP_OPTIONS] as OptionTable<never>[];
    this.optionTables = this.isV6 ? [...tables, IPV6_OPTIONS as OptionTable<never>] : tables;
    if (accepted === null) return;
    this.#flow = accepted;
    this.#phase = "connected";
    accepted.owner = this;
  }

  get connection(): TcpConnection | null {
    return this.#flow?.connection ?? null;
  }

  get defaultFinWait2Ms(): number {
    return this.stack.tcp.config.finWait2TimeoutMs;
  }

  override get isListening(): boolean {
    return this.#listener !== null;
  }

  protected override get ownAddress(): IpAddress | null {
    return this.#boundAddress?.equals(this.wildcard) ? null : this.#boundAddress;
  }

  override get isBound(): boolean {
    return this.#hold.reservation !== null || this.#boundAddress !== null || this.#flow !== null;
  }

  override get pathMtu(): number {
    return this.#isOver ? -Errno.ENOTCONN : (this.#flow?.path.mtu ?? -Errno.ENOTCONN);
  }

  override poll(): number {
    if (this.#listener !== null) return this.#listener.listener.completeCount > 0 ? POLLIN : 0;
    return streamReadiness(this.connection, {
      error: this.#error,
      isReceiveShut: this.#isReceiveShut,
      isSendShut: this.#isSendShut,
      lowWater: this.common.receiveLowWater,
    });
  }

  override bind(name: SocketName, _now: number): number {
    const refusal = this.checkBind(name);
    if (refusal < 0) return refusal;
    const { address, port } = name;
    if (port !== 0 || !this.bindAddressNoPort) {
      const result = this.#reserve(address, port);
      if (result < 0) return result;
    }
    this.#boundAddress = address;
    this.#hasBoundPort = port !== 0;
    return 0;
  }

  override connect(name: SocketName, now: number): number {
    if (name.family === AF_UNSPEC) {
      this.#disconnect(now);
      return 0;
    }
    if (this.#phase === "connected") return -Errno.EISCONN;
    if (this.#phase === "connecting") {
      const result = this.finishConnect(now);
      return result === -Errno.EAGAIN ? -Errno.EALREADY : result;
    }
    if (this.#listener !== null) return -Errno.EISCONN;
    // To an IPv6 socket an IPv4 name is one cut short.
    if (name.family !== this.family) return -(this.isV6 ? Errno.EINVAL : Errno.EAFNOSUPPORT);
    const refusal = this.checkDestination(name);
    if (refusal < 0) return refusal;
    // Not a question of SO_BROADCAST: there is no connection to everybody (CONN-13).
    if (this.isBroadcast(name.address)) return -Errno.ENETUNREACH;
    if (isScoped(name.address) && name.scopeId !== 0) this.interfaceIndex = name.scopeId;
    return this.#open(name, now);
  }

  override finishConnect(now: number): number {
    if (this.#phase === "connected") return 0;
    // A shutdown or a connect to nobody has undone it meanwhile.
    if (this.#phase !== "connecting" || this.#flow === null) {
      return -(this.takeError() || Errno.ECONNABORTED);
    }
    if (isOpening(this.#flow.connection)) return -Errno.EAGAIN;
    if (this.#isOver) {
      const error = this.takeError() || Errno.ECONNABORTED;
      this.#disconnect(now);
      return -error;
    }
    this.#phase = "connected";
    return 0;
  }

  override listen(backlog: number, _now: number): number {
    if (this.#phase !== "unconnected") return -Errno.EINVAL;
    // Compared without sign, so that −1 is the most there is (LIST-6).
    const length = Math.min(backlog >>> 0, SOMAXCONN);
    if (this.#listener !== null) {
      this.#listener.listener.backlog = length;
      return 0;
    }
    const bound = this.#hold.reservation === null ? this.#reserve(this.#address, 0) : 0;
    const { reservation } = this.#hold;
    if (bound < 0 || reservation === null) return -Errno.EADDRINUSE;
    const { tcp } = this.stack;
    if (!tcp.ports.mayListen(reservation)) return -Errno.EADDRINUSE;
    reservation.listening = true;
    this.#listener = tcp.listen({ reservation, backlog: length, settings: this.settings }, this);
    return 0;
  }

  override accept(_now: number): StreamSocket | number {
    if (this.#listener === null) return -Errno.EINVAL;
    const flow = this.#listener.accept();
    if (flow === null) return -Errno.EAGAIN;
    const socket = new StreamSocket(this.stack, this, flow);
    socket.#inherit(this);
    return socket;
  }

  override send(
    bytes: Uint8Array,
    from: number,
    to: number,
    flags: number,
    _name: SocketName | null,
    _now: number,
  ): number {
    const flow = this.#flow;
    if (flow === null || this.#isSendShut) return -(this.takeError() || Errno.EPIPE);
    // The connection could queue it; Linux's sockets do not (CONN-24).
    if (isOpening(flow.connection)) return -Errno.EAGAIN;
    const isMoreComing = (flags & MSG_MORE) !== 0;
    if (isMoreComing) flow.setMoreComing(true);
    const result =
      (flags & MSG_OOB) === 0 ? flow.send(bytes, from, to) : flow.sendUrgent(bytes, from, to);
    if (!isMoreComing && this.#isMoreComing) flow.setMoreComing(false);
    this.#isMoreComing = isMoreComing;
    return result;
  }

  override receive(
    into: Uint8Array,
    from: number,
    to: number,
    flags: number,
    received: Received | null,
    _now: number,
  ): number {
    received?.reset();
    if (this.#listener !== null) return -Errno.ENOTCONN;
    if ((flags & MSG_ERRQUEUE) !== 0) return -Errno.EAGAIN;
    const flow = this.#flow;
    const isUrgent = (flags & MSG_OOB) !== 0;
    if (flow === null) return isUrgent ? -Errno.EINVAL : this.#receiveWithout();
    if (isUrgent) return receiveUrgentFrom(flow, into, from, to, flags, received);
    return receiveFrom(flow, into, from, to, flags);
  }

  override shutdown(how: number, now: number): number {
    if (this.#listener !== null) {
      if (how !== SHUT_WR) this.#disconnect(now);
      return 0;
    }
    const flow = this.#flow;
    if (flow?.connection.state === TcpState.SYN_SENT) {
      this.#disconnect(now);
      return 0;
    }
    if (how !== SHUT_WR) this.#isReceiveShut = true;
    if (how !== SHUT_RD) this.#isSendShut = true;
    const result = flow === null || this.#isOver ? -Errno.ENOTCONN : 0;
    if (result === 0 && how !== SHUT_WR) flow?.shutdownReceive();
    if (result === 0 && how !== SHUT_RD) flow?.shutdownSend();
    this.wake();
    return result;
  }

  override localName(): SocketName {
    const flow = this.#flow;
    if (flow !== null) return this.nameOf(flow.localAddress, flow.localPort);
    return this.nameOf(this.#address, this.#hold.port || this.#formerPort);
  }

  override remoteName(evenIfGone = false): SocketName | number {
    const flow = this.#flow;
    if (flow === null) return -Errno.ENOTCONN;
    const isThere = !this.#isOver && flow.connection.state !== TcpState.SYN_SENT;
    if (!isThere && !evenIfGone) return -Errno.ENOTCONN;
    return this.nameOf(flow.remoteAddress, flow.remotePort);
  }

  override takeError(): number {
    const error = this.#error || (this.connection?.takeError() ?? 0);
    this.#error = 0;
    return error;
  }

  override ioctl(request: number, argument: number, now: number): number {
    const { connection } = this;
    switch (request) {
      case FIONREAD:
        return this.isListening ? -Errno.EINVAL : (connection?.octetsBeforeMark ?? 0);
      case SIOCOUTQ:
        return this.isListening ? -Errno.EINVAL : (connection?.sendQueueOctets ?? 0);
      case SIOCATMARK:
        return Number(connection?.isAtMark ?? false);
      default:
        return super.ioctl(request, argument, now);
    }
  }

  /** What close() waits for where SO_LINGER says so: a FIN of ours that is not acknowledged (CLOSE-5). */
  override get isLingering(): boolean {
    const state = this.connection?.state;
    const isWaiting = state === TcpState.FIN_WAIT_1 || state === TcpState.CLOSING;
    return isWaiting || state === TcpState.LAST_ACK;
  }

  override close(now: number): void {
    this.#stopListening();
    this.#flow?.close(now);
    this.#hold.release();
  }

  handleEvents(events: number): void {
    // Who waits for less than SO_RCVLOWAT is to look, though it is not readable to poll().
    const arrived = (events & TcpEvent.READABLE) === 0 ? 0 : POLLIN;
    if (!this.waiters.isEmpty) this.waiters.wake(this.poll() | arrived);
  }

  handleAcceptable(): void {
    this.wake();
  }

  protected override handleOptionChange(now: number): void {
    super.handleOptionChange(now);
    const { common, settings, ip } = this;
    const flow = this.#flow;
    const isV4 = flow === null ? !this.isV6 : flow.remoteAddress.isV4;
    writeStreamSettings(settings, common, isV4 ? ip.v4 : ip.v6);
    this.#hold.setReuse(common);
    flow?.settingsChanged();
  }

  /** Where a local name begins: what bind() was given, or the wildcard. */
  get #address(): IpAddress {
    return this.#boundAddress ?? this.wildcard;
  }

  get #isOver(): boolean {
    return this.#flow !== null && isOver(this.#flow.connection.state);
  }

  #open(name: SocketName, now: number): number {
    const bound = this.#boundAddress;
    const flow = this.stack.tcp.connect(
      {
        local: bound === null || bound.isUnspecified ? null : bound,
        remote: this.destinationOf(name),
        remotePort: name.port,
        settings: this.settings,
        reservation: this.#hold.reservation,
        interfaceIndex: this.zoneOf(name),
      },
      this,
      now,
    );
    if (typeof flow === "number") return flow;
    this.#flow = flow;
    this.#error = 0;
    this.#phase = "connecting";
    if (this.#isReceiveShut) flow.shutdownReceive();
    return -Errno.EINPROGRESS;
  }

  /** recv() on a socket without a connection. */
  #receiveWithout(): number {
    const error = this.takeError();
    return this.#isReceiveShut && error === 0 ? 0 : -(error || Errno.ENOTCONN);
  }

  /** Back to a fresh socket: a connection is reset, a listener ends (CONN-18, LIST-11). */
  #disconnect(now: number): void {
    this.#stopListening();
    const flow = this.#flow;
    this.#formerPort = flow?.localPort ?? this.#hold.port;
    if (flow !== null) {
      // Linux tells the one who ended it, too, that it has been ended.
      if (!this.#isOver) this.#error = Errno.ECONNRESET;
      flow.abort();
      flow.close(now);
    }
    this.#flow = null;
    this.#phase = "unconnected";
    this.#isReceiveShut = false;
    this.#isSendShut = false;
    if (!this.#hasBoundPort) this.#hold.release();
    this.wake();
  }

  #stopListening(): void {
    if (this.#listener === null) return;
    this.#listener.close();
    this.#listener = null;
    if (this.#hold.reservation !== null) this.#hold.reservation.listening = false;
  }

  #reserve(address: IpAddress, port: number): number {
    const { v6Only, interfaceIndex, common } = this;
    const { reuseAddress, reusePort } = common;
    return this.#hold.take({ port, address, v6Only, interfaceIndex, reuseAddress, reusePort });
  }

  /** What an accepted socket has from its listener (ACC-5). O_NONBLOCK and SO_PRIORITY are not among it (ACC-4). */
  #inherit(listener: StreamSocket): void {
    Object.assign(this.common, listener.common, { priority: 0 });
    Object.assign(this.ip.v4, listener.ip.v4);
    Object.assign(this.ip.v6, listener.ip.v6);
    this.v6Only = listener.v6Only;
    this.interfaceIndex = listener.interfaceIndex;
  }
}

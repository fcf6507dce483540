import { Errno } from "../base/errno.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { DatagramFlow, DatagramOwner } from "../stack/datagram-flow.ts";
import type { DatagramLayer } from "../stack/datagram-layer.ts";
import type { Stack } from "../stack/stack.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  FIONREAD,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SIOCOUTQ,
} from "./constants.ts";
import { InetSocket, isScoped } from "./inet-socket.ts";
import { IP_OPTIONS, IPV6_OPTIONS } from "./ip-options.ts";
import type { OptionTable } from "./option-table.ts";
import type { Received } from "./received.ts";
import type { SocketKind } from "./socket.ts";
import type { SocketName } from "./socket-address.ts";
import { SOCKET_OPTIONS } from "./socket-options.ts";
import { UDP_OPTIONS } from "./udp-options.ts";

/** net.core.rmem_default and wmem_default. */
const DEFAULT_BUFFERS = { send: 212_992, receive: 212_992 };

/** A UDP socket (udp(7)). */
export class DatagramSocket extends InetSocket implements DatagramOwner {
  readonly flow: DatagramFlow;
  protected override readonly optionTables: readonly OptionTable<never>[];
  readonly #layer: DatagramLayer;
  #isReceiveShut = false;
  #isSendShut = false;

  constructor(stack: Stack, kind: SocketKind, layer: DatagramLayer = stack.udp) {
    super(stack, kind, DEFAULT_BUFFERS);
    this.#layer = layer;
    this.flow = layer.open(this.isV6, this.ip, this.common.receiveBuffer);
    this.flow.owner = this;
    const tables = [SOCKET_OPTIONS, IP_OPTIONS, UDP_OPTIONS] as OptionTable<never>[];
    this.optionTables = this.isV6 ? [...tables, IPV6_OPTIONS as OptionTable<never>] : tables;
  }

  protected override get ownAddress(): IpAddress | null {
    const { localAddress } = this.flow.endpoint;
    return localAddress.equals(this.wildcard) ? null : localAddress;
  }

  override get isBound(): boolean {
    return this.flow.reservation !== null;
  }

  override get pathMtu(): number {
    return this.flow.path?.mtu ?? -Errno.ENOTCONN;
  }

  override poll(): number {
    let mask = POLLOUT;
    if (this.flow.error !== 0 || this.flow.hasQueuedError) mask |= POLLERR;
    if (this.flow.endpoint.queue.count > 0) mask |= POLLIN;
    if (this.#isReceiveShut) mask |= POLLIN | POLLRDHUP;
    if (this.#isReceiveShut && this.#isSendShut) mask |= POLLHUP;
    return mask;
  }

  override bind(name: SocketName, _now: number): number {
    const refusal = this.checkBind(name);
    if (refusal < 0) return refusal;
    const { flow } = this;
    const { address, port } = name;
    this.#settleNames();
    const result = this.#layer.bind(flow, address, port);
    if (result < 0) return result;
    flow.hasBoundAddress = !address.isUnspecified;
    flow.hasBoundPort = port !== 0;
    // Groups and broadcast addresses are heard, not spoken from.
    flow.source = flow.hasBoundAddress && this.isSource(address) ? address : null;
    return 0;
  }

  override connect(name: SocketName, now: number): number {
    if (name.family === AF_UNSPEC) {
      this.#layer.disconnect(this.flow);
      return 0;
    }
    const isIpv4 = name.family === AF_INET;
    if (this.isV6 ? isIpv4 && this.v6Only : !isIpv4) return -Errno.EAFNOSUPPORT;
    const refusal = this.checkDestination(name);
    if (refusal < 0) return refusal;
    if (isScoped(name.address)) {
      if (this.zoneOf(name) === 0) return -Errno.EINVAL;
      this.interfaceIndex = this.zoneOf(name);
    }
    this.#settleNames();
    return this.#layer.connect(this.flow, this.destinationOf(name), name.port, now);
  }

  override send(
    bytes: Uint8Array,
    from: number,
    to: number,
    flags: number,
    name: SocketName | null,
    now: number,
  ): number {
    if ((flags & MSG_OOB) !== 0) return -Errno.EOPNOTSUPP;
    // IPv6 takes a name of no family for none; IPv4 takes it for its own.
    const peer = this.isV6 && name?.family === AF_UNSPEC ? null : name;
    const refusal = peer === null ? 0 : this.checkPeer(peer);
    if (refusal < 0) return refusal;
    if (this.#isSendShut) return -(this.flow.takeError() || Errno.EPIPE);
    this.#settleNames();
    this.flow.dontRoute = this.common.dontRoute || (flags & MSG_DONTROUTE) !== 0;
    return this.#layer.send(this.flow, bytes, from, to, peer, now);
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
    if ((flags & MSG_ERRQUEUE) !== 0) return this.#receiveError(into, from, to, received);
    const error = this.flow.takeError();
    if (error !== 0) return -error;
    const { queue } = this.flow.endpoint;
    const length = queue.headLength;
    if (length < 0) {
      // Linux looks whether reading is shut only when it is about to wait.
      const mayWait = !this.nonBlocking && (flags & MSG_DONTWAIT) === 0;
      return this.#isReceiveShut && mayWait ? 0 : -Errno.EAGAIN;
    }
    const copied = queue.read(into, from, to);
    if (received !== null) this.#describe(received, length > copied);
    if ((flags & MSG_PEEK) === 0) queue.shift();
    return (flags & MSG_TRUNC) === 0 ? copied : length;
  }

  /** The flags are set even where there is nothing to shut down (SHUT-7). */
  override shutdown(how: number, _now: number): number {
    if (how !== SHUT_WR) this.#isReceiveShut = true;
    if (how !== SHUT_RD) this.#isSendShut = true;
    this.wake();
    return this.flow.isConnected ? 0 : -Errno.ENOTCONN;
  }

  override localName(): SocketName {
    const { localAddress, localPort } = this.flow.endpoint;
    return this.nameOf(localAddress, localPort);
  }

  override remoteName(): SocketName | number {
    const { remoteAddress, remotePort } = this.flow.endpoint;
    const isNamed = remoteAddress !== null && remotePort !== 0;
    return isNamed ? this.nameOf(remoteAddress, remotePort) : -Errno.ENOTCONN;
  }

  override takeError(): number {
    return this.flow.takeError();
  }

  override ioctl(request: number, argument: number, now: number): number {
    if (request === FIONREAD) return Math.max(this.flow.endpoint.queue.headLength, 0);
    // Whatever is sent is with the device at once.
    return request === SIOCOUTQ ? 0 : super.ioctl(request, argument, now);
  }

  override close(_now: number): void {
    this.#layer.close(this.flow);
  }

  handleDatagrams(): void {
    this.wake();
  }

  /** Whether a datagram may be sent to `name`: 0, or a negative errno. */
  protected checkPeer(name: SocketName): number {
    if (!this.isV6 && name.family === AF_INET6) return -Errno.EAFNOSUPPORT;
    const refusal = this.checkDestination(name);
    return refusal === 0 && name.port === 0 ? -Errno.EINVAL : refusal;
  }

  protected override handleOptionChange(now: number): void {
    super.handleOptionChange(now);
    const { flow, common } = this;
    flow.endpoint.queue.limit = common.receiveBuffer;
    flow.reuseAddress = common.reuseAddress;
    flow.reusePort = common.reusePort;
    this.#settleNames();
    if (flow.reservation === null) return;
    flow.reservation.reuseAddress = common.reuseAddress;
    flow.reservation.reusePort = common.reusePort;
  }

  /** Passes on what decides which datagrams are for this socket. */
  #settleNames(): void {
    const { endpoint } = this.flow;
    endpoint.v6Only = this.v6Only;
    endpoint.interfaceIndex = this.interfaceIndex;
  }

  #describe(received: Received, isCut: boolean): void {
    const { info } = received;
    this.flow.endpoint.queue.describe(info);
    received.family = this.family;
    received.port = info.sourcePort;
    received.scopeId = isScoped(info.source) ? info.interfaceIndex : 0;
    if (isCut) received.flags |= MSG_TRUNC;
  }

  /** MSG_ERRQUEUE: the oldest ICMP error, with what it quotes of the datagram (RECV-23). */
  #receiveError(into: Uint8Array, from: number, to: number, received: Received | null): number {
    const error = this.flow.takeQueuedError();
    if (error === null) return -Errno.EAGAIN;
    const { payload, destination, destinationPort } = error;
    const copied = Math.min(payload.length, to - from);
    into.set(payload.subarray(0, copied), from);
    if (received === null) return copied;
    received.flags = MSG_ERRQUEUE | (copied < payload.length ? MSG_TRUNC : 0);
    received.family = this.family;
    received.info.source = destination;
    received.port = destinationPort;
    received.error = error;
    return copied;
  }
}

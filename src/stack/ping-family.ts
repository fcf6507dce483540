import { checksumAdd, checksumFinish, checksumFold } from "../base/checksum.ts";
import { Errno } from "../base/errno.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { IpError } from "../ip/upper.ts";
import {
  ICMP_CHECKSUM_OFFSET,
  ICMP_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv6Type,
  icmpIdentifier,
  icmpSequence,
  icmpType,
  setIcmpChecksum,
  writeIcmpHeader,
} from "../wire/icmp.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { HEADROOM, type PacketBuffer } from "../wire/packet-buffer.ts";
import type { DatagramFlow } from "./datagram-flow.ts";
import {
  type DatagramDestination,
  DatagramLayer,
  type LayerOptions,
  type QuotedPorts,
} from "./datagram-layer.ts";

/** Largest ICMP message, header included: an IP length field's worth. */
const MAX_MESSAGE_V4 = 65_515;
const MAX_MESSAGE_V6 = 65_535;

/**
 * Ping sockets of one IP version (icmp(7), `ping_group_range`): they send echo
 * requests whose identifier is their port, and receive the replies and the
 * errors about them, never anyone else's.
 */
export class PingFamily extends DatagramLayer {
  readonly #isV6: boolean;

  constructor(options: LayerOptions, isV6: boolean) {
    super(options, isV6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
    this.#isV6 = isV6;
  }

  /** An echo reply, whole and with a good checksum. */
  override input(packet: PacketBuffer, iface: IpInterface, _now: number): void {
    const { view, start, end } = packet;
    if (end - start < ICMP_HEADER_LENGTH) return this.counters.drop("icmp-truncated", iface.name);
    if (icmpType(view, start) !== this.#replyType)
      return this.counters.drop("icmp-unknown-type", iface.name);
    const flow = this.table.find(packet, icmpIdentifier(view, start), 0, iface.index);
    if (flow === null) return this.counters.drop("icmp-ignored", iface.name);
    if (!this.deliver(flow, packet, start, 0, iface))
      this.counters.drop("raw-queue-full", iface.name);
  }

  /**
   * Sends the ICMP message `bytes[from, to)`: an echo request, whose identifier
   * and checksum are filled in. Octets sent, or a negative errno: EINVAL when
   * it is no echo request, and those of `UdpLayer.send`.
   */
  override send(
    flow: DatagramFlow,
    bytes: Uint8Array,
    from: number,
    to: number,
    destination: DatagramDestination | null,
    now: number,
  ): number {
    const length = to - from;
    if (length > (this.#isV6 ? MAX_MESSAGE_V6 : MAX_MESSAGE_V4)) return -Errno.EMSGSIZE;
    if (length < ICMP_HEADER_LENGTH) return -Errno.EINVAL;
    if (bytes[from] !== this.#requestType || bytes[from + 1] !== 0) return -Errno.EINVAL;
    if (destination === null && !flow.isConnected) return -Errno.EDESTADDRREQ;
    const bound = this.bindAutomatically(flow);
    if (bound < 0) return bound;
    const path = this.route(flow, destination, now);
    if (typeof path === "number") return path;
    const error = flow.takeError();
    if (error !== 0) return -error;
    this.#compose(bytes, from, to, flow.endpoint.localPort);
    if (this.#isV6) this.#leaveChecksum(path.pseudoHeaderSum);
    else this.#sum();
    const sent = this.transmit(flow, path, now);
    return sent < 0 ? sent : length;
  }

  protected override quotedPorts({ view, transportAt, end }: IpError): QuotedPorts | null {
    if (end - transportAt < ICMP_HEADER_LENGTH) return null;
    if (icmpType(view, transportAt) !== this.#requestType) return null;
    return { localPort: icmpIdentifier(view, transportAt), remotePort: 0, payloadAt: transportAt };
  }

  get #requestType(): number {
    return this.#isV6 ? Icmpv6Type.ECHO_REQUEST : Icmpv4Type.ECHO_REQUEST;
  }

  get #replyType(): number {
    return this.#isV6 ? Icmpv6Type.ECHO_REPLY : Icmpv4Type.ECHO_REPLY;
  }

  #compose(bytes: Uint8Array, from: number, to: number, identifier: number): void {
    const { packet } = this;
    packet.reset(HEADROOM);
    packet.bytes.set(bytes.subarray(from, to), HEADROOM);
    packet.end = HEADROOM + to - from;
    const { view, start } = packet;
    writeIcmpHeader(
      view,
      start,
      this.#requestType,
      0,
      identifier * 0x10000 + icmpSequence(view, start),
    );
  }

  #sum(): void {
    const { view, start, end } = this.packet;
    setIcmpChecksum(view, start, checksumFinish(checksumAdd(0, view, start, end)));
  }

  #leaveChecksum(pseudoHeaderSum: number): void {
    const { packet } = this;
    const { view, start } = packet;
    setIcmpChecksum(view, start, checksumFold(pseudoHeaderSum + packet.length));
    packet.checksumStart = start;
    packet.checksumOffset = ICMP_CHECKSUM_OFFSET;
  }
}

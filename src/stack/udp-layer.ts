import { Errno } from "../base/errno.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { IpError } from "../ip/upper.ts";
import { udpFault } from "../udp/udp-input.ts";
import {
  placePayload,
  setPartialChecksum,
  UDP_MAX_PAYLOAD_V4,
  UDP_MAX_PAYLOAD_V6,
  writeHeader,
} from "../udp/udp-output.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { UDP_HEADER_LENGTH, udpDestinationPort, udpSourcePort } from "../wire/udp.ts";
import type { DatagramFlow } from "./datagram-flow.ts";
import {
  type DatagramDestination,
  DatagramLayer,
  type LayerOptions,
  type QuotedPorts,
} from "./datagram-layer.ts";

/** UDP of one host (RFC 768): from IP to the socket's queue, and from the socket's call to IP. */
export class UdpLayer extends DatagramLayer {
  constructor(options: LayerOptions) {
    super(options, IpProtocol.UDP);
  }

  override input(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const fault = udpFault(packet);
    if (fault !== null && fault !== "udp-zero-checksum")
      return this.counters.drop(fault, iface.name);
    const { view, start } = packet;
    const port = udpDestinationPort(view, start);
    const sourcePort = udpSourcePort(view, start);
    if (isForMany(packet, iface))
      return this.#inputForMany(packet, port, sourcePort, iface, fault === null);
    const flow = this.table.find(packet, port, sourcePort, iface.index);
    if (flow === null) return this.#refuse(packet, fault === null, iface, now);
    if (fault !== null && !flow.settings.acceptZeroChecksum)
      return this.counters.drop(fault, iface.name);
    this.#deliverTo(flow, packet, sourcePort, iface);
  }

  /**
   * Sends `bytes[from, to)` as one datagram, to the connected peer or to
   * `destination`. The octets sent, or a negative errno, in Linux's order:
   * EDESTADDRREQ, EAGAIN (no port free), ENETUNREACH and other troubles of the
   * route, EACCES (broadcast), EMSGSIZE, the pending error.
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
    if (length > 0xffff) return -Errno.EMSGSIZE;
    if (destination === null && !flow.isConnected) return -Errno.EDESTADDRREQ;
    const bound = this.bindAutomatically(flow);
    if (bound < 0) return bound;
    const path = this.route(flow, destination, now);
    if (typeof path === "number") return path;
    if (length > (path.isV6 ? UDP_MAX_PAYLOAD_V6 : UDP_MAX_PAYLOAD_V4)) return -Errno.EMSGSIZE;
    const error = flow.takeError();
    if (error !== 0) return -error;
    const { packet } = this;
    placePayload(packet, bytes, from, to);
    writeHeader(packet, flow.endpoint.localPort, destination?.port ?? flow.endpoint.remotePort);
    if (!flow.settingsFor(path.destination).omitChecksum)
      setPartialChecksum(packet, path.pseudoHeaderSum);
    const sent = this.transmit(flow, path, now);
    return sent < 0 ? sent : length;
  }

  protected override quotedPorts({ view, transportAt, end }: IpError): QuotedPorts | null {
    if (end - transportAt < PORTS_LENGTH) return null;
    return {
      localPort: udpSourcePort(view, transportAt),
      remotePort: udpDestinationPort(view, transportAt),
      payloadAt: Math.min(transportAt + UDP_HEADER_LENGTH, end),
    };
  }

  #deliverTo(flow: DatagramFlow, packet: PacketBuffer, port: number, iface: IpInterface): void {
    const from = packet.start + UDP_HEADER_LENGTH;
    if (!this.deliver(flow, packet, from, port, iface))
      this.counters.drop("udp-queue-full", iface.name);
  }

  /** Broadcast and multicast: a copy for everyone it matches (UDP-19). */
  #inputForMany(
    packet: PacketBuffer,
    port: number,
    sourcePort: number,
    iface: IpInterface,
    hasChecksum: boolean,
  ): void {
    let found = false;
    for (const flow of this.table.on(port)) {
      if (!hasChecksum && !flow.settings.acceptZeroChecksum) continue;
      if (flow.endpoint.score(packet, sourcePort, iface.index) === 0) continue;
      found = true;
      this.#deliverTo(flow, packet, sourcePort, iface);
    }
    // Never an ICMP error about those (UDP-17).
    if (!found) this.counters.drop(hasChecksum ? "udp-no-port" : "udp-zero-checksum", iface.name);
  }

  /** Nobody has the port (UDP-16). */
  #refuse(packet: PacketBuffer, hasChecksum: boolean, iface: IpInterface, now: number): void {
    if (!hasChecksum) return this.counters.drop("udp-zero-checksum", iface.name);
    this.counters.drop("udp-no-port", iface.name);
    this.network.ip.sendPortUnreachable(packet, iface, now);
  }
}

/** An ICMP error quotes at least eight octets; the ports are the first four. */
const PORTS_LENGTH = 4;

function isForMany(packet: PacketBuffer, iface: IpInterface): boolean {
  const isV4 =
    packet.destinationC === 0xffff && packet.destinationA === 0 && packet.destinationB === 0;
  if (!isV4) return packet.destinationA >>> 24 === 0xff;
  return packet.destinationD >>> 28 === 0xe || iface.isBroadcast(packet.destinationD);
}

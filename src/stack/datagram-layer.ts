import type { Counters } from "../base/counters.ts";
import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import type { IpInterface } from "../ip/interface.ts";
import { OutputOptions } from "../ip/output-options.ts";
import type { Path } from "../ip/path.ts";
import type { IpError, UpperProtocol } from "../ip/upper.ts";
import { type DatagramSettings, MtuDiscovery } from "../udp/datagram-settings.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { DatagramFlow } from "./datagram-flow.ts";
import { DatagramTable } from "./datagram-table.ts";
import type { Network } from "./network.ts";
import { PathCache } from "./path-cache.ts";
import { PortAllocator } from "./port-allocator.ts";

/** What a transport layer gets from its stack. */
export interface LayerOptions {
  readonly network: Network;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  /** Asks for a turn of the stack. */
  readonly wake: () => void;
}

/** Where one datagram goes. */
export interface DatagramDestination {
  readonly address: IpAddress;
  readonly port: number;
  /** Interface of a link-local address; 0 is none. */
  readonly scopeId: number;
}

/** Where the ports are in a quoted packet, for `handleError`. */
export interface QuotedPorts {
  readonly localPort: number;
  readonly remotePort: number;
  /** Where the payload begins. */
  readonly payloadAt: number;
}

/**
 * What UDP and ping sockets have in common: names, paths, pending errors, and
 * who is told when. A protocol adds its header, both ways.
 */
export abstract class DatagramLayer implements UpperProtocol {
  readonly ports: PortAllocator;
  protected readonly network: Network;
  protected readonly counters: Counters;
  protected readonly table: DatagramTable;
  /** The packet being sent; used again for each. */
  protected readonly packet: PacketBuffer = new PacketBuffer();
  readonly #options: OutputOptions;
  readonly #paths: PathCache;
  readonly #wake: () => void;
  #touched: DatagramFlow[] = [];

  constructor(options: LayerOptions, protocol: number) {
    this.network = options.network;
    this.counters = options.counters;
    this.ports = new PortAllocator(options.secureRandom);
    this.table = new DatagramTable(options.secureRandom.int32());
    this.#options = new OutputOptions(protocol);
    this.#paths = new PathCache(options.network, protocol);
    this.#wake = options.wake;
  }

  abstract input(packet: PacketBuffer, iface: IpInterface, now: number): void;

  /**
   * Sends `bytes[from, to)` as one datagram, to the connected peer or to
   * `destination`: the octets sent, or a negative errno.
   */
  abstract send(
    flow: DatagramFlow,
    bytes: Uint8Array,
    from: number,
    to: number,
    destination: DatagramDestination | null,
    now: number,
  ): number;

  /** Reads the ports of a packet that was ours; null when it cannot have been. */
  protected abstract quotedPorts(error: IpError): QuotedPorts | null;

  /** The flows that have a port. */
  flows(): Iterable<DatagramFlow> {
    return this.table;
  }

  /** A new flow without a name. `isV6` decides what its wildcard is. */
  open(isV6: boolean, settings: DatagramSettings, receiveBufferOctets: number): DatagramFlow {
    return new DatagramFlow(isV6, settings, receiveBufferOctets);
  }

  /**
   * `bind(2)` of a flow without a port: `address` is a wildcard, one of ours, a
   * group or a broadcast address, which the caller has checked. 0 or −EADDRINUSE.
   */
  bind(flow: DatagramFlow, address: IpAddress, port: number): number {
    const { endpoint } = flow;
    const { v6Only, interfaceIndex } = endpoint;
    const { reuseAddress, reusePort } = flow;
    const reservation = this.ports.reserve({
      port,
      address,
      v6Only,
      interfaceIndex,
      reuseAddress,
      reusePort,
    });
    if (typeof reservation === "number") return reservation;
    flow.reservation = reservation;
    endpoint.localAddress = address;
    endpoint.localPort = reservation.port;
    this.table.add(flow);
    return 0;
  }

  /** Gives a flow without a port an ephemeral one (SEND-18); 0 or −EAGAIN (BIND-7). */
  bindAutomatically(flow: DatagramFlow): number {
    if (flow.reservation !== null) return 0;
    return this.bind(flow, flow.endpoint.localAddress, 0) < 0 ? -Errno.EAGAIN : 0;
  }

  /**
   * `connect(2)`: sends nothing; fixes the peer and the source address, and
   * from now on only the peer is heard (CONN-15). May be repeated (CONN-16).
   */
  connect(flow: DatagramFlow, remote: IpAddress, remotePort: number, now: number): number {
    const { endpoint } = flow;
    const path = this.#paths.find(remote, flow.source, endpoint.interfaceIndex, now);
    if (typeof path === "number") return path;
    if (isBroadcast(path) && !flow.settings.broadcast) return this.#refuseBroadcast(path, now);
    const bound = this.bindAutomatically(flow);
    if (bound < 0) return bound;
    flow.path = path;
    flow.source ??= path.source;
    if (endpoint.localAddress.isUnspecified) endpoint.localAddress = path.source;
    endpoint.remoteAddress = path.destination;
    endpoint.remotePort = remotePort;
    return 0;
  }

  /** `connect(2)` to AF_UNSPEC: the peer is forgotten, and so is what connect() chose (CONN-17). */
  disconnect(flow: DatagramFlow): void {
    const { endpoint } = flow;
    endpoint.remoteAddress = null;
    endpoint.remotePort = 0;
    flow.path = null;
    if (!flow.hasBoundAddress) {
      endpoint.localAddress = flow.isV6 ? IpAddress.ANY6 : IpAddress.ANY4;
      flow.source = null;
    }
    if (!flow.hasBoundPort) this.#unbind(flow);
  }

  /** The flow is gone: its port is free and nobody is told any more. */
  close(flow: DatagramFlow): void {
    flow.owner = null;
    this.#unbind(flow);
    flow.endpoint.queue.clear();
  }

  /** Whether one of our sockets may have sent what `error` quotes (UDP-27). */
  isQuotePlausible(error: IpError): boolean {
    return this.#senderOf(error) !== null;
  }

  handleError(error: IpError, _now: number): void {
    const quoted = this.quotedPorts(error);
    const flow = this.#senderOf(error);
    if (quoted === null || flow === null) return this.counters.drop("icmp-bad-quote");
    const { remoteAddress } = error;
    const settings = flow.settingsFor(remoteAddress);
    // Too big is news only for those who asked not to have their datagrams cut up.
    const isHard = error.mtu > 0 ? asksForSize(settings.mtuDiscovery) : error.hard;
    if (settings.receiveErrors) {
      const { errno, isV6, type, code, mtu, reporter: offender } = error;
      const payload = new Uint8Array(error.view.buffer, error.view.byteOffset, error.end).slice(
        quoted.payloadAt,
      );
      const destinationPort = quoted.remotePort;
      const destination = remoteAddress;
      flow.queueError({
        errno,
        isV6,
        type,
        code,
        mtu,
        offender,
        destination,
        destinationPort,
        payload,
      });
    } else if (!isHard || !flow.isConnected) {
      // Nobody can tell which datagram of an unconnected socket it is about (RECV-19).
      return;
    }
    flow.error = error.errno;
    this.touch(flow);
  }

  /** Tells the owners what happened to their flows since the last time. */
  flush(_now: number): void {
    while (this.#touched.length > 0) {
      const touched = this.#touched;
      this.#touched = [];
      for (const flow of touched) {
        flow.isTouched = false;
        flow.owner?.handleDatagrams();
      }
    }
  }

  /** The owner will be told at the end of the turn. */
  protected touch(flow: DatagramFlow): void {
    if (flow.isTouched) return;
    flow.isTouched = true;
    this.#touched.push(flow);
    if (this.#touched.length === 1) this.#wake();
  }

  /** Puts the octets of a packet from `from` on into the flow's queue; false when it has no room. */
  protected deliver(
    flow: DatagramFlow,
    packet: PacketBuffer,
    from: number,
    sourcePort: number,
    iface: IpInterface,
  ): boolean {
    const { queue } = flow.endpoint;
    if (!queue.push(packet, from, packet.end, sourcePort, iface.index)) {
      flow.drops++;
      return false;
    }
    this.touch(flow);
    return true;
  }

  /** The way of one datagram: the peer's, or the one to `destination`; or a negative errno. */
  protected route(
    flow: DatagramFlow,
    destination: DatagramDestination | null,
    now: number,
  ): Path | number {
    const path = this.#pathTo(flow, destination, now);
    if (typeof path === "number") return path;
    const gone = path.refresh();
    if (gone < 0) return gone;
    if (isBroadcast(path) && !flow.settings.broadcast) return this.#refuseBroadcast(path, now);
    const isDirect = path.isBroadcast || path.nextHop.equals(path.destination);
    return flow.dontRoute && !isDirect ? -Errno.ENETUNREACH : path;
  }

  /** Hands the packet to IP as the flow's settings want; 0 or a negative errno. */
  protected transmit(flow: DatagramFlow, path: Path, now: number): number {
    const settings = path.isV6 ? flow.settings.v6 : flow.settings.v4;
    const options = this.#options;
    const { mtuDiscovery } = settings;
    options.dontFragment = mtuDiscovery >= MtuDiscovery.DO && mtuDiscovery !== MtuDiscovery.OMIT;
    options.fragmentEnRoute =
      mtuDiscovery === MtuDiscovery.DONT || mtuDiscovery >= MtuDiscovery.INTERFACE;
    const hopLimit = path.isMulticast ? settings.multicastHopLimit : settings.hopLimit;
    options.hopLimit = Math.max(hopLimit, 0);
    options.trafficClass = settings.trafficClass;
    return this.network.output(this.packet, path, options, now);
  }

  #pathTo(flow: DatagramFlow, destination: DatagramDestination | null, now: number): Path | number {
    if (destination === null) return flow.path ?? -Errno.EDESTADDRREQ;
    const { address, scopeId } = destination;
    const isScoped = address.isLinkLocal || address.isMulticast;
    const zone = (isScoped ? scopeId : 0) || flow.endpoint.interfaceIndex;
    const isZoneless = zone === 0 && isScoped && !address.isV4 && flow.source === null;
    return this.#paths.find(address, flow.source, isZoneless ? this.#anyZone() : zone, now);
  }

  /** Without SO_BROADCAST. Linux looks for a route first, which 255.255.255.255 need not have. */
  #refuseBroadcast({ destination }: Path, now: number): number {
    const isRouted = this.network.ip.routes.lookup(destination, 0, now) !== null;
    return destination.isLimitedBroadcast && !isRouted ? -Errno.ENETUNREACH : -Errno.EACCES;
  }

  /** As on Linux, a link-local destination without a zone takes the first link there is. */
  #anyZone(): number {
    const { interfaces } = this.network;
    return interfaces.find((iface) => iface.up && !iface.isLoopback)?.index ?? 0;
  }

  #senderOf(error: IpError): DatagramFlow | null {
    const quoted = this.quotedPorts(error);
    if (quoted === null) return null;
    const { localPort, remotePort } = quoted;
    return this.table.findSender(error.localAddress, localPort, error.remoteAddress, remotePort);
  }

  #unbind(flow: DatagramFlow): void {
    const { reservation, endpoint } = flow;
    if (reservation === null) return;
    this.table.remove(flow);
    this.ports.release(reservation);
    flow.reservation = null;
    endpoint.localPort = 0;
  }
}

/** The loopback has a broadcast address too, though everything on it is ours. */
function isBroadcast({ isBroadcast, iface, destination }: Path): boolean {
  return isBroadcast || (iface.isLoopback && destination.isV4 && iface.isBroadcast(destination.d));
}

/** Whether the sender is to hear of what is too big, because it did not leave the cutting to others. */
function asksForSize(discovery: MtuDiscovery): boolean {
  return discovery !== MtuDiscovery.DONT && discovery < MtuDiscovery.INTERFACE;
}

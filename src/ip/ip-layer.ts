import type { Counters } from "../base/counters.ts";
import type { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { ipVersion } from "../wire/ipv4.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { AddressFilter } from "./address-filter.ts";
import { DEFAULT_IP_CONFIG, type IpConfig } from "./config.ts";
import { type IpFamily, REASSEMBLY_TIME_EXCEEDED } from "./family.ts";
import { Identification } from "./fragments/identification.ts";
import { Reassembly } from "./fragments/reassembly.ts";
import { type IcmpError, IcmpErrors } from "./icmp/icmp-error.ts";
import { type ErrorSink, IcmpErrorInput, type PathMtuListener } from "./icmp/icmp-error-input.ts";
import { IcmpInput } from "./icmp/icmp-input.ts";
import type { IpInterface } from "./interface.ts";
import { IpInput } from "./ip-input.ts";
import { IpOutput } from "./ip-output.ts";
import { LoopQueue, type LoopSink } from "./loop-queue.ts";
import type { OutputOptions } from "./output-options.ts";
import type { Path } from "./path.ts";
import { PathFinder, type PathOptions } from "./path-finder.ts";
import { PathMtuCache } from "./path-mtu.ts";
import { RouteTable } from "./route-table.ts";
import type { IpError, RawListener, UpperProtocol } from "./upper.ts";
import { Ipv4 } from "./v4.ts";
import { Ipv6 } from "./v6.ts";

export interface IpLayerOptions {
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly config?: Partial<IpConfig>;
}

/**
 * The Internet layer of one host, IPv4 and IPv6 as one: puts its parts
 * together, and hands calls to them. A host, not a router: nothing is
 * forwarded.
 */
export class IpLayer implements ErrorSink {
  readonly config: IpConfig;
  readonly routes: RouteTable = new RouteTable();
  readonly finder: PathFinder;
  readonly #interfaces: IpInterface[] = [];
  readonly #v4: IpFamily = new Ipv4();
  readonly #v6: IpFamily = new Ipv6();
  readonly #pathMtus: PathMtuCache;
  readonly #reassembly: Reassembly;
  readonly #loop: LoopQueue;
  readonly #output: IpOutput;
  readonly #errors: IcmpErrors;
  readonly #errorInput: IcmpErrorInput;
  readonly #input: IpInput;
  readonly #icmp: IcmpInput;
  readonly #icmpv6: IcmpInput;

  constructor(options: IpLayerOptions) {
    const { counters, secureRandom } = options;
    const config = { ...DEFAULT_IP_CONFIG, ...options.config };
    const [v4, v6] = [this.#v4, this.#v6];
    const interfaces = this.#interfaces;
    this.config = config;
    this.#pathMtus = new PathMtuCache(config);
    const { routes } = this;
    const finder = new PathFinder({
      interfaces,
      routes,
      pathMtus: this.#pathMtus,
      random: secureRandom,
    });
    this.finder = finder;
    const identification = new Identification(secureRandom);
    this.#loop = new LoopQueue(counters);
    const output = new IpOutput({ v4, v6, config, identification, loop: this.#loop });
    this.#output = output;
    this.#errors = new IcmpErrors({ config, counters, finder, output, secureRandom });
    this.#errorInput = new IcmpErrorInput({ config, counters, finder, sink: this });
    const onTimeout = (packet: PacketBuffer, iface: IpInterface, now: number): void =>
      this.#reportTimeout(packet, iface, now);
    this.#reassembly = new Reassembly({ config, counters, secureRandom, onTimeout });
    const filter = new AddressFilter(interfaces);
    const [reassembly, errors] = [this.#reassembly, this.#errors];
    this.#input = new IpInput({ v4, v6, counters, filter, reassembly, errors });
    const shared = { config, counters, finder, output, errors: this.#errorInput };
    this.#icmp = new IcmpInput({ ...shared, family: v4 });
    this.#icmpv6 = new IcmpInput({ ...shared, family: v6 });
    this.#input.setUpper(IpProtocol.ICMP, this.#icmp);
    this.#input.setUpper(IpProtocol.ICMPV6, this.#icmpv6);
  }

  /** What fragments that wait take at present. */
  get reassembly(): Pick<Reassembly, "octets" | "size"> {
    return this.#reassembly;
  }

  get interfaces(): readonly IpInterface[] {
    return this.#interfaces;
  }

  addInterface(iface: IpInterface): void {
    this.#interfaces.push(iface);
    this.finder.noteAddressChange();
  }

  removeInterface(iface: IpInterface): void {
    const at = this.#interfaces.indexOf(iface);
    if (at >= 0) this.#interfaces.splice(at, 1);
    this.routes.removeWhere((route) => route.iface === iface);
    this.finder.noteAddressChange();
  }

  /**
   * Hands packets of `protocol` to `upper`; null makes the protocol unknown
   * again. ICMP and ICMPv6 are answered here all the same: `upper` gets their
   * echo replies, and the errors about ICMP messages that this host sent.
   */
  setUpper(protocol: number, upper: UpperProtocol | null): void {
    if (protocol === IpProtocol.ICMP) this.#icmp.listener = upper;
    else if (protocol === IpProtocol.ICMPV6) this.#icmpv6.listener = upper;
    else this.#input.setUpper(protocol, upper);
  }

  /** Hands every packet for this host to `listener` too, before its protocol gets it. */
  setRawListener(listener: RawListener | null): void {
    this.#input.rawListener = listener;
  }

  /** Tells `listener` of every path MTU that was lowered. */
  setPathMtuListener(listener: PathMtuListener | null): void {
    this.#errorInput.onPathMtu = listener;
  }

  /** A packet has arrived; its IP header is at `packet.start`. */
  input(packet: PacketBuffer, iface: IpInterface, now: number): void {
    this.finder.now = now;
    iface.rxPackets++;
    iface.rxOctets += packet.end - packet.start;
    this.#input.handlePacket(packet, iface, now);
  }

  /** See `PathFinder.find`. */
  findPath(destination: IpAddress, options: PathOptions, now: number): Path | number {
    return this.#finderAt(now).find(destination, options, now);
  }

  /** See `IpOutput.send`. */
  output(packet: PacketBuffer, path: Path, options: OutputOptions, now: number): number {
    this.finder.now = now;
    return this.#output.send(packet, path, options, now);
  }

  /** See `IcmpErrors.send`. */
  sendIcmpError(packet: PacketBuffer, error: IcmpError, iface: IpInterface, now: number): void {
    const family = this.#familyOf(packet, packet.networkAt);
    this.#errors.send(packet, error, { family, iface }, now);
  }

  /** Nobody listens on the port that `packet` was sent to (RFC 1122 §4.1.3.1, RFC 4443 §3.1). */
  sendPortUnreachable(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const { unreachable: type, portUnreachable: code } = this.#familyOf(
      packet,
      packet.networkAt,
    ).icmp;
    this.sendIcmpError(packet, { type, code, word: 0 }, iface, now);
  }

  /** The link could not resolve the next hop of `packet`, whose IP header is at `packet.start`. */
  handleUnresolved(packet: PacketBuffer, now: number): void {
    this.#errorInput.unresolved(packet, this.#familyOf(packet, packet.start), now);
  }

  /** A Neighbor Discovery redirect that the link found valid; true when it was followed. */
  handleRedirect(
    to: { destination: IpAddress; gateway: IpAddress; reporter: IpAddress },
    iface: IpInterface,
    now: number,
  ): boolean {
    return this.#errorInput.redirect(to, iface, now);
  }

  isPlausible(error: IpError): boolean {
    const upper = this.#input.upperOf(error.protocol, error.isV6);
    return upper?.isQuotePlausible === undefined || upper.isQuotePlausible(error);
  }

  deliver(error: IpError, now: number): void {
    this.#input.rawListener?.handleError(error, now);
    this.#input.upperOf(error.protocol, error.isV6)?.handleError(error, now);
  }

  handleTimeout(now: number): void {
    this.finder.now = now;
    this.#loop.drain(this.#takeLooped, now);
    this.#reassembly.handleTimeout(now);
    this.#pathMtus.handleTimeout(now);
    this.routes.handleTimeout(now);
  }

  /** When `handleTimeout` is next needed; Infinity when nothing waits. */
  pollTimeout(): number {
    if (!this.#loop.isEmpty) return this.finder.now;
    return Math.min(
      this.#reassembly.pollTimeout(),
      this.#pathMtus.pollTimeout(),
      this.routes.pollTimeout(),
    );
  }

  readonly #takeLooped: LoopSink = (packet, iface, now) =>
    this.#input.handleLooped(packet, iface, now);

  #finderAt(now: number): PathFinder {
    this.finder.now = now;
    return this.finder;
  }

  #familyOf({ view }: PacketBuffer, at: number): IpFamily {
    return ipVersion(view, at) === 6 ? this.#v6 : this.#v4;
  }

  #reportTimeout(packet: PacketBuffer, iface: IpInterface, now: number): void {
    const family = this.#familyOf(packet, packet.networkAt);
    if (family.parse(packet) !== null) return;
    const { timeExceeded: type } = family.icmp;
    const error = { type, code: REASSEMBLY_TIME_EXCEEDED, word: 0 };
    this.#errors.send(packet, error, { family, iface }, now);
  }
}

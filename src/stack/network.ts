import type { Counters } from "../base/counters.ts";
import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import { IpPrefix, parseCidr } from "../base/ip-prefix.ts";
import { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import type { IpConfig } from "../ip/config.ts";
import type { IcmpError } from "../ip/icmp/icmp-error.ts";
import type { IpInterface } from "../ip/interface.ts";
import { IpLayer } from "../ip/ip-layer.ts";
import type { OutputOptions } from "../ip/output-options.ts";
import type { Path } from "../ip/path.ts";
import type { PathOptions } from "../ip/path-finder.ts";
import type { RawListener, UpperProtocol } from "../ip/upper.ts";
import type { Device } from "../link/device.ts";
import type { NeighborView } from "../link/link.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { type AddressListener, Attachment } from "./attachment.ts";
import type { InterfaceConfig } from "./interface-config.ts";

export interface NetworkOptions {
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly ip?: Partial<IpConfig>;
}

/** Smallest MTU of an IPv4 link (RFC 791 §3.2) and of an IPv6 link (RFC 8200 §5). */
const MIN_MTU_V4 = 68;
const MIN_MTU_V6 = 1280;

/** An address of a configuration, read. */
interface Cidr {
  readonly address: IpAddress;
  readonly length: number;
}

/** Everything below transport: the interfaces of a host with their links, and the IP layer over them. */
export class Network {
  readonly ip: IpLayer;
  readonly #counters: Counters;
  readonly #random: RandomSource;
  readonly #secureRandom: RandomSource;
  readonly #attachments: Attachment[] = [];
  readonly #listeners = new Set<AddressListener>();
  /** Addresses that somebody asked for, as opposed to those that form themselves. */
  readonly #wanted = new Set<IpAddress>();
  #nextIndex = 1;

  constructor(options: NetworkOptions) {
    const { counters, random, secureRandom, ip: config = {} } = options;
    this.#counters = counters;
    this.#random = random;
    this.#secureRandom = secureRandom;
    this.ip = new IpLayer({ counters, random, secureRandom, config });
  }

  /** In the order of their index. */
  get interfaces(): readonly IpInterface[] {
    return this.ip.interfaces;
  }

  /**
   * Puts `device` into service. The interface, or a negative errno: EINVAL for
   * an address, gateway, MTU or MAC address that is none, EEXIST for a name
   * that is taken.
   */
  addInterface(device: Device, config: InterfaceConfig, now: number): IpInterface | number {
    const name = config.name ?? device.name;
    if (this.interfaces.some((iface) => iface.name === name)) return -Errno.EEXIST;
    const addresses = (config.addresses ?? []).map(readCidr);
    const gateways = [config.gateway ?? []].flat().map(readGateway);
    const mac = readMac(device, config.mac);
    const mtu = Math.min(config.mtu ?? device.mtu, device.mtu);
    if (addresses.includes(null) || gateways.includes(null) || mac === undefined)
      return -Errno.EINVAL;
    const known = addresses.filter((cidr) => cidr !== null);
    const hasV6 = known.some(({ address }) => !address.isV4);
    if (!(mtu >= (hasV6 ? MIN_MTU_V6 : MIN_MTU_V4))) return -Errno.EINVAL;

    const attachment = new Attachment({
      device,
      config,
      index: this.#nextIndex++,
      name,
      mtu,
      mac,
      isLoopback: known.some(({ address }) => address.isLoopback),
      ip: this.ip,
      counters: this.#counters,
      random: this.#random,
      secureRandom: this.#secureRandom,
      onAddress: (...event) => this.#tell(event),
    });
    const { iface } = attachment;
    this.#attachments.push(attachment);
    this.ip.addInterface(iface);
    attachment.start(config.linkLocal ?? true, now);
    for (const { address, length } of known) this.#claim(attachment, address, length, now);
    attachment.claimLinkLocalV4(now);
    for (const gateway of gateways) if (gateway !== null) this.#addDefaultRoute(gateway, iface);
    return iface;
  }

  /** Takes the interface out, with its addresses, routes and neighbours. The device is the caller's to close. */
  removeInterface(iface: IpInterface, now: number): void {
    const at = this.#attachments.findIndex((attachment) => attachment.iface === iface);
    const [attachment] = at < 0 ? [] : this.#attachments.splice(at, 1);
    if (attachment === undefined) return;
    for (const { address } of [...iface.addresses]) this.#release(attachment, address, now);
    iface.up = false;
    this.ip.removeInterface(iface);
  }

  /** Adds an address such as `10.0.0.7/24`. 0, or a negative errno: EINVAL, EEXIST, ENODEV. */
  addAddress(iface: IpInterface, cidr: string, now: number): number {
    const attachment = this.#attachmentOf(iface);
    if (attachment === undefined) return -Errno.ENODEV;
    const read = readCidr(cidr);
    if (read === null || (!read.address.isV4 && !attachment.hasIpv6)) return -Errno.EINVAL;
    return this.#claim(attachment, read.address, read.length, now) ? 0 : -Errno.EEXIST;
  }

  /** 0, or a negative errno: EADDRNOTAVAIL when the interface has no such address, ENODEV. */
  removeAddress(iface: IpInterface, address: IpAddress, now: number): number {
    const attachment = this.#attachmentOf(iface);
    if (attachment === undefined) return -Errno.ENODEV;
    return this.#release(attachment, address, now) ? 0 : -Errno.EADDRNOTAVAIL;
  }

  /** The sink of frames that arrived on the device of `iface`. */
  receive(iface: IpInterface, packet: PacketBuffer, now: number): void {
    this.#attachmentOf(iface)?.link.input(packet, now);
  }

  handleTimeout(now: number): void {
    for (const attachment of this.#attachments) attachment.handleTimeout(now);
    this.ip.handleTimeout(now);
  }

  /** When `handleTimeout` is next needed; Infinity when nothing waits. */
  pollTimeout(): number {
    let first = this.ip.pollTimeout();
    for (const attachment of this.#attachments) first = Math.min(first, attachment.pollTimeout());
    return first;
  }

  /** Whether every address that was asked for is decided: usable, or found to be somebody else's. */
  isReady(): boolean {
    return !this.#someWanted("tentative");
  }

  /** An address that was asked for and that another node has, or null. */
  duplicateAddress(): IpAddress | null {
    return this.#someWanted("duplicated");
  }

  /** Tells `listener` of every change of an address; returns what ends it. */
  onAddressChange(listener: AddressListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sets a neighbour's link address by hand; no protocol changes it then. */
  setNeighbor(iface: IpInterface, address: IpAddress, mac: MacAddress, now: number): void {
    this.#attachmentOf(iface)?.link.setPermanentNeighbor(address, mac, now);
  }

  /** Forgets the neighbours of an interface, as `ip neigh flush` does (RFC 1122 §2.3.2.1). */
  flushNeighbors(iface: IpInterface, now: number): void {
    this.#attachmentOf(iface)?.link.flushNeighbors(now);
  }

  /** The neighbours of an interface, as `ip neigh` shows them. */
  neighbors(iface: IpInterface): NeighborView[] {
    return this.#attachmentOf(iface)?.neighbors() ?? [];
  }

  /** DNS servers that routers on any link named, where routers are listened to. */
  dnsServers(now: number): IpAddress[] {
    return this.#attachments.flatMap((attachment) => attachment.dnsServers(now));
  }

  /** See `PathFinder.find`. */
  findPath(destination: IpAddress, options: PathOptions, now: number): Path | number {
    return this.ip.findPath(destination, options, now);
  }

  /** See `IpOutput.send`. */
  output(packet: PacketBuffer, path: Path, options: OutputOptions, now: number): number {
    return this.ip.output(packet, path, options, now);
  }

  /** See `IpLayer.setUpper`. */
  setUpper(protocol: number, upper: UpperProtocol | null): void {
    this.ip.setUpper(protocol, upper);
  }

  /** See `IpLayer.setRawListener`. */
  setRawListener(listener: RawListener | null): void {
    this.ip.setRawListener(listener);
  }

  /** See `IcmpErrors.send`. */
  sendIcmpError(packet: PacketBuffer, error: IcmpError, iface: IpInterface, now: number): void {
    this.ip.sendIcmpError(packet, error, iface, now);
  }

  #claim(attachment: Attachment, address: IpAddress, length: number, now: number): boolean {
    this.#wanted.add(address);
    const entry = attachment.addAddress(address, length, now);
    if (entry === null) this.#wanted.delete(address);
    return entry !== null;
  }

  #release(attachment: Attachment, address: IpAddress, now: number): boolean {
    const entry = attachment.iface.find(address);
    if (entry !== undefined) this.#wanted.delete(entry.address);
    return attachment.removeAddress(address, now);
  }

  #someWanted(state: "tentative" | "duplicated"): IpAddress | null {
    for (const { iface } of this.#attachments) {
      for (const entry of iface.addresses) {
        if (entry.state === state && this.#wanted.has(entry.address)) return entry.address;
      }
    }
    return null;
  }

  #addDefaultRoute(gateway: IpAddress, iface: IpInterface): void {
    const prefix = gateway.isV4 ? DEFAULT_V4 : DEFAULT_V6;
    this.ip.routes.add({ prefix, gateway, iface, origin: "static" });
  }

  #attachmentOf(iface: IpInterface): Attachment | undefined {
    for (const attachment of this.#attachments) if (attachment.iface === iface) return attachment;
    return undefined;
  }

  #tell(event: Parameters<AddressListener>): void {
    for (const listener of [...this.#listeners]) listener(...event);
  }
}

const DEFAULT_V4 = new IpPrefix(IpAddress.ANY4, 96);
const DEFAULT_V6 = new IpPrefix(IpAddress.ANY6, 0);

/** An address that an interface can have. */
function readCidr(text: string): Cidr | null {
  const cidr = parseCidr(text);
  if (cidr === null) return null;
  const { address } = cidr;
  const isHost = !address.isUnspecified && !address.isMulticast && !address.isReservedV4;
  return isHost && !address.isLimitedBroadcast ? cidr : null;
}

function readGateway(text: string): IpAddress | null {
  const address = IpAddress.parse(text);
  return address === null || address.isUnspecified || address.isMulticast ? null : address;
}

/** The MAC address of an Ethernet interface, null where there is none, undefined when it is malformed. */
function readMac(device: Device, text: string | undefined): MacAddress | null | undefined {
  if (device.medium === "ip") return null;
  const mac = text === undefined ? device.macAddress : MacAddress.parse(text);
  return mac === null || mac.isMulticast ? undefined : mac;
}

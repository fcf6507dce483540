import { Errno } from "../base/errno.ts";
import { IpAddress } from "../base/ip-address.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { Stack } from "../stack/stack.ts";
import { type DatagramSettings, defaultDatagramSettings } from "../udp/datagram-settings.ts";
import { AF_INET6, AF_UNSPEC } from "./constants.ts";
import { Socket, type SocketKind } from "./socket.ts";
import type { SocketName } from "./socket-address.ts";

/** A socket of AF_INET or AF_INET6: what TCP, UDP and ping sockets share of names and options. */
export abstract class InetSocket extends Socket {
  readonly stack: Stack;
  /** Options of levels IPPROTO_IP and IPPROTO_IPV6; an IPv6 socket has both, since it may speak both. */
  readonly ip: DatagramSettings = defaultDatagramSettings();
  v6Only = false;
  /** IP_FREEBIND: bind() takes addresses that this host does not have. */
  freeBind = false;
  /** IP_BIND_ADDRESS_NO_PORT: bind() to port 0 leaves the port to connect() (BIND-11). */
  bindAddressNoPort = false;
  /** IP_PKTINFO, IPV6_RECVPKTINFO and their kin: what recvmsg() is to deliver. */
  wantsPacketInfo = false;
  wantsHopLimit = false;
  wantsTrafficClass = false;
  /** SO_BINDTODEVICE, or the zone of a link-local address; 0 is every interface. */
  interfaceIndex = 0;

  constructor(stack: Stack, kind: SocketKind, buffers: { send: number; receive: number }) {
    super(kind, buffers);
    this.stack = stack;
  }

  get isV6(): boolean {
    return this.family === AF_INET6;
  }

  get wildcard(): IpAddress {
    return this.isV6 ? IpAddress.ANY6 : IpAddress.ANY4;
  }

  /** What bind() or connect() chose as its own address; null while that is the family's wildcard. */
  protected abstract get ownAddress(): IpAddress | null;

  /** Whether it has a port, so that IPV6_V6ONLY is settled (OPT-27) and bind() is over (BIND-2). */
  abstract get isBound(): boolean;

  /** The path's MTU while connected, else −ENOTCONN (IP_MTU). */
  abstract get pathMtu(): number;

  override mayBindToDevice(name: string): number {
    return name === "" || this.#interfaceNamed(name) !== undefined ? 0 : -Errno.ENODEV;
  }

  override bindToDevice(name: string): void {
    this.interfaceIndex = this.#interfaceNamed(name)?.index ?? 0;
  }

  override get deviceName(): string {
    return this.#interfaceAt(this.interfaceIndex)?.name ?? "";
  }

  /**
   * Checks the name given to bind(), in the order of Linux, and takes over the
   * zone of a link-local address. 0, −EAFNOSUPPORT, −EINVAL, −ENODEV or
   * −EADDRNOTAVAIL (BIND-4, BIND-6, BIND-8). TCP over IPv4 may bind to a group,
   * as Linux 6.18 lets it; over IPv6 it may not.
   */
  protected checkBind(name: SocketName): number {
    const family = this.#checkBindFamily(name);
    if (family < 0) return family;
    const { address } = name;
    if (this.isStream && this.isV6 && address.isMulticast) return -Errno.EINVAL;
    if (this.isBound) return -Errno.EINVAL;
    if (address.isV4 && this.isV6 && this.v6Only) return -Errno.EINVAL;
    if (isScoped(address)) {
      const zone = name.scopeId || this.interfaceIndex;
      if (zone === 0) return -Errno.EINVAL;
      if (this.#interfaceAt(zone) === undefined) return -Errno.ENODEV;
      if (this.interfaceIndex !== 0 && this.interfaceIndex !== zone) return -Errno.EINVAL;
      this.interfaceIndex = zone;
    }
    const mayBind =
      address.isUnspecified || address.isMulticast || this.freeBind || this.#isLocal(address);
    return mayBind ? 0 : -Errno.EADDRNOTAVAIL;
  }

  /** Whether packets may carry `address` as their source: ours, and of one host only. */
  protected isSource(address: IpAddress): boolean {
    return this.stack.network.interfaces.some((iface) => iface.owns(address)) || this.freeBind;
  }

  /**
   * Whether this socket can reach an address at all: 0; −ENETUNREACH for IPv4
   * on a socket that is IPv6 alone (CONN-20), −EAFNOSUPPORT the other way round;
   * −ENETUNREACH for a zone that is not there; −EINVAL from a loopback address to
   * somewhere else.
   */
  protected checkDestination({ address, scopeId }: SocketName): number {
    const own = this.ownAddress;
    if (this.isV6 && address.isV4 && (this.v6Only || own?.isV4 === false))
      return -Errno.ENETUNREACH;
    if (own?.isV4 === true && !address.isV4 && !address.isUnspecified) return -Errno.EAFNOSUPPORT;
    if (isScoped(address) && scopeId !== 0 && this.#interfaceAt(scopeId) === undefined) {
      return -Errno.ENETUNREACH;
    }
    if (own?.isLoopback !== true) return 0;
    const isHere = address.isUnspecified || address.isLoopback || this.isSource(address);
    return isHere ? 0 : -Errno.EINVAL;
  }

  /** Where a packet to `name` goes: to a socket of a mapped address, :: is IPv4's own host (CONN-12). */
  protected destinationOf({ address }: SocketName): IpAddress {
    const isOwnHost = address.isUnspecified && this.ownAddress?.isV4 === true;
    return isOwnHost ? IpAddress.ANY4 : address;
  }

  /** Whether `address` means everybody on one of our networks. */
  protected isBroadcast(address: IpAddress): boolean {
    if (!address.isV4 || address.isUnspecified) return false;
    return this.stack.network.interfaces.some((iface) => iface.isBroadcast(address.d));
  }

  /** The interface a packet to `name` must take; 0 is the route's choice. */
  protected zoneOf(name: SocketName): number {
    return isScoped(name.address) ? name.scopeId || this.interfaceIndex : this.interfaceIndex;
  }

  /** How this socket shows an address of its own or of its peer. */
  protected nameOf(address: IpAddress, port: number): SocketName {
    const scopeId = isScoped(address) ? this.interfaceIndex : 0;
    return { family: this.family, address, port, scopeId };
  }

  protected override handleOptionChange(_now: number): void {
    this.ip.broadcast = this.common.broadcast;
    this.ip.v4.omitChecksum = this.common.noCheck;
  }

  #checkBindFamily({ family, address }: SocketName): number {
    if (family === this.family) return 0;
    // An old habit of programs, which Linux tolerates for IPv4's wildcard alone.
    const isHabit = !this.isV6 && family === AF_UNSPEC && address.isUnspecified;
    return isHabit ? 0 : -Errno.EAFNOSUPPORT;
  }

  #isLocal(address: IpAddress): boolean {
    return this.stack.network.interfaces.some((iface) => {
      const isHere = this.interfaceIndex === 0 || iface.index === this.interfaceIndex;
      return isHere && (iface.owns(address) || (address.isV4 && iface.isBroadcast(address.d)));
    });
  }

  #interfaceNamed(name: string): IpInterface | undefined {
    return this.stack.network.interfaces.find((iface) => iface.name === name);
  }

  #interfaceAt(index: number): IpInterface | undefined {
    return this.stack.network.interfaces.find((iface) => iface.index === index);
  }
}

/** Whether an address means something only together with an interface (RFC 4007 §6). */
export function isScoped(address: IpAddress): boolean {
  if (address.isV4) return false;
  return address.isLinkLocal || (address.isMulticast && (address.a & 0x000f0000) === LINK_SCOPE);
}

const LINK_SCOPE = 0x00020000;

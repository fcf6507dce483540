import type { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { IpInterface } from "./interface.ts";

/** A protocol above IP, as IP sees it. The stack registers one for each protocol number. */
export interface UpperProtocol {
  /** A packet for this host: `packet.start` is at the transport header, `packet.end` at the end of the datagram. */
  input(packet: PacketBuffer, iface: IpInterface, now: number): void;
  /** An ICMP error about a packet that this host sent (RFC 1122 §3.2.2, RFC 4443 §2.4). */
  handleError(error: IpError, now: number): void;
  /**
   * Whether the packet that `error` quotes may be one of ours in flight
   * (RFC 5927 §4, RFC 8201 §6). Asked before a path MTU is lowered; without
   * this method every packet from one of our addresses is believed.
   */
  isQuotePlausible?(error: IpError): boolean;
}

/** Who sees packets and errors of every protocol: raw sockets and ping. */
export interface RawListener {
  /** Whether somebody took the packet, so that its protocol is not unknown here. */
  input(packet: PacketBuffer, iface: IpInterface, now: number): boolean;
  handleError(error: IpError, now: number): void;
}

/** An ICMP error, or the like of one made by this host (address resolution failed). */
export interface IpError {
  /** Linux's errno for type and code, positive. */
  readonly errno: number;
  /** Whether Linux counts it as fatal for a connection that is not yet synchronized. */
  readonly hard: boolean;
  readonly isV6: boolean;
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU for "too big", else 0. */
  readonly mtu: number;
  /** Addresses of the packet that was refused: `local` sent it. */
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  readonly protocol: number;
  /** The quoted transport header: octets `[transportAt, end)` of `view`; may be cut to 8 octets, or fewer if hostile. */
  readonly view: DataView;
  readonly transportAt: number;
  readonly end: number;
  /** Who reported it; one of our own addresses when we did. */
  readonly reporter: IpAddress;
}

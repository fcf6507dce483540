import { checksumAdd, checksumFinish } from "../base/checksum.ts";
import type { IpAddress } from "../base/ip-address.ts";
import { pseudoHeaderSum } from "./pseudo-header.ts";

/** How much is told about a packet: tcpdump's own options. */
export interface PrettyStyle {
  /** How often `-v` was given. */
  readonly verbose: number;
  /** `-S`: sequence numbers as they stand on the wire. */
  readonly absoluteSequence: boolean;
  /** `-e`: the link-layer header in front. */
  readonly linkHeader: boolean;
}

/** What the formatters of TCP, UDP and ICMP are told about the IP packet around them. */
export interface Datagram {
  readonly view: DataView;
  /** First octet of the transport header. */
  readonly at: number;
  /** One past the last octet at hand; a quoted packet may be cut short. */
  readonly end: number;
  /** Octets of the transport message as the IP header says, at least `end - at`. */
  readonly length: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** One of several fragments: no checksum can be verified. */
  readonly fragmented: boolean;
  /** The transport header follows the IPv6 header at once, so ports are printed behind the addresses. */
  readonly adjacent: boolean;
}

/** `10.77.0.1.39870 > 10.77.0.2.80: `, or the ports alone behind extension headers. */
export function formatPorts(datagram: Datagram, source: number, destination: number): string {
  if (!datagram.adjacent) return `${source} > ${destination}: `;
  return `${datagram.source}.${source} > ${datagram.destination}.${destination}: `;
}

/** `10.77.0.1 > 10.77.0.2: ` */
export function formatAddresses(source: IpAddress, destination: IpAddress): string {
  return `${source} > ${destination}: `;
}

/** Whether every octet is at hand and the message is whole, so that its checksum can be verified. */
export function isVerifiable(datagram: Datagram): boolean {
  return !datagram.fragmented && datagram.end - datagram.at >= datagram.length;
}

/** What the 16-bit checksum field at `field` should hold when the sum runs over `[at, end)` and `partial`. */
export function expectedChecksum(
  view: DataView,
  range: { readonly at: number; readonly end: number },
  field: number,
  partial = 0,
): number {
  const sum = checksumAdd(partial, view, range.at, range.end);
  return checksumFinish(sum + (~view.getUint16(field) & 0xffff));
}

/** The sum of a datagram's pseudo-header, its length included. */
export function datagramPseudoSum(datagram: Datagram): number {
  const { source, destination, protocol, length } = datagram;
  return pseudoHeaderSum(source, destination, protocol) + length;
}

/** `0x00ab`. */
export function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, "0")}`;
}

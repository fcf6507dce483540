import type { DropReason } from "../base/drop-reason.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { OutputOptions } from "./output-options.ts";
import type { Path } from "./path.ts";

/**
 * The differences between IPv4 and IPv6 that are real: what a header looks
 * like, what may stand between it and the upper layer, where fragments say
 * that they are fragments, and the numbers of ICMP. Everything else is one
 * code for both.
 */
export interface IpFamily {
  readonly isV6: boolean;
  /** Octets of the header without options or extension headers. */
  readonly headerLength: number;
  /** Octets that making a fragment adds to a packet. */
  readonly fragmentOverhead: number;
  readonly icmp: IcmpNumbers;

  /**
   * Checks the header at `packet.networkAt`, cuts link padding off, and fills
   * in addresses, hop limit, traffic class, protocol and where the upper layer
   * (or the first option or extension header) begins. Null, or why the packet
   * is dropped.
   */
  parse(packet: PacketBuffer): DropReason | null;

  /** Whether something stands between header and upper layer, or the packet is a fragment. */
  hasMore(packet: PacketBuffer): boolean;

  /**
   * Walks options or extension headers. Afterwards `packet.protocol` and
   * `packet.transportAt` are those of the upper layer, or the packet is a
   * fragment, or it is refused.
   */
  walk(packet: PacketBuffer, findings: HeaderFindings): void;

  /** Checks what one fragment alone can have wrong; refuses it in `findings`. */
  checkFragment(packet: PacketBuffer, findings: HeaderFindings): void;

  /** Puts a header in front of the packet, whose octets are the transport's. */
  prependHeader(
    packet: PacketBuffer,
    path: Path,
    options: OutputOptions,
    fields: HeaderFields,
  ): void;

  /**
   * Makes the header at `at` that of a fragment: `[offset, offset + length)` of
   * what followed the header it was copied from.
   */
  writeFragment(view: DataView, at: number, piece: FragmentPiece): void;

  /** Makes `[at, end)`, a header that every fragment repeats and the whole payload, one packet. */
  finishReassembly(view: DataView, at: number, end: number, trafficClass: number): void;
}

/** What IP itself decides about a header. */
export interface HeaderFields {
  hopLimit: number;
  /** Of IPv4; without meaning for atomic datagrams (RFC 6864 §4.1). */
  identification: number;
  dontFragment: boolean;
}

/** One fragment to be sent. */
export interface FragmentPiece {
  identification: number;
  /** Octets from the start of the fragmentable part, a multiple of 8. */
  offset: number;
  /** Octets of the fragmentable part in this piece. */
  length: number;
  more: boolean;
  /** IPv6: the header that follows the Fragment header. */
  nextHeader: number;
}

export interface IcmpNumbers {
  readonly protocol: number;
  readonly echoReply: number;
  readonly unreachable: number;
  readonly timeExceeded: number;
  readonly parameterProblem: number;
  /** Codes of Destination Unreachable. */
  readonly hostUnreachable: number;
  readonly portUnreachable: number;
  /** Largest packet that an error may make, octets. */
  readonly errorLimit: number;
}

/** Code of Time Exceeded for missing fragments; the same in both families. */
export const REASSEMBLY_TIME_EXCEEDED = 1;

/** What `walk` found. One record, used for every packet that needs it. */
export class HeaderFindings {
  /** Why the packet is dropped, or null. */
  drop: DropReason | null = null;
  /** Code of the Parameter Problem to send along with the drop; −1 = none. */
  problemCode = -1;
  /** What the problem points at: octets from the start of the IP header. */
  problemPointer = 0;
  /** Also when the packet was sent to a multicast address (RFC 4443 §2.4(e.3)). */
  problemEvenToGroup = false;
  /** IPv6: position of the field that names the upper layer, or the Fragment header; −1 in IPv4. */
  nextHeaderAt = -1;

  isFragment = false;
  /** End of the headers that every fragment repeats. */
  headerEnd = 0;
  /** First octet of the fragment's part of the payload. */
  fragmentAt = 0;
  /** Octets from the start of the payload. */
  fragmentOffset = 0;
  moreFragments = false;
  fragmentIdentification = 0;
  /** Protocol of the fragmented payload's first header. */
  fragmentNext = 0;

  reset(): void {
    this.drop = null;
    this.problemCode = -1;
    this.problemEvenToGroup = false;
    this.nextHeaderAt = -1;
    this.isFragment = false;
  }

  refuse(drop: DropReason): void {
    this.drop = drop;
  }

  /** Refuses with a Parameter Problem. */
  refuseWith(drop: DropReason, code: number, pointer: number): void {
    this.drop = drop;
    this.problemCode = code;
    this.problemPointer = pointer;
  }
}

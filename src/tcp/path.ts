/**
 * What a connection knows of the way to its peer. The stack gives it one at
 * birth and keeps it up to date, so that TCP never sees an IP version, a route
 * or an interface.
 */
export interface TcpPath {
  /** Largest IP packet the path takes, octets: link MTU, or less once path MTU discovery says so. */
  readonly mtu: number;
  /** Largest packet of the link itself; what the peer may send us (MMS_R, MUST-67). */
  readonly linkMtu: number;
  /** Octets of IP header (and options) in front of each segment. */
  readonly ipHeaderLength: number;
  /** Partial sum of the pseudo-header: addresses and protocol, without the length. */
  readonly pseudoHeaderSum: number;
  /** Whether super-segments may be built (the device or the link edge splits them). */
  readonly segmentationOffload: boolean;
  /** Peer is on this host or link with IPv6 rules: default send MSS is 1220 instead of 536 (MUST-15). */
  readonly isV6: boolean;
  /** Forward progress was seen: the next hop is reachable (NUD-5). */
  confirm(): void;
  /** Retransmission passed R1: the next hop may be dead (MUST-20). */
  advise(): void;
}

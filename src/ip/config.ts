/** What a host's network layer lets its owner choose. Times are milliseconds. */
export interface IpConfig {
  /** TTL and hop limit of unicast packets for which the sender chose none (RFC 1122 §3.2.1.7). */
  readonly hopLimit: number;
  /**
   * Floor of a path MTU learned from ICMPv4. A router that says less gets
   * packets of this size without DF (as Linux's `min_pmtu`), so that a forged
   * "fragmentation needed" cannot shrink segments to nothing (RFC 5927 §7).
   */
  readonly minPathMtu: number;
  /** After this long a learned path MTU is forgotten (RFC 1191 §6.3). */
  readonly pathMtuExpiryMs: number;
  /** Destinations whose path MTU is remembered. */
  readonly pathMtuEntries: number;
  /** How long fragments wait for their datagram (RFC 1122 §3.3.2, RFC 8200 §4.5). */
  readonly reassemblyTimeoutMs: number;
  /** Memory all waiting fragments may take, octets, bookkeeping included. */
  readonly reassemblyOctets: number;
  /** ICMP errors a second, whole host; and how many may come at once. */
  readonly icmpErrorsPerSecond: number;
  readonly icmpErrorBurst: number;
  /** To one destination: an error each so many milliseconds, and how many may come at once. */
  readonly icmpPeerIntervalMs: number;
  readonly icmpPeerBurst: number;
  /** Whether Destination Unreachable is sent at all (RFC 4443 §3.1). */
  readonly sendUnreachable: boolean;
  /** Whether ICMP redirects change routes. */
  readonly acceptRedirects: boolean;
  /** Whether echo requests to IPv4 broadcast and multicast are answered (RFC 1122 §3.2.2.6). */
  readonly answerBroadcastEcho: boolean;
  /** Whether echo requests to IPv6 multicast are answered (RFC 4443 §4.2). */
  readonly answerMulticastEcho: boolean;
  /** How long a gateway that did not answer is passed over while there is another. */
  readonly deadGatewayMs: number;
}

/** Linux's defaults, where it has one. */
export const DEFAULT_IP_CONFIG: IpConfig = {
  hopLimit: 64,
  minPathMtu: 552,
  pathMtuExpiryMs: 600_000,
  pathMtuEntries: 1024,
  reassemblyTimeoutMs: 60_000,
  reassemblyOctets: 4 * 1024 * 1024,
  icmpErrorsPerSecond: 1000,
  icmpErrorBurst: 50,
  icmpPeerIntervalMs: 1000,
  icmpPeerBurst: 6,
  sendUnreachable: true,
  acceptRedirects: true,
  answerBroadcastEcho: false,
  answerMulticastEcho: true,
  deadGatewayMs: 60_000,
};

/**
 * Settings of a host's TCP, with Linux's defaults where an RFC says otherwise
 * (the RFC's value is named beside it). Times in milliseconds, sizes in octets.
 */
export interface TcpConfig {
  /** Smallest retransmission timeout. Linux 200; RFC 6298 §2.4: 1000. */
  minRtoMs: number;
  /** Largest retransmission timeout; at least 60 s (RFC 6298 §2.5). */
  maxRtoMs: number;
  /** Timeout before the first sample (RFC 6298 §2.1). */
  initialRtoMs: number;
  /** Initial window in segments. RFC 6928: 10; RFC 5681: 2 to 4. */
  initialWindowSegments: number;
  /** Retransmissions of data before R1, when the next hop is doubted (SHLD-10). */
  retries1: number;
  /** Retransmissions of data before the connection is given up (R2, SHLD-11). */
  retries2: number;
  /** Retransmissions of a SYN; with back-off these last over 3 minutes only with 7 or more (MUST-23). Linux 6 (127 s). */
  synRetries: number;
  /** Retransmissions of a SYN,ACK. */
  synAckRetries: number;
  /** Maximum segment lifetime; TIME-WAIT lasts two of them. Linux 30 s; RFC 9293: 120 s. */
  mslMs: number;
  /** How long an orphan stays in FIN-WAIT-2. Linux 60 s. */
  finWait2TimeoutMs: number;
  /** Longest delay of an acknowledgment; below 500 (MUST-40). Linux 40. */
  delayedAckMs: number;
  keepAliveIdleMs: number;
  keepAliveIntervalMs: number;
  keepAliveProbes: number;
  /** Default send and receive buffer of a socket. */
  sendBufferOctets: number;
  receiveBufferOctets: number;
  windowScaling: boolean;
  timestamps: boolean;
  sack: boolean;
  /** Finds losses by time (RFC 8985) where SACK is agreed; otherwise by counting (RFC 6675). */
  rack: boolean;
  /** `cubic` or `reno`. */
  congestionControl: string;
  /** Half-open connections one listener holds; the oldest yields. */
  maxSynBacklog: number;
  /** Connections that were closed and are not over yet; beyond it one is reset when it is closed, counted. */
  maxOrphans: number;
  /** Connections in TIME-WAIT; beyond it a connection closes at once, counted. */
  maxTimeWait: number;
  /** A RST in TIME-WAIT is ignored (RFC 1337), as Linux can and as Netloom does by default. */
  ignoreTimeWaitReset: boolean;
  /** Challenge ACKs a connection may send in a second (RFC 5961 §7). */
  challengeAckLimit: number;
  /** Out-of-order ranges one connection holds. */
  maxOutOfOrderRanges: number;
}

export const DEFAULT_TCP_CONFIG: TcpConfig = {
  minRtoMs: 200,
  maxRtoMs: 120_000,
  initialRtoMs: 1000,
  initialWindowSegments: 10,
  retries1: 3,
  retries2: 15,
  synRetries: 7,
  synAckRetries: 5,
  mslMs: 30_000,
  finWait2TimeoutMs: 60_000,
  delayedAckMs: 40,
  keepAliveIdleMs: 7_200_000,
  keepAliveIntervalMs: 75_000,
  keepAliveProbes: 9,
  sendBufferOctets: 4 << 20,
  receiveBufferOctets: 4 << 20,
  windowScaling: true,
  timestamps: true,
  sack: true,
  rack: true,
  congestionControl: "cubic",
  maxSynBacklog: 1024,
  maxOrphans: 8192,
  maxTimeWait: 65_536,
  ignoreTimeWaitReset: true,
  challengeAckLimit: 10,
  maxOutOfOrderRanges: 256,
};

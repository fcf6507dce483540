import type { TcpConfig } from "./config.ts";

/**
 * What one socket may choose for its connection. The socket layer writes it,
 * the connection reads it whenever it needs a value, so a change takes effect
 * at once. A connection accepted from a listener gets a copy (sockets ACC-5).
 */
export interface TcpSettings {
  /** TCP_NODELAY: Nagle's algorithm off (MUST-17). */
  noDelay: boolean;
  /** TCP_CORK or MSG_MORE: no partial segment leaves, for 200 ms at most. */
  cork: boolean;
  /** SO_KEEPALIVE (MUST-24, MUST-25). */
  keepAlive: boolean;
  keepAliveIdleMs: number;
  keepAliveIntervalMs: number;
  keepAliveProbes: number;
  /** SO_LINGER: null is off; 0 resets on close. */
  lingerMs: number | null;
  /** TCP_USER_TIMEOUT in ms (R2, MUST-21); 0 is the host's own. */
  userTimeoutMs: number;
  /** TCP_MAXSEG: upper bound of the segment size; 0 is none. */
  maxSegment: number;
  /** SO_SNDBUF and SO_RCVBUF, octets. */
  sendBufferOctets: number;
  receiveBufferOctets: number;
  /** TCP_QUICKACK: acknowledge at once. */
  quickAck: boolean;
  /** TCP_SYNCNT. */
  synRetries: number;
  /** TCP_LINGER2: how long an orphan stays in FIN-WAIT-2, ms. */
  finWait2TimeoutMs: number;
  congestionControl: string;
  /** SO_OOBINLINE: urgent data stays in the stream. */
  oobInline: boolean;
  /** IP_TOS or IPV6_TCLASS (MUST-48). */
  trafficClass: number;
  /** IP_TTL or IPV6_UNICAST_HOPS; 0 is the host's own (MUST-49). */
  hopLimit: number;
}

export function defaultTcpSettings(config: TcpConfig): TcpSettings {
  return {
    noDelay: false,
    cork: false,
    keepAlive: false,
    keepAliveIdleMs: config.keepAliveIdleMs,
    keepAliveIntervalMs: config.keepAliveIntervalMs,
    keepAliveProbes: config.keepAliveProbes,
    lingerMs: null,
    userTimeoutMs: 0,
    maxSegment: 0,
    sendBufferOctets: config.sendBufferOctets,
    receiveBufferOctets: config.receiveBufferOctets,
    quickAck: false,
    synRetries: config.synRetries,
    finWait2TimeoutMs: config.finWait2TimeoutMs,
    congestionControl: config.congestionControl,
    oobInline: false,
    trafficClass: 0,
    hopLimit: 0,
  };
}

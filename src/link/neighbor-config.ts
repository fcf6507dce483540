/** Protocol constants of address resolution and Neighbor Discovery (RFC 4861 §10). Times are milliseconds. */
export interface NeighborConfig {
  /** Between solicitations of one neighbour (RFC 1122 §2.3.2.1: at most one a second). */
  readonly retransTimerMs: number;
  /** Mean time that a confirmation holds; each interface draws 0.5 to 1.5 times it. */
  readonly reachableTimeMs: number;
  /** How long upper layers may confirm before a stale neighbour is asked. */
  readonly delayFirstProbeMs: number;
  readonly maxMulticastSolicit: number;
  readonly maxUnicastSolicit: number;
  /** Neighbours remembered. */
  readonly maxEntries: number;
  /** Of those, neighbours not resolved yet: what a scan of a subnet may take. */
  readonly maxIncomplete: number;
  /** Packets and octets that wait for one neighbour: a datagram of 64 KB in fragments fits. */
  readonly maxQueuedPackets: number;
  readonly maxQueuedOctets: number;
  /** Octets that wait for all neighbours of the interface. */
  readonly maxTotalOctets: number;
}

export const DEFAULT_NEIGHBOR_CONFIG: NeighborConfig = {
  retransTimerMs: 1000,
  reachableTimeMs: 30_000,
  delayFirstProbeMs: 5000,
  maxMulticastSolicit: 3,
  maxUnicastSolicit: 3,
  maxEntries: 1024,
  maxIncomplete: 256,
  maxQueuedPackets: 64,
  maxQueuedOctets: 131_072,
  maxTotalOctets: 1_048_576,
};

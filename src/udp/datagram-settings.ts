/** What to do about packets larger than the path takes: the values of IP_MTU_DISCOVER. */
export const MtuDiscovery = {
  /** Never DF: routers and we may fragment. */
  DONT: 0,
  /** DF on what fits; larger datagrams are fragmented here. */
  WANT: 1,
  /** DF always; larger datagrams are refused with EMSGSIZE. */
  DO: 2,
  /** DF always, and what the path is said to take is ignored (RFC 8899). */
  PROBE: 3,
  /** Never DF, and the path MTU is ignored: more than the link takes is refused. */
  INTERFACE: 4,
  /** The same, but what the link does not take is fragmented here. */
  OMIT: 5,
} as const;

export type MtuDiscovery = (typeof MtuDiscovery)[keyof typeof MtuDiscovery];

/** What a datagram socket may choose separately for each IP version, since one socket may speak both. */
export interface FamilySettings {
  /** TTL or hop limit of unicast, up to 255; −1 is the host's own. */
  hopLimit: number;
  /** The same for multicast. */
  multicastHopLimit: number;
  /** The DS and ECN octet. */
  trafficClass: number;
  mtuDiscovery: MtuDiscovery;
  /** IP_RECVERR: keep ICMP errors in a queue, and report them without a connection too. */
  receiveErrors: boolean;
  /** Send without a checksum: SO_NO_CHECK, UDP_NO_CHECK6_TX (RFC 6935 §5). */
  omitChecksum: boolean;
}

/** What one datagram socket may choose. The socket writes it, the layer reads it with each datagram. */
export interface DatagramSettings {
  readonly v4: FamilySettings;
  readonly v6: FamilySettings;
  /** SO_BROADCAST. */
  broadcast: boolean;
  /** UDP_NO_CHECK6_RX: take datagrams without a checksum over IPv6 too. */
  acceptZeroChecksum: boolean;
}

export function defaultDatagramSettings(): DatagramSettings {
  return {
    v4: defaultFamilySettings(),
    v6: defaultFamilySettings(),
    broadcast: false,
    acceptZeroChecksum: false,
  };
}

function defaultFamilySettings(): FamilySettings {
  return {
    hopLimit: -1,
    multicastHopLimit: 1,
    trafficClass: 0,
    mtuDiscovery: MtuDiscovery.WANT,
    receiveErrors: false,
    omitChecksum: false,
  };
}

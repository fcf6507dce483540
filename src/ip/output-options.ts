/**
 * What a transport chooses for one packet. A record that its owner uses again
 * and again; the defaults are what most packets want.
 */
export class OutputOptions {
  /** Protocol number of what `packet.start` points at. */
  protocol: number;
  /** TTL or hop limit, 1 … 255; 0 = the path's default. */
  hopLimit = 0;
  /** The DS and ECN octet (RFC 2474, RFC 3168). */
  trafficClass = 0;
  /** Refuse with EMSGSIZE rather than fragment what is longer than the path MTU (IP_PMTUDISC_DO). */
  dontFragment = false;
  /** IPv4: let routers fragment even what fits, instead of telling us (IP_PMTUDISC_DONT). */
  fragmentEnRoute = false;
  /** Multicast: whether members on this host get a copy (IP_MULTICAST_LOOP). */
  multicastLoop = true;
  /** 20 bits; −1 = the path's own label. */
  flowLabel = -1;

  constructor(protocol: number) {
    this.protocol = protocol;
  }
}

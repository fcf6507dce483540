import type { NeighborConfig } from "../link/neighbor-config.ts";

/** How an interface is set up. Everything has a default; an interface may have no address at all. */
export interface InterfaceConfig {
  /** The device's name unless given. */
  readonly name?: string;
  /** `10.77.0.2/24`, `fd77::2/64`. */
  readonly addresses?: readonly string[];
  /** Default gateways, in order of preference; the next takes over when one is silent. */
  readonly gateway?: string | readonly string[];
  /** Octets; no more than the device's. Below 1280 there is no IPv6 (RFC 8200 §5). */
  readonly mtu?: number;
  /** Instead of the device's own. */
  readonly mac?: string;
  /**
   * IPv4 addresses: `announce` (the default, as Linux) uses them at once,
   * `probe` asks first whether somebody has them (RFC 5227 §2.1), `off` is silent.
   */
  readonly conflictDetection?: "announce" | "probe" | "off";
  /** Solicitations before an IPv6 address is used; default 1, 0 = none (RFC 4862 §5.1). */
  readonly duplicateAddressDetection?: number;
  /** Whether an IPv6 link-local address is formed from the MAC address; default true on Ethernet. */
  readonly linkLocal?: boolean;
  /** Whether a random IPv4 link-local address is claimed where there is no other (RFC 3927); default false. */
  readonly linkLocalV4?: boolean;
  /** Whether router advertisements set routes, MTU and hop limit; default: as `slaac`. */
  readonly acceptRouterAdvertisements?: boolean;
  /** Whether addresses are formed from advertised prefixes (RFC 4862); default false. */
  readonly slaac?: boolean;
  readonly neighbor?: Partial<NeighborConfig>;
}

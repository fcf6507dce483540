/** Neighbor Discovery alone, with owners that keep what they are told. */
import { Counters } from "../../src/base/counters.ts";
import type { IpAddress } from "../../src/base/ip-address.ts";
import type { MacAddress } from "../../src/base/mac-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { ACD_RULES, ANNOUNCE_ONLY_RULES } from "../../src/link/address-claim.ts";
import { AddressClaims } from "../../src/link/address-claims.ts";
import { Ndp } from "../../src/link/ndp.ts";
import { NeighborCache } from "../../src/link/neighbor-cache.ts";
import { DEFAULT_NEIGHBOR_CONFIG } from "../../src/link/neighbor-config.ts";
import { prependEthernet } from "../../src/wire/ethernet.ts";
import type { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { OUR_MAC, V6 } from "./network-host.ts";
import { claimOwner, linkOwner, neighborOwner, packetWith } from "./network-parts.ts";

export interface NdpParts {
  readonly ndp: Ndp;
  readonly sent: Uint8Array[];
  readonly counters: Counters;
  readonly neighbors: NeighborCache;
  readonly claimed: ReturnType<typeof claimOwner>;
  readonly owner: ReturnType<typeof linkOwner>;
}

/** Ours is assigned; `tentative` is being asked for. */
export function ndpParts(
  options: { tentative?: IpAddress; routerDiscovery?: boolean } = {},
): NdpParts {
  const counters = new Counters();
  const random = new SeededRandom(6);
  const [owner, claimed] = [linkOwner(), claimOwner()];
  const sent: Uint8Array[] = [];
  const config = DEFAULT_NEIGHBOR_CONFIG;
  const parts = { config, counters, interfaceName: "eth0", random, owner: neighborOwner() };
  const neighbors = new NeighborCache(parts);
  const claims = new AddressClaims(claimed, random);
  claims.add(V6.ours, { ...ANNOUNCE_ONLY_RULES, announcements: 0 }, 0);
  if (options.tentative !== undefined) claims.add(options.tentative, ACD_RULES, 0);
  claimed.log.length = 0;
  const link = {
    name: "eth0",
    mac: OUR_MAC,
    sendFrame(packet: PacketBuffer, to: MacAddress, type: number): boolean {
      prependEthernet(packet, to, OUR_MAC, type);
      sent.push(packet.bytes.slice(packet.start, packet.end));
      return true;
    },
    send: () => true,
  };
  const routerDiscovery = options.routerDiscovery ?? false;
  const shared = { counters, neighbors, claims, owner, random, secureRandom: random };
  return {
    ndp: new Ndp({ ...shared, link, routerDiscovery }),
    sent,
    counters,
    neighbors,
    claimed,
    owner,
  };
}

/** The packet of a frame, parsed as IP input leaves it. */
export function ndPacket(frame: Uint8Array): PacketBuffer {
  const packet = packetWith(frame);
  const { view, start } = packet;
  const at = start + 14;
  packet.networkAt = at;
  packet.transportAt = at + 40;
  packet.start = at + 40;
  [packet.sourceA, packet.sourceB, packet.sourceC, packet.sourceD] = words(view, at + 8);
  const destination = words(view, at + 24);
  [packet.destinationA, packet.destinationB, packet.destinationC, packet.destinationD] =
    destination;
  return packet;
}

function words(view: DataView, at: number): [number, number, number, number] {
  return [view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12)];
}

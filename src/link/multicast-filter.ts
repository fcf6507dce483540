import type { IpAddress } from "../base/ip-address.ts";
import { MacAddress } from "../base/mac-address.ts";
import { ethernetDestination } from "../wire/ethernet.ts";

/** The Ethernet address of an IP group: RFC 1112 §6.4 for IPv4, RFC 2464 §7 for IPv6. */
export function multicastMac(group: IpAddress): MacAddress {
  return group.isV4
    ? new MacAddress(0x0100, 0x5e000000 | (group.d & 0x7fffff))
    : new MacAddress(0x3333, group.d);
}

/** Group addresses that a card would let in. Several IP groups may share one, so they are counted. */
export class MulticastFilter {
  readonly #groups: { readonly mac: MacAddress; members: number }[] = [];

  add(mac: MacAddress): void {
    const group = this.#groups.find((candidate) => candidate.mac.equals(mac));
    if (group === undefined) this.#groups.push({ mac, members: 1 });
    else group.members++;
  }

  remove(mac: MacAddress): void {
    const at = this.#groups.findIndex((candidate) => candidate.mac.equals(mac));
    const group = this.#groups[at];
    if (group !== undefined && --group.members === 0) this.#groups.splice(at, 1);
  }

  /** Whether the frame at `at` goes to one of the groups. */
  accepts(view: DataView, at: number): boolean {
    const destination = ethernetDestination(view, at);
    return this.#groups.some(({ mac }) => mac.equals(destination));
  }
}

import { IpAddress } from "../base/ip-address.ts";
import { ipVersion, ipv4Source, isIpv4Header } from "../wire/ipv4.ts";
import { ipv6SourceAt, isIpv6Header } from "../wire/ipv6.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** Source address of the IP packet at `packet.start`; null when it is none. */
export function promptSource({ view, start, end }: PacketBuffer): IpAddress | null {
  if (start >= end) return null;
  if (ipVersion(view, start) === 4) {
    return isIpv4Header(view, start, end) ? IpAddress.v4(ipv4Source(view, start)) : null;
  }
  return isIpv6Header(view, start, end) ? IpAddress.readV6(view, ipv6SourceAt(start)) : null;
}

import type { MacAddress } from "../base/mac-address.ts";
import {
  ArpOperation,
  arpOperation,
  arpSenderIp,
  arpSenderMac,
  arpTargetIp,
  arpTargetMac,
  isArp,
} from "./arp.ts";

/** An ARP packet in tcpdump's notation, without the leading `ARP, `. */
export function formatArp(view: DataView, at: number, end: number, verbose: number): string {
  if (!isArp(view, at, end)) return "[|arp]";
  const hardware = verbose > 0 ? "Ethernet (len 6), IPv4 (len 4), " : "";
  return `${hardware}${formatOperation(view, at)}, length ${end - at}`;
}

function formatOperation(view: DataView, at: number): string {
  const operation = arpOperation(view, at);
  switch (operation) {
    case ArpOperation.REQUEST: {
      const target = `${arpTargetIp(view, at)}${formatKnownMac(arpTargetMac(view, at))}`;
      return `Request who-has ${target} tell ${arpSenderIp(view, at)}`;
    }
    case ArpOperation.REPLY:
      return `Reply ${arpSenderIp(view, at)} is-at ${arpSenderMac(view, at)}`;
    default:
      return `Unknown (${operation})`;
  }
}

/** A request does not know the address it asks for, but some senders fill the field in. */
function formatKnownMac(mac: MacAddress): string {
  return mac.high === 0 && mac.low === 0 ? "" : ` (${mac})`;
}

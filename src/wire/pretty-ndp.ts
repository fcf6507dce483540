import { Icmpv6Type, icmpType } from "./icmp.ts";
import {
  NA_LENGTH,
  NdFlag,
  NdOption,
  NS_LENGTH,
  naFlags,
  ndLinkAddress,
  ndMtu,
  ndOptionLength,
  ndOptionType,
  ndPrefix,
  ndTarget,
  RA_LENGTH,
  REDIRECT_LENGTH,
  RS_LENGTH,
  raFlags,
  raHopLimit,
  raLifetime,
  raReachableTime,
  raRetransTimer,
  redirectDestination,
} from "./ndp.ts";

/** Octets before the options, by message. */
const FIXED_LENGTH: ReadonlyMap<number, number> = new Map([
  [Icmpv6Type.ROUTER_SOLICITATION, RS_LENGTH],
  [Icmpv6Type.ROUTER_ADVERTISEMENT, RA_LENGTH],
  [Icmpv6Type.NEIGHBOR_SOLICITATION, NS_LENGTH],
  [Icmpv6Type.NEIGHBOR_ADVERTISEMENT, NA_LENGTH],
  [Icmpv6Type.REDIRECT, REDIRECT_LENGTH],
]);

/** Whether an ICMPv6 type is one of the five of Neighbor Discovery (RFC 4861). */
export function isNeighborDiscovery(type: number): boolean {
  return FIXED_LENGTH.has(type);
}

/** What tcpdump tells of a Neighbor Discovery message behind its name; the options only with `-v`. */
export function formatNeighborDiscovery(
  view: DataView,
  at: number,
  end: number,
  verbose: number,
): string {
  const optionsAt = at + (FIXED_LENGTH.get(icmpType(view, at)) ?? RS_LENGTH);
  if (optionsAt > end) return " [|icmp6]";
  const body = formatBody(view, at, verbose);
  return verbose === 0 ? body : body + formatOptions(view, optionsAt, end, verbose);
}

function formatBody(view: DataView, at: number, verbose: number): string {
  switch (icmpType(view, at)) {
    case Icmpv6Type.NEIGHBOR_SOLICITATION:
      return `, who has ${ndTarget(view, at)}`;
    case Icmpv6Type.NEIGHBOR_ADVERTISEMENT: {
      const flags = verbose === 0 ? "" : `, Flags [${formatBits(naFlags(view, at), NA_FLAGS)}]`;
      return `, tgt is ${ndTarget(view, at)}${flags}`;
    }
    case Icmpv6Type.REDIRECT:
      return `, ${redirectDestination(view, at)} to ${ndTarget(view, at)}`;
    case Icmpv6Type.ROUTER_ADVERTISEMENT:
      return verbose === 0 ? "" : formatRouterAdvertisement(view, at);
    default:
      return "";
  }
}

type Bits = readonly (readonly [number, string])[];

const NA_FLAGS: Bits = [
  [NdFlag.ROUTER, "router"],
  [NdFlag.SOLICITED, "solicited"],
  [NdFlag.OVERRIDE, "override"],
];

const RA_FLAGS: Bits = [
  [0x80, "managed"],
  [0x40, "other stateful"],
  [0x20, "home agent"],
  [0x02, "ipv6 only"],
];

const PREFIX_FLAGS: Bits = [
  [0x80, "onlink"],
  [0x40, "auto"],
  [0x20, "router"],
];

function formatBits(flags: number, names: Bits): string {
  const set = names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return set.length === 0 ? "none" : set.join(", ");
}

/** Router preference, by its two bits (RFC 4191 §2.2). */
const PREFERENCES: readonly string[] = ["medium", "high", "reserved", "low"];

function formatRouterAdvertisement(view: DataView, at: number): string {
  const flags = raFlags(view, at);
  return (
    `\n\thop limit ${raHopLimit(view, at)}, Flags [${formatBits(flags, RA_FLAGS)}]` +
    `, pref ${PREFERENCES[(flags >>> 3) & 3]}, router lifetime ${raLifetime(view, at)}s` +
    `, reachable time ${raReachableTime(view, at)}ms, retrans timer ${raRetransTimer(view, at)}ms`
  );
}

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [NdOption.SOURCE_LINK_ADDRESS, "source link-address"],
  [NdOption.TARGET_LINK_ADDRESS, "destination link-address"],
  [NdOption.PREFIX_INFORMATION, "prefix info"],
  [NdOption.REDIRECTED_HEADER, "redirected header"],
  [NdOption.MTU, "mtu"],
  [NdOption.ROUTE_INFORMATION, "route info"],
  [NdOption.RDNSS, "rdnss"],
  [NdOption.DNSSL, "dnssl"],
]);

/** With one `-v` an unknown option is dumped and ends the list; with two, every option is dumped. */
function formatOptions(view: DataView, at: number, end: number, verbose: number): string {
  let text = "";
  for (let position = at; position < end; ) {
    if (end - position < 8) return `${text} [|icmp6]`;
    const length = ndOptionLength(view, position);
    if (length === 0 || position + length > end) return `${text} [|icmp6]`;
    const type = ndOptionType(view, position);
    const name = OPTION_NAMES.get(type) ?? "unknown";
    text += `\n\t  ${name} option (${type}), length ${length} (${length / 8}): `;
    const told = formatOption(view, position);
    if (told === null && verbose < 2) {
      return text + formatHexDump(view, position + 2, position + length, "\n\t  ");
    }
    text += told ?? "";
    if (verbose > 1) text += formatHexDump(view, position + 2, position + length, "\n\t    ");
    position += length;
  }
  return text;
}

/** Null when the option is not one of those known here. */
function formatOption(view: DataView, at: number): string | null {
  const length = ndOptionLength(view, at);
  switch (ndOptionType(view, at)) {
    case NdOption.SOURCE_LINK_ADDRESS:
    case NdOption.TARGET_LINK_ADDRESS:
      return `${ndLinkAddress(view, at)}`;
    case NdOption.MTU:
      return ` ${ndMtu(view, at)}`;
    case NdOption.PREFIX_INFORMATION: {
      if (length !== 32) return "[bad length]";
      const prefix = ndPrefix(view, at);
      const flags = formatBits(view.getUint8(at + 3), PREFIX_FLAGS);
      const valid = formatLifetime(prefix.validLifetime);
      const preferred = formatLifetime(prefix.preferredLifetime);
      return `${prefix.prefix}/${prefix.prefixLength}, Flags [${flags}], valid time ${valid}, pref. time ${preferred}`;
    }
    default:
      return null;
  }
}

function formatLifetime(seconds: number): string {
  return seconds === 0xffffffff ? "infinity" : `${seconds}s`;
}

/** Sixteen octets a line, in pairs, as tcpdump shows what it does not know. */
function formatHexDump(view: DataView, at: number, end: number, indent: string): string {
  let text = "";
  for (let line = at; line < end; line += 16) {
    text += `${indent}0x${(line - at).toString(16).padStart(4, "0")}: `;
    for (let position = line; position < Math.min(line + 16, end); position++) {
      if ((position - line) % 2 === 0) text += " ";
      text += view.getUint8(position).toString(16).padStart(2, "0");
    }
  }
  return text;
}

import { IpAddress } from "../base/ip-address.ts";
import { IpPrefix } from "../base/ip-prefix.ts";
import type { InterfaceAddress, IpInterface } from "./interface.ts";

/** A row of the policy table (RFC 6724 §2.1). */
export interface PolicyRow {
  readonly prefix: IpPrefix;
  readonly precedence: number;
  readonly label: number;
}

/** RFC 6724 §2.1, longest prefix first. */
export const DEFAULT_POLICY: readonly PolicyRow[] = [
  row(0, 0, 0, 1, 128, 50, 0),
  row(0, 0, 0xffff, 0, 96, 35, 4),
  row(0, 0, 0, 0, 96, 1, 3),
  row(0x20010000, 0, 0, 0, 32, 5, 5),
  row(0x20020000, 0, 0, 0, 16, 30, 2),
  row(0x3ffe0000, 0, 0, 0, 16, 1, 12),
  row(0xfec00000, 0, 0, 0, 10, 1, 11),
  row(0xfc000000, 0, 0, 0, 7, 3, 13),
  row(0, 0, 0, 0, 0, 40, 1),
];

function row(
  a: number,
  b: number,
  c: number,
  d: number,
  length: number,
  precedence: number,
  label: number,
): PolicyRow {
  return { prefix: new IpPrefix(new IpAddress(a, b, c, d), length), precedence, label };
}

/** The row that `address` falls under. The table ends in `::/0`, so there is one. */
export function policyFor(address: IpAddress, policy: readonly PolicyRow[]): PolicyRow {
  let best: PolicyRow | null = null;
  for (const candidate of policy) {
    if (best !== null && candidate.prefix.length <= best.prefix.length) continue;
    if (candidate.prefix.contains(address)) best = candidate;
  }
  return best ?? row(0, 0, 0, 0, 0, 0, -1);
}

/** Scopes as in a multicast address (RFC 4291 §2.7); a larger number is a larger scope. */
export const Scope = { INTERFACE: 1, LINK: 2, SITE: 5, GLOBAL: 14 } as const;

/** RFC 6724 §3.1 for IPv6, §3.2 for IPv4. */
export function scopeOf(address: IpAddress): number {
  if (address.isMulticast && !address.isV4) return (address.a >>> 16) & 0xf;
  if (address.isLoopback || address.isLinkLocal) return Scope.LINK;
  if (!address.isV4 && address.a >>> 22 === SITE_LOCAL) return Scope.SITE;
  return Scope.GLOBAL;
}

/** fec0::/10, of old. */
const SITE_LOCAL = 0x3fb;

/** An address to choose from, and where it is. */
export interface SourceCandidate {
  readonly entry: InterfaceAddress;
  readonly iface: IpInterface;
}

/** Where the packet will go out. */
export interface SourceContext {
  readonly iface: IpInterface;
  readonly policy: readonly PolicyRow[];
}

/**
 * The best source for `destination` among `candidates` (RFC 6724 §5), or null
 * when there is none. Of equals the first wins. Candidates are of the
 * destination's family and in use.
 */
export function selectSource(
  destination: IpAddress,
  candidates: readonly SourceCandidate[],
  context: SourceContext,
): IpAddress | null {
  let best: SourceCandidate | null = null;
  for (const candidate of candidates) {
    if (best === null || compareSources(candidate, best, destination, context) < 0)
      best = candidate;
  }
  return best === null ? null : best.entry.address;
}

/** Negative when `a` is the better source. Rules in the RFC's order; home and temporary addresses we have none. */
function compareSources(
  a: SourceCandidate,
  b: SourceCandidate,
  destination: IpAddress,
  { iface, policy }: SourceContext,
): number {
  const [addressA, addressB] = [a.entry.address, b.entry.address];
  // Rule 1: the destination itself.
  const same = Number(addressB.equals(destination)) - Number(addressA.equals(destination));
  if (same !== 0) return same;
  // Rule 2: the appropriate scope: the smallest that still reaches the destination.
  const scope = compareScopes(scopeOf(addressA), scopeOf(addressB), scopeOf(destination));
  if (scope !== 0) return scope;
  // Rule 3: not deprecated.
  const deprecated =
    Number(a.entry.state === "deprecated") - Number(b.entry.state === "deprecated");
  if (deprecated !== 0) return deprecated;
  // Rule 5: of the outgoing interface.
  const outgoing = Number(b.iface === iface) - Number(a.iface === iface);
  if (outgoing !== 0) return outgoing;
  // Rule 6: the label of the destination.
  const label = policyFor(destination, policy).label;
  const labelA = policyFor(addressA, policy).label === label;
  const labelB = policyFor(addressB, policy).label === label;
  if (labelA !== labelB) return labelA ? -1 : 1;
  // Rule 8: the longest prefix in common, as far as the source's own prefix goes.
  return commonLength(b.entry, destination) - commonLength(a.entry, destination);
}

function compareScopes(a: number, b: number, destination: number): number {
  if (a === b) return 0;
  if (a < b) return a < destination ? 1 : -1;
  return b < destination ? -1 : 1;
}

function commonLength({ address, prefix }: InterfaceAddress, destination: IpAddress): number {
  return Math.min(address.commonPrefixLength(destination), prefix.length);
}

/** A destination and what would be its source; null when it cannot be reached. */
export interface DestinationCandidate {
  readonly address: IpAddress;
  readonly source: InterfaceAddress | null;
}

/** Destinations in the order in which to try them (RFC 6724 §6). Of equals the order stays. */
export function orderDestinations<T extends DestinationCandidate>(
  candidates: readonly T[],
  policy: readonly PolicyRow[],
): T[] {
  // Array.prototype.sort is stable (ES2019), which is rule 10.
  return [...candidates].sort((a, b) => compareDestinations(a, b, policy));
}

function compareDestinations(
  a: DestinationCandidate,
  b: DestinationCandidate,
  policy: readonly PolicyRow[],
): number {
  // Rule 1: avoid what cannot be used.
  if (a.source === null || b.source === null) {
    return Number(a.source === null) - Number(b.source === null);
  }
  const [sourceA, sourceB] = [a.source.address, b.source.address];
  // Rule 2: the scope of the source.
  const matchA = scopeOf(a.address) === scopeOf(sourceA);
  const matchB = scopeOf(b.address) === scopeOf(sourceB);
  if (matchA !== matchB) return matchA ? -1 : 1;
  // Rule 3: no deprecated source.
  const deprecated =
    Number(a.source.state === "deprecated") - Number(b.source.state === "deprecated");
  if (deprecated !== 0) return deprecated;
  const [rowA, rowB] = [policyFor(a.address, policy), policyFor(b.address, policy)];
  // Rule 5: the label of the source.
  const labelA = policyFor(sourceA, policy).label === rowA.label;
  const labelB = policyFor(sourceB, policy).label === rowB.label;
  if (labelA !== labelB) return labelA ? -1 : 1;
  // Rule 6: precedence. Rule 7 knows tunnels, which we have none.
  if (rowA.precedence !== rowB.precedence) return rowB.precedence - rowA.precedence;
  // Rule 8: the smaller scope.
  const scope = scopeOf(a.address) - scopeOf(b.address);
  if (scope !== 0) return scope;
  // Rule 9: the longest prefix in common, within one family.
  if (a.address.isV4 !== b.address.isV4) return 0;
  return commonLength(b.source, b.address) - commonLength(a.source, a.address);
}

/**
 * What Netloom is going to have and has not yet. It counts only as long as
 * Netloom refuses it, so that a row that has become untrue does no harm.
 */
import * as c from "../../src/index.ts";
import * as n from "./numbers.ts";

export interface Wanted {
  readonly family?: number;
  readonly type?: number;
  readonly level?: number;
  readonly option?: number;
  readonly command?: number;
  readonly request?: number;
}

export function isNotThereYet({ family, type, level, option, command, request }: Wanted): boolean {
  if (family !== undefined && type !== undefined) {
    const isInet = family === c.AF_INET || family === c.AF_INET6;
    return FAMILIES.has(family) || (isInet && type === c.SOCK_RAW);
  }
  if (command !== undefined) return COMMANDS.has(command);
  if (request !== undefined) return REQUESTS.has(request);
  return OPTIONS.get(level ?? -1)?.has(option ?? -1) ?? false;
}

const FAMILIES: ReadonlySet<number> = new Set([c.AF_UNIX, c.AF_PACKET, c.AF_NETLINK]);
const COMMANDS: ReadonlySet<number> = new Set([
  n.F_DUPFD,
  n.F_DUPFD_CLOEXEC,
  n.F_GETOWN,
  n.F_SETOWN,
]);
const REQUESTS: ReadonlySet<number> = new Set([n.SIOCGIFMTU]);

const OPTIONS: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [
    c.SOL_SOCKET,
    new Set([
      c.SO_TIMESTAMP,
      n.SO_INCOMING_CPU,
      n.SO_MARK,
      n.SO_PASSCRED,
      n.SO_PEEK_OFF,
      n.SO_PEERCRED,
      n.SO_TIMESTAMPNS,
    ]),
  ],
  [
    c.SOL_TCP,
    new Set([
      c.TCP_DEFER_ACCEPT,
      c.TCP_FASTOPEN,
      c.TCP_WINDOW_CLAMP,
      n.TCP_FASTOPEN_CONNECT,
      n.TCP_INQ,
      n.TCP_NOTSENT_LOWAT,
      n.TCP_SAVED_SYN,
      n.TCP_SAVE_SYN,
    ]),
  ],
  [
    c.SOL_IP,
    new Set([
      c.IP_ADD_MEMBERSHIP,
      c.IP_DROP_MEMBERSHIP,
      c.IP_MULTICAST_IF,
      c.IP_MULTICAST_LOOP,
      n.IP_ADD_SOURCE_MEMBERSHIP,
      n.IP_BLOCK_SOURCE,
      n.IP_DROP_SOURCE_MEMBERSHIP,
      n.IP_MINTTL,
      n.IP_MSFILTER,
      n.IP_MULTICAST_ALL,
      n.IP_OPTIONS,
      n.IP_RECVORIGDSTADDR,
      n.IP_TRANSPARENT,
      n.IP_UNBLOCK_SOURCE,
    ]),
  ],
  [
    c.SOL_IPV6,
    new Set([
      c.IPV6_HOPLIMIT,
      c.IPV6_JOIN_GROUP,
      c.IPV6_LEAVE_GROUP,
      c.IPV6_MULTICAST_IF,
      c.IPV6_MULTICAST_LOOP,
      c.IPV6_PKTINFO,
      n.IPV6_ADDR_PREFERENCES,
      n.IPV6_RECVHOPOPTS,
    ]),
  ],
]);

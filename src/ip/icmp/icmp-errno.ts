import { Errno } from "../../base/errno.ts";
import { Icmpv4Type, Icmpv6Type } from "../../wire/icmp.ts";

/** What an ICMP error means to a socket. */
export interface IcmpMeaning {
  /** Positive. */
  readonly errno: number;
  /** Whether it ends a connection attempt at once. */
  readonly hard: boolean;
}

const soft = (errno: number): IcmpMeaning => ({ errno, hard: false });
const hard = (errno: number): IcmpMeaning => ({ errno, hard: true });

/** By code of Destination Unreachable; Linux's `icmp_err_convert`, with EHOSTUNREACH for its ENONET. */
const UNREACHABLE_V4: readonly IcmpMeaning[] = [
  soft(Errno.ENETUNREACH),
  soft(Errno.EHOSTUNREACH),
  hard(Errno.ENOPROTOOPT),
  hard(Errno.ECONNREFUSED),
  soft(Errno.EMSGSIZE),
  soft(Errno.EOPNOTSUPP),
  hard(Errno.ENETUNREACH),
  hard(Errno.EHOSTDOWN),
  hard(Errno.EHOSTUNREACH),
  hard(Errno.ENETUNREACH),
  hard(Errno.EHOSTUNREACH),
  soft(Errno.ENETUNREACH),
  soft(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
];

/** The same of ICMPv6; Linux's `tab_unreach`. */
const UNREACHABLE_V6: readonly IcmpMeaning[] = [
  soft(Errno.ENETUNREACH),
  hard(Errno.EACCES),
  soft(Errno.EHOSTUNREACH),
  soft(Errno.EHOSTUNREACH),
  hard(Errno.ECONNREFUSED),
  hard(Errno.EACCES),
  hard(Errno.EACCES),
];

/** Meaning of an ICMPv4 error; null when it has none for a socket. */
export function icmpv4Meaning(type: number, code: number): IcmpMeaning | null {
  switch (type) {
    case Icmpv4Type.DESTINATION_UNREACHABLE:
      return UNREACHABLE_V4[code] ?? null;
    case Icmpv4Type.TIME_EXCEEDED:
      return soft(Errno.EHOSTUNREACH);
    case Icmpv4Type.PARAMETER_PROBLEM:
      return hard(Errno.EPROTO);
    default:
      return null;
  }
}

/** Meaning of an ICMPv6 error. Unknown ones have one too: they go up (RFC 4443 §2.4(a)). */
export function icmpv6Meaning(type: number, code: number): IcmpMeaning {
  switch (type) {
    case Icmpv6Type.DESTINATION_UNREACHABLE:
      return UNREACHABLE_V6[code] ?? hard(Errno.EPROTO);
    case Icmpv6Type.PACKET_TOO_BIG:
      return soft(Errno.EMSGSIZE);
    case Icmpv6Type.TIME_EXCEEDED:
      return soft(Errno.EHOSTUNREACH);
    case Icmpv6Type.PARAMETER_PROBLEM:
      return hard(Errno.EPROTO);
    default:
      return soft(Errno.EPROTO);
  }
}

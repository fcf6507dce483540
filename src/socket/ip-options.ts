import { Errno } from "../base/errno.ts";
import type { FamilySettings, MtuDiscovery } from "../udp/datagram-settings.ts";
import * as c from "./constants.ts";
import type { InetSocket } from "./inet-socket.ts";
import { flagOption, integerOption, type Option, type OptionTable } from "./option-table.ts";

/** What a hop limit of −1 stands for when it is read: net.ipv4.ip_default_ttl. */
const DEFAULT_HOP_LIMIT = 64;
/** The two low bits of the DS field, which belong to ECN: TCP's own business (OPT-21). */
const ECN_MASK = 3;

/** Level IPPROTO_IP (ip(7)). An IPv6 socket has it for its IPv4 packets. */
export const IP_OPTIONS: OptionTable<InetSocket> = {
  level: c.SOL_IP,
  options: new Map<number, Option<InetSocket>>([
    [c.IP_TOS, trafficClass(v4)],
    [c.IP_TTL, unicastTtl()],
    [c.IP_MULTICAST_TTL, multicastHops(v4)],
    [c.IP_MTU_DISCOVER, mtuDiscovery(v4)],
    [c.IP_MTU, pathMtu()],
    [c.IP_RECVERR, receiveErrors(v4)],
    [c.IP_PKTINFO, packetInfo()],
    [c.IP_RECVTTL, hopLimitInfo()],
    [c.IP_RECVTOS, trafficClassInfo()],
    [
      c.IP_FREEBIND,
      flagOption(
        (socket) => socket.freeBind,
        (socket, on) => {
          socket.freeBind = on;
        },
      ),
    ],
    [
      c.IP_BIND_ADDRESS_NO_PORT,
      flagOption(
        (socket) => socket.bindAddressNoPort,
        (socket, on) => {
          socket.bindAddressNoPort = on;
        },
      ),
    ],
  ]),
};

/** Level IPPROTO_IPV6 (ipv6(7), RFC 3493 §5, RFC 3542). */
export const IPV6_OPTIONS: OptionTable<InetSocket> = {
  level: c.SOL_IPV6,
  options: new Map<number, Option<InetSocket>>([
    [
      c.IPV6_V6ONLY,
      integerOption({
        get: (socket) => Number(socket.v6Only),
        maySet: (socket) => (socket.isBound ? -Errno.EINVAL : 0),
        set: (socket, value) => {
          socket.v6Only = value !== 0;
        },
      }),
    ],
    [c.IPV6_UNICAST_HOPS, unicastHops()],
    [c.IPV6_MULTICAST_HOPS, multicastHops(v6)],
    [c.IPV6_TCLASS, trafficClass(v6)],
    [c.IPV6_MTU_DISCOVER, mtuDiscovery(v6)],
    [c.IPV6_MTU, pathMtu()],
    [c.IPV6_RECVERR, receiveErrors(v6)],
    [c.IPV6_RECVPKTINFO, packetInfo()],
    [c.IPV6_RECVHOPLIMIT, hopLimitInfo()],
    [c.IPV6_RECVTCLASS, trafficClassInfo()],
  ]),
};

type Family = (socket: InetSocket) => FamilySettings;

function v4({ ip }: InetSocket): FamilySettings {
  return ip.v4;
}

function v6({ ip }: InetSocket): FamilySettings {
  return ip.v6;
}

/** IP_TOS takes the low octet of any number; IPV6_TCLASS −1 for the default up to 255. */
function trafficClass(of: Family): Option<InetSocket> {
  const isV6 = of === v6;
  return integerOption({
    ...(isV6 && { min: -1, max: 255 }),
    get: (socket) => of(socket).trafficClass,
    set: (socket, value) => {
      const octet = value === -1 && isV6 ? 0 : value & 0xff;
      const settings = of(socket);
      const kept = socket.isStream ? ECN_MASK : 0;
      settings.trafficClass = (octet & ~kept) | (settings.trafficClass & kept);
    },
  });
}

function unicastTtl(): Option<InetSocket> {
  return integerOption({
    get: ({ ip }) => shownHopLimit(ip.v4),
    maySet: (_socket, value) => (value === -1 || (value >= 1 && value <= 255) ? 0 : -Errno.EINVAL),
    set: ({ ip }, value) => {
      ip.v4.hopLimit = value;
    },
  });
}

function unicastHops(): Option<InetSocket> {
  return integerOption({
    min: -1,
    max: 255,
    get: ({ ip }) => shownHopLimit(ip.v6),
    set: ({ ip }, value) => {
      ip.v6.hopLimit = value;
    },
  });
}

function shownHopLimit({ hopLimit }: FamilySettings): number {
  return hopLimit < 0 ? DEFAULT_HOP_LIMIT : hopLimit;
}

function multicastHops(of: Family): Option<InetSocket> {
  const refusal = of === v6 ? -Errno.ENOPROTOOPT : -Errno.EINVAL;
  return integerOption({
    min: -1,
    max: 255,
    get: (socket) => of(socket).multicastHopLimit,
    // A connection has no group at its other end.
    maySet: ({ isStream }) => (isStream ? refusal : 0),
    set: (socket, value) => {
      of(socket).multicastHopLimit = value === -1 ? 1 : value;
    },
  });
}

function mtuDiscovery(of: Family): Option<InetSocket> {
  return integerOption({
    min: c.IP_PMTUDISC_DONT,
    max: c.IP_PMTUDISC_OMIT,
    get: (socket) => of(socket).mtuDiscovery,
    set: (socket, value) => {
      of(socket).mtuDiscovery = value as MtuDiscovery;
    },
  });
}

/** IP_MTU and IPV6_MTU: what the path to the peer takes now (OPT-25). */
function pathMtu(): Option<InetSocket> {
  return integerOption({
    mayGet: (socket) => Math.min(socket.pathMtu, 0),
    get: (socket) => socket.pathMtu,
  });
}

function receiveErrors(of: Family): Option<InetSocket> {
  return flagOption(
    (socket) => of(socket).receiveErrors,
    (socket, on) => {
      of(socket).receiveErrors = on;
    },
  );
}

function packetInfo(): Option<InetSocket> {
  return flagOption(
    (socket) => socket.wantsPacketInfo,
    (socket, on) => {
      socket.wantsPacketInfo = on;
    },
  );
}

function hopLimitInfo(): Option<InetSocket> {
  return flagOption(
    (socket) => socket.wantsHopLimit,
    (socket, on) => {
      socket.wantsHopLimit = on;
    },
  );
}

function trafficClassInfo(): Option<InetSocket> {
  return flagOption(
    (socket) => socket.wantsTrafficClass,
    (socket, on) => {
      socket.wantsTrafficClass = on;
    },
  );
}

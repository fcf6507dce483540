import type { TcpSettings } from "../tcp/settings.ts";
import type { FamilySettings } from "../udp/datagram-settings.ts";
import type { CommonOptions } from "./common-options.ts";

/** Passes on to the connection what was set at levels SOL_SOCKET and IPPROTO_IP or IPPROTO_IPV6. */
export function writeStreamSettings(
  settings: TcpSettings,
  common: CommonOptions,
  { trafficClass, hopLimit }: FamilySettings,
): void {
  settings.keepAlive = common.keepAlive;
  settings.oobInline = common.oobInline;
  settings.lingerMs = common.linger.on ? common.linger.seconds * 1000 : null;
  // Half of what is read back is for the octets, half for Linux's overhead.
  if (common.isSendBufferSet) settings.sendBufferOctets = common.sendBuffer >> 1;
  if (common.isReceiveBufferSet) settings.receiveBufferOctets = common.receiveBuffer >> 1;
  settings.trafficClass = trafficClass;
  settings.hopLimit = Math.max(hopLimit, 0);
  // More than can ever wait here would never wake anybody.
  common.receiveLowWater = Math.min(common.receiveLowWater, settings.receiveBufferOctets >> 1);
}

import type { Linger } from "./option-table.ts";

/** What every socket lets its user choose at level SOL_SOCKET (socket(7)). */
export interface CommonOptions {
  reuseAddress: boolean;
  reusePort: boolean;
  keepAlive: boolean;
  broadcast: boolean;
  oobInline: boolean;
  dontRoute: boolean;
  debug: boolean;
  /** SO_NO_CHECK: UDP over IPv4 without a checksum. */
  noCheck: boolean;
  priority: number;
  linger: Linger;
  /** What SO_SNDBUF and SO_RCVBUF read back, octets: twice what was set, as Linux counts its own overhead. */
  sendBuffer: number;
  receiveBuffer: number;
  /** The user has set them, so they are no longer the stack's to choose. */
  isSendBufferSet: boolean;
  isReceiveBufferSet: boolean;
  /** Infinity is for ever. Only the faces that wait look at these. */
  receiveTimeoutMs: number;
  sendTimeoutMs: number;
  /** SO_RCVLOWAT: fewer octets are no reason to wake a reader. */
  receiveLowWater: number;
}

export function defaultCommonOptions(sendBuffer: number, receiveBuffer: number): CommonOptions {
  return {
    reuseAddress: false,
    reusePort: false,
    keepAlive: false,
    broadcast: false,
    oobInline: false,
    dontRoute: false,
    debug: false,
    noCheck: false,
    priority: 0,
    linger: { on: false, seconds: 0 },
    sendBuffer,
    receiveBuffer,
    isSendBufferSet: false,
    isReceiveBufferSet: false,
    receiveTimeoutMs: Number.POSITIVE_INFINITY,
    sendTimeoutMs: Number.POSITIVE_INFINITY,
    receiveLowWater: 1,
  };
}

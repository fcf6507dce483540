import * as c from "./constants.ts";
import type { InetSocket } from "./inet-socket.ts";
import { flagOption, type Option, type OptionTable } from "./option-table.ts";

/** Level IPPROTO_UDP: zero-checksum mode of IPv6, each direction for itself (UDP-9). */
export const UDP_OPTIONS: OptionTable<InetSocket> = {
  level: c.SOL_UDP,
  options: new Map<number, Option<InetSocket>>([
    [
      c.UDP_NO_CHECK6_TX,
      flagOption(
        ({ ip }) => ip.v6.omitChecksum,
        ({ ip }, on) => {
          ip.v6.omitChecksum = on;
        },
      ),
    ],
    [
      c.UDP_NO_CHECK6_RX,
      flagOption(
        ({ ip }) => ip.acceptZeroChecksum,
        ({ ip }, on) => {
          ip.acceptZeroChecksum = on;
        },
      ),
    ],
  ]),
};

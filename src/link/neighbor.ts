import type { IpAddress } from "../base/ip-address.ts";
import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** Reachability of a neighbour (RFC 4861 §7.3.2). There is no entry for one that is gone. */
export type NeighborState = "incomplete" | "reachable" | "stale" | "delay" | "probe" | "permanent";

/** What is known of one neighbour on a link. */
export class Neighbor {
  readonly address: IpAddress;
  state: NeighborState = "incomplete";
  /** Null while incomplete. */
  mac: MacAddress | null = null;
  isRouter = false;
  /** It has answered at this link address, or upper layers vouched for it. */
  isConfirmed = false;
  /** `reachable`: until when. `incomplete`, `delay`, `probe`: when the next step is due. */
  deadline: number = Infinity;
  /** Solicitations sent in the present state. */
  solicitations = 0;
  lastSolicitedAt: number = -Infinity;
  /** When a packet was last sent or news last came. */
  usedAt: number;
  /** Copies of packets that wait for the link address. */
  readonly queue: PacketBuffer[] = [];
  queuedOctets = 0;
  nextInChain: Neighbor | null = null;

  constructor(address: IpAddress, now: number) {
    this.address = address;
    this.usedAt = now;
  }

  /** Whether a solicitation is out, so that an answer is expected. */
  get isSolicited(): boolean {
    return (this.state === "incomplete" || this.state === "probe") && this.solicitations > 0;
  }
}

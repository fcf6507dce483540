import { IpProtocol } from "../wire/ip-protocol.ts";
import type { DatagramFlow } from "./datagram-flow.ts";
import type { LayerOptions } from "./datagram-layer.ts";
import { PingFamily } from "./ping-family.ts";

/** The ping sockets of one host: those of ICMP and those of ICMPv6. */
export class PingLayer {
  readonly v4: PingFamily;
  readonly v6: PingFamily;

  constructor(options: LayerOptions) {
    this.v4 = new PingFamily(options, false);
    this.v6 = new PingFamily(options, true);
    options.network.setUpper(IpProtocol.ICMP, this.v4);
    options.network.setUpper(IpProtocol.ICMPV6, this.v6);
  }

  family(isV6: boolean): PingFamily {
    return isV6 ? this.v6 : this.v4;
  }

  *flows(): Generator<DatagramFlow> {
    yield* this.v4.flows();
    yield* this.v6.flows();
  }

  /** Tells the owners what happened to their sockets since the last time. */
  flush(now: number): void {
    this.v4.flush(now);
    this.v6.flush(now);
  }
}

import type { Counters } from "../base/counters.ts";
import type { RandomSource } from "../base/random.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { IpError, UpperProtocol } from "../ip/upper.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { Network } from "./network.ts";
import { PortAllocator } from "./port-allocator.ts";

/** What a transport layer gets from its stack. */
export interface LayerOptions {
  readonly network: Network;
  readonly counters: Counters;
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  /** Asks for a turn of the stack. */
  readonly wake: () => void;
}

export class UdpLayer implements UpperProtocol {
  readonly ports: PortAllocator;

  constructor(options: LayerOptions) {
    this.ports = new PortAllocator(options.secureRandom);
  }

  input(_packet: PacketBuffer, _iface: IpInterface, _now: number): void {}

  handleError(_error: IpError, _now: number): void {}

  /** Tells the owners of endpoints what happened to them in this turn. */
  flush(_now: number): void {}
}

import type { IpInterface } from "../ip/interface.ts";
import type { IpError, UpperProtocol } from "../ip/upper.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { PortAllocator } from "./port-allocator.ts";
import type { LayerOptions } from "./udp-layer.ts";

export class PingLayer implements UpperProtocol {
  readonly identifiers: PortAllocator;

  constructor(options: LayerOptions) {
    this.identifiers = new PortAllocator(options.secureRandom);
  }

  input(_packet: PacketBuffer, _iface: IpInterface, _now: number): void {}

  handleError(_error: IpError, _now: number): void {}

  flush(_now: number): void {}
}

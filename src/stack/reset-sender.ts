import type { IpInterface } from "../ip/interface.ts";
import { OutputOptions } from "../ip/output-options.ts";
import type { Path } from "../ip/path.ts";
import { writeReset } from "../tcp/reset.ts";
import type { Segment } from "../tcp/segment.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { destinationAddress, sourceAddress } from "../wire/packet-addresses.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import { TcpFlag } from "../wire/tcp-header.ts";
import type { Network } from "./network.ts";

/** Answers segments that belong to no connection (RFC 9293 §3.10.7.1, SEG-1). */
export class ResetSender {
  readonly #network: Network;
  readonly #reply = new PacketBuffer();
  readonly #output = new OutputOptions(IpProtocol.TCP);

  constructor(network: Network) {
    this.#network = network;
  }

  /** Sends a RST back for `segment`, unless it is one itself. `packet` brought it, to this host alone. */
  answer(packet: PacketBuffer, segment: Segment, iface: IpInterface, now: number): void {
    if (segment.has(TcpFlag.RST)) return;
    const path = findReplyPath(this.#network, packet, iface, 0, now);
    if (typeof path === "number") return;
    writeReset(this.#reply, segment, path.pseudoHeaderSum);
    this.#network.output(this.#reply, path, this.#output, now);
  }
}

/**
 * The way back to who sent `packet`, from the address it was sent to; or a
 * negative errno. A link-local address is on the link it came from, whatever
 * `interfaceIndex` (0 is any) says.
 */
export function findReplyPath(
  network: Network,
  packet: PacketBuffer,
  iface: IpInterface,
  interfaceIndex: number,
  now: number,
): Path | number {
  const remote = sourceAddress(packet);
  const isOnLink = remote.isLinkLocal && !remote.isV4;
  const options = {
    protocol: IpProtocol.TCP,
    source: destinationAddress(packet),
    interfaceIndex: isOnLink ? iface.index : interfaceIndex,
  };
  return network.findPath(remote, options, now);
}

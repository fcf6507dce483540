import type { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { DatagramFlow } from "./datagram-flow.ts";

const NOBODY: readonly DatagramFlow[] = [];

/**
 * Datagram flows by local port. Only few share a port, so the best of them is
 * found by asking each.
 */
export class DatagramTable {
  readonly #byPort = new Map<number, DatagramFlow[]>();
  /** Secret, so that a peer cannot choose which of several sockets it gets. */
  readonly #hashKey: number;

  constructor(hashKey: number) {
    this.#hashKey = hashKey | 1;
  }

  add(flow: DatagramFlow): void {
    const { localPort } = flow.endpoint;
    const flows = this.#byPort.get(localPort);
    if (flows === undefined) this.#byPort.set(localPort, [flow]);
    else flows.push(flow);
  }

  remove(flow: DatagramFlow): void {
    const { localPort } = flow.endpoint;
    const flows = this.#byPort.get(localPort);
    const index = flows?.indexOf(flow) ?? -1;
    if (flows === undefined || index < 0) return;
    if (flows.length === 1) this.#byPort.delete(localPort);
    // A new array, because a broadcast may be going over the old one.
    else this.#byPort.set(localPort, flows.toSpliced(index, 1));
  }

  /** All flows, in no particular order. */
  *[Symbol.iterator](): Generator<DatagramFlow> {
    for (const flows of this.#byPort.values()) yield* flows;
  }

  /** Those that share a port, oldest first. */
  on(port: number): readonly DatagramFlow[] {
    return this.#byPort.get(port) ?? NOBODY;
  }

  /**
   * The flow that a unicast datagram is for: who asks for most (UDP-18); of
   * equals the last bound, or with SO_REUSEPORT one by the hash of the pair of
   * endpoints, so that a peer always meets the same one (REUSE-10).
   */
  find(
    packet: PacketBuffer,
    port: number,
    sourcePort: number,
    interfaceIndex: number,
  ): DatagramFlow | null {
    const flows = this.#byPort.get(port);
    if (flows === undefined) return null;
    let best: DatagramFlow | null = null;
    let bestScore = 0;
    let equals = 0;
    for (let i = flows.length - 1; i >= 0; i--) {
      const flow = flows[i]!;
      const score = flow.endpoint.score(packet, sourcePort, interfaceIndex);
      if (score > bestScore) {
        best = flow;
        bestScore = score;
        equals = 1;
      } else if (score === bestScore && score > 0) {
        equals++;
      }
    }
    if (equals < 2 || best?.reservation?.reusePort !== true) return best;
    let skip = this.#hash(packet, sourcePort) % equals;
    for (const flow of flows) {
      if (flow.endpoint.score(packet, sourcePort, interfaceIndex) !== bestScore) continue;
      if (skip-- === 0) return flow;
    }
    return best;
  }

  /** The flow that sent a datagram with these endpoints; null when none can have (UDP-27). */
  findSender(
    local: IpAddress,
    port: number,
    remote: IpAddress,
    remotePort: number,
  ): DatagramFlow | null {
    let best: DatagramFlow | null = null;
    let bestScore = 0;
    const flows = this.on(port);
    for (let i = flows.length - 1; i >= 0; i--) {
      const flow = flows[i]!;
      const score = flow.endpoint.scoreSent(local, remote, remotePort);
      if (score > bestScore) {
        best = flow;
        bestScore = score;
      }
    }
    return best;
  }

  /** One stir for the addresses and one for the port, so that the two cannot cancel each other out. */
  #hash(packet: PacketBuffer, sourcePort: number): number {
    const { sourceA, sourceB, sourceC, sourceD, destinationD } = packet;
    let hash = Math.imul(sourceA ^ sourceB ^ sourceC ^ sourceD ^ destinationD, this.#hashKey);
    hash = Math.imul((hash ^ (hash >>> 15)) + sourcePort, 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), this.#hashKey);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

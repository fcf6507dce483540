import type { IpAddress } from "../base/ip-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";

/** What makes a listener reachable. */
export interface ListenKey {
  /** `ANY4`, `ANY6`, or one of the host's addresses. */
  readonly address: IpAddress;
  readonly port: number;
  /** With `ANY6`: IPv4 peers are not for it. */
  readonly v6Only: boolean;
  /** 0, or the only interface it hears. */
  readonly interfaceIndex: number;
}

/**
 * Listeners by port. The most specific one gets the connection: one address
 * before all, bound to the interface before not, the family's own wildcard
 * before the dual-stack one (as Linux). Equals, which only
 * SO_REUSEPORT allows, share by a hash of the peer, so that a peer's
 * retransmitted SYN reaches the same one.
 */
export class ListenTable<T extends ListenKey> {
  readonly #byPort = new Map<number, T[]>();

  *[Symbol.iterator](): IterableIterator<T> {
    for (const listeners of this.#byPort.values()) yield* listeners;
  }

  add(listener: T): void {
    const listeners = this.#byPort.get(listener.port);
    if (listeners === undefined) this.#byPort.set(listener.port, [listener]);
    else listeners.push(listener);
  }

  delete(listener: T): void {
    const listeners = this.#byPort.get(listener.port);
    const index = listeners?.indexOf(listener) ?? -1;
    if (listeners === undefined || index < 0) return;
    listeners.splice(index, 1);
    if (listeners.length === 0) this.#byPort.delete(listener.port);
  }

  /** Who listens for a packet that came in on an interface; null when nobody does. */
  find(packet: PacketBuffer, port: number, interfaceIndex: number): T | null {
    const listeners = this.#byPort.get(port);
    if (listeners === undefined) return null;
    let best: T | null = null;
    let bestScore = 0;
    let ties = 0;
    for (const listener of listeners) {
      const score = scoreOf(listener, packet, interfaceIndex);
      if (score > bestScore) {
        best = listener;
        bestScore = score;
        ties = 1;
      } else if (score > 0 && score === bestScore) ties++;
    }
    return ties > 1 ? this.#share(listeners, packet, interfaceIndex, bestScore, ties) : best;
  }

  #share(
    listeners: readonly T[],
    packet: PacketBuffer,
    interfaceIndex: number,
    score: number,
    ties: number,
  ): T | null {
    const peer =
      packet.sourceA ^ packet.sourceB ^ packet.sourceD ^ packet.view.getUint16(packet.start);
    let left = (Math.imul(peer ^ (peer >>> 16), 0x45d9f3b) >>> 8) % ties;
    for (const listener of listeners) {
      if (scoreOf(listener, packet, interfaceIndex) === score && left-- === 0) return listener;
    }
    return null;
  }
}

/** 0: not for it. */
function scoreOf(listener: ListenKey, packet: PacketBuffer, interfaceIndex: number): number {
  if (listener.interfaceIndex !== 0 && listener.interfaceIndex !== interfaceIndex) return 0;
  const interfaceScore = listener.interfaceIndex === 0 ? 1 : 3;
  const { address } = listener;
  const isV4 =
    packet.destinationC === 0xffff && packet.destinationA === 0 && packet.destinationB === 0;
  if (!address.isUnspecified) {
    const isSame =
      address.d === packet.destinationD &&
      address.c === packet.destinationC &&
      address.b === packet.destinationB &&
      address.a === packet.destinationA;
    return isSame ? interfaceScore + 4 : 0;
  }
  if (address.isV4 === isV4) return interfaceScore + 1;
  return isV4 && !listener.v6Only ? interfaceScore : 0;
}

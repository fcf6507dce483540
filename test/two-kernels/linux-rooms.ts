/** What the C library fills in, and how it is read back: names, pairs, times, sets of descriptors. */
import * as layout from "./linux-layout.ts";
import { integerIn, integerRoom } from "./linux-libc.ts";
import type { DescriptorPair, NameRoom } from "./sys.ts";

/** A name that the kernel writes, and what it says of its length. */
export class LinuxNameRoom {
  readonly octets: Uint8Array | null;
  readonly length: Uint8Array | null;
  readonly #room: NameRoom | undefined;

  constructor(room: NameRoom | undefined) {
    this.#room = room;
    const capacity = room?.capacity ?? layout.SOCKADDR_STORAGE;
    this.octets = room === undefined ? null : new Uint8Array(layout.SOCKADDR_STORAGE);
    this.length = room === undefined ? null : integerRoom(capacity);
  }

  /** Fills the caller's record when the call went well. */
  take(result: number): number {
    if (result < 0 || this.#room === undefined || this.octets === null) return result;
    const length = integerIn(this.length as Uint8Array);
    this.#room.length = length;
    const isWhole = length <= (this.#room.capacity ?? layout.SOCKADDR_STORAGE);
    this.#room.name = isWhole ? layout.decodeName(this.octets.subarray(0, length)) : null;
    return result;
  }
}

export function pairRoom(pair: DescriptorPair): Uint8Array {
  const octets = new Uint8Array(8);
  layout.viewOf(octets).setInt32(0, pair[0], true);
  layout.viewOf(octets).setInt32(4, pair[1], true);
  return octets;
}

/** Carries whole seconds over, as a `timeval` wants it; a negative time is left as it is. */
export function normalise(time: Uint8Array): void {
  const view = layout.viewOf(time);
  const microseconds = view.getBigInt64(8, true);
  if (microseconds < 0n) return;
  view.setBigInt64(0, microseconds / 1_000_000n, true);
  view.setBigInt64(8, microseconds % 1_000_000n, true);
}

export function descriptorSet(set: ReadonlySet<number>): Uint8Array {
  const octets = new Uint8Array(128);
  for (const fd of set) octets[fd >> 3] = (octets[fd >> 3] as number) | (1 << (fd & 7));
  return octets;
}

export function takeDescriptors(octets: Uint8Array | null, into: Set<number> | undefined): void {
  if (octets === null || into === undefined) return;
  into.clear();
  for (let fd = 0; fd < 8 * octets.length; fd++) {
    if (((octets[fd >> 3] as number) & (1 << (fd & 7))) !== 0) into.add(fd);
  }
}

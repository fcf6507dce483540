import type { CaptureDirection } from "./capture.ts";
import {
  BLOCK_HEAD,
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  decodeUtf8,
  FLAG_DIRECTION_MASK,
  FLAG_INBOUND,
  FLAG_OUTBOUND,
  PcapngBlock,
  PcapngOption,
  paddedTo4,
} from "./pcapng-format.ts";

export interface PcapngInterface {
  readonly name: string;
  /** `LinkType`: 1 is Ethernet, 101 bare IP. */
  readonly linkType: number;
  readonly snapLength: number;
}

export interface PcapngPacket {
  readonly interface: PcapngInterface;
  /** Since 1970; null when the file does not say. */
  readonly timestampNs: bigint | null;
  /** The octets that were kept: a view into the file. */
  readonly bytes: Uint8Array;
  /** Length of the frame on the wire. */
  readonly originalLength: number;
  readonly direction: CaptureDirection | null;
  readonly comment: string | null;
}

/**
 * Reads a pcapng file held in memory, of either byte order, packet by packet.
 * Blocks it does not know are skipped. A file that is damaged, cut off or made
 * to hurt ends with a message in `error` after its last good packet.
 */
export class PcapngReader {
  /** One line that says what is wrong with the file, once `next` has met it. */
  error: string | null = null;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #interfaces: TimedInterface[] = [];
  #littleEndian = true;
  #inSection = false;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Of the section being read, in the order of the file. */
  get interfaces(): readonly PcapngInterface[] {
    return this.#interfaces;
  }

  /** The next packet; null at the end, and from the first error on. */
  next(): PcapngPacket | null {
    while (this.error === null && this.#at < this.#bytes.length) {
      const at = this.#at;
      const length = this.#blockLength(at);
      if (length < 0) return null;
      this.#at = at + length;
      const packet = this.#readBlock(this.#u32(at), at + BLOCK_HEAD, at + length - 4);
      if (packet !== null) return packet;
    }
    return null;
  }

  /** Length of the block at `at`, both times the same and inside the file; −1 and an error otherwise. */
  #blockLength(at: number): number {
    const left = this.#bytes.length - at;
    if (left < BLOCK_OVERHEAD)
      return this.#fail(at, `${left} octets are left, too few for a block`);
    if (this.#view.getUint32(at) === PcapngBlock.SECTION_HEADER && !this.#beginSection(at, left))
      return -1;
    if (!this.#inSection)
      return this.#fail(at, "the file does not begin with a pcapng section header");
    const length = this.#u32(at + 4);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0)
      return this.#fail(at, `a block of ${length} octets cannot be`);
    if (length > left)
      return this.#fail(
        at,
        `a block of ${length} octets, but ${left} are left: the file is cut off`,
      );
    const trailing = this.#u32(at + length - 4);
    if (trailing !== length)
      return this.#fail(at, `the block's two lengths differ: ${length} and ${trailing}`);
    return length;
  }

  /** Takes over the byte order of a new section, which has interfaces of its own. */
  #beginSection(at: number, left: number): boolean {
    if (left < SECTION_HEADER_OCTETS) return this.#fail(at, "the section header is cut off") > 0;
    const magic = this.#view.getUint32(at + BLOCK_HEAD);
    const swapped = this.#view.getUint32(at + BLOCK_HEAD, true);
    if (magic !== BYTE_ORDER_MAGIC && swapped !== BYTE_ORDER_MAGIC) {
      return this.#fail(at, "the section header has no byte-order magic") > 0;
    }
    this.#littleEndian = swapped === BYTE_ORDER_MAGIC;
    const major = this.#u16(at + BLOCK_HEAD + 4);
    if (major !== 1) return this.#fail(at, `version ${major} of the format is not known`) > 0;
    this.#inSection = true;
    this.#interfaces = [];
    return true;
  }

  #readBlock(type: number, at: number, end: number): PcapngPacket | null {
    switch (type) {
      case PcapngBlock.INTERFACE_DESCRIPTION:
        this.#readInterface(at, end);
        return null;
      case PcapngBlock.ENHANCED_PACKET:
        return this.#readEnhancedPacket(at, end);
      case PcapngBlock.SIMPLE_PACKET:
        return this.#readSimplePacket(at, end);
      default:
        return null;
    }
  }

  #readInterface(at: number, end: number): void {
    if (end - at < INTERFACE_OCTETS)
      return void this.#fail(at, "an interface description is cut off");
    if (this.#interfaces.length >= MAX_INTERFACES)
      return void this.#fail(at, `more than ${MAX_INTERFACES} interfaces`);
    let name = "";
    let ticksPerSecond = MICROSECONDS;
    let offsetSeconds = 0n;
    this.#eachOption(at + INTERFACE_OCTETS, end, (code, from, length) => {
      if (code === PcapngOption.INTERFACE_NAME) name = this.#text(from, length);
      if (code === PcapngOption.TIMESTAMP_RESOLUTION && length === 1)
        ticksPerSecond = ticksOf(this.#bytes[from]!);
      if (code === PcapngOption.TIMESTAMP_OFFSET && length === 8) {
        offsetSeconds = this.#view.getBigInt64(from, this.#littleEndian);
      }
    });
    const linkType = this.#u16(at);
    this.#interfaces.push({
      name,
      linkType,
      snapLength: this.#u32(at + 4),
      ticksPerSecond,
      offsetSeconds,
    });
  }

  #readEnhancedPacket(at: number, end: number): PcapngPacket | null {
    if (end - at < ENHANCED_OCTETS) return this.#failPacket(at, "a packet block is cut off");
    const number = this.#u32(at);
    const from = this.#interfaces[number];
    if (from === undefined)
      return this.#failPacket(at, `a packet of interface ${number}, which is not described`);
    const kept = this.#u32(at + 12);
    const dataAt = at + ENHANCED_OCTETS;
    if (kept > end - dataAt)
      return this.#failPacket(at, `a packet of ${kept} octets in a block with ${end - dataAt}`);
    let direction: CaptureDirection | null = null;
    let comment: string | null = null;
    this.#eachOption(dataAt + paddedTo4(kept), end, (code, valueAt, length) => {
      if (code === PcapngOption.COMMENT) comment ??= this.#text(valueAt, length);
      if (code === PcapngOption.FLAGS && length === 4) direction = directionOf(this.#u32(valueAt));
    });
    const ticks = (BigInt(this.#u32(at + 4)) << 32n) | BigInt(this.#u32(at + 8));
    const timestampNs =
      (ticks * NANOSECONDS) / from.ticksPerSecond + from.offsetSeconds * NANOSECONDS;
    const bytes = this.#bytes.subarray(dataAt, dataAt + kept);
    return {
      interface: from,
      timestampNs,
      bytes,
      originalLength: this.#u32(at + 16),
      direction,
      comment,
    };
  }

  /** No time, no options, always of the first interface; kept up to its snap length. */
  #readSimplePacket(at: number, end: number): PcapngPacket | null {
    const from = this.#interfaces[0];
    if (from === undefined)
      return this.#failPacket(at, "a packet before any interface is described");
    if (end - at < SIMPLE_OCTETS) return this.#failPacket(at, "a packet block is cut off");
    const originalLength = this.#u32(at);
    const kept = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
    const dataAt = at + SIMPLE_OCTETS;
    if (kept > end - dataAt)
      return this.#failPacket(at, `a packet of ${kept} octets in a block with ${end - dataAt}`);
    const bytes = this.#bytes.subarray(dataAt, dataAt + kept);
    return {
      interface: from,
      timestampNs: null,
      bytes,
      originalLength,
      direction: null,
      comment: null,
    };
  }

  /** Walks options until the end mark, the end of the block, or one that does not fit. */
  #eachOption(
    from: number,
    end: number,
    see: (code: number, at: number, length: number) => void,
  ): void {
    let at = from;
    while (end - at >= 4) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === PcapngOption.END || length > end - at - 4) return;
      see(code, at + 4, length);
      at += 4 + paddedTo4(length);
    }
  }

  #text(at: number, length: number): string {
    return decodeUtf8(this.#bytes.subarray(at, at + length));
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#littleEndian);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#littleEndian);
  }

  #fail(at: number, what: string): -1 {
    this.error = `pcapng, octet ${at}: ${what}`;
    return -1;
  }

  #failPacket(at: number, what: string): null {
    this.#fail(at, what);
    return null;
  }
}

/** An interface with what its timestamps count. */
interface TimedInterface extends PcapngInterface {
  readonly ticksPerSecond: bigint;
  readonly offsetSeconds: bigint;
}

/** Octets of each block up to its data or options, the block's own head not counted but for the section's. */
const SECTION_HEADER_OCTETS = 28;
const INTERFACE_OCTETS = 8;
const ENHANCED_OCTETS = 20;
const SIMPLE_OCTETS = 4;

const MAX_INTERFACES = 65_536;
const MICROSECONDS = 1_000_000n;
const NANOSECONDS = 1_000_000_000n;

/** A power of ten, or with the high bit a power of two. */
function ticksOf(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
}

function directionOf(flags: number): CaptureDirection | null {
  const direction = flags & FLAG_DIRECTION_MASK;
  if (direction === FLAG_INBOUND) return "in";
  return direction === FLAG_OUTBOUND ? "out" : null;
}

import type { CaptureDirection, CaptureSink } from "./capture.ts";
import {
  BLOCK_HEAD,
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  encodeUtf8,
  FLAG_INBOUND,
  FLAG_OUTBOUND,
  LinkType,
  PcapngBlock,
  PcapngOption,
  paddedTo4,
} from "./pcapng-format.ts";

export interface PcapngWriterOptions {
  /** Takes each block as it is made; the octets are lent until it returns. */
  readonly write: (bytes: Uint8Array) => void;
  /** Milliseconds since 1970 at the time that `now` calls 0; 0 unless told. */
  readonly epochMs?: number;
  /** Name of the program, for the file's header. */
  readonly application?: string;
}

export interface PcapngInterfaceOptions {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  /** Octets kept of a frame at most; all unless told. */
  readonly snapLength?: number;
}

/** Octets `[start, end)` of a buffer: a `PacketBuffer` is one. */
export interface FrameOctets {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface PcapngPacketInfo {
  /** Milliseconds on the clock that `epochMs` fixes. */
  readonly now: number;
  readonly direction?: CaptureDirection;
  readonly comment?: string;
}

/** Writes a pcapng file, little-endian, with timestamps in nanoseconds. */
export class PcapngWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #epochMs: number;
  readonly #snapLengths: number[] = [];
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  /** Where the next octet of the block goes. */
  #at = 0;

  /** Writes the file's header. */
  constructor(options: PcapngWriterOptions) {
    this.#write = options.write;
    this.#epochMs = options.epochMs ?? 0;
    this.#begin(PcapngBlock.SECTION_HEADER);
    this.#u32(BYTE_ORDER_MAGIC);
    this.#u16(VERSION_MAJOR);
    this.#u16(VERSION_MINOR);
    // Section length: not known beforehand.
    this.#u32(-1);
    this.#u32(-1);
    this.#textOption(PcapngOption.APPLICATION, options.application ?? "Netloom");
    this.#endOptions();
    this.#finish();
  }

  /** Describes an interface; the result names it in `packet`. */
  addInterface(options: PcapngInterfaceOptions): number {
    const snapLength = options.snapLength ?? NO_SNAP_LENGTH;
    this.#begin(PcapngBlock.INTERFACE_DESCRIPTION);
    this.#u16(options.medium === "ethernet" ? LinkType.ETHERNET : LinkType.RAW);
    this.#u16(0);
    this.#u32(snapLength);
    this.#textOption(PcapngOption.INTERFACE_NAME, options.name);
    this.#octetsOption(PcapngOption.TIMESTAMP_RESOLUTION, NANOSECONDS);
    this.#endOptions();
    this.#finish();
    return this.#snapLengths.push(snapLength === NO_SNAP_LENGTH ? Infinity : snapLength) - 1;
  }

  packet(interfaceId: number, frame: FrameOctets, info: PcapngPacketInfo): void {
    const length = frame.end - frame.start;
    const kept = Math.min(length, this.#snapLengths[interfaceId] ?? Infinity);
    this.#begin(PcapngBlock.ENHANCED_PACKET);
    this.#u32(interfaceId);
    this.#timestamp(info.now);
    this.#u32(kept);
    this.#u32(length);
    this.#octets(frame.bytes, frame.start, frame.start + kept);
    if (info.direction !== undefined || info.comment !== undefined) {
      if (info.comment !== undefined) this.#textOption(PcapngOption.COMMENT, info.comment);
      if (info.direction !== undefined) this.#flagsOption(info.direction);
      this.#endOptions();
    }
    this.#finish();
  }

  /** A sink for `Capture` that writes every frame of one interface. */
  sinkFor(interfaceId: number): CaptureSink {
    return (frame, direction, now) => this.packet(interfaceId, frame, { now, direction });
  }

  #begin(type: number): void {
    this.#at = 0;
    this.#u32(type);
    this.#u32(0);
  }

  #finish(): void {
    const length = this.#at + BLOCK_OVERHEAD - BLOCK_HEAD;
    this.#u32(length);
    this.#view.setUint32(4, length, true);
    this.#write(this.#bytes.subarray(0, length));
  }

  /** Nanoseconds since 1970. The epoch in milliseconds leaves a double no room for them, hence two parts. */
  #timestamp(now: number): void {
    const wholeEpoch = Math.floor(this.#epochMs);
    const wholeNow = Math.floor(now);
    const fraction = this.#epochMs - wholeEpoch + (now - wholeNow);
    const milliseconds = BigInt(Math.max(0, wholeEpoch + wholeNow));
    const value = milliseconds * 1_000_000n + BigInt(Math.round(fraction * 1e6));
    this.#u32(Number(value >> 32n));
    this.#u32(Number(value & 0xffffffffn));
  }

  #flagsOption(direction: CaptureDirection): void {
    this.#u16(PcapngOption.FLAGS);
    this.#u16(4);
    this.#u32(direction === "in" ? FLAG_INBOUND : FLAG_OUTBOUND);
  }

  #textOption(code: number, text: string): void {
    this.#octetsOption(code, encodeUtf8(text, MAX_OPTION_OCTETS));
  }

  #octetsOption(code: number, value: Uint8Array): void {
    this.#u16(code);
    this.#u16(value.length);
    this.#octets(value, 0, value.length);
  }

  #endOptions(): void {
    this.#u16(PcapngOption.END);
    this.#u16(0);
  }

  #u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  #u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** Octets and their padding. */
  #octets(bytes: Uint8Array, from: number, to: number): void {
    const padded = paddedTo4(to - from);
    this.#reserve(padded);
    this.#bytes.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#at);
    this.#bytes.fill(0, this.#at + to - from, this.#at + padded);
    this.#at += padded;
  }

  #reserve(octets: number): void {
    if (this.#at + octets <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + octets));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const VERSION_MAJOR = 1;
const VERSION_MINOR = 0;
const FIRST_CAPACITY = 4096;
/** An option's length has 16 bits; padded to 4 it must still be one. */
const MAX_OPTION_OCTETS = 65_532;
/** In an interface description, 0 means that frames are not cut. */
const NO_SNAP_LENGTH = 0;
const NANOSECONDS = Uint8Array.of(9);

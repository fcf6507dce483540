import { checksumAdd, checksumFinish } from "../../src/base/checksum.ts";

/** The longest frame a driver may hand in: an Ethernet header and an IP packet of 64 KB. */
export const MAX_FRAME = 14 + 65_535;
const NET = 14;
const MAX_EXTENSIONS = 8;

/** Where a frame's parts begin; a position behind the frame when there is no such part. */
export interface Layout {
  /** 4, 6, or 0 for anything else. */
  version: number;
  /** Of the IP payload's protocol, −1 when the packet does not say. */
  protocol: number;
  transportAt: number;
  /** One past the packet's last octet, or the frame's if it is cut short. */
  packetEnd: number;
  isFragment: boolean;
}

/** A frame under the knife: `length` octets of a buffer that is used again and again. */
export class Specimen {
  readonly bytes: Uint8Array = new Uint8Array(MAX_FRAME);
  readonly view: DataView = new DataView(this.bytes.buffer);
  readonly layout: Layout = {
    version: 0,
    protocol: -1,
    transportAt: 0,
    packetEnd: 0,
    isFragment: false,
  };
  length = 0;

  load(octets: Uint8Array): void {
    this.bytes.set(octets);
    this.length = octets.length;
  }

  /** Finds the parts of the frame, as far as its fields make sense. */
  survey(): Layout {
    const { layout, view, length } = this;
    layout.version = 0;
    layout.protocol = -1;
    layout.transportAt = length;
    layout.packetEnd = length;
    layout.isFragment = false;
    if (length < NET + 1) return layout;
    const type = view.getUint16(12);
    const version = view.getUint8(NET) >>> 4;
    if (type === 0x0800 && version === 4 && length >= NET + 20) this.#surveyV4();
    else if (type === 0x86dd && version === 6 && length >= NET + 40) this.#surveyV6();
    return layout;
  }

  /** Makes every checksum right that the frame's fields still allow: so that damage gets past the door. */
  repairChecksums(): void {
    const { view, layout } = this;
    this.survey();
    if (layout.version === 0) return;
    if (layout.version === 4)
      this.#seal(NET, Math.min(layout.transportAt, this.length), NET + 10, 0);
    if (layout.isFragment || layout.protocol < 0) return;
    const from = layout.transportAt;
    let to = layout.packetEnd;
    const field = CHECKSUM_AT[layout.protocol] ?? -1;
    if (field < 0 || from + field + 2 > to) return;
    if (layout.protocol === UDP) to = Math.min(to, from + Math.max(8, view.getUint16(from + 4)));
    const isIcmp4 = layout.protocol === ICMP;
    this.#seal(from, to, from + field, isIcmp4 ? 0 : this.#pseudoSum(to - from));
    if (layout.protocol === UDP && view.getUint16(from + 6) === 0) view.setUint16(from + 6, 0xffff);
  }

  /** The checksum over `[from, to)`, 0 when the field inside it is right. */
  sum(from: number, to: number, pseudoSum: number): number {
    return checksumFinish(checksumAdd(pseudoSum, this.view, from, to));
  }

  /** Whether the transport checksum of the packet that was surveyed last is right, `length` octets of it. */
  isTransportSumRight(length: number): boolean {
    const { layout } = this;
    const from = layout.transportAt;
    const pseudo = layout.protocol === ICMP ? 0 : this.#pseudoSum(length);
    return this.sum(from, from + length, pseudo) === 0;
  }

  #surveyV4(): void {
    const { view, layout, length } = this;
    const headerLength = (view.getUint8(NET) & 0xf) << 2;
    layout.version = 4;
    layout.transportAt = NET + headerLength;
    layout.packetEnd = Math.min(length, NET + view.getUint16(NET + 2));
    layout.protocol = view.getUint8(NET + 9);
    layout.isFragment = (view.getUint16(NET + 6) & 0x3fff) !== 0;
  }

  #surveyV6(): void {
    const { view, layout, length } = this;
    layout.version = 6;
    layout.packetEnd = Math.min(length, NET + 40 + view.getUint16(NET + 4));
    let at = NET + 40;
    let next = view.getUint8(NET + 6);
    for (let n = 0; n < MAX_EXTENSIONS && at + 8 <= layout.packetEnd; n++) {
      if (next === FRAGMENT) {
        if ((view.getUint16(at + 2) & 0xfff9) !== 0) layout.isFragment = true;
        next = view.getUint8(at);
        at += 8;
      } else if (next === 0 || next === 43 || next === 60) {
        next = view.getUint8(at);
        at += (view.getUint8(at + 1) + 1) << 3;
      } else break;
    }
    layout.protocol = next;
    layout.transportAt = at;
  }

  #pseudoSum(transportLength: number): number {
    const { view, layout } = this;
    const isV4 = layout.version === 4;
    const from = isV4 ? NET + 12 : NET + 8;
    const sum = checksumAdd(0, view, from, from + (isV4 ? 8 : 32));
    return sum + layout.protocol + transportLength;
  }

  #seal(from: number, to: number, fieldAt: number, pseudoSum: number): void {
    if (fieldAt + 2 > to || to > this.length) return;
    this.view.setUint16(fieldAt, 0);
    this.view.setUint16(fieldAt, this.sum(from, to, pseudoSum));
  }
}

const ICMP = 1;
const UDP = 17;
const FRAGMENT = 44;
/** Where the checksum lies in the header of each protocol. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { 1: 2, 6: 16, 17: 6, 58: 2 };

import { checksumAdd, checksumFinish } from "../base/checksum.ts";
import { type Seq, seqAdd, toSeq } from "../base/seq.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import {
  isTcpHeader,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
  tcpAck,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpSeq,
  tcpSourcePort,
  tcpUrgentPointer,
  tcpWindow,
} from "../wire/tcp-header.ts";
import {
  nextTcpOption,
  sackBlockCount,
  sackBlockLeft,
  sackBlockRight,
  TcpOption,
  tcpOptionKind,
  tcpOptionLength,
  timestampEcho,
  timestampValue,
} from "../wire/tcp-options.ts";

/**
 * One arriving segment, read once out of its packet. A single record is used
 * again for every segment of a host, so nothing may keep it.
 */
export class Segment {
  sourcePort = 0;
  destinationPort = 0;
  /** SEG.SEQ, SEG.ACK, SEG.WND (as it stands, not scaled) and SEG.UP (RFC 9293 §3.3.1). */
  seq: Seq = toSeq(0);
  ack: Seq = toSeq(0);
  window = 0;
  urgentPointer = 0;
  /** `TcpFlag` bits. */
  flags = 0;
  headerLength = 0;
  /** Position of the first payload octet in the packet's `bytes`. */
  payloadAt = 0;
  payloadLength = 0;
  /** Payload of each frame that a device or link coalesced into this segment; else all of it. */
  frameLength = 0;
  optionsAt = 0;
  optionsEnd = 0;
  /** The timestamps option (RFC 7323 §3); values are 0 when it is absent. */
  tsPresent = false;
  tsVal = 0;
  tsEcr = 0;
  /** SACK blocks (RFC 2018 §3): left edge of block n at `sackEdges[2n]`, right edge after it. */
  sackCount = 0;
  readonly sackEdges: Int32Array = new Int32Array(MAX_SACK_BLOCKS * 2);

  /** SEG.LEN: SYN and FIN count one each. */
  get length(): number {
    return this.payloadLength + ((this.flags >>> 1) & 1) + (this.flags & 1);
  }

  /** One past the last number the segment occupies. */
  get end(): Seq {
    return seqAdd(this.seq, this.length);
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  sackLeft(index: number): Seq {
    return toSeq(this.sackEdges[index * 2]!);
  }

  sackRight(index: number): Seq {
    return toSeq(this.sackEdges[index * 2 + 1]!);
  }

  /** Takes the first `octets` of sequence space away, the SYN before the data. */
  trimHead(octets: number): void {
    let payload = octets;
    if (payload > 0 && this.has(TcpFlag.SYN)) {
      this.flags &= ~TcpFlag.SYN;
      payload--;
    }
    this.seq = seqAdd(this.seq, octets);
    this.payloadAt += payload;
    this.payloadLength -= payload;
  }

  /** Takes the last `octets` of sequence space away, the FIN before the data. */
  trimTail(octets: number): void {
    let payload = octets;
    if (payload > 0 && this.has(TcpFlag.FIN)) {
      this.flags &= ~TcpFlag.FIN;
      payload--;
    }
    this.payloadLength -= payload;
  }
}

/**
 * Reads the segment that lies in `[packet.start, packet.end)`. False when that
 * is no whole TCP header. The checksum is not looked at here.
 */
export function parseSegmentInto(segment: Segment, packet: PacketBuffer): boolean {
  const { view, start, end } = packet;
  if (!isTcpHeader(view, start, end)) return false;
  const headerLength = tcpHeaderLength(view, start);
  segment.sourcePort = tcpSourcePort(view, start);
  segment.destinationPort = tcpDestinationPort(view, start);
  segment.seq = tcpSeq(view, start);
  segment.ack = tcpAck(view, start);
  segment.flags = tcpFlags(view, start);
  segment.window = tcpWindow(view, start);
  segment.urgentPointer = tcpUrgentPointer(view, start);
  segment.headerLength = headerLength;
  segment.payloadAt = start + headerLength;
  segment.payloadLength = end - start - headerLength;
  segment.frameLength =
    packet.gsoSize > 0 ? Math.min(packet.gsoSize, segment.payloadLength) : segment.payloadLength;
  segment.optionsAt = start + TCP_MIN_HEADER_LENGTH;
  segment.optionsEnd = start + headerLength;
  segment.tsPresent = false;
  segment.tsVal = 0;
  segment.tsEcr = 0;
  segment.sackCount = 0;
  if (headerLength > TCP_MIN_HEADER_LENGTH) parseOptions(segment, view);
  return true;
}

/**
 * Whether the checksum is right (MUST-3). `pseudoHeaderSum` is the partial sum
 * without the length. A device may have verified it already.
 */
export function isSegmentChecksumValid(packet: PacketBuffer, pseudoHeaderSum: number): boolean {
  if (packet.checksumVerified) return true;
  const { view, start, end } = packet;
  return checksumFinish(checksumAdd(pseudoHeaderSum + end - start, view, start, end)) === 0;
}

const MAX_SACK_BLOCKS = 4;

/** NOP, NOP, timestamps: what nearly every segment of an open connection carries. */
const TIMESTAMPS_ONLY = 0x0101080a;

/** One walk; unknown options are stepped over by their length (MUST-6). The first of a kind counts. */
function parseOptions(segment: Segment, view: DataView): void {
  const { optionsAt, optionsEnd } = segment;
  if (optionsEnd - optionsAt === 12 && view.getInt32(optionsAt) === TIMESTAMPS_ONLY) {
    takeTimestamps(segment, view, optionsAt + 2);
    return;
  }
  let at = nextTcpOption(view, optionsAt, optionsEnd);
  while (at >= 0) {
    const kind = tcpOptionKind(view, at);
    const length = tcpOptionLength(view, at);
    if (kind === TcpOption.TIMESTAMPS && length === 10 && !segment.tsPresent) {
      takeTimestamps(segment, view, at);
    } else if (kind === TcpOption.SACK && segment.sackCount === 0) {
      takeSackBlocks(segment, view, at);
    }
    at = nextTcpOption(view, at + length, optionsEnd);
  }
}

function takeTimestamps(segment: Segment, view: DataView, at: number): void {
  segment.tsPresent = true;
  segment.tsVal = timestampValue(view, at);
  segment.tsEcr = timestampEcho(view, at);
}

function takeSackBlocks(segment: Segment, view: DataView, at: number): void {
  const count = Math.min(sackBlockCount(view, at), MAX_SACK_BLOCKS);
  for (let index = 0; index < count; index++) {
    segment.sackEdges[index * 2] = sackBlockLeft(view, at, index);
    segment.sackEdges[index * 2 + 1] = sackBlockRight(view, at, index);
  }
  segment.sackCount = count;
}

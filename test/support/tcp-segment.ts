import { checksumAdd, checksumFinish } from "../../src/base/checksum.ts";
import { toSeq } from "../../src/base/seq.ts";
import { HEADROOM, PacketBuffer } from "../../src/wire/packet-buffer.ts";
import {
  setTcpAck,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpUrgentPointer,
  setTcpWindow,
  TCP_CHECKSUM_OFFSET,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
  tcpAck,
  tcpFlags,
  tcpHeaderLength,
  tcpSeq,
  tcpUrgentPointer,
  tcpWindow,
} from "../../src/wire/tcp-header.ts";
import { hex } from "./hex.ts";
import { decodeOptions, encodeOptions, type OptionFields } from "./tcp-segment-options.ts";

/**
 * A segment as a script writes it: only what matters is named. Sequence
 * numbers count from each side's SYN, which is 0, so data begins at 1.
 */
export interface SegmentFields extends OptionFields {
  readonly seq?: number;
  readonly ack?: number;
  /** The field as it stands, not scaled. */
  readonly window?: number;
  readonly urgent?: number;
  /** Octets of payload: what lies at `seq` in the sender's stream. */
  readonly length?: number;
  /** Octets of TCP header, options included; only compared. */
  readonly headerLength?: number;
  /** Options as hex, instead of the named ones; only injected. */
  readonly options?: string;
}

export interface SegmentPattern extends SegmentFields {
  /** Letters of FSRPAUEC. PSH is compared only where it is named or `noPush` is. */
  readonly flags: string;
  readonly noPush?: boolean;
}

/** A whole segment, as it was sent. */
export interface SentSegment extends Required<Omit<SegmentFields, "options">> {
  readonly flags: string;
  readonly payload: Uint8Array;
  readonly at: number;
  /** Payload of each segment that this super-segment is to be split into; 0 for an ordinary one. */
  readonly gsoSize: number;
  /** Where the octets lie, for what the fields do not tell. */
  readonly header: Uint8Array;
}

export function segment(flags: string, fields: SegmentFields = {}): SegmentPattern {
  return { length: 0, ...fields, flags };
}

export const syn = (fields: SegmentFields = {}): SegmentPattern => segment("S", fields);
export const synAck = (fields: SegmentFields = {}): SegmentPattern => segment("SA", fields);
export const ack = (fields: SegmentFields = {}): SegmentPattern => segment("A", fields);
export const fin = (fields: SegmentFields = {}): SegmentPattern => segment("FA", fields);
export const rst = (fields: SegmentFields = {}): SegmentPattern => segment("R", fields);
export const rstAck = (fields: SegmentFields = {}): SegmentPattern => segment("RA", fields);
/** Data with an ACK; name `length`, or any length will do. */
export const data = (fields: SegmentFields = {}): SegmentPattern => ({ ...fields, flags: "A" });

/** The octets both ends of a script send: a function of their place, so that any mix-up shows. */
export function streamOctet(position: number): number {
  return (Math.imul(position, 0x9e3779b1) >>> 24) & 0xff;
}

export function streamOctets(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => streamOctet(from + i));
}

export interface Encoding {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Added to `seq` and `ack`: the true numbers of the two SYNs. */
  readonly seqOrigin: number;
  readonly ackOrigin: number;
  readonly pseudoHeaderSum: number;
}

/** Puts a segment into a packet as the peer would, checksum included. */
export function encodeSegment(pattern: SegmentPattern, encoding: Encoding): PacketBuffer {
  const { flags, seq = 0, length = 0 } = pattern;
  const options =
    pattern.options === undefined
      ? encodeOptions(pattern, encoding.ackOrigin)
      : hex(pattern.options);
  const packet = new PacketBuffer(HEADROOM + TCP_MIN_HEADER_LENGTH + options.length + length);
  packet.reset();
  const { view, start } = packet;
  const headerLength = TCP_MIN_HEADER_LENGTH + options.length;
  packet.end = start + headerLength + length;
  setTcpPorts(view, start, encoding.sourcePort, encoding.destinationPort);
  setTcpSeq(view, start, toSeq(seq + encoding.seqOrigin));
  if (pattern.ack !== undefined) setTcpAck(view, start, toSeq(pattern.ack + encoding.ackOrigin));
  setTcpLengthAndFlags(view, start, headerLength, flagBits(flags));
  setTcpWindow(view, start, pattern.window ?? 0);
  setTcpUrgentPointer(view, start, pattern.urgent ?? 0);
  packet.bytes.set(options, start + TCP_MIN_HEADER_LENGTH);
  const streamAt = flags.includes("S") ? seq + 1 : seq;
  packet.bytes.set(streamOctets(streamAt, length), start + headerLength);
  const sum = checksumAdd(encoding.pseudoHeaderSum + packet.end - start, view, start, packet.end);
  view.setUint16(start + TCP_CHECKSUM_OFFSET, checksumFinish(sum));
  return packet;
}

/** Reads what the connection sent. `encoding` is its own: `seqOrigin` is our SYN. */
export function decodeSegment(packet: PacketBuffer, encoding: Encoding, at: number): SentSegment {
  const { view, start, end, bytes } = packet;
  const headerLength = tcpHeaderLength(view, start);
  const flags = flagLetters(tcpFlags(view, start));
  const hasAck = flags.includes("A");
  return {
    at,
    gsoSize: packet.gsoSize,
    flags,
    seq: (tcpSeq(view, start) - encoding.seqOrigin) | 0,
    ack: hasAck ? (tcpAck(view, start) - encoding.ackOrigin) | 0 : tcpAck(view, start),
    window: tcpWindow(view, start),
    urgent: tcpUrgentPointer(view, start),
    length: end - start - headerLength,
    headerLength,
    payload: bytes.slice(start + headerLength, end),
    header: bytes.slice(start, start + headerLength),
    ...decodeOptions(view, start + TCP_MIN_HEADER_LENGTH, start + headerLength, encoding.ackOrigin),
  };
}

/** What is wrong with a sent segment, in words; empty when it is as expected. */
export function differences(sent: SentSegment, expected: SegmentPattern): string[] {
  const wrong: string[] = [];
  const flags =
    expected.flags.includes("P") || expected.noPush ? sent.flags : sent.flags.replace("P", "");
  if (sorted(flags) !== sorted(expected.flags)) {
    wrong.push(`flags ${sent.flags}, not ${expected.flags}`);
  }
  const { flags: _flags, noPush: _noPush, options: _options, ...fields } = expected;
  for (const [name, value] of Object.entries(fields)) {
    const actual = JSON.stringify(sent[name as keyof SentSegment]);
    if (actual !== JSON.stringify(value)) {
      wrong.push(`${name} ${actual}, not ${JSON.stringify(value)}`);
    }
  }
  return wrong;
}

/** One line for a person, in the manner of tcpdump. */
export function describeSegment(sent: SegmentPattern | SentSegment): string {
  const { flags, seq, length = 0, ack: acknowledged, window } = sent;
  const parts = [flags, `seq ${seq ?? "?"}${length > 0 ? `, length ${length}` : ""}`];
  if (flags.includes("A")) parts.push(`ack ${acknowledged ?? "?"}`);
  if (window !== undefined) parts.push(`win ${window}`);
  if (sent.mss != null) parts.push(`mss ${sent.mss}`);
  if (sent.sack != null && sent.sack.length > 0) parts.push(`sack ${JSON.stringify(sent.sack)}`);
  return parts.join(", ");
}

/** Sequence numbers a segment takes. */
export function segmentLength(flags: string, length: number): number {
  return length + (flags.includes("S") ? 1 : 0) + (flags.includes("F") ? 1 : 0);
}

const LETTERS: readonly [string, number][] = [
  ["F", TcpFlag.FIN],
  ["S", TcpFlag.SYN],
  ["R", TcpFlag.RST],
  ["P", TcpFlag.PSH],
  ["A", TcpFlag.ACK],
  ["U", TcpFlag.URG],
  ["E", TcpFlag.ECE],
  ["C", TcpFlag.CWR],
];

function flagBits(letters: string): number {
  return LETTERS.reduce((bits, [letter, bit]) => (letters.includes(letter) ? bits | bit : bits), 0);
}

function flagLetters(bits: number): string {
  return LETTERS.filter(([, bit]) => (bits & bit) !== 0)
    .map(([letter]) => letter)
    .join("");
}

function sorted(letters: string): string {
  return [...letters].sort().join("");
}

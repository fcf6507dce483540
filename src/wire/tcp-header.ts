import { type Seq, toSeq } from "../base/seq.ts";

/**
 * TCP header (RFC 9293 §3.1).
 *
 * ```
 *  0          2               4          8                 12        13      14       16         18       20
 *  | source   | destination   | sequence | acknowledgment  | off|res | flags | window | checksum | urgent | options …
 * ```
 */
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
/** Header length, reserved bits and flags share this word. */
const DATA_OFFSET_AND_FLAGS = 12;
const WINDOW = 14;
const CHECKSUM = 16;
const URGENT_POINTER = 18;

export const TCP_MIN_HEADER_LENGTH = 20;
export const TCP_MAX_HEADER_LENGTH = 60;
/** Position of the checksum field, for partial checksums. */
export const TCP_CHECKSUM_OFFSET: number = CHECKSUM;

export const TcpFlag = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
  /** Accurate ECN's third bit (RFC 9768), once the nonce sum; lives in the low bit of octet 12. */
  AE: 0x100,
} as const;

/**
 * Whether `[at, end)` holds a whole TCP header. Every reader below may be
 * called once this has returned true, and none before.
 */
export function isTcpHeader(view: DataView, at: number, end: number): boolean {
  if (end - at < TCP_MIN_HEADER_LENGTH) return false;
  const length = tcpHeaderLength(view, at);
  return length >= TCP_MIN_HEADER_LENGTH && length <= end - at;
}

export function tcpSourcePort(view: DataView, at: number): number {
  return view.getUint16(at + SOURCE_PORT);
}

export function tcpDestinationPort(view: DataView, at: number): number {
  return view.getUint16(at + DESTINATION_PORT);
}

export function tcpSeq(view: DataView, at: number): Seq {
  return toSeq(view.getInt32(at + SEQUENCE));
}

export function tcpAck(view: DataView, at: number): Seq {
  return toSeq(view.getInt32(at + ACKNOWLEDGMENT));
}

/** Header with options, in octets. */
export function tcpHeaderLength(view: DataView, at: number): number {
  return (view.getUint8(at + DATA_OFFSET_AND_FLAGS) >>> 4) << 2;
}

/** `TcpFlag` bits, 9 of them. */
export function tcpFlags(view: DataView, at: number): number {
  return view.getUint16(at + DATA_OFFSET_AND_FLAGS) & 0x1ff;
}

/** The window field as it stands, not scaled. */
export function tcpWindow(view: DataView, at: number): number {
  return view.getUint16(at + WINDOW);
}

export function tcpChecksum(view: DataView, at: number): number {
  return view.getUint16(at + CHECKSUM);
}

export function tcpUrgentPointer(view: DataView, at: number): number {
  return view.getUint16(at + URGENT_POINTER);
}

export function tcpOptionsAt(at: number): number {
  return at + TCP_MIN_HEADER_LENGTH;
}

export function setTcpPorts(view: DataView, at: number, source: number, destination: number): void {
  view.setUint16(at + SOURCE_PORT, source);
  view.setUint16(at + DESTINATION_PORT, destination);
}

export function setTcpSeq(view: DataView, at: number, seq: Seq): void {
  view.setInt32(at + SEQUENCE, seq);
}

export function setTcpAck(view: DataView, at: number, ack: Seq): void {
  view.setInt32(at + ACKNOWLEDGMENT, ack);
}

/** Header length in octets (a multiple of 4) and flags share a word. */
export function setTcpLengthAndFlags(
  view: DataView,
  at: number,
  length: number,
  flags: number,
): void {
  view.setUint16(at + DATA_OFFSET_AND_FLAGS, (length << 10) | flags);
}

export function setTcpWindow(view: DataView, at: number, window: number): void {
  view.setUint16(at + WINDOW, window);
}

export function setTcpChecksum(view: DataView, at: number, checksum: number): void {
  view.setUint16(at + CHECKSUM, checksum);
}

export function setTcpUrgentPointer(view: DataView, at: number, pointer: number): void {
  view.setUint16(at + URGENT_POINTER, pointer);
}

/**
 * UDP header (RFC 768).
 *
 * ```
 *  0          2               4        6          8
 *  | source   | destination   | length | checksum | payload …
 * ```
 */
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;

export const UDP_HEADER_LENGTH = 8;
/** Position of the checksum field, for partial checksums. */
export const UDP_CHECKSUM_OFFSET: number = CHECKSUM;

/** Whether `[at, end)` holds a UDP header and the length field fits. Readers below require it. */
export function isUdpHeader(view: DataView, at: number, end: number): boolean {
  if (end - at < UDP_HEADER_LENGTH) return false;
  const length = udpLength(view, at);
  return length >= UDP_HEADER_LENGTH && length <= end - at;
}

export function udpSourcePort(view: DataView, at: number): number {
  return view.getUint16(at + SOURCE_PORT);
}

export function udpDestinationPort(view: DataView, at: number): number {
  return view.getUint16(at + DESTINATION_PORT);
}

/** Header and payload, in octets. */
export function udpLength(view: DataView, at: number): number {
  return view.getUint16(at + LENGTH);
}

export function udpChecksum(view: DataView, at: number): number {
  return view.getUint16(at + CHECKSUM);
}

export function setUdpChecksum(view: DataView, at: number, checksum: number): void {
  view.setUint16(at + CHECKSUM, checksum);
}

/** Writes the header with a checksum of 0. */
export function writeUdpHeader(
  view: DataView,
  at: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): void {
  view.setUint16(at + SOURCE_PORT, sourcePort);
  view.setUint16(at + DESTINATION_PORT, destinationPort);
  view.setUint16(at + LENGTH, length);
  view.setUint16(at + CHECKSUM, 0);
}

import type { PacketBuffer } from "../wire/packet-buffer.ts";

/**
 * IEEE 802.2 and SNAP headers behind an 802.3 length (RFC 1042).
 *
 * ```
 *  0      1      2      3              6       8
 *  | AA   | AA   | 03   | 00 00 00     | type  | payload …
 * ```
 */
const LLC_AND_CONTROL = 0xaaaa0300;
const ORGANIZATION = 4;
const TYPE = 6;
const SNAP_LENGTH = 8;

/** Values of the Ethernet type field up to this are lengths. */
const MAX_LENGTH = 1500;

/**
 * Strips an 802.3 frame, whose `length` field stood where Ethernet has its
 * type, of its LLC and SNAP headers. The type they name, or −1 when the frame
 * is no such.
 */
export function snapPayload(packet: PacketBuffer, length: number): number {
  const { view, start: at } = packet;
  if (length > MAX_LENGTH || length < SNAP_LENGTH || length > packet.end - at) return -1;
  if (view.getUint32(at) !== LLC_AND_CONTROL || view.getUint16(at + ORGANIZATION) !== 0) return -1;
  const type = view.getUint16(at + TYPE);
  // A length here would be another 802.3 header inside.
  if (type <= MAX_LENGTH) return -1;
  packet.start = at + SNAP_LENGTH;
  packet.end = at + length;
  return type;
}

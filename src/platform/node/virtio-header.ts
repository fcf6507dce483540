/**
 * The header that Linux puts before each frame of a TAP or TUN device opened
 * with IFF_VNET_HDR: `struct virtio_net_hdr` of <linux/virtio_net.h>, virtio
 * 1.2 §5.1.6. It says what is unfinished about the frame.
 *
 *     0 flags   1 gso_type   2 hdr_len   4 gso_size   6 csum_start   8 csum_offset
 *
 * Fields are in the machine's byte order, little-endian wherever this runs;
 * positions count from the start of the frame.
 */
import type { DropReason } from "../../base/drop-reason.ts";
import { ETHERNET_HEADER_LENGTH } from "../../wire/ethernet.ts";
import { NO_PARTIAL_CHECKSUM, type PacketBuffer } from "../../wire/packet-buffer.ts";

export const VIRTIO_HEADER_LENGTH = 10;

const FLAGS = 0;
const GSO_TYPE = 1;
const HEADER_LENGTH = 2;
const GSO_SIZE = 4;
const CHECKSUM_START = 6;
const CHECKSUM_OFFSET = 8;

const FLAG_NEEDS_CHECKSUM = 1;
const FLAG_DATA_VALID = 2;
const GSO_NONE = 0;
const GSO_TCP_V4 = 1;
const GSO_TCP_V6 = 4;
/** Or-ed to the type when the segments carry congestion marks. Changes nothing for a receiver. */
const GSO_ECN = 0x80;

const TCP_DATA_OFFSET = 12;
const TCP_MIN_HEADER_LENGTH = 20;

/**
 * Takes over what the header at `at` says about the received frame
 * `[packet.start, packet.end)`. The device wrote it, but the octets it speaks of
 * may come from anyone: what does not fit the frame is a reason to drop it.
 */
export function readVirtioHeader(packet: PacketBuffer, at: number): DropReason | null {
  const { view } = packet;
  const frameLength = packet.end - packet.start;
  if (frameLength <= 0) return "link-truncated";
  const flags = view.getUint8(at + FLAGS);
  if ((flags & FLAG_NEEDS_CHECKSUM) !== 0) {
    const start = view.getUint16(at + CHECKSUM_START, true);
    const offset = view.getUint16(at + CHECKSUM_OFFSET, true);
    if (start + offset + 2 > frameLength) return "link-bad-offload";
    packet.checksumStart = packet.start + start;
    packet.checksumOffset = offset;
    packet.checksumVerified = true;
  } else if ((flags & FLAG_DATA_VALID) !== 0) {
    packet.checksumVerified = true;
  }
  const gsoType = view.getUint8(at + GSO_TYPE) & ~GSO_ECN;
  if (gsoType === GSO_NONE) return null;
  if (gsoType !== GSO_TCP_V4 && gsoType !== GSO_TCP_V6) return "link-bad-offload";
  if (view.getUint16(at + HEADER_LENGTH, true) > frameLength) return "link-bad-offload";
  packet.gsoSize = view.getUint16(at + GSO_SIZE, true);
  return packet.gsoSize === 0 ? "link-bad-offload" : null;
}

/**
 * Writes the header for the frame `packet` to `at`. A super-segment must have a
 * partial checksum and a whole TCP header, or it is refused.
 */
export function writeVirtioHeader(
  packet: PacketBuffer,
  at: number,
  medium: "ethernet" | "ip",
): DropReason | null {
  const { view, start, checksumStart, gsoSize } = packet;
  if (checksumStart === NO_PARTIAL_CHECKSUM) {
    if (gsoSize > 0) return "link-bad-offload";
    view.setInt32(at, 0);
    view.setInt32(at + 4, 0);
    view.setUint16(at + 8, 0);
    return null;
  }
  if (checksumStart + packet.checksumOffset + 2 > packet.end) return "link-bad-offload";
  let type = GSO_NONE;
  let headerEnd = start;
  if (gsoSize > 0) {
    if (checksumStart + TCP_MIN_HEADER_LENGTH > packet.end) return "link-bad-offload";
    headerEnd = checksumStart + (view.getUint8(checksumStart + TCP_DATA_OFFSET) >> 4) * 4;
    if (headerEnd > packet.end) return "link-bad-offload";
    const networkAt = medium === "ethernet" ? start + ETHERNET_HEADER_LENGTH : start;
    type = view.getUint8(networkAt) >> 4 === 4 ? GSO_TCP_V4 : GSO_TCP_V6;
  }
  view.setUint8(at + FLAGS, FLAG_NEEDS_CHECKSUM);
  view.setUint8(at + GSO_TYPE, type);
  view.setUint16(at + HEADER_LENGTH, headerEnd - start, true);
  view.setUint16(at + GSO_SIZE, gsoSize, true);
  view.setUint16(at + CHECKSUM_START, checksumStart - start, true);
  view.setUint16(at + CHECKSUM_OFFSET, packet.checksumOffset, true);
  return null;
}

/** No transport checksum is left to fill in. */
export const NO_PARTIAL_CHECKSUM = -1;

/**
 * Room in front of a packet for every header below TCP or UDP: Ethernet 14,
 * IPv6 40 with extension headers, virtio-net header 12, TCP 60; rounded so
 * that the IP header of an Ethernet frame is aligned to 4.
 */
export const HEADROOM = 192;
/** Octets a super-segment may have, headers included: an IP length field's worth and the link header. */
export const SUPER_PACKET_OCTETS: number = HEADROOM + 65_535 + 64;

/**
 * One packet on its way through the stack: octets `[start, end)` of a buffer
 * that is used again and again. Headers are read in place and prepended in
 * place; one `DataView` lives as long as the buffer.
 *
 * **Borrowed, never owned**: whoever passes a packet to a function lends it for
 * the length of that call. Who must keep the octets (a queue, a reassembly, a
 * socket) copies them. Hence there is nothing to release and nothing to leak.
 *
 * The fields after `end` say what is known about the packet besides its octets.
 */
export class PacketBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** First octet of the packet. Moves down as headers are prepended, up as they are consumed. */
  start = 0;
  /** One past the last octet. */
  end = 0;

  /**
   * Payload octets of each segment when this is a TCP super-segment that the
   * link edge or the device must split (virtio GSO), else 0. On receipt: the
   * device coalesced segments of this size.
   */
  gsoSize = 0;
  /**
   * Absolute position from which the transport checksum is still to be summed
   * (it runs to `end`), or `NO_PARTIAL_CHECKSUM`. The checksum field then
   * holds the folded, not inverted, pseudo-header sum, as virtio wants it.
   */
  checksumStart: number = NO_PARTIAL_CHECKSUM;
  /** Position of the checksum field relative to `checksumStart`: TCP 16, UDP 6. */
  checksumOffset = 0;
  /** Received: the transport checksum is known to be right, or partial and never at risk. */
  checksumVerified = false;

  /** Received: the frame's link-layer destination was broadcast or multicast (RFC 1122 §2.4). */
  linkBroadcast = false;
  linkMulticast = false;

  /** Position of the IP header, once parsed. */
  networkAt = 0;
  /** Position of the transport header, once parsed. */
  transportAt = 0;
  /** Transport protocol (IPPROTO_*), once parsed. */
  protocol = 0;
  /** TTL or hop limit, and the DS and ECN octet, once parsed. */
  hopLimit = 0;
  trafficClass = 0;
  /** Source address, as words of its 128-bit form, once parsed. */
  sourceA = 0;
  sourceB = 0;
  sourceC = 0;
  sourceD = 0;
  /** Destination address. */
  destinationA = 0;
  destinationB = 0;
  destinationC = 0;
  destinationD = 0;
  /** The packet came as fragments. */
  reassembled = false;

  constructor(capacity: number = SUPER_PACKET_OCTETS) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Empties the buffer: packet of no octets at `at`, nothing known about it. */
  reset(at: number = HEADROOM): void {
    this.start = at;
    this.end = at;
    this.gsoSize = 0;
    this.checksumStart = NO_PARTIAL_CHECKSUM;
    this.checksumOffset = 0;
    this.checksumVerified = false;
    this.linkBroadcast = false;
    this.linkMulticast = false;
    this.reassembled = false;
  }

  /** Makes this a copy of `other`: octets at the same place and everything known. Capacities must allow it. */
  copyFrom(other: PacketBuffer): void {
    this.bytes.set(other.bytes.subarray(other.start, other.end), other.start);
    this.start = other.start;
    this.end = other.end;
    this.copyMetadataFrom(other);
  }

  /** Takes over what the link must know to carry the packet: offload state and group flags. */
  copyMetadataFrom(other: PacketBuffer): void {
    this.gsoSize = other.gsoSize;
    this.checksumStart = other.checksumStart;
    this.checksumOffset = other.checksumOffset;
    this.checksumVerified = other.checksumVerified;
    this.linkBroadcast = other.linkBroadcast;
    this.linkMulticast = other.linkMulticast;
    this.reassembled = other.reassembled;
  }
}

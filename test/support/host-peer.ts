import assert from "node:assert/strict";
import type { IpAddress } from "../../src/base/ip-address.ts";
import { toSeq } from "../../src/base/seq.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import {
  isTcpHeader,
  TcpFlag,
  tcpAck,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpSeq,
  tcpSourcePort,
  tcpWindow,
} from "../../src/wire/tcp-header.ts";
import { type Ends, ipFrame, type SegmentShape, tcpSegment } from "./frame-builders.ts";
import { hex } from "./hex.ts";
import { type HostWire, inward } from "./host-wire.ts";
import { decodeOptions, type OptionFields } from "./tcp-segment-options.ts";

/** A segment that the host sent; numbers as on the wire, as int32. */
export interface HostSegment extends Required<OptionFields> {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly length: number;
  readonly payload: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** What a peer says in a segment; the rest follows from what was said before. */
export type PeerSegment = Partial<SegmentShape>;

export interface RawPeerOptions {
  readonly isV6?: boolean;
  readonly port?: number;
  readonly hostPort?: number;
  readonly isn?: number;
  readonly source?: IpAddress;
}

/** MSS 1460, SACK permitted, timestamps, window scale 7: a SYN from Linux. */
export const LINUX_SYN: Uint8Array = hex("020405b4 0402 080a 00000001 00000000 01 030307");
/** MSS 1460 and SACK permitted, no more. */
export const SACK_SYN: Uint8Array = hex("020405b4 0402 0101");
export const MSS_SYN: Uint8Array = hex("020405b4");

/** A peer each of whose segments is made by hand. */
export class RawPeer {
  readonly wire: HostWire;
  readonly ends: Ends;
  readonly port: number;
  readonly hostPort: number;
  /** The next number of its own, and the next it expects. */
  seq: number;
  ack = 0;

  constructor(wire: HostWire, options: RawPeerOptions = {}) {
    const { isV6 = false, port = 40_000, hostPort = 80, isn = 1000, source } = options;
    this.wire = wire;
    this.ends = inward(isV6, source && { source });
    this.port = port;
    this.hostPort = hostPort;
    this.seq = isn;
  }

  /** A frame with one segment: an ACK at the current numbers unless told. */
  frame(segment: PeerSegment = {}): Uint8Array {
    const whole = {
      sourcePort: this.port,
      destinationPort: this.hostPort,
      seq: this.seq,
      ack: this.ack,
      ...segment,
    };
    return ipFrame(this.ends, IpProtocol.TCP, tcpSegment(this.ends, whole));
  }

  /** Sends a segment; its numbers are then used up if it stood at the current one. */
  send(segment: PeerSegment = {}): void {
    const frame = this.frame(segment);
    const flags = segment.flags ?? TcpFlag.ACK;
    const ends = (flags & TcpFlag.SYN ? 1 : 0) + (flags & TcpFlag.FIN ? 1 : 0);
    const next = (segment.payload?.length ?? 0) + ends;
    if (segment.seq === undefined || segment.seq === this.seq) this.seq = toSeq(this.seq + next);
    this.wire.feed(frame);
  }

  /** What the host has sent to this peer since the last look at the card. */
  takes(): HostSegment[] {
    const segments = this.wire.frames().map(readSegment);
    return segments
      .filter((segment) => segment !== null)
      .filter((segment) => this.#isOurs(segment));
  }

  takeOne(): HostSegment {
    const [segment, ...more] = this.takes();
    assert.ok(segment, "the host answers");
    assert.equal(more.length, 0, "with one segment");
    return segment;
  }

  /** Opens a connection to the host. Returns the SYN,ACK. */
  handshake(options: Uint8Array = MSS_SYN, window = 0xffff): HostSegment {
    this.send({ flags: TcpFlag.SYN, options, window });
    const synAck = this.takeOne();
    assert.equal(synAck.flags, TcpFlag.SYN | TcpFlag.ACK, "SYN,ACK");
    this.ack = toSeq(synAck.seq + 1);
    this.send({ window });
    return synAck;
  }

  /** Acknowledges everything in `segments`; returns how many octets of data they brought. */
  acknowledge(segments: readonly HostSegment[], fields: PeerSegment = {}): number {
    let octets = 0;
    for (const { seq, length, flags } of segments) {
      if (seq !== this.ack) continue;
      octets += length;
      this.ack = toSeq(seq + length + ((flags & TcpFlag.FIN) !== 0 ? 1 : 0));
    }
    this.send(fields);
    return octets;
  }

  #isOurs({ sourcePort, destinationPort }: HostSegment): boolean {
    return sourcePort === this.hostPort && destinationPort === this.port;
  }
}

/** Reads a frame; null when it holds no TCP segment. */
export function readSegment(frame: Uint8Array): HostSegment | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const type = view.getUint16(12);
  const isV4 = type === 0x0800 && view.getUint8(23) === IpProtocol.TCP;
  const isV6 = type === 0x86dd && view.getUint8(20) === IpProtocol.TCP;
  if (!isV4 && !isV6) return null;
  const at = isV4 ? 34 : 54;
  // Short frames are padded on some devices, so the end is where IP says.
  const end = isV4 ? 14 + view.getUint16(16) : 54 + view.getUint16(18);
  if (!isTcpHeader(view, at, end)) return null;
  const payloadAt = at + tcpHeaderLength(view, at);
  return {
    flags: tcpFlags(view, at),
    seq: tcpSeq(view, at),
    ack: tcpAck(view, at),
    window: tcpWindow(view, at),
    length: end - payloadAt,
    payload: frame.slice(payloadAt, end),
    sourcePort: tcpSourcePort(view, at),
    destinationPort: tcpDestinationPort(view, at),
    ...decodeOptions(view, at + 20, payloadAt, 0),
  };
}

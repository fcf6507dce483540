import { type RandomSource, randomBelow } from "../../src/base/random.ts";
import { type Seq, seqAdd, seqGt, seqMax, toSeq } from "../../src/base/seq.ts";
import * as tcp from "../../src/wire/tcp-header.ts";
import * as options from "../../src/wire/tcp-options.ts";
import { type Ends, ipFrame, reversed } from "../support/frame-builders.ts";
import type { Specimen } from "./specimen.ts";

const { FIN, SYN, RST, PSH, ACK, URG } = tcp.TcpFlag;
const ETHERNET = 14;
const TIMESTAMPS_LENGTH = 12;
const TCP = 6;

/** A connection with the host as the far end of the wire sees it: it writes segments that fit. */
export class PeerFlow {
  state: "closed" | "opening" | "open" = "closed";
  sourcePort = 0;
  destinationPort = 0;
  /** What the host has acknowledged, and what it has sent. */
  sndNxt: Seq = toSeq(0);
  rcvNxt: Seq = toSeq(0);
  timestamps = false;
  /** Frames since the state last changed. */
  age = 0;
  readonly isV4: boolean;
  readonly #toHost: Uint8Array;
  readonly #fromHost: Uint8Array;
  #tsRecent = 0;

  constructor(ends: Ends) {
    this.isV4 = ends.source.isV4;
    this.#toHost = ipFrame(ends, TCP, new Uint8Array());
    this.#fromHost = ipFrame(reversed(ends), TCP, new Uint8Array());
  }

  open(sourcePort: number, destinationPort: number, iss: number, timestamps: boolean): void {
    this.state = "opening";
    this.age = 0;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    this.timestamps = timestamps;
    this.sndNxt = toSeq(iss);
    this.rcvNxt = toSeq(0);
    this.#tsRecent = 0;
  }

  /** Takes note of a segment from the host, whose header is at `at`. True when it wants an answer. */
  observe(view: DataView, at: number, end: number): boolean {
    const flags = tcp.tcpFlags(view, at);
    this.#noteTimestamps(view, at);
    if ((flags & RST) !== 0) {
      this.state = "closed";
      return false;
    }
    const isHandshake = (flags & SYN) !== 0;
    const payload = end - at - tcp.tcpHeaderLength(view, at);
    const octets = payload + (isHandshake ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    const next = seqAdd(tcp.tcpSeq(view, at), octets);
    this.rcvNxt = isHandshake ? next : seqMax(next, this.rcvNxt);
    if ((flags & ACK) !== 0 && seqGt(tcp.tcpAck(view, at), this.sndNxt)) {
      this.sndNxt = tcp.tcpAck(view, at);
    }
    if (isHandshake) this.state = "open";
    return isHandshake;
  }

  writeSyn(specimen: Specimen, synOptions: Uint8Array, withAck: boolean): void {
    const list = this.timestamps ? synOptions : synOptions.subarray(0, 4);
    const flags = withAck ? SYN | ACK : SYN;
    this.#write(specimen, { seq: this.sndNxt, ack: this.rcvNxt, flags, list });
  }

  writeAck(specimen: Specimen): void {
    this.#write(specimen, { seq: this.sndNxt, ack: this.rcvNxt, flags: ACK });
  }

  /** Gives the connection up, as a peer that has lost patience does. */
  writeReset(specimen: Specimen): void {
    this.#write(specimen, { seq: this.sndNxt, ack: this.rcvNxt, flags: RST | ACK });
    this.state = "closed";
  }

  /** Some segment that a peer could send now, lawful or a little beside the law. */
  writeAny(specimen: Specimen, random: RandomSource): void {
    const seq = this.sndNxt;
    const ack = this.rcvNxt;
    const payload = 1 + randomBelow(random, 1400);
    const flags = ACK | PSH;
    switch (randomBelow(random, 24)) {
      case 0:
        return this.#write(specimen, { seq: seqAdd(seq, 1400), ack, flags, payload });
      case 1:
        return this.#write(specimen, { seq: seqAdd(seq, 60_000), ack, flags, payload });
      case 2:
        return this.#write(specimen, { seq: seqAdd(seq, -100), ack, flags, payload });
      case 3:
        return this.#write(specimen, { seq, ack, flags: ACK, sack: -randomBelow(random, 5000) });
      case 4:
        return this.#write(specimen, { seq, ack: seqAdd(ack, -1460), flags: ACK });
      case 5:
        return this.#write(specimen, { seq, ack: seqAdd(ack, 1000), flags: ACK });
      case 6:
        return this.#write(specimen, { seq, ack, flags: ACK, window: 0 });
      case 7:
        return this.#write(specimen, { seq: seqAdd(seq, -1), ack, flags: ACK });
      case 8:
        return this.#write(specimen, { seq, ack, flags: flags | URG, payload, urgent: payload });
      case 9:
        return this.#write(specimen, { seq: seqAdd(seq, 5), ack, flags: RST });
      case 10:
        return this.#write(specimen, { seq, ack, flags: SYN });
      case 11:
        return this.#rarely(random, specimen, FIN | ACK);
      case 12:
        return this.#rarely(random, specimen, RST);
      default:
        if (random.int32() & 1) return this.writeAck(specimen);
        return this.#write(specimen, { seq, ack, flags, payload });
    }
  }

  /** The start of an ICMP error about a segment that the host may have in flight: its quote. */
  quote(octets: Uint8Array, at: number): number {
    const packet = this.#fromHost.subarray(ETHERNET);
    octets.set(packet, at);
    const view = new DataView(octets.buffer, octets.byteOffset);
    const header = at + packet.length;
    tcp.setTcpPorts(view, header, this.destinationPort, this.sourcePort);
    tcp.setTcpSeq(view, header, seqAdd(this.rcvNxt, -1));
    return header + 8;
  }

  /** What ends a connection comes seldom, or there would be none left. */
  #rarely(random: RandomSource, specimen: Specimen, flags: number): void {
    if (randomBelow(random, 8) !== 0) return this.writeAck(specimen);
    this.#write(specimen, { seq: this.sndNxt, ack: this.rcvNxt, flags });
  }

  #write(specimen: Specimen, segment: Segment): void {
    specimen.load(this.#toHost);
    const { view, bytes } = specimen;
    const at = specimen.length;
    let end = at + tcp.TCP_MIN_HEADER_LENGTH;
    if (segment.list !== undefined) {
      bytes.set(segment.list, end);
      end += segment.list.length;
    } else {
      if (this.timestamps) end = this.#writeTimestamps(view, end);
      if (segment.sack !== undefined) end = this.#writeSack(view, end, segment.sack);
    }
    tcp.setTcpPorts(view, at, this.sourcePort, this.destinationPort);
    tcp.setTcpSeq(view, at, segment.seq);
    tcp.setTcpAck(view, at, segment.flags & ACK ? segment.ack : toSeq(0));
    tcp.setTcpLengthAndFlags(view, at, end - at, segment.flags);
    tcp.setTcpWindow(view, at, segment.window ?? 0xffff);
    tcp.setTcpUrgentPointer(view, at, segment.urgent ?? 0);
    bytes.fill(0x61, end, end + (segment.payload ?? 0));
    specimen.length = end + (segment.payload ?? 0);
    const ipLength = specimen.length - ETHERNET;
    if (this.isV4) view.setUint16(ETHERNET + 2, ipLength);
    else view.setUint16(ETHERNET + 4, ipLength - 40);
    specimen.repairChecksums();
  }

  #writeTimestamps(view: DataView, at: number): number {
    options.writeNop(view, at);
    options.writeNop(view, at + 1);
    // A clock that ticks with the host's: never older than what the host has seen.
    options.writeTimestampsOption(view, at + 2, 1_000_000 + this.age, this.#tsRecent);
    return at + TIMESTAMPS_LENGTH;
  }

  #writeSack(view: DataView, at: number, distance: number): number {
    options.writeNop(view, at);
    options.writeNop(view, at + 1);
    const blockAt = options.writeSackOption(view, at + 2, 1);
    const left = seqAdd(this.rcvNxt, distance);
    return options.writeSackBlock(view, blockAt, left, seqAdd(left, 1460));
  }

  #noteTimestamps(view: DataView, at: number): void {
    const end = at + tcp.tcpHeaderLength(view, at);
    let option = options.nextTcpOption(view, tcp.tcpOptionsAt(at), end);
    while (option >= 0) {
      if (options.tcpOptionKind(view, option) === options.TcpOption.TIMESTAMPS) {
        this.#tsRecent = options.timestampValue(view, option);
      }
      option = options.nextTcpOption(view, option + options.tcpOptionLength(view, option), end);
    }
  }
}

interface Segment {
  readonly seq: Seq;
  readonly ack: Seq;
  readonly flags: number;
  readonly payload?: number;
  readonly window?: number;
  readonly urgent?: number;
  /** Of a handshake: the whole list. */
  readonly list?: Uint8Array;
  /** Where a block begins, from what the host has sent. */
  readonly sack?: number;
}

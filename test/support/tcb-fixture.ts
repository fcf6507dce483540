import { Counters } from "../../src/base/counters.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { type Seq, seqAdd, seqDiff, toSeq } from "../../src/base/seq.ts";
import { DEFAULT_TCP_CONFIG, type TcpConfig } from "../../src/tcp/config.ts";
import { createController } from "../../src/tcp/congestion/create-controller.ts";
import { nextSegment } from "../../src/tcp/output.ts";
import { TcpScratch } from "../../src/tcp/scratch.ts";
import { parseSegmentInto, Segment } from "../../src/tcp/segment.ts";
import { segmentArrives } from "../../src/tcp/segment-arrives.ts";
import { defaultTcpSettings, type TcpSettings } from "../../src/tcp/settings.ts";
import { TcpState } from "../../src/tcp/state.ts";
import { Tcb } from "../../src/tcp/tcb.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";

/** What a test may choose of a control block. */
export interface TcbWishes {
  state?: TcpState;
  iss?: number;
  irs?: number;
  mss?: number;
  sack?: boolean;
  timestamps?: boolean;
  /** The peer's window. */
  window?: number;
  offload?: boolean;
  config?: Partial<TcpConfig>;
  settings?: Partial<TcpSettings>;
}

export const MSS = 1000;

/** A control block as it is in ESTABLISHED, SACK agreed, segments of 1000 octets, window of ten (Reno). */
export function openTcb(wishes: TcbWishes = {}): Tcb {
  const config = { ...DEFAULT_TCP_CONFIG, congestionControl: "reno", ...wishes.config };
  const settings = { ...defaultTcpSettings(config), ...wishes.settings };
  const mss = wishes.mss ?? MSS;
  const path = {
    mtu: mss + 40,
    linkMtu: 1500,
    ipHeaderLength: 20,
    pseudoHeaderSum: 0x1234,
    segmentationOffload: wishes.offload ?? false,
    isV6: false,
    confirm: () => {},
    advise: () => {},
  };
  const tcb = new Tcb(NAME, {
    path,
    config,
    settings,
    iss: toSeq(wishes.iss ?? 0),
    timestampOffset: 0,
    counters: new Counters(),
    random: new SeededRandom(1),
    scratch: new TcpScratch(),
  });
  const irs = toSeq(wishes.irs ?? 0);
  tcb.state = wishes.state ?? TcpState.ESTABLISHED;
  tcb.isSynAcked = true;
  tcb.sndUna = seqAdd(tcb.iss, 1);
  tcb.sndNxt = tcb.sndUna;
  tcb.recovery.lossEdge = tcb.sndUna;
  tcb.recovery.retransmitFrom = tcb.sndUna;
  tcb.recovery.highestSacked = tcb.sndUna;
  tcb.sndWnd = wishes.window ?? 1 << 20;
  tcb.maxSndWnd = tcb.sndWnd;
  tcb.sndWl1 = irs;
  tcb.sendMss = mss;
  tcb.mss = mss;
  tcb.rcvMss = mss;
  tcb.irs = irs;
  tcb.rcvNxt = seqAdd(irs, 1);
  tcb.rcvAdv = seqAdd(tcb.rcvNxt, 65_535);
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.receiveBuffer.start(tcb.rcvNxt);
  tcb.hasSack = wishes.sack ?? true;
  tcb.hasTimestamps = wishes.timestamps ?? false;
  tcb.congestion = createController(settings.congestionControl, mss, 10);
  return tcb;
}

/** A segment from the peer; numbers count from the SYNs, which are 0. */
export interface Arrival {
  flags?: number;
  seq?: number;
  ack?: number;
  window?: number;
  length?: number;
  urgentPointer?: number;
  tsVal?: number;
  tsEcr?: number;
  sack?: readonly (readonly [number, number])[];
}

/** Fills a segment record as parsing would; by default an ACK of SND.UNA at RCV.NXT. */
export function segmentFor(tcb: Tcb, arrival: Arrival = {}): Segment {
  const segment = new Segment();
  segment.flags = arrival.flags ?? TcpFlag.ACK;
  segment.seq = arrival.seq === undefined ? tcb.rcvNxt : seqAdd(tcb.irs, arrival.seq);
  segment.ack = arrival.ack === undefined ? tcb.sndUna : seqAdd(tcb.iss, arrival.ack);
  segment.window = (arrival.window ?? tcb.sndWnd) >>> tcb.sndScale;
  segment.payloadLength = arrival.length ?? 0;
  segment.frameLength = segment.payloadLength;
  segment.urgentPointer = arrival.urgentPointer ?? 0;
  segment.tsPresent = arrival.tsVal !== undefined;
  segment.tsVal = arrival.tsVal ?? 0;
  segment.tsEcr = arrival.tsEcr ?? 0;
  for (const [left, right] of arrival.sack ?? []) {
    segment.sackEdges[segment.sackCount * 2] = seqAdd(tcb.iss, left);
    segment.sackEdges[segment.sackCount * 2 + 1] = seqAdd(tcb.iss, right);
    segment.sackCount++;
  }
  return segment;
}

/** A segment arrives. Its payload is zeros. */
export function arrive(tcb: Tcb, arrival: Arrival, now = 0): void {
  segmentArrives(tcb, segmentFor(tcb, arrival), new PacketBuffer(), now);
}

/** The application writes `octets`. */
export function write(tcb: Tcb, octets: number): void {
  tcb.sendBuffer.append(new Uint8Array(octets), 0, octets);
  tcb.mayHaveOutput = true;
}

/** What the connection sends now: `flags seq+length`, numbers from the SYN on. */
export function sent(tcb: Tcb, now = 0): string[] {
  const packet = new PacketBuffer();
  const segment = new Segment();
  const lines: string[] = [];
  while (nextSegment(tcb, packet, now)) {
    parseSegmentInto(segment, packet);
    const gso = packet.gsoSize > 0 ? `/${packet.gsoSize}` : "";
    lines.push(
      `${flagsOf(segment.flags)} ${relative(segment.seq, tcb.iss)}+${segment.payloadLength}${gso}`,
    );
  }
  return lines;
}

/** Sends `octets` of new data, whatever there is to say about it. */
export function sendNow(tcb: Tcb, octets: number, now = 0): void {
  write(tcb, octets);
  sent(tcb, now);
}

/** `[seq, end, flags]` of every record in flight, numbers from the SYN on. */
export function recordsOf(tcb: Tcb): (readonly [number, number, number])[] {
  return Array.from({ length: tcb.sent.count }, (_, index) => {
    const record = tcb.sent.at(index);
    return [relative(record.seq, tcb.iss), relative(record.end, tcb.iss), record.flags] as const;
  });
}

export function relative(seq: Seq, origin: Seq): number {
  return seqDiff(seq, origin);
}

const NAME = {
  id: 1,
  localAddress: IpAddress.v4(0x0a000001),
  localPort: 80,
  remoteAddress: IpAddress.v4(0x0a000002),
  remotePort: 40_000,
};

function flagsOf(flags: number): string {
  const names = [
    [TcpFlag.SYN, "S"],
    [TcpFlag.FIN, "F"],
    [TcpFlag.RST, "R"],
    [TcpFlag.PSH, "P"],
    [TcpFlag.URG, "U"],
    [TcpFlag.ACK, "A"],
  ] as const;
  return names.map(([flag, name]) => ((flags & flag) !== 0 ? name : "")).join("");
}

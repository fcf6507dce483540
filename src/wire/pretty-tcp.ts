import { type Seq, seqToUnsigned, toSeq } from "../base/seq.ts";
import {
  type Datagram,
  datagramPseudoSum,
  expectedChecksum,
  formatPorts,
  hex16,
  isVerifiable,
  type PrettyStyle,
} from "./pretty-datagram.ts";
import { formatHttp, isHttpPort } from "./pretty-http.ts";
import type { SequenceBase, SequenceBases } from "./pretty-sequence.ts";
import { BAD_OPTION, formatTcpOptions } from "./pretty-tcp-options.ts";
import {
  TCP_CHECKSUM_OFFSET,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
  tcpAck,
  tcpChecksum,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpOptionsAt,
  tcpSeq,
  tcpSourcePort,
  tcpUrgentPointer,
  tcpWindow,
} from "./tcp-header.ts";

/** A TCP segment in tcpdump's notation, from the addresses on. */
export function formatTcp(datagram: Datagram, style: PrettyStyle, bases: SequenceBases): string {
  const { view, at, end, length } = datagram;
  if (end - at < TCP_PORTS_LENGTH) return "[|tcp]";
  const ports = formatPorts(datagram, tcpSourcePort(view, at), tcpDestinationPort(view, at));
  if (end - at < TCP_MIN_HEADER_LENGTH) return `${ports} [|tcp]`;
  const headerLength = tcpHeaderLength(view, at);
  if (headerLength < TCP_MIN_HEADER_LENGTH) {
    const least = TCP_MIN_HEADER_LENGTH;
    return `${ports} tcp ${length - headerLength} [bad hdr length ${headerLength} - too short, < ${least}]`;
  }
  const flags = tcpFlags(view, at);
  const base = sequenceBase(datagram, style, bases);
  const start = `${ports}Flags [${formatFlags(flags)}]`;
  if (headerLength > length) {
    return `${start} [bad hdr length ${headerLength} - too long, > ${length}]`;
  }
  if (headerLength > end - at) return `${start} [|tcp]`;
  const payload = length - headerLength;
  const text =
    start +
    formatChecksum(datagram, style.verbose) +
    formatSequence(datagram, base, payload, style.verbose) +
    formatWindow(view, at);
  if (headerLength === TCP_MIN_HEADER_LENGTH) {
    return `${text}, length ${payload}${formatPayload(datagram, headerLength, style.verbose)}`;
  }
  const options = formatTcpOptions(view, tcpOptionsAt(at), at + headerLength, base.ack);
  if (options.endsWith(BAD_OPTION)) return `${text}, options [${options}`;
  const rest = formatPayload(datagram, headerLength, style.verbose);
  return `${text}, options [${options}], length ${payload}${rest}`;
}

/** Octets of a header that hold the ports. */
const TCP_PORTS_LENGTH = 4;

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TcpFlag.FIN, "F"],
  [TcpFlag.SYN, "S"],
  [TcpFlag.RST, "R"],
  [TcpFlag.PSH, "P"],
  [TcpFlag.ACK, "."],
  [TcpFlag.URG, "U"],
  [TcpFlag.ECE, "E"],
  [TcpFlag.CWR, "W"],
];

/** `S.` for SYN and ACK, `none` without any. */
export function formatFlags(flags: number): string {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  return letters.length === 0 ? "none" : letters.join("");
}

const ABSOLUTE: SequenceBase = { seq: toSeq(0), ack: toSeq(0), isFirst: true };

function sequenceBase(datagram: Datagram, style: PrettyStyle, bases: SequenceBases): SequenceBase {
  const { view, at, source, destination } = datagram;
  const flags = tcpFlags(view, at);
  if (style.absoluteSequence || (flags & TcpFlag.ACK) === 0) return ABSOLUTE;
  const conversation = {
    source,
    sourcePort: tcpSourcePort(view, at),
    destination,
    destinationPort: tcpDestinationPort(view, at),
  };
  const syn = (flags & TcpFlag.SYN) !== 0;
  return bases.of(conversation, { seq: tcpSeq(view, at), ack: tcpAck(view, at), syn });
}

function formatChecksum(datagram: Datagram, verbose: number): string {
  if (verbose === 0 || !isVerifiable(datagram)) return "";
  const { view, at, end } = datagram;
  const found = tcpChecksum(view, at);
  const field = at + TCP_CHECKSUM_OFFSET;
  const right = expectedChecksum(view, { at, end }, field, datagramPseudoSum(datagram));
  const verdict = found === right ? "correct" : `incorrect -> ${hex16(right)}`;
  return `, cksum ${hex16(found)} (${verdict})`;
}

/** Segments that take no sequence space leave their number out, unless asked twice. */
function formatSequence(
  { view, at }: Datagram,
  base: SequenceBase,
  payload: number,
  verbose: number,
): string {
  const flags = tcpFlags(view, at);
  let text = "";
  if (verbose > 1 || payload > 0 || (flags & TAKES_A_NUMBER) !== 0) {
    const seq = relative(tcpSeq(view, at), base.isFirst ? ABSOLUTE.seq : base.seq);
    text += `, seq ${seq}`;
    if (payload > 0) text += `:${(seq + payload) >>> 0}`;
  }
  if ((flags & TcpFlag.ACK) !== 0) {
    text += `, ack ${relative(tcpAck(view, at), base.isFirst ? ABSOLUTE.ack : base.ack)}`;
  }
  return text;
}

const TAKES_A_NUMBER = TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST;

function formatWindow(view: DataView, at: number): string {
  const urgent = (tcpFlags(view, at) & TcpFlag.URG) !== 0;
  return `, win ${tcpWindow(view, at)}${urgent ? `, urg ${tcpUrgentPointer(view, at)}` : ""}`;
}

function formatPayload(datagram: Datagram, headerLength: number, verbose: number): string {
  const { view, at } = datagram;
  const end = Math.min(datagram.end, at + datagram.length);
  const from = at + headerLength;
  if (from >= end || datagram.length === headerLength) return "";
  const isHttp = isHttpPort(tcpSourcePort(view, at)) || isHttpPort(tcpDestinationPort(view, at));
  return isHttp ? `: ${formatHttp(view, from, end, verbose)}` : "";
}

function relative(seq: Seq, base: Seq): number {
  return seqToUnsigned(toSeq(seq - base));
}

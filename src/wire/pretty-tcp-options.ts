import { type Seq, seqToUnsigned, toSeq } from "../base/seq.ts";
import {
  mssOptionValue,
  sackBlockCount,
  sackBlockLeft,
  sackBlockRight,
  TcpOption,
  tcpOptionKind,
  tcpOptionLength,
  timestampEcho,
  timestampValue,
  windowScaleOptionValue,
} from "./tcp-options.ts";

/** Stands in a list of options where one is malformed; tcpdump says no more of the segment then. */
export const BAD_OPTION = "[bad opt]";

/**
 * TCP options in tcpdump's notation: `mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7`.
 * SACK edges count from `sackBase`. Ends with `BAD_OPTION` at a malformed one.
 */
export function formatTcpOptions(view: DataView, at: number, end: number, sackBase: Seq): string {
  const texts: string[] = [];
  for (let position = at; position < end; ) {
    const kind = tcpOptionKind(view, position);
    if (kind === TcpOption.END) {
      texts.push("eol");
      break;
    }
    if (kind === TcpOption.NOP) {
      texts.push("nop");
      position++;
      continue;
    }
    const length = position + 2 > end ? 0 : tcpOptionLength(view, position);
    if (length < 2 || position + length > end) {
      texts.push(BAD_OPTION);
      break;
    }
    texts.push(formatOption(view, position, sackBase));
    position += length;
  }
  return texts.join(",");
}

/** Multipath TCP (RFC 8684). */
const MULTIPATH = 30;

const NAMES: ReadonlyMap<number, string> = new Map([
  [TcpOption.MD5, "md5"],
  [MULTIPATH, "mptcp"],
]);

function formatOption(view: DataView, at: number, sackBase: Seq): string {
  const length = tcpOptionLength(view, at);
  switch (tcpOptionKind(view, at)) {
    case TcpOption.MSS:
      if (length === 4) return `mss ${mssOptionValue(view, at)}`;
      break;
    case TcpOption.WINDOW_SCALE:
      if (length === 3) return `wscale ${windowScaleOptionValue(view, at)}`;
      break;
    case TcpOption.SACK_PERMITTED:
      return length === 2 ? "sackOK" : `sackOK[len ${length}]`;
    case TcpOption.SACK:
      return formatSack(view, at, sackBase);
    case TcpOption.TIMESTAMPS:
      if (length === 10)
        return `TS val ${timestampValue(view, at) >>> 0} ecr ${timestampEcho(view, at) >>> 0}`;
      break;
    case TcpOption.USER_TIMEOUT:
      if (length === 4) return formatUserTimeout(view.getUint16(at + 2));
      break;
    case TcpOption.AUTHENTICATION:
      if (length > 4) return formatAuthentication(view, at);
      break;
    case TcpOption.FAST_OPEN:
      return length === 2 ? "tfo  cookiereq" : `tfo  cookie ${hexOf(view, at)}`;
  }
  return formatUnknown(view, at);
}

function formatSack(view: DataView, at: number, base: Seq): string {
  if ((tcpOptionLength(view, at) - 2) % 8 !== 0) return "sack invalid sack";
  const count = sackBlockCount(view, at);
  let text = `sack ${count} `;
  for (let index = 0; index < count; index++) {
    const left = seqToUnsigned(toSeq(sackBlockLeft(view, at, index) - base));
    const right = seqToUnsigned(toSeq(sackBlockRight(view, at, index) - base));
    text += `{${left}:${right}}`;
  }
  return text;
}

/** One bit says whether the rest counts minutes (RFC 5482 §3.3). */
function formatUserTimeout(value: number): string {
  const seconds = (value & 1) === 1 ? (value >>> 1) * 60 : value >>> 1;
  return `uto 0x${value.toString(16)} ${seconds}`;
}

function formatAuthentication(view: DataView, at: number): string {
  const keys = `keyid ${view.getUint8(at + 2)} rnextkeyid ${view.getUint8(at + 3)}`;
  return `tcp-ao ${keys} mac 0x${hexOf(view, at).slice(4)}`;
}

function formatUnknown(view: DataView, at: number): string {
  const kind = tcpOptionKind(view, at);
  const name = NAMES.get(kind) ?? `unknown-${kind}`;
  const octets = hexOf(view, at);
  return octets === "" ? name : `${name} 0x${octets}`;
}

/** The option's data in hex, without kind and length. */
function hexOf(view: DataView, at: number): string {
  let text = "";
  for (let i = 2; i < tcpOptionLength(view, at); i++) {
    text += view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, "0");
  }
  return text;
}

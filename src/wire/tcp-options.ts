import { type Seq, toSeq } from "../base/seq.ts";

/** TCP options (RFC 9293 §3.2, 7323, 2018). Kind, length, data; END and NOP are one octet. */
export const TcpOption = {
  END: 0,
  NOP: 1,
  MSS: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5: 19,
  USER_TIMEOUT: 28,
  AUTHENTICATION: 29,
  FAST_OPEN: 34,
  ACC_ECN_0: 172,
  ACC_ECN_1: 174,
} as const;

/**
 * Position of the next option at or after `at`, or −1 when the list ends. The
 * walker owns NOP, END and malformed lengths (0, 1, past the end): at the
 * first malformed one the list is over (MUST-7). Step on with
 * `nextTcpOption(view, at + tcpOptionLength(view, at), end)`.
 */
export function nextTcpOption(view: DataView, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const kind = view.getUint8(position);
    if (kind === TcpOption.END) return -1;
    if (kind === TcpOption.NOP) {
      position++;
      continue;
    }
    if (position + 2 > end) return -1;
    const length = view.getUint8(position + 1);
    return length >= 2 && position + length <= end ? position : -1;
  }
  return -1;
}

export function tcpOptionKind(view: DataView, at: number): number {
  return view.getUint8(at);
}

/** Octets of the option, kind and length included. */
export function tcpOptionLength(view: DataView, at: number): number {
  return view.getUint8(at + 1);
}

/** Valid for MSS with length 4. */
export function mssOptionValue(view: DataView, at: number): number {
  return view.getUint16(at + 2);
}

/** Valid for window scale with length 3. */
export function windowScaleOptionValue(view: DataView, at: number): number {
  return view.getUint8(at + 2);
}

/** Valid for timestamps with length 10. */
export function timestampValue(view: DataView, at: number): number {
  return view.getInt32(at + 2);
}

export function timestampEcho(view: DataView, at: number): number {
  return view.getInt32(at + 6);
}

/** Number of blocks of a SACK option; 0 when its length is not 8n+2. */
export function sackBlockCount(view: DataView, at: number): number {
  const octets = tcpOptionLength(view, at) - 2;
  return octets % 8 === 0 ? octets / 8 : 0;
}

export function sackBlockLeft(view: DataView, at: number, index: number): Seq {
  return toSeq(view.getInt32(at + 2 + index * 8));
}

export function sackBlockRight(view: DataView, at: number, index: number): Seq {
  return toSeq(view.getInt32(at + 6 + index * 8));
}

/** Each writer puts its option at `at` and returns the position after it. */
export function writeMssOption(view: DataView, at: number, mss: number): number {
  view.setUint8(at, TcpOption.MSS);
  view.setUint8(at + 1, 4);
  view.setUint16(at + 2, mss);
  return at + 4;
}

export function writeWindowScaleOption(view: DataView, at: number, shift: number): number {
  view.setUint8(at, TcpOption.WINDOW_SCALE);
  view.setUint8(at + 1, 3);
  view.setUint8(at + 2, shift);
  return at + 3;
}

export function writeSackPermittedOption(view: DataView, at: number): number {
  view.setUint8(at, TcpOption.SACK_PERMITTED);
  view.setUint8(at + 1, 2);
  return at + 2;
}

export function writeTimestampsOption(
  view: DataView,
  at: number,
  value: number,
  echo: number,
): number {
  view.setUint8(at, TcpOption.TIMESTAMPS);
  view.setUint8(at + 1, 10);
  view.setInt32(at + 2, value);
  view.setInt32(at + 6, echo);
  return at + 10;
}

/** Head of a SACK option of `count` blocks; fill them with `writeSackBlock`. */
export function writeSackOption(view: DataView, at: number, count: number): number {
  view.setUint8(at, TcpOption.SACK);
  view.setUint8(at + 1, 2 + count * 8);
  return at + 2;
}

export function writeSackBlock(view: DataView, at: number, left: Seq, right: Seq): number {
  view.setInt32(at, left);
  view.setInt32(at + 4, right);
  return at + 8;
}

export function writeNop(view: DataView, at: number): number {
  view.setUint8(at, TcpOption.NOP);
  return at + 1;
}

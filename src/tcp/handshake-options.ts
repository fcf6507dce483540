import {
  mssOptionValue,
  nextTcpOption,
  TcpOption,
  tcpOptionKind,
  tcpOptionLength,
  timestampEcho,
  timestampValue,
  windowScaleOptionValue,
  writeMssOption,
  writeNop,
  writeSackPermittedOption,
  writeTimestampsOption,
  writeWindowScaleOption,
} from "../wire/tcp-options.ts";

/**
 * The options of a SYN or SYN,ACK: what one side offers (RFC 9293 §3.7.1,
 * 7323, 2018). The same form for ours and for the peer's. What is agreed is
 * what both offered; that is for the caller to decide.
 */
export interface HandshakeOptions {
  /** Largest segment the sender of the option can take; 0 when it did not say. */
  mss: number;
  /** Shift count 0 … 14; −1 when not offered. */
  windowScale: number;
  sackPermitted: boolean;
  timestamps: boolean;
  /** Meaningful only with `timestamps`. int32. */
  tsVal: number;
  tsEcr: number;
}

/** What the peer's SYN offered. */
export type PeerOptions = HandshakeOptions;

/** A record with nothing offered, to parse into. */
export function noHandshakeOptions(): HandshakeOptions {
  return {
    mss: 0,
    windowScale: -1,
    sackPermitted: false,
    timestamps: false,
    tsVal: 0,
    tsEcr: 0,
  };
}

/**
 * Reads the options at `[at, end)` of a SYN into `into`, every field of it.
 * Unknown options and wrong lengths are passed over (MUST-6, MUST-7); of
 * repeated ones the last counts.
 */
export function parseHandshakeOptions(
  view: DataView,
  at: number,
  end: number,
  into: PeerOptions,
): void {
  into.mss = 0;
  into.windowScale = -1;
  into.sackPermitted = false;
  into.timestamps = false;
  into.tsVal = 0;
  into.tsEcr = 0;
  let option = nextTcpOption(view, at, end);
  while (option >= 0) {
    const length = tcpOptionLength(view, option);
    switch (tcpOptionKind(view, option)) {
      case TcpOption.MSS:
        if (length === 4) into.mss = mssOptionValue(view, option);
        break;
      case TcpOption.WINDOW_SCALE:
        // RFC 7323 §2.3: a larger count is taken as 14.
        if (length === 3) {
          into.windowScale = Math.min(windowScaleOptionValue(view, option), MAX_WINDOW_SCALE);
        }
        break;
      case TcpOption.SACK_PERMITTED:
        if (length === 2) into.sackPermitted = true;
        break;
      case TcpOption.TIMESTAMPS:
        if (length === 10) {
          into.timestamps = true;
          into.tsVal = timestampValue(view, option);
          into.tsEcr = timestampEcho(view, option);
        }
        break;
    }
    option = nextTcpOption(view, option + length, end);
  }
}

/**
 * Writes the options of our SYN or SYN,ACK at `at`; returns their octets, a
 * multiple of 4 and at most `MAX_SYN_OPTIONS_OCTETS`. Order and padding are
 * Linux's: MSS, SACK-permitted with timestamps, window scale.
 */
export function writeSynOptions(view: DataView, at: number, options: HandshakeOptions): number {
  let next = at;
  if (options.mss > 0) next = writeMssOption(view, next, options.mss);
  if (options.sackPermitted) {
    if (!options.timestamps) next = writeNop(view, writeNop(view, next));
    next = writeSackPermittedOption(view, next);
  } else if (options.timestamps) {
    next = writeNop(view, writeNop(view, next));
  }
  if (options.timestamps) next = writeTimestampsOption(view, next, options.tsVal, options.tsEcr);
  if (options.windowScale >= 0) {
    next = writeWindowScaleOption(view, writeNop(view, next), options.windowScale);
  }
  return next - at;
}

/** Largest shift count: windows then reach 2³⁰, within the 2³¹ that comparison allows (RFC 7323 §2.3). */
export const MAX_WINDOW_SCALE = 14;
/** MSS 4, SACK-permitted 2, timestamps 10, NOP and window scale 4. */
export const MAX_SYN_OPTIONS_OCTETS = 20;

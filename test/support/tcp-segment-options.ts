import { toSeq } from "../../src/base/seq.ts";
import {
  mssOptionValue,
  nextTcpOption,
  sackBlockCount,
  sackBlockLeft,
  sackBlockRight,
  TcpOption,
  tcpOptionKind,
  tcpOptionLength,
  timestampEcho,
  timestampValue,
  windowScaleOptionValue,
} from "../../src/wire/tcp-options.ts";

/** The options of a segment by name. Null says: not there. */
export interface OptionFields {
  readonly mss?: number | null;
  readonly windowScale?: number | null;
  readonly sackPermitted?: boolean;
  /** TSval and TSecr. */
  readonly timestamps?: readonly [value: number, echo: number] | null;
  /** Blocks, counted from the SYN of whose data they tell. */
  readonly sack?: readonly (readonly [left: number, right: number])[];
}

/** The options as octets, padded to a whole number of words. `origin` is added to the edges of SACK blocks. */
export function encodeOptions(fields: OptionFields, origin: number): Uint8Array {
  const octets: number[] = [];
  const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
  const { mss, windowScale, sackPermitted, timestamps, sack = [] } = fields;
  if (mss != null) octets.push(TcpOption.MSS, 4, mss >>> 8, mss & 0xff);
  if (sackPermitted) octets.push(TcpOption.SACK_PERMITTED, 2);
  if (timestamps != null) {
    octets.push(TcpOption.TIMESTAMPS, 10, ...word(timestamps[0]), ...word(timestamps[1]));
  }
  if (windowScale != null) octets.push(TcpOption.WINDOW_SCALE, 3, windowScale);
  if (sack.length > 0) {
    octets.push(TcpOption.SACK, 2 + 8 * sack.length);
    for (const edge of sack.flat()) octets.push(...word(toSeq(edge + origin)));
  }
  while (octets.length % 4 !== 0) octets.push(TcpOption.NOP);
  return Uint8Array.from(octets);
}

/** Reads the options at `[at, end)`. `origin` is taken from the edges of SACK blocks. */
export function decodeOptions(
  view: DataView,
  at: number,
  end: number,
  origin: number,
): Required<OptionFields> {
  let mss: number | null = null;
  let windowScale: number | null = null;
  let sackPermitted = false;
  let timestamps: [number, number] | null = null;
  let sack: [number, number][] = [];
  let option = nextTcpOption(view, at, end);
  while (option >= 0) {
    switch (tcpOptionKind(view, option)) {
      case TcpOption.MSS:
        mss = mssOptionValue(view, option);
        break;
      case TcpOption.WINDOW_SCALE:
        windowScale = windowScaleOptionValue(view, option);
        break;
      case TcpOption.SACK_PERMITTED:
        sackPermitted = true;
        break;
      case TcpOption.TIMESTAMPS:
        timestamps = [timestampValue(view, option), timestampEcho(view, option)];
        break;
      case TcpOption.SACK: {
        const block = option;
        sack = Array.from({ length: sackBlockCount(view, block) }, (_, i) => [
          (sackBlockLeft(view, block, i) - origin) | 0,
          (sackBlockRight(view, block, i) - origin) | 0,
        ]);
        break;
      }
    }
    option = nextTcpOption(view, option + tcpOptionLength(view, option), end);
  }
  return { mss, windowScale, sackPermitted, timestamps, sack };
}

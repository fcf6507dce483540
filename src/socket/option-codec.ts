import { Errno } from "../base/errno.ts";
import type { Linger, OptionFormat, OptionValue, TimeValue } from "./option-table.ts";

/**
 * Option values as octets, the way C programs hand them over (little-endian,
 * 64-bit `time_t`). For faces that speak of buffers and lengths.
 */

/** Reads a value; null when there are fewer octets than it takes (OPT-2). What is beyond is ignored. */
export function decodeOption(bytes: Uint8Array, format: OptionFormat): OptionValue | null {
  if (format === "text") return decodeText(bytes);
  if (bytes.length < LENGTHS[format]) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (format) {
    case "integer":
      return view.getInt32(0, true);
    case "linger":
      return { on: view.getInt32(0, true) !== 0, seconds: view.getInt32(4, true) };
    case "time":
      return {
        seconds: Number(view.getBigInt64(0, true)),
        microseconds: Number(view.getBigInt64(8, true)),
      };
    case "info":
      return null;
  }
}

/**
 * Writes a value, cut off where `into` ends, and returns how many octets were
 * written (OPT-2). −EOPNOTSUPP for a record that has no such form here.
 */
export function encodeOption(value: OptionValue, format: OptionFormat, into: Uint8Array): number {
  const octets = encode(value, format);
  if (octets === null) return -Errno.EOPNOTSUPP;
  const length = Math.min(octets.length, into.length);
  into.set(octets.subarray(0, length));
  return length;
}

const LENGTHS = { integer: 4, linger: 8, time: 16, info: Number.POSITIVE_INFINITY } as const;

function encode(value: OptionValue, format: OptionFormat): Uint8Array | null {
  if (format === "text") {
    return Uint8Array.from([...(value as string), "\0"], (char) => char.charCodeAt(0));
  }
  if (format === "info") return null;
  const octets = new Uint8Array(LENGTHS[format]);
  const view = new DataView(octets.buffer);
  if (format === "integer") view.setInt32(0, value as number, true);
  else if (format === "linger") {
    view.setInt32(0, Number((value as Linger).on), true);
    view.setInt32(4, (value as Linger).seconds, true);
  } else {
    view.setBigInt64(0, BigInt((value as TimeValue).seconds), true);
    view.setBigInt64(8, BigInt((value as TimeValue).microseconds), true);
  }
  return octets;
}

/** Up to the first NUL. Names of devices and algorithms are ASCII. */
function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

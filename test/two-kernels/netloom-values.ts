/** Between the octets of C programs and the values of the promise face. */
import type { Linger, OptionValue, SocketAddress, TimeValue } from "../../src/index.ts";
import { decodeName, encodeName, lengthOfName, viewOf } from "./linux-layout.ts";
import { type Name, NotThereYet } from "./sys.ts";

/** A name as the promise face takes it; octets only when they are one without fault. */
export function decodeNamed(name: Name): SocketAddress {
  if ("path" in name) throw new NotThereYet("AF_UNIX");
  if (!("octets" in name)) return name;
  const decoded = decodeName(name.octets);
  if (decoded === null || "path" in decoded) throw new NotThereYet("names as octets");
  const isWhole = encodeName(decoded).length === name.octets.length;
  if (!isWhole || lengthOfName(name) !== name.octets.length) {
    throw new NotThereYet("names as octets");
  }
  return decoded;
}

/** The octets of an option's value as Linux lays them out. */
export function encodeValue(value: OptionValue): Uint8Array {
  if (typeof value === "string") return new TextEncoder().encode(`${value}\0`);
  if (typeof value === "number") return words(value);
  if ("microseconds" in value) return timeValue(value as TimeValue);
  if ("on" in value) return words(Number((value as Linger).on), (value as Linger).seconds);
  throw new NotThereYet("structures as octets");
}

function words(...values: number[]): Uint8Array {
  const octets = new Uint8Array(4 * values.length);
  for (const [index, value] of values.entries()) viewOf(octets).setInt32(4 * index, value, true);
  return octets;
}

function timeValue({ seconds, microseconds }: TimeValue): Uint8Array {
  const octets = new Uint8Array(16);
  viewOf(octets).setBigInt64(0, BigInt(seconds), true);
  viewOf(octets).setBigInt64(8, BigInt(microseconds), true);
  return octets;
}

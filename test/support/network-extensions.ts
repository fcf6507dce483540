/** IPv6 packets with extension headers, and the Parameter Problems that answer them. */
import { MacAddress } from "../../src/base/mac-address.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { type Ends, icmpMessage, ipFrame } from "./frame-builders.ts";
import { V6, type WireHost } from "./network-host.ts";

export const ALL_NODES_MAC: MacAddress = new MacAddress(0x3333, 1);

/** One extension header: `body` follows the two octets of next header and length. */
export function ext(next: number, body: readonly number[]): Uint8Array {
  const octets = new Uint8Array((body.length + 2 + 7) & ~7);
  octets.set([next, octets.length / 8 - 1, ...body]);
  return octets;
}

/** A packet with a chain of extension headers: their types and bodies. A fragment's body begins at its reserved octet. */
export function packetOf(
  chain: readonly (readonly [number, readonly number[]])[],
  protocol: number,
  payload: Uint8Array,
  ends: Ends = V6.inward,
): Uint8Array {
  const headers = chain.map(([type, body], index) => {
    const next = chain[index + 1]?.[0] ?? protocol;
    return type === IpProtocol.FRAGMENT ? Uint8Array.of(next, ...body) : ext(next, body);
  });
  const octets = Uint8Array.from([...headers, payload].flatMap((part) => [...part]));
  return ipFrame(ends, chain[0]?.[0] ?? protocol, octets);
}

/** An echo request behind extension headers. */
export function hopByHop(
  ends: Ends,
  chain: readonly (readonly [number, readonly number[]])[],
): Uint8Array {
  return packetOf(chain, IpProtocol.ICMPV6, icmpMessage(ends, 128, 0, {}), ends);
}

/** The one ICMPv6 error that the host sent; null when it sent none or something else. */
export function problem(host: WireHost): { type: number; code: number; pointer: number } | null {
  const [frame, ...others] = host.frames();
  if (frame === undefined || others.length > 0) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return { type: view.getUint8(54), code: view.getUint8(55), pointer: view.getUint32(58) };
}

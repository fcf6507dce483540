/** What neighbours ask and answer, in ARP or Neighbor Discovery by the family. */
import { MacAddress } from "../../src/base/mac-address.ts";
import { NdFlag } from "../../src/wire/ndp.ts";
import { arpFrame } from "./frame-builders.ts";
import { neighborAdvertisement, neighborSolicitation } from "./nd-builders.ts";
import { type Family, OUR_MAC, PEER_MAC } from "./network-host.ts";

/** The peer asks for our link address. */
export function question(family: Family, mac: MacAddress = PEER_MAC): Uint8Array {
  const { ours, peer } = family;
  if (family.isV6) {
    const ends = { sourceMac: mac, destinationMac: OUR_MAC, source: peer, destination: ours };
    return neighborSolicitation(ends, ours, mac);
  }
  const fields = { operation: 1, senderMac: mac, senderIp: peer };
  return arpFrame(MacAddress.BROADCAST, { ...fields, targetMac: MacAddress.ZERO, targetIp: ours });
}

/** The peer answers our question. */
export function answer(family: Family, mac: MacAddress = PEER_MAC): Uint8Array {
  const { ours, peer } = family;
  if (family.isV6) {
    const ends = { sourceMac: mac, destinationMac: OUR_MAC, source: peer, destination: ours };
    return neighborAdvertisement(ends, peer, mac, NdFlag.SOLICITED | NdFlag.OVERRIDE);
  }
  const fields = { operation: 2, senderMac: mac, senderIp: peer };
  return arpFrame(OUR_MAC, { ...fields, targetMac: OUR_MAC, targetIp: ours });
}

/** Whether the frame is an ARP request or a neighbour solicitation. */
export function isQuestion(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) === 0x0806) return view.getUint16(20) === 1;
  return view.getUint16(12) === 0x86dd && view.getUint8(20) === 58 && view.getUint8(54) === 135;
}

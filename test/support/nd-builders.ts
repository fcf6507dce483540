/** Neighbor Discovery messages in their frames, as a neighbour or a router would send them. */
import type { IpAddress } from "../../src/base/ip-address.ts";
import type { MacAddress } from "../../src/base/mac-address.ts";
import { Icmpv6Type } from "../../src/wire/icmp.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { NdOption, writeNdLinkAddress } from "../../src/wire/ndp.ts";
import { type Ends, icmpMessage, ipFrame } from "./frame-builders.ts";

const ND_HOP_LIMIT = 255;

/** "Who has `target`?" `sourceMac` goes into the source link-layer address option; null leaves it out. */
export function neighborSolicitation(
  ends: Ends,
  target: IpAddress,
  sourceMac: MacAddress | null,
): Uint8Array {
  const body = joined(v6Octets(target), linkOption(NdOption.SOURCE_LINK_ADDRESS, sourceMac));
  return ndFrame(ends, Icmpv6Type.NEIGHBOR_SOLICITATION, 0, body);
}

/** "I have." `flags` are `NdFlag` bits. */
export function neighborAdvertisement(
  ends: Ends,
  target: IpAddress,
  targetMac: MacAddress | null,
  flags: number,
): Uint8Array {
  const body = joined(v6Octets(target), linkOption(NdOption.TARGET_LINK_ADDRESS, targetMac));
  return ndFrame(ends, Icmpv6Type.NEIGHBOR_ADVERTISEMENT, (flags << 24) >>> 0, body);
}

/** A router of hop limit 64 and lifetime 1800 s that announces an MTU of 1500 and the prefix `prefix`/64. */
export function routerAdvertisement(ends: Ends, prefix: IpAddress): Uint8Array {
  const times = Uint8Array.of(0, 0, 0x75, 0x30, 0, 0, 3, 0xe8); // 30 s reachable, 1 s retransmit
  const mtu = Uint8Array.of(NdOption.MTU, 1, 0, 0, 0, 0, 0x05, 0xdc);
  const information = new Uint8Array(16);
  information.set([NdOption.PREFIX_INFORMATION, 4, 64, 0xc0, 0, 1, 0x51, 0x80, 0, 0, 0x38, 0x40]);
  const body = joined(
    times,
    linkOption(NdOption.SOURCE_LINK_ADDRESS, ends.sourceMac),
    mtu,
    information,
    v6Octets(prefix),
  );
  return ndFrame(ends, Icmpv6Type.ROUTER_ADVERTISEMENT, (64 << 24) | 1800, body);
}

/** "`destination` is better reached through `target`"; `quote` is the packet that asked for it. */
export function redirect(
  ends: Ends,
  target: IpAddress,
  destination: IpAddress,
  quote: Uint8Array,
): Uint8Array {
  const cut = quote.subarray(0, quote.length & ~7);
  const head = Uint8Array.of(NdOption.REDIRECTED_HEADER, 1 + cut.length / 8, 0, 0, 0, 0, 0, 0);
  const body = joined(v6Octets(target), v6Octets(destination), head, cut);
  return ndFrame(ends, Icmpv6Type.REDIRECT, 0, body);
}

function ndFrame(ends: Ends, type: number, word: number, body: Uint8Array): Uint8Array {
  const message = icmpMessage(ends, type, 0, { word, body });
  return ipFrame(ends, IpProtocol.ICMPV6, message, { hopLimit: ND_HOP_LIMIT });
}

function linkOption(type: number, mac: MacAddress | null): Uint8Array {
  if (mac === null) return new Uint8Array();
  const octets = new Uint8Array(8);
  writeNdLinkAddress(new DataView(octets.buffer), 0, type, mac);
  return octets;
}

function v6Octets(address: IpAddress): Uint8Array {
  const octets = new Uint8Array(16);
  address.writeV6(new DataView(octets.buffer), 0);
  return octets;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { HOST_4, HOST_MAC, TCP_PORT, UDP_PORT } from "./corpus.ts";
import type { Specimen } from "./specimen.ts";

/** Whether the address with these words is the host's. Routers may have given it some. */
export type Ownership = (a: number, b: number, c: number, d: number) => boolean;

/**
 * A second opinion on frames, written from the RFCs and knowing nothing of the stack: what must
 * never be taken, and what must never be sent. It names the fault, or says null; null for an
 * arriving frame only means that a host may take it.
 */
export function faultOfArrival(specimen: Specimen, owns: Ownership): string | null {
  const { view, length } = specimen;
  specimen.survey();
  if (length < ETHERNET) return "runt";
  const isGroup = (view.getUint8(0) & 1) !== 0;
  if (!isGroup && !isHostMac(view, 0)) return "for another card";
  const type = view.getUint16(12);
  if (type === ARP) return faultOfArp(specimen);
  if (type !== IPV4 && type !== IPV6) return "unknown type";
  return (
    faultOfIp(specimen, type) ?? faultOfAddresses(view, type, owns) ?? faultOfTransport(specimen)
  );
}

/** What is wrong with a frame that the host sends. */
export function faultOfDeparture(specimen: Specimen, owns: Ownership): string | null {
  const { view, length } = specimen;
  specimen.survey();
  if (length < ETHERNET || length > ETHERNET + MTU) return `${length} octets`;
  if (!isHostMac(view, 6)) return "from another card";
  const type = view.getUint16(12);
  if (type === ARP) return faultOfArp(specimen);
  if (type !== IPV4 && type !== IPV6) return "unknown type";
  const fault = faultOfIp(specimen, type) ?? faultOfTransport(specimen);
  if (fault !== null) return fault;
  if (view.getUint8(type === IPV4 ? NET + 8 : NET + 7) === 0) return "hop limit 0";
  if (type === IPV4 && view.getInt32(NET + 12) !== HOST_4.d) return "from another address";
  if (type === IPV6 && !isOwnV6(view, NET + 8, owns)) return "from another address";
  const { protocol, isFragment } = specimen.layout;
  return protocol === TCP && !isFragment ? faultOfFlags(specimen) : null;
}

const ETHERNET = 14;
const NET = ETHERNET;
const MTU = 1500;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ARP = 0x0806;
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

function isHostMac(view: DataView, at: number): boolean {
  return view.getUint16(at) === HOST_MAC.high && view.getInt32(at + 2) === HOST_MAC.low;
}

function faultOfArp({ view, length }: Specimen): string | null {
  if (length < NET + 28) return "ARP cut short";
  const isEthernetIp = view.getUint32(NET) === 0x00010800 && view.getUint16(NET + 4) === 0x0604;
  return isEthernetIp ? null : "ARP of another kind";
}

/** The IP header, its lengths and its checksum. */
function faultOfIp(specimen: Specimen, type: number): string | null {
  const { view, length, layout } = specimen;
  if (layout.version === 0) return "IP header cut short, or of another version";
  if (type === IPV6) {
    return ETHERNET + 40 + view.getUint16(NET + 4) > length ? "packet cut short" : null;
  }
  const headerLength = layout.transportAt - NET;
  const total = view.getUint16(NET + 2);
  if (headerLength < 20 || headerLength > total) return "header length";
  if (NET + total > length) return "packet cut short";
  return specimen.sum(NET, layout.transportAt, 0) === 0 ? null : "header checksum";
}

function faultOfAddresses(view: DataView, type: number, owns: Ownership): string | null {
  return type === IPV4 ? faultOfV4Addresses(view) : faultOfV6Addresses(view, owns);
}

function faultOfV4Addresses(view: DataView): string | null {
  const source = view.getUint32(NET + 12);
  const first = source >>> 24;
  if (first === 127 || first >= 224) return "source address";
  const destination = view.getInt32(NET + 16);
  return V4_TAKEN.has(destination) ? null : "for another address";
}

/** Own, the subnet's two broadcasts, the two limited ones (RFC 1122 §3.3.6), all hosts. */
const V4_TAKEN: ReadonlySet<number> = new Set([
  0,
  HOST_4.d,
  0x0a4d00ff,
  0x0a4d0000,
  -1,
  0xe0000001 | 0,
]);

function faultOfV6Addresses(view: DataView, owns: Ownership): string | null {
  if (view.getUint8(NET + 8) === 0xff) return "source address";
  for (const at of [NET + 8, NET + 24]) {
    const isLow = view.getInt32(at) === 0 && view.getInt32(at + 4) === 0;
    if (isLow && view.getInt32(at + 8) === 0xffff) return "v4-mapped address";
    if (isLow && view.getInt32(at + 8) === 0 && view.getInt32(at + 12) === 1)
      return "loopback address";
  }
  const isGroup = view.getUint8(NET + 24) === 0xff;
  return isGroup || isOwnV6(view, NET + 24, owns) ? null : "for another address";
}

/** An address of the host, or the unspecified one, from which addresses are probed. */
function isOwnV6(view: DataView, at: number, owns: Ownership): boolean {
  const [a, b] = [view.getInt32(at), view.getInt32(at + 4)];
  const [c, d] = [view.getInt32(at + 8), view.getInt32(at + 12)];
  return (a | b | c | d) === 0 || owns(a, b, c, d);
}

/** Length and checksum of what lies behind the IP headers, if it is whole. */
function faultOfTransport(specimen: Specimen): string | null {
  const { view, layout } = specimen;
  const { protocol, transportAt: at, packetEnd: end, isFragment, version } = layout;
  if (isFragment) return null;
  const octets = end - at;
  switch (protocol) {
    case ICMP:
      // ICMP of one family inside the other is an unknown protocol.
      if (version === 6) return "ICMP in IPv6";
      if (octets < 8) return "ICMP cut short";
      return specimen.isTransportSumRight(octets) ? null : "ICMP checksum";
    case ICMPV6:
      if (version === 4) return "ICMPv6 in IPv4";
      if (octets < 8) return "ICMPv6 cut short";
      return specimen.isTransportSumRight(octets) ? null : "ICMPv6 checksum";
    case TCP: {
      if (octets < 20) return "TCP cut short";
      const headerLength = (view.getUint8(at + 12) >>> 4) << 2;
      if (headerLength < 20 || headerLength > octets) return "TCP header length";
      return specimen.isTransportSumRight(octets) ? null : "TCP checksum";
    }
    case UDP:
      return faultOfUdp(specimen, octets);
    default:
      return "unknown protocol";
  }
}

function faultOfUdp(specimen: Specimen, octets: number): string | null {
  const { view, layout } = specimen;
  const at = layout.transportAt;
  if (octets < 8) return "UDP cut short";
  const length = view.getUint16(at + 4);
  if (length < 8 || length > octets) return "UDP length";
  if (view.getUint16(at + 6) === 0) return layout.version === 6 ? "UDP without checksum" : null;
  return specimen.isTransportSumRight(length) ? null : "UDP checksum";
}

/** Flags that no segment of ours may have together. */
function faultOfFlags({ view, layout }: Specimen): string | null {
  const flags = view.getUint8(layout.transportAt + 13);
  const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];
  if ((flags & SYN) !== 0 && (flags & (FIN | RST)) !== 0) return "SYN with FIN or RST";
  if ((flags & (SYN | RST | ACK)) === 0) return "neither SYN, RST nor ACK";
  return null;
}

/** Whether a frame that has no fault goes to a port on which nobody can be: it must count as dropped. */
export function isToNobody({ view, layout }: Specimen): boolean {
  const { protocol, transportAt, isFragment } = layout;
  if (isFragment || (protocol !== UDP && protocol !== TCP)) return false;
  const port = view.getUint16(transportAt + 2);
  return port !== TCP_PORT && port !== UDP_PORT && port < FIRST_EPHEMERAL;
}

const FIRST_EPHEMERAL = 32_768;

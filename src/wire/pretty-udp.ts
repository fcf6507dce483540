import {
  type Datagram,
  datagramPseudoSum,
  expectedChecksum,
  formatPorts,
  hex16,
  isVerifiable,
} from "./pretty-datagram.ts";
import {
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_LENGTH,
  udpChecksum,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from "./udp.ts";

/** A UDP datagram in tcpdump's notation, from the addresses on. */
export function formatUdp(datagram: Datagram, verbose: number): string {
  const { view, at, end } = datagram;
  if (end - at < UDP_PORTS_LENGTH) return "[|udp]";
  const ports = formatPorts(datagram, udpSourcePort(view, at), udpDestinationPort(view, at));
  if (datagram.length < UDP_HEADER_LENGTH) return `${ports}truncated-udp ${datagram.length}`;
  if (end - at < UDP_HEADER_LENGTH) return `${ports} [|udp]`;
  const claimed = udpLength(view, at) - UDP_HEADER_LENGTH;
  if (claimed < 0) return `${ports}truncated-udplength ${claimed + UDP_HEADER_LENGTH}`;
  const room = datagram.length - UDP_HEADER_LENGTH;
  if (claimed > room && !datagram.fragmented) {
    return `${ports}UDP, bad length ${claimed} > ${room}`;
  }
  return `${ports}${formatChecksum(datagram, verbose)}UDP, length ${claimed}`;
}

/** Octets of a header that hold the ports. */
const UDP_PORTS_LENGTH = 4;

/** IPv6 needs the checksum, so it is shown with one `-v`; IPv4's with two. */
function formatChecksum(datagram: Datagram, verbose: number): string {
  if (verbose < (datagram.source.isV4 ? 2 : 1) || !isVerifiable(datagram)) return "";
  const { view, at, end } = datagram;
  const found = udpChecksum(view, at);
  if (found === 0) return "[no cksum] ";
  const right = expectedChecksum(
    view,
    { at, end },
    at + UDP_CHECKSUM_OFFSET,
    datagramPseudoSum(datagram),
  );
  // A computed 0 is sent as all ones (RFC 768).
  if (found === right || (right === 0 && found === 0xffff)) return "[udp sum ok] ";
  return `[bad udp cksum ${hex16(found)} -> ${hex16(right)}!] `;
}

import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  ethernetDestination,
  ethernetSource,
  ethernetType,
  isEthernetFrame,
} from "./ethernet.ts";
import { ipVersion } from "./ipv4.ts";
import { formatArp } from "./pretty-arp.ts";
import type { PrettyStyle } from "./pretty-datagram.ts";
import { IpFormatter } from "./pretty-ip.ts";
import { SequenceBases } from "./pretty-sequence.ts";

export type { PrettyStyle } from "./pretty-datagram.ts";

/**
 * Tells packets in tcpdump's notation, numbers for names (`tcpdump -n`):
 *
 *     IP 10.77.0.1.39870 > 10.77.0.2.80: Flags [P.], seq 1:75, ack 1, win 502, length 74
 *
 * For people, tests and traces; nothing in the stack's own path uses it. It
 * takes any octets, however malformed, and never throws. It remembers where
 * each TCP conversation began, so use one formatter for one capture.
 */
export class FrameFormatter {
  readonly #style: PrettyStyle;
  readonly #ip: IpFormatter;

  constructor(style: Partial<PrettyStyle> = {}) {
    this.#style = { verbose: 0, absoluteSequence: false, linkHeader: false, ...style };
    this.#ip = new IpFormatter(this.#style, new SequenceBases());
  }

  /** The frame in `[at, end)`, without time stamp. Verbose text runs over several lines. */
  format(view: DataView, at: number, end: number, medium: "ethernet" | "ip"): string {
    if (medium === "ip") return this.#formatIp(view, at, end);
    if (!isEthernetFrame(view, at, end)) return "[|ether]";
    const payloadAt = at + ETHERNET_HEADER_LENGTH;
    const type = ethernetType(view, at);
    const header = formatEthernet(view, at, end);
    switch (type) {
      case EtherType.IPV4:
        return this.#start(header, "IP ") + this.#ip.format(view, payloadAt, end);
      case EtherType.IPV6:
        return this.#start(header, "IP6 ") + this.#ip.format(view, payloadAt, end);
      case EtherType.ARP:
        return this.#start(header, "ARP, ") + formatArp(view, payloadAt, end, this.#style.verbose);
      default:
        return header;
    }
  }

  /** The link-layer header names the protocol already, so the two do not stand together. */
  #start(header: string, protocol: string): string {
    return this.#style.linkHeader ? header : protocol;
  }

  #formatIp(view: DataView, at: number, end: number): string {
    const isV6 = at < end && ipVersion(view, at) === 6;
    const header = "ip: ";
    return this.#start(header, isV6 ? "IP6 " : "IP ") + this.#ip.format(view, at, end);
  }
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [EtherType.IPV4, "IPv4"],
  [EtherType.IPV6, "IPv6"],
  [EtherType.ARP, "ARP"],
  [EtherType.VLAN, "802.1Q"],
  [EtherType.QINQ, "802.1Q-QinQ"],
]);

function formatEthernet(view: DataView, at: number, end: number): string {
  const type = ethernetType(view, at);
  const name = TYPE_NAMES.get(type) ?? "Unknown";
  const hex = type.toString(16).padStart(4, "0");
  const macs = `${ethernetSource(view, at)} > ${ethernetDestination(view, at)}`;
  return `${macs}, ethertype ${name} (0x${hex}), length ${end - at}: `;
}

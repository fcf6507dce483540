import { Icmpv4Type, Icmpv6Type } from "../wire/icmp.ts";

/** An ICMP error, as far as its text depends on it. */
export interface ErrorKind {
  readonly isV6: boolean;
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU, or 0. */
  readonly mtu: number;
}

const UNREACHABLE_V4: readonly string[] = [
  "Destination Net Unreachable",
  "Destination Host Unreachable",
  "Destination Protocol Unreachable",
  "Destination Port Unreachable",
  "Frag needed and DF set",
  "Source Route Failed",
  "Destination Net Unknown",
  "Destination Host Unknown",
  "Source Host Isolated",
  "Destination Net Prohibited",
  "Destination Host Prohibited",
  "Destination Net Unreachable for Type of Service",
  "Destination Host Unreachable for Type of Service",
  "Packet filtered",
  "Precedence Violation",
  "Precedence Cutoff",
];

const UNREACHABLE_V6: readonly string[] = [
  "No route",
  "Administratively prohibited",
  "Beyond scope of source address",
  "Address unreachable",
  "Port unreachable",
];

/** An ICMP error in ping's words: `Destination Host Unreachable`. */
export function describeIcmpError(error: ErrorKind): string {
  return error.isV6 ? describeV6(error) : describeV4(error);
}

function describeV4({ type, code, mtu }: ErrorKind): string {
  switch (type) {
    case Icmpv4Type.DESTINATION_UNREACHABLE: {
      const text = UNREACHABLE_V4[code] ?? `Dest Unreachable, Bad Code: ${code}`;
      return mtu > 0 ? `${text} (mtu = ${mtu})` : text;
    }
    case Icmpv4Type.SOURCE_QUENCH:
      return "Source Quench";
    case Icmpv4Type.TIME_EXCEEDED:
      return code === 0 ? "Time to live exceeded" : "Frag reassembly time exceeded";
    case Icmpv4Type.PARAMETER_PROBLEM:
      return "Parameter problem";
    default:
      return `Bad ICMP type: ${type}`;
  }
}

function describeV6({ type, code, mtu }: ErrorKind): string {
  switch (type) {
    case Icmpv6Type.DESTINATION_UNREACHABLE:
      return `Destination unreachable: ${UNREACHABLE_V6[code] ?? `Unknown code ${code}`}`;
    case Icmpv6Type.PACKET_TOO_BIG:
      return `Packet too big: mtu=${mtu}`;
    case Icmpv6Type.TIME_EXCEEDED:
      return `Time exceeded: ${code === 0 ? "Hop limit" : "Defragmentation failure"}`;
    case Icmpv6Type.PARAMETER_PROBLEM:
      return `Parameter problem: code ${code}`;
    default:
      return `Unknown icmp type: ${type}`;
  }
}

/** What has come back so far. */
export class PingStatistics {
  sent = 0;
  received = 0;
  duplicates = 0;
  errors = 0;
  #least = Infinity;
  #most = 0;
  #sum = 0;
  #sumOfSquares = 0;

  /** Longest round trip, in milliseconds; 0 before the first. */
  get longest(): number {
    return this.#most;
  }

  addReply(ms: number): void {
    this.received++;
    this.#least = Math.min(this.#least, ms);
    this.#most = Math.max(this.#most, ms);
    this.#sum += ms;
    this.#sumOfSquares += ms * ms;
  }

  /** The closing lines. */
  summary(target: string, elapsedMs: number): string {
    const loss = this.sent === 0 ? 0 : ((this.sent - this.received) * 100) / this.sent;
    const parts = [
      `${this.sent} packets transmitted`,
      `${this.received} received`,
      ...(this.duplicates > 0 ? [`+${this.duplicates} duplicates`] : []),
      ...(this.errors > 0 ? [`+${this.errors} errors`] : []),
      // As many digits as tell something: `33.3333%`, `0%`.
      `${Number(loss.toPrecision(6))}% packet loss`,
      `time ${Math.round(elapsedMs)}ms`,
    ];
    const lines = ["", `--- ${target} ping statistics ---`, parts.join(", ")];
    if (this.received > 0) lines.push(this.#times());
    return `${lines.join("\n")}\n`;
  }

  #times(): string {
    const mean = this.#sum / this.received;
    const variance = Math.max(0, this.#sumOfSquares / this.received - mean * mean);
    const numbers = [this.#least, mean, this.#most, Math.sqrt(variance)];
    return `rtt min/avg/max/mdev = ${numbers.map((ms) => ms.toFixed(3)).join("/")} ms`;
  }
}

/** A round trip with ping's three significant digits: `0.045`, `1.23`, `12.3`, `123`. */
export function formatTrip(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  if (ms >= 10) return ms.toFixed(1);
  return ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}

import { IpAddress } from "../base/ip-address.ts";
import { IpPrefix } from "../base/ip-prefix.ts";
import { MacAddress } from "../base/mac-address.ts";
import { EtherType } from "../wire/ethernet.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { CommandError } from "./command-error.ts";
import type { PacketSummary } from "./packet-summary.ts";

/** Whether a frame is wanted. */
export type PacketFilter = (packet: PacketSummary) => boolean;

/**
 * Compiles the part of pcap-filter(7) that everyday use needs:
 *
 *     [ip|ip6|arp|tcp|udp|…] [src|dst] host|net|port|portrange VALUE
 *     ip ip6 arp tcp udp icmp icmp6 igmp  broadcast multicast  less N  greater N  ether host MAC
 *     joined by and, or, not (&&, ||, !) and parentheses
 *
 * `and` and `or` bind equally and from the left, as there. A value alone
 * repeats the words before the last one: `port 80 or 443`. Empty text wants
 * every frame.
 *
 * @throws CommandError naming the word that was not understood.
 */
export function compileFilter(text: string): PacketFilter {
  const parser = new FilterParser(text);
  return parser.parse();
}

const PROTOCOLS: ReadonlyMap<string, PacketFilter> = new Map<string, PacketFilter>([
  ["ip", (packet) => packet.etherType === EtherType.IPV4],
  ["ip6", (packet) => packet.etherType === EtherType.IPV6],
  ["arp", (packet) => packet.etherType === EtherType.ARP],
  ["tcp", (packet) => packet.protocol === IpProtocol.TCP],
  ["udp", (packet) => packet.protocol === IpProtocol.UDP],
  ["sctp", (packet) => packet.protocol === IpProtocol.SCTP],
  ["icmp", (packet) => isIp(packet, EtherType.IPV4, IpProtocol.ICMP)],
  ["icmp6", (packet) => isIp(packet, EtherType.IPV6, IpProtocol.ICMPV6)],
  ["igmp", (packet) => isIp(packet, EtherType.IPV4, IpProtocol.IGMP)],
]);

const ALONE: ReadonlyMap<string, PacketFilter> = new Map<string, PacketFilter>([
  ["broadcast", (packet) => packet.destinationMac?.isBroadcast ?? false],
  ["multicast", (packet) => packet.destinationMac?.isMulticast ?? false],
]);

const KINDS: ReadonlySet<string> = new Set(["host", "net", "port", "portrange"]);
const OPERATORS: ReadonlySet<string> = new Set(["and", "or", "not", "&&", "||", "!", "(", ")"]);

function isIp(packet: PacketSummary, etherType: number, protocol: number): boolean {
  return packet.etherType === etherType && packet.protocol === protocol;
}

/** The words in front of a value, kept for the next value that has none. */
interface Qualifiers {
  readonly protocol: string | null;
  readonly direction: "src" | "dst" | null;
  readonly kind: string;
}

class FilterParser {
  readonly #words: string[];
  #at = 0;
  #last: Qualifiers | null = null;

  constructor(text: string) {
    this.#words = text.match(/[()]|!|&&|\|\||[^\s()!&|]+/g) ?? [];
  }

  parse(): PacketFilter {
    if (this.#words.length === 0) return () => true;
    const filter = this.#parseExpression();
    if (this.#at < this.#words.length) throw this.#unexpected();
    return filter;
  }

  #parseExpression(): PacketFilter {
    let left = this.#parseFactor();
    for (;;) {
      const operator = this.#peek();
      if (operator !== "and" && operator !== "&&" && operator !== "or" && operator !== "||") {
        return left;
      }
      this.#at++;
      left =
        operator === "and" || operator === "&&"
          ? both(left, this.#parseFactor())
          : either(left, this.#parseFactor());
    }
  }

  #parseFactor(): PacketFilter {
    const word = this.#peek();
    if (word === "not" || word === "!") {
      this.#at++;
      const inner = this.#parseFactor();
      return (packet) => !inner(packet);
    }
    if (word !== "(") return this.#parsePrimitive();
    this.#at++;
    const inner = this.#parseExpression();
    if (this.#peek() !== ")") throw this.#unexpected(`a ")"`);
    this.#at++;
    return inner;
  }

  #parsePrimitive(): PacketFilter {
    const word = this.#peek();
    if (word === undefined) throw this.#unexpected("a condition");
    const alone = ALONE.get(word);
    if (alone !== undefined) {
      this.#at++;
      return alone;
    }
    if (word === "less" || word === "greater") return this.#parseLength(word);
    if (word === "ether") return this.#parseEther();
    return this.#parseQualified();
  }

  #parseQualified(): PacketFilter {
    const protocol = this.#takeIf((word) => PROTOCOLS.has(word));
    const direction = this.#takeIf((word) => word === "src" || word === "dst");
    const kind = this.#takeIf((word) => KINDS.has(word));
    if (protocol !== null && direction === null && kind === null) {
      return protocolFilter(protocol);
    }
    const next = this.#peek();
    if (next === undefined || OPERATORS.has(next)) throw this.#unexpected("a value");
    if (protocol === null && direction === null && kind === null) {
      if (this.#last === null && !isValue(next)) throw this.#unexpected();
      this.#last ??= { protocol: null, direction: null, kind: "host" };
    } else {
      this.#last = { protocol, direction: direction as "src" | "dst" | null, kind: kind ?? "host" };
    }
    this.#at++;
    return valueFilter(this.#last, next);
  }

  #parseLength(word: "less" | "greater"): PacketFilter {
    this.#at++;
    const octets = Number(this.#take("a number of octets"));
    if (!Number.isInteger(octets)) throw this.#unexpected("a number of octets");
    return word === "less"
      ? (packet) => packet.length <= octets
      : (packet) => packet.length >= octets;
  }

  #parseEther(): PacketFilter {
    this.#at++;
    const direction = this.#takeIf((word) => word === "src" || word === "dst");
    this.#takeIf((word) => word === "host");
    const text = this.#take("a MAC address");
    const mac = MacAddress.parse(text);
    if (mac === null) throw new CommandError(`filter: ${text} is not a MAC address`);
    return (packet) =>
      (direction !== "dst" && (packet.sourceMac?.equals(mac) ?? false)) ||
      (direction !== "src" && (packet.destinationMac?.equals(mac) ?? false));
  }

  #peek(): string | undefined {
    return this.#words[this.#at];
  }

  #take(wanted: string): string {
    const word = this.#peek();
    if (word === undefined) throw this.#unexpected(wanted);
    this.#at++;
    return word;
  }

  #takeIf(fits: (word: string) => boolean): string | null {
    const word = this.#peek();
    if (word === undefined || !fits(word)) return null;
    this.#at++;
    return word;
  }

  #unexpected(wanted = "tcp, udp, host ADDRESS, port NUMBER, and, or, not …"): CommandError {
    const word = this.#peek();
    const found = word === undefined ? "ends too early" : `does not understand "${word}"`;
    return new CommandError(`the filter ${found}; expected ${wanted}`);
  }
}

function both(left: PacketFilter, right: PacketFilter): PacketFilter {
  return (packet) => left(packet) && right(packet);
}

function either(left: PacketFilter, right: PacketFilter): PacketFilter {
  return (packet) => left(packet) || right(packet);
}

function protocolFilter(name: string): PacketFilter {
  return PROTOCOLS.get(name) ?? (() => false);
}

function isValue(word: string): boolean {
  return IpAddress.parse(word) !== null;
}

function valueFilter(qualifiers: Qualifiers, value: string): PacketFilter {
  const { protocol, direction, kind } = qualifiers;
  const [source, destination] = endFilters(kind, value);
  const ends: PacketFilter =
    direction === "src" ? source : direction === "dst" ? destination : either(source, destination);
  return protocol === null ? ends : both(protocolFilter(protocol), ends);
}

/** The condition on a frame's source, and the same on its destination. */
function endFilters(kind: string, value: string): [PacketFilter, PacketFilter] {
  if (kind === "port" || kind === "portrange") {
    const [low, high] = parsePorts(kind, value);
    const fits = (port: number): boolean => port >= low && port <= high;
    return [(packet) => fits(packet.sourcePort), (packet) => fits(packet.destinationPort)];
  }
  const prefix = kind === "net" ? parseNet(value) : parseHost(value);
  const fits = (address: IpAddress | null): boolean => address !== null && prefix.contains(address);
  return [(packet) => fits(packet.source), (packet) => fits(packet.destination)];
}

function parsePorts(kind: string, value: string): [number, number] {
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(value);
  const low = Number(match?.[1] ?? -1);
  const high = Number(match?.[2] ?? low);
  const isRange = match?.[2] !== undefined;
  if (low < 0 || high > 65_535 || low > high || isRange !== (kind === "portrange")) {
    const right = kind === "port" ? "a number from 0 to 65535" : "two numbers such as 8000-8080";
    throw new CommandError(`filter: ${kind} ${value} should be ${right}`);
  }
  return [low, high];
}

function parseHost(value: string): IpPrefix {
  const address = IpAddress.parse(value);
  if (address !== null) return new IpPrefix(address, 128);
  throw new CommandError(`filter: ${value} is not an IP address, such as 10.77.0.1`);
}

function parseNet(value: string): IpPrefix {
  const prefix = value.includes("/") ? IpPrefix.parse(value) : IpPrefix.parse(`${value}/32`);
  if (prefix !== null) return prefix;
  throw new CommandError(`filter: ${value} is not a network, such as 10.77.0.0/24`);
}

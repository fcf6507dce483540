import { IpAddress } from "./ip-address.ts";

/**
 * A network: an address and how many of its leading bits count. Lengths are
 * those of the 128-bit form inside the core; `toString` gives the family's own.
 */
export class IpPrefix {
  readonly address: IpAddress;
  /** 0 … 128. An IPv4 /24 is 120 here. */
  readonly length: number;
  readonly #mask: IpAddress;

  constructor(address: IpAddress, length: number) {
    this.#mask = maskOf(length);
    this.length = length;
    this.address = this.#apply(address);
  }

  /** Reads `10.77.0.0/24` or `fd77::/64` (host bits are cleared); null when it is not one. */
  static parse(text: string): IpPrefix | null {
    const parsed = parseCidr(text);
    return parsed && new IpPrefix(parsed.address, parsed.length);
  }

  /** An IPv6 prefix holds no IPv4 address, though `::/0` would hold their mapped form. */
  contains(address: IpAddress): boolean {
    if (this.length < V4_MAPPED_LENGTH && address.isV4) return false;
    const { a, b, c, d } = this.#mask;
    const base = this.address;
    return (
      (address.d & d) === base.d &&
      (address.c & c) === base.c &&
      (address.b & b) === base.b &&
      (address.a & a) === base.a
    );
  }

  /** The subnet's last address: its broadcast address in IPv4 (RFC 919). */
  get last(): IpAddress {
    const { a, b, c, d } = this.#mask;
    const base = this.address;
    return new IpAddress(base.a | ~a, base.b | ~b, base.c | ~c, base.d | ~d);
  }

  equals(other: IpPrefix): boolean {
    return this.length === other.length && this.address.equals(other.address);
  }

  toString(): string {
    return `${this.address}/${this.address.isV4 ? this.length - 96 : this.length}`;
  }

  #apply(address: IpAddress): IpAddress {
    const { a, b, c, d } = this.#mask;
    return new IpAddress(address.a & a, address.b & b, address.c & c, address.d & d);
  }
}

/** Leading bits that IPv4 addresses have in common in their mapped form. */
const V4_MAPPED_LENGTH = 96;

/** An address with its prefix length in 128-bit form: `10.77.0.2/24` gives 120. Null when malformed. */
export function parseCidr(text: string): { address: IpAddress; length: number } | null {
  const match = /^([^/]+)\/([0-9]{1,3})$/.exec(text);
  if (match === null) return null;
  const address = IpAddress.parse(match[1] as string);
  const length = Number(match[2]);
  if (address === null || length > (address.isV4 ? 32 : 128)) return null;
  return { address, length: address.isV4 ? 96 + length : length };
}

function maskOf(length: number): IpAddress {
  const word = (from: number): number => {
    const bits = Math.min(Math.max(length - from, 0), 32);
    return bits === 0 ? 0 : -1 << (32 - bits);
  };
  return new IpAddress(word(0), word(32), word(64), word(96));
}

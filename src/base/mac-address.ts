/**
 * An Ethernet (EUI-48) address. Immutable: 16 high bits and 32 low bits, the
 * way frames are read, so that a comparison is two integer compares.
 */
export class MacAddress {
  static readonly BROADCAST: MacAddress = new MacAddress(0xffff, -1);
  static readonly ZERO: MacAddress = new MacAddress(0, 0);

  /** First two octets, 0 … 0xffff. */
  readonly high: number;
  /** Last four octets as an int32. */
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high & 0xffff;
    this.low = low | 0;
  }

  /** Reads `02:00:00:00:00:01` (or with `-`); null when it is not six octets in hex. */
  static parse(text: string): MacAddress | null {
    if (!/^[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}$/.test(text)) return null;
    const octets = text.split(/[:-]/).map((octet) => Number.parseInt(octet, 16));
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets;
    return new MacAddress((a << 8) | b, (c << 24) | (d << 16) | (e << 8) | f);
  }

  static read(view: DataView, at: number): MacAddress {
    return new MacAddress(view.getUint16(at), view.getInt32(at + 2));
  }

  write(view: DataView, at: number): void {
    view.setUint16(at, this.high);
    view.setInt32(at + 2, this.low);
  }

  /** The group bit: set in multicast and broadcast addresses. */
  get isMulticast(): boolean {
    return (this.high & 0x0100) !== 0;
  }

  get isBroadcast(): boolean {
    return this.high === 0xffff && this.low === -1;
  }

  equals(other: MacAddress): boolean {
    return this.low === other.low && this.high === other.high;
  }

  toString(): string {
    const hex = (octet: number): string => (octet & 0xff).toString(16).padStart(2, "0");
    const { high, low } = this;
    return [high >> 8, high, low >> 24, low >> 16, low >> 8, low].map(hex).join(":");
  }
}

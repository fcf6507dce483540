/**
 * An IP address: four int32 words. IPv4 is held in its v4-mapped form
 * (`::ffff:a.b.c.d`, RFC 4291 §2.5.5.2), so that routing, demultiplexing and
 * transport know one kind of address. Immutable.
 */
export class IpAddress {
  /** `::`, the unspecified IPv6 address. */
  static readonly ANY6: IpAddress = new IpAddress(0, 0, 0, 0);
  /** `0.0.0.0`, the unspecified IPv4 address. */
  static readonly ANY4: IpAddress = new IpAddress(0, 0, 0xffff, 0);
  static readonly LOOPBACK6: IpAddress = new IpAddress(0, 0, 0, 1);
  static readonly LOOPBACK4: IpAddress = new IpAddress(0, 0, 0xffff, 0x7f000001);
  /** `255.255.255.255`, the limited broadcast. */
  static readonly BROADCAST4: IpAddress = new IpAddress(0, 0, 0xffff, -1);
  /** `ff02::1`. */
  static readonly ALL_NODES: IpAddress = new IpAddress(0xff020000 | 0, 0, 0, 1);
  /** `ff02::2`. */
  static readonly ALL_ROUTERS: IpAddress = new IpAddress(0xff020000 | 0, 0, 0, 2);

  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    this.d = d | 0;
  }

  static v4(word: number): IpAddress {
    return new IpAddress(0, 0, 0xffff, word);
  }

  static readV4(view: DataView, at: number): IpAddress {
    return new IpAddress(0, 0, 0xffff, view.getInt32(at));
  }

  static readV6(view: DataView, at: number): IpAddress {
    return new IpAddress(
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
      view.getInt32(at + 12),
    );
  }

  writeV4(view: DataView, at: number): void {
    view.setInt32(at, this.d);
  }

  writeV6(view: DataView, at: number): void {
    view.setInt32(at, this.a);
    view.setInt32(at + 4, this.b);
    view.setInt32(at + 8, this.c);
    view.setInt32(at + 12, this.d);
  }

  get isV4(): boolean {
    return this.c === 0xffff && this.a === 0 && this.b === 0;
  }

  /** `0.0.0.0` or `::`. */
  get isUnspecified(): boolean {
    return this.d === 0 && this.a === 0 && this.b === 0 && (this.c === 0 || this.c === 0xffff);
  }

  /** 127.0.0.0/8 or `::1`. */
  get isLoopback(): boolean {
    if (this.isV4) return this.d >>> 24 === 127;
    return this.d === 1 && this.a === 0 && this.b === 0 && this.c === 0;
  }

  /** 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    if (this.isV4) return this.d >>> 28 === 0xe;
    return this.a >>> 24 === 0xff;
  }

  /** 169.254.0.0/16 or fe80::/10. */
  get isLinkLocal(): boolean {
    if (this.isV4) return this.d >>> 16 === 0xa9fe;
    return this.a >>> 22 === 0x3fa;
  }

  /** 255.255.255.255. A subnet's broadcast is known only to its interface. */
  get isLimitedBroadcast(): boolean {
    return this.d === -1 && this.isV4;
  }

  /** 240.0.0.0/4 without the limited broadcast: never a valid source (RFC 1122 §3.2.1.3). */
  get isReservedV4(): boolean {
    return this.isV4 && this.d >>> 28 === 0xf && this.d !== -1;
  }

  equals(other: IpAddress): boolean {
    return this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a;
  }

  /** Number of leading bits in common with `other`, 0 … 128 (v4-mapped prefix included). */
  commonPrefixLength(other: IpAddress): number {
    if (this.a !== other.a) return Math.clz32(this.a ^ other.a);
    if (this.b !== other.b) return 32 + Math.clz32(this.b ^ other.b);
    if (this.c !== other.c) return 64 + Math.clz32(this.c ^ other.c);
    return 96 + Math.clz32(this.d ^ other.d);
  }

  /** Solicited-node group of an IPv6 address: ff02::1:ff00:0/104 and its low 24 bits (RFC 4291 §2.7.1). */
  solicitedNode(): IpAddress {
    return new IpAddress(0xff020000, 0, 1, 0xff000000 | (this.d & 0xffffff));
  }

  toString(): string {
    return this.isV4 ? formatV4(this.d) : formatV6(this);
  }

  /** Reads dotted-quad IPv4 or any RFC 4291 §2.2 form of IPv6, without zone; null when it is neither. */
  static parse(text: string): IpAddress | null {
    if (text.includes(":")) return parseV6(text);
    const word = parseV4(text);
    return word === null ? null : IpAddress.v4(word);
  }
}

/** Four decimal numbers 0 … 255 without leading zeros, as `inet_pton(3)` wants them. */
function parseV4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let word = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return null;
    const octet = Number(part);
    if (octet > 255) return null;
    word = (word << 8) | octet;
  }
  return word;
}

function parseV6(text: string): IpAddress | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (index: number): number =>
    ((groups[index] as number) << 16) | (groups[index + 1] as number);
  return new IpAddress(word(0), word(2), word(4), word(6));
}

/** The 16-bit groups of one side of "::". Only the last group of the address may be dotted. */
function parseGroups(text: string, mayEndDotted: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const word = mayEndDotted && index === parts.length - 1 ? parseV4(part) : null;
      if (word === null) return null;
      groups.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function formatV4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** Canonical text (RFC 5952 §4): lower case, the longest run of two or more zero groups as "::". */
function formatV6({ a, b, c, d }: IpAddress): string {
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { from: 0, length: 1 };
  let from = 0;
  for (let at = 0; at <= 8; at++) {
    if (at < 8 && groups[at] === 0) continue;
    if (at - from > best.length) best = { from, length: at - from };
    from = at + 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.length < 2) return hex.join(":");
  return `${hex.slice(0, best.from).join(":")}::${hex.slice(best.from + best.length).join(":")}`;
}

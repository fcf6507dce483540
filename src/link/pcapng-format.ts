/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks of
 *
 * ```
 *  0      4        8                       length − 4   length
 *  | type | length | body, padded to 4 …   | length     |
 * ```
 *
 * and in most bodies, at the end, options of `code, length, value padded to 4`.
 */
export const PcapngBlock = {
  SECTION_HEADER: 0x0a0d0d0a,
  INTERFACE_DESCRIPTION: 1,
  SIMPLE_PACKET: 3,
  ENHANCED_PACKET: 6,
} as const;

export const PcapngOption = {
  END: 0,
  COMMENT: 1,
  /** Of a section header. */
  APPLICATION: 4,
  /** Of an interface description. */
  INTERFACE_NAME: 2,
  TIMESTAMP_RESOLUTION: 9,
  TIMESTAMP_OFFSET: 14,
  /** Of an enhanced packet. */
  FLAGS: 2,
} as const;

/** In the section header, in the writer's own byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** What the frames of an interface begin with. */
export const LinkType = { ETHERNET: 1, RAW: 101 } as const;

/** Type, both lengths. */
export const BLOCK_OVERHEAD = 12;
export const BLOCK_HEAD = 8;

export const FLAG_INBOUND = 1;
export const FLAG_OUTBOUND = 2;
export const FLAG_DIRECTION_MASK = 3;

export function paddedTo4(length: number): number {
  return (length + 3) & ~3;
}

/** UTF-8 octets of `text`, cut between characters at `limit`. A lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string, limit: number): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const encoded = encodeCodePoint(character.codePointAt(0) ?? REPLACEMENT);
    if (octets.length + encoded.length > limit) break;
    octets.push(...encoded);
  }
  return Uint8Array.from(octets);
}

/** The text of UTF-8 octets; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(octets: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < octets.length) {
    const first = octets[at]!;
    const length = sequenceLength(first);
    let code = length === 1 ? first : first & (0x7f >> length);
    let used = 1;
    while (used < length && (octets[at + used] ?? 0) >> 6 === 2)
      code = (code << 6) | (octets[at + used++]! & 0x3f);
    const whole =
      length > 0 && used === length && code >= (SMALLEST[length] ?? 0) && isScalar(code);
    text += String.fromCodePoint(whole ? code : REPLACEMENT);
    at += used;
  }
  return text;
}

const REPLACEMENT = 0xfffd;
/** Smallest code point for each length: shorter ones in longer form are not UTF-8. */
const SMALLEST: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

function isScalar(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/** Octets of a sequence that starts with `first`; 0 when none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0 || first > 0xf7) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function encodeCodePoint(code: number): number[] {
  if (!isScalar(code)) return encodeCodePoint(REPLACEMENT);
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 0x3f)];
  const tail = [0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  if (code < 0x10000) return [0xe0 | (code >> 12), ...tail];
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), ...tail];
}

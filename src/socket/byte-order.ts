/** Between host order, little-endian as on nearly every machine, and network order (`byteorder(3)`). */

export function htons(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

export function ntohs(value: number): number {
  return htons(value);
}

/** Unsigned 32 bits. */
export function htonl(value: number): number {
  return ((htons(value & 0xffff) << 16) | htons(value >>> 16)) >>> 0;
}

export function ntohl(value: number): number {
  return htonl(value);
}

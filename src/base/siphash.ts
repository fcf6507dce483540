/**
 * SipHash-2-4 (Aumasson, Bernstein 2012) over 32-bit words: a keyed hash that
 * nobody without the key can steer or predict. 64-bit lanes are kept as two
 * int32 halves. One instance may serve any number of callers in turn.
 */
export class SipHash {
  readonly #key: Int32Array;
  // The four lanes of the state, low and high half.
  #v0l = 0;
  #v0h = 0;
  #v1l = 0;
  #v1h = 0;
  #v2l = 0;
  #v2h = 0;
  #v3l = 0;
  #v3h = 0;
  #high = 0;

  /** `key`: four words, 128 secret bits. Copied. */
  constructor(key: Int32Array) {
    this.#key = key.slice(0, 4);
  }

  /**
   * The low 32 bits of the hash of `words[0, count)`, as int32. Words count as
   * four octets each, least significant first. The high half is then `high`.
   */
  hash(words: Int32Array, count: number = words.length): number {
    this.#begin();
    const pairs = count & ~1;
    for (let i = 0; i < pairs; i += 2) this.#block(words[i] as number, words[i + 1] as number);
    const last = count & 1 ? (words[count - 1] as number) : 0;
    // The last block ends in the message length in octets, modulo 256.
    this.#block(last, (count << 2) << 24);
    this.#v2l ^= 0xff;
    for (let i = 0; i < 4; i++) this.#round();
    this.#high = this.#v0h ^ this.#v1h ^ this.#v2h ^ this.#v3h;
    return this.#v0l ^ this.#v1l ^ this.#v2l ^ this.#v3l;
  }

  /** The high 32 bits of the last hash, as int32. */
  get high(): number {
    return this.#high;
  }

  #begin(): void {
    const k0l = this.#key[0] as number;
    const k0h = this.#key[1] as number;
    const k1l = this.#key[2] as number;
    const k1h = this.#key[3] as number;
    // "somepseudorandomlygeneratedbytes"
    this.#v0l = k0l ^ 0x70736575;
    this.#v0h = k0h ^ 0x736f6d65;
    this.#v1l = k1l ^ 0x6e646f6d;
    this.#v1h = k1h ^ 0x646f7261;
    this.#v2l = k0l ^ 0x6e657261;
    this.#v2h = k0h ^ 0x6c796765;
    this.#v3l = k1l ^ 0x79746573;
    this.#v3h = k1h ^ 0x74656462;
  }

  #block(low: number, high: number): void {
    this.#v3l ^= low;
    this.#v3h ^= high;
    this.#round();
    this.#round();
    this.#v0l ^= low;
    this.#v0h ^= high;
  }

  #round(): void {
    let v0l = this.#v0l;
    let v0h = this.#v0h;
    let v1l = this.#v1l;
    let v1h = this.#v1h;
    let v2l = this.#v2l;
    let v2h = this.#v2h;
    let v3l = this.#v3l;
    let v3h = this.#v3h;
    let t = 0;

    // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
    v0h = (v0h + v1h + carry(v0l, v1l)) | 0;
    v0l = (v0l + v1l) | 0;
    t = (v1l << 13) | (v1h >>> 19);
    v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h;
    v1l = t ^ v0l;
    t = v0l;
    v0l = v0h;
    v0h = t;
    // v2 += v3; v3 <<<= 16; v3 ^= v2
    v2h = (v2h + v3h + carry(v2l, v3l)) | 0;
    v2l = (v2l + v3l) | 0;
    t = (v3l << 16) | (v3h >>> 16);
    v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
    v3l = t ^ v2l;
    // v0 += v3; v3 <<<= 21; v3 ^= v0
    v0h = (v0h + v3h + carry(v0l, v3l)) | 0;
    v0l = (v0l + v3l) | 0;
    t = (v3l << 21) | (v3h >>> 11);
    v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h;
    v3l = t ^ v0l;
    // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
    v2h = (v2h + v1h + carry(v2l, v1l)) | 0;
    v2l = (v2l + v1l) | 0;
    t = (v1l << 17) | (v1h >>> 15);
    v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h;
    v1l = t ^ v2l;

    this.#v0l = v0l;
    this.#v0h = v0h;
    this.#v1l = v1l;
    this.#v1h = v1h;
    this.#v2l = v2h;
    this.#v2h = v2l;
    this.#v3l = v3l;
    this.#v3h = v3h;
  }
}

/** 1 when the unsigned sum of two low halves overflows. */
function carry(a: number, b: number): number {
  return (a >>> 0) + (b >>> 0) > 0xffffffff ? 1 : 0;
}

import type { RandomSource } from "../base/random.ts";
import { findNdOption, NdOption } from "../wire/ndp.ts";

/** Type, length, and six octets of nonce (RFC 3971 §5.3.2). */
const OPTION_LENGTH = 8;
const NONCE = 2;

/** Nonces of probes that may still come back. */
const REMEMBERED = 16;

/** The marks by which a host knows its own probes when a link reflects them (RFC 7527 §4). */
export class Nonces {
  readonly #random: RandomSource;
  readonly #sent: { readonly high: number; readonly low: number }[] = [];

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Writes an option with a new nonce at `at`; returns the position after it. */
  append(view: DataView, at: number): number {
    const nonce = { high: this.#random.int32() & 0xffff, low: this.#random.int32() };
    this.#sent.push(nonce);
    if (this.#sent.length > REMEMBERED) this.#sent.shift();
    view.setUint8(at, NdOption.NONCE);
    view.setUint8(at + 1, OPTION_LENGTH >>> 3);
    view.setUint16(at + NONCE, nonce.high);
    view.setInt32(at + NONCE + 2, nonce.low);
    return at + OPTION_LENGTH;
  }

  /** Whether the options `[at, end)`, known to be valid, hold a nonce of ours. */
  isOurs(view: DataView, at: number, end: number): boolean {
    const option = findNdOption(view, at, end, NdOption.NONCE);
    if (option < 0) return false;
    const high = view.getUint16(option + NONCE);
    const low = view.getInt32(option + NONCE + 2);
    return this.#sent.some((nonce) => nonce.low === low && nonce.high === high);
  }
}

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { SeededRandom } from "../../src/base/random.ts";
import { POLLIN, POLLOUT } from "../../src/socket/constants.ts";
import type { Stream } from "./host-pair.ts";

/**
 * `octets` of a stream one way, written as fast as there is room and read as
 * fast as there is something, ended by a half-close, with a digest at each end.
 */
export class Transfer {
  readonly octets: number;
  sent = 0;
  received = 0;
  /** The end of the stream was read. */
  isDone = false;
  /** Called with each piece that was read. */
  onProgress: (() => void) | null = null;
  readonly #from: Stream;
  readonly #to: Stream;
  readonly #written = createHash("sha256");
  readonly #read = createHash("sha256");
  readonly #into = new Uint8Array(1 << 18);
  #isPaused = false;

  constructor(from: Stream, to: Stream, octets: number) {
    this.octets = octets;
    this.#from = from;
    this.#to = to;
  }

  start(): this {
    this.#from.whenReady(POLLOUT, () => this.#write());
    this.#to.whenReady(POLLIN, () => this.#receive());
    this.#write();
    return this;
  }

  /** The reader sleeps. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#receive();
  }

  /** Every octet arrived, in its place. */
  assertWhole(): void {
    assert.equal(this.received, this.octets);
    assert.equal(this.#read.digest("hex"), this.#written.digest("hex"), "SHA-256");
  }

  #write(): void {
    while (this.sent < this.octets) {
      const at = this.sent % PATTERN.length;
      const piece = PATTERN.subarray(at, Math.min(PATTERN.length, at + this.octets - this.sent));
      const taken = this.#from.write(piece);
      if (taken <= 0) return;
      this.#written.update(piece.subarray(0, taken));
      this.sent += taken;
      if (this.sent === this.octets) this.#from.shutdown();
    }
  }

  #receive(): void {
    while (!this.#isPaused && !this.isDone) {
      const octets = this.#to.read(this.#into);
      if (octets < 0) return;
      if (octets === 0) this.isDone = true;
      this.#read.update(this.#into.subarray(0, octets));
      this.received += octets;
      this.onProgress?.();
    }
  }
}

/** Of a length that is no multiple of any buffer's: octets in the wrong place cannot look right. */
const PATTERN = pattern(1_000_003);

function pattern(length: number): Uint8Array {
  const random = new SeededRandom(length);
  return Uint8Array.from({ length }, () => random.int32() & 0xff);
}

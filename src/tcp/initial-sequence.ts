import type { IpAddress } from "../base/ip-address.ts";
import type { RandomSource } from "../base/random.ts";
import { type Seq, toSeq } from "../base/seq.ts";
import { SipHash } from "../base/siphash.ts";

/**
 * Initial sequence numbers (RFC 6528): ISN = M + F(4-tuple, secret). M is a
 * clock that ticks every 4 µs, so that a 4-tuple used again starts above its
 * past; F is a keyed hash, so that what one peer sees tells nothing about
 * what another will get. One per host; the secrets are drawn once.
 */
export class InitialSequence {
  readonly #isnHash: SipHash;
  readonly #timestampHash: SipHash;
  readonly #words: Int32Array = new Int32Array(TUPLE_WORDS);

  constructor(secureRandom: RandomSource) {
    this.#isnHash = new SipHash(drawKey(secureRandom));
    this.#timestampHash = new SipHash(drawKey(secureRandom));
  }

  /** The ISS of a connection that opens at `now` (ms). */
  isn(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
    now: number,
  ): Seq {
    this.#setTuple(localAddress, localPort, remoteAddress, remotePort);
    return toSeq(clockTicks(now) + this.#isnHash.hash(this.#words));
  }

  /**
   * What a connection adds to its timestamp clock (RFC 7323 §5.4, §7.1), int32:
   * the same for the same 4-tuple, so that timestamps of one incarnation after
   * another still grow (RFC 6191); unrelated for different ones, so that they
   * do not tell the age of the host.
   */
  timestampOffset(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): number {
    this.#setTuple(localAddress, localPort, remoteAddress, remotePort);
    return this.#timestampHash.hash(this.#words);
  }

  #setTuple(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): void {
    const words = this.#words;
    words[0] = local.a;
    words[1] = local.b;
    words[2] = local.c;
    words[3] = local.d;
    words[4] = remote.a;
    words[5] = remote.b;
    words[6] = remote.c;
    words[7] = remote.d;
    words[8] = (localPort << 16) | remotePort;
  }
}

const TUPLE_WORDS = 9;
const TICKS_PER_MS = 250;

/** M: ticks of 4 µs, modulo 2³². */
function clockTicks(now: number): number {
  return Math.floor(now * TICKS_PER_MS) % 0x100000000;
}

function drawKey(random: RandomSource): Int32Array {
  return Int32Array.of(random.int32(), random.int32(), random.int32(), random.int32());
}

import assert from "node:assert/strict";
import type { Stream } from "./host-pair.ts";
import type { Transfer } from "./host-transfer.ts";

/**
 * Watches that a transfer never stands still longer than its retransmission
 * timer allows. Each time octets are read after a pause, the pause is compared
 * with the timeouts that the sender's observer reported in it: every one
 * excuses the RTO that ran out before it and two round trips, the first of
 * which may have repeated what had arrived and only its ACK was lost.
 */
export class StallWatch {
  /** The longest pause, and how much of it was excused; ms. */
  longestMs = 0;
  longestAllowedMs = 0;
  timeouts = 0;
  readonly #sender: Stream;
  readonly #roundTripMs: number;
  #progressAt: number;
  #timeoutAt = -Infinity;
  #excusedMs = 0;
  /** Segments repeated in this pause, and what repeating them once more excuses. */
  readonly #repeated = new Set<number>();
  #repeatsMs = 0;
  readonly #tooLong: string[] = [];

  /** `roundTripMs` is that of the link, at worst. */
  constructor(transfer: Transfer, sender: Stream, roundTripMs: number) {
    this.#sender = sender;
    this.#roundTripMs = roundTripMs;
    this.#progressAt = sender.side.now;
    transfer.onProgress = () => this.#note();
    const { id } = sender.connection;
    sender.side.host.observe({
      tcpRetransmit: (connection, seq, _octets, kind) => {
        if (connection.id !== id) return;
        if (kind === "timeout") this.#noteTimeout();
        else if (this.#repeated.has(seq)) this.#repeatsMs += 2 * roundTripMs;
        this.#repeated.add(seq);
      },
    });
  }

  assertNone(): void {
    assert.deepEqual(this.#tooLong, [], "pauses longer than the timer explains");
  }

  /** Several segments may be repeated after one timeout; the timer runs out once. */
  #noteTimeout(): void {
    const { now } = this.#sender.side;
    const { backOffs, rtoMs } = this.#sender.connection.info();
    const ranOutMs = rtoMs / 2;
    if (backOffs === 0 || now - this.#timeoutAt < ranOutMs - 1) return;
    this.#timeoutAt = now;
    this.timeouts++;
    this.#excusedMs += ranOutMs + 2 * this.#roundTripMs;
  }

  #note(): void {
    const { now } = this.#sender.side;
    const pauseMs = now - this.#progressAt;
    if (pauseMs > this.#roundTripMs) this.#judge(pauseMs, now);
    this.#progressAt = now;
    this.#excusedMs = 0;
    this.#repeatsMs = 0;
    this.#repeated.clear();
  }

  #judge(pauseMs: number, now: number): void {
    const { rtoMs } = this.#sender.connection.info();
    const excusedMs = this.#excusedMs === 0 ? rtoMs : this.#excusedMs;
    const allowedMs = excusedMs + this.#repeatsMs + this.#roundTripMs + DELAYED_ACK_MS;
    if (pauseMs > this.longestMs) {
      this.longestMs = pauseMs;
      this.longestAllowedMs = allowedMs;
    }
    if (pauseMs > allowedMs && this.#tooLong.length < 10) {
      this.#tooLong.push(`${pauseMs.toFixed(0)} ms of ${allowedMs.toFixed(0)} until ${now} ms`);
    }
  }
}

const DELAYED_ACK_MS = 40;

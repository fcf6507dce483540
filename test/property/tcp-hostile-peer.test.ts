import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomBelow, SeededRandom } from "../../src/base/random.ts";
import { seqDiff, seqGe, seqLe } from "../../src/base/seq.ts";
import { closeForGood, shutdownSend } from "../../src/tcp/close-call.ts";
import { pipe } from "../../src/tcp/loss-recovery.ts";
import { nextSegment } from "../../src/tcp/output.ts";
import { receiveInto } from "../../src/tcp/receive-call.ts";
import { segmentArrives } from "../../src/tcp/segment-arrives.ts";
import { sendText, sendUrgentText } from "../../src/tcp/send-call.ts";
import { SentFlag } from "../../src/tcp/sent-segments.ts";
import { TcpState } from "../../src/tcp/state.ts";
import type { Tcb } from "../../src/tcp/tcb.ts";
import { expireTimers, nextTimeout } from "../../src/tcp/timers.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { type Arrival, openTcb, segmentFor } from "../support/tcb-fixture.ts";

const BUFFER = 40_000;
const HOLES = 32;

/**
 * A peer that may say anything, at any time, with numbers near the edges that
 * matter. Whatever it says, nothing throws, nothing runs without end, memory
 * stays bounded and the books balance.
 */
class HostilePeer {
  readonly tcb: Tcb;
  readonly #random: SeededRandom;
  readonly #packet = new PacketBuffer();
  readonly #octets = new Uint8Array(10_000);
  #now = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.tcb = openTcb({
      iss: this.#random.int32(),
      irs: this.#random.int32(),
      mss: 36 + this.#below(1400),
      sack: seed % 4 !== 0,
      timestamps: seed % 3 === 0,
      offload: seed % 2 === 0,
      window: 1 << this.#below(20),
      config: { maxOutOfOrderRanges: HOLES },
      settings: {
        sendBufferOctets: BUFFER,
        receiveBufferOctets: BUFFER,
        noDelay: seed % 5 === 0,
        keepAlive: seed % 7 === 0,
      },
    });
  }

  step(): void {
    const { tcb } = this;
    switch (this.#below(8)) {
      case 0:
        sendText(tcb, this.#octets, 0, this.#below(10_000));
        break;
      case 1:
        receiveInto(tcb, this.#octets, 0, this.#below(10_000), this.#below(4) === 0);
        break;
      case 2:
        this.#now = Math.min(nextTimeout(tcb), this.#now + this.#below(1000));
        expireTimers(tcb, this.#now);
        break;
      case 3:
        if (this.#below(20) === 0) sendUrgentText(tcb, this.#octets, 0, 1);
        if (this.#below(400) === 0) shutdownSend(tcb);
        if (this.#below(800) === 0) closeForGood(tcb, this.#now);
        break;
      default:
        segmentArrives(tcb, segmentFor(tcb, this.#arrival()), this.#packet, this.#now);
    }
    this.#transmit();
    if (nextTimeout(tcb) <= this.#now) expireTimers(tcb, this.#now);
    this.#transmit();
    assert.ok(nextTimeout(tcb) > this.#now, "a deadline that passed is gone");
  }

  #transmit(): void {
    let budget = 10_000;
    while (nextSegment(this.tcb, this.#packet, this.#now)) {
      assert.ok(budget-- > 0, "output comes to an end");
      assert.ok(this.#packet.length > 0);
    }
  }

  #arrival(): Arrival {
    const { tcb } = this;
    const flags =
      this.#below(6) === 0 ? this.#below(64) : 0x10 | (this.#below(12) === 0 ? 0x20 : 0);
    const sndNxt = seqDiff(tcb.sndNxt, tcb.iss);
    const sndUna = seqDiff(tcb.sndUna, tcb.iss);
    const rcvNxt = seqDiff(tcb.rcvNxt, tcb.irs);
    const within = (from: number, to: number): number =>
      this.#near(from + this.#below(Math.max(to - from, 1)), from, to);
    const sack = Array.from({ length: this.#below(5) }, () => {
      const left = within(sndUna, sndNxt);
      return [left, left + this.#below(5000) - 5] as const;
    });
    // Now and then a RST or SYN that would end it is spared, so that it lives to see more.
    const kind = this.#below(50) === 0 ? flags : flags & ~0x06;
    return {
      flags: kind,
      seq: this.#below(2) === 0 ? rcvNxt : within(rcvNxt - 3000, rcvNxt + BUFFER),
      ack: this.#below(3) === 0 ? sndUna : within(sndUna, sndNxt),
      window: this.#below(4) === 0 ? 0 : this.#below(70_000),
      length: this.#below(3) === 0 ? 0 : this.#below(3000),
      urgentPointer: this.#below(70_000) & 0xffff,
      ...(this.#below(10) === 0
        ? {}
        : { tsVal: this.#now + this.#below(20) - 10, tsEcr: this.#now }),
      sack,
    };
  }

  /** Mostly `value`, sometimes an edge or one beside it, sometimes anything. */
  #near(value: number, from: number, to: number): number {
    switch (this.#below(8)) {
      case 0:
        return from + this.#below(3) - 1;
      case 1:
        return to + this.#below(3) - 1;
      case 2:
        return this.#below(10) === 0 ? this.#random.int32() : value;
      default:
        return value;
    }
  }

  #below(bound: number): number {
    return randomBelow(this.#random, bound);
  }
}

function checkBooks(tcb: Tcb): void {
  const { sent, recovery, sendBuffer, receiveBuffer } = tcb;
  let [sacked, lost, resent] = [0, 0, 0];
  let next = tcb.sndUna;
  for (let index = 0; index < sent.count; index++) {
    const record = sent.at(index);
    assert.equal(record.seq, next, "no holes in the retransmission queue");
    assert.ok(record.length > 0 && record.segments > 0);
    next = record.end;
    if (record.has(SentFlag.SACKED)) {
      sacked += record.length;
      assert.ok(!record.has(SentFlag.LOST | SentFlag.RETRANSMITTED), "held is not lost");
    }
    if (record.has(SentFlag.LOST)) lost += record.length;
    if (record.has(SentFlag.RETRANSMITTED)) resent += record.length;
  }
  if (sent.count > 0) assert.equal(next, tcb.sndNxt);
  assert.deepEqual(
    [sent.sackedOctets, sent.lostOctets, sent.retransmittedOctets],
    [sacked, lost, resent],
  );
  assert.ok(pipe(tcb) >= 0);
  assert.ok(sent.count <= BUFFER + 1);
  assert.ok(seqGe(recovery.lossEdge, tcb.sndUna) && seqLe(recovery.lossEdge, tcb.sndNxt));
  assert.ok(sendBuffer.length <= BUFFER && sendBuffer.storageOctets <= 2 * BUFFER);
  assert.ok(receiveBuffer.readable <= BUFFER && receiveBuffer.storageOctets <= 2 * BUFFER);
  assert.ok(receiveBuffer.ranges.count <= HOLES);
  assert.ok(seqGe(tcb.rcvAdv, tcb.rcvNxt) || tcb.isPeerFinTaken, "the promise is kept");
  assert.ok(Number.isFinite(tcb.congestion.window) && tcb.congestion.window >= tcb.mss);
}

describe("a hostile peer", () => {
  // req: tcp/MUST-7, tcp/SEG-22, tcp/SACK-15, tcp/BLIND-5
  it("breaks nothing, whatever it says", () => {
    const ended = new Set<TcpState>();
    for (let seed = 1; seed <= 200; seed++) {
      const peer = new HostilePeer(seed);
      try {
        for (let step = 0; step < 500 && peer.tcb.state !== TcpState.CLOSED; step++) {
          peer.step();
          checkBooks(peer.tcb);
        }
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      ended.add(peer.tcb.state);
    }
    assert.ok(ended.size >= 4, "many states were seen");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TcpState } from "../../../src/tcp/state.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { isReopening } from "../../../src/tcp/time-wait-arrives.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, segmentFor, sent, type TcbWishes } from "../../support/tcb-fixture.ts";

const { ACK, SYN, FIN, RST } = TcpFlag;

/** After both FINs: the peer's had number 1. */
function waiting(wishes: TcbWishes = {}): Tcb {
  const tcb = openTcb({ state: TcpState.FIN_WAIT_2, ...wishes });
  arrive(tcb, { flags: ACK | FIN, tsVal: 100, tsEcr: 0 });
  assert.equal(tcb.state, TcpState.TIME_WAIT);
  sent(tcb);
  return tcb;
}

describe("TIME-WAIT", () => {
  // req: tcp/SEG-25, tcp/SEG-32
  it("acknowledges the FIN again and starts anew", () => {
    const tcb = waiting();
    arrive(tcb, { flags: ACK | FIN, seq: 1 }, 5000);
    assert.deepEqual(sent(tcb, 5000), ["A 1+0"]);
    assert.equal(tcb.timers.at(Timer.LINGER), 65_000);
  });

  // req: tcp/TW-4, tcp/SEG-17
  it("ignores a RST, or heeds it where the host wants so", () => {
    const safe = waiting();
    arrive(safe, { flags: RST });
    assert.equal(safe.state, TcpState.TIME_WAIT);
    const plain = waiting({ config: { ignoreTimeWaitReset: false } });
    arrive(plain, { flags: RST, seq: 50 });
    assert.equal(plain.state, TcpState.TIME_WAIT, "not at RCV.NXT");
    arrive(plain, { flags: RST });
    assert.equal(plain.state, TcpState.CLOSED);
  });

  it("answers old duplicates, and a SYN that nobody took, with an ACK", () => {
    const tcb = waiting();
    arrive(tcb, { seq: -500, length: 10 });
    assert.deepEqual(sent(tcb), ["A 1+0"]);
    arrive(tcb, { flags: SYN, seq: 5000 });
    assert.deepEqual(sent(tcb), ["A 1+0"]);
    assert.equal(tcb.state, TcpState.TIME_WAIT);
  });
});

describe("isReopening", () => {
  // req: tcp/MAY-2, tcp/SHLD-4, tcp/TW-1, tcp/TW-2, tcp/TW-3
  it("takes a SYN that cannot be old, by timestamp or by number", () => {
    const tcb = waiting({ timestamps: true });
    for (const [arrival, expected] of [
      [{ flags: SYN, seq: -9, tsVal: 101 }, true],
      [{ flags: SYN, seq: -9, tsVal: 100 }, false],
      [{ flags: SYN, seq: 2, tsVal: 100 }, true],
      [{ flags: SYN, seq: 9, tsVal: 99 }, false],
      [{ flags: SYN, seq: 9 }, true],
      [{ flags: SYN, seq: -9 }, false],
      [{ flags: SYN | ACK, seq: 9, tsVal: 101 }, false],
      [{ flags: ACK, seq: 9, tsVal: 101 }, false],
    ] as const) {
      const got = isReopening(tcb, segmentFor(tcb, arrival), 0);
      assert.equal(got, expected, JSON.stringify(arrival));
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TcpState } from "../../../src/tcp/state.ts";
import { Timer } from "../../../src/tcp/timer-table.ts";
import { expireTimers, nextTimeout } from "../../../src/tcp/timers.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { arrive, openTcb, sendNow, sent, write } from "../../support/tcb-fixture.ts";

describe("new data", () => {
  // req: tcp/CC-1, tcp/SHLD-28, tcp/MUST-61, tcp/BUG-1
  it("leaves in full segments, as both windows allow, PSH on the last", () => {
    const tcb = openTcb();
    write(tcb, 10_500);
    const full = Array.from({ length: 10 }, (_, i) => `A ${1 + i * 1000}+1000`);
    assert.deepEqual(sent(tcb), full);
    arrive(tcb, { ack: 10_001 });
    assert.deepEqual(sent(tcb), ["PA 10001+500"]);
    const narrow = openTcb({ window: 2500 });
    write(narrow, 10_000);
    assert.deepEqual(sent(narrow), ["A 1+1000", "A 1001+1000"]);
  });

  // req: tcp/SHLD-28
  it("leaves in super-segments of whole segments where the link takes them", () => {
    const tcb = openTcb({ offload: true, settings: { noDelay: true } });
    write(tcb, 8500);
    assert.deepEqual(sent(tcb), ["PA 1+8500/1000"]);
  });

  // req: tcp/SHLD-7, tcp/NAG-1
  it("Nagle holds the tail behind a small segment until that is acknowledged", () => {
    const tcb = openTcb({ offload: true });
    write(tcb, 300);
    assert.deepEqual(sent(tcb), ["PA 1+300"]);
    write(tcb, 2300);
    assert.deepEqual(sent(tcb), ["A 301+2000/1000"]);
    arrive(tcb, { ack: 301 });
    assert.deepEqual(sent(tcb), ["PA 2301+300"]);
  });

  // req: tcp/MUST-17
  it("TCP_NODELAY sends it at once", () => {
    const tcb = openTcb({ settings: { noDelay: true } });
    write(tcb, 10);
    write(tcb, 10);
    assert.deepEqual(sent(tcb), ["PA 1+20"]);
    write(tcb, 10);
    assert.deepEqual(sent(tcb), ["PA 21+10"]);
  });

  // req: tcp/SWS-4, tcp/MUST-60
  it("a cork holds a partial segment, for 200 ms at most", () => {
    const tcb = openTcb({ settings: { cork: true } });
    write(tcb, 2300);
    assert.deepEqual(sent(tcb), ["A 1+1000", "A 1001+1000"]);
    arrive(tcb, { ack: 2001 });
    assert.deepEqual(sent(tcb), []);
    assert.equal(nextTimeout(tcb), 200);
    expireTimers(tcb, 200);
    assert.deepEqual(sent(tcb, 200), ["PA 2001+300"]);
  });

  // req: tcp/CC-22
  it("after a pause longer than the timeout the window is the initial one again", () => {
    const tcb = openTcb();
    tcb.congestion.window = 50_000;
    sendNow(tcb, 1000, 0);
    arrive(tcb, { ack: 1001 }, 100);
    write(tcb, 100_000);
    assert.equal(sent(tcb, 60_000).length, 10);
  });

  // req: tcp/MUST-34, tcp/SHLD-15
  it("a window that was shrunk lets no new data go", () => {
    const tcb = openTcb();
    sendNow(tcb, 5000);
    arrive(tcb, { ack: 1, window: 2000, seq: 1 });
    assert.ok(tcb.usableWindow < 0);
    write(tcb, 5000);
    assert.deepEqual(sent(tcb), []);
  });
});

describe("the FIN", () => {
  const closing = (tcb: ReturnType<typeof openTcb>): void => {
    tcb.isSendShut = true;
    tcb.state = TcpState.FIN_WAIT_1;
    tcb.mayHaveOutput = true;
  };

  // req: tcp/SEG-35, tcp/NAG-2, tcp/BUG-15
  it("rides on the last data, small or not", () => {
    const tcb = openTcb();
    sendNow(tcb, 300);
    write(tcb, 200);
    closing(tcb);
    assert.deepEqual(sent(tcb), ["FPA 301+200"]);
    assert.equal(tcb.isFinSent, true);
    assert.equal(tcb.unsentOctets, 0);
  });

  it("leaves by itself when all was sent, whatever the congestion window", () => {
    const tcb = openTcb();
    sendNow(tcb, 10_000);
    closing(tcb);
    assert.deepEqual(sent(tcb), ["FA 10001+0"]);
  });

  it("waits for room in the peer's window", () => {
    const tcb = openTcb({ window: 1000 });
    write(tcb, 1000);
    closing(tcb);
    assert.deepEqual(sent(tcb), ["PA 1+1000"]);
    arrive(tcb, { ack: 1001, window: 1000 });
    assert.deepEqual(sent(tcb), ["FA 1001+0"]);
  });
});

describe("a closed window", () => {
  // req: tcp/MUST-36, tcp/SHLD-29, tcp/SHLD-30, tcp/MUST-37, tcp/BUG-12, tcp/SHLD-12
  it("is probed below SND.UNA, at growing intervals, for as long as the peer answers", () => {
    const tcb = openTcb({ window: 1000 });
    sendNow(tcb, 1000);
    arrive(tcb, { ack: 1001, window: 0 });
    write(tcb, 5000);
    assert.deepEqual(sent(tcb), []);
    let now = 0;
    const waits: number[] = [];
    for (let probe = 0; probe < 40; probe++) {
      const next = nextTimeout(tcb);
      waits.push(next - now);
      now = next;
      expireTimers(tcb, now);
      assert.deepEqual(sent(tcb, now), ["A 1000+0"]);
      arrive(tcb, { ack: 1001, window: 0 }, now);
      assert.deepEqual(sent(tcb, now), []);
    }
    assert.deepEqual(
      waits.slice(0, 4).map((wait) => wait / (waits[0] as number)),
      [1, 2, 4, 8],
    );
    assert.equal(waits.at(-1), tcb.config.maxRtoMs);
    assert.equal(tcb.state, TcpState.ESTABLISHED);
    arrive(tcb, { ack: 1001, window: 10_000 }, now);
    assert.equal(sent(tcb, now).length, 5);
    assert.equal(tcb.timers.isArmed(Timer.PERSIST), false);
  });

  // req: tcp/SWS-3, tcp/SWS-4
  it("opened by a sliver is used only when the timer says so", () => {
    const tcb = openTcb({ window: 10_000 });
    sendNow(tcb, 10_000);
    arrive(tcb, { ack: 10_001, window: 100 });
    write(tcb, 5000);
    assert.deepEqual(sent(tcb), []);
    const at = nextTimeout(tcb);
    assert.ok(at <= 200);
    expireTimers(tcb, at);
    assert.deepEqual(sent(tcb, at), ["A 10001+100"]);
  });
});

describe("acknowledging", () => {
  // req: tcp/MUST-58, tcp/MUST-59, tcp/SHLD-19, tcp/CC-24
  it("once for a whole batch", () => {
    const tcb = openTcb();
    for (let i = 0; i < 8; i++) arrive(tcb, { seq: 1 + i * 1000, length: 1000 });
    assert.deepEqual(sent(tcb), ["A 1+0"]);
    assert.equal(tcb.lastAckSent, tcb.rcvNxt);
    assert.deepEqual(sent(tcb), []);
  });

  // req: tcp/SHLD-18, tcp/MUST-40
  it("rides on data that leaves anyway", () => {
    const tcb = openTcb();
    arrive(tcb, { seq: 1, length: 1000 });
    write(tcb, 100);
    assert.deepEqual(sent(tcb), ["PA 1+100"]);
    assert.equal(tcb.delayedAck.isOwed, false);
  });

  // req: tcp/MUST-40, tcp/CC-23
  it("waits for the second segment or the delay, once the first ones were answered quickly", () => {
    const tcb = openTcb();
    tcb.quickAcksLeft = 0;
    arrive(tcb, { seq: 1, length: 1000 }, 0);
    assert.deepEqual(sent(tcb, 0), []);
    assert.equal(nextTimeout(tcb), 40);
    expireTimers(tcb, 40);
    assert.deepEqual(sent(tcb, 40), ["A 1+0"]);
  });
});

describe("a reset", () => {
  it("goes before anything else, with its own number", () => {
    const tcb = openTcb();
    write(tcb, 1000);
    tcb.resetPending = true;
    tcb.resetSeq = tcb.sndNxt;
    tcb.resetAcks = true;
    tcb.state = TcpState.CLOSED;
    assert.deepEqual(sent(tcb), ["RA 1+0"]);
  });

  it("leaves the connection alone where it only answers a segment", () => {
    const tcb = openTcb({ state: TcpState.SYN_RECEIVED });
    tcb.isSynAcked = false;
    tcb.sndUna = tcb.iss;
    arrive(tcb, { flags: TcpFlag.ACK, ack: 77 });
    assert.deepEqual(sent(tcb), ["R 77+0"]);
    assert.equal(tcb.state, TcpState.SYN_RECEIVED);
  });
});

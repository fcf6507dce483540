import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  completeHandshake,
  effectiveMss,
  offerSyn,
  takePeerSyn,
} from "../../../src/tcp/handshake.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { hex } from "../../support/hex.ts";
import { openTcb, relative, segmentFor, sent, type TcbWishes } from "../../support/tcb-fixture.ts";

/** A control block that has sent its SYN; then a SYN,ACK with these options is taken. */
function agree(options: string, wishes: TcbWishes = {}): Tcb {
  const tcb = openTcb({ mss: 1460, ...wishes, state: TcpState.SYN_SENT });
  tcb.isSynAcked = false;
  tcb.sndUna = tcb.iss;
  offerSyn(tcb, 0);
  sent(tcb);
  const packet = new PacketBuffer();
  const octets = hex(options);
  packet.bytes.set(octets, 0);
  const segment = segmentFor(tcb, { flags: TcpFlag.SYN | TcpFlag.ACK, seq: 0, ack: 1 });
  segment.window = 5000;
  segment.optionsEnd = octets.length;
  takePeerSyn(tcb, segment, packet, 0);
  return tcb;
}

describe("what was offered and what was agreed", () => {
  // req: tcp/WS-1, tcp/WS-3, tcp/SACK-2, tcp/TS-1
  it("is what both sides named", () => {
    const tcb = agree("020405b4 0402 080a00000007 00000000 01030309");
    assert.equal(tcb.hasTimestamps, true);
    assert.equal(tcb.tsRecent, 7);
    assert.equal(tcb.hasSack, true);
    assert.equal(tcb.sndScale, 9);
    assert.equal(tcb.rcvScale, 7, "for 4 MB");
    assert.equal(tcb.sndWnd, 5000, "not scaled on a SYN");
    assert.equal(tcb.mss, 1448);
  });

  // req: tcp/WS-1, tcp/SHLD-5, tcp/MUST-15
  it("is nothing when the peer names nothing", () => {
    const tcb = agree("", { mss: 1460 });
    tcb.sendMss = 536;
    assert.deepEqual([tcb.hasTimestamps, tcb.hasSack, tcb.hasScaling], [false, false, false]);
    assert.deepEqual([tcb.sndScale, tcb.rcvScale], [0, 0]);
    assert.equal(effectiveMss(tcb), 536);
  });

  it("is nothing when we do not want it", () => {
    const config = { timestamps: false, sack: false, windowScaling: false };
    const tcb = agree("020405b4 0402 080a00000007 00000000 01030309", { config });
    assert.deepEqual([tcb.hasTimestamps, tcb.hasSack, tcb.hasScaling], [false, false, false]);
  });

  it("no MSS below 48 is believed (CVE-2019-11479)", () => {
    assert.equal(agree("02040001").mss, 48);
  });
});

describe("effectiveMss", () => {
  // req: tcp/MUST-16, tcp/BUG-18, tcp/PAWS-5
  it("is bounded by peer, path and socket, without timestamps", () => {
    const tcb = agree("02042328");
    assert.equal(tcb.mss, 1460, "the path");
    tcb.hasTimestamps = true;
    assert.equal(effectiveMss(tcb), 1448);
    tcb.settings.maxSegment = 600;
    assert.equal(effectiveMss(tcb), 588);
  });
});

describe("completeHandshake", () => {
  const complete = (transmissions: number, now: number): Tcb => {
    const tcb = agree("020405b4");
    tcb.synTransmissions = transmissions;
    tcb.timeouts = transmissions - 1;
    const segment = segmentFor(tcb, { flags: TcpFlag.SYN | TcpFlag.ACK, seq: 0, ack: 1 });
    completeHandshake(tcb, segment, "receive SYN,ACK", now);
    return tcb;
  };

  // req: tcp/SEG-7, tcp/RTO-7, tcp/CC-3, tcp/BUG-3, tcp/CC-5
  it("measures the round trip and starts with the initial window", () => {
    const tcb = complete(1, 80);
    assert.equal(tcb.state, TcpState.ESTABLISHED);
    assert.equal(relative(tcb.sndUna, tcb.iss), 1);
    assert.equal(tcb.rtt.srtt, 80);
    assert.equal(tcb.congestion.window, 14_600);
  });

  // req: tcp/RTO-16, tcp/CC-4
  it("after a loss takes no sample, 3 s, and after two losses one segment", () => {
    const once = complete(2, 1080);
    assert.equal(once.rtt.hasSample, false);
    assert.equal(once.rtt.rto, 3000);
    assert.equal(once.congestion.window, 14_600);
    assert.equal(complete(3, 3080).congestion.window, 1460);
  });
});

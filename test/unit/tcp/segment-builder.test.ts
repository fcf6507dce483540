import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqAdd } from "../../../src/base/seq.ts";
import { parseSegmentInto, Segment } from "../../../src/tcp/segment.ts";
import {
  advertisedMss,
  buildSegment,
  sackOctets,
  timestampAt,
} from "../../../src/tcp/segment-builder.ts";
import type { Tcb } from "../../../src/tcp/tcb.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { toHex } from "../../support/hex.ts";
import { arrive, openTcb, write } from "../../support/tcb-fixture.ts";

const { ACK, SYN, RST } = TcpFlag;

function build(tcb: Tcb, flags: number, length = 0, now = 0): PacketBuffer {
  const packet = new PacketBuffer();
  buildSegment(tcb, packet, tcb.sndNxt, length, flags, now);
  return packet;
}

function optionsOf(packet: PacketBuffer): string {
  const segment = new Segment();
  assert.ok(parseSegmentInto(segment, packet));
  return toHex(packet.bytes.subarray(segment.optionsAt, segment.optionsEnd));
}

describe("buildSegment", () => {
  // req: tcp/MUST-2
  it("writes header, options and text, the checksum left to be finished", () => {
    const tcb = openTcb({ timestamps: true });
    tcb.tsRecent = 0x0a0b0c0d;
    write(tcb, 5);
    const packet = build(tcb, ACK, 5, 0x1234);
    assert.equal(
      toHex(packet.bytes.subarray(packet.start, packet.end)),
      "00509c40 00000001 00000001 8010ffff 12590000 0101080a 00001234 0a0b0c0d 00000000 00",
    );
    assert.equal(packet.checksumStart, packet.start);
    assert.equal(packet.checksumOffset, 16);
    assert.equal(packet.gsoSize, 0);
  });

  // req: tcp/MUST-67, tcp/MUST-65, tcp/MAY-3, tcp/MUST-69
  it("puts the options of a SYN in Linux's order", () => {
    const tcb = openTcb();
    tcb.rcvScale = 7;
    assert.equal(optionsOf(build(tcb, SYN, 0, 1)), "020405b4 0402080a 00000001 00000000 01030307");
  });

  // req: tcp/WS-1, tcp/SACK-1, tcp/TS-1, tcp/TS-2
  it("puts on a SYN,ACK only what the SYN had", () => {
    const tcb = openTcb({ sack: false });
    assert.equal(optionsOf(build(tcb, SYN | ACK)), "020405b4");
  });

  // req: tcp/SACK-3, tcp/SACK-4, tcp/SACK-5
  it("reports what is held, newest first, as many blocks as fit", () => {
    const tcb = openTcb({ timestamps: false });
    for (const seq of [101, 301, 501, 701, 901]) arrive(tcb, { seq, length: 50 });
    assert.equal(sackOctets(tcb), 36);
    const packet = build(tcb, ACK);
    const segment = new Segment();
    parseSegmentInto(segment, packet);
    assert.deepEqual([...segment.sackEdges], [901, 951, 701, 751, 501, 551, 301, 351]);
    tcb.hasTimestamps = true;
    parseSegmentInto(segment, build(tcb, ACK));
    assert.equal(segment.sackCount, 3);
    assert.equal(segment.headerLength, 60);
    assert.equal(optionsOf(build(tcb, RST | ACK)).length, 26, "a RST needs none");
  });

  it("settles what was owed to the peer", () => {
    const tcb = openTcb();
    arrive(tcb, { length: 100 });
    build(tcb, ACK);
    assert.equal(tcb.ackNow, false);
    assert.equal(tcb.delayedAck.isOwed, false);
    assert.equal(tcb.lastAckSent, tcb.rcvNxt);
  });
});

describe("the window field", () => {
  // req: tcp/SHLD-14, tcp/SEG-28, tcp/WS-4
  it("is scaled, and its right edge never moves left", () => {
    const tcb = openTcb({ settings: { receiveBufferOctets: 100_000 } });
    tcb.rcvScale = 1;
    tcb.rcvAdv = seqAdd(tcb.rcvNxt, 100_000);
    for (let i = 0; i < 50; i++) {
      arrive(tcb, { length: 999 });
      const edge = tcb.rcvAdv;
      const packet = build(tcb, ACK);
      const field = packet.view.getUint16(packet.start + 14);
      assert.equal(tcb.rcvAdv, edge);
      assert.ok(Math.abs((field << 1) - tcb.rcvWnd) < 2);
    }
  });
});

describe("small things", () => {
  // req: tcp/PMTU-5, tcp/MUST-67
  it("the MSS we offer is the link's, whatever the path", () => {
    const tcb = openTcb();
    assert.equal(advertisedMss(tcb), 1460);
    tcb.settings.maxSegment = 500;
    assert.equal(advertisedMss(tcb), 500);
  });

  // req: tcp/TS-9
  it("the timestamp clock ticks in ms and wraps", () => {
    const tcb = openTcb();
    assert.equal(timestampAt(tcb, 5.9), 5);
    assert.equal(timestampAt(tcb, 2 ** 32 + 3), 3);
  });
});

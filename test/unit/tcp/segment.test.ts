import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksum } from "../../../src/base/checksum.ts";
import { seqToUnsigned } from "../../../src/base/seq.ts";
import { isSegmentChecksumValid, parseSegmentInto, Segment } from "../../../src/tcp/segment.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { hex } from "../../support/hex.ts";

/** Ports 80 and 40000, SEQ 0xfffffff0, ACK 0x80000001, window 0x2000, urgent 9; the rest by the caller. */
function segmentOf(offsetAndFlags: string, rest: string): PacketBuffer {
  const head = "0050 9c40 fffffff0 80000001";
  const octets = hex(`${head} ${offsetAndFlags} 2000 0000 0009 ${rest}`);
  const packet = new PacketBuffer();
  packet.reset();
  packet.bytes.set(octets, packet.start);
  packet.end = packet.start + octets.length;
  return packet;
}

describe("parseSegmentInto", () => {
  it("reads every field", () => {
    const packet = segmentOf("5039", "010203");
    const segment = new Segment();
    assert.ok(parseSegmentInto(segment, packet));
    assert.equal(segment.sourcePort, 80);
    assert.equal(segment.destinationPort, 40_000);
    assert.equal(seqToUnsigned(segment.seq), 0xfffffff0);
    assert.equal(seqToUnsigned(segment.ack), 0x80000001);
    assert.equal(segment.window, 0x2000);
    assert.equal(segment.urgentPointer, 9);
    assert.equal(segment.flags, TcpFlag.FIN | TcpFlag.PSH | TcpFlag.ACK | TcpFlag.URG);
    assert.equal(segment.payloadAt, packet.start + 20);
    assert.equal(segment.payloadLength, 3);
    assert.equal(segment.frameLength, 3);
    assert.equal(segment.length, 4);
    assert.equal(seqToUnsigned(segment.end), 0xfffffff4);
    assert.equal(segment.tsPresent, false);
  });

  // req: tcp/MUST-5, tcp/MUST-6, tcp/MUST-64
  it("finds timestamps and SACK among unknown options, at any place", () => {
    const options = "fe03aa 080a 00000001 ffffffff 0512 00000010 00000020 00000030 00000040 01";
    const packet = segmentOf("d010", options);
    const segment = new Segment();
    assert.ok(parseSegmentInto(segment, packet));
    assert.equal(segment.tsPresent, true);
    assert.equal(segment.tsVal, 1);
    assert.equal(segment.tsEcr, -1);
    assert.equal(segment.sackCount, 2);
    assert.equal(segment.sackLeft(1), 0x30);
    assert.equal(segment.sackRight(1), 0x40);
    assert.equal(segment.payloadLength, 0);
  });

  it("reads the usual layout of timestamps as the walk does", () => {
    const segment = new Segment();
    assert.ok(parseSegmentInto(segment, segmentOf("8010", "0101 080a 00000007 00000008")));
    assert.deepEqual([segment.tsPresent, segment.tsVal, segment.tsEcr], [true, 7, 8]);
  });

  // req: tcp/MUST-7
  for (const [options, why] of [
    ["08000000", "a length of 0"],
    ["08010000", "a length of 1"],
    ["080a0000", "a length past the end"],
    ["00080a00", "what follows the end of the list"],
    ["0506ffff 01010101", "SACK of half a block"],
  ] as const) {
    it(`survives ${why}`, () => {
      const words = 5 + options.replace(/ /g, "").length / 8;
      const segment = new Segment();
      assert.ok(parseSegmentInto(segment, segmentOf(`${words.toString(16)}010`, options)));
      assert.equal(segment.tsPresent, false);
      assert.equal(segment.sackCount, 0);
    });
  }

  it("refuses what is no whole header", () => {
    const segment = new Segment();
    const short = segmentOf("5010", "");
    short.end -= 1;
    assert.equal(parseSegmentInto(segment, short), false);
    assert.equal(parseSegmentInto(segment, segmentOf("4010", "")), false, "offset below 5");
    assert.equal(parseSegmentInto(segment, segmentOf("6010", "")), false, "offset past the end");
  });

  it("knows the frames that were coalesced", () => {
    const packet = segmentOf("5010", "00".repeat(100));
    packet.gsoSize = 40;
    const segment = new Segment();
    parseSegmentInto(segment, packet);
    assert.equal(segment.frameLength, 40);
  });
});

describe("trimming", () => {
  // req: tcp/SEG-14
  it("takes SYN and FIN as one number each", () => {
    const segment = new Segment();
    parseSegmentInto(segment, segmentOf("5013", "0102030405"));
    assert.equal(segment.length, 7);
    segment.trimHead(2);
    assert.equal(segment.has(TcpFlag.SYN), false);
    assert.equal(segment.payloadLength, 4);
    assert.equal(seqToUnsigned(segment.seq), 0xfffffff2);
    segment.trimTail(2);
    assert.equal(segment.has(TcpFlag.FIN), false);
    assert.equal(segment.payloadLength, 3);
    assert.equal(segment.length, 3);
  });
});

describe("isSegmentChecksumValid", () => {
  // req: tcp/MUST-3, tcp/SEG-44
  it("sums pseudo-header, length and segment; a device may have done it", () => {
    const packet = segmentOf("5010", "0102030405");
    const pseudo = 0x1234;
    const length = packet.length;
    packet.view.setUint16(packet.start + 16, pseudo + length);
    packet.view.setUint16(packet.start + 16, checksum(packet.view, packet.start, packet.end));
    assert.equal(isSegmentChecksumValid(packet, pseudo), true);
    assert.equal(isSegmentChecksumValid(packet, pseudo + 1), false);
    packet.checksumVerified = true;
    assert.equal(isSegmentChecksumValid(packet, pseudo + 1), true);
  });
});

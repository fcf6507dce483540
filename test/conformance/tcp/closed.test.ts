import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksumAdd, checksumFinish } from "../../../src/base/checksum.ts";
import { writeReset } from "../../../src/tcp/reset.ts";
import { isSegmentChecksumValid, parseSegmentInto, Segment } from "../../../src/tcp/segment.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import {
  decodeSegment,
  encodeSegment,
  type SegmentFields,
  type SentSegment,
} from "../../support/tcp-segment.ts";
import { ScriptPath, WORLDS } from "../../support/tcp-world.ts";

for (const world of WORLDS) {
  const { pseudoHeaderSum } = new ScriptPath(world);
  const ports = { sourcePort: 40_000, destinationPort: 80, pseudoHeaderSum };
  const encoding = { ...ports, seqOrigin: world.irs, ackOrigin: 0 };

  const parsed = (flags: string, fields: SegmentFields): [Segment, PacketBuffer] => {
    const packet = encodeSegment({ length: 0, ...fields, flags }, encoding);
    const segment = new Segment();
    assert.ok(parseSegmentInto(segment, packet));
    return [segment, packet];
  };

  /** The RST that answers a segment without a connection. */
  const answer = (flags: string, fields: SegmentFields): SentSegment => {
    const [segment] = parsed(flags, fields);
    const reply = new PacketBuffer();
    writeReset(reply, segment, pseudoHeaderSum);
    const { view, start, end, checksumStart, checksumOffset } = reply;
    assert.equal(checksumStart, start);
    view.setUint16(start + checksumOffset, checksumFinish(checksumAdd(0, view, start, end)));
    assert.ok(isSegmentChecksumValid(reply, pseudoHeaderSum));
    return decodeSegment(reply, { ...ports, seqOrigin: 0, ackOrigin: world.irs }, 0);
  };

  describe(`CLOSED over ${world.name}`, () => {
    // req: tcp/SEG-1, tcp/SEG-2, tcp/SEG-40
    const rows: [string, SegmentFields, string, number, number, string][] = [
      ["S", { seq: 100 }, "AR", 0, 101, "a SYN"],
      ["S", { seq: 100, length: 50 }, "AR", 0, 151, "a SYN with data"],
      ["", { seq: 100, length: 50 }, "AR", 0, 150, "data without ACK"],
      ["F", { seq: 100, length: 50 }, "AR", 0, 151, "a FIN without ACK"],
      ["SF", { seq: 100, length: 50 }, "AR", 0, 152, "SYN and FIN"],
      ["A", { seq: 100, ack: 300 }, "R", 300, 0, "an ACK"],
      ["SA", { seq: 100, ack: 300 }, "R", 300, 0, "a SYN,ACK"],
      ["FA", { seq: 100, ack: 300, length: 9 }, "R", 300, 0, "data and FIN with ACK"],
    ];
    for (const [flags, fields, replyFlags, seq, number, why] of rows) {
      it(`answers ${why}`, () => {
        const reply = answer(flags, fields);
        assert.equal([...reply.flags].sort().join(""), replyFlags);
        assert.equal(reply.seq, seq);
        assert.equal(reply.ack, number);
        assert.equal(reply.length, 0);
        assert.equal(reply.headerLength, 20);
      });
    }
  });

  describe(`the checksum over ${world.name}`, () => {
    // req: tcp/MUST-3, tcp/SEG-44
    it("covers header, data and pseudo-header", () => {
      const [, packet] = parsed("A", { seq: 1, ack: 1, length: 33 });
      assert.ok(isSegmentChecksumValid(packet, pseudoHeaderSum));
      for (let at = packet.start; at < packet.end; at++) {
        packet.bytes[at] = (packet.bytes[at] as number) ^ 0x10;
        assert.ok(!isSegmentChecksumValid(packet, pseudoHeaderSum), `octet ${at - packet.start}`);
        packet.bytes[at] = (packet.bytes[at] as number) ^ 0x10;
      }
      assert.ok(!isSegmentChecksumValid(packet, pseudoHeaderSum + 1));
    });

    // req: tcp/MUST-3, tcp/SEG-44
    it("covers the length", () => {
      const [, packet] = parsed("A", { seq: 1, ack: 1, length: 34 });
      packet.bytes[packet.end - 1] = 0;
      packet.bytes[packet.end - 2] = 0;
      packet.end -= 2;
      assert.ok(!isSegmentChecksumValid(packet, pseudoHeaderSum));
    });
  });
}

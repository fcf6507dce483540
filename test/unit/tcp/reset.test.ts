import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { challenge, writeReset } from "../../../src/tcp/reset.ts";
import { parseSegmentInto, Segment } from "../../../src/tcp/segment.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { type Arrival, openTcb, segmentFor } from "../../support/tcb-fixture.ts";

const { ACK, SYN, FIN, RST } = TcpFlag;

describe("writeReset", () => {
  for (const [arrival, flags, seq, ack, why] of [
    [{ flags: SYN, seq: 5 }, RST | ACK, 0, 6, "a SYN"],
    [{ flags: SYN | FIN, seq: 5, length: 10 }, RST | ACK, 0, 17, "SYN, text and FIN"],
    [{ flags: 0, seq: -1, length: 1 }, RST | ACK, 0, 0, "text that ends at the wrap"],
    [{ flags: ACK, seq: 5, ack: 77 }, RST, 77, 0, "an ACK"],
    [{ flags: SYN | ACK, seq: 5, ack: -7 }, RST, -7, 0, "a SYN,ACK"],
  ] as [Arrival, number, number, number, string][]) {
    // req: tcp/SEG-1, tcp/SEG-2, tcp/SEG-40
    it(`answers ${why}`, () => {
      const packet = new PacketBuffer();
      const segment = segmentFor(openTcb(), arrival);
      segment.sourcePort = 1234;
      segment.destinationPort = 80;
      writeReset(packet, segment, 0x1111);
      const answer = new Segment();
      assert.ok(parseSegmentInto(answer, packet));
      assert.equal(answer.flags, flags);
      assert.equal(answer.seq, seq);
      assert.equal(answer.ack, ack);
      assert.deepEqual([answer.sourcePort, answer.destinationPort], [80, 1234]);
      assert.deepEqual([answer.window, answer.payloadLength, answer.headerLength], [0, 0, 20]);
      assert.equal(packet.view.getUint16(packet.start + 16), 0x1111 + 20);
    });
  }
});

describe("challenge", () => {
  // req: tcp/BLIND-6
  it("allows a number of ACKs each second that cannot be foretold", () => {
    const tcb = openTcb({ config: { challengeAckLimit: 100 } });
    const counts = Array.from({ length: 20 }, (_, second) => {
      let count = 0;
      for (let i = 0; i < 500; i++) {
        tcb.ackNow = false;
        challenge(tcb, second * 1000 + i);
        if (tcb.ackNow) count++;
      }
      return count;
    });
    assert.ok(
      counts.every((count) => count >= 50 && count < 150),
      `${counts}`,
    );
    assert.ok(new Set(counts).size > 10, `${counts}`);
  });
});

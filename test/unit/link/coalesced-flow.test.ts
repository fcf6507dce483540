import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CoalescedFlow,
  type DataSegment,
  parseDataSegment,
} from "../../../src/link/coalesced-flow.ts";
import { locateTcp, type TcpLocation } from "../../../src/link/segmentation.ts";
import type { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { octetsIn, type TcpPacketShape, tcpPacket } from "../../support/link-packets.ts";

function read(shape: TcpPacketShape): {
  packet: PacketBuffer;
  segment: DataSegment;
  isData: boolean;
} {
  const packet = tcpPacket({ payload: 100, partial: false, ...shape });
  const at: TcpLocation = { networkAt: 0, transportAt: 0, endAt: 0 };
  const segment: DataSegment = { networkAt: 0, transportAt: 0, payloadAt: 0, endAt: 0 };
  assert.ok(locateTcp(packet, "ethernet", at));
  return { packet, segment, isData: parseDataSegment(packet, at, segment) };
}

test("only plain data segments are read as such", () => {
  const rows: [TcpPacketShape, boolean][] = [
    [{}, true],
    [{ family: 6, timestamps: [1, 2] }, true],
    [{ flags: TcpFlag.ACK | TcpFlag.PSH | TcpFlag.FIN | TcpFlag.ECE }, true],
    [{ payload: 0 }, false],
    [{ flags: 0 }, false],
    [{ flags: TcpFlag.ACK | TcpFlag.AE }, false],
    [{ partial: true }, false],
    [{ partial: false, gsoSize: 50 }, false],
    [{ extraHeader: 8 }, false],
    [{ family: 6, extraHeader: 8 }, false],
  ];
  for (const [shape, expected] of rows)
    assert.equal(read(shape).isData, expected, JSON.stringify(shape));
});

test("a run grows by what follows and ends as a super-segment", () => {
  const flow = new CoalescedFlow();
  const first = read({ seq: 0 });
  assert.equal(
    flow.isSameFlow(first.packet, first.segment.networkAt, first.segment.transportAt),
    false,
  );
  assert.ok(flow.begin(first.packet, first.segment));
  assert.ok(flow.isSameFlow(first.packet, first.segment.networkAt, first.segment.transportAt));
  const second = read({ seq: 100, payload: 60 });
  assert.equal(flow.append(first.packet, first.segment), false);
  assert.ok(flow.append(second.packet, second.segment));
  assert.ok(flow.isComplete);
  const packet = flow.take();
  assert.equal(flow.isHeld, false);
  assert.deepEqual([packet.gsoSize, packet.length], [100, 14 + 40 + 160]);
});

test("a packet whose checksum was verified already is not summed again", () => {
  const flow = new CoalescedFlow();
  const { packet, segment } = read({});
  packet.view.setUint8(packet.end - 1, 0xff);
  assert.equal(flow.begin(packet, segment), false);
  packet.checksumVerified = true;
  assert.ok(flow.begin(packet, segment));
  assert.deepEqual(octetsIn(flow.take()), octetsIn(packet));
});

test("nothing follows PSH or FIN, so a run does not begin with them", () => {
  for (const flag of [TcpFlag.PSH, TcpFlag.FIN]) {
    const { packet, segment } = read({ flags: TcpFlag.ACK | flag });
    assert.equal(new CoalescedFlow().begin(packet, segment), false);
  }
});

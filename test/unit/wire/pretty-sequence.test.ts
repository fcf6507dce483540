import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { toSeq } from "../../../src/base/seq.ts";
import { type Conversation, SequenceBases } from "../../../src/wire/pretty-sequence.ts";

const forth: Conversation = {
  source: IpAddress.v4(0x0a4d0001),
  sourcePort: 39870,
  destination: IpAddress.v4(0x0a4d0002),
  destinationPort: 80,
};
const back: Conversation = {
  source: forth.destination,
  sourcePort: forth.destinationPort,
  destination: forth.source,
  destinationPort: forth.sourcePort,
};

function segment(seq: number, ack: number, syn = false): Parameters<SequenceBases["of"]>[1] {
  return { seq: toSeq(seq), ack: toSeq(ack), syn };
}

test("the SYN-ACK sets the bases of both directions", () => {
  const bases = new SequenceBases();
  assert.equal(bases.of(back, segment(1000, 501, true)).isFirst, true);
  assert.deepEqual(bases.of(forth, segment(501, 1001)), {
    seq: toSeq(500),
    ack: toSeq(1000),
    isFirst: false,
  });
  assert.deepEqual(bases.of(back, segment(1001, 501)), {
    seq: toSeq(1000),
    ack: toSeq(500),
    isFirst: false,
  });
});

test("a capture that begins in the middle counts from its first segment", () => {
  const bases = new SequenceBases();
  assert.equal(bases.of(forth, segment(501, 1001)).isFirst, true);
  assert.equal(bases.of(back, segment(1001, 601)).seq, 1000);
});

test("bases wrap at 2³¹ and 2³²", () => {
  const bases = new SequenceBases();
  bases.of(back, segment(0x7fffffff, 0, true));
  assert.equal(bases.of(back, segment(0x80000000, 1)).seq, 0x7fffffff);
  assert.equal(bases.of(forth, segment(0, 0x80000000)).seq, toSeq(0xffffffff));
});

test("a new SYN-ACK on the same ports starts again", () => {
  const bases = new SequenceBases();
  bases.of(back, segment(1000, 501, true));
  bases.of(back, segment(9000, 7001, true));
  assert.equal(bases.of(forth, segment(7001, 9001)).ack, 9000);
});

test("equal ports are told apart by address", () => {
  const bases = new SequenceBases();
  const from = { ...forth, sourcePort: 80 };
  const to = { ...back, destinationPort: 80 };
  bases.of(from, segment(100, 201));
  assert.deepEqual(bases.of(to, segment(201, 101)), { seq: 200, ack: 100, isFirst: false });
});

test("memory is bounded: the conversation begun longest ago is forgotten", () => {
  const bases = new SequenceBases();
  const on = (port: number): Conversation => ({ ...forth, sourcePort: port });
  for (let port = 1000; port <= 1000 + 4096; port++) bases.of(on(port), segment(1, 1));
  assert.equal(bases.of(on(1001), segment(2, 2)).isFirst, false);
  assert.equal(bases.of(on(1000), segment(2, 2)).isFirst, true);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Seq, seqToUnsigned, toSeq } from "../../../src/base/seq.ts";
import {
  mssOptionValue,
  nextTcpOption,
  sackBlockCount,
  sackBlockLeft,
  sackBlockRight,
  TcpOption,
  tcpOptionKind,
  tcpOptionLength,
  timestampEcho,
  timestampValue,
  windowScaleOptionValue,
  writeMssOption,
  writeNop,
  writeSackBlock,
  writeSackOption,
  writeSackPermittedOption,
  writeTimestampsOption,
  writeWindowScaleOption,
} from "../../../src/wire/tcp-options.ts";
import { hex, toHex, viewAt, written } from "../../support/hex.ts";

/** Kind and place of every option of a list, `at` octets into a buffer that ends with the list. */
function walk(octets: Uint8Array, at: number): string[] {
  const view = viewAt(octets, at);
  const end = at + octets.length;
  const found: string[] = [];
  let next = nextTcpOption(view, at, end);
  while (next >= 0) {
    found.push(`${tcpOptionKind(view, next)}@${next - at}+${tcpOptionLength(view, next)}`);
    next = nextTcpOption(view, next + tcpOptionLength(view, next), end);
  }
  return found;
}

//                  mss       sackOK timestamps               nop wscale
const LINUX = hex("020405b4   0402   080a 0001e240 00000000   01  030307");

// req: tcp/MUST-4, tcp/MUST-68
test("the options of a SYN from Linux, and their values", () => {
  assert.deepEqual(walk(LINUX, 0), ["2@0+4", "4@4+2", "8@6+10", "3@17+3"]);
  const view = viewAt(LINUX);
  assert.equal(mssOptionValue(view, 0), 1460);
  assert.equal(timestampValue(view, 6), 123_456);
  assert.equal(timestampEcho(view, 6), 0);
  assert.equal(windowScaleOptionValue(view, 17), 7);
});

// req: tcp/MUST-64
test("an option is read at any alignment", () => {
  for (let at = 0; at < 8; at++) {
    assert.deepEqual(walk(LINUX, at), ["2@0+4", "4@4+2", "8@6+10", "3@17+3"]);
    const view = viewAt(LINUX, at);
    assert.equal(mssOptionValue(view, at), 1460);
    assert.equal(timestampValue(view, at + 6), 123_456);
  }
});

// req: tcp/MUST-4, tcp/MUST-6, tcp/MUST-7, tcp/MUST-68
test("the walker: padding, the end, unknown kinds and hostile lengths", () => {
  const rows: [list: string, found: string[], why: string][] = [
    ["", [], "no options"],
    ["00", [], "end"],
    ["01", [], "one NOP"],
    ["01010101010101010101", [], "NOPs up to the end"],
    ["010101020405b4", ["2@3+4"], "NOPs before an option"],
    ["01010101 00 020405b4", [], "what follows END is padding"],
    ["fd04abcd 020405b4", ["253@0+4", "2@4+4"], "unknown kinds are stepped over by their length"],
    ["1e02 030307", ["30@0+2", "3@2+3"], "an option without data"],
    ["02", [], "kind without a length"],
    ["02 04 05", [], "data past the end"],
    ["02 04 05b4 03", ["2@0+4"], "kind without a length behind a good one"],
    ["02 04 05b4 03 03", ["2@0+4"], "data past the end behind a good one"],
    ["02 00 05b4 030307", [], "length 0 would never step on"],
    ["02 01 05b4 030307", [], "length 1 would step into itself"],
    ["fd00", [], "length 0 of an unknown kind"],
    ["fdff abcd", [], "length 255"],
    ["020405b4 fd00 030307", ["2@0+4"], "nothing behind a malformed one is believed"],
  ];
  for (const [list, found, why] of rows) {
    for (const at of [0, 1, 7]) assert.deepEqual(walk(hex(list), at), found, why);
  }
});

test("any octets: every option lies inside the list and the walk comes to an end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      const view = viewAt(octets, 2);
      let at = nextTcpOption(view, 2, octets.length + 2);
      let last = 1;
      while (at >= 0) {
        const length = tcpOptionLength(view, at);
        assert.ok(at > last && length >= 2 && at + length <= octets.length + 2);
        last = at;
        at = nextTcpOption(view, at + length, octets.length + 2);
      }
    }),
  );
});

test("SACK: the number of blocks, none when the length is not 8n + 2", () => {
  const rows: [length: number, blocks: number][] = [
    [2, 0],
    [9, 0],
    [10, 1],
    [11, 0],
    [18, 2],
    [26, 3],
    [34, 4],
    [37, 0],
  ];
  for (const [length, blocks] of rows) {
    const octets = new Uint8Array(40);
    octets.set([TcpOption.SACK, length]);
    assert.equal(sackBlockCount(viewAt(octets), 0), blocks, `length ${length}`);
  }
});

test("SACK: edges on both sides of 2^31 and of 2^32", () => {
  //                   sack     left     right    left     right
  const octets = hex(" 05 12    7ffffff0 80000010 fffffff0 00000010");
  const view = viewAt(octets);
  const edges = [0, 1].flatMap((block) => [
    seqToUnsigned(sackBlockLeft(view, 0, block)),
    seqToUnsigned(sackBlockRight(view, 0, block)),
  ]);
  assert.deepEqual(edges, [0x7ffffff0, 0x80000010, 0xfffffff0, 0x10]);
});

test("each writer leaves its option and returns the position behind it", () => {
  const rows: [hexText: string, write: (view: DataView, at: number) => number][] = [
    ["020405b4", (view, at) => writeMssOption(view, at, 1460)],
    ["03030e", (view, at) => writeWindowScaleOption(view, at, 14)],
    ["0402", writeSackPermittedOption],
    ["080a ffffffff 80000000", (view, at) => writeTimestampsOption(view, at, -1, 0x80000000 | 0)],
    ["01", writeNop],
    ["050a 7fffffff 80000001", (view, at) => writeOneBlock(view, at, 0x7fffffff, 0x80000001)],
  ];
  for (const [expected, write] of rows) {
    const { length } = hex(expected);
    let end = 0;
    const octets = written(
      length,
      (view, at) => {
        end = write(view, at) - at;
      },
      3,
    );
    assert.equal(toHex(octets), toHex(hex(expected)));
    assert.equal(end, length, expected);
  }
});

function writeOneBlock(view: DataView, at: number, left: number, right: number): number {
  return writeSackBlock(view, writeSackOption(view, at, 1), toSeq(left), toSeq(right));
}

test("blocks that are written are read back", () => {
  const seq = fc.integer().map(toSeq);
  fc.assert(
    fc.property(fc.array(fc.tuple(seq, seq), { minLength: 1, maxLength: 4 }), (blocks) => {
      const view = viewAt(new Uint8Array(40), 2);
      let at = writeSackOption(view, 2, blocks.length);
      for (const [left, right] of blocks) at = writeSackBlock(view, at, left, right);
      assert.equal(at, 2 + 2 + 8 * blocks.length);
      assert.equal(nextTcpOption(view, 2, at), 2);
      assert.equal(sackBlockCount(view, 2), blocks.length);
      const read = blocks.map((_, i): [Seq, Seq] => [
        sackBlockLeft(view, 2, i),
        sackBlockRight(view, 2, i),
      ]);
      assert.deepEqual(read, blocks);
    }),
  );
});

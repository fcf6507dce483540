import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seqToUnsigned, toSeq } from "../../../src/base/seq.ts";
import {
  isTcpHeader,
  setTcpAck,
  setTcpChecksum,
  setTcpLengthAndFlags,
  setTcpPorts,
  setTcpSeq,
  setTcpUrgentPointer,
  setTcpWindow,
  TCP_CHECKSUM_OFFSET,
  TCP_MAX_HEADER_LENGTH,
  TCP_MIN_HEADER_LENGTH,
  TcpFlag,
  tcpAck,
  tcpChecksum,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpOptionsAt,
  tcpSeq,
  tcpSourcePort,
  tcpUrgentPointer,
  tcpWindow,
} from "../../../src/wire/tcp-header.ts";
import { assertRefusesCuts, hex, toHex, viewAt, written } from "../../support/hex.ts";

//                     from to   seq      ack      off flags win  sum  urg
const SEGMENT = hex("  9bbe 0050 fffffff0 80000001 50  18    ffff 1a2b 0003");
const AT = 3;

// req: tcp/MUST-1
test("the fields of a header; ports and window are unsigned", () => {
  const view = viewAt(SEGMENT, AT);
  assert.equal(tcpSourcePort(view, AT), 39_870);
  assert.equal(tcpDestinationPort(view, AT), 80);
  assert.equal(seqToUnsigned(tcpSeq(view, AT)), 0xfffffff0);
  assert.equal(seqToUnsigned(tcpAck(view, AT)), 0x80000001);
  assert.equal(tcpHeaderLength(view, AT), 20);
  assert.equal(tcpFlags(view, AT), TcpFlag.PSH | TcpFlag.ACK);
  assert.equal(tcpWindow(view, AT), 0xffff);
  assert.equal(tcpChecksum(view, AT), 0x1a2b);
  assert.equal(tcpUrgentPointer(view, AT), 3);
  assert.equal(tcpOptionsAt(AT), AT + 20);
});

test("a header cut short is none, whether it has options or not", () => {
  assertRefusesCuts(isTcpHeader, SEGMENT);
  const longest = new Uint8Array(TCP_MAX_HEADER_LENGTH);
  longest.set(SEGMENT);
  longest[12] = 0xf0;
  assertRefusesCuts(isTcpHeader, longest);
});

test("a data offset below 5 or past the end is refused", () => {
  for (let words = 0; words < 16; words++) {
    const view = viewAt(new Uint8Array(40), AT);
    view.setUint8(AT + 12, words << 4);
    assert.equal(isTcpHeader(view, AT, AT + 40), words >= 5 && words <= 10, `${words} words`);
  }
});

test("each flag is one bit of its own, and reserved bits are not among them", () => {
  const rows: [name: keyof typeof TcpFlag, word: number][] = [
    ["FIN", 0x5001],
    ["SYN", 0x5002],
    ["RST", 0x5004],
    ["PSH", 0x5008],
    ["ACK", 0x5010],
    ["URG", 0x5020],
    ["ECE", 0x5040],
    ["CWR", 0x5080],
    ["AE", 0x5100],
  ];
  assert.equal(rows.length, Object.keys(TcpFlag).length);
  for (const [name, word] of rows) {
    const view = viewAt(SEGMENT, AT);
    view.setUint16(AT + 12, word);
    assert.equal(tcpFlags(view, AT), TcpFlag[name], name);
    view.setUint16(AT + 12, word | 0x0e00);
    assert.equal(tcpFlags(view, AT), TcpFlag[name], `${name} with reserved bits`);
    assert.equal(tcpHeaderLength(view, AT), 20);
  }
});

test("written field by field, the header is the same octet for octet", () => {
  const octets = written(TCP_MIN_HEADER_LENGTH, (view, at) => {
    setTcpPorts(view, at, 39_870, 80);
    setTcpSeq(view, at, toSeq(0xfffffff0));
    setTcpAck(view, at, toSeq(0x80000001));
    setTcpLengthAndFlags(view, at, 20, TcpFlag.PSH | TcpFlag.ACK);
    setTcpWindow(view, at, 0xffff);
    setTcpChecksum(view, at, 0x1a2b);
    setTcpUrgentPointer(view, at, 3);
  });
  assert.equal(toHex(octets), toHex(SEGMENT));
});

test("what is written is read back", () => {
  const word = fc.nat(0xffff);
  const fields = fc.record({
    ports: fc.tuple(word, word),
    seq: fc.integer().map(toSeq),
    ack: fc.integer().map(toSeq),
    words: fc.integer({ min: 5, max: 15 }),
    flags: fc.nat(0x1ff),
    window: word,
    urgent: word,
    sum: word,
  });
  fc.assert(
    fc.property(fields, ({ ports, seq, ack, words, flags, window, urgent, sum }) => {
      const view = viewAt(new Uint8Array(20).fill(0xff), AT);
      setTcpPorts(view, AT, ports[0], ports[1]);
      setTcpSeq(view, AT, seq);
      setTcpAck(view, AT, ack);
      setTcpLengthAndFlags(view, AT, words * 4, flags);
      setTcpWindow(view, AT, window);
      setTcpUrgentPointer(view, AT, urgent);
      view.setUint16(AT + TCP_CHECKSUM_OFFSET, sum);
      assert.deepEqual([tcpSourcePort(view, AT), tcpDestinationPort(view, AT)], ports);
      assert.deepEqual([tcpSeq(view, AT), tcpAck(view, AT)], [seq, ack]);
      assert.deepEqual([tcpHeaderLength(view, AT), tcpFlags(view, AT)], [words * 4, flags]);
      assert.deepEqual(
        [tcpWindow, tcpUrgentPointer, tcpChecksum].map((read) => read(view, AT)),
        [window, urgent, sum],
      );
    }),
  );
});

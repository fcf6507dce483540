/** Streams whose numbers cross 2³¹ and 2³² under way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import { shifted } from "../support/host-clock.ts";
import { FAMILIES, type Family, HostPair } from "../support/host-pair.ts";
import { readSegment } from "../support/host-peer.ts";
import { BAD_LINK } from "../support/host-proof.ts";
import { Transfer } from "../support/host-transfer.ts";

const OCTETS = 3_000_000;
const BEFORE = 1_000_000;
/** Initial numbers follow a clock of 4 µs (RFC 6528 §3), so whoever moves a host's clock chooses them. */
const MS_PER_NUMBER = 1 / 250;

/** What the two SYNs of the connection say. */
interface Origins {
  readonly seqA: number;
  readonly seqB: number;
  readonly timestampA: number;
}

/** A connection between hosts whose clocks are ahead by so much, and the numbers it began with. */
function open(
  family: Family,
  aheadA: number,
  aheadB: number,
  rules = {},
): [HostPair, Origins, Transfer[]] {
  const pair = new HostPair({
    seed: 11,
    rules,
    runtime: (runtime, name) => shifted(runtime, name === "a" ? aheadA : aheadB),
  });
  const syns = new Map<number, { seq: number; timestamp: number }>();
  for (const { device } of [pair.a, pair.b]) {
    device.install((packet: PacketBuffer) => {
      const segment = readSegment(packet.bytes.slice(packet.start, packet.end));
      const flags = (segment?.flags ?? 0) & (TcpFlag.SYN | TcpFlag.ACK);
      if (segment !== null && (flags & TcpFlag.SYN) !== 0 && !syns.has(flags)) {
        syns.set(flags, { seq: segment.seq, timestamp: segment.timestamps?.[0] ?? 0 });
      }
      return "pass";
    }, "receive");
  }
  const [client, server] = pair.connect(family, { localPort: 40_000 });
  const [syn, synAck] = [syns.get(TcpFlag.SYN), syns.get(TcpFlag.SYN | TcpFlag.ACK)];
  assert.ok(syn && synAck);
  const transfers = [new Transfer(client, server, OCTETS), new Transfer(server, client, OCTETS)];
  return [pair, { seqA: syn.seq, seqB: synAck.seq, timestampA: syn.timestamp }, transfers];
}

/** How far to move a clock so that a number that was `from` becomes `to`. */
function lead(from: number, to: number, msPerNumber: number): number {
  return ((to - from) >>> 0) * msPerNumber;
}

for (const family of FAMILIES) {
  for (const [name, boundary] of [
    ["2³¹", 2 ** 31],
    ["2³²", 2 ** 32],
  ] as const) {
    test(`sequence numbers of both sides cross ${name} on a bad link, ${family}`, () => {
      const start = boundary - BEFORE;
      const [, first] = open(family, 0, 0);
      const aheadA = lead(first.seqA, start, MS_PER_NUMBER);
      const aheadB = lead(first.seqB, start, MS_PER_NUMBER);
      const [pair, { seqA, seqB }, transfers] = open(family, aheadA, aheadB, BAD_LINK);
      // The bad link may have cost a SYN or two: time in which the numbers go on.
      for (const seq of [seqA, seqB]) {
        const left = (boundary - (seq >>> 0)) >>> 0;
        assert.ok(left > 0 && left < OCTETS - 100_000, `${left} octets before the boundary`);
      }
      for (const transfer of transfers) transfer.start();
      pair.until(() => transfers.every(({ isDone }) => isDone), 1e6, 100);
      for (const transfer of transfers) transfer.assertWhole();
    });

    test(`timestamps cross ${name} on a bad link, ${family}`, () => {
      const [, first] = open(family, 0, 0);
      const ahead = lead(first.timestampA, boundary - 3000, 1);
      const [pair, { timestampA }, transfers] = open(family, ahead, 0, BAD_LINK);
      const left = (boundary - (timestampA >>> 0)) >>> 0;
      assert.ok(left > 0 && left <= 3000, `${left} ms before the boundary`);
      for (const transfer of transfers) transfer.start();
      const ms = pair.until(() => transfers.every(({ isDone }) => isDone), 1e6, 100);
      assert.ok(ms > left, "it was crossed");
      for (const transfer of transfers) transfer.assertWhole();
    });
  }
}

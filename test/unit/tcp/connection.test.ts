import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { randomFraction, SeededRandom } from "../../../src/base/random.ts";
import { toSeq } from "../../../src/base/seq.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpEvent } from "../../../src/tcp/tcp-event.ts";
import {
  type LinkOptions,
  pair,
  type SeenSegment,
  type TcpPair,
  transfer,
} from "../../support/tcp-pair.ts";

const { ESTABLISHED, CLOSED, TIME_WAIT, FIN_WAIT_2, CLOSE_WAIT } = TcpState;

/** Both directions, then both ends closed: nothing may be left behind. */
function bothWays(options: Partial<LinkOptions>, octets: number): TcpPair {
  const link = pair(options).connect();
  transfer(link, link.a, link.b, octets);
  transfer(link, link.b, link.a, octets);
  assert.deepEqual([link.a.connection.error, link.b.connection.error], [0, 0]);
  link.a.connection.close(link.now);
  link.b.connection.close(link.now);
  link.drive(() => false, 2_000_000);
  for (const side of [link.a, link.b]) {
    assert.equal(side.connection.state, CLOSED);
    assert.equal(side.connection.pollTimeout(), Infinity);
    assert.equal(side.connection.storageOctets, 0);
    assert.equal(side.events & TcpEvent.CLOSED, TcpEvent.CLOSED);
  }
  return link;
}

describe("a transfer both ways", () => {
  for (const [name, options, octets] of [
    ["over a clean link", {}, 500_000],
    ["in super-segments", { offload: true }, 2_000_000],
    ["across both wraps", { issA: 0x7fffffff - 1e5, issB: 0xffffffff - 1e5 }, 400_000],
    ["with 1 % lost", { loss: 0.01, seed: 2 }, 300_000],
    ["with 10 % lost", { loss: 0.1, seed: 3 }, 100_000],
    ["in super-segments, with 5 % lost", { offload: true, loss: 0.05, seed: 4 }, 1_000_000],
    ["reordered and duplicated", { reorder: 0.2, duplicate: 0.1, seed: 5 }, 200_000],
    ["all of it at once", { loss: 0.03, reorder: 0.1, duplicate: 0.05, seed: 6 }, 100_000],
    ["without SACK", { loss: 0.03, seed: 7, config: { sack: false } }, 100_000],
    ["without timestamps", { loss: 0.03, seed: 8, config: { timestamps: false } }, 100_000],
    ["with Reno", { loss: 0.03, seed: 9, config: { congestionControl: "reno" } }, 100_000],
    ["with a small MTU", { mtu: 68, loss: 0.02, seed: 10 }, 10_000],
    ["with a buffer of 2 segments", { seed: 11, settings: { receiveBufferOctets: 3000 } }, 30_000],
    [
      "without any option",
      { loss: 0.03, seed: 12, config: { sack: false, timestamps: false, windowScaling: false } },
      100_000,
    ],
  ] as const) {
    // req: tcp/SEG-21, tcp/SHLD-31, tcp/BUG-4, tcp/BUG-5, tcp/SEG-25
    it(name, () => {
      bothWays(options, octets);
    });
  }

  it("whatever the seed", () => {
    for (let seed = 100; seed < 130; seed++) {
      const random = new SeededRandom(seed);
      const share = (most: number): number => randomFraction(random) * most;
      bothWays(
        {
          seed,
          loss: share(0.1),
          reorder: share(0.3),
          duplicate: share(0.1),
          latencyMs: share(50),
          offload: seed % 2 === 0,
          config: { sack: seed % 3 !== 0, timestamps: seed % 5 !== 0 },
          settings: { noDelay: seed % 7 === 0 },
          issA: random.int32(),
          issB: random.int32(),
        },
        20_000,
      );
    }
  });

  // req: tcp/BUG-1, tcp/CC-1
  it("repairs each loss once, and sends nothing twice without need", () => {
    const random = new SeededRandom(9);
    const lost: number[] = [];
    const resent: number[] = [];
    const link = pair({
      drop: ({ from, length, seq }) => {
        const isLost = from === "a" && length > 0 && randomFraction(random) < 0.01;
        if (isLost) lost.push(seq);
        return isLost;
      },
    }).connect();
    link.counters.observer = {
      tcpRetransmit: (_name, seq) => resent.push(toSeq(seq - link.options.issA)),
    };
    transfer(link, link.a, link.b, 1_000_000);
    assert.ok(lost.length > 3);
    assert.deepEqual(resent, lost);
  });
});

describe("opening", () => {
  // req: tcp/MUST-10, tcp/SEG-8
  it("from both sides at once makes one connection", () => {
    for (const loss of [0, 0.3]) {
      const link = pair({ loss, seed: 5 });
      link.a.connection.open(link.now);
      link.b.connection.open(link.now);
      const isOpen = (): boolean =>
        link.a.connection.state === ESTABLISHED && link.b.connection.state === ESTABLISHED;
      assert.ok(link.drive(isOpen));
      assert.equal(link.a.connection.isPassive, false);
      transfer(link, link.a, link.b, 10_000);
    }
  });

  // req: tcp/MUST-10
  it("to itself makes a connection with itself", () => {
    const link = pair();
    const { connection } = link.a;
    link.b.connection = connection;
    connection.open(link.now);
    assert.ok(link.drive(() => connection.state === ESTABLISHED));
  });

  // req: tcp/SEG-6
  it("to a closed port is refused", () => {
    const link = pair();
    link.a.connection.open(link.now);
    link.drive(() => link.seen.length > 0);
    link.b.connection.abort();
    const syn = link.seen[0];
    assert.equal(syn?.flags, "S");
    assert.equal(link.a.connection.state, TcpState.SYN_SENT);
    link.drive(() => false, 300_000);
    assert.equal(link.a.connection.takeError(), Errno.ETIMEDOUT);
    assert.equal(link.a.connection.takeError(), 0);
  });
});

describe("closing", () => {
  // req: tcp/SEG-24, tcp/SEG-30, tcp/SEG-31, tcp/MUST-13
  it("one side after the other: the first waits in TIME-WAIT", () => {
    const link = pair().connect();
    link.a.connection.shutdownSend();
    link.pass(100);
    assert.equal(link.a.connection.state, FIN_WAIT_2);
    assert.equal(link.b.connection.state, CLOSE_WAIT);
    assert.equal(link.b.events & TcpEvent.PEER_CLOSED, TcpEvent.PEER_CLOSED);
    link.b.connection.shutdownSend();
    link.pass(100);
    assert.equal(link.a.connection.state, TIME_WAIT);
    assert.equal(link.b.connection.state, CLOSED);
    link.pass(2 * link.config.mslMs);
    assert.equal(link.a.connection.state, CLOSED);
  });

  // req: tcp/SEG-24, tcp/SEG-31
  it("both at once: both wait", () => {
    const link = pair().connect();
    link.a.connection.shutdownSend();
    link.b.connection.shutdownSend();
    link.pass(100);
    assert.equal(link.a.connection.state, TIME_WAIT);
    assert.equal(link.b.connection.state, TIME_WAIT);
  });

  // req: tcp/SEG-16, tcp/SEG-38
  it("by abort: the other side hears ECONNRESET", () => {
    const link = pair().connect();
    link.a.connection.abort();
    link.pass(100);
    assert.equal(link.a.connection.state, CLOSED);
    assert.equal(link.b.connection.takeError(), Errno.ECONNRESET);
    assert.equal(link.b.events & TcpEvent.ERROR, TcpEvent.ERROR);
  });

  it("with FINs lost now and then", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const drop = ({ flags }: SeenSegment): boolean =>
        !flags.includes("S") && randomFraction(random) < 0.4;
      bothWays({ drop, seed }, 1);
    }
  });
});

describe("a reader that stops", () => {
  // req: tcp/MUST-37, tcp/MUST-36, tcp/ZWP-3
  it("for hours stops the writer, and loses nothing though its window update is lost", () => {
    const link = pair({
      settings: { receiveBufferOctets: 20_000, sendBufferOctets: 30_000 },
      drop: ({ from, at }) => from === "b" && at > 10_000_000 && at < 10_000_500,
    }).connect();
    const octets = new Uint8Array(100_000);
    const written = link.a.connection.send(octets, 0, octets.length);
    assert.equal(written, 30_000);
    link.pass(10_000_000);
    assert.equal(link.b.connection.readableOctets, 20_000);
    assert.equal(link.a.connection.state, ESTABLISHED);
    let received = 0;
    const into = new Uint8Array(100_000);
    link.drive(() => {
      received += Math.max(link.b.connection.receive(into, 0, into.length), 0);
      return received === written;
    });
    assert.equal(received, written);
  });
});

describe("an idle connection", () => {
  it("holds no buffers and has no deadline", () => {
    const link = pair().connect();
    transfer(link, link.a, link.b, 100_000);
    link.pass(1000);
    assert.equal(link.a.connection.storageOctets, 0);
    assert.equal(link.b.connection.storageOctets, 0);
    assert.equal(link.b.connection.pollTimeout(), Infinity);
    assert.equal(link.b.connection.wantsTransmit, false);
  });
});

describe("ICMP", () => {
  // req: tcp/PMTU-1, tcp/PMTU-6
  it("a smaller path: what was too large is sent again in pieces", () => {
    const link = pair({ drop: ({ length, at }) => at > 2000 && length > 1000 }).connect();
    link.pass(1000);
    const octets = new Uint8Array(50_000);
    link.a.connection.send(octets, 0, octets.length);
    link.drive(() => link.seen.some(({ length }) => length > 1000));
    const { congestionWindow } = link.a.connection.info();
    link.a.path.mtu = 1000;
    link.a.connection.handlePathChange();
    assert.ok(link.a.connection.info().congestionWindow > congestionWindow / 2);
    const start = link.now;
    assert.ok(link.drive(() => link.b.connection.readableOctets === 50_000));
    assert.ok(link.now - start < 200, "at once, and not after a timeout");
  });

  // req: tcp/ICMPT-1, tcp/ICMPT-2, tcp/SHLD-26, tcp/MUST-56
  it("a hard error refuses an opening connection and is soft for an open one", () => {
    const opening = pair().a.connection;
    opening.open(0);
    assert.equal(opening.quotedSeqIsOurs(toSeq(1_000_000)), true);
    assert.equal(opening.quotedSeqIsOurs(toSeq(1_000_001)), false);
    opening.handleHardError(Errno.ECONNREFUSED);
    assert.equal(opening.takeError(), Errno.ECONNREFUSED);
    const open = pair().connect().a.connection;
    open.handleHardError(Errno.EHOSTUNREACH);
    assert.equal(open.state, ESTABLISHED);
    assert.equal(open.softError, Errno.EHOSTUNREACH);
  });
});

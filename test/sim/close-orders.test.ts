/** Every order in which two hosts can end a connection, with the states that observers see on both sides. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SO_LINGER, SOL_SOCKET } from "../../src/socket/constants.ts";
import { FAMILIES, type Family, HostPair, type Stream } from "../support/host-pair.ts";

const DELAY_MS = 20;

/** Two ends of a connection, and what their observers have seen of it. */
class Ends {
  readonly pair = new HostPair({ seed: 1, rules: { delayMs: DELAY_MS } });
  readonly a: Stream;
  readonly b: Stream;
  readonly #seen: [string[], string[]] = [[], []];

  constructor(family: Family) {
    for (const [index, { host }] of [this.pair.a, this.pair.b].entries()) {
      host.observe({
        tcpState: (_connection, _from, to) => this.#seen[index]?.push(SHORT[to] ?? to),
      });
    }
    [this.a, this.b] = this.pair.connect(family);
    this.pair.pass(100);
    for (const states of this.#seen) states.length = 0;
  }

  /** Longer than a round trip and a delayed ACK, shorter than any timeout that ends something. */
  settle(): void {
    this.pair.pass(500);
  }

  states(): [a: string, b: string] {
    return [this.#seen[0].join(" "), this.#seen[1].join(" ")];
  }
}

const SHORT: Readonly<Record<string, string>> = {
  "FIN-WAIT-1": "FW1",
  "FIN-WAIT-2": "FW2",
  "CLOSE-WAIT": "CW",
  "LAST-ACK": "LA",
  "TIME-WAIT": "TW",
};

function linger(stream: Stream): void {
  stream.set(SOL_SOCKET, SO_LINGER, { on: true, seconds: 0 });
}

const HELLO = new TextEncoder().encode("hello");

/** What is done, and the states of a and b that follow from it, 2 MSL not included. */
const ORDERS: readonly [name: string, act: (ends: Ends) => void, a: string, b: string][] = [
  [
    "a first, then b",
    (ends) => {
      ends.a.close();
      ends.settle();
      ends.b.close();
    },
    "FW1 FW2 TW",
    "CW LA CLOSED",
  ],
  [
    "b first, then a",
    (ends) => {
      ends.b.close();
      ends.settle();
      ends.a.close();
    },
    "CW LA CLOSED",
    "FW1 FW2 TW",
  ],
  [
    "both at once",
    (ends) => {
      ends.a.close();
      ends.b.close();
    },
    "FW1 CLOSING TW",
    "FW1 CLOSING TW",
  ],
  [
    "b as soon as it hears of it",
    (ends) => {
      ends.a.close();
      ends.b.whenReady(1, () => ends.b.close());
    },
    "FW1 FW2 TW",
    "CW LA CLOSED",
  ],
  [
    "a shuts down, b answers and closes, a reads to the end",
    (ends) => {
      ends.a.write(HELLO);
      ends.a.shutdown();
      ends.settle();
      assert.equal(ends.b.readText(), "hello");
      assert.equal(ends.b.readText(), "");
      ends.b.write(HELLO);
      ends.b.close();
      ends.settle();
      assert.equal(ends.a.readText(), "hello");
      assert.equal(ends.a.readText(), "");
      ends.a.close();
    },
    "FW1 FW2 TW",
    "CW LA CLOSED",
  ],
  [
    "both shut down one after the other, then close",
    (ends) => {
      ends.a.shutdown();
      ends.settle();
      ends.b.shutdown();
      ends.settle();
      ends.a.close();
      ends.b.close();
    },
    "FW1 FW2 TW",
    "CW LA CLOSED",
  ],
  [
    "a closes with unread data: a reset, which b hears of",
    (ends) => {
      ends.b.write(HELLO);
      ends.settle();
      ends.a.close();
      ends.settle();
      assert.equal(ends.b.readText(), "ECONNRESET");
      ends.b.close();
    },
    "CLOSED",
    "CLOSED",
  ],
  [
    "data comes for a after it closed: a reset",
    (ends) => {
      ends.a.close();
      ends.settle();
      ends.b.write(HELLO);
      ends.settle();
      assert.equal(ends.b.write(HELLO), -32, "EPIPE: the reset came after the FIN");
      ends.b.close();
    },
    "FW1 FW2 CLOSED",
    "CW CLOSED",
  ],
  [
    "a lingers for no time: a reset",
    (ends) => {
      linger(ends.a);
      ends.a.close();
      ends.settle();
      assert.equal(ends.b.readText(), "ECONNRESET");
      ends.b.close();
    },
    "CLOSED",
    "CLOSED",
  ],
  [
    "both lingering for no time: two resets that cross",
    (ends) => {
      for (const end of [ends.a, ends.b]) {
        linger(end);
        end.close();
      }
    },
    "CLOSED",
    "CLOSED",
  ],
  [
    "a reset while the other has closed",
    (ends) => {
      linger(ends.a);
      ends.b.close();
      ends.settle();
      ends.a.close();
    },
    "CW CLOSED",
    "FW1 FW2 CLOSED",
  ],
];

for (const family of FAMILIES) {
  describe(`closing, ${family}`, () => {
    for (const [name, act, a, b] of ORDERS) {
      test(name, () => {
        const ends = new Ends(family);
        act(ends);
        ends.settle();
        assert.deepEqual(ends.states(), [a, b]);
        ends.pair.pass(120_000);
        assert.deepEqual([ends.pair.a.flowCount, ends.pair.b.flowCount], [0, 0], "nothing is left");
      });
    }
  });
}

/** Those without a reset: it is sent once, and what its loss leaves behind is another matter. */
const ORDERLY = ORDERS.filter(([, , a, b]) => a.endsWith("TW") || b.endsWith("TW"));

test("every orderly close ends the same when any one segment of it is lost", () => {
  for (const [name, act, a, b] of ORDERLY) {
    if (name.includes("answers")) continue;
    for (let lost = 0; lost < 5; lost++) {
      const ends = new Ends("v4");
      let count = 0;
      const rule = (): "drop" | "pass" => (count++ === lost ? "drop" : "pass");
      for (const { device } of [ends.pair.a, ends.pair.b]) device.install(rule, "receive");
      act(ends);
      ends.pair.pass(5000);
      const last = (states: string): string | undefined => states.split(" ").at(-1);
      const what = `${name}, segment ${lost} lost`;
      assert.deepEqual(ends.states().map(last), [a, b].map(last), what);
      ends.pair.pass(120_000);
      assert.deepEqual([ends.pair.a.flowCount, ends.pair.b.flowCount], [0, 0], what);
    }
  }
});

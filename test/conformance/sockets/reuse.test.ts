import assert from "node:assert/strict";
import { test } from "node:test";
import { errnoName } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { equalErrno, type Party, SocketWorld } from "../../support/socket-world.ts";

/** `-`, `A` (SO_REUSEADDR), `P` (SO_REUSEPORT) or `AP`. */
type Options = "-" | "A" | "P" | "AP";

/** What Linux 6.18 says when a second socket binds: [first's options, second's options, result]. */
type Verdicts = readonly (readonly [Options, Options, "ok" | "EADDRINUSE"])[];

const BOUND: Verdicts = [
  ["-", "-", "EADDRINUSE"],
  ["A", "-", "EADDRINUSE"],
  ["-", "A", "EADDRINUSE"],
  ["A", "A", "ok"],
  ["P", "P", "ok"],
  ["P", "A", "EADDRINUSE"],
  ["AP", "AP", "ok"],
];
const LISTENING: Verdicts = BOUND.map(([first, second, verdict]) => [
  first,
  second,
  first === "A" && second === "A" ? "EADDRINUSE" : verdict,
]);
const FREE: Verdicts = BOUND.map(([first, second]) => [first, second, "ok"]);

const PLACES = [
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["127.0.0.1", "0.0.0.0"],
] as const;

// req: sockets/REUSE-1, sockets/REUSE-2, sockets/REUSE-5, sockets/REUSE-6
test("TCP, the first only bound", () => {
  for (const [first, second] of PLACES) tryAll(c.SOCK_STREAM, first, second, BOUND, false);
});

// req: sockets/REUSE-3, sockets/REUSE-4, sockets/REUSE-6, sockets/LIST-5
test("TCP, the first listening: SO_REUSEADDR does not help, SO_REUSEPORT on both does", () => {
  for (const [first, second] of PLACES) tryAll(c.SOCK_STREAM, first, second, LISTENING, true);
});

// req: sockets/REUSE-7
test("two different addresses never conflict", () => {
  tryAll(c.SOCK_STREAM, "127.0.0.1", "127.0.0.2", FREE, false);
  tryAll(c.SOCK_STREAM, "127.0.0.1", "127.0.0.2", FREE, true);
  tryAll(c.SOCK_DGRAM, "127.0.0.1", "127.0.0.2", FREE, false);
});

// req: sockets/REUSE-1, sockets/REUSE-10
test("UDP", () => {
  for (const [first, second] of PLACES) tryAll(c.SOCK_DGRAM, first, second, BOUND, false);
});

// req: sockets/LIST-5
test("of two that share a port by SO_REUSEADDR only one can listen", () => {
  const { a } = new SocketWorld();
  const [first, second] = [1, 2].map(() =>
    a.bound(c.SOCK_STREAM, "127.0.0.1:80", [c.SO_REUSEADDR]),
  );
  assert.ok(first && second);
  equalErrno(a.listen(first, 5), 0);
  equalErrno(a.listen(second, 5), "EADDRINUSE");
  a.close(first);
  equalErrno(a.listen(second, 5), 0);
});

// req: sockets/REUSE-8, sockets/REUSE-9, sockets/REUSE-5
test("a port with connections left over from a closed listener", () => {
  const rows: [listener: Options, next: Options, verdict: string][] = [
    ["-", "-", "EADDRINUSE"],
    ["-", "A", "EADDRINUSE"],
    ["-", "P", "EADDRINUSE"],
    ["A", "-", "EADDRINUSE"],
    ["A", "A", "ok"],
    ["A", "P", "EADDRINUSE"],
    ["P", "-", "EADDRINUSE"],
    ["P", "A", "EADDRINUSE"],
    ["P", "P", "ok"],
  ];
  for (const isTimeWait of [false, true]) {
    for (const [first, second, verdict] of rows) {
      const why = `${first} then ${second}, ${isTimeWait ? "TIME_WAIT" : "ESTABLISHED"}`;
      const world = new SocketWorld();
      const { a, b } = world;
      const listener = b.listener("10.0.0.2:80", 5, optionsOf(first));
      const client = a.socket(c.AF_INET, c.SOCK_STREAM);
      a.connect(client, "10.0.0.2:80");
      world.settle();
      const server = b.accept(listener);
      b.close(listener);
      if (isTimeWait) {
        b.close(server);
        world.settle(100);
        a.close(client);
        world.settle(100);
      }
      assert.equal(bindAndListen(b, "10.0.0.2:80", second), verdict, why);
    }
  }
});

// req: sockets/REUSE-4
test("listeners with SO_REUSEPORT share the connections", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const listeners = [1, 2, 3].map(() => b.listener("10.0.0.2:80", 100, [c.SO_REUSEPORT]));
  for (let i = 0; i < 60; i++) {
    equalErrno(a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.2:80"), "EINPROGRESS");
  }
  world.settle();
  const counts = listeners.map((listener) => {
    let count = 0;
    while (b.accept(listener) > 0) count++;
    return count;
  });
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    60,
  );
  for (const count of counts) assert.ok(count >= 8, `${counts}`);
});

// req: sockets/REUSE-13
test("connections may share a local port as long as the peers differ", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  b.listener("10.0.0.2:80");
  b.listener("10.0.0.2:81");
  const clients = [1, 2, 3].map(() => a.bound(c.SOCK_STREAM, "10.0.0.1:9000", [c.SO_REUSEADDR]));
  const [first, second, third] = clients as [number, number, number];
  equalErrno(a.connect(first, "10.0.0.2:80"), "EINPROGRESS");
  equalErrno(a.connect(second, "10.0.0.2:81"), "EINPROGRESS");
  equalErrno(a.connect(third, "10.0.0.2:80"), "EADDRNOTAVAIL");
  world.settle();
  assert.equal(a.poll(first), "OUT");
  assert.equal(a.poll(second), "OUT");
});

function tryAll(
  type: number,
  first: string,
  second: string,
  verdicts: Verdicts,
  isListening: boolean,
): void {
  for (const [one, other, verdict] of verdicts) {
    const { a } = new SocketWorld();
    const fd = a.bound(type, `${first}:7000`, optionsOf(one));
    if (isListening) equalErrno(a.listen(fd, 5), 0);
    const why = `${first} ${one}, then ${second} ${other}`;
    const next = a.socket(c.AF_INET, type);
    for (const option of optionsOf(other)) a.set(next, c.SOL_SOCKET, option, 1);
    const result = a.bind(next, `${second}:7000`);
    assert.equal(result < 0 ? errnoName(result) : "ok", verdict, why);
    if (isListening && verdict === "ok") equalErrno(a.listen(next, 5), 0, why);
  }
}

function bindAndListen(party: Party, address: string, options: Options): string {
  const fd = party.socket(c.AF_INET, c.SOCK_STREAM);
  for (const option of optionsOf(options)) party.set(fd, c.SOL_SOCKET, option, 1);
  const result = party.bind(fd, address) || party.listen(fd, 5);
  return result < 0 ? errnoName(result) : "ok";
}

function optionsOf(options: Options): number[] {
  return [
    ...(options.includes("A") ? [c.SO_REUSEADDR] : []),
    ...(options.includes("P") ? [c.SO_REUSEPORT] : []),
  ];
}

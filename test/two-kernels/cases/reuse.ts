import assert from "node:assert/strict";
import {
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { at, type Bench, LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, named, ok } from "../expect.ts";
import { type Desk, program } from "../program.ts";

/** SO_REUSEADDR, SO_REUSEPORT of the first socket and of the second: "A/P". */
const PAIRS = ["-/-", "A/-", "-/A", "A/A", "P/P", "P/-", "-/P", "P/A", "A/P", "AP/AP"] as const;
type Outcomes = Readonly<Record<(typeof PAIRS)[number], string>>;

const OPTIONS: Readonly<Record<string, readonly number[]>> = {
  "-": [],
  A: [SO_REUSEADDR],
  P: [SO_REUSEPORT],
  AP: [SO_REUSEADDR, SO_REUSEPORT],
};

const BOUND: Outcomes = outcomes("EADDRINUSE", { "A/A": "0", "P/P": "0", "AP/AP": "0" });
const HEARD: Outcomes = outcomes("EADDRINUSE", { "P/P": "0", "AP/AP": "0" });
const ALWAYS: Outcomes = outcomes("0", {});

interface Row {
  readonly type: number;
  /** "same" is the loopback, "any" the wildcard, "other" a different address. */
  readonly first: "same" | "any";
  readonly listening: boolean;
  readonly second: "same" | "any" | "other";
  readonly outcomes: Outcomes;
}

const ROWS: readonly Row[] = [SOCK_STREAM, SOCK_DGRAM].flatMap((type) =>
  [false, true]
    .filter((listening) => type === SOCK_STREAM || !listening)
    .flatMap((listening) => {
      const shared = listening ? HEARD : BOUND;
      return [
        { type, first: "same", listening, second: "same", outcomes: shared },
        { type, first: "any", listening, second: "same", outcomes: shared },
        { type, first: "same", listening, second: "any", outcomes: shared },
        { type, first: "any", listening, second: "any", outcomes: shared },
        { type, first: "same", listening, second: "other", outcomes: ALWAYS },
      ] satisfies Row[];
    }),
);

for (const address of LOOPBACKS) {
  for (const row of ROWS) {
    // IPv6 has one loopback address only; that of the link is another one.
    const other = address === "::1" ? "fd77::1" : "127.0.0.2";
    const places = { same: address, any: wildcardOf(address), other };
    const [first, second] = [places[row.first], places[row.second]];
    const kind = row.type === SOCK_STREAM ? "TCP" : "UDP";
    const state = row.listening ? "listens on" : "is bound to";
    // req: sockets/REUSE-1, sockets/REUSE-2, sockets/REUSE-3, sockets/REUSE-4
    // req: sockets/REUSE-5, sockets/REUSE-6, sockets/REUSE-7, sockets/REUSE-10
    program(`${kind} ${state} ${first}, another wants ${second}`, async ({ bench }) => {
      const seen = await Promise.all(
        PAIRS.map(async (pair) => [pair, await bindSecond(bench, row, [first, second], pair)]),
      );
      assert.deepEqual(Object.fromEntries(seen), row.outcomes);
    });
  }
}

for (const address of LOOPBACKS) {
  // req: sockets/REUSE-1, sockets/REUSE-12
  program(`SO_REUSEADDR and SO_REUSEPORT count as they are at bind(): ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const first = await bench.bound(SOCK_DGRAM, address);
    const name = await bench.name(first);
    const second = await bench.datagram(address);
    await bench.set(second, SOL_SOCKET, SO_REUSEPORT, 1);
    await fails(sys.bind(second, name), "EADDRINUSE");
    await bench.set(first, SOL_SOCKET, SO_REUSEADDR, 1);
    await bench.set(second, SOL_SOCKET, SO_REUSEADDR, 1);
    await ok(sys.bind(second, name));
  });
}

/** What a second listener may do while a connection that the first one took is still there. */
const LEFT_BEHIND: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["-", { "-": "EADDRINUSE", A: "EADDRINUSE", P: "EADDRINUSE" }],
  ["A", { "-": "EADDRINUSE", A: "0", P: "EADDRINUSE" }],
  ["P", { "-": "EADDRINUSE", A: "EADDRINUSE", P: "0" }],
];

for (const state of ["ESTABLISHED", "TIME-WAIT"]) {
  for (const [options, expected] of LEFT_BEHIND) {
    // req: sockets/REUSE-8, sockets/REUSE-9
    program(`a port with a connection in ${state} of a listener with ${options}`, async (desk) => {
      const seen = Object.entries(expected).map(async ([second]) => [
        second,
        await listenAgain(desk, options, second, state === "TIME-WAIT"),
      ]);
      assert.deepEqual(Object.fromEntries(await Promise.all(seen)), expected);
    });
  }
}

// req: sockets/REUSE-4
program("SO_REUSEPORT: connections are spread over the listeners", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_STREAM, "127.0.0.1", [SO_REUSEPORT]);
  const name = await bench.name(first);
  const listeners = [first];
  for (let count = 1; count < 4; count++) {
    const fd = await bench.stream();
    await bench.set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    await ok(sys.bind(fd, name));
    listeners.push(fd);
  }
  for (const fd of listeners) await ok(sys.listen(fd, 64));
  for (let count = 0; count < 48; count++) await ok(sys.connect(await bench.stream(), name));
  await sys.settle();
  for (const fd of listeners) assert.equal(await bench.events(fd), "IN");
});

// req: sockets/REUSE-10
program("SO_REUSEPORT: one sender's datagrams all go to one socket", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_DGRAM, "127.0.0.1", [SO_REUSEPORT]);
  const second = await bench.datagram();
  await bench.set(second, SOL_SOCKET, SO_REUSEPORT, 1);
  await ok(sys.bind(second, await bench.name(first)));
  const sender = await bench.datagram();
  await ok(sys.connect(sender, await bench.name(first)));
  for (let count = 0; count < 8; count++) assert.equal(await bench.say(sender, "x"), "1");
  await sys.settle();
  const events = [await bench.events(first), await bench.events(second)];
  assert.deepEqual(events.sort(), ["IN|OUT", "OUT"]);
});

// req: sockets/REUSE-10
program("SO_REUSEPORT: datagrams of many senders are spread", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_DGRAM, "127.0.0.1", [SO_REUSEPORT]);
  const second = await bench.datagram();
  await bench.set(second, SOL_SOCKET, SO_REUSEPORT, 1);
  await ok(sys.bind(second, await bench.name(first)));
  const name = await bench.name(first);
  for (let count = 0; count < 32; count++) {
    await ok(sys.sendto(await bench.datagram(), new Uint8Array(1), 0, name));
  }
  await sys.settle();
  for (const fd of [first, second]) assert.equal(await bench.events(fd), "IN|OUT");
});

// req: sockets/REUSE-10
program("SO_REUSEADDR: a datagram goes to the socket bound last", async ({ bench, sys }) => {
  const first = await bench.bound(SOCK_DGRAM, "127.0.0.1", [SO_REUSEADDR]);
  const second = await bench.datagram();
  await bench.set(second, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(second, await bench.name(first)));
  await ok(sys.sendto(await bench.datagram(), new Uint8Array(1), 0, await bench.name(first)));
  await bench.becomes(second, "IN|OUT");
  assert.equal(await bench.events(first), "OUT");
});

// req: sockets/REUSE-6
program("a bound address is preferred to the wildcard", async ({ bench, sys }) => {
  const exact = await bench.bound(SOCK_DGRAM, "127.0.0.1", [SO_REUSEADDR]);
  const { port } = await bench.name(exact);
  const any = await bench.datagram();
  await bench.set(any, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(any, at("0.0.0.0", port)));
  await ok(sys.sendto(await bench.datagram(), new Uint8Array(1), 0, at("127.0.0.1", port)));
  await bench.becomes(exact, "IN|OUT");
  await ok(sys.sendto(await bench.datagram(), new Uint8Array(1), 0, at("127.0.0.3", port)));
  await bench.becomes(any, "IN|OUT");
});

// req: sockets/REUSE-13
program(
  "two connections may share a local port when their peers differ",
  async ({ bench, sys }) => {
    const servers = [await bench.listener(), await bench.listener()];
    const first = await bench.bound(SOCK_STREAM, "127.0.0.1", [SO_REUSEADDR]);
    const second = await bench.stream();
    await bench.set(second, SOL_SOCKET, SO_REUSEADDR, 1);
    await ok(sys.bind(second, await bench.name(first)));
    await ok(sys.connect(first, await bench.name(servers[0] as number)));
    await ok(sys.connect(second, await bench.name(servers[1] as number)));
    assert.deepEqual(await bench.name(first), await bench.name(second));
  },
);

// req: sockets/REUSE-13, sockets/CONN-22
program("a pair of endpoints exists once: EADDRNOTAVAIL", async ({ bench, sys }) => {
  const server = await bench.listener();
  const first = await bench.bound(SOCK_STREAM, "127.0.0.1", [SO_REUSEADDR]);
  const second = await bench.stream();
  await bench.set(second, SOL_SOCKET, SO_REUSEADDR, 1);
  await ok(sys.bind(second, await bench.name(first)));
  await ok(sys.connect(first, await bench.name(server)));
  await fails(sys.connect(second, await bench.name(server)), "EADDRNOTAVAIL");
});

function outcomes(usual: string, others: Partial<Outcomes>): Outcomes {
  const all = Object.fromEntries(PAIRS.map((pair) => [pair, usual]));
  return { ...(all as Outcomes), ...others };
}

async function bindSecond(
  bench: Bench,
  { type, listening }: Row,
  [first, second]: readonly [string, string],
  pair: string,
): Promise<string> {
  const [firstOptions = "", secondOptions = ""] = pair.split("/");
  const holder = await bench.bound(type, first, OPTIONS[firstOptions]);
  if (listening) await ok(bench.sys.listen(holder, 4));
  const { port } = await bench.name(holder);
  return bindWith(bench, type, OPTIONS[secondOptions] ?? [], second, port);
}

async function bindWith(
  bench: Bench,
  type: number,
  options: readonly number[],
  address: string,
  port: number,
): Promise<string> {
  const fd = type === SOCK_STREAM ? await bench.stream(address) : await bench.datagram(address);
  for (const option of options) await bench.set(fd, SOL_SOCKET, option, 1);
  return named(await bench.sys.bind(fd, at(address, port)));
}

/** Binds and listens where an earlier listener has gone and left one connection. */
async function listenAgain(
  { bench, sys }: Desk,
  options: string,
  second: string,
  isTimeWait: boolean,
): Promise<string> {
  const listener = await bench.bound(SOCK_STREAM, "127.0.0.1", OPTIONS[options]);
  await ok(sys.listen(listener, 4));
  const name = await bench.name(listener);
  const client = await bench.stream();
  await ok(sys.connect(client, name));
  const server = await ok(sys.accept(listener));
  await ok(sys.close(listener));
  if (isTimeWait) {
    await ok(sys.close(server));
    await bench.becomes(client, "IN|OUT|RDHUP");
    await ok(sys.close(client));
    await sys.settle();
  }
  const fd = await bench.stream();
  for (const option of OPTIONS[second] ?? []) await bench.set(fd, SOL_SOCKET, option, 1);
  const bound = await sys.bind(fd, name);
  return named(bound < 0 ? bound : await sys.listen(fd, 4));
}

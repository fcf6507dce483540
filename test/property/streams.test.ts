/**
 * A TCP connection is a pipe of octets each way, whatever the network does in between: two hosts in
 * virtual time, a cable that loses, repeats, reorders and damages, and programs that write and read
 * in pieces of any size. A failing case prints what repeats it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Host } from "../../src/api/host.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { SimNetwork } from "../../src/sim/sim-network.ts";
import { AF_INET6, SHUT_WR, SOCK_STREAM } from "../../src/socket/constants.ts";

const SEED = Number(process.env.NETLOOM_PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.NETLOOM_PROPERTY_RUNS ?? 25);
/** Virtual time: what a transfer may take when each loss costs a timeout that doubles. */
const PATIENCE_MS = 3_600_000;

/** What one program does: the sizes of its writes and reads, and pauses (ms) before each write. */
interface Script {
  readonly writes: readonly number[];
  readonly reads: readonly number[];
  readonly pauses: readonly number[];
}

const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 }));
const script: fc.Arbitrary<Script> = fc.record({
  writes: fc.array(size, { maxLength: 12 }),
  reads: fc.array(size, { minLength: 1, maxLength: 5 }),
  pauses: fc.array(fc.constantFrom(0, 0, 1, 50, 1000), { minLength: 1, maxLength: 4 }),
});
const rules = fc.record({
  loss: fc.constantFrom(0, 0.01, 0.1),
  duplication: fc.constantFrom(0, 0.05),
  reordering: fc.constantFrom(0, 0.1),
  corruption: fc.constantFrom(0, 0.02),
  delayMs: fc.constantFrom(0, 1, 30),
  jitterMs: fc.constantFrom(0, 5),
});
const world = fc.record({
  seed: fc.nat(),
  isV4: fc.boolean(),
  rules,
  buffers: fc.constantFrom(4096, 65_536, 4 << 20),
  client: script,
  server: script,
});

// req: tcp/SEG-14, tcp/SEG-21, tcp/SEG-30, tcp/SHLD-31
test("octets come out as they went in, all of them, in order, and then the end", async (t) => {
  t.diagnostic(`seed ${SEED} (NETLOOM_PROPERTY_SEED=${SEED} repeats this run)`);
  await fc.assert(
    fc.asyncProperty(world, async ({ seed, isV4, rules, buffers, client, server }) => {
      const network = new SimNetwork({ seed });
      const [a, b] = network.cable({ rules });
      const tcp = { sendBufferOctets: buffers, receiveBufferOctets: buffers };
      const hosts = ["a", "b"].map(
        (name) => new Host({ name, runtime: network.runtime(name), tcp }),
      );
      const [near, far] = hosts as [Host, Host];
      near.addInterface(a, { addresses: ["10.0.0.1/24", "fd00::1/64"] });
      far.addInterface(b, { addresses: ["10.0.0.2/24", "fd00::2/64"] });
      await network.complete(Promise.all(hosts.map((host) => host.ready())));
      const address = isV4 ? "::ffff:10.0.0.2" : "fd00::2";
      const both = Promise.all([serve(far, server, client), call(near, address, client, server)]);
      await network.complete(both, { forMs: PATIENCE_MS });
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
});

async function serve(host: Host, mine: Script, theirs: Script): Promise<void> {
  const sys = host.sockets;
  const fd = sys.socket(AF_INET6, SOCK_STREAM);
  sys.bind(fd, { family: AF_INET6, address: "::", port: 80 });
  sys.listen(fd);
  const { fd: connection } = await sys.accept(fd);
  await converse(host, connection, mine, theirs);
  sys.close(fd);
}

async function call(host: Host, address: string, mine: Script, theirs: Script): Promise<void> {
  const fd = host.sockets.socket(AF_INET6, SOCK_STREAM);
  await host.sockets.connect(fd, { family: AF_INET6, address, port: 80 });
  await converse(host, fd, mine, theirs);
}

/** Writes and reads at once, each at its own pace, until both directions have ended. */
async function converse(host: Host, fd: number, mine: Script, theirs: Script): Promise<void> {
  await Promise.all([writeAll(host, fd, mine), readAll(host, fd, mine.reads, theirs.writes)]);
  host.sockets.close(fd);
}

async function writeAll(host: Host, fd: number, { writes, pauses }: Script): Promise<void> {
  const stream = new Pattern(writes);
  for (const [index, octets] of writes.entries()) {
    await pause(host, pauses[index % pauses.length] as number);
    const piece = stream.next(octets);
    for (let at = 0; at < piece.length; ) at += await host.sockets.write(fd, piece.subarray(at));
  }
  host.sockets.shutdown(fd, SHUT_WR);
}

async function readAll(
  host: Host,
  fd: number,
  reads: readonly number[],
  expected: readonly number[],
): Promise<void> {
  const stream = new Pattern(expected);
  let left = expected.reduce((sum, octets) => sum + octets, 0);
  for (let turn = 0; ; turn++) {
    const buffer = new Uint8Array(reads[turn % reads.length] as number);
    const octets = await host.sockets.read(fd, buffer);
    if (octets === 0) break;
    assert.ok(octets <= left, "more came out than went in");
    left -= octets;
    assert.deepEqual(buffer.subarray(0, octets), stream.next(octets));
  }
  assert.equal(left, 0, "the end came early");
}

function pause(host: Host, ms: number): Promise<void> {
  return new Promise((resolve) => {
    host.runtime.schedule(resolve, host.runtime.now() + ms);
  });
}

/** The octets of one direction: the same on both sides, and never periodic. */
class Pattern {
  readonly #random: SeededRandom;

  constructor(sizes: readonly number[]) {
    this.#random = new SeededRandom(sizes.reduce((sum, octets) => (sum * 31 + octets) | 0, 7));
  }

  next(octets: number): Uint8Array {
    return Uint8Array.from({ length: octets }, () => this.#random.int32());
  }
}

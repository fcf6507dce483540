import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Host } from "../../src/api/host.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { FaultInjector } from "../../src/link/fault-injector.ts";
import {
  AF_INET,
  AF_INET6,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/socket/constants.ts";
import { requireRootAndTun } from "./support/namespace.ts";
import { CleanUps, makeFile, makeFolders } from "./support/serving.ts";
import { startTapHost, type TapHost } from "./support/tap-host.ts";

const OCTETS = 10_000_000;
const MINUTES = 60_000;
const SEED = 20;
const PORT = 9000;
const RULES = {
  loss: 0.02,
  reordering: 0.05,
  duplication: 0.01,
  corruption: 0.005,
  delayMs: 20,
};
/**
 * A retransmission that is lost twice more costs timeouts of about 0.3, 0.6
 * and 1.2 s; three times in a row has a chance of one in 10⁵ on this link.
 */
const LONGEST_STALL_MS = 5000;

const skip = requireRootAndTun() ?? false;

/** Notes the longest time between two steps forward. */
class Progress {
  longestMs = 0;
  #last = performance.now();

  step(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.#last);
    this.#last = now;
  }
}

async function listen(host: Host, family: number): Promise<number> {
  const sys = host.sockets;
  const listener = sys.socket(family, SOCK_STREAM, 0);
  sys.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  sys.bind(listener, { family, address: family === AF_INET ? "0.0.0.0" : "::", port: PORT });
  sys.listen(listener, 1);
  // A small send buffer, so that the time between two writes is the network's.
  sys.setsockopt(listener, SOL_SOCKET, SO_SNDBUF, 65_536);
  const { fd } = await sys.accept(listener);
  sys.close(listener);
  return fd;
}

async function receiveAll(host: Host, fd: number, progress: Progress): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const octets = await host.sockets.read(fd, buffer);
    progress.step();
    if (octets === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, octets));
  }
}

async function sendAll(host: Host, fd: number, bytes: Uint8Array, progress: Progress) {
  for (let sent = 0; sent < bytes.length; ) {
    sent += await host.sockets.write(fd, bytes.subarray(sent, sent + 16_384));
    progress.step();
  }
}

describe("10 MB over a link with 2 % loss, 5 % reordering, 1 % duplication, 0.5 % corruption, 20 ms", {
  skip,
}, () => {
  const cleanUps = new CleanUps();
  let tap: TapHost;
  let injector: FaultInjector;
  let file = "";
  let copy = "";
  let digest = "";

  before(async () => {
    console.log(`seed ${SEED}`);
    const { folder } = makeFolders(cleanUps);
    file = join(folder, "file");
    copy = join(folder, "copy");
    digest = makeFile(file, OCTETS);
    tap = await startTapHost(cleanUps, (card) => {
      injector = new FaultInjector(card, { both: RULES }, new SeededRandom(SEED));
      return injector;
    });
  });

  after(() => cleanUps.run());

  for (const [family, name, address] of [
    [AF_INET, "IPv4", "10.77.0.2"],
    [AF_INET6, "IPv6", "fd77::2"],
  ] as const) {
    test(`from the kernel over ${name}`, async (t) => {
      const { host, namespace } = tap;
      const accepted = listen(host, family);
      const command = `nc -N ${address} ${PORT} < ${file}`;
      const sender = namespace.spawn("sh", ["-c", command]);
      const fd = await accepted;
      const progress = new Progress();
      assert.equal(await receiveAll(host, fd, progress), digest);
      host.sockets.close(fd);
      assert.equal(await sender.exit(MINUTES), 0);
      t.diagnostic(`longest stall ${progress.longestMs.toFixed(0)} ms`);
      assert.ok(progress.longestMs < LONGEST_STALL_MS, `${progress.longestMs} ms without progress`);
    });

    test(`to the kernel over ${name}`, async (t) => {
      const { host, namespace } = tap;
      const accepted = listen(host, family);
      const receiver = namespace.spawn("sh", ["-c", `nc -d ${address} ${PORT} > ${copy}`]);
      const fd = await accepted;
      const progress = new Progress();
      await sendAll(host, fd, readFileSync(file), progress);
      host.sockets.close(fd);
      assert.equal(await receiver.exit(3 * MINUTES), 0);
      const got = createHash("sha256").update(readFileSync(copy)).digest("hex");
      assert.equal(got, digest);
      t.diagnostic(`longest stall ${progress.longestMs.toFixed(0)} ms`);
      assert.ok(progress.longestMs < LONGEST_STALL_MS, `${progress.longestMs} ms without progress`);
    });
  }

  test("the link was as bad as it says, and memory stayed bounded", (t) => {
    for (const direction of ["transmit", "receive"] as const) {
      const { passed, lost, corrupted, duplicated, reordered } = injector.stats(direction);
      t.diagnostic(
        `${direction}: ${JSON.stringify({ passed, lost, corrupted, duplicated, reordered })}`,
      );
      assert.ok(lost > 0 && corrupted > 0 && duplicated > 0 && reordered > 0, direction);
    }
    const { external, arrayBuffers, heapUsed } = process.memoryUsage();
    const octets = external + arrayBuffers + heapUsed;
    assert.ok(octets < 300_000_000, `${octets} octets in use`);
  });
});

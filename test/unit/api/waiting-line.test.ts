import assert from "node:assert/strict";
import { test } from "node:test";
import { type WaitingCall, WaitingLine } from "../../../src/api/waiting-line.ts";
import { Errno } from "../../../src/base/errno.ts";
import { SimNetwork } from "../../../src/sim/sim-network.ts";
import { POLLIN, POLLNVAL } from "../../../src/socket/constants.ts";
import { OpenDescription } from "../../../src/socket/open-description.ts";

const FOREVER = Number.POSITIVE_INFINITY;

/** Holds numbers until somebody draws them. */
class Well extends OpenDescription {
  readonly #waiting: number[] = [];

  fill(...numbers: number[]): void {
    this.#waiting.push(...numbers);
    this.wake();
  }

  draw(): number {
    return this.#waiting.shift() ?? -Errno.EAGAIN;
  }

  override poll(): number {
    return this.#waiting.length > 0 ? POLLIN : 0;
  }

  override read(): number {
    return 0;
  }

  override write(): number {
    return 0;
  }

  override close(): void {}
}

test("calls are served in their order, as far as there is something for them", async () => {
  const { well, line } = setUp();
  const calls = [1, 2, 3].map(() => line.join(callOn(well), FOREVER, undefined));
  well.fill(10, 20);
  assert.deepEqual(await Promise.all(calls.slice(0, 2)), [10, 20]);
  assert.ok(!line.isEmpty);
  well.fill(30);
  assert.equal(await calls[2], 30);
  assert.ok(line.isEmpty && well.waiters.isEmpty);
});

test("time runs out for one, not for the next", async () => {
  const { net, well, line } = setUp();
  const [short, long] = [
    line.join(callOn(well), 50, undefined),
    line.join(callOn(well), 100, undefined),
  ];
  assert.equal(await net.complete(short), -1);
  assert.equal(net.now, 50);
  well.fill(7);
  assert.equal(await net.complete(long), 7);
  assert.equal(net.now, 50, "and no timer is left behind");
  assert.equal((await net.run()).events, 0);
});

test("an abort signal takes a call out of the line", async () => {
  const { well, line } = setUp();
  const abort = new AbortController();
  const aborted = line.join(callOn(well), FOREVER, abort.signal);
  const next = line.join(callOn(well), FOREVER, undefined);
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  well.fill(5);
  assert.equal(await next, 5);
});

test("calls whose descriptor is closed are dismissed, wherever they stand", async () => {
  const { well, line } = setUp();
  let isOpen = true;
  const staying = line.join(callOn(well), FOREVER, undefined);
  const leaving = line.join({ ...callOn(well), isOpen: () => isOpen }, FOREVER, undefined);
  isOpen = false;
  well.waiters.wake(POLLNVAL);
  assert.equal(await leaving, -Errno.EBADF);
  well.fill(1);
  assert.equal(await staying, 1);
});

test("an attempt that causes a wake is not made twice", async () => {
  const { well, line } = setUp();
  let attempts = 0;
  const call: WaitingCall = {
    ...callOn(well),
    attempt: () => {
      attempts++;
      well.waiters.wake(POLLIN);
      return attempts;
    },
  };
  const result = line.join(call, FOREVER, undefined);
  well.waiters.wake(POLLIN);
  assert.equal(await result, 1);
  assert.equal(attempts, 1);
});

function setUp(): { net: SimNetwork; well: Well; line: WaitingLine } {
  const net = new SimNetwork({ seed: 1 });
  const well = new Well();
  return { net, well, line: new WaitingLine(well, POLLIN, net.runtime("test")) };
}

function callOn(well: Well): WaitingCall {
  return { isOpen: () => true, attempt: () => well.draw(), expire: () => -1 };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { lingerOn } from "../../../src/api/linger.ts";
import * as c from "../../../src/socket/constants.ts";
import { SocketWorld } from "../../support/socket-world.ts";

// req: sockets/CLOSE-5
test("with SO_LINGER the close of a stream waits until its FIN is acknowledged, or the time is up", async () => {
  const rows: [why: string, seconds: number, isFull: boolean, ms: number][] = [
    ["no linger", -1, false, 0],
    ["no time", 0, false, 0],
    ["acknowledged", 5, false, 200],
    ["never acknowledged", 2, true, 2000],
  ];
  for (const [why, seconds, isFull, ms] of rows) {
    const world = new SocketWorld({ latencyMs: 100 });
    const { a } = world;
    const [client] = world.pair();
    for (let i = 0; isFull && i < 20; i++) {
      a.send(client, new Uint8Array(1 << 20));
      world.settle(1000);
    }
    const linger = { on: seconds >= 0, seconds: Math.max(seconds, 0) };
    a.set(client, c.SOL_SOCKET, c.SO_LINGER, linger);
    const description = a.calls.description(client);
    const before = world.net.now;
    a.close(client);
    await world.complete(lingerOn(description, a.host.runtime));
    const waited = world.net.now - before;
    assert.ok(waited >= ms && waited <= ms + 20, `${why}: ${waited} ms`);
  }
});

test("what is no socket, or has other descriptors, is not waited for", async () => {
  const world = new SocketWorld();
  const { a } = world;
  const [client] = world.pair();
  a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 5 });
  const before = world.net.now;
  await lingerOn(a.calls.description(client), a.host.runtime);
  await lingerOn(null, a.host.runtime);
  assert.equal(world.net.now, before);
});

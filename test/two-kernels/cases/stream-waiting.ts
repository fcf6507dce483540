import assert from "node:assert/strict";
import {
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  POLLIN,
  SHUT_WR,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { LOOPBACKS, milliseconds } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/RECV-9
  program(`MSG_WAITALL waits until the buffer is full, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const waiting = bench.receive(server, 6, MSG_WAITALL);
    for (const part of ["ab", "cd", "efgh"]) {
      assert.equal(await bench.say(client, part), String(part.length));
      await sys.settle();
    }
    assert.equal(await waiting, "abcdef");
    assert.equal(await bench.receive(server), "gh");
  });
}

// req: sockets/RECV-6, sockets/GEN-11
program("SO_RCVTIMEO: EAGAIN when it has passed", async ({ bench }) => {
  const { server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVTIMEO, milliseconds(30));
  const before = performance.now();
  assert.equal(await bench.receive(server), "EAGAIN");
  assert.ok(performance.now() - before >= 25);
});

// req: sockets/ACC-1, sockets/GEN-11
program("SO_RCVTIMEO: accept gives up with EAGAIN", async ({ bench, sys }) => {
  const listener = await bench.listener();
  await bench.set(listener, SOL_SOCKET, SO_RCVTIMEO, milliseconds(30));
  await fails(sys.accept(listener), "EAGAIN");
});

// req: sockets/RECV-9
program("MSG_WAITALL: what came before the end of the stream", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await ok(sys.shutdown(client, SHUT_WR));
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "");
});

// req: sockets/RECV-9
program("MSG_WAITALL: what came before SO_RCVTIMEO passed", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVTIMEO, milliseconds(40));
  assert.equal(await bench.say(client, "ab"), "2");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL), "EAGAIN");
});

// req: sockets/RECV-9, sockets/RECV-4
program("MSG_WAITALL: what came before a reset, which the next call tells", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  const waiting = bench.receive(server, 8, MSG_WAITALL);
  await sys.settle();
  await bench.abort(client);
  assert.equal(await waiting, "ab");
  assert.equal(await bench.receive(server), "ECONNRESET");
  assert.equal(await bench.receive(server), "");
});

// req: sockets/RECV-9
program("MSG_WAITALL with MSG_DONTWAIT does not wait", async ({ bench }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await bench.ready(server, POLLIN);
  assert.equal(await bench.receive(server, 8, MSG_WAITALL | MSG_DONTWAIT), "ab");
  assert.equal(await bench.receive(server, 8, MSG_WAITALL | MSG_DONTWAIT), "EAGAIN");
});

// req: sockets/RECV-9, sockets/RECV-10
program("MSG_WAITALL with MSG_PEEK waits, and takes nothing", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ab"), "2");
  await bench.ready(server, POLLIN);
  const waiting = bench.receive(server, 4, MSG_WAITALL | MSG_PEEK);
  await sys.settle();
  assert.equal(await bench.say(client, "cd"), "2");
  assert.equal(await waiting, "abcd");
  assert.equal(await bench.receive(server), "abcd");
});

// req: sockets/SEND-3
program("SO_SNDTIMEO: what was taken until then, then EAGAIN", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await bench.set(client, SOL_SOCKET, SO_SNDTIMEO, milliseconds(40));
  const block = new Uint8Array(20_000_000);
  const taken = await ok(sys.send(client, block));
  assert.ok(taken > 0 && taken < block.length);
  await bench.fill(client);
  await fails(sys.send(client, block), "EAGAIN");
});

// req: sockets/POLL-1, sockets/POLL-10, sockets/RECV-1
program("SO_RCVLOWAT: no IN below it, and the end overrides it", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 4);
  assert.equal(await bench.say(client, "12"), "2");
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
  assert.equal(await bench.say(client, "34"), "2");
  await bench.becomes(server, "IN|OUT");
  assert.equal(await bench.receive(server), "1234");
  assert.equal(await bench.say(client, "5"), "1");
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|OUT|RDHUP");
  assert.equal(await bench.receive(server), "5");
});

// req: sockets/RECV-1
program(
  "SO_RCVLOWAT: a recv that waits waits for as many; one that must not takes what is",
  async (desk) => {
    const { bench, sys } = desk;
    const { client, server } = await bench.connected();
    await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 4);
    const waiting = bench.receive(server);
    assert.equal(await bench.say(client, "12"), "2");
    await sys.settle();
    assert.equal(await bench.say(client, "34"), "2");
    assert.equal(await waiting, "1234");
    assert.equal(await bench.say(client, "56"), "2");
    await bench.arrived(server, 2);
    assert.equal(await bench.receive(server, 64, MSG_DONTWAIT), "56");
  },
);

// req: sockets/RECV-1
program("SO_RCVLOWAT: a recv of fewer waits for no more than it takes", async ({ bench }) => {
  const { client, server } = await bench.connected();
  await bench.set(server, SOL_SOCKET, SO_RCVLOWAT, 40);
  assert.equal(await bench.say(client, "12"), "2");
  assert.equal(await bench.receive(server, 2), "12");
});

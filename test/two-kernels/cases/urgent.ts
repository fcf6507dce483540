import assert from "node:assert/strict";
import {
  FIONREAD,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  POLLIN,
  POLLPRI,
  SHUT_WR,
  SIOCATMARK,
  SO_OOBINLINE,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { type Bench, LOOPBACKS } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/OOB-2, sockets/OOB-3, sockets/OOB-5
  program(`urgent: read to the mark, the octet apart, the rest, ${address}`, async ({ bench }) => {
    const { client, server } = await urgent(bench, "abx", "cd", address);
    await bench.becomes(server, "IN|PRI|OUT");
    assert.equal(await atMark(bench, server), 0);
    assert.equal(await bench.receive(server), "ab");
    assert.equal(await atMark(bench, server), 1);
    assert.equal(await bench.receive(server, 1, MSG_OOB), "x");
    assert.equal(await bench.receive(server), "cd");
    assert.equal(await bench.events(server), "OUT");
    assert.equal(await bench.events(client), "OUT");
  });

  // req: sockets/OOB-6, sockets/OOB-4
  program(`SO_OOBINLINE: the octet stays in its place, ${address}`, async ({ bench }) => {
    const { server } = await urgent(bench, "abx", "cd", address, true);
    assert.equal(await bench.receive(server), "ab");
    assert.equal(await atMark(bench, server), 1);
    assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
    assert.equal(await bench.receive(server), "xcd");
    assert.equal(await atMark(bench, server), 0);
  });
}

// req: sockets/SEND-23
program("MSG_OOB: the last octet of the call is the urgent one", async ({ bench }) => {
  const { server } = await urgent(bench, "hello!", "");
  assert.equal(await bench.receive(server, 8, MSG_OOB), "!");
  assert.equal(await bench.receive(server), "hello");
});

// req: sockets/OOB-7
program("MSG_OOB with MSG_PEEK does not take it", async ({ bench }) => {
  const { server } = await urgent(bench, "x", "");
  for (let count = 0; count < 2; count++) {
    assert.equal(await bench.receive(server, 1, MSG_OOB | MSG_PEEK), "x");
  }
  assert.equal(await bench.receive(server, 1, MSG_OOB), "x");
  assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
});

// req: sockets/OOB-4
program("MSG_OOB where nothing is urgent: EINVAL", async ({ bench }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
  assert.equal(await bench.say(client, "plain"), "5");
  await bench.ready(server, POLLIN);
  assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
  assert.equal(await bench.receive(server), "plain");
});

// req: sockets/OOB-4
program("MSG_OOB on sockets without a connection", async ({ bench }) => {
  assert.equal(await bench.receive(await bench.listener(), 1, MSG_OOB), "ENOTCONN");
  assert.equal(await bench.receive(await bench.stream(), 1, MSG_OOB), "EINVAL");
  assert.equal(await bench.say(await bench.stream(), "x", MSG_OOB), "EPIPE");
});

// req: sockets/OOB-4
program("MSG_OOB never waits", async ({ bench, sys }) => {
  const { server } = await bench.connected();
  const before = performance.now();
  await fails(sys.recv(server, new Uint8Array(1), MSG_OOB), "EINVAL");
  assert.ok(performance.now() - before < 500);
});

// req: sockets/OOB-1
program("a second urgent octet makes the first a plain one", async ({ bench }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "ax", MSG_OOB), "2");
  assert.equal(await bench.say(client, "by", MSG_OOB), "2");
  assert.equal(await bench.say(client, "c"), "1");
  await bench.arrived(server, 3);
  await bench.sys.settle();
  assert.equal(await bench.receive(server, 1, MSG_OOB), "y");
  assert.equal(await bench.receive(server), "axb");
  assert.equal(await bench.receive(server), "c");
});

// req: sockets/OOB-8
program("FIONREAD counts up to the mark", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd");
  assert.equal(await bench.ioctl(server, FIONREAD), 2);
  assert.equal(await bench.receive(server), "ab");
  assert.equal(await bench.ioctl(server, FIONREAD), 0);
  assert.equal(await bench.receive(server, 1), "c");
  assert.equal(await bench.ioctl(server, FIONREAD), 1);
});

// req: sockets/OOB-8, sockets/OOB-6
program("FIONREAD counts past the mark with SO_OOBINLINE", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd", "127.0.0.1", true);
  assert.equal(await bench.ioctl(server, FIONREAD), 5);
});

// req: sockets/OOB-5, sockets/RECV-9
program("MSG_WAITALL stops at the mark", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd");
  assert.equal(await bench.receive(server, 4, MSG_WAITALL), "ab");
  assert.equal(await bench.receive(server, 2, MSG_WAITALL), "cd");
});

// req: sockets/OOB-5, sockets/RECV-11
program("MSG_PEEK sees up to the mark", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd");
  assert.equal(await bench.receive(server, 64, MSG_PEEK), "ab");
  assert.equal(await bench.receive(server), "ab");
});

// req: sockets/OOB-3
program("an urgent octet that nobody asked for is passed over", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd");
  assert.equal(await bench.receive(server), "ab");
  assert.equal(await bench.receive(server), "cd");
  assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
});

// req: sockets/OOB-2
program("PRI ends when the reader has passed the mark", async ({ bench }) => {
  const { server } = await urgent(bench, "ax", "b");
  assert.equal(await bench.events(server), "IN|PRI|OUT");
  assert.equal(await bench.receive(server), "a");
  assert.equal(await bench.receive(server), "b");
  assert.equal(await bench.events(server), "OUT");
});

// req: sockets/OOB-2, sockets/OOB-3
program(
  "an urgent octet alone: PRI, and a plain recv that finds nothing loses it",
  async (desk) => {
    const { bench } = desk;
    const { server } = await urgent(bench, "x", "");
    await bench.becomes(server, "PRI|OUT");
    assert.equal(await bench.receive(server, 8, MSG_DONTWAIT), "EAGAIN");
    assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
    assert.equal(await bench.events(server), "OUT");
  },
);

// req: sockets/OOB-2
program("what PRI says after MSG_OOB has taken the octet", async ({ bench }) => {
  const { server } = await urgent(bench, "x", "");
  assert.equal(await bench.receive(server, 1, MSG_OOB), "x");
  assert.equal(await bench.events(server), "OUT");
});

// req: sockets/OOB-5
program("SIOCATMARK on sockets that never saw an urgent octet", async ({ bench }) => {
  const { client } = await bench.connected();
  for (const fd of [client, await bench.stream(), await bench.listener()]) {
    assert.equal(await atMark(bench, fd), 0);
  }
});

// req: sockets/OOB-3, sockets/RECV-2
program("an urgent octet, then FIN", async ({ bench, sys }) => {
  const { client, server } = await urgent(bench, "abx", "");
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|PRI|OUT|RDHUP");
  assert.equal(await bench.receive(server), "ab");
  assert.equal(await bench.receive(server, 1, MSG_OOB), "x");
  assert.equal(await bench.receive(server), "");
});

// req: sockets/OOB-4
program("MSG_OOB after the end of the stream", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|OUT|RDHUP");
  assert.equal(await bench.receive(server, 1, MSG_OOB), "EINVAL");
});

// req: sockets/SEND-23
program("send of nothing with MSG_OOB: 0, nothing urgent", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await gives(sys.send(client, new Uint8Array(0), MSG_OOB), 0);
  await sys.settle();
  assert.equal(await bench.events(server), "OUT");
});

// req: sockets/OOB-6
program("SO_OOBINLINE set after the octet came", async ({ bench }) => {
  const { server } = await urgent(bench, "abx", "cd");
  await bench.set(server, SOL_SOCKET, SO_OOBINLINE, 1);
  assert.equal(await bench.receive(server), "ab");
  assert.equal(await bench.receive(server), "xcd");
});

// req: sockets/OOB-2
program("poll for PRI alone wakes when the octet comes", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const waiting = bench.ready(server, POLLPRI);
  assert.equal(await bench.say(client, "plain"), "5");
  await sys.settle();
  assert.equal(await bench.say(client, "x", MSG_OOB), "1");
  await waiting;
  assert.equal(await bench.events(server, POLLPRI), "PRI");
});

/** A connection whose server has `before`, the last octet urgent, and `after` waiting. */
async function urgent(
  bench: Bench,
  before: string,
  after: string,
  address = "127.0.0.1",
  isInline = false,
): Promise<{ client: number; server: number }> {
  const { client, server } = await bench.connected(address);
  if (isInline) await bench.set(server, SOL_SOCKET, SO_OOBINLINE, 1);
  assert.equal(await bench.say(client, before, MSG_OOB), String(before.length));
  if (after !== "") assert.equal(await bench.say(client, after), String(after.length));
  await bench.ready(server, POLLPRI);
  await bench.sys.settle();
  return { client, server };
}

async function atMark(bench: Bench, fd: number): Promise<number> {
  return bench.ioctl(fd, SIOCATMARK);
}

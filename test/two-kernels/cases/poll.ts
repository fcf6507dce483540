import assert from "node:assert/strict";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
  SO_SNDBUF,
  SOL_SOCKET,
} from "../../../src/index.ts";
import { LOOPBACKS } from "../bench.ts";
import { gives, maskNames, ok } from "../expect.ts";
import { type Desk, program } from "../program.ts";

const EVENTS = POLLIN | POLLOUT;

// req: sockets/POLL-7
program("poll: NVAL for what is not open, nothing for a negative descriptor", async (desk) => {
  const { bench, sys } = desk;
  const [closed, open] = [await bench.stream(), await bench.datagram()];
  await ok(sys.close(closed));
  const records = [closed, 1_000_000, -1, -77, open].map((fd) => ({
    fd,
    events: EVENTS,
    revents: 9,
  }));
  await gives(sys.poll(records, 0), 3);
  assert.deepEqual(
    records.map(({ revents }) => maskNames(revents)),
    ["NVAL", "NVAL", "-", "-", "OUT"],
  );
});

// req: sockets/POLL-7, sockets/POLL-8
program("poll does not wait when a descriptor is not open", async ({ sys }) => {
  const record = { fd: 1_000_000, events: 0, revents: 0 };
  await gives(sys.poll([record], -1), 1);
  assert.equal(record.revents, POLLNVAL);
});

// req: sockets/POLL-8
program("poll of nothing: 0 after its time", async ({ sys }) => {
  await gives(sys.poll([], 0), 0);
  const before = performance.now();
  await gives(sys.poll([], 30), 0);
  assert.ok(performance.now() - before >= 25, "too soon");
});

// req: sockets/POLL-8
program("poll: 0 after its time when nothing comes", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const record = { fd: client, events: POLLIN, revents: 99 };
  const before = performance.now();
  await gives(sys.poll([record], 30), 0);
  assert.ok(performance.now() - before >= 25, "too soon");
  assert.equal(record.revents, 0);
});

// req: sockets/POLL-8
program("poll without limit wakes when octets come", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const record = { fd: server, events: POLLIN, revents: 0 };
  const waiting = sys.poll([record], -1);
  await sys.settle();
  assert.equal(await bench.say(client, "x"), "1");
  await gives(waiting, 1);
  assert.equal(record.revents, POLLIN);
});

// req: sockets/POLL-8
program("poll counts the records with something to say, one descriptor twice", async (desk) => {
  const { bench, sys } = desk;
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "x"), "1");
  await bench.ready(server, POLLIN);
  const records = [
    { fd: server, events: POLLIN, revents: 0 },
    { fd: server, events: POLLOUT, revents: 0 },
    { fd: client, events: POLLIN, revents: 0 },
    { fd: server, events: 0, revents: 0 },
  ];
  await gives(sys.poll(records, 0), 2);
  assert.deepEqual(
    records.map(({ revents }) => revents),
    [POLLIN, POLLOUT, 0, 0],
  );
});

// req: sockets/POLL-3
program("poll for nothing still tells ERR and HUP", async ({ bench, sys }) => {
  const record = { fd: await bench.refused(), events: 0, revents: 0 };
  await gives(sys.poll([record], 0), 1);
  assert.equal(record.revents, POLLERR | POLLHUP);
});

// req: sockets/POLL-3
program("poll for nothing waits for ERR and HUP", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const record = { fd: client, events: 0, revents: 0 };
  const waiting = sys.poll([record], -1);
  await sys.settle();
  await bench.abort(server);
  await gives(waiting, 1);
  assert.equal(record.revents, POLLERR | POLLHUP);
});

// req: sockets/POLL-4
program("RDHUP comes only when it is asked for", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.becomes(server, "IN|OUT|RDHUP");
  assert.equal(await bench.events(server, EVENTS), "IN|OUT");
  assert.equal(await bench.events(server, POLLRDHUP), "RDHUP");
  assert.equal(await bench.events(server, 0), "-");
});

// req: sockets/POLL-4
program("poll for RDHUP alone wakes at the peer's FIN, not at octets", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const waiting = bench.ready(server, POLLRDHUP);
  assert.equal(await bench.say(client, "x"), "1");
  await sys.settle();
  await ok(sys.shutdown(client, SHUT_WR));
  await waiting;
  assert.equal(await bench.events(server), "IN|OUT|RDHUP");
});

// req: sockets/POLL-4, sockets/SHUT-4
program("own SHUT_RD wakes a poll that waits", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const waiting = bench.ready(client, POLLIN);
  await sys.settle();
  await ok(sys.shutdown(client, SHUT_RD));
  await waiting;
});

// req: sockets/POLL-2
program("poll for OUT waits for room", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_SOCKET, SO_SNDBUF, 50_000);
  const taken = await bench.fill(client);
  assert.equal(await bench.events(client), "-");
  const waiting = bench.ready(client, POLLOUT);
  for (let at = 0; at < taken; ) at += await ok(sys.read(server, new Uint8Array(1 << 20)));
  await waiting;
  assert.equal(await bench.events(client), "OUT");
});

// req: sockets/POLL-8
program("two polls on one socket both wake", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const waiting = [bench.ready(server, POLLIN), bench.ready(server, POLLIN)];
  await sys.settle();
  assert.equal(await bench.say(client, "x"), "1");
  await Promise.all(waiting);
});

// req: sockets/LIST-13, sockets/POLL-1
program("poll on a listener wakes when a connection comes", async ({ bench, sys }) => {
  const listener = await bench.listener();
  const waiting = bench.ready(listener, POLLIN);
  await sys.settle();
  await ok(sys.connect(await bench.stream(), await bench.name(listener)));
  await waiting;
});

// req: sockets/POLL-1, sockets/POLL-8
program("poll over many sockets of all kinds tells which one is ready", async (desk) => {
  const { bench, sys } = desk;
  const quiet = [await bench.listener(), (await bench.connected()).client];
  const [one, other] = await bench.datagrams();
  const records = [...quiet, other].map((fd) => ({ fd, events: POLLIN, revents: 0 }));
  const waiting = sys.poll(records, -1);
  await sys.settle();
  assert.equal(await bench.say(one, "x"), "1");
  await gives(waiting, 1);
  assert.deepEqual(
    records.map(({ revents }) => revents),
    [0, 0, POLLIN],
  );
});

for (const address of LOOPBACKS) {
  // req: sockets/POLL-1, sockets/POLL-2, sockets/POLL-3, sockets/POLL-5, sockets/POLL-6
  program(`the life of a connection as poll sees it, ${address}`, async (desk) => {
    assert.deepEqual(await lifeOf(desk, address), [
      "fresh OUT|HUP",
      "bound OUT|HUP",
      "connected OUT",
      "octets IN|OUT",
      "read OUT",
      "FIN IN|OUT|RDHUP",
      "end read IN|OUT|RDHUP",
      "closed both ways IN|OUT|HUP|RDHUP",
    ]);
  });
}

async function lifeOf({ bench, sys }: Desk, address: string): Promise<string[]> {
  const seen: string[] = [];
  const fd = await bench.stream(address);
  const look = async (state: string): Promise<void> => {
    await sys.settle();
    seen.push(`${state} ${await bench.events(fd)}`);
  };
  await look("fresh");
  await ok(sys.bind(fd, { ...(await bench.name(fd)), address }));
  await look("bound");
  const listener = await bench.listener(address);
  await ok(sys.connect(fd, await bench.name(listener)));
  const peer = await ok(sys.accept(listener));
  await look("connected");
  await ok(sys.send(peer, Uint8Array.of(1)));
  await look("octets");
  await ok(sys.read(fd, new Uint8Array(1)));
  await look("read");
  await ok(sys.shutdown(peer, SHUT_WR));
  await look("FIN");
  await ok(sys.read(fd, new Uint8Array(1)));
  await look("end read");
  await ok(sys.shutdown(fd, SHUT_WR));
  await look("closed both ways");
  return seen;
}

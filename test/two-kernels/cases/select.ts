import assert from "node:assert/strict";
import { MSG_OOB, SHUT_WR } from "../../../src/index.ts";
import { fails, gives, ok } from "../expect.ts";
import { FD_SETSIZE } from "../numbers.ts";
import { program } from "../program.ts";

// req: sockets/SEL-1
program("select: EINVAL for a negative count, EBADF for what is not open", async (desk) => {
  const { bench, sys } = desk;
  await fails(sys.select(-1, {}, 0), "EINVAL");
  const fd = await bench.stream();
  await ok(sys.close(fd));
  for (const set of ["read", "write", "except"] as const) {
    await fails(sys.select(fd + 1, { [set]: new Set([fd]) }, 0), "EBADF");
  }
});

// req: sockets/SEL-1
program("select: a negative time is EINVAL", async ({ sys }) => {
  await fails(sys.select(0, {}, -5), "EINVAL");
});

// req: sockets/SEL-1, sockets/SEL-3
program("select looks at descriptors below its count alone", async ({ bench, sys }) => {
  const fd = await bench.datagram();
  const write = new Set([fd]);
  await gives(sys.select(fd, { write }, 0), 0);
  await gives(sys.select(fd + 1, { write: new Set([fd]) }, 0), 1);
});

// req: sockets/SEL-2, sockets/SEL-3
program("select: what is ready stays in its set, all else goes", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const listener = await bench.listener();
  assert.equal(await bench.say(client, "x"), "1");
  await bench.becomes(server, "IN|OUT");
  const all = [client, server, listener];
  const sets = { read: new Set(all), write: new Set(all), except: new Set(all) };
  await gives(sys.select(FD_SETSIZE, sets, 0), 3);
  assert.deepEqual([...sets.read], [server]);
  assert.deepEqual(new Set(sets.write), new Set([client, server]));
  assert.deepEqual([...sets.except], []);
});

// req: sockets/SEL-3
program("select: after its time 0, and every set is empty", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  const read = new Set([client]);
  const before = performance.now();
  await gives(sys.select(client + 1, { read }, 30), 0);
  assert.ok(performance.now() - before >= 25, "too soon");
  assert.equal(read.size, 0);
});

// req: sockets/SEL-2
program("select without limit wakes when octets come", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const read = new Set([server]);
  const waiting = sys.select(server + 1, { read }, null);
  await sys.settle();
  assert.equal(await bench.say(client, "x"), "1");
  await gives(waiting, 1);
  assert.deepEqual([...read], [server]);
});

// req: sockets/SEL-2, sockets/OOB-2
program("select: an urgent octet is an exception", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "x", MSG_OOB), "1");
  const sets = { read: new Set([server]), except: new Set([server]) };
  await gives(sys.select(server + 1, { except: sets.except }, null), 1);
  await gives(sys.select(server + 1, { read: sets.read }, 0), 0);
});

// req: sockets/SEL-2, sockets/CONN-6
program("select: a refused connection is readable and writable", async ({ bench, sys }) => {
  const fd = await bench.refused();
  const sets = { read: new Set([fd]), write: new Set([fd]), except: new Set([fd]) };
  await gives(sys.select(fd + 1, sets, 0), 2);
  assert.deepEqual([sets.read.size, sets.write.size, sets.except.size], [1, 1, 0]);
});

// req: sockets/SEL-2, sockets/POLL-4
program("select: the peer's FIN is readable", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  const read = new Set([server]);
  await gives(sys.select(server + 1, { read }, null), 1);
});

// req: sockets/SEL-3
program("select of nothing is a pause", async ({ sys }) => {
  const before = performance.now();
  await gives(sys.select(0, {}, 30), 0);
  assert.ok(performance.now() - before >= 25, "too soon");
});

// req: sockets/SEL-2, sockets/POLL-3
program("select: a fresh socket is writable, and readable for its hang-up", async (desk) => {
  const fd = await desk.bench.stream();
  const sets = { read: new Set([fd]), write: new Set([fd]), except: new Set([fd]) };
  await gives(desk.sys.select(fd + 1, sets, 0), 2);
  assert.deepEqual([sets.read.size, sets.write.size, sets.except.size], [1, 1, 0]);
});

import assert from "node:assert/strict";
import { MSG_DONTWAIT, POLLIN, SHUT_RD, SHUT_RDWR, SHUT_WR } from "../../../src/index.ts";
import { bytesOf, LOOPBACK4, LOOPBACKS, wildcardOf } from "../bench.ts";
import { fails, gives, ok } from "../expect.ts";
import { program } from "../program.ts";

/** A sender may hold back a few octets that would fit for a while (RFC 9293 §3.8.6.2.1). */
const TRULY_FULL_MS = 600;

for (const address of LOOPBACKS) {
  // req: sockets/SHUT-2, sockets/POLL-5, sockets/SHUT-3
  program(`half-close: one way ends, the other goes on, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "last"), "4");
    await ok(sys.shutdown(client, SHUT_WR));
    await ok(sys.shutdown(client, SHUT_WR));
    assert.equal(await bench.events(client), "OUT");
    assert.equal(await bench.say(client, "x"), "EPIPE");
    await bench.becomes(server, "IN|OUT|RDHUP");
    assert.equal(await bench.receive(server), "last");
    assert.equal(await bench.receive(server), "");
    assert.equal(await bench.events(server), "IN|OUT|RDHUP");
    assert.equal(await bench.say(server, "answer"), "6");
    assert.equal(await bench.receive(client), "answer");
  });

  // req: sockets/POLL-5, sockets/NAME-4, sockets/SHUT-1, sockets/SHUT-2
  program(`both ways ended: IN|OUT|HUP|RDHUP and no peer, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    const name = await bench.name(client);
    for (const fd of [client, server]) await ok(sys.shutdown(fd, SHUT_WR));
    for (const fd of [client, server]) {
      await bench.becomes(fd, "IN|OUT|HUP|RDHUP");
      assert.equal(await bench.receive(fd), "");
      assert.equal(await bench.say(fd, "x"), "EPIPE");
      await fails(sys.getpeername(fd, {}), "ENOTCONN");
      await fails(sys.shutdown(fd, SHUT_RDWR), "ENOTCONN");
      assert.equal(await bench.error(fd), "0");
    }
    assert.deepEqual(await bench.name(client), name);
  });

  // req: sockets/SHUT-6, sockets/POLL-3
  program(`SHUT_RDWR: FIN, and IN|OUT|HUP|RDHUP at once, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "x"), "1");
    await ok(sys.shutdown(client, SHUT_RDWR));
    assert.equal(await bench.events(client), "IN|OUT|HUP|RDHUP");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.say(client, "x"), "EPIPE");
    assert.equal(await bench.receive(server), "x");
    assert.equal(await bench.receive(server), "");
  });

  // req: sockets/SHUT-4, sockets/RECV-22, sockets/POLL-4
  program(`SHUT_RD: nothing on the wire, data still comes, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await ok(sys.shutdown(client, SHUT_RD));
    assert.equal(await bench.events(client), "IN|OUT|RDHUP");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.events(server), "OUT");
    assert.equal(await bench.say(server, "abc"), "3");
    await sys.settle();
    assert.equal(await bench.events(client), "IN|OUT|RDHUP");
    assert.equal(await bench.receive(client), "abc");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.say(client, "still"), "5");
    assert.equal(await bench.receive(server), "still");
  });

  // req: sockets/SHUT-4, sockets/RECV-28
  program(`SHUT_RD wakes a recv that waits: 0, ${address}`, async ({ bench, sys }) => {
    const { client } = await bench.connected(address);
    const waiting = bench.receive(client);
    await sys.settle();
    await ok(sys.shutdown(client, SHUT_RD));
    assert.equal(await waiting, "");
  });

  // req: sockets/RECV-4, sockets/POLL-6, sockets/NAME-4, sockets/SHUT-1, sockets/SEND-5
  program(`reset: ECONNRESET once, then the end, ${address}`, async ({ bench, sys }) => {
    const { client } = await bench.reset(address);
    const name = await bench.name(client);
    assert.equal(await bench.events(client), "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.receive(client), "ECONNRESET");
    for (let count = 0; count < 2; count++) assert.equal(await bench.receive(client), "");
    assert.equal(await bench.say(client, "x"), "EPIPE");
    assert.equal(await bench.events(client), "IN|OUT|HUP|RDHUP");
    await fails(sys.getpeername(client, {}), "ENOTCONN");
    assert.deepEqual(await bench.name(client), name);
    await fails(sys.shutdown(client, SHUT_RDWR), "ENOTCONN");
  });

  // req: sockets/RECV-3, sockets/RECV-4
  program(`data, then reset: the data first, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(server, "data"), "4");
    await bench.ready(client, POLLIN);
    await bench.abort(server);
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
    const seen = [];
    for (let count = 0; count < 3; count++) seen.push(await bench.receive(client));
    assert.deepEqual(seen, ["data", "ECONNRESET", ""]);
    await ok(sys.close(client));
  });

  // req: sockets/SEND-7, sockets/GEN-8
  program(`reset told by send: ECONNRESET, EPIPE; recv then 0, ${address}`, async ({ bench }) => {
    const { client } = await bench.reset(address);
    assert.equal(await bench.say(client, "x"), "ECONNRESET");
    assert.equal(await bench.say(client, "x"), "EPIPE");
    assert.equal(await bench.receive(client), "");
  });

  // req: sockets/RECV-5, sockets/GEN-8, sockets/OPT-4
  program(`reset told by SO_ERROR: recv 0, send EPIPE, ${address}`, async ({ bench }) => {
    const { client } = await bench.reset(address);
    assert.equal(await bench.error(client), "ECONNRESET");
    assert.equal(await bench.error(client), "0");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.say(client, "x"), "EPIPE");
  });

  // req: sockets/SEND-8
  program(`peer closed: a send goes well, brings RST, then EPIPE, ${address}`, async (desk) => {
    const { bench, sys } = desk;
    const { client, server } = await bench.connected(address);
    await ok(sys.close(server));
    await bench.becomes(client, "IN|OUT|RDHUP");
    assert.equal(await bench.say(client, "x"), "1");
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.say(client, "x"), "EPIPE");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.receive(client), "");
    assert.equal(await bench.events(client), "IN|OUT|HUP|RDHUP");
  });

  // req: sockets/SEND-8, sockets/CLOSE-3
  program(`peer closed, one has sent: SO_ERROR is EPIPE, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await ok(sys.close(server));
    await bench.becomes(client, "IN|OUT|RDHUP");
    assert.equal(await bench.say(client, "x"), "1");
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.error(client), "EPIPE");
    assert.equal(await bench.receive(client), "");
  });

  // req: sockets/SHUT-1
  program(`shutdown of what is not connected: ENOTCONN, ${address}`, async ({ bench, sys }) => {
    const fd = await bench.stream(address);
    for (const how of [SHUT_RD, SHUT_WR, SHUT_RDWR]) await fails(sys.shutdown(fd, how), "ENOTCONN");
    assert.equal((await bench.name(fd)).address, wildcardOf(address));
  });
}

for (const how of [3, -1, 1000]) {
  // req: sockets/SHUT-1
  program(`shutdown(${how}): EINVAL, connected or not`, async ({ bench, sys }) => {
    const { client } = await bench.connected();
    for (const fd of [client, await bench.stream(), await bench.datagram()]) {
      await fails(sys.shutdown(fd, how), "EINVAL");
    }
    assert.equal(await bench.events(client), "OUT");
  });
}

// req: sockets/SHUT-1
program(
  "a fresh socket that was shut down all the same reads 0, and does not send",
  async (desk) => {
    const { bench, sys } = desk;
    const fd = await bench.stream();
    await fails(sys.shutdown(fd, SHUT_RDWR), "ENOTCONN");
    assert.equal(await bench.events(fd), "IN|OUT|HUP|RDHUP");
    assert.equal(await bench.receive(fd), "");
    assert.equal(await bench.say(fd, "x"), "EPIPE");
  },
);

// req: sockets/SHUT-1, sockets/CONN-9
program("a fresh socket that was shut down connects, and stays shut", async ({ bench, sys }) => {
  const fd = await bench.stream();
  await fails(sys.shutdown(fd, SHUT_RDWR), "ENOTCONN");
  const listener = await bench.listener();
  await ok(sys.connect(fd, await bench.name(listener)));
  assert.equal(await bench.events(fd), "IN|OUT|HUP|RDHUP");
  assert.deepEqual(await bench.peer(fd), await bench.name(listener));
  assert.equal(await bench.say(fd, "x"), "EPIPE");
  assert.equal(await bench.receive(fd), "");
});

// req: sockets/SHUT-3
program("SHUT_WR, then SHUT_RD: both ways", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  await ok(sys.shutdown(client, SHUT_RD));
  assert.equal(await bench.events(client), "IN|OUT|HUP|RDHUP");
  await ok(sys.shutdown(client, SHUT_RDWR));
});

// req: sockets/SHUT-2
program("SHUT_WR lets what waits go out first", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const taken = await bench.fill(client);
  await ok(sys.shutdown(client, SHUT_WR));
  let arrived = 0;
  for (let count = -1; count !== 0; arrived += count) {
    count = await ok(sys.read(server, new Uint8Array(1 << 20)));
  }
  assert.equal(arrived, taken);
});

// req: sockets/SHUT-2, sockets/SEND-5
program("SHUT_WR wakes a send that waits: EPIPE", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await bench.fill(client, TRULY_FULL_MS);
  const waiting = sys.send(client, bytesOf("waits"));
  await sys.settle();
  await ok(sys.shutdown(client, SHUT_WR));
  await fails(waiting, "EPIPE");
});

// req: sockets/SHUT-2, sockets/RECV-3
program("SHUT_RD leaves what has come for the reader", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(server, "here"), "4");
  await bench.ready(client, POLLIN);
  await ok(sys.shutdown(client, SHUT_RD));
  assert.equal(await bench.receive(client), "here");
  assert.equal(await bench.receive(client), "");
});

// req: sockets/RECV-4
program("a reset wakes a recv that waits: ECONNRESET", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  const waiting = bench.receive(client);
  await sys.settle();
  await bench.abort(server);
  assert.equal(await waiting, "ECONNRESET");
});

// req: sockets/SEND-7
program("a reset wakes a send that waits: ECONNRESET", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.fill(client, TRULY_FULL_MS);
  const waiting = sys.send(client, bytesOf("waits"));
  await sys.settle();
  await bench.abort(server);
  await fails(waiting, "ECONNRESET");
});

// req: sockets/RECV-4, sockets/POLL-6
program("a reset after SHUT_WR: ECONNRESET", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await ok(sys.shutdown(client, SHUT_WR));
  await bench.ready(server, POLLIN);
  await bench.abort(server);
  await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(await bench.receive(client), "ECONNRESET");
});

// req: sockets/SEND-8, sockets/RECV-4
program("a reset after the peer's FIN: EPIPE, which recv passes over", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await ok(sys.shutdown(server, SHUT_WR));
  await bench.becomes(client, "IN|OUT|RDHUP");
  await bench.abort(server);
  await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(await bench.receive(client), "");
  assert.equal(await bench.error(client), "EPIPE");
});

// req: sockets/CONN-4, sockets/POLL-6
program("connect after a reset: ECONNRESET or a fresh start", async ({ bench, sys }) => {
  const { client, listener } = await bench.reset();
  await fails(sys.connect(client, await bench.name(listener)), "EISCONN");
  assert.equal(await bench.error(client), "ECONNRESET");
  await fails(sys.connect(client, await bench.name(listener)), "EISCONN");
});

// req: sockets/SHUT-2, sockets/RECV-2
program("an echo server that ends when its client does", async ({ bench, sys }) => {
  const { client, server } = await bench.connected(LOOPBACK4);
  const echo = (async () => {
    const buffer = new Uint8Array(32);
    for (;;) {
      const count = await sys.read(server, buffer);
      if (count <= 0) break;
      await ok(sys.write(server, buffer.subarray(0, count)));
    }
    return sys.close(server);
  })();
  for (const line of ["first", "second"]) {
    assert.equal(await bench.say(client, line), String(line.length));
    assert.equal(await bench.receive(client), line);
  }
  await ok(sys.shutdown(client, SHUT_WR));
  assert.equal(await bench.receive(client), "");
  await gives(echo, 0);
  assert.equal(await bench.receive(client, 8, MSG_DONTWAIT), "");
});

import assert from "node:assert/strict";
import { POLLIN, SHUT_RD, SHUT_WR, SO_LINGER, SOL_SOCKET } from "../../../src/index.ts";
import { LOOPBACKS, lingerValue } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";

for (const address of LOOPBACKS) {
  // req: sockets/CLOSE-2
  program(`close with unread octets resets: ECONNRESET, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    assert.equal(await bench.say(client, "unread"), "6");
    await bench.ready(server, POLLIN);
    await ok(sys.close(server));
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.receive(client), "ECONNRESET");
    assert.equal(await bench.receive(client), "");
  });

  // req: sockets/CLOSE-3
  program(`octets that come after close reset, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await ok(sys.shutdown(server, SHUT_WR));
    await ok(sys.close(server));
    await bench.becomes(client, "IN|OUT|RDHUP");
    assert.equal(await bench.say(client, "late"), "4");
    await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
  });

  // req: sockets/CLOSE-4
  program(
    `close returns at once; what was sent arrives, then the end, ${address}`,
    async (desk) => {
      const { bench, sys } = desk;
      const { client, server } = await bench.connected(address);
      const taken = await bench.fill(client);
      const before = performance.now();
      await ok(sys.close(client));
      assert.ok(performance.now() - before < 500);
      let arrived = 0;
      for (let count = -1; count !== 0; arrived += count) {
        count = await ok(sys.read(server, new Uint8Array(1 << 20)));
      }
      assert.equal(arrived, taken);
    },
  );

  // req: sockets/CLOSE-6, sockets/OPT-9
  program(`SO_LINGER of 0: RST, what waits is lost, ${address}`, async ({ bench, sys }) => {
    const { client, server } = await bench.connected(address);
    await bench.fill(client);
    await bench.set(client, SOL_SOCKET, SO_LINGER, lingerValue(0));
    await ok(sys.close(client));
    await bench.becomes(server, "IN|OUT|ERR|HUP|RDHUP");
    assert.equal(await bench.error(server), "ECONNRESET");
  });
}

// req: sockets/CLOSE-5
program("SO_LINGER: close waits no longer than until all has arrived", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  await bench.set(client, SOL_SOCKET, SO_LINGER, lingerValue(3));
  assert.equal(await bench.say(client, "x"), "1");
  await ok(sys.shutdown(server, SHUT_WR));
  const before = performance.now();
  await ok(sys.close(client));
  assert.ok(performance.now() - before < 1000);
  assert.equal(await bench.receive(server), "x");
});

// req: sockets/CLOSE-5
program("SO_LINGER: close waits as long as told while the peer reads nothing", async (desk) => {
  const { bench, sys } = desk;
  const { client } = await bench.connected();
  await bench.fill(client);
  await bench.set(client, SOL_SOCKET, SO_LINGER, lingerValue(1));
  const before = performance.now();
  await ok(sys.close(client));
  assert.ok(performance.now() - before >= 900);
});

// req: sockets/CLOSE-10, sockets/GEN-1
program("close twice: EBADF", async ({ bench, sys }) => {
  const { client } = await bench.connected();
  await ok(sys.close(client));
  await fails(sys.close(client), "EBADF");
});

// req: sockets/CLOSE-4
program("close with nothing unread: FIN, not RST", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "x"), "1");
  assert.equal(await bench.receive(server), "x");
  await ok(sys.close(server));
  await bench.becomes(client, "IN|OUT|RDHUP");
  assert.equal(await bench.receive(client), "");
  assert.equal(await bench.error(client), "0");
});

// req: sockets/CLOSE-2, sockets/SHUT-4
program("SHUT_RD, unread octets, close: RST all the same", async ({ bench, sys }) => {
  const { client, server } = await bench.connected();
  assert.equal(await bench.say(client, "unread"), "6");
  await bench.ready(server, POLLIN);
  await ok(sys.shutdown(server, SHUT_RD));
  await ok(sys.close(server));
  await bench.becomes(client, "IN|OUT|ERR|HUP|RDHUP");
});

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { SHUT_WR, SOCK_NONBLOCK, SOL_TCP, TCP_INFO, TCP_MAXSEG } from "../../../src/index.ts";
import { at, type Bench, LOOPBACK4, LOOPBACKS } from "../bench.ts";
import { fails, ok } from "../expect.ts";
import { program } from "../program.ts";
import type { TcpInfo } from "../sys.ts";

/** Linux's numbers of the states. */
const STATE = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  FIN_WAIT_2: 5,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LISTEN: 10,
} as const;

for (const address of LOOPBACKS) {
  // req: sockets/OPT-19
  program(`TCP_INFO: the states of a connection, ${address}`, async ({ bench, sys }) => {
    const fresh = await bench.stream(address);
    assert.equal((await info(bench, fresh)).state, STATE.CLOSE);
    const { client, server, listener } = await bench.connected(address);
    assert.equal((await info(bench, listener)).state, STATE.LISTEN);
    for (const fd of [client, server]) {
      assert.equal((await info(bench, fd)).state, STATE.ESTABLISHED);
    }
    await ok(sys.shutdown(client, SHUT_WR));
    await bench.becomes(server, "IN|OUT|RDHUP");
    // An acknowledgment may be late by 40 ms.
    for (let tries = 0; tries < 50; tries++) {
      if ((await info(bench, client)).state === STATE.FIN_WAIT_2) break;
      await delay(10);
    }
    assert.equal((await info(bench, client)).state, STATE.FIN_WAIT_2);
    assert.equal((await info(bench, server)).state, STATE.CLOSE_WAIT);
  });

  // req: sockets/OPT-19
  program(`TCP_INFO: what the handshake has settled, ${address}`, async ({ bench }) => {
    const { client, server } = await bench.connected(address);
    for (const fd of [client, server]) {
      const { hasTimestamps, hasSack, hasScaling } = await info(bench, fd);
      assert.deepEqual([hasTimestamps, hasSack, hasScaling], [true, true, true]);
    }
  });
}

// req: sockets/OPT-19
program("TCP_INFO: SYN-SENT while connecting, CLOSE after a reset", async ({ bench, sys }) => {
  const pending = await bench.stream(LOOPBACK4, SOCK_NONBLOCK);
  await fails(sys.connect(pending, at("10.77.0.9", 9)), "EINPROGRESS");
  assert.equal((await info(bench, pending)).state, STATE.SYN_SENT);
  const { client } = await bench.reset();
  assert.equal((await info(bench, client)).state, STATE.CLOSE);
});

// req: sockets/OPT-19, sockets/OPT-15
program("TCP_INFO: segment size and path MTU on the link", async ({ bench, sys }) => {
  const listener = await bench.listener("10.77.0.1");
  const fd = await bench.stream();
  await ok(sys.connect(fd, await bench.name(listener)));
  const { sndMss } = await info(bench, fd);
  assert.equal(sndMss, await bench.get(fd, SOL_TCP, TCP_MAXSEG));
});

// req: sockets/OPT-19
program("TCP_INFO: the initial window is ten segments", async ({ bench }) => {
  const { client } = await bench.connected();
  assert.equal((await info(bench, client)).congestionWindow, 10);
});

// req: sockets/OPT-19
program("TCP_INFO: times are plausible on a connection that has spoken", async ({ bench }) => {
  const { client, server } = await bench.connected();
  for (let count = 0; count < 4; count++) {
    assert.equal(await bench.say(client, "ping"), "4");
    assert.equal(await bench.receive(server), "ping");
    assert.equal(await bench.say(server, "pong"), "4");
    assert.equal(await bench.receive(client), "pong");
  }
  const { rtoMs, srttMs, timeouts } = await info(bench, client);
  assert.ok(srttMs >= 0 && srttMs < 500, `srtt ${srttMs}`);
  assert.ok(rtoMs >= 200 && rtoMs < 2000, `rto ${rtoMs}`);
  assert.equal(timeouts, 0);
});

// req: sockets/OPT-19
program("TCP_INFO: octets that wait to be sent", async ({ bench }) => {
  const { client } = await bench.connected();
  assert.equal((await info(bench, client)).unsentOctets, 0);
  await bench.fill(client);
  assert.ok((await info(bench, client)).unsentOctets > 0, "nothing is unsent");
});

// req: sockets/OPT-1, sockets/OPT-3
program("TCP_INFO cannot be set, and a datagram socket has none", async ({ bench, sys }) => {
  const room = { octets: new Uint8Array(8) };
  await fails(sys.setsockopt(await bench.stream(), SOL_TCP, TCP_INFO, 1), "ENOPROTOOPT");
  await fails(sys.getsockopt(await bench.datagram(), SOL_TCP, TCP_INFO, room), "EOPNOTSUPP");
});

async function info(bench: Bench, fd: number): Promise<TcpInfo> {
  const record: Partial<TcpInfo> = {};
  await ok(bench.sys.tcpInfo(fd, record));
  return record as TcpInfo;
}

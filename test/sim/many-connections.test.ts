/** A thousand connections opened and closed leave nothing behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { liveOctets } from "../support/host-memory.ts";
import { FAMILIES, HostPair, Stream } from "../support/host-pair.ts";
import { name } from "../support/socket-world.ts";

const COUNT = 1000;
const MIB = 1024 * 1024;

/** Opens `COUNT` connections at once, moves a little over each, and closes them in mixed order. */
function round(pair: HostPair, listener: number): number[] {
  const { a, b } = pair;
  const clients = Array.from({ length: COUNT }, (_, index) => {
    const family = FAMILIES[index % 2] ?? "v4";
    const fd = a.socket(family);
    const target = family === "v4" ? "10.0.0.2:80" : "[fd00::2]:80";
    assert.equal(a.calls.connect(fd, name(target), a.now), -115);
    return new Stream(a, fd);
  });
  const servers: Stream[] = [];
  pair.until(() => {
    for (let fd = b.calls.accept(listener, 0, null, b.now); fd > 0; ) {
      servers.push(new Stream(b, fd));
      fd = b.calls.accept(listener, 0, null, b.now);
    }
    return servers.length === COUNT;
  }, 60_000);
  for (const { fd } of clients) assert.equal(a.calls.finishConnect(fd, a.now), 0);
  const ports = clients.map(({ connection }) => connection.localPort);
  for (const stream of [...clients, ...servers]) stream.write(new Uint8Array(1000));
  pair.pass(5000);
  for (const [index, client] of clients.entries()) {
    // A third after reading, a third with unread data (a reset), a third without the peer's doing anything.
    if (index % 3 === 0) assert.equal(client.readText().length, 1000);
    client.close();
  }
  pair.pass(5000);
  for (const server of servers) {
    server.readText();
    server.close();
  }
  return ports;
}

test(`${COUNT} connections at once, opened and closed: no flow, port, timer or buffer is left`, (t) => {
  const pair = new HostPair({ seed: 3, rules: { delayMs: 5, loss: 0.01 } });
  const { a, b } = pair;
  const listener = b.listen(80);
  const ports = round(pair, listener);
  assert.ok(a.flowCount + b.flowCount > 0, "TIME-WAIT");
  pair.pass(200_000);
  assert.deepEqual([a.flowCount, b.flowCount], [0, 0]);
  assert.deepEqual([...a.host.netstat()], []);
  for (const side of [a, b]) assert.equal(side.host.stack.tcp.pollTimeout(), Infinity);
  // Without SO_REUSEADDR a port can only be bound when nothing holds it.
  for (const port of new Set(ports)) {
    for (const family of FAMILIES) a.calls.close(a.socket(family, port), a.now);
  }
  const before = liveOctets();
  for (let rounds = 0; rounds < 4; rounds++) {
    round(pair, listener);
    pair.pass(200_000);
  }
  const grown = liveOctets() - before;
  t.diagnostic(`${(grown / MIB).toFixed(2)} MiB after four more rounds`);
  assert.ok(grown < 2 * MIB, `${grown} octets for ${4 * COUNT} connections`);
});

test("an idle established connection holds no buffer", () => {
  const pair = new HostPair({ seed: 3 });
  const [client, server] = pair.connect("v4");
  client.write(new Uint8Array(100_000));
  pair.pass(1000);
  const into = new Uint8Array(100_000);
  assert.equal(server.read(into), 100_000);
  for (const { connection } of [client, server]) assert.equal(connection.storageOctets, 0);
});

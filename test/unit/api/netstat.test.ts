import assert from "node:assert/strict";
import { test } from "node:test";
import { type NetstatRow, netstat } from "../../../src/api/netstat.ts";
import * as c from "../../../src/socket/constants.ts";
import { type Party, SocketWorld } from "../../support/socket-world.ts";

test("listeners, connections in their states, datagram and ping sockets", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const listener = b.listener("[::]:80");
  b.listener("10.0.0.2:81");
  const client = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(client, "10.0.0.2:80");
  a.connect(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.2:81");
  world.settle();
  b.accept(listener);
  a.send(client, "12345");
  b.bound(c.SOCK_DGRAM, "0.0.0.0:53");
  const peer = b.bound(c.SOCK_DGRAM, "[fd00::2]:5353");
  b.connect(peer, "[fd00::1]:53");
  b.bind(b.socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP), "0.0.0.0:7");
  world.settle();
  const from = a.local(client);
  assert.deepEqual(rowsOf(b).map(brief).slice(0, 2), [
    "tcp6 0 0 :::80 :::* LISTEN",
    "tcp 1 0 10.0.0.2:81 0.0.0.0:* LISTEN",
  ]);
  assert.ok(rowsOf(b).map(brief).includes(`tcp 5 0 10.0.0.2:80 ${from} ESTABLISHED`));
  assert.deepEqual(rowsOf(b).map(brief).slice(-3), [
    "udp 0 0 0.0.0.0:53 0.0.0.0:* ",
    "udp6 0 0 fd00::2:5353 fd00::1:53 ESTABLISHED",
    "icmp 0 0 0.0.0.0:7 0.0.0.0:* ",
  ]);
});

test("the timer, and what was not acknowledged", () => {
  const world = new SocketWorld({ latencyMs: 100 });
  const { a, b } = world;
  const [client, server] = world.pair();
  a.set(client, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
  world.settle(0);
  assert.match(rowsOf(a)[0]?.timer ?? "", /^keepalive \(7\d{3}\.\d\d\/0\/0\)$/);
  a.send(client, "12345");
  world.settle(50);
  const [sending] = rowsOf(a);
  assert.equal(sending?.sendQ, 5);
  assert.match(sending?.timer ?? "", /^on \(0\.\d\d\/0\/0\)$/);
  world.settle();
  a.close(client);
  world.settle();
  assert.equal(rowsOf(a)[0]?.state, "FIN_WAIT2");
  b.recv(server);
  b.close(server);
  world.settle();
  const [last] = rowsOf(a);
  assert.equal(last?.state, "TIME_WAIT");
  assert.match(last?.timer ?? "", /^timewait \(5\d\.\d\d\/0\/0\)$/);
});

function rowsOf({ host, now }: Party): NetstatRow[] {
  return netstat(host.stack, now);
}

function brief({ proto, recvQ, sendQ, local, foreign, state }: NetstatRow): string {
  return [proto, recvQ, sendQ, local, foreign, state].join(" ");
}

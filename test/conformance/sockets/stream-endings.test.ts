import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { DatagramWire } from "../../support/datagram-wire.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

// req: sockets/SEND-29, sockets/ERR-8, sockets/OPT-17
test("a peer that falls silent: ETIMEDOUT once, then EPIPE and the end", () => {
  const world = new SocketWorld();
  const { a } = world;
  const [client] = world.pair();
  a.set(client, c.SOL_TCP, c.TCP_USER_TIMEOUT, 3000);
  silence(world);
  assert.equal(a.send(client, "x"), 1);
  world.settle(2000);
  assert.equal(a.poll(client), "OUT", "still trying");
  world.settle(10_000);
  assert.equal(a.poll(client), "IN|OUT|ERR|HUP|RDHUP");
  equalErrno(a.send(client, "x"), "ETIMEDOUT");
  equalErrno(a.send(client, "x"), "EPIPE");
  assert.equal(a.recv(client), "");
});

// req: sockets/ERR-7, sockets/OPT-16
test("keep-alives that nobody answers: ETIMEDOUT", () => {
  const world = new SocketWorld();
  const { a } = world;
  const [client] = world.pair();
  a.set(client, c.SOL_TCP, c.TCP_KEEPIDLE, 5);
  a.set(client, c.SOL_TCP, c.TCP_KEEPINTVL, 2);
  a.set(client, c.SOL_TCP, c.TCP_KEEPCNT, 3);
  a.set(client, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
  world.settle(60_000);
  assert.equal(a.poll(client), "OUT", "answered");
  silence(world);
  world.settle(20_000);
  assert.equal(a.poll(client), "IN|OUT|ERR|HUP|RDHUP");
  assert.equal(a.recv(client), "ETIMEDOUT");
});

// req: sockets/CLOSE-7, sockets/OPT-19
test("an orphan in FIN_WAIT2 ends after a minute, or after TCP_LINGER2", () => {
  for (const [linger2, seconds] of [
    [0, 60],
    [5, 5],
  ] as const) {
    const world = new SocketWorld();
    const { a } = world;
    const [client] = world.pair();
    a.set(client, c.SOL_TCP, c.TCP_LINGER2, linger2);
    a.close(client);
    const state = (): string | undefined => a.host.netstat()[0]?.state;
    world.settle(seconds * 1000 - 1000);
    assert.equal(state(), "FIN_WAIT2");
    world.settle(2000);
    assert.equal(state(), undefined);
  }
});

// req: sockets/ERR-2
test("established: an ICMP error does not end the connection, but is what its end is called", () => {
  const world = new SocketWorld();
  const { a } = world;
  const [client] = world.pair();
  a.set(client, c.SOL_TCP, c.TCP_USER_TIMEOUT, 2000);
  const [flow] = a.host.stack.tcp.flows();
  silence(world);
  assert.equal(a.send(client, "x"), 1);
  world.settle(500);
  flow?.connection.handleSoftError(Errno.EHOSTUNREACH);
  assert.equal(a.poll(client), "OUT");
  assert.equal(a.get(client, c.SOL_SOCKET, c.SO_ERROR), 0);
  world.settle(10_000);
  assert.equal(a.recv(client), "EHOSTUNREACH");
});

// req: sockets/ERR-10
test("the local address is removed: nothing is sent, and the socket stays until it times out", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const [client, server] = world.pair();
  const { stack } = a.host;
  const [, iface] = stack.interfaces;
  const address = iface?.addresses.find(({ address: { isV4 } }) => isV4)?.address;
  assert.ok(iface && address);
  stack.network.removeAddress(iface, address, a.now);
  assert.equal(a.send(client, "x"), 1);
  world.settle(5000);
  assert.equal(a.poll(client), "OUT");
  assert.equal(b.recv(server), "EAGAIN");
});

// req: sockets/SEND-31
test("a device that takes nothing: ENOBUFS, sooner or later", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.socket(c.AF_INET, c.SOCK_DGRAM);
  wire.device.room = 0;
  let result = 0;
  let count = 0;
  for (; result >= 0 && count < 100_000; count++) result = host.sendto(fd, "x", "10.0.0.2:9");
  equalErrno(result, "ENOBUFS");
  wire.device.room = Infinity;
  wire.device.owner?.wake();
  wire.settle();
  assert.equal(wire.take().length, count - 1, "what was taken is sent when there is room");
});

/** From now on b hears nothing. */
function silence({ b }: SocketWorld): void {
  b.host.stack.network.setUpper(c.IPPROTO_TCP, { input() {}, handleError() {} });
}

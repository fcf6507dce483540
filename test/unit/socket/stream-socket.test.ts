import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { StreamSocket } from "../../../src/socket/stream-socket.ts";
import { equalErrno, name, type Party, SocketWorld } from "../../support/socket-world.ts";

test("finishConnect() follows a connect to its end, and knows when it was undone", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  b.listener("10.0.0.2:80");
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  const finish = (): number => a.calls.finishConnect(fd, a.now);
  equalErrno(finish(), "ECONNABORTED");
  a.connect(fd, "10.0.0.2:80");
  equalErrno(finish(), "EAGAIN");
  world.settle();
  equalErrno(finish(), 0);
  equalErrno(finish(), 0);
  a.dissolve(fd);
  equalErrno(finish(), "ECONNRESET");
  equalErrno(finish(), "ECONNABORTED");
});

test("ports are free when the last user is gone", () => {
  const world = new SocketWorld();
  const { a } = world;
  const bound = a.bound(c.SOCK_STREAM, "10.0.0.1:5000");
  a.connect(bound, "10.0.0.2:81");
  a.close(bound);
  world.settle();
  const next = a.bound(c.SOCK_STREAM, "10.0.0.1:5000");
  a.listen(next, 1);
  a.close(next);
  a.bound(c.SOCK_STREAM, "10.0.0.1:5000");
});

// req: sockets/CONN-17
test("a port that connect() took is given up with the connection, one that bind() took is kept", () => {
  const world = new SocketWorld();
  const { a } = world;
  const automatic = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.connect(automatic, "10.0.0.2:81");
  const port = a.port(automatic);
  a.dissolve(automatic);
  world.settle();
  a.bound(c.SOCK_STREAM, `10.0.0.1:${port}`);
  const chosen = a.bound(c.SOCK_STREAM, "10.0.0.1:5000");
  a.connect(chosen, "10.0.0.2:81");
  a.dissolve(chosen);
  assert.equal(a.local(chosen), "10.0.0.1:5000");
  equalErrno(a.bind(a.socket(c.AF_INET, c.SOCK_STREAM), "10.0.0.1:5000"), "EADDRINUSE");
});

test("options reach the connection", () => {
  const world = new SocketWorld();
  const { a } = world;
  const [client] = world.pair("v6");
  const { settings } = socketOf(a, client);
  a.set(client, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
  a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: true, seconds: 2 });
  a.set(client, c.SOL_SOCKET, c.SO_SNDBUF, 10_000);
  a.set(client, c.SOL_IPV6, c.IPV6_TCLASS, 0x48);
  a.set(client, c.SOL_IPV6, c.IPV6_UNICAST_HOPS, 9);
  a.set(client, c.SOL_IP, c.IP_TTL, 5);
  assert.equal(settings.keepAlive, true);
  assert.equal(settings.lingerMs, 2000);
  assert.equal(settings.sendBufferOctets, 10_000);
  assert.equal(settings.trafficClass, 0x48);
  assert.equal(settings.hopLimit, 9, "IPv6's, for the peer is IPv6");
  a.set(client, c.SOL_SOCKET, c.SO_LINGER, { on: false, seconds: 0 });
  assert.equal(settings.lingerMs, null);
});

test("buffers nobody has set are the host's", () => {
  const world = new SocketWorld();
  const [client] = world.pair();
  const { settings, stack } = socketOf(world.a, client);
  world.a.set(client, c.SOL_SOCKET, c.SO_KEEPALIVE, 1);
  assert.equal(settings.receiveBufferOctets, stack.tcp.config.receiveBufferOctets);
  assert.equal(settings.sendBufferOctets, stack.tcp.config.sendBufferOctets);
});

test("an accepted socket's options are its own", () => {
  const world = new SocketWorld();
  const [, server, listener] = world.pair();
  const { b } = world;
  b.set(server, c.SOL_TCP, c.TCP_NODELAY, 1);
  b.set(server, c.SOL_IP, c.IP_TTL, 7);
  assert.equal(b.get(listener, c.SOL_TCP, c.TCP_NODELAY), 0);
  assert.equal(b.get(listener, c.SOL_IP, c.IP_TTL), 64);
});

// req: sockets/ERR-9
test("a connect through an interface that does not lead there", () => {
  const { a } = new SocketWorld();
  const fd = a.socket(c.AF_INET, c.SOCK_STREAM);
  a.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "lo");
  equalErrno(a.calls.connect(fd, name("10.0.0.2:80"), 0), "ENETUNREACH");
});

function socketOf(party: Party, fd: number): StreamSocket {
  const socket = party.calls.description(fd);
  assert.ok(socket instanceof StreamSocket);
  return socket;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { DatagramWire } from "../../support/datagram-wire.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

const REQUEST = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1, 0xab);

test("a ping and its reply, connected or not; ports say nothing", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
  equalErrno(a.send(fd, REQUEST), "EDESTADDRREQ");
  equalErrno(a.sendto(fd, REQUEST, "10.0.0.2:0"), 9);
  world.settle();
  const buffer = new Uint8Array(20);
  assert.equal(a.calls.recv(fd, buffer, 0, a.now), 9);
  assert.deepEqual([buffer[0], buffer[7], buffer[8]], [0, 1, 0xab]);
  equalErrno(a.connect(fd, "10.0.0.2:1234"), 0);
  assert.equal(a.peer(fd), "10.0.0.2:0");
  equalErrno(a.send(fd, REQUEST), 9);
  world.settle();
  assert.equal(a.calls.recv(fd, buffer, 0, a.now), 9);
});

test("the identifier is the port, and nobody else's", () => {
  const { a } = new SocketWorld();
  const [first, second] = [1, 2].map(() => a.socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP)) as [
    number,
    number,
  ];
  equalErrno(a.bind(first, "0.0.0.0:77"), 0);
  assert.equal(a.local(first), "0.0.0.0:77");
  equalErrno(a.bind(second, "0.0.0.0:77"), "EADDRINUSE");
  equalErrno(a.send(first, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0)), "EINVAL");
  equalErrno(a.sendto(first, REQUEST, "[fd00::2]:0"), "EAFNOSUPPORT");
});

test("a hop limit that runs out is told with IP_RECVERR, for traceroute", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
  host.set(fd, c.SOL_IP, c.IP_TTL, 1);
  host.set(fd, c.SOL_IP, c.IP_RECVERR, 1);
  equalErrno(host.sendto(fd, REQUEST, "10.0.0.2:0"), 9);
  const sent = wire.takeOne();
  assert.equal(sent.view.getUint8(8), 1);
  wire.injectError(sent, 11, 0);
  assert.equal(host.recv(fd), "EHOSTUNREACH");
  assert.equal(host.calls.recv(fd, new Uint8Array(20), c.MSG_ERRQUEUE, 0), 9);
});

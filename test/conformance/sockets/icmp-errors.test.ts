import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno, type ErrnoName } from "../../../src/base/errno.ts";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { DatagramWire } from "../../support/datagram-wire.ts";
import { equalErrno, SocketWorld } from "../../support/socket-world.ts";

const V4_ERRORS: [type: number, code: number, ErrnoName, hard: boolean][] = [
  [3, 0, "ENETUNREACH", false],
  [3, 1, "EHOSTUNREACH", false],
  [3, 2, "ENOPROTOOPT", true],
  [3, 3, "ECONNREFUSED", true],
  [3, 5, "EOPNOTSUPP", false],
  [3, 6, "ENETUNREACH", true],
  [3, 7, "EHOSTDOWN", true],
  [3, 9, "ENETUNREACH", true],
  [3, 10, "EHOSTUNREACH", true],
  [3, 11, "ENETUNREACH", false],
  [3, 12, "EHOSTUNREACH", false],
  [3, 13, "EHOSTUNREACH", true],
  [11, 0, "EHOSTUNREACH", false],
  [12, 0, "EPROTO", true],
];
const V6_ERRORS: typeof V4_ERRORS = [
  [1, 0, "ENETUNREACH", false],
  [1, 1, "EACCES", true],
  [1, 2, "EHOSTUNREACH", false],
  [1, 3, "EHOSTUNREACH", false],
  [1, 4, "ECONNREFUSED", true],
  [1, 5, "EACCES", true],
  [1, 6, "EACCES", true],
  [3, 0, "EHOSTUNREACH", false],
  [4, 0, "EPROTO", true],
];

// req: sockets/ERR-6, sockets/SEND-27, sockets/RECV-18
test("connected UDP: port unreachable is told once", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.connect(fd, "10.0.0.2:1");
  equalErrno(a.send(fd, "x"), 1);
  world.settle();
  assert.equal(a.poll(fd), "OUT|ERR");
  assert.equal(a.recv(fd), "ECONNREFUSED");
  assert.equal(a.recv(fd), "EAGAIN");
  equalErrno(a.send(fd, "x"), 1);
  world.settle(2000);
  equalErrno(a.send(fd, "this one does not leave"), "ECONNREFUSED");
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), 0);
  equalErrno(a.send(fd, "x"), 1);
  world.settle(2000);
  assert.equal(a.get(fd, c.SOL_SOCKET, c.SO_ERROR), Errno.ECONNREFUSED);
});

// req: sockets/RECV-19
test("unconnected UDP hears nothing of ICMP errors", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.sendto(fd, "x", "10.0.0.2:1"), 1);
  world.settle();
  assert.equal(a.poll(fd), "OUT");
  equalErrno(a.sendto(fd, "x", "10.0.0.2:1"), 1);
  assert.equal(a.recv(fd), "EAGAIN");
});

// req: sockets/ERR-3, sockets/ERR-4, sockets/ERR-5, udp/UDP-26
test("the errno of each ICMP error, and which of them a connected UDP socket is told", () => {
  for (const [family, errors] of [
    ["v4", V4_ERRORS],
    ["v6", V6_ERRORS],
  ] as const) {
    for (const [type, code, errno, hard] of errors) {
      const wire = new DatagramWire();
      const fd = connectTo(wire, family);
      equalErrno(wire.host.send(fd, "question"), 8);
      wire.injectError(wire.takeOne(), type, code);
      const shown = wire.host.get(fd, c.SOL_SOCKET, c.SO_ERROR);
      assert.equal(shown, hard ? Errno[errno] : 0, `${family} type ${type} code ${code}`);
    }
  }
});

// req: sockets/OPT-26, sockets/RECV-23, sockets/ERR-3, sockets/ERR-4, udp/UDP-26
test("with IP_RECVERR every error is told, and kept with what it quotes", () => {
  for (const [family, errors] of [
    ["v4", V4_ERRORS],
    ["v6", V6_ERRORS],
  ] as const) {
    for (const [type, code, errno] of errors) {
      const wire = new DatagramWire();
      const { host } = wire;
      const fd = host.socket(family === "v4" ? c.AF_INET : c.AF_INET6, c.SOCK_DGRAM);
      if (family === "v4") host.set(fd, c.SOL_IP, c.IP_RECVERR, 1);
      else host.set(fd, c.SOL_IPV6, c.IPV6_RECVERR, 1);
      host.sendto(fd, "question", family === "v4" ? "10.0.0.2:9" : "[fd00::2]:9");
      wire.injectError(wire.takeOne(), type, code);
      assert.equal(host.poll(fd), "OUT|ERR");
      const received = new Received();
      const buffer = new Uint8Array(20);
      assert.equal(host.calls.recvfrom(fd, buffer, c.MSG_ERRQUEUE, received, host.now), 8);
      assert.equal(new TextDecoder().decode(buffer.subarray(0, 8)), "question");
      const { error } = received;
      assert.ok(error);
      assert.deepEqual([error.errno, error.type, error.code], [Errno[errno], type, code]);
      assert.equal(error.offender.toString(), family === "v4" ? "10.0.0.2" : "fd00::2");
      assert.equal(received.port, 9, "where the datagram was to go");
      assert.equal(host.recv(fd), errno);
      assert.equal(host.recv(fd, 10, c.MSG_ERRQUEUE), "EAGAIN", "never waits");
      assert.equal(host.poll(fd), "OUT");
    }
  }
});

// req: sockets/SEND-14, udp/UDP-31, udp/UDP-36
test("too big: EMSGSIZE for who wants no fragments, and IP_MTU tells the size", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = connectTo(wire, "v4");
  host.set(fd, c.SOL_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_DO);
  equalErrno(host.send(fd, new Uint8Array(1473)), "EMSGSIZE", "more than the link");
  equalErrno(host.send(fd, new Uint8Array(1472)), 1472);
  const packet = wire.takeOne();
  assert.equal((packet.octets[6] as number) & 0x40, 0x40, "DF");
  wire.injectError(packet, 3, 4, 1000);
  assert.equal(host.recv(fd), "EMSGSIZE");
  assert.equal(host.get(fd, c.SOL_IP, c.IP_MTU), 1000);
  equalErrno(host.send(fd, new Uint8Array(973)), "EMSGSIZE");
  equalErrno(host.send(fd, new Uint8Array(972)), 972);
  wire.take();
  host.set(fd, c.SOL_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_DONT);
  equalErrno(host.send(fd, new Uint8Array(1472)), 1472);
  const fragments = wire.take();
  assert.deepEqual(
    fragments.map(({ octets }) => (octets[6] as number) >> 5),
    [1, 0],
    "MF, no DF",
  );
  wire.injectError(packet, 3, 4, 600);
  assert.equal(host.recv(fd), "EAGAIN", "no news for who does not care");
});

// req: sockets/ERR-1, sockets/CONN-1
test("a connect fails at once by an ICMP error", () => {
  for (const [type, code, errno, hard] of V4_ERRORS) {
    if (!hard) continue;
    const wire = new DatagramWire();
    const { host } = wire;
    const fd = host.socket(c.AF_INET, c.SOCK_STREAM);
    host.connect(fd, "10.0.0.2:80");
    wire.settle();
    wire.injectError(wire.takeOne(), type, code);
    assert.equal(host.recv(fd), errno, `type ${type} code ${code}`);
  }
});

// req: sockets/SEND-30
test("no route is ENETUNREACH at once; a silent neighbour EHOSTUNREACH later, to who wants to know", () => {
  const world = new SocketWorld();
  const { a } = world;
  const fd = a.socket(c.AF_INET, c.SOCK_DGRAM);
  equalErrno(a.sendto(fd, "x", "192.0.2.1:9"), "ENETUNREACH");
  a.set(fd, c.SOL_IP, c.IP_RECVERR, 1);
  equalErrno(a.sendto(fd, "x", "10.0.0.77:9"), 1);
  world.settle(10_000);
  assert.equal(a.recv(fd), "EHOSTUNREACH");
});

function connectTo(wire: DatagramWire, family: "v4" | "v6"): number {
  const { host } = wire;
  const fd = host.socket(family === "v4" ? c.AF_INET : c.AF_INET6, c.SOCK_DGRAM);
  equalErrno(host.connect(fd, family === "v4" ? "10.0.0.2:9" : "[fd00::2]:9"), 0);
  return fd;
}

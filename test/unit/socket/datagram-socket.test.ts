import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { address, DatagramWire } from "../../support/datagram-wire.ts";
import { udpDatagram } from "../../support/frame-builders.ts";
import { equalErrno, octets } from "../../support/socket-world.ts";

test("a socket bound to a group or broadcast address sends from an address of its own", () => {
  for (const bound of ["224.0.0.1:7000", "10.0.0.255:7000"]) {
    const wire = new DatagramWire();
    const fd = wire.host.bound(c.SOCK_DGRAM, bound);
    equalErrno(wire.host.sendto(fd, "x", "10.0.0.2:9"), 1);
    assert.equal(wire.takeOne().view.getUint32(12), 0x0a000001, bound);
  }
});

test("MSG_ERRQUEUE without a record, and with a buffer too small", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.bound(c.SOCK_DGRAM, "10.0.0.1:7000");
  host.set(fd, c.SOL_IP, c.IP_RECVERR, 1);
  equalErrno(host.sendto(fd, "question", "10.0.0.2:9"), 8);
  const sent = wire.takeOne();
  wire.injectError(sent, 3, 1);
  wire.injectError(sent, 3, 1);
  const buffer = new Uint8Array(3);
  const received = new Received();
  assert.equal(host.calls.recvfrom(fd, buffer, c.MSG_ERRQUEUE, received, 0), 3);
  assert.equal(received.flags, c.MSG_ERRQUEUE | c.MSG_TRUNC);
  assert.ok(received.address.equals(address("10.0.0.2")));
  assert.equal(host.calls.recvfrom(fd, buffer, c.MSG_ERRQUEUE, null, 0), 3);
  assert.equal(host.recv(fd), "EHOSTUNREACH", "and the pending error besides");
});

test("options take hold of a bound socket at once", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.bound(c.SOCK_DGRAM, "0.0.0.0:7000");
  const deliver = (): void =>
    wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 9, 7000, octets("x")));
  host.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "lo");
  deliver();
  assert.equal(host.recv(fd), "EAGAIN");
  host.set(fd, c.SOL_SOCKET, c.SO_BINDTODEVICE, "");
  deliver();
  assert.equal(host.recv(fd), "x");
  equalErrno(host.bind(host.socket(c.AF_INET, c.SOCK_DGRAM), "0.0.0.0:7000"), "EADDRINUSE");
  host.set(fd, c.SOL_SOCKET, c.SO_REUSEADDR, 1);
  host.bound(c.SOCK_DGRAM, "0.0.0.0:7000", [c.SO_REUSEADDR]);
});

test("close() forgets what waited and frees the port", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.bound(c.SOCK_DGRAM, "0.0.0.0:7000");
  wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 9, 7000, octets("x")));
  equalErrno(host.close(fd), 0);
  assert.equal(host.recv(host.bound(c.SOCK_DGRAM, "0.0.0.0:7000")), "EAGAIN");
});

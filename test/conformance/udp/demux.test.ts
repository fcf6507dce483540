import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../../../src/socket/constants.ts";
import { Received } from "../../../src/socket/received.ts";
import { DatagramWire } from "../../support/datagram-wire.ts";
import { udpDatagram } from "../../support/frame-builders.ts";
import { equalErrno, octets, SocketWorld } from "../../support/socket-world.ts";

// req: udp/UDP-18
test("connected before bound to the address before wildcard; an interface adds weight", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const options = [c.SO_REUSEADDR];
  const heard: number[] = [];
  const deliver = (): number => {
    wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 9, 7000, octets("x")));
    const winner = heard.find((fd) => host.recv(fd) === "x");
    assert.ok(winner !== undefined);
    return winner;
  };
  const add = (address: string): number => {
    const fd = host.bound(c.SOCK_DGRAM, address, options);
    heard.push(fd);
    return fd;
  };
  const connected = add("10.0.0.1:7000");
  host.connect(connected, "10.0.0.2:9");
  const specific = add("10.0.0.1:7000");
  const device = add("0.0.0.0:7000");
  host.set(device, c.SOL_SOCKET, c.SO_BINDTODEVICE, "fake");
  const wild = add("0.0.0.0:7000");
  const dual = add("[::]:7000");
  assert.equal(deliver(), connected);
  host.close(connected);
  heard.shift();
  assert.equal(deliver(), device, "4 for the device, 1 for the family");
  host.set(device, c.SOL_SOCKET, c.SO_BINDTODEVICE, "");
  assert.equal(deliver(), specific);
  host.close(specific);
  heard.shift();
  host.close(device);
  heard.shift();
  assert.equal(deliver(), wild);
  host.close(wild);
  heard.shift();
  assert.equal(deliver(), dual);
});

// req: udp/UDP-19
test("multicast goes to every socket that matches, unless it is bound to something else", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fds = ["0.0.0.0:7000", "224.0.0.1:7000", "224.0.0.5:7000", "10.0.0.1:7000"].map((address) =>
    host.bound(c.SOCK_DGRAM, address, [c.SO_REUSEADDR]),
  );
  const ends = wire.ends("v4", { destination: "224.0.0.1" });
  wire.inject(ends, udpDatagram(ends, 9, 7000, octets("all")));
  assert.deepEqual(
    fds.map((fd) => host.recv(fd)),
    ["all", "all", "EAGAIN", "EAGAIN"],
  );
});

// req: udp/UDP-20, udp/UDP-22, udp/UDP-23, udp/UDP-21
test("a wildcard server learns the address it was asked at, and can answer from it", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  host.host.stack.network.addAddress(host.host.stack.interfaces[1] as never, "10.0.0.7/24", 0);
  const server = host.bound(c.SOCK_DGRAM, "0.0.0.0:7000", [c.SO_REUSEADDR]);
  const ends = wire.ends("v4", { destination: "10.0.0.7" });
  wire.inject(ends, udpDatagram(ends, 9, 7000, octets("who?")));
  const received = new Received();
  host.calls.recvfrom(server, new Uint8Array(9), 0, received, host.now);
  assert.equal(received.info.destination.toString(), "10.0.0.7");
  assert.equal(received.info.interfaceIndex, 2);
  wire.take();
  const answering = host.bound(c.SOCK_DGRAM, "10.0.0.7:7000", [c.SO_REUSEADDR]);
  equalErrno(host.sendto(answering, "me", "10.0.0.2:9"), 2);
  assert.equal(wire.takeOne().view.getUint32(12), 0x0a000007, "from the address bound to");
  equalErrno(host.sendto(server, "me", "10.0.0.2:9"), 2);
  assert.equal(wire.takeOne().view.getUint32(12), 0x0a000001, "from the one the route has");
});

// req: udp/UDP-27, sockets/ERR-6
test("an ICMP error is only for the socket that can have sent what it quotes", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.bound(c.SOCK_DGRAM, "10.0.0.1:7000");
  host.connect(fd, "10.0.0.2:9");
  host.send(fd, "x");
  const sent = wire.takeOne();
  const forge = (change: (view: DataView) => void): void => {
    const octetsOf = sent.octets.slice();
    const view = new DataView(octetsOf.buffer);
    change(view);
    wire.injectError({ ...sent, octets: octetsOf, view }, 3, 3);
  };
  forge((view) => view.setUint16(sent.at, 7001));
  forge((view) => view.setUint16(sent.at + 2, 10));
  forge((view) => view.setUint32(16, 0x0a000003));
  assert.equal(host.poll(fd), "OUT");
  assert.ok(wire.dropped("icmp-bad-quote") >= 3);
  forge(() => {});
  assert.equal(host.poll(fd), "OUT|ERR");
});

// req: udp/UDP-27
test("a quote too short for the ports is nobody's", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = host.bound(c.SOCK_DGRAM, "10.0.0.1:7000");
  host.connect(fd, "10.0.0.2:9");
  host.send(fd, "x");
  const sent = wire.takeOne();
  wire.injectError({ ...sent, octets: sent.octets.subarray(0, 22) }, 3, 3);
  assert.equal(host.poll(fd), "OUT");
});

// req: udp/UDP-29
test("fragments of a datagram that lacks one are never seen", () => {
  const world = new SocketWorld();
  const { a, b } = world;
  const server = b.bound(c.SOCK_DGRAM, "10.0.0.2:9000");
  const wire = a.socket(c.AF_INET, c.SOCK_DGRAM);
  a.sendto(wire, "warm up", "10.0.0.2:9000");
  world.settle();
  assert.equal(b.recv(server), "warm up");
  let count = 0;
  const { network } = b.host.stack;
  const receive = network.receive.bind(network);
  network.receive = (iface, packet, now) => {
    count++;
    if (count !== 2) receive(iface, packet, now);
  };
  a.sendto(wire, new Uint8Array(4000), "10.0.0.2:9000");
  world.settle(70_000);
  assert.equal(count >= 3, true);
  assert.equal(b.recv(server), "EAGAIN");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import type { DatagramFlow } from "../../../src/stack/datagram-flow.ts";
import type { UdpLayer } from "../../../src/stack/udp-layer.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";
import { address, DatagramWire } from "../../support/datagram-wire.ts";

const PEER = address("10.0.0.2");
const OWN = address("10.0.0.1");

// req: sockets/BIND-3
test("bind() puts a flow into the table, and close() takes it out and frees the port", () => {
  const { udp, flow } = open();
  assert.equal(udp.bind(flow, OWN, 7000), 0);
  assert.equal(flow.endpoint.localPort, 7000);
  assert.deepEqual([...udp.flows()], [flow]);
  const other = udp.open(false, defaultDatagramSettings(), 1000);
  assert.equal(udp.bind(other, OWN, 7000), -Errno.EADDRINUSE);
  udp.close(flow);
  assert.deepEqual([...udp.flows()], []);
  assert.equal(udp.bind(other, OWN, 7000), 0);
});

// req: sockets/CONN-15, sockets/CONN-16, sockets/CONN-17
test("connect() chooses what bind() left open, disconnect() undoes what it chose", () => {
  const { udp, flow } = open();
  assert.equal(udp.connect(flow, PEER, 9, 0), 0);
  const { endpoint } = flow;
  assert.equal(endpoint.localAddress.toString(), "10.0.0.1");
  assert.notEqual(endpoint.localPort, 0);
  assert.equal(flow.path?.destination, PEER);
  udp.disconnect(flow);
  assert.equal(endpoint.localAddress, IpAddress.ANY4);
  assert.equal(endpoint.localPort, 0);
  assert.equal(flow.path, null);
  assert.deepEqual([...udp.flows()], []);
});

test("a failed connect() changes nothing", () => {
  const { udp, flow } = open();
  assert.equal(udp.connect(flow, address("192.0.2.1"), 9, 0), -Errno.ENETUNREACH);
  assert.equal(udp.connect(flow, address("10.0.0.255"), 9, 0), -Errno.EACCES);
  assert.equal(flow.isConnected, false);
  assert.equal(flow.endpoint.localPort, 0);
  flow.settings.broadcast = true;
  assert.equal(udp.connect(flow, IpAddress.BROADCAST4, 9, 0), 0);
});

test("a connected flow whose address is taken from the host sends no more", () => {
  const { wire, udp, flow } = open();
  udp.connect(flow, PEER, 9, 0);
  const { stack } = wire.host.host;
  stack.network.removeAddress(stack.interfaces[1] as never, OWN, 0);
  const sent = udp.send(flow, Uint8Array.of(1), 0, 1, null, 0);
  assert.equal(sent, -Errno.EADDRNOTAVAIL);
});

test("an owner that makes more work while it is told is told again", () => {
  const { wire, udp, flow } = open();
  udp.connect(flow, PEER, 9, 0);
  let told = 0;
  flow.owner = {
    handleDatagrams: () => {
      told++;
      if (told === 1) udp.handleError(errorFor(flow), 0);
    },
  };
  udp.handleError(errorFor(flow), 0);
  wire.settle();
  assert.equal(told, 2);
  assert.equal(flow.takeError(), Errno.ECONNREFUSED);
});

// req: udp/UDP-27
test("only a quote of what a flow can have sent is plausible", () => {
  const { udp, flow } = open();
  udp.connect(flow, PEER, 9, 0);
  const error = errorFor(flow);
  assert.ok(udp.isQuotePlausible(error));
  assert.ok(!udp.isQuotePlausible({ ...error, remoteAddress: address("10.0.0.3") }));
  assert.ok(!udp.isQuotePlausible({ ...error, end: error.transportAt + 3 }));
});

function open(): { wire: DatagramWire; udp: UdpLayer; flow: DatagramFlow } {
  const wire = new DatagramWire();
  const { udp } = wire.host.host.stack;
  return { wire, udp, flow: udp.open(false, defaultDatagramSettings(), 1000) };
}

function errorFor({ endpoint }: DatagramFlow): Parameters<UdpLayer["handleError"]>[0] {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint16(0, endpoint.localPort);
  view.setUint16(2, endpoint.remotePort);
  const remote = endpoint.remoteAddress;
  assert.ok(remote);
  const quoted = { view, transportAt: 0, end: 8, protocol: 17 };
  const ends = { localAddress: endpoint.localAddress, remoteAddress: remote, reporter: remote };
  const kind = { errno: Errno.ECONNREFUSED, hard: true, isV6: false, type: 3, code: 3, mtu: 0 };
  return { ...kind, ...ends, ...quoted };
}

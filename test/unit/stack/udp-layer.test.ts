import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import type { DatagramFlow } from "../../../src/stack/datagram-flow.ts";
import type { UdpLayer } from "../../../src/stack/udp-layer.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";
import { address, DatagramWire, udpHeader } from "../../support/datagram-wire.ts";
import { udpDatagram } from "../../support/frame-builders.ts";

const PEER = { address: address("10.0.0.2"), port: 9, scopeId: 0 };
const DATA = Uint8Array.of(1, 2, 3);

test("a send without a port takes one, and goes to whom it says", () => {
  const { wire, udp, flow } = open();
  assert.equal(udp.send(flow, DATA, 1, 3, PEER, 0), 2);
  assert.deepEqual(udpHeader(wire.takeOne()).slice(0, 3), [flow.endpoint.localPort, 9, 10]);
  assert.ok(flow.endpoint.localPort >= 32_768);
});

// req: sockets/SEND-11, sockets/SEND-13, sockets/SEND-16, sockets/SEND-27
test("refusals, in Linux's order", () => {
  const { wire, udp, flow } = open();
  const large = new Uint8Array(70_000);
  const send = (to: number, destination: typeof PEER | null): number =>
    udp.send(flow, large, 0, to, destination, 0);
  flow.error = Errno.ECONNREFUSED;
  assert.equal(send(65_536, null), -Errno.EMSGSIZE);
  assert.equal(send(1, null), -Errno.EDESTADDRREQ);
  assert.equal(send(1, { ...PEER, address: address("192.0.2.1") }), -Errno.ENETUNREACH);
  assert.equal(send(1, { ...PEER, address: address("10.0.0.255") }), -Errno.EACCES);
  assert.equal(send(65_508, PEER), -Errno.EMSGSIZE);
  assert.equal(send(1, PEER), -Errno.ECONNREFUSED, "the pending error is last");
  assert.deepEqual(wire.take(), [], "until then nothing was sent");
  assert.equal(send(1, PEER), 1);
});

test("the owner is told at the end of the turn, once for all datagrams", () => {
  const { wire, udp, flow } = open();
  let told = 0;
  flow.owner = { handleDatagrams: () => told++ };
  assert.equal(udp.bind(flow, IpAddress.ANY4, 7000), 0);
  const datagram = udpDatagram(wire.ends("v4"), 9, 7000, DATA);
  wire.inject(wire.ends("v4"), datagram);
  assert.equal(told, 1);
  assert.equal(flow.endpoint.queue.count, 1);
  udp.close(flow);
  wire.inject(wire.ends("v4"), datagram);
  assert.equal(told, 1);
  assert.equal(wire.dropped("udp-no-port"), 1);
});

// req: udp/UDP-30
test("a full queue drops and counts, for the flow and for the host", () => {
  const { wire, udp, flow } = open(1);
  udp.bind(flow, IpAddress.ANY4, 7000);
  for (let i = 0; i < 3; i++) {
    wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 9, 7000, DATA));
  }
  assert.equal(flow.drops, 2);
  assert.equal(wire.dropped("udp-queue-full"), 2);
});

function open(receiveBuffer = 100_000): { wire: DatagramWire; udp: UdpLayer; flow: DatagramFlow } {
  const wire = new DatagramWire();
  const { udp } = wire.host.host.stack;
  return { wire, udp, flow: udp.open(false, defaultDatagramSettings(), receiveBuffer) };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { defaultDatagramSettings } from "../../../src/udp/datagram-settings.ts";
import { address, DatagramWire, icmpHeader } from "../../support/datagram-wire.ts";
import { icmpMessage, icmpProtocol, ipFrame } from "../../support/frame-builders.ts";

const FAMILIES = [
  { isV6: false, name: "v4", request: 8, reply: 0, peer: "10.0.0.2" },
  { isV6: true, name: "v6", request: 128, reply: 129, peer: "fd00::2" },
] as const;

test("an echo request gets its identifier and checksum, and its reply comes back whole", () => {
  for (const { isV6, name, request, reply, peer } of FAMILIES) {
    const wire = new DatagramWire();
    const ping = wire.host.host.stack.ping.family(isV6);
    const flow = ping.open(isV6, defaultDatagramSettings(), 10_000);
    const message = Uint8Array.of(request, 0, 0, 0, 0xaa, 0xaa, 0, 5, 1, 2, 3);
    const destination = { address: address(peer), port: 0, scopeId: 0 };
    assert.equal(ping.send(flow, message, 0, message.length, destination, 0), message.length);
    const sent = wire.takeOne();
    assert.deepEqual(icmpHeader(sent), [request, 0]);
    const identifier = sent.view.getUint16(sent.at + 4);
    assert.equal(identifier, flow.endpoint.localPort);
    assert.equal(sent.view.getUint16(sent.at + 6), 5, "the sequence number is the caller's");
    const ends = wire.ends(name);
    const body = Uint8Array.of(1, 2, 3);
    const answer = (word: number): void => {
      const octets = icmpMessage(ends, reply, 0, { word, body });
      wire.injectPacket(ipFrame(ends, icmpProtocol(ends), octets).subarray(14));
    };
    answer(((identifier ^ 1) << 16) | 5);
    assert.equal(flow.endpoint.queue.count, 0, "somebody else's");
    answer((identifier << 16) | 5);
    const buffer = new Uint8Array(20);
    assert.equal(flow.endpoint.queue.read(buffer, 0, 20), 11);
    assert.deepEqual([buffer[0], buffer[7], ...buffer.subarray(8, 11)], [reply, 5, 1, 2, 3]);
  }
});

test("only echo requests can be sent, no larger than a packet", () => {
  const wire = new DatagramWire();
  const ping = wire.host.host.stack.ping.v4;
  const flow = ping.open(false, defaultDatagramSettings(), 10_000);
  const peer = { address: address("10.0.0.2"), port: 0, scopeId: 0 };
  const rows: [octets: number[], expected: number][] = [
    [[8, 0, 0, 0, 0, 0, 0], -Errno.EINVAL],
    [[0, 0, 0, 0, 0, 0, 0, 0], -Errno.EINVAL],
    [[8, 1, 0, 0, 0, 0, 0, 0], -Errno.EINVAL],
    [[8, 0, 0, 0, 0, 0, 0, 0], 8],
  ];
  for (const [octets, expected] of rows) {
    const bytes = Uint8Array.from(octets);
    assert.equal(ping.send(flow, bytes, 0, bytes.length, peer, 0), expected, `${octets}`);
  }
  const large = new Uint8Array(65_516);
  large[0] = 8;
  assert.equal(ping.send(flow, large, 0, 65_516, peer, 0), -Errno.EMSGSIZE);
  assert.equal(ping.send(flow, large, 0, 65_515, peer, 0), 65_515);
  assert.equal(ping.send(flow, large, 0, 100, null, 0), -Errno.EDESTADDRREQ);
});

test("an error about an echo request is for who sent it", () => {
  const wire = new DatagramWire();
  const ping = wire.host.host.stack.ping.v4;
  const flow = ping.open(false, defaultDatagramSettings(), 10_000);
  flow.settings.v4.receiveErrors = true;
  const request = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 7);
  ping.send(flow, request, 0, 8, { address: address("10.0.0.2"), port: 0, scopeId: 0 }, 0);
  wire.injectError(wire.takeOne(), 11, 0);
  const error = flow.takeQueuedError();
  assert.deepEqual([error?.type, error?.code, error?.offender.toString()], [11, 0, "10.0.0.2"]);
  assert.equal(error?.payload[7], 7, "quotes the message from its header on");
  assert.equal(flow.takeError(), Errno.EHOSTUNREACH);
});

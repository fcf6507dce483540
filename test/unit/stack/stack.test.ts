import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { FULL_OFFLOAD, NO_OFFLOAD } from "../../../src/link/device.ts";
import type { Stack } from "../../../src/stack/stack.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { MSS_SYN, RawPeer } from "../../support/host-peer.ts";
import { HostWire } from "../../support/host-wire.ts";
import { FakeDevice } from "../../support/link-devices.ts";
import { OUR_MAC, PEER_MAC } from "../../support/network-host.ts";

const { ACK, RST, SYN } = TcpFlag;

/** A host with a connection that has `octets` to send, the peer having acknowledged nothing. */
function sending(wire: HostWire, octets: number): RawPeer {
  const listener = wire.listen(80);
  const peer = new RawPeer(wire);
  peer.handshake(MSS_SYN);
  const fd = wire.accept(listener);
  assert.equal(wire.calls.write(fd, new Uint8Array(octets), wire.now), octets);
  wire.rest();
  return peer;
}

describe("interfaces", () => {
  test("loopback is there first, and talks", () => {
    const { stack } = new HostWire();
    assert.deepEqual(
      stack.interfaces.map(({ name, index, isLoopback }) => [name, index, isLoopback]),
      [
        ["lo", 1, true],
        ["fake", 2, false],
      ],
    );
  });

  const BAD: readonly [string, Parameters<Stack["addInterface"]>[1], number][] = [
    ["a malformed address", { name: "x", addresses: ["10.0.0.256/24"] }, Errno.EINVAL],
    ["a prefix too long", { name: "x", addresses: ["10.0.0.1/33"] }, Errno.EINVAL],
    ["a malformed gateway", { name: "x", gateway: "gate" }, Errno.EINVAL],
    ["an MTU too small", { name: "x", mtu: 60 }, Errno.EINVAL],
    ["IPv6 below 1280", { name: "x", mtu: 1279, addresses: ["fd00::1/64"] }, Errno.EINVAL],
    ["a group as MAC address", { name: "x", mac: "01:00:5e:00:00:01" }, Errno.EINVAL],
    ["a name that is taken", { name: "lo" }, Errno.EEXIST],
  ];
  for (const [what, config, errno] of BAD) {
    test(`${what} is refused, and the device stays the caller's`, () => {
      const { stack } = new HostWire();
      const device = new FakeDevice({ mac: PEER_MAC });
      assert.equal(stack.addInterface(device, config, 0), -errno);
      assert.equal(device.owner, null);
      assert.equal(stack.interfaces.length, 2);
    });
  }

  test("one that is taken out is closed, and its routes go with it", () => {
    const wire = new HostWire();
    wire.stack.removeInterface(wire.iface, wire.now);
    wire.stack.removeInterface(wire.iface, wire.now);
    assert.equal(wire.card.closed, true);
    assert.equal(wire.stack.interfaces.length, 1);
    const peer = new RawPeer(wire);
    peer.send({ flags: SYN });
    assert.deepEqual(wire.frames(), [], "what still arrives is for nobody");
  });

  test("a device gets super-segments and partial checksums only if it says it can", () => {
    for (const [offload, isWhole] of [
      [NO_OFFLOAD, false],
      [FULL_OFFLOAD, true],
    ] as const) {
      const card = new FakeDevice({ mac: OUR_MAC, offload });
      const wire = new HostWire({ card });
      sending(wire, 8000);
      const data = card.sent.filter(({ octets }) => octets.length > 100);
      assert.equal(data.length, isWhole ? 1 : 6);
      assert.ok(data.every(({ partial }) => partial === isWhole));
      assert.ok(data.every(({ octets }) => isWhole || octets.length <= 1514));
    }
  });
});

describe("turns", () => {
  test("a flood is taken in batches, and does not hold the event loop", () => {
    const wire = new HostWire();
    const peer = new RawPeer(wire);
    const frames = Array.from({ length: 1000 }, () => peer.frame({ flags: SYN }));
    const before = wire.turns;
    wire.feedTogether(...frames);
    assert.equal(wire.frames().length, 1000);
    assert.ok(wire.turns - before >= 15, `${wire.turns - before} turns of 64 frames at most`);
  });

  // req: tcp/MUST-58
  test("one acknowledgment answers a batch", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire);
    peer.handshake(MSS_SYN);
    const frames = Array.from({ length: 16 }, (_, index) =>
      peer.frame({ seq: peer.seq + index * 100, payload: new Uint8Array(100) }),
    );
    wire.feedTogether(...frames);
    assert.equal(peer.takeOne().ack, peer.seq + 1600);
  });

  test("what has arrived counts before what is late: an answer that waited stops the timer", () => {
    const wire = new HostWire();
    const peer = sending(wire, 5000);
    const sent = peer.takes();
    const [flow] = wire.flows();
    const window = flow?.connection.info().congestionWindow ?? 0;
    // The host slept far beyond its timeout; the ACK has been in the device for long.
    wire.now += 3_600_000;
    peer.acknowledge(sent);
    assert.ok((flow?.connection.info().congestionWindow ?? 0) >= window, "no timeout was seen");
    wire.advance(600_000);
    assert.deepEqual(peer.takes(), []);
  });

  test("a device with no room holds TCP back, not the event loop", () => {
    const wire = new HostWire();
    wire.listen(80);
    const listener = wire.listen(81);
    const peer = new RawPeer(wire, { hostPort: 81 });
    peer.handshake(MSS_SYN);
    const fd = wire.accept(listener);
    wire.card.room = 2;
    assert.equal(wire.calls.write(fd, new Uint8Array(10_000), wire.now), 10_000);
    const before = wire.turns;
    wire.rest();
    wire.advance(150);
    assert.ok(wire.turns - before < 10, `${wire.turns - before} turns`);
    assert.equal(wire.frames().length, 2);
    wire.card.room = Infinity;
    wire.card.owner?.wake();
    wire.rest();
    const octets = peer.takes().reduce((sum, { length }) => sum + length, 0);
    assert.ok(octets > 5000, `${octets} octets`);
  });

  test("pollTimeout is infinite when nothing is to come", () => {
    const wire = new HostWire();
    assert.equal(wire.stack.pollTimeout(), Infinity);
    sending(wire, 1);
    assert.ok(wire.stack.pollTimeout() < wire.now + 5000);
  });
});

test("close resets what is open, says so, and takes the devices down", () => {
  const wire = new HostWire();
  const peer = sending(wire, 10);
  peer.takes();
  wire.stack.close(wire.now);
  assert.equal(peer.takeOne().flags, RST | ACK);
  assert.equal(wire.card.closed, true);
  wire.rest();
  assert.deepEqual(wire.flows(), []);
});

test("two stacks in one process know nothing of each other", () => {
  const [one, other] = [new HostWire(), new HostWire()];
  one.listen(80);
  const peer = new RawPeer(other);
  peer.send({ flags: SYN });
  assert.equal(peer.takeOne().flags, RST | ACK);
  assert.equal(one.dropped("tcp-no-connection"), 0);
});

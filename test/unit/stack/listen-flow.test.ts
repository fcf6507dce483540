import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { RawPeer } from "../../support/host-peer.ts";
import { HostWire } from "../../support/host-wire.ts";

const { RST, SYN } = TcpFlag;

function read(wire: HostWire, fd: number): number | string {
  const into = new Uint8Array(100);
  const octets = wire.calls.read(fd, into, wire.now);
  return octets <= 0 ? octets : new TextDecoder().decode(into.subarray(0, octets));
}

function open(wire: HostWire, port: number, isn = 1000): RawPeer {
  const peer = new RawPeer(wire, { port, isn });
  peer.handshake();
  return peer;
}

describe("connections between listener and accept", () => {
  test("come out in the order the handshakes ended", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    const [first, second] = [new RawPeer(wire, { port: 1 }), new RawPeer(wire, { port: 2 })];
    first.send({ flags: SYN });
    second.handshake();
    first.wire.advance(1000);
    first.ack = (first.takes()[0]?.seq ?? 0) + 1;
    first.send();
    const peers = [wire.accept(listener), wire.accept(listener)].map((fd) => {
      const name = wire.calls.getpeername(fd);
      return typeof name === "number" ? name : name.port;
    });
    assert.deepEqual(peers, [2, 1]);
  });

  // req: sockets/ACC-3
  test("one that was reset meanwhile is handed out, and tells of it", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    const peer = open(wire, 1);
    peer.send({ flags: RST });
    const fd = wire.accept(listener);
    assert.equal(read(wire, fd), -Errno.ECONNRESET);
    assert.equal(read(wire, fd), 0);
    assert.equal(wire.calls.close(fd, wire.now), 0);
    wire.rest();
    assert.deepEqual(wire.flows(), []);
  });

  test("the same 4-tuple opened again while the first waits: two connections, each its own", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    open(wire, 1).send({ flags: RST });
    const again = open(wire, 1, 900_000);
    const [dead, alive] = [wire.accept(listener), wire.accept(listener)];
    again.send({ payload: new TextEncoder().encode("here") });
    assert.equal(read(wire, dead), -Errno.ECONNRESET);
    assert.equal(read(wire, alive), "here");
    assert.equal(wire.calls.close(dead, wire.now), 0);
    again.send({ payload: new TextEncoder().encode("still") });
    assert.equal(read(wire, alive), "still");
  });

  // req: sockets/LIST-10
  test("close resets what waits and forgets what is half open", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    const complete = open(wire, 1);
    const half = new RawPeer(wire, { port: 2 });
    half.send({ flags: SYN });
    wire.frames();
    wire.calls.close(listener, wire.now);
    wire.rest();
    const flags = complete.takes().map((segment) => segment.flags & RST);
    assert.deepEqual(flags, [RST], "one RST, to the complete one");
    assert.deepEqual(wire.flows(), []);
  });

  test("what had to yield to later SYNs leaves nothing behind", () => {
    const wire = new HostWire({ tcp: { maxSynBacklog: 4 } });
    wire.listen(80);
    for (let port = 1; port <= 20; port++) new RawPeer(wire, { port }).send({ flags: SYN });
    assert.equal(wire.dropped("tcp-syn-queue-full"), 16);
    assert.equal(wire.flows().length, 4);
    wire.advance(300_000);
    assert.deepEqual(wire.flows(), []);
  });

  test("a listener takes no more than its backlog, and the next when there is room", () => {
    const wire = new HostWire();
    const listener = wire.listen(80, 1);
    open(wire, 1);
    open(wire, 2);
    const third = new RawPeer(wire, { port: 3 });
    third.send({ flags: SYN });
    assert.deepEqual(third.takes(), [], "the queue holds one more than the backlog, as Linux's");
    wire.accept(listener);
    third.send({ flags: SYN, seq: 1000 });
    assert.equal(third.takes().length, 1);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import type { TcpFlow } from "../../../src/stack/tcp-flow.ts";
import { defaultTcpSettings } from "../../../src/tcp/settings.ts";
import { TcpState } from "../../../src/tcp/state.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { icmpMessage, icmpProtocol, ipFrame, quoteOf } from "../../support/frame-builders.ts";
import { RawPeer } from "../../support/host-peer.ts";
import { HostWire } from "../../support/host-wire.ts";
import { FAMILIES, type Family, ip } from "../../support/network-host.ts";

const { ACK, FIN, RST, SYN } = TcpFlag;
const NOBODY = { handleEvents: () => {} };

/** An active open, of no socket. */
function connect(wire: HostWire, { peer }: Family, remotePort = 7): TcpFlow | number {
  const { tcp } = wire.stack;
  const flow = tcp.connect(
    {
      local: null,
      remote: peer,
      remotePort,
      settings: defaultTcpSettings(tcp.config),
      reservation: null,
      interfaceIndex: 0,
    },
    NOBODY,
    wire.now,
  );
  wire.rest();
  return flow;
}

function opened(wire: HostWire, family: Family): [TcpFlow, RawPeer] {
  const flow = connect(wire, family);
  assert.ok(typeof flow === "object");
  const peer = new RawPeer(wire, { isV6: family.isV6, port: 7, hostPort: flow.localPort });
  const syn = peer.takeOne();
  assert.equal(syn.flags, SYN);
  peer.ack = syn.seq + 1;
  return [flow, peer];
}

/** A connection that the host accepted: its descriptor and the peer. */
function accepted(wire: HostWire, listener: number, port: number): [number, RawPeer] {
  const peer = new RawPeer(wire, { port });
  peer.handshake();
  wire.frames();
  return [wire.accept(listener), peer];
}

for (const family of FAMILIES) {
  describe(`active open, ${family.name}`, () => {
    test("is in the table with a port of its own until it is over", () => {
      const wire = new HostWire();
      const [flow, peer] = opened(wire, family);
      assert.deepEqual(wire.flows(), [flow]);
      assert.ok(flow.localPort >= 32_768 && flow.localPort <= 60_999);
      peer.send({ flags: RST | ACK });
      assert.equal(flow.connection.error, Errno.ECONNREFUSED);
      assert.deepEqual(wire.flows(), []);
      assert.equal(flow.reservation.holders, 0);
    });

    // req: tcp/MUST-46
    test("to a group or without a route is ENETUNREACH, and holds nothing", () => {
      const wire = new HostWire();
      const group = ip(family.isV6 ? "ff02::1" : "224.0.0.1");
      const broadcast = family.isV6 ? [] : [ip("10.77.0.255"), ip("255.255.255.255")];
      for (const peer of [group, ...broadcast, family.far]) {
        assert.equal(connect(wire, { ...family, peer }), -Errno.ENETUNREACH, peer.toString());
      }
      assert.deepEqual(wire.flows(), []);
    });

    // req: tcp/MUST-54
    test("an ICMP error reaches the connection it quotes, if what it quotes is in flight", () => {
      const wire = new HostWire();
      const flow = connect(wire, family);
      assert.ok(typeof flow === "object");
      const [syn] = wire.frames();
      assert.ok(syn);
      const quote = quoteOf(syn);
      const seqAt = family.headerLength + 4;
      const elsewhere = quote.slice();
      new DataView(elsewhere.buffer).setInt32(seqAt, 12345);
      const type = family.isV6 ? 1 : 3;
      const code = family.isV6 ? 4 : 3;
      const report = (body: Uint8Array): void => {
        const message = icmpMessage(family.inward, type, code, { body });
        wire.feed(ipFrame(family.inward, icmpProtocol(family.inward), message));
      };
      report(elsewhere);
      assert.equal(flow.connection.state, TcpState.SYN_SENT);
      assert.equal(wire.dropped("icmp-bad-quote"), 1);
      report(quote);
      assert.equal(flow.connection.error, Errno.ECONNREFUSED);
    });
  });
}

describe("arriving segments", () => {
  test("with a bad header or checksum are counted, and nothing more", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire);
    const [short, wrong] = [peer.frame({ flags: SYN }), peer.frame({ flags: SYN })];
    short[14 + 20 + 12] = 0x40;
    wrong[14 + 20 + 17]! ^= 1;
    wire.feed(short, wrong);
    assert.equal(wire.dropped("tcp-bad-header"), 1);
    assert.equal(wire.dropped("tcp-bad-checksum"), 1);
    assert.deepEqual(wire.frames(), []);
  });

  // req: tcp/MUST-57
  test("meant for everybody are never answered", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire);
    const toAll = { ...peer.ends, destinationMac: MacAddress.BROADCAST };
    for (const ends of [toAll, { ...toAll, destination: ip("10.77.0.255") }]) {
      Object.assign(peer, { ends });
      for (const hostPort of [80, 81]) peer.send({ flags: SYN, destinationPort: hostPort });
    }
    assert.deepEqual(wire.frames(), []);
    assert.deepEqual(wire.flows(), []);
  });
});

describe("connections that no socket holds", () => {
  test("in TIME-WAIT are bounded: one too many ends at once, counted", () => {
    const wire = new HostWire({ tcp: { maxTimeWait: 3 } });
    const listener = wire.listen(80);
    for (let port = 1; port <= 5; port++) {
      const [fd, peer] = accepted(wire, listener, port);
      wire.calls.close(fd, wire.now);
      wire.rest();
      peer.acknowledge(peer.takes(), { flags: FIN | ACK });
    }
    assert.equal(wire.flows().length, 3);
    assert.ok(wire.flows().every(({ connection }) => connection.state === TcpState.TIME_WAIT));
    assert.equal(wire.dropped("tcp-too-many-time-wait"), 2);
    assert.equal(wire.stack.tcp.hasOpenFlows, false);
    wire.advance(60_000);
    assert.deepEqual(wire.flows(), []);
  });

  test("one that was forgotten that way can still be closed", () => {
    const wire = new HostWire({ tcp: { maxTimeWait: 0 } });
    const listener = wire.listen(80);
    const [fd, peer] = accepted(wire, listener, 1);
    wire.calls.shutdown(fd, 1, wire.now);
    wire.rest();
    peer.acknowledge(peer.takes(), { flags: FIN | ACK });
    assert.deepEqual(wire.flows(), []);
    assert.equal(wire.calls.close(fd, wire.now), 0);
    wire.rest();
    assert.equal(wire.stack.tcp.hasOpenFlows, false);
  });

  test("orphans are bounded: one too many is reset when it is closed, counted", () => {
    const wire = new HostWire({ tcp: { maxOrphans: 3 } });
    const listener = wire.listen(80);
    const answers = [1, 2, 3, 4, 5].map((port) => {
      const [fd, peer] = accepted(wire, listener, port);
      wire.calls.close(fd, wire.now);
      wire.rest();
      return peer.takeOne().flags;
    });
    assert.deepEqual(answers, [FIN | ACK, FIN | ACK, FIN | ACK, RST | ACK, RST | ACK]);
    assert.equal(wire.dropped("tcp-too-many-orphans"), 2);
    assert.equal(wire.flows().length, 3);
    wire.advance(1_000_000);
    assert.deepEqual(wire.flows(), [], "peers that never answer do not hold them for good");
  });

  test("TIME-WAIT after a simultaneous close does not count as open", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    const [fd, peer] = accepted(wire, listener, 1);
    wire.calls.close(fd, wire.now);
    wire.rest();
    const fin = peer.takes();
    peer.send({ flags: FIN | ACK });
    assert.equal(wire.flows()[0]?.connection.state, TcpState.CLOSING);
    assert.equal(wire.stack.tcp.hasOpenFlows, true);
    peer.acknowledge(fin);
    assert.equal(wire.flows()[0]?.connection.state, TcpState.TIME_WAIT);
    assert.equal(wire.stack.tcp.hasOpenFlows, false);
  });

  // req: tcp/MAY-2
  test("a new SYN takes the place of one in TIME-WAIT", () => {
    const wire = new HostWire();
    const listener = wire.listen(80);
    const [fd, peer] = accepted(wire, listener, 1);
    wire.calls.close(fd, wire.now);
    wire.rest();
    peer.acknowledge(peer.takes(), { flags: FIN | ACK });
    const [old] = wire.flows();
    wire.frames();
    peer.send({ flags: SYN, seq: peer.seq + 100_000 });
    assert.equal(peer.takeOne().flags, SYN | ACK);
    assert.equal(wire.flows().length, 1);
    assert.notEqual(wire.flows()[0], old);
  });
});

test("abortAll resets what the peers know of, and leaves nothing", () => {
  const wire = new HostWire();
  const listener = wire.listen(80);
  accepted(wire, listener, 1);
  new RawPeer(wire, { port: 2 }).handshake();
  new RawPeer(wire, { port: 3 }).send({ flags: SYN });
  wire.frames();
  wire.stack.tcp.abortAll();
  wire.rest();
  assert.equal(wire.frames().length, 2, "the half-open one is forgotten without a word");
  assert.deepEqual(wire.flows(), []);
  assert.deepEqual([...wire.stack.tcp.listeners()], []);
});

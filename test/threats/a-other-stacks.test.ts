/** Threats, part a: defects that other network stacks in JavaScript had or have. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IpAddress } from "../../src/base/ip-address.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import { fragmentFrames, icmpMessage, udpDatagram } from "../support/frame-builders.ts";
import { hex } from "../support/hex.ts";
import { liveOctets } from "../support/host-memory.ts";
import { FAMILIES, HostPair } from "../support/host-pair.ts";
import { RawPeer } from "../support/host-peer.ts";
import { Transfer } from "../support/host-transfer.ts";
import { HostWire, inward } from "../support/host-wire.ts";
import { ip } from "../support/network-host.ts";
import { name } from "../support/socket-world.ts";

const { ACK, RST, SYN } = TcpFlag;
const MIB = 1024 * 1024;

describe("octets of a stream", () => {
  for (const family of FAMILIES) {
    test(`none is lost after a segment was, or came late, ${family}`, () => {
      for (const fate of ["drop", { deliverAfter: 30 }] as const) {
        const pair = new HostPair({ seed: 1, rules: { delayMs: 5 } });
        const [client, server] = pair.connect(family);
        const transfer = new Transfer(client, server, 300_000).start();
        let frames = 0;
        pair.b.device.install(() => (++frames === 20 ? fate : "pass"), "receive");
        pair.until(() => transfer.isDone, 10_000);
        transfer.assertWhole();
        assert.ok(frames > 20);
        // What was read is acknowledged as such: the window is as wide as before, but for the last update.
        const { receiveBufferOctets } = server.connection.settings;
        assert.ok(server.connection.info().rcvWnd > 0.98 * receiveBufferOctets);
      }
    });
  }

  test("200 MB leave memory as it was: nothing is kept per frame or per write", (t) => {
    const pair = new HostPair({ seed: 1 });
    const [client, server] = pair.connect("v4");
    const transfer = new Transfer(client, server, 200_000_000).start();
    pair.until(() => transfer.received > 20_000_000, 100_000, 1);
    const before = liveOctets();
    pair.until(() => transfer.received > 190_000_000, 100_000, 1);
    const grown = liveOctets() - before;
    t.diagnostic(`${(grown / MIB).toFixed(2)} MiB`);
    assert.ok(grown < 4 * MIB);
  });

  test("the peer's window is its own, not an echo of ours", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire);
    const [narrow, wide] = [peer.handshake(undefined, 17).window, 0xffff];
    assert.equal(narrow, wide);
  });
});

describe("datagrams", () => {
  for (const family of FAMILIES) {
    test(`of 4,000 octets come whole over MTU 1500, ${family}`, () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const ends = inward(family === "v6");
      const payload = Uint8Array.from({ length: 4000 }, (_, i) => i % 251);
      const datagram = udpDatagram(ends, 5000, 7, payload);
      wire.feed(
        ...fragmentFrames(ends, IpProtocol.UDP, datagram, { size: 1400, identification: 5 }),
      );
      const into = new Uint8Array(5000);
      assert.equal(wire.calls.recv(fd, into, 0, wire.now), 4000);
      assert.deepEqual(into.subarray(0, 4000), payload);
    });

    test(`fragments of one identification from two hosts do not mix, ${family}`, () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const isV6 = family === "v6";
      const other = inward(isV6, { source: ip(isV6 ? "fd77::9" : "10.77.0.9") });
      const cut = { size: 800, identification: 5 };
      const sets = [inward(isV6), other].map((ends, i) => {
        const datagram = udpDatagram(ends, 5000 + i, 7, new Uint8Array(1500).fill(i + 1));
        return fragmentFrames(ends, IpProtocol.UDP, datagram, cut);
      });
      for (const index of [0, 1]) for (const frames of sets) wire.feed(frames[index] as Uint8Array);
      for (const fill of [1, 2]) {
        const into = new Uint8Array(2000);
        assert.equal(wire.calls.recv(fd, into, 0, wire.now), 1500);
        assert.ok(into.subarray(0, 1500).every((octet) => octet === fill));
      }
    });

    test(`a set of fragments that times out takes no other with it, ${family}`, () => {
      const wire = new HostWire();
      const fd = wire.bindUdp(7);
      const ends = inward(family === "v6");
      const datagram = udpDatagram(ends, 5000, 7, new Uint8Array(2000));
      const frames = (identification: number): Uint8Array[] =>
        fragmentFrames(ends, IpProtocol.UDP, datagram, { size: 1400, identification });
      wire.feed(frames(1)[0] as Uint8Array);
      wire.advance(50_000);
      wire.feed(frames(2)[0] as Uint8Array);
      wire.advance(20_000);
      assert.equal(wire.dropped("fragment-timeout"), 1);
      wire.feed(frames(2)[1] as Uint8Array);
      assert.equal(wire.calls.recv(fd, new Uint8Array(3000), 0, wire.now), 2000);
      assert.equal(wire.stack.network.ip.pollTimeout(), Infinity, "nothing is kept of it");
    });
  }
});

// In IPv6 the protocol is no part of the key (RFC 8200 §4.5).
test("fragments of one identification and two protocols do not mix", () => {
  const wire = new HostWire();
  const fd = wire.bindUdp(7);
  const ends = inward(false);
  const body = new Uint8Array(1500).fill(9);
  const cut = { size: 800, identification: 5 };
  const sets = [
    fragmentFrames(ends, IpProtocol.UDP, udpDatagram(ends, 1, 7, body), cut),
    fragmentFrames(ends, IpProtocol.ICMP, icmpMessage(ends, 8, 0, { body }), cut),
  ];
  for (const index of [0, 1]) for (const frames of sets) wire.feed(frames[index] as Uint8Array);
  assert.equal(wire.calls.recv(fd, new Uint8Array(2000), 0, wire.now), 1500);
  assert.equal(wire.frames().length, 2, "an echo reply in two fragments");
});

describe("listeners", () => {
  test("hear only at the address they are bound to", () => {
    const wire = new HostWire();
    const fd = wire.calls.socket(2, 1, 0);
    assert.equal(wire.calls.bind(fd, name("127.0.0.1:80"), 0), 0);
    assert.equal(wire.calls.listen(fd, 8, 0), 0);
    const peer = new RawPeer(wire);
    peer.send({ flags: SYN });
    assert.equal(peer.takeOne().flags, RST | ACK);
  });

  test("may have any port there is, the upper half included", () => {
    const wire = new HostWire();
    for (const hostPort of [1, 255, 256, 32_767, 32_768, 65_535]) {
      wire.listen(hostPort);
      new RawPeer(wire, { hostPort, port: 65_535 - hostPort + 1 }).handshake();
    }
    assert.equal(wire.flows().length, 6);
  });

  test("read every option of a SYN, whatever padding stands before it", () => {
    for (const padding of ["01010101", "0101 0402 01010101", "01 0303 07 01010101"]) {
      const wire = new HostWire();
      wire.listen(80);
      const peer = new RawPeer(wire);
      peer.send({ flags: SYN, options: hex(`${padding} 02040400`) });
      peer.ack = peer.takeOne().seq + 1;
      peer.send();
      assert.equal(wire.flows()[0]?.connection.info().sndMss, 1024, padding);
    }
  });

  test("do not read what stands behind the end of the options", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire);
    peer.handshake(hex("020405b4 00 020400"));
    assert.equal(wire.flows()[0]?.connection.info().sndMss, 1460);
  });
});

test("addresses above 127 are not negative: 32-bit signs, in every place an address goes", () => {
  const wire = new HostWire({
    config: { addresses: ["203.0.113.200/24"], gateway: "203.0.113.254" },
    knowsPeer: false,
  });
  wire.listen(80);
  const source = IpAddress.parse("223.255.255.254");
  assert.ok(source);
  const { network } = wire.stack;
  const gateway = ip("203.0.113.254");
  network.setNeighbor(wire.iface, gateway, inward(false).sourceMac, 0);
  const peer = new RawPeer(wire, { source, isn: 0xfffffff0 });
  Object.assign(peer, { ends: { ...peer.ends, destination: ip("203.0.113.200") } });
  peer.handshake();
  peer.send({ payload: new Uint8Array(100) });
  wire.advance(100);
  assert.equal(peer.takes().at(-1)?.ack, peer.seq);
});

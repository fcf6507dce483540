/** Threats, part c: ICMP. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { IpAddress } from "../../src/base/ip-address.ts";
import { TcpState } from "../../src/tcp/state.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import {
  type Ends,
  icmpMessage,
  icmpProtocol,
  ipFrame,
  quoteOf,
  reversed,
  udpDatagram,
} from "../support/frame-builders.ts";
import { MSS_SYN, RawPeer } from "../support/host-peer.ts";
import { HostWire, inward } from "../support/host-wire.ts";
import { FAMILIES, ip } from "../support/network-host.ts";

type IcmpKind = readonly [type: number, code: number];

/** A connection with data in flight, and the frame that carries it. */
function sending(isV6: boolean): { wire: HostWire; peer: RawPeer; fd: number; frame: Uint8Array } {
  const wire = new HostWire();
  const listener = wire.listen(80);
  const peer = new RawPeer(wire, { isV6 });
  peer.handshake(MSS_SYN);
  const fd = wire.accept(listener);
  assert.equal(wire.calls.write(fd, new Uint8Array(1000), wire.now), 1000);
  wire.rest();
  const [frame] = wire.frames();
  assert.ok(frame);
  return { wire, peer, fd, frame };
}

function icmp(ends: Ends, [type, code]: IcmpKind, body: Uint8Array, word = 0): Uint8Array {
  return ipFrame(ends, icmpProtocol(ends), icmpMessage(ends, type, code, { body, word }));
}

/** The quote with another sequence number: what somebody off the path can make up. */
function forged(quote: Uint8Array, headerLength: number): Uint8Array {
  const octets = quote.slice();
  const view = new DataView(octets.buffer);
  view.setInt32(headerLength + 4, view.getInt32(headerLength + 4) + 500_000);
  return octets;
}

for (const { isV6, name, headerLength } of FAMILIES) {
  const ends = inward(isV6);
  const unreachable = isV6 ? 1 : 3;
  const portCode = isV6 ? 4 : 3;
  const tooBig: IcmpKind = isV6 ? [2, 0] : [3, 4];

  describe(`ICMP, ${name}`, () => {
    test("no hard error ends an established connection (blind reset: RFC 5927 §5)", () => {
      const { wire, frame } = sending(isV6);
      const codes = isV6 ? [0, 1, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 13];
      for (const code of codes) wire.feed(icmp(ends, [unreachable, code], quoteOf(frame)));
      assert.equal(wire.flows()[0]?.connection.state, TcpState.ESTABLISHED);
    });

    test("source quench changes nothing (RFC 6633)", () => {
      const { wire, frame } = sending(false);
      const before = wire.flows()[0]?.connection.info();
      wire.feed(icmp(inward(false), [4, 0], quoteOf(frame)));
      assert.deepEqual(wire.flows()[0]?.connection.info(), before);
    });

    test("a path MTU is lowered only by who has seen what is in flight", () => {
      const { wire, frame } = sending(isV6);
      const info = () => wire.flows()[0]?.connection.info();
      wire.feed(icmp(ends, tooBig, forged(quoteOf(frame), headerLength), 1300));
      assert.equal(info()?.pathMtu, 1500);
      wire.feed(icmp(ends, tooBig, quoteOf(frame), 1300));
      assert.equal(info()?.pathMtu, 1300);
    });

    test("and never to nothing, nor raised, whatever next-hop MTU is named", () => {
      const floor = isV6 ? 1280 : 552;
      for (const mtu of [0, 1, 20, 67, 68, 551, 1279, 1500, 1501, 65_535, 0xffffffff]) {
        const { wire, frame } = sending(isV6);
        wire.feed(icmp(ends, tooBig, quoteOf(frame), mtu));
        const { pathMtu = 0, sndMss = 0 } = wire.flows()[0]?.connection.info() ?? {};
        assert.ok(pathMtu >= floor && pathMtu <= 1500, `${mtu}: path MTU ${pathMtu}`);
        assert.ok(sndMss >= floor - 60, `${mtu}: segments of ${sndMss}`);
      }
    });

    test("errors that quote too little, of every length, are counted and read no further", () => {
      const { wire, frame } = sending(isV6);
      const whole = quoteOf(frame);
      const connection = wire.flows()[0]?.connection;
      for (let length = 0; length < headerLength + 8; length++) {
        wire.feed(icmp(ends, tooBig, whole.subarray(0, length), 1300));
        assert.equal(connection?.info().pathMtu, 1500, `${length} octets quoted`);
      }
      assert.ok(wire.dropped("icmp-bad-quote") > 0);
    });

    test("errors are not answered with errors", () => {
      const wire = new HostWire();
      const datagram = ipFrame(ends, IpProtocol.UDP, udpDatagram(ends, 1, 4444, new Uint8Array(8)));
      wire.feed(datagram);
      const [error] = wire.frames();
      assert.ok(error, "port unreachable");
      // An error about that error, and an error to a port nobody has.
      wire.feed(icmp(ends, [unreachable, portCode], quoteOf(error)));
      assert.deepEqual(wire.frames(), []);
    });

    test("what was sent to everybody is not answered with an error", () => {
      const wire = new HostWire();
      const group = ip(isV6 ? "ff02::1" : "224.0.0.1");
      const destinations: IpAddress[] = isV6
        ? [group]
        : [group, ip("10.77.0.255"), ip("255.255.255.255")];
      for (const destination of destinations) {
        const to = { ...ends, destination };
        wire.feed(ipFrame(to, IpProtocol.UDP, udpDatagram(to, 1, 4444, new Uint8Array(8))));
        wire.feed(ipFrame(to, 200, new Uint8Array(8)));
      }
      assert.deepEqual(wire.frames(), []);
    });

    test("errors sent are limited, for each peer and for all (no amplifier)", () => {
      const wire = new HostWire();
      for (let port = 1; port <= 2000; port++) {
        wire.feed(ipFrame(ends, IpProtocol.UDP, udpDatagram(ends, 1, port, new Uint8Array(8))));
      }
      assert.ok(wire.frames().length <= 10);
      assert.ok(wire.dropped("icmp-rate-limited") > 1900);
    });

    test("the limit for all tells a stranger nothing of what others got (SAD DNS class)", () => {
      // The stranger counts his own errors after `others` went elsewhere: a fixed limit would show exactly how many.
      const left = (seed: number, others: number): number => {
        const wire = new HostWire({ seed });
        const network = isV6 ? "fd77::1:" : "10.77.0.";
        const spray = (from: number, count: number): number => {
          for (let i = 0; i < count; i++) {
            const host = from + i;
            const source = ip(`${network}${isV6 ? host.toString(16) : host}`);
            wire.stack.network.setNeighbor(wire.iface, source, ends.sourceMac, 0);
            const from_ = { ...ends, source };
            wire.feed(
              ipFrame(from_, IpProtocol.UDP, udpDatagram(from_, 1, 4444, new Uint8Array(8))),
            );
          }
          return wire.frames().length;
        };
        spray(3, others);
        return spray(100, 100);
      };
      const counts = new Set(Array.from({ length: 12 }, (_, seed) => left(seed + 1, 20)));
      assert.ok(counts.size > 3, `always ${[...counts]} errors`);
    });
  });
}

describe("redirects", () => {
  test("count only from the gateway in use, and only to a neighbour", () => {
    const wire = new HostWire({ config: { gateway: "10.77.0.254" } });
    const [gateway, peer] = [ip("10.77.0.254"), ip("10.77.0.2")];
    const far = ip("192.0.2.7");
    const ours = { ...inward(false), source: gateway };
    const quoted = reversed({ ...ours, source: far });
    const quote = quoteOf(
      ipFrame(quoted, IpProtocol.UDP, udpDatagram(quoted, 1, 2, new Uint8Array(8))),
    );
    const routes = () =>
      wire.stack.network.ip.routes.routes.filter(({ origin }) => origin === "redirect").length;
    const send = (source: IpAddress, to: string): void =>
      wire.feed(icmp({ ...ours, source }, [5, 1], quote, ip(to).d >>> 0));
    send(peer, "10.77.0.9");
    assert.equal(routes(), 0, "from somebody else");
    for (const to of ["192.0.2.1", "10.77.0.1", "224.0.0.1", "10.77.0.255", "0.0.0.0"])
      send(gateway, to);
    assert.equal(routes(), 0, "to nowhere");
    send(gateway, "10.77.0.9");
    assert.equal(routes(), 1);
  });

  test("a flood of them is bounded", () => {
    const wire = new HostWire({ config: { gateway: "10.77.0.254" } });
    const ours = { ...inward(false), source: ip("10.77.0.254") };
    for (let i = 0; i < 3000; i++) {
      const far = ip(`192.0.${i >> 8}.${i & 255}`);
      const quoted = reversed({ ...ours, source: far });
      const frame = ipFrame(quoted, IpProtocol.UDP, udpDatagram(quoted, 1, 2, new Uint8Array(8)));
      wire.feed(icmp(ours, [5, 1], quoteOf(frame), ip("10.77.0.9").d >>> 0));
    }
    assert.ok(wire.stack.network.ip.routes.routes.length <= 300);
  });
});

test("an echo to everybody is not answered by everybody (smurf)", () => {
  const wire = new HostWire();
  const to = { ...inward(false), destination: ip("10.77.0.255") };
  wire.feed(icmp(to, [8, 0], new Uint8Array(8)));
  assert.deepEqual(wire.frames(), []);
});

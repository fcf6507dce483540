/** What RFC 9293 asks of TCP together with IP and the application: seen on the wire of a whole host. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import * as c from "../../../src/socket/constants.ts";
import { Icmpv4Type } from "../../../src/wire/icmp.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import { ipv4Tos, ipv4Ttl } from "../../../src/wire/ipv4.ts";
import { ipv6HopLimit, ipv6TrafficClass } from "../../../src/wire/ipv6.ts";
import { TcpFlag, tcpSeq } from "../../../src/wire/tcp-header.ts";
import {
  type IpShape,
  icmpMessage,
  ipFrame,
  quoteOf,
  tcpSegment,
} from "../../support/frame-builders.ts";
import { HostWire, inward } from "../../support/host-wire.ts";
import { FAMILIES, PEER_MAC } from "../../support/network-host.ts";
import { name } from "../../support/socket-world.ts";

const ETHERNET = 14;
const PORT = 80;

function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}

/** A SYN from the peer's port 4000 to ours, from another source if told. */
function syn(isV6: boolean, shape: IpShape = {}, source?: string): Uint8Array {
  const given = source === undefined ? {} : { source: IpAddress.parse(source) as IpAddress };
  const ends = inward(isV6, given);
  const fields = { sourcePort: 4000, destinationPort: PORT, seq: 100, flags: TcpFlag.SYN };
  return ipFrame(ends, IpProtocol.TCP, tcpSegment(ends, fields), shape);
}

for (const { name: family, isV6, ours, peer, headerLength } of FAMILIES) {
  describe(`TCP on a host, ${family}`, () => {
    const af = isV6 ? c.AF_INET6 : c.AF_INET;
    const at = (address: IpAddress, port: number) =>
      name(isV6 ? `[${address}]:${port}` : `${address}:${port}`);

    function connectTo(wire: HostWire, port: number, bindTo?: IpAddress): number {
      const fd = wire.calls.socket(af, c.SOCK_STREAM, 0);
      if (bindTo) assert.equal(wire.calls.bind(fd, at(bindTo, 0), wire.now), 0);
      assert.equal(wire.calls.connect(fd, at(peer, port), wire.now), -Errno.EINPROGRESS);
      wire.rest();
      return fd;
    }

    /** Source address of each frame, as text. */
    function sources(frames: readonly Uint8Array[]): string[] {
      return frames.map((frame) => {
        const view = viewOf(frame);
        const address = isV6
          ? IpAddress.readV6(view, ETHERNET + 8)
          : IpAddress.readV4(view, ETHERNET + 12);
        return address.toString();
      });
    }

    // req: tcp/MUST-42, tcp/MUST-41
    test("listens on a port from which a connection is being opened", () => {
      const wire = new HostWire();
      const opening = wire.calls.socket(af, c.SOCK_STREAM, 0);
      wire.calls.setsockopt(opening, c.SOL_SOCKET, c.SO_REUSEADDR, 1, wire.now);
      assert.equal(wire.calls.bind(opening, at(ours, PORT), wire.now), 0);
      wire.calls.connect(opening, at(peer, 9), wire.now);
      wire.rest();
      const listener = wire.calls.socket(af, c.SOCK_STREAM, 0);
      wire.calls.setsockopt(listener, c.SOL_SOCKET, c.SO_REUSEADDR, 1, wire.now);
      assert.equal(wire.calls.bind(listener, at(ours, PORT), wire.now), 0);
      assert.equal(wire.calls.listen(listener, 1, wire.now), 0);
      wire.frames();
      wire.feed(syn(isV6));
      assert.match(wire.sent().join(), /Flags \[S\.\]/);
      const states = wire.flows().map(({ connection }) => connection.remotePort);
      assert.deepEqual(states.sort(), [4000, 9].sort(), "the old record is as it was");
    });

    // req: tcp/MUST-43, tcp/MUST-45
    test("keeps the address it was bound to for the whole connection", () => {
      const second = isV6 ? "fd77::1:1" : "10.77.0.11";
      const first = ours.toString();
      const addresses = isV6 ? [`${first}/64`, `${second}/64`] : [`${first}/24`, `${second}/24`];
      const wire = new HostWire({ config: { addresses } });
      connectTo(wire, PORT, IpAddress.parse(second) as IpAddress);
      const frames = wire.frames();
      wire.advance(10_000);
      const all = sources([...frames, ...wire.frames()]);
      assert.ok(all.length >= 3, "the SYN and its retransmissions");
      assert.deepEqual([...new Set(all)], [second]);
    });

    // req: tcp/MUST-44
    test("asks IP for a source address when it was bound to none", () => {
      const wire = new HostWire();
      connectTo(wire, PORT);
      assert.deepEqual(sources(wire.frames()), [ours.toString()]);
    });

    // req: tcp/MUST-48, tcp/MUST-49, tcp/SHLD-21, tcp/SHLD-22
    test("marks segments with the DS field and the hop limit of the socket", () => {
      const wire = new HostWire();
      const fd = wire.calls.socket(af, c.SOCK_STREAM, 0);
      const [level, ds, hops] = isV6
        ? [c.IPPROTO_IPV6, c.IPV6_TCLASS, c.IPV6_UNICAST_HOPS]
        : [c.IPPROTO_IP, c.IP_TOS, c.IP_TTL];
      const marks = (): [number, number][] =>
        wire.frames().map((frame) => {
          const view = viewOf(frame);
          return isV6
            ? [ipv6TrafficClass(view, ETHERNET), ipv6HopLimit(view, ETHERNET)]
            : [ipv4Tos(view, ETHERNET), ipv4Ttl(view, ETHERNET)];
        });
      assert.equal(wire.calls.setsockopt(fd, level, ds, 0x28, wire.now), 0);
      assert.equal(wire.calls.setsockopt(fd, level, hops, 9, wire.now), 0);
      wire.calls.connect(fd, at(peer, PORT), wire.now);
      wire.rest();
      assert.deepEqual(marks(), [[0x28, 9]]);
      assert.equal(wire.calls.setsockopt(fd, level, ds, 0x48, wire.now), 0);
      wire.advance(1500);
      assert.deepEqual(marks(), [[0x48, 9]], "a change takes effect at once");
    });

    // req: tcp/MUST-63, tcp/MUST-57
    test("ignores a SYN from or to an address that no single host has", () => {
      const bad = isV6 ? ["ff02::1", "::"] : ["224.0.0.1", "255.255.255.255", "10.77.0.255"];
      for (const source of bad) {
        const wire = new HostWire();
        wire.listen(PORT);
        wire.feed(syn(isV6, {}, source));
        assert.deepEqual(wire.sent(), [], source);
        assert.equal(wire.flows().length, 0, source);
      }
      const groups = isV6 ? ["ff02::1"] : ["10.77.0.255", "255.255.255.255", "224.0.0.1"];
      for (const group of groups) {
        const wire = new HostWire();
        wire.listen(PORT);
        const ends = inward(isV6, { destination: IpAddress.parse(group) as IpAddress });
        const fields = { sourcePort: 4000, destinationPort: PORT, seq: 1, flags: TcpFlag.SYN };
        wire.feed(ipFrame(ends, IpProtocol.TCP, tcpSegment(ends, fields)));
        assert.deepEqual(wire.sent(), [], group);
      }
    });

    // req: tcp/ICMPT-2, tcp/MUST-54
    test("hears an ICMP error about its SYN, and none about numbers it never sent", () => {
      const errorAbout = (frame: Uint8Array): Uint8Array => {
        const ends = inward(isV6);
        const [type, code] = isV6 ? [1, 4] : [3, 3];
        const message = icmpMessage(ends, type, code, { body: quoteOf(frame) });
        return ipFrame(ends, isV6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP, message);
      };
      const wire = new HostWire();
      const fd = connectTo(wire, PORT);
      const [sent] = wire.frames();
      assert.ok(sent !== undefined);
      const forged = sent.slice();
      const seqAt = ETHERNET + headerLength + 4;
      viewOf(forged).setInt32(seqAt, tcpSeq(viewOf(sent), ETHERNET + headerLength) + 1000);
      wire.feed(errorAbout(forged));
      assert.equal(wire.calls.finishConnect(fd, wire.now), -Errno.EAGAIN, "the forgery");
      wire.feed(errorAbout(sent));
      assert.equal(wire.calls.finishConnect(fd, wire.now), -Errno.ECONNREFUSED);
    });
  });
}

// req: tcp/MUST-50
test("ignores IP options it does not understand", () => {
  const wire = new HostWire();
  wire.listen(PORT);
  // An experimental option (RFC 4727: 30) and padding.
  wire.feed(syn(false, { options: Uint8Array.of(30, 6, 1, 2, 3, 4, 1, 0) }));
  assert.match(wire.sent().join(), /Flags \[S\.\]/);
});

// req: tcp/MUST-55, icmp/I4-18
test("drops a source quench without a word to the connection", () => {
  const wire = new HostWire();
  const fd = wire.calls.socket(c.AF_INET, c.SOCK_STREAM, 0);
  wire.calls.connect(fd, name("10.77.0.2:80"), wire.now);
  wire.rest();
  const [sent] = wire.frames();
  assert.ok(sent !== undefined);
  const ends = inward(false, { sourceMac: PEER_MAC });
  const quench = icmpMessage(ends, Icmpv4Type.SOURCE_QUENCH, 0, { body: quoteOf(sent) });
  const connection = wire.flows()[0]?.connection;
  assert.ok(connection !== undefined);
  wire.feed(ipFrame(ends, IpProtocol.ICMP, quench));
  assert.deepEqual(wire.sent(), []);
  assert.equal(wire.calls.finishConnect(fd, wire.now), -Errno.EAGAIN);
  assert.deepEqual([connection.softError, connection.error], [0, 0]);
});

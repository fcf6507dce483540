import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumAdd, checksumFinish } from "../../../src/base/checksum.ts";
import * as c from "../../../src/socket/constants.ts";
import { pseudoHeaderSum } from "../../../src/wire/pseudo-header.ts";
import {
  address,
  DatagramWire,
  icmpHeader,
  type SentPacket,
  udpHeader,
} from "../../support/datagram-wire.ts";
import { udpDatagram } from "../../support/frame-builders.ts";
import { equalErrno, octets } from "../../support/socket-world.ts";

const FAMILIES = ["v4", "v6"] as const;
type Family = (typeof FAMILIES)[number];

// req: udp/UDP-1, udp/UDP-3, udp/UDP-5
test("a datagram on the wire: ports, length, a right checksum, the payload", () => {
  for (const family of FAMILIES) {
    for (const data of ["", "x", "even", "odd!!"]) {
      const wire = new DatagramWire();
      const fd = bound(wire, family);
      send(wire, fd, family, octets(data));
      const packet = wire.takeOne();
      assert.deepEqual(udpHeader(packet).slice(0, 3), [7000, 9, 8 + data.length]);
      assert.notEqual(udpHeader(packet)[3], 0);
      assert.equal(sumOf(packet), 0, `checksum over "${data}"`);
      assert.deepEqual(packet.octets.subarray(packet.at + 8), octets(data));
    }
  }
});

// req: udp/UDP-4
test("a sum of 0 is sent as 0xffff", () => {
  for (const family of FAMILIES) {
    const wire = new DatagramWire();
    const fd = bound(wire, family);
    send(wire, fd, family, Uint8Array.of(0, 0));
    const sum = udpHeader(wire.takeOne())[3] as number;
    // Adding what is missing to all ones makes the sum come out as zero.
    send(wire, fd, family, Uint8Array.of(sum >> 8, sum & 0xff));
    const packet = wire.takeOne();
    assert.equal(udpHeader(packet)[3], 0xffff);
    assert.equal(sumOf(packet), 0);
  }
});

// req: udp/UDP-2, udp/UDP-6, udp/UDP-8, ip/V6-14, udp/UDP-13, udp/UDP-1, sockets/RECV-20
test("what is wrong is dropped in silence, and counted", () => {
  const rows: [string, (datagram: DataView) => void, Parameters<DatagramWire["dropped"]>[0]][] = [
    ["length below the header", (view) => view.setUint16(4, 7), "udp-bad-length"],
    ["length beyond the packet", (view) => view.setUint16(4, 13), "udp-bad-length"],
    ["a payload octet flipped", (view) => view.setUint8(9, 0xee), "udp-bad-checksum"],
    [
      "the checksum itself flipped",
      (view) => view.setUint16(6, view.getUint16(6) ^ 1),
      "udp-bad-checksum",
    ],
    ["destination port 0", (view) => view.setUint16(2, 0), "udp-port-zero"],
  ];
  for (const family of FAMILIES) {
    for (const [why, damage, reason] of rows) {
      const wire = new DatagramWire();
      const fd = bound(wire, family);
      const datagram = udpDatagram(wire.ends(family), 9, 7000, octets("data"));
      damage(new DataView(datagram.buffer));
      wire.inject(wire.ends(family), datagram);
      assert.equal(wire.host.recv(fd), "EAGAIN", why);
      assert.equal(wire.dropped(reason), 1, why);
      assert.deepEqual(wire.take(), [], "nothing is answered");
    }
    const wire = new DatagramWire();
    wire.inject(wire.ends(family), new Uint8Array(7));
    assert.equal(wire.dropped("udp-truncated"), 1);
  }
});

// req: udp/UDP-2, udp/UOPT-7
test("octets beyond the UDP length are not data", () => {
  for (const family of FAMILIES) {
    const wire = new DatagramWire();
    const fd = bound(wire, family);
    const datagram = udpDatagram(wire.ends(family), 9, 7000, octets("data"));
    wire.inject(wire.ends(family), Uint8Array.of(...datagram, 1, 2, 3, 4));
    assert.equal(wire.host.recv(fd), "data");
  }
});

// req: udp/UDP-5, udp/UDP-8
test("no checksum: taken over IPv4, dropped over IPv6", () => {
  for (const family of FAMILIES) {
    const wire = new DatagramWire();
    const fd = bound(wire, family);
    wire.inject(wire.ends(family), withoutChecksum(wire, family));
    assert.equal(wire.host.recv(fd), family === "v4" ? "data" : "EAGAIN");
    assert.equal(wire.dropped("udp-zero-checksum"), family === "v4" ? 0 : 1);
    assert.deepEqual(wire.take(), []);
  }
});

// req: udp/UDP-9, udp/UDP-10, udp/UDP-8
test("zero-checksum mode of IPv6: one port, each direction for itself", () => {
  const wire = new DatagramWire();
  const { host } = wire;
  const fd = bound(wire, "v6");
  equalErrno(host.set(fd, c.SOL_UDP, c.UDP_NO_CHECK6_RX, 1), 0);
  wire.inject(wire.ends("v6"), withoutChecksum(wire, "v6"));
  assert.equal(host.recv(fd), "data");
  wire.inject(wire.ends("v6"), withoutChecksum(wire, "v6", 7001));
  assert.equal(wire.dropped("udp-zero-checksum"), 1, "nobody has port 7001");
  host.connect(fd, "[fd00::2]:9");
  wire.inject(wire.ends("v6", { source: "fd00::3" }), withoutChecksum(wire, "v6"));
  assert.equal(host.recv(fd), "EAGAIN", "addresses and ports are checked strictly");
  send(wire, fd, "v6", octets("x"));
  assert.notEqual(udpHeader(wire.takeOne())[3], 0, "sending is another option");
  equalErrno(host.set(fd, c.SOL_UDP, c.UDP_NO_CHECK6_TX, 1), 0);
  send(wire, fd, "v6", octets("x"));
  assert.equal(udpHeader(wire.takeOne())[3], 0);
});

// req: udp/UDP-7
test("SO_NO_CHECK leaves the checksum out over IPv4", () => {
  const wire = new DatagramWire();
  const fd = bound(wire, "v4");
  wire.host.set(fd, c.SOL_SOCKET, c.SO_NO_CHECK, 1);
  send(wire, fd, "v4", octets("x"));
  assert.equal(udpHeader(wire.takeOne())[3], 0);
});

// req: udp/UDP-11
test("a source that no host can have is not believed", () => {
  const rows: [Family, string][] = [
    ["v4", "224.0.0.1"],
    ["v4", "255.255.255.255"],
    ["v4", "10.0.0.255"],
    ["v4", "127.0.0.1"],
    ["v6", "ff02::1"],
    ["v6", "::1"],
  ];
  for (const [family, source] of rows) {
    const wire = new DatagramWire();
    const fd = bound(wire, family);
    const ends = wire.ends(family, { source });
    wire.inject(ends, udpDatagram(ends, 9, 7000, octets("data")));
    assert.equal(wire.host.recv(fd), "EAGAIN", source);
    assert.deepEqual(wire.take(), [], "and not answered");
  }
});

// req: udp/UDP-12
test("source port 0 is a sender that wants no answer", () => {
  const wire = new DatagramWire();
  const fd = bound(wire, "v4");
  wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 0, 7000, octets("data")));
  assert.equal(wire.host.recv(fd), "data");
});

// req: udp/UDP-16
test("nobody there: port unreachable, with the datagram quoted", () => {
  for (const family of FAMILIES) {
    const wire = new DatagramWire();
    const datagram = udpDatagram(wire.ends(family), 9, 7000, octets("data"));
    wire.inject(wire.ends(family), datagram);
    const error = wire.takeOne();
    assert.deepEqual(icmpHeader(error), family === "v4" ? [3, 3] : [1, 4]);
    assert.deepEqual(error.octets.subarray(-datagram.length), datagram);
    assert.equal(wire.dropped("udp-no-port"), 1);
  }
});

// req: udp/UDP-17
test("never a port unreachable about broadcast or multicast", () => {
  const rows: [Family, string][] = [
    ["v4", "255.255.255.255"],
    ["v4", "10.0.0.255"],
    ["v4", "224.0.0.1"],
    ["v6", "ff02::1"],
  ];
  for (const [family, destination] of rows) {
    const wire = new DatagramWire();
    const ends = wire.ends(family, { destination });
    wire.inject(ends, udpDatagram(ends, 9, 7000, octets("data")));
    assert.deepEqual(wire.take(), [], destination);
  }
});

// req: udp/UDP-28
test("source quench is ignored", () => {
  const wire = new DatagramWire();
  const fd = bound(wire, "v4");
  wire.host.connect(fd, "10.0.0.2:9");
  wire.host.send(fd, "x");
  wire.injectError(wire.takeOne(), 4, 0);
  assert.equal(wire.host.poll(fd), "OUT");
});

// req: udp/UDP-25, udp/UDP-35
test("TTL and traffic class, ECN bits included, go out as set and come up as received", () => {
  for (const family of FAMILIES) {
    const wire = new DatagramWire();
    const { host } = wire;
    const fd = bound(wire, family);
    send(wire, fd, family, octets("x"));
    assert.deepEqual(hopLimitAndClass(wire.takeOne()), [64, 0]);
    if (family === "v4") {
      host.set(fd, c.SOL_IP, c.IP_TTL, 5);
      host.set(fd, c.SOL_IP, c.IP_TOS, 0x2a);
    } else {
      host.set(fd, c.SOL_IPV6, c.IPV6_UNICAST_HOPS, 5);
      host.set(fd, c.SOL_IPV6, c.IPV6_TCLASS, 0x2a);
    }
    send(wire, fd, family, octets("x"));
    assert.deepEqual(hopLimitAndClass(wire.takeOne()), [5, 0x2a]);
  }
});

// req: udp/UDP-34
test("datagrams of one flow have one flow label, not zero", () => {
  const wire = new DatagramWire();
  const fd = bound(wire, "v6");
  wire.host.connect(fd, "[fd00::2]:9");
  const labels = [1, 2, 3].map(() => {
    wire.host.send(fd, "x");
    return wire.takeOne().view.getUint32(0) & 0xfffff;
  });
  assert.equal(new Set(labels).size, 1);
  assert.notEqual(labels[0], 0);
});

// req: udp/UDP-39
test("order and duplicates are as they come", () => {
  const wire = new DatagramWire();
  const fd = bound(wire, "v4");
  for (const word of ["b", "a", "a"]) {
    wire.inject(wire.ends("v4"), udpDatagram(wire.ends("v4"), 9, 7000, octets(word)));
  }
  assert.deepEqual(
    [1, 2, 3].map(() => wire.host.recv(fd)),
    ["b", "a", "a"],
  );
});

function bound(wire: DatagramWire, family: Family): number {
  return wire.host.bound(c.SOCK_DGRAM, family === "v4" ? "10.0.0.1:7000" : "[fd00::1]:7000");
}

function send(wire: DatagramWire, fd: number, family: Family, data: Uint8Array): void {
  const destination = family === "v4" ? "10.0.0.2:9" : "[fd00::2]:9";
  equalErrno(wire.host.sendto(fd, data, destination), data.length);
}

function withoutChecksum(wire: DatagramWire, family: Family, port = 7000): Uint8Array {
  const datagram = udpDatagram(wire.ends(family), 9, port, octets("data"));
  new DataView(datagram.buffer).setUint16(6, 0);
  return datagram;
}

/** 0 when the checksum is right. */
function sumOf({ isV6, view, at, octets: whole }: SentPacket): number {
  const [source, destination] = isV6 ? ["fd00::1", "fd00::2"] : ["10.0.0.1", "10.0.0.2"];
  const pseudo = pseudoHeaderSum(address(source), address(destination), c.IPPROTO_UDP);
  return checksumFinish(checksumAdd(pseudo + whole.length - at, view, at, whole.length));
}

function hopLimitAndClass({ isV6, view }: SentPacket): number[] {
  if (isV6) return [view.getUint8(7), (view.getUint16(0) >> 4) & 0xff];
  return [view.getUint8(8), view.getUint8(1)];
}

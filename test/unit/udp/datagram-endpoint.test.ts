import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { DatagramEndpoint } from "../../../src/udp/datagram-endpoint.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";

interface Shape {
  local?: string;
  remote?: string;
  iface?: number;
  v6Only?: boolean;
}

// req: udp/UDP-18
test("the more an endpoint asks for, the higher it scores; 0 when it is not meant", () => {
  const rows: [Shape, from: string, to: string, score: number, why: string][] = [
    [{ local: "0.0.0.0" }, "10.0.0.2", "10.0.0.1", 2, "the family's own wildcard"],
    [{ local: "::" }, "10.0.0.2", "10.0.0.1", 1, "dual stack"],
    [{ local: "::", v6Only: true }, "10.0.0.2", "10.0.0.1", 0, "IPv6 only"],
    [{ local: "::" }, "fd00::2", "fd00::1", 1, "IPv6 wildcard"],
    [{ local: "0.0.0.0" }, "fd00::2", "fd00::1", 0, "IPv4 wildcard, IPv6 packet"],
    [{ local: "10.0.0.1" }, "10.0.0.2", "10.0.0.1", 5, "bound"],
    [{ local: "10.0.0.3" }, "10.0.0.2", "10.0.0.1", 0, "bound to another"],
    [{ local: "10.0.0.1", remote: "10.0.0.2" }, "10.0.0.2", "10.0.0.1", 13, "connected"],
    [{ local: "10.0.0.1", remote: "10.0.0.9" }, "10.0.0.2", "10.0.0.1", 0, "another's peer"],
    [{ local: "0.0.0.0", iface: 3 }, "10.0.0.2", "10.0.0.1", 6, "its interface"],
    [{ local: "0.0.0.0", iface: 4 }, "10.0.0.2", "10.0.0.1", 0, "another interface"],
    [{ local: "::ffff:10.0.0.1" }, "10.0.0.2", "10.0.0.1", 5, "a mapped address is the address"],
  ];
  for (const [shape, from, to, score, why] of rows) {
    assert.equal(endpoint(shape).score(packet(from, to), 9, 3), score, why);
  }
  const connected = endpoint({ local: "10.0.0.1", remote: "10.0.0.2" });
  assert.equal(
    connected.score(packet("10.0.0.2", "10.0.0.1"), 10, 3),
    0,
    "another port of the peer",
  );
});

// req: udp/UDP-27
test("who may have sent a quoted datagram", () => {
  const rows: [Shape, local: string, remote: string, score: number][] = [
    [{ local: "0.0.0.0" }, "10.0.0.1", "10.0.0.2", 2],
    [{ local: "::" }, "10.0.0.1", "10.0.0.2", 1],
    [{ local: "::", v6Only: true }, "10.0.0.1", "10.0.0.2", 0],
    [{ local: "0.0.0.0" }, "fd00::1", "fd00::2", 0],
    [{ local: "10.0.0.1" }, "10.0.0.1", "10.0.0.2", 5],
    [{ local: "10.0.0.3" }, "10.0.0.1", "10.0.0.2", 0],
    [{ local: "10.0.0.1", remote: "10.0.0.2" }, "10.0.0.1", "10.0.0.2", 13],
    [{ local: "10.0.0.1", remote: "10.0.0.2" }, "10.0.0.1", "10.0.0.3", 0],
  ];
  for (const [shape, local, remote, score] of rows) {
    const result = endpoint(shape).scoreSent(parse(local), parse(remote), 9);
    assert.equal(result, score, `${JSON.stringify(shape)} ${local} ${remote}`);
  }
});

test("a new endpoint has the wildcard of its family", () => {
  assert.equal(new DatagramEndpoint(false, 1).localAddress, IpAddress.ANY4);
  assert.equal(new DatagramEndpoint(true, 1).localAddress, IpAddress.ANY6);
  assert.equal(new DatagramEndpoint(true, 77).queue.limit, 77);
});

function endpoint({ local = "::", remote, iface = 0, v6Only = false }: Shape): DatagramEndpoint {
  const made = new DatagramEndpoint(true, 1000);
  made.localAddress = parse(local);
  made.localPort = 7000;
  made.remoteAddress = remote === undefined ? null : parse(remote);
  made.remotePort = remote === undefined ? 0 : 9;
  made.interfaceIndex = iface;
  made.v6Only = v6Only;
  return made;
}

function packet(source: string, destination: string): PacketBuffer {
  const made = new PacketBuffer(256);
  const [from, to] = [parse(source), parse(destination)];
  Object.assign(made, { sourceA: from.a, sourceB: from.b, sourceC: from.c, sourceD: from.d });
  Object.assign(made, {
    destinationA: to.a,
    destinationB: to.b,
    destinationC: to.c,
    destinationD: to.d,
  });
  return made;
}

function parse(text: string): IpAddress {
  const address = IpAddress.parse(text);
  assert.ok(address, text);
  return address;
}

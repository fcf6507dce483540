/** Threats, part b: frames, ARP and Neighbor Discovery. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { NdFlag } from "../../src/wire/ndp.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import { arpFrame, icmpMessage, ipFrame, udpDatagram } from "../support/frame-builders.ts";
import { RawPeer } from "../support/host-peer.ts";
import { HostWire, inward } from "../support/host-wire.ts";
import {
  neighborAdvertisement,
  neighborSolicitation,
  routerAdvertisement,
} from "../support/nd-builders.ts";
import { ip, OUR_MAC, PEER_MAC, V4, V6 } from "../support/network-host.ts";

const { ACK, SYN } = TcpFlag;
const ATTACKER = new MacAddress(0x0666, 0x66);

/** A host that a peer is connected to, the peer having been resolved by the protocol. */
function connected(isV6: boolean): [HostWire, RawPeer] {
  const wire = new HostWire({ knowsPeer: false });
  wire.listen(80);
  const { ours, peer } = isV6 ? V6 : V4;
  const raw = new RawPeer(wire, { isV6 });
  raw.send({ flags: SYN });
  const solicitations = wire.frames();
  assert.equal(solicitations.length, 1, "it asks for the peer");
  wire.feed(
    isV6
      ? neighborAdvertisement(inward(true), peer, PEER_MAC, NdFlag.SOLICITED | NdFlag.OVERRIDE)
      : arpFrame(OUR_MAC, {
          operation: 2,
          senderMac: PEER_MAC,
          senderIp: peer,
          targetMac: OUR_MAC,
          targetIp: ours,
        }),
  );
  raw.ack = raw.takeOne().seq + 1;
  raw.send();
  return [wire, raw];
}

/** Where the host's segments to `peer` go: the destination of the frames. */
function destinations(wire: HostWire): string[] {
  return wire
    .frames()
    .map((frame) =>
      [...frame.subarray(0, 6)].map((octet) => octet.toString(16).padStart(2, "0")).join(":"),
    );
}

describe("frames", () => {
  test("runts and cut ones of every length are counted, none is answered", () => {
    const wire = new HostWire();
    wire.listen(80);
    for (const isV6 of [false, true]) {
      const whole = new RawPeer(wire, { isV6 }).frame({ flags: SYN });
      for (let length = 0; length < whole.length; length++) wire.feed(whole.slice(0, length));
    }
    assert.deepEqual(wire.frames(), []);
    assert.ok(wire.dropped("link-truncated") >= 28);
  });

  test("padding behind the packet is no part of it", () => {
    const wire = new HostWire();
    const fd = wire.bindUdp(7);
    for (const isV6 of [false, true]) {
      const ends = inward(isV6);
      const frame = ipFrame(ends, IpProtocol.UDP, udpDatagram(ends, 1, 7, Uint8Array.of(1, 2)));
      const padded = new Uint8Array(frame.length + 100).fill(0xff);
      padded.set(frame);
      wire.feed(padded);
      assert.equal(wire.calls.recv(fd, new Uint8Array(200), 0, wire.now), 2);
    }
  });

  test("VLAN tags, one in the other, are dropped as such", () => {
    const wire = new HostWire();
    wire.listen(80);
    const plain = new RawPeer(wire).frame({ flags: SYN });
    const tag = Uint8Array.of(0x81, 0, 0, 5);
    for (const tags of [[tag], [tag, tag], [Uint8Array.of(0x88, 0xa8, 0, 5), tag]]) {
      wire.feed(
        Uint8Array.from([
          ...plain.subarray(0, 12),
          ...tags.flatMap((t) => [...t]),
          ...plain.subarray(12),
        ]),
      );
    }
    assert.equal(wire.dropped("link-vlan"), 3);
    assert.deepEqual(wire.frames(), []);
  });
});

describe("the neighbour table", () => {
  for (const isV6 of [false, true]) {
    const family = isV6 ? "IPv6 (a /64)" : "IPv4";
    test(`a scan of the subnet from inside fills no more than its share, ${family}`, () => {
      const wire = new HostWire({
        knowsPeer: false,
        config: { addresses: ["10.77.0.1/8", "fd77::1/64"] },
      });
      wire.listen(80);
      // Every SYN comes from another address on the link, which the host has to resolve to answer.
      for (let i = 0; i < 5000; i++) {
        const source = isV6
          ? new IpAddress(0xfd770000 | 0, 0, 0, 0x10000 + i)
          : IpAddress.v4(0x0a100000 + i);
        new RawPeer(wire, { isV6, source }).send({ flags: SYN });
      }
      const neighbors = wire.stack.network.neighbors(wire.iface);
      assert.ok(neighbors.length <= 256, `${neighbors.length} entries`);
      assert.ok(wire.dropped("neighbor-table-full") > 4000);
      wire.advance(60_000);
      assert.equal(wire.stack.network.neighbors(wire.iface).length, 0, "and they are forgotten");
    });

    test(`a peer in use survives a flood of strangers who speak first, ${family}`, () => {
      const [wire, raw] = connected(isV6);
      for (let i = 0; i < 5000; i++) {
        const stranger = new MacAddress(0x0200, 0x1000 + i);
        const source = isV6
          ? new IpAddress(0xfd770000 | 0, 0, 0, 0x10000 + i)
          : IpAddress.v4(0x0a4d0000 | ((i % 250) + 3) | ((i >> 8) << 16));
        const ends = { ...inward(true), sourceMac: stranger, source };
        wire.feed(
          isV6
            ? neighborSolicitation(ends, V6.ours, stranger)
            : arpFrame(OUR_MAC, {
                operation: 1,
                senderMac: stranger,
                senderIp: source,
                targetMac: MacAddress.ZERO,
                targetIp: V4.ours,
              }),
        );
      }
      assert.ok(wire.stack.network.neighbors(wire.iface).length <= 1024);
      wire.frames();
      raw.send({ payload: new Uint8Array(1000) });
      wire.advance(100);
      assert.deepEqual(
        destinations(wire),
        [PEER_MAC.toString()],
        "answered at once, to the old place",
      );
    });
  }

  test("nobody is remembered for what he says unasked", () => {
    const wire = new HostWire({ knowsPeer: false });
    const [four, six] = [ip("10.77.0.50"), ip("fd77::50")];
    const gratuitous = {
      senderMac: ATTACKER,
      senderIp: four,
      targetMac: MacAddress.ZERO,
      targetIp: four,
    };
    wire.feed(
      arpFrame(MacAddress.BROADCAST, { operation: 1, ...gratuitous }),
      arpFrame(MacAddress.BROADCAST, { operation: 2, ...gratuitous }),
      neighborAdvertisement({ ...inward(true), source: six }, six, ATTACKER, NdFlag.OVERRIDE),
    );
    assert.deepEqual(wire.stack.network.neighbors(wire.iface), []);
  });

  test("gratuitous ARP for our own address: we keep it, and say so once in a while", () => {
    const wire = new HostWire({ config: { conflictDetection: "announce" } });
    wire.advance(10_000);
    wire.frames();
    const claim = {
      senderMac: ATTACKER,
      senderIp: V4.ours,
      targetMac: MacAddress.ZERO,
      targetIp: V4.ours,
    };
    for (let i = 0; i < 1000; i++) {
      wire.feed(arpFrame(MacAddress.BROADCAST, { operation: 2, ...claim }));
      wire.advance(5);
    }
    assert.ok(
      wire.iface.addresses.some(({ address, isAssigned }) => isAssigned && address.equals(V4.ours)),
    );
    const announcements = wire.frames().length;
    assert.ok(announcements === 1, `${announcements}: a war of announcements is not fought`);
  });

  test("a takeover of a peer's address is asked back at the address itself before long", () => {
    const [wire, raw] = connected(false);
    const claim = {
      senderMac: ATTACKER,
      senderIp: V4.peer,
      targetMac: MacAddress.ZERO,
      targetIp: V4.peer,
    };
    wire.feed(arpFrame(MacAddress.BROADCAST, { operation: 1, ...claim }));
    raw.send({ payload: new Uint8Array(1000) });
    wire.advance(20_000);
    wire.frames();
    // The claim is taken on trust, as RFC 826 has it, but not for good: who does not answer is forgotten.
    const [entry] = wire.stack.network.neighbors(wire.iface);
    assert.notEqual(entry?.state, "reachable");
  });
});

describe("Neighbor Discovery", () => {
  /** A valid solicitation for our address, with its ICMPv6 part changed. */
  const solicit = (change: (icmp: Uint8Array) => Uint8Array, hopLimit = 255): Uint8Array => {
    const ends = inward(true);
    const frame = neighborSolicitation(ends, V6.ours, PEER_MAC);
    const icmp = change(frame.slice(54));
    const body = icmp.slice(8);
    const word = new DataView(icmp.buffer).getUint32(4);
    return ipFrame(ends, IpProtocol.ICMPV6, icmpMessage(ends, icmp[0]!, icmp[1]!, { word, body }), {
      hopLimit,
    });
  };

  test("the message these are made from is answered", () => {
    const wire = new HostWire();
    wire.feed(solicit((icmp) => icmp));
    assert.equal(wire.frames().length, 1);
  });

  test("an option of length 0 is no endless loop", () => {
    const wire = new HostWire();
    wire.feed(solicit((icmp) => icmp.fill(0, 25, 26)));
    wire.feed(solicit((icmp) => Uint8Array.from([...icmp, ...new Uint8Array(1200)])));
    assert.equal(wire.dropped("nd-bad-option"), 2);
    assert.deepEqual(wire.frames(), []);
  });

  test("an option longer than the message is not read", () => {
    const wire = new HostWire();
    wire.feed(solicit((icmp) => icmp.fill(0xff, 25, 26)));
    assert.equal(wire.dropped("nd-bad-option"), 1);
  });

  test("hop limits other than 255 come from elsewhere", () => {
    const wire = new HostWire();
    for (const hopLimit of [0, 1, 64, 254]) wire.feed(solicit((icmp) => icmp, hopLimit));
    assert.equal(wire.dropped("nd-bad-hop-limit"), 4);
    assert.deepEqual(wire.frames(), []);
  });

  test("sources that are nobody or a group get no entry", () => {
    const wire = new HostWire({ knowsPeer: false });
    for (const source of [IpAddress.ANY6, ip("ff02::1"), ip("::1")]) {
      const ends = { ...inward(true), source };
      wire.feed(neighborSolicitation(ends, V6.ours, ATTACKER));
      wire.feed(neighborAdvertisement(ends, V6.peer, ATTACKER, NdFlag.OVERRIDE));
    }
    wire.feed(neighborSolicitation(inward(true), V6.ours, new MacAddress(0x3333, 1)));
    const macs = wire.stack.network.neighbors(wire.iface).map(({ mac }) => mac?.toString());
    assert.ok(!macs.includes(ATTACKER.toString()));
    assert.ok(!macs.some((mac) => mac?.startsWith("33:33")), "nor a group as link address");
  });

  test("router advertisements mean nothing to a host that was not told to listen", () => {
    const wire = new HostWire();
    const ends = { ...inward(true), source: ip("fe80::1"), destination: IpAddress.ALL_NODES };
    const before = wire.iface.addresses.length;
    wire.feed(routerAdvertisement(ends, ip("2001:db8::")));
    assert.equal(wire.iface.addresses.length, before);
    assert.equal(wire.iface.mtu, 1500);
  });

  test("a flood of them gives a bounded number of addresses and routes", () => {
    const wire = new HostWire({ config: { slaac: true, linkLocal: true } });
    wire.advance(5000);
    for (let i = 0; i < 2000; i++) {
      const source = new IpAddress(0xfe800000 | 0, 0, 0, 0x1000 + i);
      const ends = {
        ...inward(true),
        source,
        destination: IpAddress.ALL_NODES,
        destinationMac: new MacAddress(0x3333, 1),
      };
      wire.feed(routerAdvertisement(ends, new IpAddress(0x20010db8, i << 8, 0, 0)));
    }
    wire.advance(5000);
    assert.ok(wire.iface.addresses.length <= 3 + 16, `${wire.iface.addresses.length} addresses`);
    assert.ok(wire.stack.network.ip.routes.routes.length <= 300);
  });

  test("SYNs to addresses of the /64 that we do not have are not ours to answer", () => {
    const wire = new HostWire();
    wire.listen(80);
    const peer = new RawPeer(wire, { isV6: true });
    Object.assign(peer, { ends: { ...peer.ends, destination: ip("fd77::1234") } });
    peer.send({ flags: SYN | ACK });
    assert.deepEqual(wire.frames(), []);
    assert.equal(wire.dropped("ip-not-for-us"), 1);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksumUpdate } from "../../../src/base/checksum.ts";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { type Ends, ipFrame } from "../../support/frame-builders.ts";
import { ip, octets, TEST_PROTOCOL, V4, WireCard, WireHost } from "../../support/network-host.ts";

const ETHERNET = 14;

/** A good frame of the peer, with octets of its IP header changed and the header checksum put right. */
function patched(
  changes: readonly [at: number, value: number][],
  fixesChecksum = true,
): Uint8Array {
  const frame = ipFrame(V4.inward, TEST_PROTOCOL, octets(20));
  const view = new DataView(frame.buffer);
  for (const [at, value] of changes) {
    const wordAt = ETHERNET + (at & ~1);
    const before = view.getUint16(wordAt);
    view.setUint8(ETHERNET + at, value);
    if (!fixesChecksum) continue;
    const sum = checksumUpdate(view.getUint16(ETHERNET + 10), before, view.getUint16(wordAt));
    view.setUint16(ETHERNET + 10, sum);
  }
  return frame;
}

function from(source: string, destination = "10.77.0.1"): Uint8Array {
  const ends: Ends = { ...V4.inward, source: ip(source), destination: ip(destination) };
  return ipFrame(ends, TEST_PROTOCOL, octets(4));
}

describe("IPv4 input: the header", () => {
  // req: ip/V4-1, ip/V4-2, ip/V4-3, ip/V4-13
  const rows: [string, Uint8Array, string][] = [
    ["version 5", patched([[0, 0x55]]), "ip-bad-version"],
    ["version 6 under the type of IPv4", patched([[0, 0x65]]), "ip-bad-version"],
    ["a wrong checksum", patched([[8, 1]], false), "ip-bad-checksum"],
    ["a header of 16 octets", patched([[0, 0x44]]), "ip-bad-header-length"],
    ["a total length below the header's", patched([[3, 19]]), "ip-bad-total-length"],
    ["a total length beyond the frame", patched([[3, 41]]), "ip-truncated"],
    ["a header longer than the packet", patched([[0, 0x4f]]), "ip-bad-header-length"],
    ["half a header", patched([]).slice(0, ETHERNET + 19), "ip-truncated"],
    ["nothing behind the link header", patched([]).slice(0, ETHERNET), "ip-truncated"],
  ];
  for (const [name, frame, reason] of rows) {
    it(`silently discards ${name}, and counts it`, () => {
      const host = new WireHost();
      host.inject(frame);
      assert.deepEqual(host.drops(), { [reason]: 1 });
      assert.deepEqual(host.heard, []);
      assert.deepEqual(host.sent(), []);
    });
  }

  // req: ip/V4-3
  it("trims the padding of the link", () => {
    const host = new WireHost();
    const frame = ipFrame(V4.inward, TEST_PROTOCOL, octets(6));
    host.inject(Uint8Array.of(...frame, ...new Uint8Array(20).fill(0xee)));
    assert.deepEqual(host.heard[0]?.octets, octets(6));
  });

  // req: ip/V4-7, ip/V4-13
  it("takes a packet whose TTL is 0 or 1", () => {
    const host = new WireHost();
    for (const hopLimit of [0, 1]) {
      host.inject(ipFrame(V4.inward, TEST_PROTOCOL, octets(1), { hopLimit }));
    }
    assert.deepEqual(
      host.heard.map(({ hopLimit }) => hopLimit),
      [0, 1],
    );
    assert.deepEqual(host.drops(), {});
  });

  // req: ip/DS-1, ip/DS-2, ip/V4O-3
  it("hands the DS field and every ECN codepoint up, whatever the DSCP", () => {
    const host = new WireHost();
    const classes = [0x00, 0x01, 0x02, 0x03, 0xb8, 0xff];
    for (const trafficClass of classes) {
      host.inject(ipFrame(V4.inward, TEST_PROTOCOL, octets(1), { trafficClass }));
    }
    assert.deepEqual(
      host.heard.map(({ trafficClass }) => trafficClass),
      classes,
    );
  });
});

describe("IPv4 input: addresses", () => {
  // req: ip/V4-4
  for (const destination of ["10.77.0.3", "192.0.2.1", "224.0.0.9", "0.0.0.1", "255.255.255.254"]) {
    it(`silently discards what is for ${destination}`, () => {
      const host = new WireHost();
      host.inject(from("10.77.0.2", destination));
      assert.deepEqual(host.drops(), { "ip-not-for-us": 1 });
      assert.deepEqual([host.heard, host.sent()], [[], []]);
    });
  }

  // req: ip/V4-5, ip/V4-6
  const forged = [
    ["224.0.0.5", "multicast"],
    ["255.255.255.255", "the limited broadcast"],
    ["10.77.0.255", "the subnet's broadcast"],
    ["10.77.0.0", "the subnet's old broadcast"],
    ["240.0.0.1", "class E"],
    ["127.0.0.1", "a loopback address"],
    ["10.77.0.1", "our own address (LAND)"],
    ["0.0.0.0", "no address, to one host"],
  ];
  for (const [source = "", what] of forged) {
    it(`silently discards what is from ${what}`, () => {
      const host = new WireHost();
      host.inject(from(source));
      assert.deepEqual(host.drops(), { "ip-bad-source": 1 });
      assert.deepEqual([host.heard, host.sent()], [[], []]);
    });
  }

  // req: ip/V4-6
  it("takes nothing for 127/8 from outside, and sends nothing from there", () => {
    const host = new WireHost();
    host.inject(from("10.77.0.2", "127.0.0.1"));
    assert.deepEqual(host.drops(), { "ip-bad-destination": 1 });
    assert.equal(host.send(ip("127.1.2.3"), 4), 0);
    assert.deepEqual(host.sent(), []);
    assert.deepEqual(
      host.heard.map(({ destination, iface }) => [destination, iface]),
      [["127.1.2.3", "lo"]],
    );
  });

  // req: ip/V4-9, ip/V4-10
  for (const broadcast of ["255.255.255.255", "10.77.0.255", "10.77.0.0", "0.0.0.0"]) {
    it(`takes what is for the broadcast ${broadcast}`, () => {
      const host = new WireHost();
      const ends = {
        ...V4.inward,
        destinationMac: MacAddress.BROADCAST,
        destination: ip(broadcast),
      };
      host.inject(ipFrame(ends, TEST_PROTOCOL, octets(3)));
      assert.equal(host.heard[0]?.destination, broadcast);
    });
  }

  // req: ip/V4-11, ip/V4-12
  it("discards a unicast packet in a broadcast frame", () => {
    const host = new WireHost();
    host.inject(
      ipFrame({ ...V4.inward, destinationMac: MacAddress.BROADCAST }, TEST_PROTOCOL, octets(3)),
    );
    assert.deepEqual(host.drops(), { "ip-link-broadcast": 1 });
    assert.deepEqual(host.heard, []);
  });

  // req: ip/V4-4, ip/V4O-9
  it("takes what is for a group from the first join to the last leave", () => {
    const host = new WireHost();
    const group = ip("224.0.0.9");
    const ends = {
      ...V4.inward,
      destinationMac: new MacAddress(0x0100, 0x5e000009),
      destination: group,
    };
    const frame = ipFrame(ends, TEST_PROTOCOL, octets(3));
    const heardAfter = (act: () => void): number => {
      act();
      host.inject(frame);
      return host.heard.splice(0).length;
    };
    assert.equal(
      heardAfter(() => {}),
      0,
    );
    assert.equal(
      heardAfter(() => host.iface.groups.join(group)),
      1,
    );
    assert.equal(
      heardAfter(() => host.iface.groups.join(group)),
      1,
    );
    assert.equal(
      heardAfter(() => host.iface.groups.leave(group)),
      1,
    );
    assert.equal(
      heardAfter(() => host.iface.groups.leave(group)),
      0,
    );
  });

  // req: ip/V4-14
  it("is a weak end system: an address of another interface is taken, except link-local IPv6", () => {
    const host = new WireHost({ config: { addresses: ["10.77.0.1/24"] } });
    const other = host.network.addInterface(
      new WireCard(),
      { name: "eth1", addresses: ["10.88.0.1/24"] },
      0,
    );
    assert.notEqual(typeof other, "number");
    host.inject(from("10.77.0.2", "10.88.0.1"));
    assert.equal(host.heard[0]?.destination, "10.88.0.1");
  });

  it("takes a broadcast from a host that has no address yet", () => {
    const host = new WireHost();
    const ends = {
      ...V4.inward,
      destinationMac: MacAddress.BROADCAST,
      source: IpAddress.ANY4,
      destination: IpAddress.BROADCAST4,
    };
    host.inject(ipFrame(ends, TEST_PROTOCOL, octets(3)));
    assert.equal(host.heard[0]?.source, "0.0.0.0");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { withIdentifier } from "../../../src/ip/slaac.ts";
import { multicastMac } from "../../../src/link/multicast-filter.ts";
import { ipFrame } from "../../support/frame-builders.ts";
import { ip, octets, TEST_PROTOCOL, V6, WireHost } from "../../support/network-host.ts";

/** A packet of the peer for `destination`, in the frame that belongs to it. */
function to(destination: string, source = "fd77::2"): Uint8Array {
  const address = ip(destination);
  const destinationMac = address.isMulticast ? multicastMac(address) : V6.inward.destinationMac;
  const ends = { ...V6.inward, destinationMac, source: ip(source), destination: address };
  return ipFrame(ends, TEST_PROTOCOL, octets(3));
}

describe("IPv6 input: addresses", () => {
  // req: ip/ADDR-1, arp-nd/ND-11
  const ours = [
    "fd77::1",
    "fd77::3",
    "fe80::ff:fe00:1",
    "ff01::1",
    "ff02::1",
    "ff02::1:ff00:1",
    "ff02::1:ff00:3",
    "ff05::7",
  ];
  for (const destination of ours) {
    it(`takes what is for ${destination}`, () => {
      const config = { addresses: ["fd77::1/64", "fd77::3/64"], linkLocal: true };
      const host = new WireHost({ config });
      host.iface.groups.join(ip("ff05::7"));
      host.inject(to(destination));
      assert.equal(host.heard[0]?.destination, destination);
    });
  }

  // req: ip/ADDR-1
  it("takes ::1 from inside", () => {
    const host = new WireHost();
    host.send(ip("::1"), 3);
    assert.deepEqual([host.heard[0]?.destination, host.heard[0]?.iface], ["::1", "lo"]);
  });

  it("discards what is for another address or another group", () => {
    const host = new WireHost();
    host.inject(to("fd77::8"), to("fe80::8"), to("2001:db8::1"));
    assert.deepEqual(host.drops(), { "ip-not-for-us": 3 });
    host.inject(to("ff02::1:ff00:8"), to("ff02::2"));
    assert.deepEqual(host.drops(), { "link-not-for-us": 2 });
    assert.deepEqual([host.heard, host.sent()], [[], []]);
  });

  it("takes a link-local address only on its own interface", () => {
    const host = new WireHost({ config: { addresses: ["fe80::77/64"] } });
    host.inject(to("fe80::77"));
    assert.equal(host.heard.length, 1);
    host.network.addAddress(host.lo, "fe80::88/64", 0);
    host.inject(to("fe80::88"));
    assert.deepEqual([host.heard.length, host.drops()], [1, { "ip-not-for-us": 1 }]);
  });

  // req: ip/ADDR-2, ip/ADDR-3, ip/ADDR-4
  const forged: [string, string, string][] = [
    ["::1 from outside", "::1", "ip-bad-source"],
    ["a multicast source", "ff02::5", "ip-bad-source"],
    ["our own address (LAND)", "fd77::1", "ip-bad-source"],
    ["the unspecified address to one host", "::", "ip-bad-source"],
    ["a v4-mapped source", "::ffff:10.77.0.2", "ip-bad-source"],
  ];
  for (const [what, source, reason] of forged) {
    it(`discards ${what}`, () => {
      const host = new WireHost();
      // The builder takes the family from the source, so the address is put in afterwards.
      const frame = to("fd77::1");
      const view = new DataView(frame.buffer);
      ip(source).writeV6(view, 14 + 8);
      host.inject(frame);
      assert.deepEqual([host.drops(), host.heard, host.sent()], [{ [reason]: 1 }, [], []]);
    });
  }

  // req: ip/ADDR-3
  for (const destination of ["::1", "::ffff:10.77.0.1"]) {
    it(`discards what is for ${destination} from outside`, () => {
      const host = new WireHost();
      const frame = to("fd77::1");
      ip(destination).writeV6(new DataView(frame.buffer), 14 + 24);
      host.inject(frame);
      assert.deepEqual([host.drops(), host.heard], [{ "ip-bad-destination": 1 }, []]);
    });
  }
});

describe("IPv6 addresses", () => {
  // req: ip/ADDR-6
  it("have a solicited-node group of their last 24 bits", () => {
    const rows = [
      ["4037::1:800:200e:8c6c", "ff02::1:ff0e:8c6c"],
      ["fe80::ff:fe00:1", "ff02::1:ff00:1"],
    ];
    for (const [address = "", group] of rows) {
      assert.equal(ip(address).solicitedNode().toString(), group);
    }
  });

  // req: ip/ADDR-7
  it("are formed of a MAC address with the universal bit inverted", () => {
    const prefix = ip("2001:db8::");
    const rows = [
      ["34:56:78:9a:bc:de", "2001:db8::3656:78ff:fe9a:bcde"],
      ["02:00:00:00:00:01", "2001:db8::ff:fe00:1"],
      ["ff:ff:ff:ff:ff:ff", "2001:db8::fdff:ffff:feff:ffff"],
    ];
    for (const [mac = "", address] of rows) {
      const parsed = MacAddress.parse(mac);
      assert.ok(parsed);
      assert.equal(withIdentifier(prefix, parsed).toString(), address);
    }
  });

  // req: ip/ADDR-8, ip/ADDR-9
  it("are read in every form, and told in one", () => {
    const rows = [
      ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
      ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["1::", "1::"],
      ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
      ["::13.1.68.3", "::d01:4403"],
    ];
    for (const [text = "", canonical] of rows) assert.equal(ip(text).toString(), canonical);
    for (const bad of ["1::2::3", "1:2:3:4:5:6:7", "12345::", "::1.2.3", "::1.2.3.4:5", "g::"]) {
      assert.equal(IpAddress.parse(bad), null);
    }
  });
});

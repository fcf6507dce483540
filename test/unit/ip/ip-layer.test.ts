import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ipFrame } from "../../support/frame-builders.ts";
import { FAMILIES, octets, TEST_PROTOCOL, V4, WireHost } from "../../support/network-host.ts";

describe("IpLayer", () => {
  it("counts packets and octets of each interface", () => {
    const host = new WireHost();
    const { rxPackets, rxOctets } = host.iface;
    for (const family of FAMILIES) host.inject(ipFrame(family.inward, TEST_PROTOCOL, octets(10)));
    assert.deepEqual(
      [host.iface.rxPackets - rxPackets, host.iface.rxOctets - rxOctets],
      [2, 30 + 50],
    );
    host.send(V4.ours, 10);
    assert.deepEqual([host.lo.txPackets, host.lo.rxPackets], [1, 1]);
  });

  it("forgets a protocol when it is taken out", () => {
    const host = new WireHost();
    host.network.setUpper(TEST_PROTOCOL, null);
    host.inject(ipFrame(V4.inward, TEST_PROTOCOL, octets(10)));
    assert.deepEqual(host.drops(), { "ip-unknown-protocol": 1 });
  });

  it("wants a turn when something waits, and only then", () => {
    const host = new WireHost();
    assert.equal(host.network.ip.pollTimeout(), Infinity);
    const shape = { identification: 1 };
    const half = ipFrame(V4.inward, TEST_PROTOCOL, octets(16), shape);
    const view = new DataView(half.buffer);
    view.setUint16(14 + 6, 0x2000);
    view.setUint16(14 + 10, view.getUint16(14 + 10) - 0x2000);
    host.inject(half);
    assert.equal(host.network.ip.pollTimeout(), 60_000);
    assert.equal(host.network.ip.reassembly.size, 1);
    host.advance(60_000);
    assert.deepEqual([host.network.ip.reassembly.size, host.network.ip.reassembly.octets], [0, 0]);
    assert.equal(host.network.ip.pollTimeout(), Infinity);
  });

  it("takes what belongs to an interface out with it", () => {
    const host = new WireHost({ config: { gateway: "10.77.0.254" } });
    assert.ok(host.network.ip.routes.routes.length > 0);
    host.network.removeInterface(host.iface, 0);
    assert.deepEqual(host.network.ip.interfaces, [host.lo]);
    assert.ok(host.network.ip.routes.routes.every(({ iface }) => iface === host.lo));
  });
});

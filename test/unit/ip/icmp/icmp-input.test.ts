import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { icmpMessage, icmpProtocol, ipFrame } from "../../../support/frame-builders.ts";
import { FAMILIES, type Family, octets, V6, WireHost } from "../../../support/network-host.ts";

function send(
  host: WireHost,
  family: Family,
  type: number,
  shape: { code?: number; hopLimit?: number } = {},
): void {
  const { code = 0, ...rest } = shape;
  const message = icmpMessage(family.inward, type, code, { word: 0x00070001, body: octets(16) });
  host.inject(ipFrame(family.inward, icmpProtocol(family.inward), message, rest));
}

describe("IcmpInput", () => {
  for (const family of FAMILIES) {
    it(`${family.name}: answers echo with the traffic class of the question`, () => {
      const host = new WireHost();
      const message = icmpMessage(family.inward, family.isV6 ? 128 : 8, 0, {});
      const shape = { trafficClass: 0x48 };
      host.inject(ipFrame(family.inward, icmpProtocol(family.inward), message, shape));
      const [frame = new Uint8Array(64)] = host.frames();
      const view = new DataView(frame.buffer);
      const told = family.isV6 ? (view.getUint16(14) >>> 4) & 255 : view.getUint8(15);
      assert.equal(told, 0x48);
    });

    it(`${family.name}: counts an echo that it cannot answer`, () => {
      const host = new WireHost();
      const ends = { ...family.inward, source: family.far };
      const message = icmpMessage(ends, family.isV6 ? 128 : 8, 0, {});
      host.inject(ipFrame(ends, icmpProtocol(ends), message));
      assert.deepEqual(host.drops(), { "ip-no-route": 1 });
    });

    it(`${family.name}: asks who listens for echo replies whether a quoted echo is his`, () => {
      const host = new WireHost();
      const protocol = icmpProtocol(family.inward);
      const outward = { ...family.inward, source: family.ours, destination: family.peer };
      const ping = ipFrame(
        outward,
        protocol,
        icmpMessage(outward, family.isV6 ? 128 : 8, 0, { body: octets(1400) }),
      );
      const [type, code] = family.isV6 ? [2, 0] : [3, 4];
      const error = icmpMessage(family.inward, type, code, {
        word: 1300,
        body: ping.slice(14, 500),
      });
      host.network.setUpper(protocol, host);
      host.believes = false;
      host.inject(ipFrame(family.inward, protocol, error));
      assert.equal(host.path(family.peer).mtu, 1500);
      host.believes = true;
      host.inject(ipFrame(family.inward, protocol, error));
      assert.equal(host.path(family.peer).mtu, 1300);
      host.network.setUpper(protocol, null);
    });

    it(`${family.name}: lets the raw listener see every message, answered or not`, () => {
      const host = new WireHost();
      const seen: number[] = [];
      host.network.setRawListener({
        input: (packet) => seen.push(packet.bytes[packet.start] ?? -1) > 0,
        handleError: () => {},
      });
      const types = family.isV6 ? [128, 129, 200] : [8, 0, 40];
      for (const type of types) send(host, family, type);
      assert.deepEqual(seen, types);
    });
  }

  it("hands Neighbor Discovery to the link of the interface, if it may be honest", () => {
    for (const type of [133, 134, 135, 136, 137]) {
      const host = new WireHost();
      send(host, V6, type, { hopLimit: 254 });
      send(host, V6, type, { hopLimit: 255, code: 1 });
      assert.deepEqual(host.drops(), { "nd-bad-hop-limit": 1, "nd-malformed": 1 });
    }
  });
});

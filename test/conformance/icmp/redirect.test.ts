import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import type { IpConfig } from "../../../src/ip/config.ts";
import { icmpMessage, icmpProtocol, ipFrame, quoteOf } from "../../support/frame-builders.ts";
import { redirect } from "../../support/nd-builders.ts";
import {
  type Family,
  ip,
  OUR_MAC,
  PEER_MAC,
  V4,
  V6,
  WireHost,
} from "../../support/network-host.ts";

const ROUTER_V6 = ip("fe80::fe");
const FAMILIES: readonly { family: Family; router: IpAddress; better: IpAddress }[] = [
  { family: V4, router: V4.gateway, better: V4.stranger },
  { family: V6, router: ROUTER_V6, better: ip("fe80::99") },
];

interface Scene {
  readonly host: WireHost;
  readonly frame: Uint8Array;
  hop(): string;
}

/** A host that has just sent a packet by its router. */
function scene(
  { family, router }: (typeof FAMILIES)[number],
  config: Partial<IpConfig> = {},
): Scene {
  const addresses = ["10.77.0.1/24", "fd77::1/64", "fe80::1/64"];
  const gateway = [V4.gateway.toString(), ROUTER_V6.toString()];
  const host = new WireHost({ config: { addresses, gateway }, ip: config });
  host.network.setNeighbor(host.iface, router, PEER_MAC, 0);
  const path = host.path(family.far);
  host.send(family.far, 40, { path });
  const [frame = new Uint8Array()] = host.frames();
  return { host, frame, hop: () => path.nextHop.toString() };
}

function redirectTo(
  family: Family,
  frame: Uint8Array,
  fields: { from: IpAddress; gateway: IpAddress; destination?: IpAddress; code?: number },
): Uint8Array {
  const { from: source, gateway, destination = family.far, code = 1 } = fields;
  const to = family.isV6 ? ip("fe80::1") : family.ours;
  const ends = { sourceMac: PEER_MAC, destinationMac: OUR_MAC, source, destination: to };
  if (family.isV6) return redirect(ends, gateway, destination, quoteOf(frame));
  const message = icmpMessage(ends, 5, code, { word: gateway.d >>> 0, body: quoteOf(frame) });
  return ipFrame(ends, icmpProtocol(ends), message);
}

for (const which of FAMILIES) {
  const { family, router, better } = which;
  describe(`${family.name} redirect`, () => {
    // req: icmp/I4-16, arp-nd/RD-12, arp-nd/ND-9
    it("of the current router is followed, by paths in use too", () => {
      const { host, frame, hop } = scene(which);
      assert.equal(hop(), router.toString());
      host.inject(redirectTo(family, frame, { from: router, gateway: better }));
      assert.deepEqual([hop(), host.drops()], [better.toString(), {}]);
      assert.equal(
        host.path(ip(family.isV6 ? "2001:db8::8" : "192.0.2.8")).nextHop.toString(),
        router.toString(),
      );
    });

    // req: icmp/I4-16, arp-nd/RD-12
    it("may name the destination itself: it is on the link", () => {
      const { host, frame, hop } = scene(which);
      host.inject(redirectTo(family, frame, { from: router, gateway: family.far }));
      assert.equal(hop(), family.far.toString());
    });

    // req: icmp/I4-17, arp-nd/ND-9
    const refused: [string, (frame: Uint8Array) => Uint8Array][] = [
      [
        "from who is not the current router",
        (frame) => redirectTo(family, frame, { from: better, gateway: better }),
      ],
      [
        "to a gateway on another subnet",
        (frame) =>
          redirectTo(family, frame, {
            from: router,
            gateway: ip(family.isV6 ? "2001:db8:9::1" : "203.0.113.9"),
          }),
      ],
      [
        "to ourselves",
        (frame) =>
          redirectTo(family, frame, {
            from: router,
            gateway: family.isV6 ? ip("fe80::1") : family.ours,
          }),
      ],
      [
        "to a group",
        (frame) =>
          redirectTo(family, frame, {
            from: router,
            gateway: ip(family.isV6 ? "ff02::1" : "224.0.0.1"),
          }),
      ],
    ];
    for (const [what, frameOf] of refused) {
      it(`${what} is ignored`, () => {
        const { host, frame, hop } = scene(which);
        host.inject(frameOf(frame));
        assert.equal(hop(), router.toString());
        assert.equal(Object.keys(host.drops()).length, 1);
      });
    }

    // req: icmp/ISEC-3
    it("is ignored where the owner wants it", () => {
      const { host, frame, hop } = scene(which, { acceptRedirects: false });
      host.inject(redirectTo(family, frame, { from: router, gateway: better }));
      assert.equal(hop(), router.toString());
    });

    it("is forgotten after ten minutes, and a later one takes its place", () => {
      const { host, frame, hop } = scene(which);
      host.inject(redirectTo(family, frame, { from: router, gateway: better }));
      host.inject(redirectTo(family, frame, { from: better, gateway: family.far }));
      assert.equal(hop(), family.far.toString());
      host.advance(600_000);
      assert.equal(hop(), router.toString());
    });

    it("of a bounded number of destinations is remembered", () => {
      const { host } = scene(which);
      for (let i = 0; i < 400; i++) {
        const destination = ip(
          family.isV6 ? `2001:db8:5::${i.toString(16)}` : `198.51.${100 + (i >> 8)}.${i & 255}`,
        );
        const outward = { ...family.inward, source: family.ours, destination };
        const sent = ipFrame(outward, 253, new Uint8Array(8));
        host.inject(redirectTo(family, sent, { from: router, gateway: better, destination }));
      }
      assert.equal(
        host.network.ip.routes.routes.filter(({ origin }) => origin === "redirect").length,
        256,
      );
    });
  });
}

describe("IPv4 redirect", () => {
  // req: icmp/I4-16
  it("for a network counts for the host alone", () => {
    for (const code of [0, 1, 2, 3]) {
      const which = FAMILIES[0] ?? assert.fail();
      const { host, frame, hop } = scene(which);
      host.inject(redirectTo(V4, frame, { from: V4.gateway, gateway: V4.stranger, code }));
      assert.equal(hop(), V4.stranger.toString());
      assert.equal(host.path(ip("192.0.2.200")).nextHop.toString(), V4.gateway.toString());
    }
  });

  it("that quotes a packet we did not send is dropped", () => {
    const { host, hop } = scene(FAMILIES[0] ?? assert.fail());
    const foreign = ipFrame(V4.inward, 253, new Uint8Array(8));
    host.inject(redirectTo(V4, foreign, { from: V4.gateway, gateway: V4.stranger }));
    assert.deepEqual([hop(), host.drops()], [V4.gateway.toString(), { "icmp-bad-quote": 1 }]);
  });
});

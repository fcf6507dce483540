import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { multicastMac } from "../../../src/link/multicast-filter.ts";
import { ethernetDestination } from "../../../src/wire/ethernet.ts";
import { NdFlag } from "../../../src/wire/ndp.ts";
import { type Ends, icmpMessage, ipFrame } from "../../support/frame-builders.ts";
import {
  neighborAdvertisement,
  neighborSolicitation,
  routerAdvertisement,
} from "../../support/nd-builders.ts";
import { ip, OUR_MAC, PEER_MAC, V6, WireHost } from "../../support/network-host.ts";

const { ours, peer, inward } = V6;
const SOLICITED_NODE = ours.solicitedNode();
const TO_GROUP: Ends = {
  ...inward,
  destination: SOLICITED_NODE,
  destinationMac: multicastMac(SOLICITED_NODE),
};
const FROM_NOBODY: Ends = { ...TO_GROUP, source: ip("::") };
const { SOLICITED, OVERRIDE, ROUTER } = NdFlag;

function lonely(): WireHost {
  return new WireHost({ knowsPeer: false });
}

/** A message of Neighbor Discovery: its type, octets 4 to 8, and what follows. */
function nd(
  type: number,
  word: number,
  body: readonly number[],
  ends = inward,
  code = 0,
): Uint8Array {
  const message = icmpMessage(ends, type, code, { word: word >>> 0, body: Uint8Array.from(body) });
  return ipFrame(ends, 58, message, { hopLimit: 255 });
}

function octetsOf(address: typeof ours): number[] {
  const octets = new Uint8Array(16);
  address.writeV6(new DataView(octets.buffer), 0);
  return [...octets];
}

const SLLA = [1, 1, 2, 0, 0, 0, 0, 2];
const TARGET = octetsOf(ours);

function entry(host: WireHost): string {
  const [view, ...more] = host.network.neighbors(host.iface);
  assert.deepEqual(more, []);
  return view === undefined ? "none" : `${view.mac} ${view.state}${view.isRouter ? " router" : ""}`;
}

describe("Neighbor Discovery messages", () => {
  // req: arp-nd/ND-1, arp-nd/ND-2, arp-nd/ND-8
  const [ns, na, ra, rs, redirect] = [135, 136, 134, 133, 137];
  const sixteen = new Array<number>(16).fill(0);
  const malformed: [string, Uint8Array, string][] = [
    ["a solicitation of 23 octets", nd(ns, 0, TARGET.slice(0, 15)), "nd-malformed"],
    ["an advertisement of 23 octets", nd(na, 0, TARGET.slice(0, 15)), "nd-malformed"],
    ["a router advertisement of 15 octets", nd(ra, 0, [0, 0, 0, 0, 0, 0, 0]), "nd-malformed"],
    ["a redirect of 39 octets", nd(redirect, 0, [...sixteen, ...sixteen.slice(1)]), "nd-malformed"],
    ["code 1", nd(ns, 0, TARGET, inward, 1), "nd-malformed"],
    ["an option of length 0", nd(ns, 0, [...TARGET, 1, 0, 0, 0, 0, 0, 0, 0]), "nd-bad-option"],
    [
      "length 0 behind a good option",
      nd(ns, 0, [...TARGET, ...SLLA, 99, 0, 0, 0, 0, 0, 0, 0]),
      "nd-bad-option",
    ],
    ["an option beyond the end", nd(ns, 0, [...TARGET, 1, 2, 0, 0, 0, 0, 0, 0]), "nd-bad-option"],
    ["half an option", nd(ns, 0, [...TARGET, 1, 1, 0, 0]), "nd-bad-option"],
    ["a router solicitation", nd(rs, 0, []), "nd-not-for-us"],
  ];
  for (const [what, frame, reason] of malformed) {
    it(`are dropped in silence: ${what}`, () => {
      const host = lonely();
      host.inject(frame);
      assert.deepEqual([host.drops(), host.sent(), entry(host)], [{ [reason]: 1 }, [], "none"]);
    });
  }

  // req: arp-nd/ND-1
  it("are dropped unless their hop limit is 255", () => {
    for (const hopLimit of [0, 1, 64, 254]) {
      const host = lonely();
      const message = icmpMessage(inward, ns, 0, { body: Uint8Array.from(TARGET) });
      host.inject(ipFrame(inward, 58, message, { hopLimit }));
      assert.deepEqual([host.drops(), host.sent()], [{ "nd-bad-hop-limit": 1 }, []]);
    }
  });

  // req: arp-nd/ND-1
  it("are dropped when their checksum is wrong", () => {
    const host = lonely();
    const frame = neighborSolicitation(inward, ours, PEER_MAC);
    frame[60] = 77;
    host.inject(frame);
    assert.deepEqual([host.drops(), host.sent()], [{ "icmp-bad-checksum": 1 }, []]);
  });

  // req: arp-nd/ND-3, arp-nd/ND-10
  it("may have reserved bits, unknown options, and options that belong elsewhere, in any order", () => {
    const unknown = [200, 2, ...new Array<number>(14).fill(7)];
    const prefix = [3, 4, ...new Array<number>(30).fill(9)];
    for (const options of [
      [...unknown, ...SLLA],
      [...SLLA, ...prefix],
      [...prefix, ...unknown, ...SLLA],
    ]) {
      const host = lonely();
      host.inject(nd(ns, 0xffffffff, [...TARGET, ...options]));
      assert.deepEqual([host.sent().length, entry(host)], [1, "02:00:00:00:00:02 stale"]);
    }
  });

  // req: arp-nd/ND-7, arp-nd/NUD-6
  it("of routers are dropped where nobody listens to routers", () => {
    const host = lonely();
    const ends = { ...inward, source: ip("fe80::fe") };
    host.inject(routerAdvertisement(ends, ip("2001:db8::")));
    assert.deepEqual([host.drops(), entry(host)], [{ "nd-unsolicited": 1 }, "none"]);
    assert.deepEqual(
      host.network.ip.routes.routes.filter(({ gateway }) => gateway),
      [],
    );
  });
});

describe("neighbor solicitation", () => {
  // req: arp-nd/ND-22, arp-nd/ND-20
  it("is answered to who asked, solicited and overriding, with our link address", () => {
    for (const ends of [TO_GROUP, inward]) {
      const host = lonely();
      host.inject(neighborSolicitation(ends, ours, PEER_MAC));
      const [frame] = host.frames();
      assert.ok(frame);
      const expected = neighborAdvertisement(
        { sourceMac: OUR_MAC, destinationMac: PEER_MAC, source: ours, destination: peer },
        ours,
        OUR_MAC,
        SOLICITED | OVERRIDE,
      );
      assert.deepEqual(frame, expected);
      assert.equal(entry(host), "02:00:00:00:00:02 stale");
    }
  });

  it("without a link address is answered after asking for it", () => {
    const host = lonely();
    host.inject(neighborSolicitation(inward, ours, null));
    assert.match(host.sent()[0] ?? "", /neighbor solicitation, who has fd77::2/);
    host.inject(neighborAdvertisement(inward, peer, PEER_MAC, SOLICITED | OVERRIDE));
    assert.match(host.sent()[0] ?? "", /neighbor advertisement, tgt is fd77::1/);
  });

  // req: arp-nd/ND-19, arp-nd/ND-5
  it("for what is not ours, or for a group, is dropped", () => {
    const host = lonely();
    host.inject(neighborSolicitation(inward, peer, PEER_MAC));
    assert.deepEqual(host.drops(), { "nd-not-for-us": 1 });
    host.inject(neighborSolicitation(inward, ip("ff02::1"), PEER_MAC));
    assert.deepEqual(host.drops(), { "nd-malformed": 1 });
    assert.deepEqual([host.sent(), entry(host)], [[], "none"]);
  });

  // req: arp-nd/ND-21
  it("from the unspecified address touches no entry, and is answered to all", () => {
    const host = lonely();
    host.inject(neighborSolicitation(FROM_NOBODY, ours, null));
    const [frame] = host.frames();
    assert.ok(frame);
    const all = ip("ff02::1");
    const ends = {
      sourceMac: OUR_MAC,
      destinationMac: multicastMac(all),
      source: ours,
      destination: all,
    };
    assert.deepEqual(frame, neighborAdvertisement(ends, ours, OUR_MAC, OVERRIDE));
    assert.equal(entry(host), "none");
  });

  // req: arp-nd/ND-5
  it("from the unspecified address is dropped elsewhere than at the solicited-node group, or with a link address", () => {
    const host = lonely();
    const toAll = {
      ...FROM_NOBODY,
      destination: ip("ff02::1"),
      destinationMac: new MacAddress(0x3333, 1),
    };
    host.inject(neighborSolicitation(toAll, ours, null));
    assert.deepEqual(host.drops(), { "nd-bad-source": 1 });
    host.inject(neighborSolicitation(FROM_NOBODY, ours, PEER_MAC));
    assert.deepEqual(host.drops(), { "nd-bad-option": 1 });
    host.inject(neighborSolicitation({ ...inward, source: ip("::") }, ours, null));
    assert.deepEqual(host.drops(), { "ip-bad-source": 1 });
    assert.deepEqual(host.sent(), []);
  });

  it("with a group address as the asker's link address teaches nothing", () => {
    const host = lonely();
    host.inject(neighborSolicitation(inward, ours, MacAddress.BROADCAST));
    assert.deepEqual([entry(host).split(" ")[1], host.sent().length], ["incomplete", 1]);
  });
});

describe("neighbor advertisement", () => {
  const OTHER_MAC = new MacAddress(0x0200, 3);
  const advertise = (mac: MacAddress | null, flags: number): Uint8Array =>
    neighborAdvertisement(inward, peer, mac, flags);

  /** A host that has the peer in this state. */
  function having(state: string): WireHost {
    const host = lonely();
    if (state === "none") return host;
    host.send(peer, 1);
    if (state === "reachable") host.inject(advertise(PEER_MAC, SOLICITED | OVERRIDE));
    if (state === "stale") host.inject(neighborSolicitation(inward, ours, PEER_MAC));
    if (state === "stale") host.inject(neighborSolicitation(inward, ours, OTHER_MAC));
    if (state === "stale") host.inject(neighborSolicitation(inward, ours, PEER_MAC));
    host.frames();
    host.drops();
    assert.equal(host.network.neighbors(host.iface)[0]?.state, state);
    return host;
  }

  const [us, other] = ["02:00:00:00:00:02", "02:00:00:00:00:03"];
  // req: arp-nd/ND-23, arp-nd/ND-24, arp-nd/ND-25, arp-nd/ND-26, arp-nd/NUD-6, arp-nd/ND-27
  const rows: [string, MacAddress | null, number, string][] = [
    ["none", PEER_MAC, SOLICITED | OVERRIDE, "none"],
    ["incomplete", null, SOLICITED | OVERRIDE, "null incomplete"],
    ["incomplete", PEER_MAC, SOLICITED, `${us} reachable`],
    ["incomplete", PEER_MAC, 0, `${us} delay`],
    ["incomplete", PEER_MAC, SOLICITED | ROUTER, `${us} reachable router`],
    ["reachable", OTHER_MAC, 0, `${us} stale`],
    ["reachable", OTHER_MAC, SOLICITED, `${us} stale`],
    ["reachable", OTHER_MAC, OVERRIDE, `${other} stale`],
    ["reachable", OTHER_MAC, OVERRIDE | SOLICITED, `${other} reachable`],
    ["reachable", PEER_MAC, 0, `${us} reachable`],
    ["reachable", null, SOLICITED, `${us} reachable`],
    ["stale", OTHER_MAC, 0, `${us} stale`],
    ["stale", OTHER_MAC, SOLICITED, `${us} stale`],
    ["stale", PEER_MAC, 0, `${us} stale`],
    ["stale", PEER_MAC, OVERRIDE, `${us} stale`],
    ["stale", PEER_MAC, SOLICITED, `${us} reachable`],
    ["stale", null, SOLICITED, `${us} reachable`],
    ["stale", OTHER_MAC, OVERRIDE, `${other} stale`],
    ["stale", OTHER_MAC, OVERRIDE | SOLICITED, `${other} reachable`],
    ["stale", PEER_MAC, ROUTER, `${us} stale router`],
  ];
  for (const [state, mac, flags, result] of rows) {
    const bits = [flags & ROUTER && "R", flags & SOLICITED && "S", flags & OVERRIDE && "O"];
    it(`with flags ${bits.filter(Boolean).join("") || "none"} from ${mac} makes of ${state}: ${result}`, () => {
      const host = having(state);
      host.inject(advertise(mac, flags));
      assert.equal(entry(host), result);
    });
  }

  // req: arp-nd/ND-6
  it("is dropped for a group as target, or when it claims to be solicited and goes to many", () => {
    const host = having("reachable");
    const group = ip("ff02::1");
    const toAll = { ...inward, destination: group, destinationMac: multicastMac(group) };
    host.inject(neighborAdvertisement(inward, group, OTHER_MAC, OVERRIDE));
    host.inject(neighborAdvertisement(toAll, peer, OTHER_MAC, SOLICITED | OVERRIDE));
    assert.deepEqual([host.drops(), entry(host)], [{ "nd-malformed": 2 }, `${us} reachable`]);
    host.inject(neighborAdvertisement(toAll, peer, OTHER_MAC, OVERRIDE));
    assert.equal(entry(host), `${other} stale`);
  });

  // req: arp-nd/DAD-9
  it("for an address that is ours is counted, and changes nothing", () => {
    const host = lonely();
    host.inject(neighborAdvertisement({ ...inward, source: ours }, ours, PEER_MAC, OVERRIDE));
    assert.deepEqual([host.drops(), entry(host)], [{ "arp-conflict": 1 }, "none"]);
    assert.equal(host.iface.find(ours)?.state, "preferred");
  });
});

describe("solicitations that we send", () => {
  // req: arp-nd/ND-14, arp-nd/ND-10
  it("go to the solicited-node group, with our link address, hop limit 255 and no bit too many", () => {
    const host = lonely();
    host.send(peer, 4);
    const [frame] = host.frames();
    const group = peer.solicitedNode();
    const ends = {
      sourceMac: OUR_MAC,
      destinationMac: multicastMac(group),
      source: ours,
      destination: group,
    };
    assert.deepEqual(frame, neighborSolicitation(ends, peer, OUR_MAC));
    assert.ok(frame && ethernetDestination(new DataView(frame.buffer), 0).isMulticast);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { EtherType, ethernetDestination } from "../../../src/wire/ethernet.ts";
import { arpFrame, ipFrame } from "../../support/frame-builders.ts";
import {
  ip,
  OUR_MAC,
  octets,
  PEER_MAC,
  TEST_PROTOCOL,
  V4,
  WireHost,
} from "../../support/network-host.ts";

const OTHER_MAC = new MacAddress(0x0200, 3);

interface Shape {
  readonly operation?: number;
  readonly senderMac?: MacAddress;
  readonly senderIp?: IpAddress;
  readonly targetIp?: IpAddress;
  readonly to?: MacAddress;
}

function arp(shape: Shape = {}): Uint8Array {
  const { operation = 1, to = operation === 1 ? MacAddress.BROADCAST : OUR_MAC } = shape;
  return arpFrame(to, {
    operation,
    senderMac: shape.senderMac ?? PEER_MAC,
    senderIp: shape.senderIp ?? V4.peer,
    targetMac: operation === 1 ? MacAddress.ZERO : OUR_MAC,
    targetIp: shape.targetIp ?? V4.ours,
  });
}

/** A host that knows nobody. */
function lonely(addresses: readonly string[] = ["10.77.0.1/24"]): WireHost {
  return new WireHost({ knowsPeer: false, config: { addresses } });
}

function cache(host: WireHost): Record<string, string> {
  const entries = host.network.neighbors(host.iface);
  return Object.fromEntries(entries.map(({ address, mac, state }) => [address, `${mac} ${state}`]));
}

describe("ARP packets", () => {
  const good = arp();
  const patched = (at: number, value: number): Uint8Array => {
    const frame = good.slice();
    frame[at] = value;
    return frame;
  };
  // req: arp-nd/ARP-1
  const rows: [string, Uint8Array][] = [
    ["hardware type 6", patched(15, 6)],
    ["protocol type 0x0801", patched(17, 1)],
    ["hardware length 7", patched(18, 7)],
    ["protocol length 16", patched(19, 16)],
    ["operation 3", patched(21, 3)],
    ["operation 0", patched(21, 0)],
    ["27 octets", good.slice(0, 14 + 27)],
    ["nothing", good.slice(0, 14)],
  ];
  for (const [what, frame] of rows) {
    it(`with ${what} are dropped`, () => {
      const host = lonely();
      host.inject(frame);
      assert.deepEqual([host.drops(), host.sent(), cache(host)], [{ "arp-malformed": 1 }, [], {}]);
    });
  }

  // req: arp-nd/ARP-14
  it("from a sender that cannot be one are dropped", () => {
    const host = lonely();
    host.inject(
      arp({ senderMac: MacAddress.BROADCAST }),
      arp({ senderMac: new MacAddress(0x0100, 7) }),
    );
    for (const senderIp of ["224.0.0.1", "127.0.0.1", "255.255.255.255", "240.0.0.1"]) {
      host.inject(arp({ senderIp: ip(senderIp) }));
    }
    assert.deepEqual([host.drops(), host.sent(), cache(host)], [{ "arp-bad-sender": 6 }, [], {}]);
  });

  it("of our own that come back are ignored", () => {
    const host = lonely();
    host.inject(arp({ senderMac: OUR_MAC }));
    assert.deepEqual([host.sent(), cache(host)], [[], {}]);
  });

  // req: arp-nd/ARP-13, arp-nd/ARP-1
  it("are understood behind 802.2 SNAP too, as IP packets are", () => {
    const host = lonely();
    for (const frame of [arp(), ipFrame(V4.inward, TEST_PROTOCOL, octets(5))])
      host.inject(snap(frame));
    assert.equal(host.heard.length, 1);
    const [reply] = host.frames();
    assert.equal(
      reply && new DataView(reply.buffer).getUint16(12),
      EtherType.ARP,
      "RFC 894 is sent",
    );
  });
});

describe("ARP reception", () => {
  // req: arp-nd/ARP-4, arp-nd/ARP-3
  it("answers a request for us, to its sender alone, and remembers the sender", () => {
    const host = lonely();
    host.inject(arp());
    const [frame] = host.frames();
    assert.ok(frame);
    assert.equal(host.tell(frame), "ARP, Reply 10.77.0.1 is-at 02:00:00:00:00:01, length 28");
    assert.ok(ethernetDestination(new DataView(frame.buffer), 0).equals(PEER_MAC));
    assert.deepEqual(cache(host), { "10.77.0.2": "02:00:00:00:00:02 stale" });
  });

  // req: arp-nd/ARP-2, arp-nd/ARP-6, arp-nd/ARP-15
  it("neither answers nor remembers who asks for another, but updates who is known", () => {
    const host = lonely();
    host.inject(arp({ targetIp: V4.stranger }), arp({ targetIp: V4.peer }));
    assert.deepEqual([host.sent(), cache(host)], [[], {}]);
    host.inject(arp());
    host.inject(arp({ targetIp: V4.peer, senderMac: OTHER_MAC }));
    assert.deepEqual(cache(host), { "10.77.0.2": "02:00:00:00:00:03 stale" });
    host.inject(arp({ operation: 2, targetIp: V4.stranger }));
    assert.deepEqual(cache(host), { "10.77.0.2": "02:00:00:00:00:02 stale" });
  });

  // req: arp-nd/ARP-3
  it("remembers the sender of a reply to us, before it looks at the opcode", () => {
    const host = lonely();
    host.inject(arp({ operation: 2 }));
    assert.deepEqual([host.sent(), cache(host)], [[], { "10.77.0.2": "02:00:00:00:00:02 stale" }]);
  });

  it("does not believe an unasked reply: the neighbour is asked before long", () => {
    const host = lonely();
    host.send(V4.peer, 4);
    host.inject(arp({ operation: 2 }));
    assert.deepEqual(cache(host), { "10.77.0.2": "02:00:00:00:00:02 reachable" });
    host.inject(arp({ operation: 2, senderMac: OTHER_MAC }));
    assert.deepEqual(cache(host), { "10.77.0.2": "02:00:00:00:00:03 stale" });
  });

  // req: arp-nd/ARP-16
  it("leaves permanent entries alone", () => {
    const host = new WireHost({ config: { addresses: ["10.77.0.1/24"] } });
    host.inject(arp({ senderMac: OTHER_MAC }), arp({ operation: 2, senderMac: OTHER_MAC }));
    assert.equal(cache(host)["10.77.0.2"], "02:00:00:00:00:02 permanent");
  });

  it("answers a probe for our address without remembering anybody", () => {
    const host = lonely();
    host.inject(arp({ senderIp: ip("0.0.0.0") }));
    assert.deepEqual(host.sent(), ["ARP, Reply 10.77.0.1 is-at 02:00:00:00:00:01, length 28"]);
    assert.deepEqual(cache(host), {});
  });
});

describe("ARP requests", () => {
  // req: arp-nd/ARP-5
  it("are broadcast, with the target's hardware address unknown", () => {
    const host = lonely();
    host.send(V4.peer, 4);
    const [frame] = host.frames();
    assert.ok(frame);
    assert.equal(host.tell(frame), "ARP, Request who-has 10.77.0.2 tell 10.77.0.1, length 28");
    assert.ok(ethernetDestination(new DataView(frame.buffer), 0).isBroadcast);
    assert.deepEqual(frame.slice(32, 38), new Uint8Array(6));
  });

  it("are from the address that the packet is from", () => {
    const host = lonely(["10.77.0.1/24", "10.77.0.3/24"]);
    host.send(V4.peer, 4, { path: host.path(V4.peer, { source: ip("10.77.0.3") }) });
    assert.match(host.sent()[0] ?? "", /tell 10.77.0.3/);
  });

  // req: arp-nd/ARP-9
  it("go out at most once a second for one destination, however much is sent", () => {
    const host = lonely();
    const asked: number[] = [];
    for (let at = 0; at < 30_000; at += 100) {
      host.send(V4.peer, 4);
      if (host.frames().length > 0) asked.push(host.now);
      host.advance(100);
      if (host.frames().length > 0) asked.push(host.now);
    }
    const gaps = asked.slice(1).map((time, index) => time - (asked[index] ?? 0));
    assert.ok(gaps.length > 10 && gaps.every((gap) => gap >= 1000), gaps.join());
  });

  // req: arp-nd/LL4-4
  it("and answers of link-local addresses are broadcast", () => {
    const host = lonely(["169.254.7.1/16"]);
    host.inject(arp({ senderIp: ip("169.254.9.9"), targetIp: ip("169.254.7.1") }));
    host.send(ip("169.254.3.3"), 4);
    const frames = host.frames();
    assert.equal(frames.length, 2);
    for (const frame of frames)
      assert.ok(ethernetDestination(new DataView(frame.buffer), 0).isBroadcast);
  });
});

/** The same frame in IEEE 802.3 with LLC and SNAP headers, padded. */
function snap(frame: Uint8Array): Uint8Array {
  const payload = frame.subarray(14);
  const length = payload.length + 8;
  const header = [...frame.subarray(0, 12), length >> 8, length & 255, 0xaa, 0xaa, 3, 0, 0, 0];
  return Uint8Array.of(...header, ...frame.subarray(12, 14), ...payload, 0, 0, 0);
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderFindings } from "../../../src/ip/family.ts";
import { OutputOptions } from "../../../src/ip/output-options.ts";
import { Ipv6 } from "../../../src/ip/v6.ts";
import { fragmentFrame, ipFrame } from "../../support/frame-builders.ts";
import { packetOf } from "../../support/network-extensions.ts";
import { octets, V6, WireHost } from "../../support/network-host.ts";
import { destinationOf, ipPacket, sourceOf } from "../../support/network-ip.ts";
import { packetWith } from "../../support/network-parts.ts";

const family = new Ipv6();

describe("Ipv6", () => {
  it("parses a header into the packet's fields, and cuts padding off", () => {
    const shape = { hopLimit: 9, trafficClass: 0xae, flowLabel: 0xfffff };
    const packet = ipPacket(Uint8Array.of(...ipFrame(V6.inward, 17, octets(5), shape), 0, 0));
    assert.equal(family.parse(packet), null);
    assert.deepEqual([sourceOf(packet), destinationOf(packet)], ["fd77::2", "fd77::1"]);
    assert.deepEqual([packet.protocol, packet.hopLimit, packet.trafficClass], [17, 9, 0xae]);
    assert.deepEqual(
      [packet.transportAt - packet.networkAt, packet.end - packet.transportAt],
      [40, 5],
    );
    assert.equal(family.hasMore(packet), false);
  });

  it("looks closer at extension headers, and at nothing", () => {
    for (const protocol of [0, 43, 44, 59, 60]) {
      const packet = ipPacket(ipFrame(V6.inward, protocol, octets(8)));
      family.parse(packet);
      assert.equal(family.hasMore(packet), true);
    }
  });

  it("tells of a fragment where it lies, what it repeats and which field to mend", () => {
    const chain: [number, number[]][] = [
      [60, [1, 4, 0, 0, 0, 0]],
      [44, [0, 0, 17, 0, 0, 0xbe, 0xef]],
    ];
    const packet = ipPacket(packetOf(chain, 17, octets(24)));
    family.parse(packet);
    const findings = new HeaderFindings();
    family.walk(packet, findings);
    const at = packet.networkAt;
    assert.deepEqual(
      [
        findings.isFragment,
        findings.fragmentOffset,
        findings.moreFragments,
        findings.fragmentIdentification,
        findings.fragmentNext,
      ],
      [true, 16, true, 0xbeef, 17],
    );
    assert.deepEqual(
      [findings.headerEnd - at, findings.fragmentAt - at, findings.nextHeaderAt - at],
      [48, 56, 40],
    );
    family.checkFragment(packet, findings);
    assert.equal(findings.drop, null);
  });

  // req: ip/FR6-4
  it("wants the whole chain only of a first fragment", () => {
    for (const [offset, drop] of [
      [0, "fragment-header-chain"],
      [8, null],
    ] as const) {
      const shape = { offset, more: true, identification: 1 };
      const packet = ipPacket(fragmentFrame(V6.inward, 6, octets(16), shape));
      family.parse(packet);
      const findings = new HeaderFindings();
      family.walk(packet, findings);
      family.checkFragment(packet, findings);
      assert.equal(findings.drop, drop);
    }
  });

  it("writes headers that parse back: of packets, of fragments, of what was put together", () => {
    const path = new WireHost().path(V6.peer);
    const packet = packetWith(octets(40));
    const options = new OutputOptions(99);
    options.trafficClass = 0x5a;
    family.prependHeader(packet, path, options, {
      hopLimit: 3,
      identification: 0,
      dontFragment: true,
    });
    packet.networkAt = packet.start;
    assert.equal(family.parse(packet), null);
    assert.deepEqual([sourceOf(packet), destinationOf(packet)], ["fd77::1", "fd77::2"]);
    assert.deepEqual([packet.protocol, packet.hopLimit, packet.trafficClass], [99, 3, 0x5a]);
    const { view, start } = packet;
    assert.equal(view.getUint32(start) & 0xfffff, path.flowLabel);
    family.writeFragment(view, start, {
      identification: 9,
      offset: 16,
      length: 8,
      more: true,
      nextHeader: 99,
    });
    assert.deepEqual([view.getUint16(start + 4), view.getUint8(start + 6)], [16, 44]);
    assert.deepEqual([...packet.bytes.slice(start + 40, start + 48)], [99, 0, 0, 17, 0, 0, 0, 9]);
    family.finishReassembly(view, start, packet.end, 0xff);
    assert.deepEqual([view.getUint16(start + 4), view.getUint16(start) & 0xff0], [40, 0xff0]);
    assert.equal(view.getUint32(start) & 0xfffff, path.flowLabel, "the label stays");
  });
});

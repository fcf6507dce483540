import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checksum } from "../../../src/base/checksum.ts";
import { HeaderFindings } from "../../../src/ip/family.ts";
import { OutputOptions } from "../../../src/ip/output-options.ts";
import { Ipv4 } from "../../../src/ip/v4.ts";
import { fragmentFrame, ipFrame } from "../../support/frame-builders.ts";
import { octets, V4, WireHost } from "../../support/network-host.ts";
import { destinationOf, ipPacket, sourceOf } from "../../support/network-ip.ts";
import { packetWith } from "../../support/network-parts.ts";

const family = new Ipv4();

describe("Ipv4", () => {
  it("parses a header into the packet's fields, and cuts padding off", () => {
    const options = Uint8Array.of(1, 1, 1, 0);
    const shape = { hopLimit: 9, trafficClass: 0x2e, options };
    const packet = ipPacket(Uint8Array.of(...ipFrame(V4.inward, 17, octets(5), shape), 0, 0));
    assert.equal(family.parse(packet), null);
    assert.deepEqual([sourceOf(packet), destinationOf(packet)], ["10.77.0.2", "10.77.0.1"]);
    assert.deepEqual([packet.protocol, packet.hopLimit, packet.trafficClass], [17, 9, 0x2e]);
    assert.deepEqual(
      [packet.transportAt - packet.networkAt, packet.end - packet.transportAt],
      [24, 5],
    );
  });

  it("looks closer only at packets with options and at fragments", () => {
    const more = (frame: Uint8Array): boolean => {
      const packet = ipPacket(frame);
      family.parse(packet);
      return family.hasMore(packet);
    };
    const shape = { identification: 1 };
    assert.equal(more(ipFrame(V4.inward, 17, octets(8), { dontFragment: true })), false);
    assert.equal(
      more(ipFrame(V4.inward, 17, octets(8), { options: Uint8Array.of(1, 1, 1, 1) })),
      true,
    );
    assert.equal(
      more(fragmentFrame(V4.inward, 17, octets(8), { ...shape, offset: 0, more: true })),
      true,
    );
    assert.equal(
      more(fragmentFrame(V4.inward, 17, octets(8), { ...shape, offset: 8, more: false })),
      true,
    );
  });

  it("tells of a fragment where it lies and what it belongs to", () => {
    const shape = { offset: 800, more: true, identification: 0xbeef };
    const packet = ipPacket(fragmentFrame(V4.inward, 17, octets(16), shape));
    family.parse(packet);
    const findings = new HeaderFindings();
    family.walk(packet, findings);
    assert.deepEqual(
      [
        findings.isFragment,
        findings.fragmentOffset,
        findings.moreFragments,
        findings.fragmentIdentification,
        findings.fragmentNext,
      ],
      [true, 800, true, 0xbeef, 17],
    );
    assert.deepEqual(
      [findings.fragmentAt, findings.headerEnd],
      [packet.transportAt, packet.transportAt],
    );
    family.checkFragment(packet, findings);
    assert.equal(findings.drop, null);
  });

  // req: ip/FRAG-10
  it("writes headers that parse back: of packets, of fragments, of what was put together", () => {
    const path = new WireHost().path(V4.peer);
    const packet = packetWith(octets(40));
    const options = new OutputOptions(99);
    options.trafficClass = 5;
    family.prependHeader(packet, path, options, {
      hopLimit: 3,
      identification: 7,
      dontFragment: true,
    });
    const { view, start } = packet;
    packet.networkAt = start;
    assert.equal(family.parse(packet), null);
    assert.deepEqual([sourceOf(packet), destinationOf(packet)], ["10.77.0.1", "10.77.0.2"]);
    assert.deepEqual([packet.protocol, packet.hopLimit, packet.trafficClass], [99, 3, 5]);
    assert.equal(view.getUint16(start + 6), 0x4000);
    family.writeFragment(view, start, {
      identification: 9,
      offset: 16,
      length: 8,
      more: true,
      nextHeader: 99,
    });
    assert.deepEqual(
      [view.getUint16(start + 2), view.getUint16(start + 4), view.getUint16(start + 6)],
      [28, 9, 0x2002],
    );
    assert.equal(checksum(view, start, start + 20), 0);
    family.finishReassembly(view, start, packet.end, 0xff);
    assert.deepEqual(
      [view.getUint16(start + 2), view.getUint16(start + 6), view.getUint8(start + 1)],
      [60, 0, 0xff],
    );
    assert.equal(checksum(view, start, start + 20), 0);
  });
});

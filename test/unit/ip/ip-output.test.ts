import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Errno } from "../../../src/base/errno.ts";
import { OutputOptions } from "../../../src/ip/output-options.ts";
import { IpProtocol } from "../../../src/wire/ip-protocol.ts";
import { PacketBuffer } from "../../../src/wire/packet-buffer.ts";
import { FAMILIES, octets, V4, V6, WireHost } from "../../support/network-host.ts";

function packet(length: number, gsoSize = 0): PacketBuffer {
  const made = new PacketBuffer();
  made.reset();
  made.end = made.start + length;
  made.gsoSize = gsoSize;
  return made;
}

describe("IpOutput", () => {
  for (const family of FAMILIES) {
    it(`${family.name}: prepends in place and counts what it sends`, () => {
      const host = new WireHost();
      const before = host.iface.txPackets;
      const subject = packet(100);
      subject.bytes.set(octets(100), subject.start);
      const { start } = subject;
      assert.equal(
        host.network.output(subject, host.path(family.peer), new OutputOptions(6), 0),
        0,
      );
      assert.equal(subject.start, start - family.headerLength - 14);
      assert.deepEqual(host.frames()[0]?.slice(14 + family.headerLength), octets(100));
      assert.equal(host.iface.txPackets - before, 1);
      assert.ok(host.iface.txOctets >= 100 + family.headerLength);
    });

    it(`${family.name}: takes the longest packet there can be, and none longer`, () => {
      const host = new WireHost();
      const longest = family.isV6 ? 65_535 : 65_515;
      const path = host.path(family.ours);
      const send = (length: number, gsoSize = 0): number =>
        host.network.output(packet(length, gsoSize), path, new OutputOptions(6), 0);
      assert.deepEqual([send(longest, 1000), send(longest + 1, 1000)], [0, -Errno.EMSGSIZE]);
      assert.deepEqual([send(65_000), send(70_000)], [0, -Errno.EMSGSIZE]);
    });

    it(`${family.name}: refuses a path that leads nowhere any more`, () => {
      const host = new WireHost();
      const path = host.path(family.peer);
      host.network.removeAddress(host.iface, family.ours, 0);
      assert.equal(host.send(family.peer, 4, { path }), -Errno.EADDRNOTAVAIL);
      host.network.removeInterface(host.iface, 0);
      assert.ok(host.send(family.peer, 4, { path }) < 0);
    });
  }

  it("stops at the first fragment that the link does not take", () => {
    const host = new WireHost();
    host.card.isFull = true;
    assert.equal(host.send(V6.peer, 5000), -Errno.ENOBUFS);
    assert.equal(host.drops()["link-queue-full"], 1);
  });

  it("numbers the segments of what routers may cut, one for each", () => {
    const host = new WireHost();
    const options = new OutputOptions(IpProtocol.TCP);
    options.fragmentEnRoute = true;
    const path = host.path(V4.peer);
    const idOf = (subject: PacketBuffer): number => {
      host.network.output(subject, path, options, 0);
      const [frame = new Uint8Array(20)] = host.frames();
      return new DataView(frame.buffer).getUint16(14 + 4);
    };
    const first = idOf(packet(10_000, 1000));
    const second = idOf(packet(100));
    assert.ok(((second - first) & 0xffff) >= 10);
  });
});

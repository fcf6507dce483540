/** Threats, part d: TCP headers, options and urgent pointers that lie. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checksumAdd, checksumFinish } from "../../src/base/checksum.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { pseudoHeaderSum } from "../../src/wire/pseudo-header.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import { ipFrame, tcpSegment } from "../support/frame-builders.ts";
import { hex } from "../support/hex.ts";
import { LINUX_SYN, MSS_SYN, RawPeer } from "../support/host-peer.ts";
import { HostWire, inward } from "../support/host-wire.ts";
import { FAMILIES } from "../support/network-host.ts";

const { ACK, PSH, SYN, URG } = TcpFlag;

/** A segment with a header changed and summed anew. */
function changed(isV6: boolean, change: (view: DataView) => void, payload = 20): Uint8Array {
  const ends = inward(isV6);
  const segment = tcpSegment(ends, {
    sourcePort: 1,
    destinationPort: 80,
    seq: 1,
    flags: SYN,
    payload: new Uint8Array(payload),
  });
  const view = new DataView(segment.buffer);
  change(view);
  view.setUint16(16, 0);
  const sum = pseudoHeaderSum(ends.source, ends.destination, IpProtocol.TCP) + segment.length;
  view.setUint16(16, checksumFinish(checksumAdd(sum, view, 0, segment.length)));
  return ipFrame(ends, IpProtocol.TCP, segment);
}

for (const { isV6, name } of FAMILIES) {
  describe(`headers, ${name}`, () => {
    test("a data offset below 5 or past the segment is no segment", () => {
      const wire = new HostWire();
      wire.listen(80);
      for (const words of [0, 1, 4, 11, 15]) {
        wire.feed(changed(isV6, (view) => view.setUint8(12, words << 4)));
      }
      assert.equal(wire.dropped("tcp-bad-header"), 5);
      assert.deepEqual(wire.flows(), []);
      assert.deepEqual(wire.frames(), []);
    });

    /** Options of a SYN: what is wrong, the octets, the segment size that results. */
    const OPTIONS: readonly [string, string, number][] = [
      ["a length of 0 (picoTCP's endless loop)", "02000400", 536],
      ["a length of 1", "02010400", 536],
      ["a length past the end", "02ff0400", 536],
      ["a kind at the very end, its length missing", "01010102", 536],
      ["an unknown kind of length 0", "fe000000 02040400", 536],
      ["an unknown kind, rightly long", "fe040000 02040400", 1024],
      ["an MSS of length 3", "02030401 00000000", 536],
      ["an MSS of length 5", "0205040000 000000", 536],
      ["an MSS of 0", "02040000", 536],
      ["an MSS of 1 (SACK Panic's floor)", "02040001", 48],
      ["nothing but padding", "01010101 01010101", 536],
    ];
    for (const [what, options, mss] of OPTIONS) {
      test(`options with ${what}`, () => {
        const wire = new HostWire();
        wire.listen(80);
        const peer = new RawPeer(wire, { isV6 });
        peer.handshake(hex(options));
        const expected = mss === 536 && isV6 ? 1220 : mss;
        assert.equal(wire.flows()[0]?.connection.info().sndMss, expected);
      });
    }

    test("every option of every length ends, alone and in a row", () => {
      for (let kind = 0; kind < 256; kind++) {
        const wire = new HostWire();
        wire.listen(80);
        for (let length = 0; length <= 41; length++) {
          const options = new Uint8Array(40).fill(kind);
          for (let at = 1; at < 40; at += Math.max(length, 2)) options[at] = length;
          new RawPeer(wire, { isV6, port: 1 + length }).send({ flags: SYN, options });
        }
        assert.equal(wire.flows().length, 42);
      }
    });

    test("an MSS twice is one of the two; a shift count of 255 is 14 (RFC 7323 §2.3)", () => {
      const wire = new HostWire();
      wire.listen(80);
      new RawPeer(wire, { isV6 }).handshake(hex("02040400 02040300 01 0303ff"));
      const info = wire.flows()[0]?.connection.info();
      assert.ok(info?.sndMss === 1024 || info?.sndMss === 768);
      assert.equal(info?.sndScale, 14);
    });
  });

  describe(`options in mid-connection, ${name}`, () => {
    test("timestamps that were never agreed on are not read", () => {
      const wire = new HostWire();
      wire.listen(80);
      const peer = new RawPeer(wire, { isV6 });
      peer.handshake(MSS_SYN);
      for (const value of ["7fffffff", "00000001"]) {
        peer.send({ options: hex(`0101 080a ${value} 00000000`), payload: new Uint8Array(10) });
      }
      assert.equal(wire.flows()[0]?.connection.readableOctets, 20);
      assert.equal(wire.dropped("tcp-paws"), 0);
    });

    test("timestamps that were agreed on and are missing: dropped, but a RST without them counts", () => {
      const wire = new HostWire();
      wire.listen(80);
      const peer = new RawPeer(wire, { isV6 });
      peer.send({ flags: SYN, options: LINUX_SYN });
      peer.ack = peer.takeOne().seq + 1;
      peer.send({ options: hex("0101 080a 00000002 00000000") });
      peer.send({ payload: new Uint8Array(10), seq: 1001 });
      assert.equal(wire.dropped("tcp-missing-timestamp"), 1);
      assert.equal(wire.flows()[0]?.connection.readableOctets, 0);
      peer.send({ flags: TcpFlag.RST, seq: 1001 });
      assert.deepEqual(wire.flows(), []);
    });

    test("a window scale or an MSS outside a SYN changes nothing", () => {
      const wire = new HostWire();
      wire.listen(80);
      const peer = new RawPeer(wire, { isV6 });
      peer.handshake(MSS_SYN);
      const before = wire.flows()[0]?.connection.info();
      peer.send({ options: hex("02040030 01 03030e") });
      const after = wire.flows()[0]?.connection.info();
      assert.deepEqual([after?.sndMss, after?.sndScale], [before?.sndMss, before?.sndScale]);
    });

    /** Class of CVE-2019-12255, -12260, -12261, -12263 and CVE-2020-17437. */
    test("urgent pointers of 0, at the end, beyond the data and at the wrap take no octet from the stream twice", () => {
      for (const urgentPointer of [0, 1, 5, 9, 10, 11, 100, 0xffff]) {
        const wire = new HostWire();
        const listener = wire.listen(80);
        const peer = new RawPeer(wire, { isV6, isn: 0x7ffffff0 });
        peer.handshake(MSS_SYN);
        const fd = wire.accept(listener);
        for (let i = 0; i < 3; i++) {
          peer.send({
            flags: ACK | URG | PSH,
            urgentPointer,
            payload: new Uint8Array(10).fill(i + 1),
          });
        }
        wire.advance(1000);
        let octets = 0;
        const into = new Uint8Array(100);
        for (let read = 1; read > 0; octets += Math.max(read, 0)) {
          read = wire.calls.read(fd, into, wire.now);
        }
        // At most one octet of each segment is out of band.
        assert.ok(octets >= 27 && octets <= 30, `pointer ${urgentPointer}: ${octets} octets`);
        assert.equal(peer.takes().at(-1)?.ack, peer.seq);
      }
    });

    test("urgent on segments without data, by the thousand, wakes nobody for nothing", () => {
      const wire = new HostWire();
      wire.listen(80);
      const peer = new RawPeer(wire, { isV6 });
      peer.handshake(MSS_SYN);
      for (let i = 0; i < 1000; i++) peer.send({ flags: ACK | URG, urgentPointer: i });
      assert.equal(wire.flows()[0]?.connection.readableOctets, 0);
      assert.equal(wire.storageOctets(), 0);
    });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IpAddress } from "../../../src/base/ip-address.ts";
import { MacAddress } from "../../../src/base/mac-address.ts";
import { TcpFlag } from "../../../src/wire/tcp-header.ts";
import { RawPeer } from "../../support/host-peer.ts";
import { HostWire } from "../../support/host-wire.ts";
import { FAMILIES } from "../../support/network-host.ts";

const { ACK, FIN, PSH, RST, SYN } = TcpFlag;

/** RFC 9293 §3.10.7.1: what arrives, and the number and flags of the answer. */
const ANSWERS: readonly [flags: number, octets: number, seq: number, ack: number, flags: number][] =
  [
    [SYN, 0, 0, 101, RST | ACK],
    [SYN | FIN, 0, 0, 102, RST | ACK],
    [PSH, 10, 0, 110, RST | ACK],
    [ACK, 0, 777, 0, RST],
    [SYN | ACK, 0, 777, 0, RST],
    [FIN | ACK, 10, 777, 0, RST],
  ];

describe("segments that belong to no connection", () => {
  for (const { isV6, name } of FAMILIES) {
    // req: tcp/SEG-1
    test(`${name}: a RST with the right number`, () => {
      for (const [flags, octets, seq, ack, answer] of ANSWERS) {
        const peer = new RawPeer(new HostWire(), { isV6 });
        peer.send({ seq: 100, ack: 777, flags, payload: new Uint8Array(octets) });
        const sent = peer.takeOne();
        assert.deepEqual([sent.seq, sent.ack, sent.flags], [seq, ack, answer], `flags ${flags}`);
        assert.equal(sent.window, 0);
      }
    });

    // req: tcp/SEG-40
    test(`${name}: a RST is not answered`, () => {
      for (const flags of [RST, RST | ACK]) {
        const peer = new RawPeer(new HostWire(), { isV6 });
        peer.send({ seq: 100, ack: 777, flags });
        assert.deepEqual(peer.takes(), []);
        assert.equal(peer.wire.dropped("tcp-no-connection"), 1);
      }
    });
  }

  test("a link-local peer is answered on the link it came from", () => {
    const wire = new HostWire({ config: { linkLocal: true } });
    wire.advance(3000);
    wire.frames();
    const source = IpAddress.parse("fe80::1234");
    assert.ok(source);
    wire.stack.network.setNeighbor(wire.iface, source, new MacAddress(0x0200, 2), wire.now);
    const destination = wire.iface.addresses.find(({ address }) => address.isLinkLocal)?.address;
    assert.ok(destination);
    const peer = new RawPeer(wire, { isV6: true, source });
    Object.assign(peer, { ends: { ...peer.ends, destination } });
    peer.send({ flags: SYN });
    assert.equal(peer.takeOne().flags, RST | ACK);
  });
});

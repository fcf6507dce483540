/**
 * Frames as real systems send them, octet by octet, beside what they say. The octets were put
 * together apart from this code base. Each is read by the codecs field by field, and built anew.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { seqToUnsigned } from "../../src/base/seq.ts";
import * as arp from "../../src/wire/arp.ts";
import { EtherType, ethernetType, isBroadcastFrame, isFrameTo } from "../../src/wire/ethernet.ts";
import * as icmp from "../../src/wire/icmp.ts";
import * as ipv4 from "../../src/wire/ipv4.ts";
import * as ipv6 from "../../src/wire/ipv6.ts";
import * as extension from "../../src/wire/ipv6-extension.ts";
import * as ndp from "../../src/wire/ndp.ts";
import * as tcp from "../../src/wire/tcp-header.ts";
import * as options from "../../src/wire/tcp-options.ts";
import * as udp from "../../src/wire/udp.ts";
import {
  arpFrame,
  type Ends,
  fragmentFrame,
  icmpMessage,
  ipFrame,
  tcpSegment,
  udpDatagram,
} from "../support/frame-builders.ts";
import { hex, toHex, viewAt } from "../support/hex.ts";
import { neighborSolicitation } from "../support/nd-builders.ts";

const MAC_A = new MacAddress(0x0200, 0x0a);
const MAC_B = new MacAddress(0x0200, 0x0b);
const A4 = address("10.77.0.1");
const B4 = address("10.77.0.2");
const A6 = address("fd77::1");
const B6 = address("fd77::2");
const V4: Ends = { sourceMac: MAC_A, destinationMac: MAC_B, source: A4, destination: B4 };
const V6: Ends = { sourceMac: MAC_A, destinationMac: MAC_B, source: A6, destination: B6 };
/** Where the network layer begins. */
const NET = 14;

function address(text: string): IpAddress {
  const parsed = IpAddress.parse(text);
  assert.ok(parsed, text);
  return parsed;
}

function assertSame(built: Uint8Array, frame: Uint8Array): void {
  assert.equal(toHex(built), toHex(frame));
}

test("ARP: who has 10.77.0.2, tell 10.77.0.1", () => {
  const frame = hex(
    "ffffffffffff 02000000000a 0806" + // to all, from A
      "0001 0800 06 04 0001" + // request
      "02000000000a 0a4d0001  000000000000 0a4d0002",
  );
  const view = viewAt(frame);
  assert.ok(isBroadcastFrame(view, 0));
  assert.equal(ethernetType(view, 0), EtherType.ARP);
  assert.ok(arp.isArp(view, NET, frame.length));
  assert.equal(arp.arpOperation(view, NET), arp.ArpOperation.REQUEST);
  assert.ok(arp.arpSenderMac(view, NET).equals(MAC_A));
  assert.ok(arp.arpTargetIp(view, NET).equals(B4));
  const fields = { senderMac: MAC_A, senderIp: A4, targetMac: MacAddress.ZERO, targetIp: B4 };
  assertSame(arpFrame(MacAddress.BROADCAST, { operation: 1, ...fields }), frame);
});

test("ARP: 10.77.0.2 is at 02:00:00:00:00:0b", () => {
  const frame = hex(
    "02000000000a 02000000000b 0806" +
      "0001 0800 06 04 0002" + // reply
      "02000000000b 0a4d0002  02000000000a 0a4d0001",
  );
  const view = viewAt(frame);
  assert.ok(isFrameTo(view, 0, MAC_A));
  assert.equal(arp.arpOperation(view, NET), arp.ArpOperation.REPLY);
  assert.ok(arp.arpSenderMac(view, NET).equals(MAC_B) && arp.arpSenderIp(view, NET).equals(B4));
  const fields = { senderMac: MAC_B, senderIp: B4, targetMac: MAC_A, targetIp: A4 };
  assertSame(arpFrame(MAC_A, { operation: 2, ...fields }), frame);
});

test("ICMP over IPv4: an echo request of ping -s 24", () => {
  const frame = hex(
    "02000000000b 02000000000a 0800" +
      "45 00 0034 3039 4000 40 01 f5f3 0a4d0001 0a4d0002" + // DF, TTL 64
      "08 00 a700 0bad 0001" + // echo, identifier, sequence
      "101112131415161718191a1b1c1d1e1f2021222324252627",
  );
  const view = viewAt(frame);
  assert.ok(ipv4.isIpv4Header(view, NET, frame.length) && ipv4.isIpv4ChecksumValid(view, NET));
  assert.equal(ipv4.ipv4Flags(view, NET), ipv4.IPV4_DF);
  const at = NET + ipv4.ipv4HeaderLength(view, NET);
  assert.equal(icmp.icmpType(view, at), icmp.Icmpv4Type.ECHO_REQUEST);
  assert.deepEqual([icmp.icmpIdentifier(view, at), icmp.icmpSequence(view, at)], [0x0bad, 1]);
  const body = frame.slice(at + 8);
  const message = icmpMessage(V4, 8, 0, { word: 0x0bad0001, body });
  assertSame(ipFrame(V4, 1, message, { identification: 0x3039, dontFragment: true }), frame);
});

test("ICMPv6: who has fd77::2, to its solicited-node group", () => {
  const frame = hex(
    "3333ff000002 02000000000a 86dd" +
      "60000000 0020 3a ff" + // 32 octets of ICMPv6, hop limit 255
      "fd770000000000000000000000000001 ff0200000000000000000001ff000002" +
      "87 00 7ca0 00000000" +
      "fd770000000000000000000000000002" + // target
      "01 01 02000000000a", // source link-layer address
  );
  const view = viewAt(frame);
  assert.ok(ipv6.isIpv6Header(view, NET, frame.length));
  assert.equal(ipv6.ipv6HopLimit(view, NET), 255);
  const at = NET + ipv6.IPV6_HEADER_LENGTH;
  assert.equal(icmp.icmpType(view, at), icmp.Icmpv6Type.NEIGHBOR_SOLICITATION);
  assert.ok(ndp.ndTarget(view, at).equals(B6));
  const optionsAt = at + ndp.NS_LENGTH;
  assert.ok(ndp.areNdOptionsValid(view, optionsAt, frame.length));
  const option = ndp.findNdOption(view, optionsAt, frame.length, ndp.NdOption.SOURCE_LINK_ADDRESS);
  assert.ok(ndp.ndLinkAddress(view, option).equals(MAC_A));
  const group = B6.solicitedNode();
  const ends = { ...V6, destination: group, destinationMac: new MacAddress(0x3333, group.d) };
  assertSame(neighborSolicitation(ends, B6, MAC_A), frame);
});

test("TCP over IPv4: a SYN with the options of Linux", () => {
  const frame = hex(
    "02000000000b 02000000000a 0800" +
      "45 00 003c 1c46 4000 40 06 09da 0a4d0001 0a4d0002" +
      "9bbe 0050 fffffff0 00000000 a0 02 faf0 ba31 0000" + // 40 octets of header, SYN
      "020405b4 0402 080a0001e24000000000 01 030307", // mss, sackOK, TS, nop, wscale
  );
  const view = viewAt(frame);
  const at = NET + 20;
  assert.ok(tcp.isTcpHeader(view, at, frame.length));
  assert.deepEqual([tcp.tcpSourcePort(view, at), tcp.tcpDestinationPort(view, at)], [39_870, 80]);
  assert.equal(seqToUnsigned(tcp.tcpSeq(view, at)), 0xfffffff0);
  assert.equal(tcp.tcpFlags(view, at), tcp.TcpFlag.SYN);
  assert.equal(tcp.tcpWindow(view, at), 64_240);
  const kinds: number[] = [];
  let option = options.nextTcpOption(view, tcp.tcpOptionsAt(at), frame.length);
  while (option >= 0) {
    kinds.push(options.tcpOptionKind(view, option));
    const after = option + options.tcpOptionLength(view, option);
    option = options.nextTcpOption(view, after, frame.length);
  }
  assert.deepEqual(kinds, [2, 4, 8, 3]);
  const segment = tcpSegment(V4, {
    sourcePort: 39_870,
    destinationPort: 80,
    seq: 0xfffffff0,
    flags: tcp.TcpFlag.SYN,
    window: 64_240,
    options: frame.slice(at + 20),
  });
  assertSame(ipFrame(V4, 6, segment, { identification: 0x1c46, dontFragment: true }), frame);
});

test("TCP over IPv6: an ACK with timestamps and one SACK block across 2^31", () => {
  const frame = hex(
    "02000000000a 02000000000b 86dd" +
      "60012345 002c 06 40" +
      "fd770000000000000000000000000002 fd770000000000000000000000000001" +
      "0050 9bbe 00000064 7fffff00 b0 10 01f6 4608 0000" +
      "01 01 080a 0000ffff 0001e240" +
      "01 01 050a 7ffffff0 80000010",
  );
  const view = viewAt(frame);
  const at = NET + 40;
  assert.equal(ipv6.ipv6FlowLabel(view, NET), 0x12345);
  assert.ok(tcp.isTcpHeader(view, at, frame.length));
  const first = options.nextTcpOption(view, tcp.tcpOptionsAt(at), frame.length);
  assert.deepEqual(
    [options.timestampValue(view, first), options.timestampEcho(view, first)],
    [0xffff, 123_456],
  );
  const sack = options.nextTcpOption(view, first + 10, frame.length);
  assert.equal(options.sackBlockCount(view, sack), 1);
  assert.equal(seqToUnsigned(options.sackBlockLeft(view, sack, 0)), 0x7ffffff0);
  assert.equal(seqToUnsigned(options.sackBlockRight(view, sack, 0)), 0x80000010);
  const ends = { sourceMac: MAC_B, destinationMac: MAC_A, source: B6, destination: A6 };
  const segment = tcpSegment(ends, {
    sourcePort: 80,
    destinationPort: 39_870,
    seq: 100,
    ack: 0x7fffff00,
    window: 502,
    options: frame.slice(at + 20),
  });
  assertSame(ipFrame(ends, 6, segment, { flowLabel: 0x12345 }), frame);
});

// req: udp/UDP-3
test("UDP over IPv4: five octets, so that the sum ends in half a word", () => {
  const frame = hex(
    "02000000000b 02000000000a 0800" +
      "45 00 0021 00ff 0000 40 11 6531 0a4d0001 0a4d0002" +
      "c001 0035 000d e72e" +
      "68656c6c6f",
  );
  const view = viewAt(frame);
  const at = NET + 20;
  assert.ok(udp.isUdpHeader(view, at, frame.length));
  assert.deepEqual([udp.udpLength(view, at), udp.udpChecksum(view, at)], [13, 0xe72e]);
  const datagram = udpDatagram(V4, 0xc001, 53, frame.slice(at + 8));
  assertSame(ipFrame(V4, 17, datagram, { identification: 0xff }), frame);
});

test("IPv6: the last fragment of a datagram", () => {
  const frame = hex(
    "02000000000b 02000000000a 86dd" +
      "600abcde 0018 2c 40" +
      "fd770000000000000000000000000001 fd770000000000000000000000000002" +
      "11 00 05a8 deadbeef" + // UDP, offset 1448, no more
      "60676e757c838a91989fa6adb4bbc2c9",
  );
  const view = viewAt(frame);
  const at = NET + 40;
  assert.ok(extension.isIpv6Extension(ipv6.ipv6NextHeader(view, NET)));
  assert.ok(extension.isIpv6ExtensionHeader(view, at, frame.length, 44));
  assert.equal(extension.ipv6ExtensionNext(view, at), 17);
  assert.equal(extension.ipv6FragmentOffset(view, at), 1448);
  assert.equal(extension.ipv6MoreFragments(view, at), false);
  assert.equal(extension.ipv6FragmentIdentification(view, at) >>> 0, 0xdeadbeef);
  const fragment = { offset: 1448, more: false, identification: 0xdeadbeef | 0 };
  const shape = { ...fragment, flowLabel: 0xabcde };
  assertSame(fragmentFrame(V6, 17, frame.slice(at + 8), shape), frame);
});

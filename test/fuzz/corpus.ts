/** Valid frames of every kind a host on an Ethernet hears, but for the segments of live connections. */
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { IpProtocol } from "../../src/wire/ip-protocol.ts";
import { NdFlag } from "../../src/wire/ndp.ts";
import { TcpFlag } from "../../src/wire/tcp-header.ts";
import {
  arpFrame,
  type Ends,
  fragmentFrames,
  icmpMessage,
  icmpProtocol,
  ipFrame,
  quoteOf,
  reversed,
  type SegmentShape,
  tcpSegment,
  udpDatagram,
} from "../support/frame-builders.ts";
import { hex } from "../support/hex.ts";
import {
  neighborAdvertisement,
  neighborSolicitation,
  redirect,
  routerAdvertisement,
} from "../support/nd-builders.ts";

export const HOST_MAC: MacAddress = new MacAddress(0x0200, 0x0b);
export const PEER_MAC: MacAddress = new MacAddress(0x0200, 0x0a);
export const HOST_4: IpAddress = parse("10.77.0.2");
export const PEER_4: IpAddress = parse("10.77.0.1");
export const HOST_6: IpAddress = parse("fd77::2");
export const PEER_6: IpAddress = parse("fd77::1");
/** Ports on which the host listens, has bound UDP sockets, and has nothing. */
export const TCP_PORT = 80;
export const UDP_PORT = 7;
export const CLOSED_PORT = 4444;
/** The options of a SYN from Linux: MSS, SACK permitted, timestamps, window scale. */
export const SYN_OPTIONS: Uint8Array = hex("020405b4 0402 080a 000f4240 00000000 01 030307");

const PEER_LINK_LOCAL = parse("fe80::ff:fe00:a");
const STRANGER_4 = parse("10.77.0.99");
const STRANGER_6 = parse("fd77::99");

/** From the peer to the host, in each family. */
export const TO_HOST: readonly [v4: Ends, v6: Ends] = [
  { sourceMac: PEER_MAC, destinationMac: HOST_MAC, source: PEER_4, destination: HOST_4 },
  { sourceMac: PEER_MAC, destinationMac: HOST_MAC, source: PEER_6, destination: HOST_6 },
];

export function corpus(): Uint8Array[] {
  return [
    ...arpFrames(),
    ...neighborDiscovery(),
    ...TO_HOST.flatMap((ends) => [
      ...echoes(ends),
      ...icmpErrors(ends),
      ...datagrams(ends),
      ...segments(ends),
    ]),
    ...withOptions(),
    ...withExtensions(),
  ];
}

function arpFrames(): Uint8Array[] {
  const fromPeer = { senderMac: PEER_MAC, senderIp: PEER_4 };
  const toHost = { targetMac: HOST_MAC, targetIp: HOST_4 };
  const unknown = MacAddress.ZERO;
  const stranger = { senderMac: new MacAddress(0x0200, 0x99), senderIp: STRANGER_4 };
  return [
    arpFrame(MacAddress.BROADCAST, { operation: 1, ...fromPeer, ...toHost, targetMac: unknown }),
    arpFrame(HOST_MAC, { operation: 1, ...fromPeer, ...toHost }),
    arpFrame(HOST_MAC, { operation: 2, ...fromPeer, ...toHost }),
    arpFrame(HOST_MAC, { operation: 2, ...stranger, ...toHost }),
    // Gratuitous, a probe of the host's address, and a claim to it.
    arpFrame(MacAddress.BROADCAST, { operation: 1, ...fromPeer, ...toHost, targetIp: PEER_4 }),
    arpFrame(MacAddress.BROADCAST, {
      ...{ operation: 1, ...stranger, senderIp: IpAddress.ANY4 },
      ...{ ...toHost, targetMac: unknown },
    }),
    arpFrame(MacAddress.BROADCAST, { operation: 1, ...stranger, ...toHost, senderIp: HOST_4 }),
  ];
}

function neighborDiscovery(): Uint8Array[] {
  const [, ends] = TO_HOST;
  const group = HOST_6.solicitedNode();
  const toGroup = { ...ends, destination: group, destinationMac: groupMac(group) };
  const allNodes = IpAddress.ALL_NODES;
  const toAll = { ...ends, destination: allNodes, destinationMac: groupMac(allNodes) };
  const fromRouter = { ...toAll, source: PEER_LINK_LOCAL };
  const { SOLICITED, OVERRIDE, ROUTER } = NdFlag;
  const asked = ipFrame(
    reversed(ends),
    IpProtocol.UDP,
    udpDatagram(reversed(ends), 7, 9, hex("00")),
  );
  return [
    neighborSolicitation(toGroup, HOST_6, PEER_MAC),
    neighborSolicitation(ends, HOST_6, PEER_MAC),
    neighborSolicitation(ends, HOST_6, null),
    neighborSolicitation({ ...toGroup, source: IpAddress.ANY6 }, HOST_6, null),
    neighborAdvertisement(ends, PEER_6, PEER_MAC, SOLICITED | OVERRIDE),
    neighborAdvertisement(ends, STRANGER_6, PEER_MAC, SOLICITED),
    neighborAdvertisement(toAll, PEER_6, PEER_MAC, OVERRIDE | ROUTER),
    neighborAdvertisement(toAll, HOST_6, PEER_MAC, OVERRIDE),
    routerAdvertisement(fromRouter, parse("2001:db8:77::")),
    redirect({ ...ends, source: PEER_LINK_LOCAL }, PEER_LINK_LOCAL, STRANGER_6, asked),
  ];
}

function echoes(ends: Ends): Uint8Array[] {
  const isV4 = ends.source.isV4;
  const body = pattern(56);
  const protocol = icmpProtocol(ends);
  const request = icmpMessage(ends, isV4 ? 8 : 128, 0, { word: 0x0bad0001, body });
  const reply = icmpMessage(ends, isV4 ? 0 : 129, 0, { word: 0x0bad0001, body });
  const others = isV4
    ? [icmpMessage(ends, 13, 0, { body: new Uint8Array(12) }), icmpMessage(ends, 17, 0, {})]
    : [icmpMessage(ends, 130, 0, { body: new Uint8Array(16) }), icmpMessage(ends, 200, 0, {})];
  return [request, reply, ...others].map((message) => ipFrame(ends, protocol, message));
}

/** Every kind of error, about a packet of each protocol that the host may have sent. */
function icmpErrors(ends: Ends): Uint8Array[] {
  const back = reversed(ends);
  const ports = { sourcePort: TCP_PORT, destinationPort: 40_000 };
  const quoted = [
    ipFrame(back, IpProtocol.TCP, tcpSegment(back, { ...ports, seq: 1, payload: pattern(100) })),
    ipFrame(back, IpProtocol.UDP, udpDatagram(back, UDP_PORT, 9, pattern(40))),
    ipFrame(
      back,
      icmpProtocol(back),
      icmpMessage(back, ends.source.isV4 ? 8 : 128, 0, { word: 0x00010001 }),
    ),
  ];
  const kinds = ends.source.isV4 ? V4_ERRORS : V6_ERRORS;
  return kinds.flatMap(([type, code, word]) =>
    quoted.map((frame) => {
      const message = icmpMessage(ends, type, code, { word, body: quoteOf(frame) });
      return ipFrame(ends, icmpProtocol(ends), message);
    }),
  );
}

/** Type, code, second word. */
const V4_ERRORS: readonly [number, number, number][] = [
  [3, 1, 0],
  [3, 3, 0],
  [3, 4, 1280],
  [3, 4, 0],
  [4, 0, 0],
  [5, 1, 0x0a4d0063],
  [11, 0, 0],
  [12, 0, 0x14000000],
];
const V6_ERRORS: readonly [number, number, number][] = [
  [1, 0, 0],
  [1, 4, 0],
  [2, 0, 1280],
  [2, 0, 68],
  [3, 0, 0],
  [4, 1, 6],
];

function datagrams(ends: Ends): Uint8Array[] {
  const { UDP } = IpProtocol;
  const send = (to: Ends, port: number, octets: number): Uint8Array =>
    ipFrame(to, UDP, udpDatagram(to, 1024 + octets, port, pattern(octets)));
  const group = ends.source.isV4 ? parse("10.77.0.255") : IpAddress.ALL_NODES;
  const mac = ends.source.isV4 ? MacAddress.BROADCAST : groupMac(group);
  const toAll = { ...ends, destination: group, destinationMac: mac };
  const toGroup = ends.source.isV4
    ? {
        ...ends,
        destination: parse("224.0.0.1"),
        destinationMac: new MacAddress(0x0100, 0x5e000001),
      }
    : toAll;
  return [
    send(ends, UDP_PORT, 0),
    send(ends, UDP_PORT, 5),
    send(ends, UDP_PORT, 1400),
    send(ends, CLOSED_PORT, 100),
    send(toAll, UDP_PORT, 64),
    send(toGroup, UDP_PORT, 64),
  ];
}

/** Datagrams in fragments, whose identification is the same until somebody changes it. */
export function fragmentTrains(): Uint8Array[][] {
  return TO_HOST.flatMap((ends) => {
    const { UDP } = IpProtocol;
    const isV4 = ends.source.isV4;
    const long = udpDatagram(ends, 2000, UDP_PORT, pattern(3000));
    const echo = icmpMessage(ends, isV4 ? 8 : 128, 0, { word: 1, body: pattern(2000) });
    const short = udpDatagram(ends, 2001, UDP_PORT, pattern(16));
    return [
      fragmentFrames(ends, UDP, long, { size: 1448, identification: 1 }),
      fragmentFrames(ends, icmpProtocol(ends), echo, { size: 1024, identification: 1 }),
      fragmentFrames(ends, UDP, short, { size: 64, identification: 1 }),
      // Pieces of eight octets: many holes, and a transport header apart from its payload.
      fragmentFrames(ends, UDP, short, { size: 8, identification: 1 }),
    ];
  });
}

/** Segments of no connection: to the listener, to a closed port, to a group. */
function segments(ends: Ends): Uint8Array[] {
  const build = (shape: Partial<SegmentShape>, to = ends): Uint8Array => {
    const ports = { sourcePort: 50_000, destinationPort: TCP_PORT, seq: 0x70000000 };
    return ipFrame(to, IpProtocol.TCP, tcpSegment(to, { ...ports, ...shape }));
  };
  const { SYN, ACK, RST, FIN, PSH, URG } = TcpFlag;
  const toAll = ends.source.isV4
    ? { ...ends, destination: IpAddress.BROADCAST4, destinationMac: MacAddress.BROADCAST }
    : { ...ends, destination: IpAddress.ALL_NODES, destinationMac: groupMac(IpAddress.ALL_NODES) };
  return [
    build({ flags: SYN, options: SYN_OPTIONS }),
    build({ flags: SYN, payload: pattern(100) }),
    build({ flags: SYN, options: hex("02040001") }),
    build({ flags: SYN | FIN }),
    build({ flags: SYN | ACK, ack: 77 }),
    build({ flags: ACK, ack: 77, payload: pattern(10) }),
    build({ flags: RST }),
    build({ flags: FIN | PSH | URG }),
    build({ flags: 0 }),
    build({ flags: SYN, destinationPort: CLOSED_PORT }),
    build({ flags: SYN }, toAll),
  ];
}

/** IPv4 options: router alert, record route, timestamp, both source routes, NOPs to the end. */
function withOptions(): Uint8Array[] {
  const [ends] = TO_HOST;
  const datagram = udpDatagram(ends, 3000, UDP_PORT, pattern(32));
  const lists = [
    "94040000",
    "07 0b 04 00000000 00000000 00",
    "44 0c 05 00 00000000 00000000",
    "83 07 08 0a4d0001 00",
    "89 07 04 0a4d0002 00",
    "01".repeat(40),
  ];
  return lists.map((list) => ipFrame(ends, IpProtocol.UDP, datagram, { options: hex(list) }));
}

/** Hop-by-hop, destination options and routing headers in front of a datagram. */
function withExtensions(): Uint8Array[] {
  const [, ends] = TO_HOST;
  const datagram = udpDatagram(ends, 3000, UDP_PORT, pattern(32));
  const chains: [first: number, headers: string][] = [
    [0, "11 00 05020000 0100"],
    [60, "11 00 010400000000"],
    [60, "11 00 c10400000000"],
    [43, "11 02 0400 00000000 fd770000000000000000000000000002"],
    [43, "11 02 0001 00000000 fd770000000000000000000000000002"],
    [0, "3c 00 010400000000 2b 00 010400000000 11 00 0400 00000000"],
    [59, ""],
  ];
  return chains.map(([first, headers]) => {
    const head = hex(headers);
    const payload = new Uint8Array(head.length + datagram.length);
    payload.set(head);
    payload.set(datagram, head.length);
    return ipFrame(ends, first, payload);
  });
}

function groupMac(group: IpAddress): MacAddress {
  return new MacAddress(0x3333, group.d);
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 13) & 0xff);
}

function parse(text: string): IpAddress {
  const address = IpAddress.parse(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

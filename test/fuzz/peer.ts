import type { IpAddress } from "../../src/base/ip-address.ts";
import { type RandomSource, randomBelow } from "../../src/base/random.ts";
import * as arp from "../../src/wire/arp.ts";
import * as icmp from "../../src/wire/icmp.ts";
import { NdFlag, ndTarget } from "../../src/wire/ndp.ts";
import * as tcp from "../../src/wire/tcp-header.ts";
import { arpFrame } from "../support/frame-builders.ts";
import { neighborAdvertisement } from "../support/nd-builders.ts";
import {
  HOST_4,
  HOST_MAC,
  PEER_4,
  PEER_6,
  PEER_MAC,
  SYN_OPTIONS,
  TCP_PORT,
  TO_HOST,
} from "./corpus.ts";
import { PeerFlow } from "./peer-flow.ts";
import type { Specimen } from "./specimen.ts";

/** The port of the peer to which the host itself connects. */
export const PEER_PORT = 9000;

/**
 * The far end of the wire: resolves its addresses, keeps connections with the host alive, answers
 * those that the host opens, and writes valid frames of both.
 */
export class Peer {
  /** Handshakes the host has answered, echo replies it has sent. */
  established = 0;
  echoReplies = 0;
  readonly #random: RandomSource;
  /** Four of each family; two of them with timestamps. */
  readonly #flows: readonly PeerFlow[] = Array.from(
    { length: 8 },
    (_, i) => new PeerFlow(TO_HOST[(i & 1) as 0 | 1]),
  );
  /** What the host opened, the latest of each family. */
  readonly #guests: readonly PeerFlow[] = Array.from(
    { length: 4 },
    (_, i) => new PeerFlow(TO_HOST[(i & 1) as 0 | 1]),
  );
  /** Handshakes and answers that want to be sent before anything else. */
  readonly #answers: ((specimen: Specimen) => void)[] = [];
  #nextPort = 10_000;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Writes the next frame that must go out undamaged; false when there is none. */
  writeAnswer(specimen: Specimen): boolean {
    const write = this.#answers.shift();
    write?.(specimen);
    return write !== undefined;
  }

  /** Writes a segment of a live connection, or begins one in its place. */
  writeLive(specimen: Specimen): void {
    const random = this.#random;
    const isGuest = randomBelow(random, 5) === 0;
    const flows = isGuest ? this.#guests : this.#flows;
    const flow = flows[randomBelow(random, flows.length)] as PeerFlow;
    flow.age++;
    const isStuck = flow.state === "opening" && flow.age > PATIENCE;
    if (!isGuest && (flow.state === "closed" || isStuck)) this.#open(flow, specimen);
    else if (flow.age > LIFETIME) flow.writeReset(specimen);
    else flow.writeAny(specimen, random);
  }

  /** Writes an ICMP error about a segment that the host may have in flight. */
  writeLiveError(specimen: Specimen): void {
    const random = this.#random;
    const flow = this.#flows[randomBelow(random, this.#flows.length)] as PeerFlow;
    const ends = TO_HOST[flow.isV4 ? 0 : 1];
    const errors = flow.isV4 ? LIVE_ERRORS_4 : LIVE_ERRORS_6;
    const [type, code, word] = errors[randomBelow(random, errors.length)] as (typeof errors)[0];
    flow.writeAck(specimen);
    const at = ETHERNET + (flow.isV4 ? 20 : 40);
    icmp.writeIcmpHeader(specimen.view, at, type, code, word);
    specimen.length = flow.quote(specimen.bytes, at + icmp.ICMP_HEADER_LENGTH);
    const { view } = specimen;
    if (ends.source.isV4) {
      view.setUint16(ETHERNET + 2, specimen.length - ETHERNET);
      view.setUint8(ETHERNET + 9, 1);
    } else {
      view.setUint16(ETHERNET + 4, specimen.length - at);
      view.setUint8(ETHERNET + 6, 58);
    }
    specimen.repairChecksums();
  }

  /** A whole frame of the host has come, and `specimen` is surveyed. */
  observe(specimen: Specimen): void {
    const { view, layout, length } = specimen;
    if (view.getUint16(12) === 0x0806) return this.#observeArp(view);
    if (layout.isFragment) return;
    const { protocol, transportAt: at } = layout;
    if (protocol === 6) this.#observeSegment(view, at, layout.packetEnd);
    else if (protocol === 1 && icmp.icmpType(view, at) === 0) this.echoReplies++;
    else if (protocol === 58) this.#observeIcmpv6(view, at, length);
  }

  #observeArp(view: DataView): void {
    const isRequest = arp.arpOperation(view, ETHERNET) === arp.ArpOperation.REQUEST;
    if (!isRequest || !arp.arpTargetIp(view, ETHERNET).equals(PEER_4)) return;
    const fields = { operation: arp.ArpOperation.REPLY, senderMac: PEER_MAC, senderIp: PEER_4 };
    this.#answer(arpFrame(HOST_MAC, { ...fields, targetMac: HOST_MAC, targetIp: HOST_4 }));
  }

  #observeIcmpv6(view: DataView, at: number, end: number): void {
    const type = icmp.icmpType(view, at);
    if (type === icmp.Icmpv6Type.ECHO_REPLY) this.echoReplies++;
    if (type !== icmp.Icmpv6Type.NEIGHBOR_SOLICITATION || end - at < 24) return;
    const target: IpAddress = ndTarget(view, at);
    if (!target.equals(PEER_6)) return;
    const flags = NdFlag.SOLICITED | NdFlag.OVERRIDE;
    this.#answer(neighborAdvertisement(TO_HOST[1], PEER_6, PEER_MAC, flags));
  }

  #answer(frame: Uint8Array): void {
    this.#answers.push((specimen) => specimen.load(frame));
  }

  #observeSegment(view: DataView, at: number, end: number): void {
    const isV4 = view.getUint16(12) === 0x0800;
    const ports = { local: tcp.tcpDestinationPort(view, at), host: tcp.tcpSourcePort(view, at) };
    const flow =
      ports.local === PEER_PORT
        ? this.#guestFor(view, at, isV4, ports.host)
        : this.#flows.find((known) => known.isV4 === isV4 && known.sourcePort === ports.local);
    if (flow === undefined || flow.state === "closed") return;
    const wasOpening = flow.state === "opening";
    if (!flow.observe(view, at, end)) return;
    if (wasOpening) this.established++;
    const isGuest = ports.local === PEER_PORT;
    this.#answers.push((specimen) =>
      isGuest ? flow.writeSyn(specimen, SYN_OPTIONS, true) : flow.writeAck(specimen),
    );
  }

  /** The host's own connections; a new one takes the place of another, and some get no answer. */
  #guestFor(view: DataView, at: number, isV4: boolean, port: number): PeerFlow | undefined {
    const known = this.#guests.find((flow) => flow.isV4 === isV4 && flow.destinationPort === port);
    if (known !== undefined && known.state !== "closed") return known;
    const isSyn = (tcp.tcpFlags(view, at) & tcp.TcpFlag.SYN) !== 0;
    if (!isSyn || randomBelow(this.#random, 3) === 0) return undefined;
    const free = this.#guests.filter((flow) => flow.isV4 === isV4);
    const flow = free[randomBelow(this.#random, free.length)];
    flow?.open(PEER_PORT, port, this.#random.int32(), true);
    return flow;
  }

  #open(flow: PeerFlow, specimen: Specimen): void {
    this.#nextPort = this.#nextPort >= 30_000 ? 10_000 : this.#nextPort + 1;
    const hasTimestamps = (this.#flows.indexOf(flow) & 2) !== 0;
    flow.open(this.#nextPort, TCP_PORT, this.#random.int32(), hasTimestamps);
    flow.writeSyn(specimen, SYN_OPTIONS, false);
    flow.age = 0;
  }
}

const ETHERNET = 14;
/** Live frames after which a handshake without an answer is begun anew. */
const PATIENCE = 100;
/** Live frames of one connection: one that a damaged segment has spoilt must not stay for ever. */
const LIFETIME = 1000;

/** Type, code, second word. */
const LIVE_ERRORS_4: readonly [number, number, number][] = [
  [3, 1, 0],
  [3, 3, 0],
  [3, 4, 600],
  [3, 4, 1400],
  [11, 0, 0],
];
const LIVE_ERRORS_6: readonly [number, number, number][] = [
  [1, 0, 0],
  [1, 4, 0],
  [2, 0, 1280],
  [2, 0, 1400],
  [3, 0, 0],
];

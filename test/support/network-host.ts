/** One host whose wire is the test: frames go in as octets and come out in tcpdump's notation. */
import assert from "node:assert/strict";
import { Counters } from "../../src/base/counters.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { MacAddress } from "../../src/base/mac-address.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { IpConfig } from "../../src/ip/config.ts";
import type { IpInterface } from "../../src/ip/interface.ts";
import { OutputOptions } from "../../src/ip/output-options.ts";
import type { Path } from "../../src/ip/path.ts";
import type { PathOptions } from "../../src/ip/path-finder.ts";
import type { IpError, UpperProtocol } from "../../src/ip/upper.ts";
import { type Device, FULL_OFFLOAD, type Offload } from "../../src/link/device.ts";
import { Loopback } from "../../src/link/loopback.ts";
import type { InterfaceConfig } from "../../src/stack/interface-config.ts";
import { Network } from "../../src/stack/network.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { FrameFormatter } from "../../src/wire/pretty.ts";
import type { Ends } from "./frame-builders.ts";

/** A protocol number that nobody uses: its packets have no header of their own. */
export const TEST_PROTOCOL = 253;
export const OUR_MAC: MacAddress = new MacAddress(0x0200, 1);
export const PEER_MAC: MacAddress = new MacAddress(0x0200, 2);

export function ip(text: string): IpAddress {
  const address = IpAddress.parse(text);
  assert.ok(address, `not an address: ${text}`);
  return address;
}

/** The names of one address family in tests that run for both. */
export interface Family {
  readonly name: "IPv4" | "IPv6";
  readonly isV6: boolean;
  readonly ours: IpAddress;
  readonly peer: IpAddress;
  /** On the link, but never known unless a test makes it so. */
  readonly stranger: IpAddress;
  /** Beyond the gateway. */
  readonly far: IpAddress;
  readonly gateway: IpAddress;
  readonly headerLength: number;
  /** The peer's words to us. */
  readonly inward: Ends;
}

function family(isV6: boolean, headerLength: number, addresses: readonly string[]): Family {
  const [ours, peer, stranger, far, gateway] = addresses.map(ip) as [
    IpAddress,
    IpAddress,
    IpAddress,
    IpAddress,
    IpAddress,
  ];
  const inward = { sourceMac: PEER_MAC, destinationMac: OUR_MAC, source: peer, destination: ours };
  const name = isV6 ? "IPv6" : "IPv4";
  return { name, isV6, ours, peer, stranger, far, gateway, headerLength, inward };
}

export const V4: Family = family(false, 20, [
  "10.77.0.1",
  "10.77.0.2",
  "10.77.0.9",
  "192.0.2.7",
  "10.77.0.254",
]);
export const V6: Family = family(true, 40, [
  "fd77::1",
  "fd77::2",
  "fd77::9",
  "2001:db8::7",
  "fd77::fe",
]);
export const FAMILIES: readonly Family[] = [V4, V6];

/** A card that keeps what it is told to send. */
export class WireCard implements Device {
  readonly name = "eth0";
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload = FULL_OFFLOAD;
  readonly frames: Uint8Array[] = [];
  isFull = false;

  constructor(mtu = 1500, medium: "ethernet" | "ip" = "ethernet") {
    this.mtu = mtu;
    this.medium = medium;
    this.macAddress = medium === "ethernet" ? OUR_MAC : null;
  }

  attach(): void {}

  transmit(packet: PacketBuffer): boolean {
    if (this.isFull) return false;
    this.frames.push(packet.bytes.slice(packet.start, packet.end));
    return true;
  }

  receive(): boolean {
    return false;
  }

  pollTimeout(): number {
    return Infinity;
  }

  close(): void {}
}

export interface WireHostOptions {
  readonly config?: InterfaceConfig;
  readonly ip?: Partial<IpConfig>;
  readonly mtu?: number;
  readonly medium?: "ethernet" | "ip";
  readonly seed?: number;
  /** Whether the peer's link address is known from the start; default true. */
  readonly knowsPeer?: boolean;
  readonly now?: number;
  /** Whether frames that the start itself caused are kept for the test to see; default false. */
  readonly keepsFirstFrames?: boolean;
}

/** What an upper protocol was handed. */
export interface Heard {
  readonly octets: Uint8Array;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly iface: string;
  readonly options: Uint8Array;
}

/** Addresses at once, without checks and announcements, unless a test wants them. */
const QUIET: InterfaceConfig = {
  addresses: ["10.77.0.1/24", "fd77::1/64"],
  conflictDetection: "off",
  duplicateAddressDetection: 0,
  linkLocal: false,
};

export class WireHost implements UpperProtocol {
  now: number;
  readonly counters: Counters = new Counters();
  readonly network: Network;
  readonly card: WireCard;
  readonly loopback: Loopback = new Loopback();
  readonly iface: IpInterface;
  readonly lo: IpInterface;
  readonly heard: Heard[] = [];
  readonly errors: IpError[] = [];
  /** What the upper protocol says when asked whether a quoted packet may be in flight. */
  believes = true;
  readonly #formatter: FrameFormatter;

  constructor(options: WireHostOptions = {}) {
    const seed = options.seed ?? 1;
    this.now = options.now ?? 0;
    this.network = new Network({
      counters: this.counters,
      random: new SeededRandom(seed),
      secureRandom: new SeededRandom(seed + 1000),
      ip: options.ip ?? {},
    });
    this.#formatter = new FrameFormatter();
    this.lo = this.#add(this.loopback, { addresses: ["127.0.0.1/8", "::1/128"] });
    this.card = new WireCard(options.mtu, options.medium);
    this.iface = this.#add(this.card, { ...QUIET, ...options.config });
    this.network.setUpper(TEST_PROTOCOL, this);
    this.network.handleTimeout(this.now);
    if (options.knowsPeer ?? true) {
      for (const { peer } of FAMILIES)
        this.network.setNeighbor(this.iface, peer, PEER_MAC, this.now);
    }
    if (options.keepsFirstFrames !== true) this.frames();
  }

  input(packet: PacketBuffer, iface: IpInterface): void {
    const { sourceA, sourceB, sourceC, sourceD, bytes, start, end, networkAt } = packet;
    const { destinationA, destinationB, destinationC, destinationD } = packet;
    const destination = new IpAddress(destinationA, destinationB, destinationC, destinationD);
    const optionsAt = networkAt + (destination.isV4 ? 20 : 40);
    this.heard.push({
      octets: bytes.slice(start, end),
      protocol: packet.protocol,
      source: new IpAddress(sourceA, sourceB, sourceC, sourceD).toString(),
      destination: destination.toString(),
      hopLimit: packet.hopLimit,
      trafficClass: packet.trafficClass,
      iface: iface.name,
      options: bytes.slice(optionsAt, packet.transportAt),
    });
  }

  handleError(error: IpError): void {
    this.errors.push(error);
  }

  isQuotePlausible(): boolean {
    return this.believes;
  }

  /** A frame arrives at the card. */
  inject(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const packet = new PacketBuffer(Math.max(2048, frame.length + 256));
      packet.reset();
      packet.bytes.set(frame, packet.start);
      packet.end = packet.start + frame.length;
      this.network.receive(this.iface, packet, this.now);
    }
    this.turn();
  }

  /** Takes what the loopback holds, and what is due. */
  turn(): void {
    this.network.handleTimeout(this.now);
    while (
      this.loopback.receive(
        (packet) => this.network.receive(this.lo, packet, this.now),
        64,
        this.now,
      )
    );
  }

  /** Lets time pass, with everything that falls due on the way at its own time. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let next = this.network.pollTimeout(); next <= until; next = this.network.pollTimeout()) {
      this.now = Math.max(this.now, next);
      this.turn();
    }
    this.now = until;
    this.turn();
  }

  path(destination: IpAddress, options: Partial<PathOptions> = {}): Path {
    const path = this.network.findPath(
      destination,
      { protocol: TEST_PROTOCOL, ...options },
      this.now,
    );
    if (typeof path === "number") throw new Error(`no path to ${destination}: ${path}`);
    return path;
  }

  /** Sends `length` octets 0, 1, 2 … of the test protocol; 0 or a negative errno. */
  send(
    destination: IpAddress,
    length: number,
    options: Partial<OutputOptions> & { path?: Path } = {},
  ): number {
    const { path: given, ...chosen } = options;
    const path = given ?? this.network.findPath(destination, { protocol: TEST_PROTOCOL }, this.now);
    if (typeof path === "number") return path;
    const packet = new PacketBuffer();
    packet.reset();
    packet.bytes.set(octets(length), packet.start);
    packet.end = packet.start + length;
    const output = Object.assign(new OutputOptions(TEST_PROTOCOL), chosen);
    const result = this.network.output(packet, path, output, this.now);
    this.turn();
    return result;
  }

  /** Frames sent since the last look, as octets. */
  frames(): Uint8Array[] {
    return this.card.frames.splice(0);
  }

  /** The same as tcpdump tells them. */
  sent(): string[] {
    return this.frames().map((frame) => this.tell(frame));
  }

  tell(frame: Uint8Array): string {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    return this.#formatter.format(view, 0, frame.length, this.card.medium);
  }

  /** Reasons for which something was dropped since the last look, with how often. */
  drops(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [reason, count] of this.counters.drops()) {
      const news = count - (this.#seenDrops.get(reason) ?? 0);
      if (news > 0) counts[reason] = news;
      this.#seenDrops.set(reason, count);
    }
    return counts;
  }

  readonly #seenDrops = new Map<string, number>();

  #add(device: Device, config: InterfaceConfig): IpInterface {
    const iface = this.network.addInterface(device, config, this.now);
    if (typeof iface === "number") throw new Error(`addInterface: ${iface}`);
    return iface;
  }
}

/** The octets 0, 1, 2 … modulo 251, so that a piece in the wrong place shows. */
export function octets(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

import type { MacAddress } from "../../src/base/mac-address.ts";
import { type RandomSource, randomBelow } from "../../src/base/random.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  NO_OFFLOAD,
  type Offload,
} from "../../src/link/device.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { corpus, fragmentTrains, HOST_MAC } from "./corpus.ts";
import { faultOfArrival, faultOfDeparture, isToNobody, type Ownership } from "./judge.ts";
import { mutate } from "./mutate.ts";
import { Peer } from "./peer.ts";
import { Specimen } from "./specimen.ts";

/**
 * A network card on a hostile wire. What it delivers is mostly damaged; about each frame it finds
 * out whether it was counted as dropped, and asks a judge whether it had to be. What the host sends
 * is judged too, and shown to the peer.
 */
export class FuzzWire implements Device {
  readonly name = "fuzz";
  readonly medium = "ethernet";
  readonly mtu = 1500;
  readonly macAddress: MacAddress = HOST_MAC;
  readonly offload: Offload = NO_OFFLOAD;
  readonly peer: Peer;
  /** Of the host that the card is in. */
  owns: Ownership = () => false;
  /** Frames handed to the host so far; how many counted as dropped; how many the host sent. */
  delivered = 0;
  dropped = 0;
  sent = 0;
  /** What should not have happened, by kind, with the frame of the first. */
  readonly findings: Map<string, string> = new Map();
  readonly #random: RandomSource;
  readonly #corpus = corpus();
  readonly #trains = fragmentTrains();
  readonly #arriving = new Specimen();
  readonly #leaving = new Specimen();
  readonly #packet = new PacketBuffer();
  /** The fragments under way, and which of them is next. */
  #train: readonly Uint8Array[] = [];
  #trainAt = 0;
  #trainIdentification = 0;
  #owner: DeviceOwner | null = null;
  #allowance = 0;
  #stalledFor = 0;
  #drops = 0;

  constructor(random: RandomSource) {
    this.#random = random;
    this.peer = new Peer(random);
  }

  /** Lets `frames` more come in. */
  allow(frames: number): void {
    this.#allowance += frames;
    this.#owner?.wake();
  }

  /** The host has counted a drop. */
  noteDrop(): void {
    this.#drops++;
  }

  attach(owner: DeviceOwner): void {
    this.#owner = owner;
  }

  transmit(packet: PacketBuffer, _now: number): boolean {
    if (this.#stalledFor > 0) return false;
    const specimen = this.#leaving;
    specimen.bytes.set(packet.bytes.subarray(packet.start, packet.end));
    specimen.length = packet.end - packet.start;
    this.sent++;
    const fault = faultOfDeparture(specimen, this.owns);
    if (fault !== null) this.#find(`sent: ${fault}`, specimen);
    else this.peer.observe(specimen);
    return true;
  }

  receive(sink: FrameSink, budget: number, _now: number): boolean {
    for (let n = 0; n < budget && this.#allowance > 0; n++) {
      this.#allowance--;
      this.#deliver(sink);
    }
    return this.#allowance > 0;
  }

  pollTimeout(): number {
    return this.#allowance > 0 ? 0 : Infinity;
  }

  close(): void {
    this.#allowance = 0;
  }

  #deliver(sink: FrameSink): void {
    const specimen = this.#arriving;
    if (!this.peer.writeAnswer(specimen)) this.#writeFrame(specimen);
    const packet = this.#packet;
    packet.reset(HEADROOMS[this.delivered % HEADROOMS.length]);
    packet.bytes.set(specimen.bytes.subarray(0, specimen.length), packet.start);
    packet.end = packet.start + specimen.length;
    const before = this.#drops;
    sink(packet);
    this.delivered++;
    const wasDropped = this.#drops > before;
    if (wasDropped) this.dropped++;
    else this.#judge(specimen);
    this.#stall();
  }

  /** Nothing was counted: then there must have been nothing to count. */
  #judge(specimen: Specimen): void {
    const fault = faultOfArrival(specimen, this.owns);
    if (fault !== null) this.#find(`taken without a word: ${fault}`, specimen);
    else if (isToNobody(specimen)) this.#find("taken for a port that nobody has", specimen);
  }

  /** Writes some frame, and damages it more often than not. */
  #writeFrame(specimen: Specimen): void {
    const random = this.#random;
    const kind = randomBelow(random, 16);
    const isFragment = kind === 8 || kind === 9;
    if (kind < 7) this.peer.writeLive(specimen);
    else if (kind === 7) this.peer.writeLiveError(specimen);
    else if (isFragment) this.#writeFragment(specimen);
    else specimen.load(this.#any());
    // One damaged fragment spoils its datagram.
    if (randomBelow(random, isFragment ? 2 : 6) === 0) return;
    mutate(specimen, random, this.#any());
    if (random.int32() & 3) specimen.repairChecksums();
  }

  /** The next fragment of a datagram, or the first of another. */
  #writeFragment(specimen: Specimen): void {
    if (this.#trainAt >= this.#train.length) {
      this.#train = this.#trains[randomBelow(this.#random, this.#trains.length)] ?? [];
      this.#trainAt = 0;
      this.#trainIdentification = this.#random.int32();
    }
    specimen.load(this.#train[this.#trainAt++] as Uint8Array);
    const isV4 = specimen.view.getUint16(12) === 0x0800;
    if (isV4) specimen.view.setUint16(V4_IDENTIFICATION, this.#trainIdentification);
    else specimen.view.setInt32(V6_IDENTIFICATION, this.#trainIdentification);
    specimen.repairChecksums();
  }

  #any(): Uint8Array {
    return this.#corpus[randomBelow(this.#random, this.#corpus.length)] as Uint8Array;
  }

  /** Now and then the card has no room for a while, and says so when it has again. */
  #stall(): void {
    if (this.#stalledFor > 0) {
      this.#stalledFor--;
      if (this.#stalledFor === 0) this.#owner?.wake();
    } else if (randomBelow(this.#random, 5000) === 0) {
      this.#stalledFor = 1 + randomBelow(this.#random, 40);
    }
  }

  #find(what: string, specimen: Specimen): void {
    if (this.findings.has(what)) return;
    const octets = specimen.bytes.subarray(0, Math.min(specimen.length, 200));
    this.findings.set(what, Buffer.from(octets).toString("hex"));
  }
}

const V4_IDENTIFICATION = 18;
const V6_IDENTIFICATION = 58;

/** Drivers differ in where they put a frame. */
const HEADROOMS = [192, 194, 178, 206];

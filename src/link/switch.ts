import { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import { ETHERNET_HEADER_LENGTH, isEthernetFrame, isGroupFrame } from "../wire/ethernet.ts";
import { NO_PARTIAL_CHECKSUM, type PacketBuffer } from "../wire/packet-buffer.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  FULL_OFFLOAD,
  type Offload,
} from "./device.ts";
import { DEFAULT_QUEUE_LIMITS, FrameQueue, type FrameQueueLimits } from "./frame-queue.ts";
import { MacTable } from "./mac-table.ts";

export interface SwitchOptions {
  /** Of every port; 1500 unless told. */
  readonly mtu?: number;
  /** Addresses remembered at most; 4096 unless told. */
  readonly tableSize?: number;
  /** How long an address is remembered; 300 s unless told (IEEE 802.1Q §8.8.3). */
  readonly agingMs?: number;
  /** Frames in one port's output queue at most. */
  readonly queuePackets?: number;
  /** Octets of memory one port's output queue may take. */
  readonly queueOctets?: number;
  /** Makes MAC addresses for ports that are given none; without it they are numbered. */
  readonly random?: RandomSource;
}

export interface PortOptions {
  readonly name?: string;
  readonly mac?: MacAddress;
}

/** What a switch has done since it was made, in frames. */
export interface SwitchStats {
  forwarded: number;
  /** Sent to every port because the destination was a group or not known. */
  flooded: number;
  /** Lost because an output queue was full. */
  queueDrops: number;
  /** Shorter than a header, or longer than the MTU. */
  malformed: number;
}

/**
 * A learning Ethernet switch in memory (IEEE 802.1D transparent bridging,
 * without spanning tree). A port is a `Device` to hand to a host. Like a real
 * one it never pushes back: a port whose output queue is full loses the frame.
 */
export class EthernetSwitch {
  readonly stats: SwitchStats = { forwarded: 0, flooded: 0, queueDrops: 0, malformed: 0 };
  readonly #mtu: number;
  readonly #limits: FrameQueueLimits;
  readonly #random: RandomSource | null;
  readonly #table: MacTable;
  /** By port number, so that the table needs no reference; closed ports leave a gap that is used again. */
  readonly #ports: (SwitchPort | null)[] = [];
  #numbered = 0;

  constructor(options: SwitchOptions = {}) {
    this.#mtu = options.mtu ?? DEFAULT_MTU;
    this.#limits = {
      packets: options.queuePackets ?? DEFAULT_QUEUE_LIMITS.packets,
      octets: options.queueOctets ?? DEFAULT_QUEUE_LIMITS.octets,
    };
    this.#random = options.random ?? null;
    this.#table = new MacTable(
      options.tableSize ?? DEFAULT_TABLE_SIZE,
      options.agingMs ?? DEFAULT_AGING_MS,
    );
  }

  /** A new port. Closing the device gives the port back. */
  port(options: PortOptions = {}): Device {
    const gap = this.#ports.indexOf(null);
    const number = gap < 0 ? this.#ports.length : gap;
    const port = new SwitchPort(this, {
      number,
      name: options.name ?? `port${number}`,
      mac: options.mac ?? this.#newMac(),
      mtu: this.#mtu,
      queue: new FrameQueue(this.#limits),
    });
    this.#ports[number] = port;
    return port;
  }

  /** Keeps frames from passing between two of its ports, either way, until the result is called. */
  separate(a: Device, b: Device): () => void {
    if (!(a instanceof SwitchPort) || !(b instanceof SwitchPort)) return () => {};
    // One entry per call: two separations of the same ports end one by one.
    const separation: Separation = { between: [a, b] };
    a.separations = [...a.separations, separation];
    b.separations = [...b.separations, separation];
    return () => {
      a.separations = a.separations.filter((each) => each !== separation);
      b.separations = b.separations.filter((each) => each !== separation);
    };
  }

  /** Told by a port: a frame came in from its host. */
  handleFrame(from: SwitchPort, packet: PacketBuffer, now: number): void {
    const { view, start, end } = packet;
    if (!isEthernetFrame(view, start, end) || this.#isTooLong(packet)) {
      this.stats.malformed++;
      return;
    }
    const sourceHigh = view.getUint16(start + SOURCE);
    // A group address sends nothing: whoever claims it must not teach us.
    if ((sourceHigh & GROUP_BIT) === 0) {
      this.#table.learn(sourceHigh, view.getInt32(start + SOURCE + 2), from.number, now);
    }
    const target = isGroupFrame(view, start)
      ? -1
      : this.#table.find(view.getUint16(start), view.getInt32(start + 2), now);
    const port = target < 0 ? null : (this.#ports[target] ?? null);
    if (port === null) this.#flood(from, packet);
    else if (port !== from) this.#forward(from, port, packet);
  }

  /** Told by a port that its host has closed it. */
  handleClose(port: SwitchPort): void {
    this.#ports[port.number] = null;
    this.#table.forgetPort(port.number);
  }

  #flood(from: SwitchPort, packet: PacketBuffer): void {
    this.stats.flooded++;
    for (const port of this.#ports) {
      if (port !== null && port !== from) this.#forward(from, port, packet);
    }
  }

  #forward(from: SwitchPort, to: SwitchPort, packet: PacketBuffer): void {
    if (to.separations.length > 0 && to.isSeparatedFrom(from)) return;
    if (to.deliver(packet)) this.stats.forwarded++;
    else this.stats.queueDrops++;
  }

  #isTooLong(packet: PacketBuffer): boolean {
    return (
      packet.gsoSize === 0 &&
      packet.end - packet.start > this.#mtu + ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH
    );
  }

  #newMac(): MacAddress {
    this.#numbered++;
    if (this.#random === null) return new MacAddress(NUMBERED_PREFIX, this.#numbered);
    // Locally administered, unicast.
    return new MacAddress((this.#random.int32() & 0xfcff) | 0x0200, this.#random.int32());
  }
}

interface Separation {
  readonly between: readonly SwitchPort[];
}

interface PortParts {
  readonly number: number;
  readonly name: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly queue: FrameQueue;
}

class SwitchPort implements Device {
  readonly number: number;
  readonly name: string;
  readonly medium = "ethernet";
  readonly mtu: number;
  readonly macAddress: MacAddress;
  readonly offload: Offload = FULL_OFFLOAD;
  separations: readonly Separation[] = [];
  readonly #switch: EthernetSwitch;
  readonly #queue: FrameQueue;
  #owner: DeviceOwner | null = null;
  #closed = false;

  constructor(owner: EthernetSwitch, parts: PortParts) {
    this.#switch = owner;
    this.number = parts.number;
    this.name = parts.name;
    this.macAddress = parts.mac;
    this.mtu = parts.mtu;
    this.#queue = parts.queue;
  }

  attach(owner: DeviceOwner): void {
    this.#owner = owner;
    if (this.#queue.length > 0) owner.wake();
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    if (!this.#closed) this.#switch.handleFrame(this, packet, now);
    return true;
  }

  receive(sink: FrameSink, budget: number, _now: number): boolean {
    const queue = this.#queue;
    for (let taken = 0; taken < budget && queue.length > 0; taken++) {
      const frame = queue.shift();
      if (frame.checksumStart !== NO_PARTIAL_CHECKSUM) frame.checksumVerified = true;
      sink(frame);
      queue.release(frame);
    }
    return queue.length > 0;
  }

  pollTimeout(): number {
    return this.#queue.headTime;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.clear();
    this.#switch.handleClose(this);
  }

  isSeparatedFrom(other: SwitchPort): boolean {
    return this.separations.some(({ between }) => between.includes(other));
  }

  /** A frame leaves the switch through this port; false when its queue is full. */
  deliver(packet: PacketBuffer): boolean {
    const wasEmpty = this.#queue.length === 0;
    if (!this.#queue.push(packet, 0)) return false;
    if (wasEmpty) this.#owner?.wake();
    return true;
  }
}

const DEFAULT_MTU = 1500;
const DEFAULT_TABLE_SIZE = 4096;
const DEFAULT_AGING_MS = 300_000;
/** A switch carries tagged frames, 4 octets longer, without looking into the tag. */
const VLAN_TAG_LENGTH = 4;
const NUMBERED_PREFIX = 0x0203;
/** Position of the source address, and the group bit in its first two octets. */
const SOURCE = 6;
const GROUP_BIT = 0x0100;

import type { MacAddress } from "../../src/base/mac-address.ts";
import {
  type Device,
  type DeviceOwner,
  type FrameSink,
  NO_OFFLOAD,
  type Offload,
} from "../../src/link/device.ts";
import type { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { octetsIn } from "./link-packets.ts";

/** An owner that counts how often it was woken. */
export class WakeCounter implements DeviceOwner {
  wakes = 0;

  wake(): void {
    this.wakes++;
  }

  run(): void {
    this.wakes++;
  }
}

/** What was known about a frame when it was seen, with its octets. */
export interface SeenFrame {
  readonly octets: Uint8Array;
  readonly gsoSize: number;
  readonly partial: boolean;
  readonly checksumVerified: boolean;
  readonly now: number;
}

export function seen(packet: PacketBuffer, now = 0): SeenFrame {
  return {
    octets: octetsIn(packet),
    gsoSize: packet.gsoSize,
    partial: packet.checksumStart >= 0,
    checksumVerified: packet.checksumVerified,
    now,
  };
}

/** Everything that waits at a device. */
export function drain(device: Device, now = 0, budget = Infinity): SeenFrame[] {
  const frames: SeenFrame[] = [];
  device.receive((packet) => frames.push(seen(packet, now)), budget, now);
  return frames;
}

/** A network card under the test's control: it notes what it is told to send and delivers what it is given. */
export class FakeDevice implements Device {
  readonly name = "fake";
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  readonly sent: SeenFrame[] = [];
  readonly waiting: PacketBuffer[] = [];
  /** Frames it still takes before it says no. */
  room = Infinity;
  owner: DeviceOwner | null = null;
  closed = false;

  constructor(
    options: {
      medium?: "ethernet" | "ip";
      mtu?: number;
      offload?: Offload;
      mac?: MacAddress;
    } = {},
  ) {
    this.macAddress = options.mac ?? null;
    this.medium = options.medium ?? "ethernet";
    this.mtu = options.mtu ?? 1500;
    this.offload = options.offload ?? NO_OFFLOAD;
  }

  attach(owner: DeviceOwner): void {
    this.owner = owner;
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    if (this.room <= 0) return false;
    this.room--;
    this.sent.push(seen(packet, now));
    return true;
  }

  receive(sink: FrameSink, budget: number, _now: number): boolean {
    for (let i = 0; i < budget && this.waiting.length > 0; i++)
      sink(this.waiting.shift() as PacketBuffer);
    return this.waiting.length > 0;
  }

  pollTimeout(): number {
    return this.waiting.length > 0 ? 0 : Infinity;
  }

  close(): void {
    this.closed = true;
  }
}

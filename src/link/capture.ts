import type { MacAddress } from "../base/mac-address.ts";
import { NO_PARTIAL_CHECKSUM, PacketBuffer } from "../wire/packet-buffer.ts";
import type { Device, DeviceOwner, FrameSink, Offload } from "./device.ts";
import { copyFrame, MAX_FRAME_OCTETS } from "./frame-queue.ts";
import { finishChecksum, Segmenter } from "./segmentation.ts";

/** As tcpdump says it: into the host, out of the host. */
export type CaptureDirection = "in" | "out";

/** Is lent one wire frame, from the link header on. Must not throw: the frame is on its way. */
export type CaptureSink = (frame: PacketBuffer, direction: CaptureDirection, now: number) => void;

/**
 * Shows every frame that passes a device as it would look on a wire: a
 * super-segment is split and a partial checksum finished, in copies. What
 * passes is not touched. Without a sink it costs nothing.
 */
export class Capture implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  /** May be set and taken away at any time. */
  sink: CaptureSink | null;
  readonly #device: Device;
  readonly #segmenter: Segmenter;
  /** Buffers of the capture's own, made on first need. */
  #copy: PacketBuffer | null = null;
  #segment: PacketBuffer | null = null;

  constructor(device: Device, sink: CaptureSink | null) {
    this.name = device.name;
    this.medium = device.medium;
    this.mtu = device.mtu;
    this.macAddress = device.macAddress;
    this.offload = device.offload;
    this.sink = sink;
    this.#device = device;
    this.#segmenter = new Segmenter(device.medium);
  }

  attach(owner: DeviceOwner): void {
    this.#device.attach(owner);
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    if (this.sink === null || packet.end - packet.start > MAX_FRAME_OCTETS)
      return this.#device.transmit(packet, now);
    // Before, since the device may work on the packet; shown after, since it may refuse it.
    const copy = this.#copyOf(packet);
    if (!this.#device.transmit(packet, now)) return false;
    this.#show(copy, "out", now);
    return true;
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    if (this.sink === null) return this.#device.receive(sink, budget, now);
    const show = (packet: PacketBuffer): void => {
      const isWireFrame = packet.gsoSize === 0 && packet.checksumStart === NO_PARTIAL_CHECKSUM;
      if (isWireFrame) this.sink?.(packet, "in", now);
      else if (packet.end - packet.start <= MAX_FRAME_OCTETS)
        this.#show(this.#copyOf(packet), "in", now);
      sink(packet);
    };
    return this.#device.receive(show, budget, now);
  }

  pollTimeout(): number {
    return this.#device.pollTimeout();
  }

  close(): void {
    this.#device.close();
  }

  #copyOf(packet: PacketBuffer): PacketBuffer {
    this.#copy ??= new PacketBuffer();
    copyFrame(packet, this.#copy);
    return this.#copy;
  }

  #show(copy: PacketBuffer, direction: CaptureDirection, now: number): void {
    if (copy.gsoSize === 0 || !this.#segmenter.begin(copy)) {
      copy.gsoSize = 0;
      finishChecksum(copy);
      this.sink?.(copy, direction, now);
      return;
    }
    this.#segment ??= new PacketBuffer();
    while (this.#segmenter.next(this.#segment)) this.sink?.(this.#segment, direction, now);
  }
}

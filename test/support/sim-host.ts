import type { Runtime } from "../../src/api/runtime.ts";
import type { MacAddress } from "../../src/base/mac-address.ts";
import type { Device, DeviceOwner } from "../../src/link/device.ts";
import type { PacketBuffer } from "../../src/wire/packet-buffer.ts";

/**
 * The least that owns a device as a host does: it takes a turn when woken, and
 * again when the device says so. What arrives goes to `handle`.
 */
export class SimHost implements DeviceOwner {
  readonly runtime: Runtime;
  readonly device: Device;
  turns = 0;
  readonly #handle: (packet: PacketBuffer) => void;
  #cancel: (() => void) | null = null;
  #scheduledAt = Infinity;

  constructor(runtime: Runtime, device: Device, handle: (packet: PacketBuffer) => void) {
    this.runtime = runtime;
    this.device = device;
    this.#handle = handle;
    device.attach(this);
  }

  get mac(): MacAddress {
    if (this.device.macAddress === null) throw new Error("no Ethernet device");
    return this.device.macAddress;
  }

  wake(): void {
    this.#scheduleAt(this.runtime.now());
  }

  run(): void {
    this.#turn();
  }

  #turn(): void {
    this.turns++;
    this.#cancel = null;
    this.#scheduledAt = Infinity;
    const now = this.runtime.now();
    const more = this.device.receive(this.#handle, 64, now);
    this.#scheduleAt(more ? now : this.device.pollTimeout());
  }

  #scheduleAt(at: number): void {
    if (at >= this.#scheduledAt) return;
    this.#cancel?.();
    this.#scheduledAt = at;
    this.#cancel = this.runtime.schedule(() => this.#turn(), at);
  }
}

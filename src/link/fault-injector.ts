import type { MacAddress } from "../base/mac-address.ts";
import type { RandomSource } from "../base/random.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { Device, DeviceOwner, FrameSink, Offload } from "./device.ts";
import { FaultLane } from "./fault-lane.ts";
import type { FrameQueueLimits } from "./frame-queue.ts";
import type { LinkDirection, LinkRules, LinkStats, PacketRule } from "./link-rules.ts";

export interface FaultRules {
  /** For the directions that have no rules of their own. Each direction throws its own dice. */
  readonly both?: LinkRules;
  readonly transmit?: LinkRules;
  readonly receive?: LinkRules;
  /** Memory for the frames under way, per direction and twice that if they are reordered; 32 MiB unless told. */
  readonly memory?: FrameQueueLimits;
}

/**
 * A bad network in front of a good device: loss, corruption, duplication,
 * delay, reordering, a slow line, a small MTU, and rules of one's own.
 *
 * What is delayed on its way out is sent by the owner's next turn after its
 * time: `pollTimeout` says when. Without rules it is as if it were not there.
 */
export class FaultInjector implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  readonly #device: Device;
  readonly #out: FaultLane;
  readonly #in: FaultLane;
  #owner: DeviceOwner | null = null;
  /** The sink and the time of the call now under way. */
  #sink: FrameSink | null = null;
  #now = 0;
  readonly #handleFrame = (packet: PacketBuffer): void => this.#in.accept(packet, this.#now);

  constructor(device: Device, rules: FaultRules, random: RandomSource) {
    this.name = device.name;
    this.medium = device.medium;
    this.mtu = device.mtu;
    this.macAddress = device.macAddress;
    this.offload = device.offload;
    this.#device = device;
    const common = { medium: device.medium, random, limits: rules.memory ?? DEFAULT_MEMORY };
    this.#out = new FaultLane({
      ...common,
      direction: "transmit",
      rules: rules.transmit ?? rules.both,
      outlet: (frame) => device.transmit(frame, this.#now),
    });
    this.#in = new FaultLane({
      ...common,
      direction: "receive",
      rules: rules.receive ?? rules.both,
      outlet: (frame) => {
        this.#sink?.(frame);
        return true;
      },
    });
  }

  /** Replaces the rules of one direction; none ends them. Frames under way stay under way. */
  setRules(direction: LinkDirection, rules?: LinkRules): void {
    this.#lane(direction).setRules(rules);
  }

  /** Adds a rule after those there are; the result takes it away again. */
  install(rule: PacketRule, direction: LinkDirection | "both" = "both"): () => void {
    const removals: (() => void)[] = [];
    if (direction !== "receive") removals.push(this.#out.install(rule));
    if (direction !== "transmit") removals.push(this.#in.install(rule));
    return () => {
      for (const remove of removals) remove();
    };
  }

  stats(direction: LinkDirection): LinkStats {
    return this.#lane(direction).stats;
  }

  attach(owner: DeviceOwner): void {
    this.#owner = owner;
    this.#device.attach(owner);
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    const out = this.#out;
    if (out.isIdle) return this.#device.transmit(packet, now);
    this.#now = now;
    out.flush(now, Infinity);
    // The device is full, and what waits for it goes first.
    if (out.isBlocked) return false;
    const before = out.headTime;
    out.accept(packet, now);
    if (out.headTime < before) this.#owner?.wake();
    return true;
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    this.#now = now;
    if (!this.#out.isIdle) this.#out.flush(now, Infinity);
    if (this.#in.isIdle) return this.#device.receive(sink, budget, now);
    this.#sink = sink;
    // First what came earlier.
    const count = this.#in.flush(now, budget);
    const more = count < budget && this.#device.receive(this.#handleFrame, budget - count, now);
    this.#sink = null;
    return more || count === budget || this.#in.headTime <= now;
  }

  pollTimeout(): number {
    return Math.min(this.#device.pollTimeout(), this.#out.headTime, this.#in.headTime);
  }

  close(): void {
    this.#out.clear();
    this.#in.clear();
    this.#device.close();
  }

  #lane(direction: LinkDirection): FaultLane {
    return direction === "transmit" ? this.#out : this.#in;
  }
}

const DEFAULT_MEMORY: FrameQueueLimits = { packets: 65_536, octets: 32 * 1024 * 1024 };

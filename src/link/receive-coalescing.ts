import type { MacAddress } from "../base/mac-address.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import { CoalescedFlow, type DataSegment, parseDataSegment } from "./coalesced-flow.ts";
import type { Device, DeviceOwner, FrameSink, Offload } from "./device.ts";
import { locateTcp, type TcpLocation } from "./segmentation.ts";

/**
 * Joins consecutive TCP data segments that arrive in one batch into one
 * super-segment (generic receive offload), so that the stack's work is per
 * batch and not per frame. By Linux's rules: nothing is joined that the
 * sender could not have sent as one, so splitting again gives the same segments.
 *
 * A frame is never held beyond the call to `receive` that it came in, and
 * frames of one flow keep their order.
 */
export class ReceiveCoalescing implements Device {
  readonly name: string;
  readonly medium: "ethernet" | "ip";
  readonly mtu: number;
  readonly macAddress: MacAddress | null;
  readonly offload: Offload;
  readonly #device: Device;
  readonly #flows: readonly CoalescedFlow[] = Array.from(
    { length: FLOWS },
    () => new CoalescedFlow(),
  );
  readonly #location: TcpLocation = { networkAt: 0, transportAt: 0, endAt: 0 };
  readonly #segment: DataSegment = { networkAt: 0, transportAt: 0, payloadAt: 0, endAt: 0 };
  /** Flows that hold something now. */
  #held = 0;
  /** The next flow to give way when another needs its place. */
  #victim = 0;
  #sink: FrameSink | null = null;
  readonly #handleFrame = (packet: PacketBuffer): void => this.#handle(packet);

  constructor(device: Device) {
    this.name = device.name;
    this.medium = device.medium;
    this.mtu = device.mtu;
    this.macAddress = device.macAddress;
    this.offload = device.offload;
    this.#device = device;
  }

  attach(owner: DeviceOwner): void {
    this.#device.attach(owner);
  }

  transmit(packet: PacketBuffer, now: number): boolean {
    return this.#device.transmit(packet, now);
  }

  receive(sink: FrameSink, budget: number, now: number): boolean {
    this.#sink = sink;
    const more = this.#device.receive(this.#handleFrame, budget, now);
    if (this.#held > 0) for (const flow of this.#flows) this.#flush(flow);
    this.#sink = null;
    return more;
  }

  pollTimeout(): number {
    return this.#device.pollTimeout();
  }

  close(): void {
    this.#device.close();
  }

  #handle(packet: PacketBuffer): void {
    if (!locateTcp(packet, this.medium, this.#location)) {
      this.#sink?.(packet);
      return;
    }
    const { networkAt, transportAt } = this.#location;
    const flow = this.#held === 0 ? undefined : this.#flowOf(packet, networkAt, transportAt);
    const isData = parseDataSegment(packet, this.#location, this.#segment);
    if (flow !== undefined) {
      if (isData && flow.append(packet, this.#segment)) {
        if (flow.isComplete) this.#flush(flow);
        return;
      }
      this.#flush(flow);
    }
    if (isData) this.#hold(packet);
    else this.#sink?.(packet);
  }

  #flowOf(packet: PacketBuffer, networkAt: number, transportAt: number): CoalescedFlow | undefined {
    for (const flow of this.#flows)
      if (flow.isSameFlow(packet, networkAt, transportAt)) return flow;
    return undefined;
  }

  /** Keeps the packet as the first of a run, or passes it on when nothing may follow it. */
  #hold(packet: PacketBuffer): void {
    let place = this.#flows.find((flow) => !flow.isHeld);
    if (place === undefined) {
      place = this.#flows[this.#victim] as CoalescedFlow;
      this.#victim = (this.#victim + 1) % FLOWS;
      this.#flush(place);
    }
    if (!place.begin(packet, this.#segment)) {
      this.#sink?.(packet);
      return;
    }
    this.#held++;
  }

  #flush(flow: CoalescedFlow): void {
    if (!flow.isHeld) return;
    this.#held--;
    this.#sink?.(flow.take());
  }
}

/** Runs of so many flows are followed at once: more are seldom interleaved in one batch, and each costs 64 KB. */
const FLOWS = 4;

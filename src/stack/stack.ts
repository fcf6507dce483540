import { Counters } from "../base/counters.ts";
import type { RandomSource } from "../base/random.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { Device, DeviceOwner, FrameSink } from "../link/device.ts";
import { Loopback } from "../link/loopback.ts";
import { OffloadEdge } from "../link/offload-edge.ts";
import { TransmitQueue } from "../link/transmit-queue.ts";
import { DEFAULT_TCP_CONFIG, type TcpConfig } from "../tcp/config.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { PacketBuffer } from "../wire/packet-buffer.ts";
import type { InterfaceConfig } from "./interface-config.ts";
import { Network } from "./network.ts";
import { PingLayer } from "./ping-layer.ts";
import { TcpLayer } from "./tcp-layer.ts";
import { UdpLayer } from "./udp-layer.ts";

export interface StackOptions {
  readonly random: RandomSource;
  readonly secureRandom: RandomSource;
  readonly tcp: Partial<TcpConfig>;
  /** Who takes the turns. */
  readonly owner: DeviceOwner;
}

/** Frames taken from one device before transport answers; a batch is acknowledged once. */
const RECEIVE_BATCH = 16;
/** Batches of all devices in one turn, so that a flood cannot hold the event loop. */
const BATCHES_PER_TURN = 4;

/** A card with what stands around it inside the stack. */
interface Port {
  readonly iface: IpInterface;
  readonly device: TransmitQueue;
  readonly sink: FrameSink;
}

/**
 * The protocol stack of one host: devices below, transport above, nothing that
 * waits in between. `turn` does all there is to do at `now`; `pollTimeout`
 * says when there will be more.
 */
export class Stack {
  readonly counters: Counters = new Counters();
  readonly network: Network;
  readonly tcp: TcpLayer;
  readonly udp: UdpLayer;
  readonly ping: PingLayer;
  readonly #owner: DeviceOwner;
  readonly #ports: Port[] = [];

  constructor(options: StackOptions, now: number) {
    const { random, secureRandom, owner } = options;
    const { counters } = this;
    this.#owner = owner;
    this.network = new Network({ counters, random, secureRandom });
    const config = { ...DEFAULT_TCP_CONFIG, ...options.tcp };
    const shared = { network: this.network, counters, random, secureRandom, wake: owner.wake };
    this.tcp = new TcpLayer({
      ...shared,
      config,
      isBacklogged: (iface) => this.#isBacklogged(iface),
    });
    this.udp = new UdpLayer(shared);
    this.ping = new PingLayer(shared);
    this.network.setUpper(IpProtocol.TCP, this.tcp);
    this.network.setUpper(IpProtocol.UDP, this.udp);
    this.addInterface(new Loopback(), { addresses: ["127.0.0.1/8", "::1/128"] }, now);
  }

  /** Puts a card in. Returns its interface, or a negative errno for a bad configuration. */
  addInterface(device: Device, config: InterfaceConfig, now: number): IpInterface | number {
    const isWhole = device.offload.segmentation && device.offload.checksum;
    const edge = isWhole ? device : new OffloadEdge(device);
    const queue = new TransmitQueue(edge);
    const iface = this.network.addInterface(queue, config, now);
    if (typeof iface === "number") return iface;
    const sink = (packet: PacketBuffer): void => this.network.receive(iface, packet, this.#now);
    this.#ports.push({ iface, device: queue, sink });
    queue.attach(this.#owner);
    return iface;
  }

  removeInterface(iface: IpInterface, now: number): void {
    const index = this.#ports.findIndex((port) => port.iface === iface);
    if (index < 0) return;
    const [port] = this.#ports.splice(index, 1);
    this.network.removeInterface(iface, now);
    port?.device.close();
  }

  /** Interfaces in order of their index, loopback first. */
  get interfaces(): IpInterface[] {
    return this.#ports.map((port) => port.iface);
  }

  #now = 0;

  /** Does what there is to do at `now`. True when work is left that needs no event to go on. */
  turn(now: number): boolean {
    this.#now = now;
    let isMore = this.#receive(now);
    for (let batch = 1; isMore && batch < BATCHES_PER_TURN; batch++) {
      this.tcp.flush(now);
      isMore = this.#receive(now);
    }
    // What has arrived counts before what is late: after a sleep the answer may have been waiting
    // in the device all along.
    this.network.handleTimeout(now);
    this.tcp.handleTimeout(now);
    this.tcp.flush(now);
    this.udp.flush(now);
    this.ping.flush(now);
    return isMore || this.tcp.hasWork;
  }

  /** When `turn` is next needed if nothing wakes the host before. */
  pollTimeout(): number {
    let next = Math.min(this.network.pollTimeout(), this.tcp.pollTimeout());
    for (const { device } of this.#ports) next = Math.min(next, device.pollTimeout());
    return next;
  }

  /** Resets what connections are left, sends that, and takes the devices down. */
  close(now: number): void {
    this.tcp.abortAll();
    this.tcp.flush(now);
    for (const { device } of this.#ports.splice(0)) device.close();
  }

  /** One batch of each device. Whether more may be waiting. */
  #receive(now: number): boolean {
    let isMore = false;
    for (const { device, sink } of this.#ports) {
      if (device.isBacklogged) device.drain(now);
      if (device.receive(sink, RECEIVE_BATCH, now)) isMore = true;
    }
    return isMore;
  }

  #isBacklogged(iface: IpInterface): boolean {
    for (const port of this.#ports) if (port.iface === iface) return port.device.isBacklogged;
    return false;
  }
}

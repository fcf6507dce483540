import type { IpInterface } from "../ip/interface.ts";
import { OutputOptions } from "../ip/output-options.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { PacketBuffer } from "../wire/packet-buffer.ts";
import type { Network } from "./network.ts";
import type { TcpFlow } from "./tcp-flow.ts";
import { TimerQueue } from "./timer-queue.ts";

export interface FlowSchedulerOptions {
  readonly network: Network;
  /** Asks for a turn of the stack. */
  readonly wake: () => void;
  /** Whether the interface's device is full: nothing should be built for it now. */
  readonly isBacklogged: (iface: IpInterface) => boolean;
  /** `flow` was served; `events` (`TcpEvent` bits, or none) happened to its connection since the last time. */
  readonly served: (flow: TcpFlow, events: number) => void;
}

/** Segments (super-segments) one connection may send before the others have their turn. */
const SEGMENTS_PER_SERVICE = 16;

/**
 * Decides when a connection is served. Whatever touches one (a segment, a
 * deadline, a call) puts it on a list; `flush` serves the list: sends what the
 * connection has to send, reports its events, notes its deadline. Nothing is
 * sent while segments are still being taken in, so that one acknowledgment
 * answers a whole batch (MUST-58, MUST-59).
 */
export class FlowScheduler {
  readonly #options: FlowSchedulerOptions;
  readonly #timers = new TimerQueue<TcpFlow>();
  readonly #packet = new PacketBuffer();
  readonly #output = new OutputOptions(IpProtocol.TCP);
  #touched: TcpFlow[] = [];
  #serving: TcpFlow[] = [];
  /** Flows whose device was full. They go on when it has room. */
  #parked: TcpFlow[] = [];

  constructor(options: FlowSchedulerOptions) {
    this.#options = options;
  }

  touch(flow: TcpFlow): void {
    if (flow.isTouched) return;
    flow.isTouched = true;
    this.#touched.push(flow);
    this.#options.wake();
  }

  /** Forgets a flow: it is off the clock, and a list that still has it passes it over. */
  drop(flow: TcpFlow): void {
    flow.isGone = true;
    this.#timers.delete(flow);
  }

  handleTimeout(now: number): void {
    const timers = this.#timers;
    for (let flow = timers.popExpired(now); flow !== null; flow = timers.popExpired(now)) {
      const deadline = flow.connection.pollTimeout();
      if (deadline <= now) {
        flow.connection.handleTimeout(now);
        this.touch(flow);
      } else timers.set(flow, deadline);
    }
  }

  /** The next deadline of any connection; at times an early guess, never a late one. */
  pollTimeout(): number {
    return this.#timers.next;
  }

  /** Whether connections wait that had more to send than one turn takes. A full device wakes the host by itself. */
  get hasWork(): boolean {
    return this.#touched.length > 0;
  }

  flush(now: number): void {
    if (this.#parked.length > 0) this.#unpark();
    const serving = this.#touched;
    this.#touched = this.#serving;
    this.#serving = serving;
    let count = 0;
    try {
      while (count < serving.length) {
        const flow = serving[count++] as TcpFlow;
        flow.isTouched = false;
        this.#serve(flow, now);
      }
    } finally {
      // Somebody who was told may have thrown: the others keep their turn.
      for (; count < serving.length; count++) this.#touched.push(serving[count] as TcpFlow);
      serving.length = 0;
    }
  }

  #serve(flow: TcpFlow, now: number): void {
    if (flow.isGone) return;
    const { connection } = flow;
    if (connection.wantsTransmit) this.#transmit(flow, now);
    const events = connection.takeEvents();
    // First, since whoever is told may drop the flow, or throw.
    this.#timers.set(flow, connection.pollTimeout());
    this.#options.served(flow, events);
  }

  #transmit(flow: TcpFlow, now: number): void {
    const { connection, path } = flow;
    const { network, isBacklogged } = this.#options;
    const packet = this.#packet;
    const output = this.#output;
    const { settings } = connection;
    for (let count = 0; connection.wantsTransmit; count++) {
      if (isBacklogged(path.iface)) return this.#park(flow);
      if (count === SEGMENTS_PER_SERVICE) return this.touch(flow);
      packet.reset();
      if (!connection.pollTransmit(packet, now)) return;
      output.hopLimit = settings.hopLimit;
      output.trafficClass = settings.trafficClass;
      const result = network.output(packet, path, output, now);
      if (result < 0) connection.handleSoftError(-result);
    }
  }

  #park(flow: TcpFlow): void {
    if (flow.isParked) return;
    flow.isParked = true;
    this.#parked.push(flow);
  }

  #unpark(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const flow of parked) {
      if (this.#options.isBacklogged(flow.path.iface)) this.#parked.push(flow);
      else {
        flow.isParked = false;
        this.touch(flow);
      }
    }
  }
}

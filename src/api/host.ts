import { Errno } from "../base/errno.ts";
import type { Observer } from "../base/observer.ts";
import type { IpInterface } from "../ip/interface.ts";
import type { Device } from "../link/device.ts";
import { Process } from "../socket/process.ts";
import type { InterfaceConfig } from "../stack/interface-config.ts";
import { Stack } from "../stack/stack.ts";
import type { TcpConfig } from "../tcp/config.ts";
import { type NetstatRow, netstat } from "./netstat.ts";
import { ObserverGroup } from "./observer-group.ts";
import { PromiseSockets } from "./promise-sockets.ts";
import { type Runtime, webRuntime } from "./runtime.ts";
import { SystemError } from "./system-error.ts";

export interface HostOptions {
  /** For people; default "netloom". */
  readonly name?: string;
  /** Time, wake-ups and randomness; default `webRuntime()`. */
  readonly runtime?: Runtime;
  readonly tcp?: Partial<TcpConfig>;
}

/**
 * One host: one stack, one world of descriptors. Everything hangs off it, and
 * two of them in one process know nothing of each other.
 *
 * The host is the driver of a stack that never waits: it takes a *turn* when a
 * device wakes it, when a call left something to send, and when a deadline has
 * come.
 */
export class Host {
  readonly name: string;
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** The system calls, as promises. */
  readonly sockets: PromiseSockets;
  readonly #process: Process;
  readonly #observers = new ObserverGroup((error) => this.#raise(error));
  #inTurn = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: (() => void) | null = null;
  #closed = false;

  constructor(options: HostOptions = {}) {
    this.name = options.name ?? "netloom";
    this.runtime = options.runtime ?? webRuntime();
    const { random, secureRandom } = this.runtime;
    const owner = { wake: () => this.wake(), run: () => this.#run() };
    const tcp = options.tcp ?? {};
    this.stack = new Stack({ random, secureRandom, tcp, owner }, this.runtime.now());
    this.#process = new Process(this.stack);
    this.sockets = new PromiseSockets(this.#process, this.runtime);
  }

  /**
   * Puts a network card into the host. It is up at once; an IPv6 address can
   * be used when duplicate address detection is over (`ready`).
   *
   * @throws SystemError EINVAL for a malformed address, EEXIST for a name that is taken.
   */
  addInterface(device: Device, config: InterfaceConfig = {}): IpInterface {
    const added = this.stack.addInterface(device, config, this.runtime.now());
    if (typeof added === "number") throw new SystemError(-added, "addInterface");
    this.wake();
    return added;
  }

  removeInterface(iface: IpInterface): void {
    this.stack.removeInterface(iface, this.runtime.now());
    this.wake();
  }

  /** Resolves when every address can be used. Rejects with EADDRINUSE when one turned out to be somebody else's. */
  async ready(): Promise<void> {
    const { network } = this.stack;
    while (!network.isReady()) {
      await this.#delay(READY_POLL_MS);
      if (this.#closed) throw new SystemError(Errno.ENETDOWN, "ready");
    }
    const duplicate = network.duplicateAddress();
    if (duplicate !== null) {
      throw new SystemError(Errno.EADDRINUSE, "ready", { address: duplicate.toString() });
    }
  }

  /** Lets `observer` hear what the stack reports; several may listen. Returns what ends it. */
  observe(observer: Observer): () => void {
    const { counters } = this.stack;
    const remove = this.#observers.add(observer);
    counters.observer = this.#observers.current;
    return () => {
      remove();
      counters.observer = this.#observers.current;
    };
  }

  /** A snapshot of all sockets, as `netstat -ano` shows them. */
  netstat(): NetstatRow[] {
    return netstat(this.stack, this.runtime.now());
  }

  /**
   * Closes every descriptor, so that connections end with FIN; waits until
   * they are gone or `timeoutMs` has passed; then resets what is left and
   * takes the devices down. TIME-WAIT is not waited for.
   */
  async close(timeoutMs = 2000): Promise<void> {
    if (this.#closed) return;
    this.#process.exit(this.runtime.now());
    this.wake();
    const deadline = this.runtime.now() + timeoutMs;
    while (this.stack.tcp.hasOpenFlows && this.runtime.now() < deadline) {
      await this.#delay(CLOSE_POLL_MS);
    }
    this.stack.close(this.runtime.now());
    this.#closed = true;
    this.#cancelWake?.();
  }

  /** Asks for a turn soon. Cheap to call often. */
  wake(): void {
    if (!this.#inTurn) this.#scheduleTurn(Number.NEGATIVE_INFINITY);
  }

  /** Takes a turn now, unless one is being taken. */
  #run(): void {
    if (this.#inTurn || this.#closed) return;
    this.#inTurn = true;
    // Holds too when an observer or a waiter throws: the error is its own, the others go on.
    let again = true;
    try {
      again = this.stack.turn(this.runtime.now());
    } finally {
      this.#inTurn = false;
      this.#scheduleTurn(again ? Number.NEGATIVE_INFINITY : this.stack.pollTimeout());
    }
  }

  /** One wake-up is pending at most; an earlier one serves for a later wish, since a turn too many is harmless. */
  #scheduleTurn(at: number): void {
    if (this.#closed || at >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    this.#cancelWake = this.runtime.schedule(this.#onWake, at);
  }

  readonly #onWake = (): void => {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#cancelWake = null;
    this.#run();
  };

  /** Lets `error` come up on its own, as one of the application, when the stack is done. */
  #raise(error: unknown): void {
    const rethrow = (): void => {
      throw error;
    };
    this.runtime.schedule(rethrow, Number.NEGATIVE_INFINITY);
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.runtime.schedule(resolve, this.runtime.now() + ms);
    });
  }
}

const READY_POLL_MS = 10;
const CLOSE_POLL_MS = 5;

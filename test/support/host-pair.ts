/** Two hosts at the ends of a cable with faults, in virtual time, and streams between them. */
import assert from "node:assert/strict";
import { Host } from "../../src/api/host.ts";
import type { Runtime } from "../../src/api/runtime.ts";
import { errnoName } from "../../src/base/errno.ts";
import type { FaultInjector } from "../../src/link/fault-injector.ts";
import type { LinkRules } from "../../src/link/link-rules.ts";
import { SimNetwork } from "../../src/sim/sim-network.ts";
import * as c from "../../src/socket/constants.ts";
import { Process } from "../../src/socket/process.ts";
import { StreamSocket } from "../../src/socket/stream-socket.ts";
import type { TcpConfig } from "../../src/tcp/config.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { name as parseName } from "./socket-world.ts";

export type Family = "v4" | "v6";
export const FAMILIES: readonly Family[] = ["v4", "v6"];

export interface HostPairOptions {
  readonly seed: number;
  /** Of both directions; each end applies them to what arrives. */
  readonly rules?: LinkRules;
  readonly mtu?: number;
  readonly tcp?: Partial<TcpConfig>;
  /** Puts another clock between a host and the network's. */
  readonly runtime?: (runtime: Runtime, name: "a" | "b") => Runtime;
}

/** One of the two hosts, and its card. */
export class Side {
  readonly host: Host;
  readonly calls: Process;
  readonly device: FaultInjector;
  /** Turns asked of the runtime. */
  turns = 0;

  constructor(name: "a" | "b", device: FaultInjector, runtime: Runtime, tcp: Partial<TcpConfig>) {
    this.device = device;
    const counting: Runtime = {
      ...runtime,
      now: () => runtime.now(),
      schedule: (task, at) =>
        runtime.schedule(() => {
          this.turns++;
          task();
        }, at),
    };
    this.host = new Host({ name, runtime: counting, tcp });
    this.calls = new Process(this.host.stack, { maxDescriptors: 1 << 16 });
    const last = name === "a" ? 1 : 2;
    const addresses = [`10.0.0.${last}/24`, `fd00::${last}/64`];
    this.host.addInterface(device, { addresses, duplicateAddressDetection: 0, linkLocal: false });
  }

  get now(): number {
    return this.host.runtime.now();
  }

  /** Every connection in any state. */
  get flowCount(): number {
    return [...this.host.stack.tcp.flows()].length;
  }

  /** A stream socket, bound to `localPort` unless that is 0. */
  socket(family: Family, localPort = 0): number {
    const fd = this.calls.socket(family === "v4" ? c.AF_INET : c.AF_INET6, c.SOCK_STREAM, 0);
    const local = `${family === "v4" ? "0.0.0.0" : "[::]"}:${localPort}`;
    if (localPort > 0) assert.equal(this.calls.bind(fd, parseName(local), this.now), 0);
    return fd;
  }

  /** A dual-stack listener. */
  listen(port: number, backlog = 4096): number {
    const fd = this.calls.socket(c.AF_INET6, c.SOCK_STREAM, 0);
    // Connections of an earlier listener may still be there.
    this.calls.setsockopt(fd, c.SOL_SOCKET, c.SO_REUSEADDR, 1, this.now);
    assert.equal(this.calls.bind(fd, parseName(`[::]:${port}`), this.now), 0);
    assert.equal(this.calls.listen(fd, backlog, this.now), 0);
    return fd;
  }
}

export class HostPair {
  readonly net: SimNetwork;
  readonly a: Side;
  readonly b: Side;

  constructor(options: HostPairOptions) {
    const { seed, rules, mtu, tcp = {}, runtime = (given: Runtime) => given } = options;
    this.net = new SimNetwork({ seed });
    const devices = this.net.cable({ ...(rules && { rules }), ...(mtu && { mtu }) });
    const side = (name: "a" | "b", device: FaultInjector): Side =>
      new Side(name, device, runtime(this.net.runtime(name), name), tcp);
    this.a = side("a", devices[0]);
    this.b = side("b", devices[1]);
  }

  /** Lets `ms` of the network's time pass. */
  pass(ms: number): void {
    this.net.runSync({ forMs: ms });
  }

  /** Lets time pass until `isDone`; fails the test after `limitMs`. Returns how long it took. */
  until(isDone: () => boolean, limitMs: number, stepMs = 10): number {
    const start = this.net.now;
    while (!isDone()) {
      assert.ok(this.net.now - start < limitMs, `not done after ${limitMs} ms of virtual time`);
      this.pass(stepMs);
    }
    return this.net.now - start;
  }

  /** A connection from a to a listener of b: a's end and b's. */
  connect(family: Family, { port = 80, localPort = 0 }: ConnectOptions = {}): [Stream, Stream] {
    const { a, b } = this;
    const listener = b.listen(port);
    const client = a.socket(family, localPort);
    const target = parseName(`${family === "v4" ? "10.0.0.2" : "[fd00::2]"}:${port}`);
    assert.equal(errnoName(a.calls.connect(client, target, a.now)), "EINPROGRESS");
    this.until(() => a.calls.finishConnect(client, a.now) === 0, HANDSHAKE_MS);
    let server = -1;
    this.until(() => {
      server = b.calls.accept(listener, 0, null, b.now);
      return server > 0;
    }, HANDSHAKE_MS);
    b.calls.close(listener, b.now);
    return [new Stream(a, client), new Stream(b, server)];
  }
}

/** Enough for every SYN to be lost a few times. */
const HANDSHAKE_MS = 200_000;

export interface ConnectOptions {
  readonly port?: number;
  /** 0: any. */
  readonly localPort?: number;
}

/** One end of a connection, with the calls that never wait. */
export class Stream {
  readonly side: Side;
  readonly fd: number;

  constructor(side: Side, fd: number) {
    this.side = side;
    this.fd = fd;
  }

  get connection(): TcpConnection {
    const socket = this.side.calls.socketAt(this.fd);
    assert.ok(socket instanceof StreamSocket && socket.connection !== null);
    return socket.connection;
  }

  write(bytes: Uint8Array): number {
    return this.side.calls.write(this.fd, bytes, this.side.now);
  }

  read(into: Uint8Array): number {
    return this.side.calls.read(this.fd, into, this.side.now);
  }

  /** What `read` gives, as text; the name of the error, or "" at the end. */
  readText(): string {
    const into = new Uint8Array(1000);
    const octets = this.read(into);
    return octets < 0 ? errnoName(octets) : new TextDecoder().decode(into.subarray(0, octets));
  }

  set(level: number, option: number, value: Parameters<Process["setsockopt"]>[3]): void {
    assert.equal(this.side.calls.setsockopt(this.fd, level, option, value, this.side.now), 0);
  }

  shutdown(how: number = c.SHUT_WR): void {
    assert.equal(this.side.calls.shutdown(this.fd, how, this.side.now), 0);
  }

  close(): void {
    assert.equal(this.side.calls.close(this.fd, this.side.now), 0);
  }

  /** Calls `handle` whenever the descriptor may be ready; never from within itself. */
  whenReady(interest: number, handle: () => void): void {
    let isBusy = false;
    const handleReady = (): void => {
      if (isBusy) return;
      isBusy = true;
      handle();
      isBusy = false;
    };
    this.side.calls.description(this.fd)?.waiters.add({ interest, handleReady });
  }
}

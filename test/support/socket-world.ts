import assert from "node:assert/strict";
import { Host } from "../../src/api/host.ts";
import type { PromiseSockets } from "../../src/api/promise-sockets.ts";
import { SystemError } from "../../src/api/system-error.ts";
import { Errno, type ErrnoName, errnoName } from "../../src/base/errno.ts";
import { type CableOptions, cable } from "../../src/link/cable.ts";
import type { Device } from "../../src/link/device.ts";
import { SimNetwork } from "../../src/sim/sim-network.ts";
import * as c from "../../src/socket/constants.ts";
import { Process } from "../../src/socket/process.ts";
import {
  type FullSocketAddress,
  formatSocketName,
  parseSocketAddress,
  type SocketAddress,
  type SocketName,
} from "../../src/socket/socket-address.ts";

/** A host with both faces of its sockets: calls that wait, and calls that never do. */
export class Party {
  readonly net: SimNetwork;
  readonly host: Host;
  readonly sys: PromiseSockets;
  /** A second world of descriptors on the same stack. */
  readonly calls: Process;

  constructor(net: SimNetwork, name: string) {
    this.net = net;
    this.host = new Host({ name, runtime: net.runtime(name) });
    this.sys = this.host.sockets;
    this.calls = new Process(this.host.stack);
  }

  plug(device: Device, addresses: string[]): void {
    this.host.addInterface(device, { addresses, duplicateAddressDetection: 0 });
  }

  get now(): number {
    return this.net.now;
  }

  // The calls of `Process` with names as text, and with this world's time.

  socket(family: number, type: number, protocol = 0): number {
    const fd = this.calls.socket(family, type, protocol);
    assert.ok(fd > 0, `socket: ${errnoName(fd)}`);
    return fd;
  }

  bind(fd: number, text: string): number {
    return this.calls.bind(fd, name(text), this.now);
  }

  /** A bound socket; fails the test when that is refused. */
  bound(type: number, text: string, options: readonly number[] = []): number {
    const fd = this.socket(familyOf(text), type);
    for (const option of options) this.set(fd, c.SOL_SOCKET, option, 1);
    equalErrno(this.bind(fd, text), 0);
    return fd;
  }

  listener(text: string, backlog = 8, options: readonly number[] = []): number {
    const fd = this.bound(c.SOCK_STREAM, text, options);
    equalErrno(this.listen(fd, backlog), 0);
    return fd;
  }

  listen(fd: number, backlog: number): number {
    return this.calls.listen(fd, backlog, this.now);
  }

  connect(fd: number, text: string): number {
    return this.calls.connect(fd, name(text), this.now);
  }

  /** connect() to AF_UNSPEC. */
  dissolve(fd: number): number {
    const nobody = parse({ family: c.AF_UNSPEC });
    return this.calls.connect(fd, nobody, this.now);
  }

  accept(fd: number): number {
    return this.calls.accept(fd, 0, null, this.now);
  }

  send(fd: number, data: string | Uint8Array, flags = 0): number {
    return this.calls.send(fd, octets(data), flags, this.now);
  }

  sendto(fd: number, data: string | Uint8Array, text: string, flags = 0): number {
    return this.calls.sendto(fd, octets(data), flags, name(text), this.now);
  }

  /** What was received as text, or the name of the error. */
  recv(fd: number, length = 100, flags = 0): string {
    const buffer = new Uint8Array(length);
    const result = this.calls.recv(fd, buffer, flags, this.now);
    return result < 0 ? errnoName(result) : text(buffer.subarray(0, result));
  }

  /** Reads everything there is: how many octets. */
  drain(fd: number): number {
    const buffer = new Uint8Array(65_536);
    let total = 0;
    for (;;) {
      const result = this.calls.recv(fd, buffer, 0, this.now);
      if (result <= 0) return total;
      total += result;
    }
  }

  shutdown(fd: number, how: number): number {
    return this.calls.shutdown(fd, how, this.now);
  }

  close(fd: number): number {
    return this.calls.close(fd, this.now);
  }

  set(
    fd: number,
    level: number,
    option: number,
    value: Parameters<Process["setsockopt"]>[3],
  ): number {
    return this.calls.setsockopt(fd, level, option, value, this.now);
  }

  get(fd: number, level: number, option: number): unknown {
    const into = { value: 0 as unknown as never };
    const result = this.calls.getsockopt(fd, level, option, into);
    return result < 0 ? errnoName(result) : into.value;
  }

  /** `127.0.0.1:80`, or the name of the error. */
  local(fd: number): string {
    return show(this.calls.getsockname(fd));
  }

  peer(fd: number): string {
    return show(this.calls.getpeername(fd));
  }

  /** The port bound to. */
  port(fd: number): number {
    const local = this.calls.getsockname(fd);
    assert.ok(typeof local !== "number");
    return local.port;
  }

  /** Readiness as Linux's tools write it: `IN|OUT`, or `-`. */
  poll(fd: number): string {
    const entry = { fd, events: EVERYTHING, revents: 0 };
    this.calls.poll([entry]);
    return (
      POLL_NAMES.flatMap(([bit, label]) => (entry.revents & bit ? [label] : [])).join("|") || "-"
    );
  }
}

/** Two hosts at the ends of a cable, in virtual time: a has .1, b has .2, in both families. */
export class SocketWorld {
  readonly net: SimNetwork;
  readonly a: Party;
  readonly b: Party;

  constructor(options: CableOptions & { seed?: number } = {}) {
    this.net = new SimNetwork({ seed: options.seed ?? 1 });
    this.a = new Party(this.net, "a");
    this.b = new Party(this.net, "b");
    const [left, right] = cable(options);
    this.a.plug(left, ["10.0.0.1/24", "fd00::1/64"]);
    this.b.plug(right, ["10.0.0.2/24", "fd00::2/64"]);
  }

  /** Lets everything happen that happens within `ms`; a second is far more than a cable takes. */
  settle(ms = 1000): void {
    this.net.runSync({ forMs: ms });
  }

  /** Runs until `promise` is settled. */
  complete<T>(promise: Promise<T>): Promise<T> {
    return this.net.complete(promise);
  }

  /** A connection from a to a listener of b: [a's end, b's end, the listener]. */
  pair(family: "v4" | "v6" = "v4"): [number, number, number] {
    const listener = this.b.listener(family === "v4" ? "10.0.0.2:0" : "[fd00::2]:0");
    const client = this.a.socket(family === "v4" ? c.AF_INET : c.AF_INET6, c.SOCK_STREAM);
    const host = family === "v4" ? "10.0.0.2" : "[fd00::2]";
    equalErrno(this.a.connect(client, `${host}:${this.b.port(listener)}`), "EINPROGRESS");
    this.settle();
    equalErrno(this.a.calls.finishConnect(client, this.net.now), 0);
    const server = this.b.accept(listener);
    assert.ok(server > 0, errnoName(server));
    return [client, server, listener];
  }
}

/** Compares a result with a number or the name of an errno, and names what came instead. */
export function equalErrno(result: number, expected: number | ErrnoName, message?: string): void {
  const shown = result < 0 ? errnoName(result) : result;
  assert.equal(shown, expected, message);
}

export function throwsErrno(call: () => unknown, code: ErrnoName): void {
  assert.throws(call, (error) => isErrno(error, code));
}

export async function rejectsErrno(promise: Promise<unknown>, code: ErrnoName): Promise<void> {
  await assert.rejects(promise, (error) => isErrno(error, code));
}

export function octets(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** `10.0.0.1:80` or `[fd00::1]:80`. */
export function name(address: string): SocketName {
  return parse(socketAddress(address));
}

export function socketAddress(address: string): SocketAddress {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:]*)):(?<port>\d+)$/.exec(address)?.groups;
  assert.ok(match, `no address: ${address}`);
  const port = Number(match.port);
  return match.v6 === undefined
    ? { family: c.AF_INET, address: match.v4 ?? "", port }
    : { family: c.AF_INET6, address: match.v6, port };
}

function familyOf(address: string): number {
  return socketAddress(address).family;
}

function parse(address: SocketAddress): SocketName {
  const parsed = parseSocketAddress(address, () => 0);
  assert.ok(typeof parsed !== "number", `bad address ${JSON.stringify(address)}`);
  return parsed;
}

function show(named: SocketName | number): string {
  return typeof named === "number" ? errnoName(named) : showAddress(formatSocketName(named));
}

function showAddress({ family, address, port }: FullSocketAddress): string {
  return family === c.AF_INET6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function isErrno(error: unknown, code: ErrnoName): boolean {
  assert.ok(error instanceof SystemError, String(error));
  assert.equal(error.code, code);
  assert.equal(error.errno, Errno[code]);
  return true;
}

const POLL_NAMES = [
  [c.POLLIN, "IN"],
  [c.POLLPRI, "PRI"],
  [c.POLLOUT, "OUT"],
  [c.POLLERR, "ERR"],
  [c.POLLHUP, "HUP"],
  [c.POLLNVAL, "NVAL"],
  [c.POLLRDHUP, "RDHUP"],
] as const;
const EVERYTHING = c.POLLIN | c.POLLPRI | c.POLLOUT | c.POLLRDHUP;

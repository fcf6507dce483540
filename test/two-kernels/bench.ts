/** Sockets in the states that programs start from, and short ways to look at them. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import {
  AF_INET,
  AF_INET6,
  FIONREAD,
  MSG_DONTWAIT,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  SO_ERROR,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/index.ts";
import { maskNames, named, ok } from "./expect.ts";
import { viewOf } from "./linux-layout.ts";
import type { InetName, NameRoom, OptionRoom, Sys } from "./sys.ts";

export const LOOPBACK4 = "127.0.0.1";
export const LOOPBACK6 = "::1";
/** The address families of the Internet, each with its loopback. */
export const LOOPBACKS: readonly string[] = [LOOPBACK4, LOOPBACK6];
/** Everything that poll(2) may be asked for. */
export const ALL_EVENTS: number = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;

export interface Connected {
  readonly client: number;
  readonly server: number;
  readonly listener: number;
}

export class Bench {
  readonly sys: Sys;

  constructor(sys: Sys) {
    this.sys = sys;
  }

  stream(address: string = LOOPBACK4, flags = 0): Promise<number> {
    return ok(this.sys.socket(familyOf(address), SOCK_STREAM | flags));
  }

  datagram(address: string = LOOPBACK4, flags = 0): Promise<number> {
    return ok(this.sys.socket(familyOf(address), SOCK_DGRAM | flags));
  }

  /** Bound to a free port, with these flags of SOL_SOCKET on. */
  async bound(
    type: number,
    address: string = LOOPBACK4,
    options: readonly number[] = [],
  ): Promise<number> {
    const fd = await ok(this.sys.socket(familyOf(address), type));
    for (const option of options) await this.set(fd, SOL_SOCKET, option, 1);
    await ok(this.sys.bind(fd, at(address)));
    return fd;
  }

  async listener(address: string = LOOPBACK4, backlog = 16): Promise<number> {
    const fd = await this.bound(SOCK_STREAM, address);
    await ok(this.sys.listen(fd, backlog));
    return fd;
  }

  /** Two ends of an established connection over `address`. */
  async connected(address: string = LOOPBACK4): Promise<Connected> {
    const listener = await this.listener(address);
    const client = await this.stream(address);
    await ok(this.sys.connect(client, await this.name(listener)));
    const server = await ok(this.sys.accept(listener));
    return { client, server, listener };
  }

  /** An established connection whose peer has reset it; the error is still to be told. */
  async reset(address: string = LOOPBACK4): Promise<Connected> {
    const ends = await this.connected(address);
    await this.abort(ends.server);
    await this.ready(ends.client, POLLIN);
    return ends;
  }

  /** Two datagram sockets that know each other. */
  async datagrams(address: string = LOOPBACK4): Promise<[number, number]> {
    const [one, other] = [
      await this.bound(SOCK_DGRAM, address),
      await this.bound(SOCK_DGRAM, address),
    ];
    await ok(this.sys.connect(one, await this.name(other)));
    await ok(this.sys.connect(other, await this.name(one)));
    return [one, other];
  }

  /** A port where nobody is. */
  async nobody(address: string = LOOPBACK4, type: number = SOCK_STREAM): Promise<InetName> {
    const fd = await this.bound(type, address);
    const name = await this.name(fd);
    await ok(this.sys.close(fd));
    return name;
  }

  /** A non-blocking socket whose connection was refused while nobody looked. */
  async refused(address: string = LOOPBACK4): Promise<number> {
    const nobody = await this.nobody(address);
    const fd = await this.stream(address, SOCK_NONBLOCK);
    await this.sys.connect(fd, nobody);
    await this.ready(fd, POLLIN);
    return fd;
  }

  async name(fd: number): Promise<InetName> {
    const room: NameRoom = {};
    await ok(this.sys.getsockname(fd, room));
    return room.name as InetName;
  }

  async peer(fd: number): Promise<InetName> {
    const room: NameRoom = {};
    await ok(this.sys.getpeername(fd, room));
    return room.name as InetName;
  }

  async set(fd: number, level: number, option: number, value: number | Uint8Array): Promise<void> {
    await ok(this.sys.setsockopt(fd, level, option, value));
  }

  /** The value of an option that is an `int`. */
  async get(fd: number, level: number, option: number): Promise<number> {
    const room: OptionRoom = { octets: new Uint8Array(4) };
    await ok(this.sys.getsockopt(fd, level, option, room));
    return viewOf(room.octets).getInt32(0, true);
  }

  /** SO_ERROR by name; "0" for none. */
  async error(fd: number): Promise<string> {
    const error = await this.get(fd, SOL_SOCKET, SO_ERROR);
    return error === 0 ? "0" : named(-error);
  }

  /** What poll(2) says now. */
  async events(fd: number, interest: number = ALL_EVENTS): Promise<string> {
    return maskNames(await this.#poll(fd, interest, 0));
  }

  /** Fails unless poll(2) comes to say exactly this before long: "IN|OUT". */
  async becomes(fd: number, expected: string, interest: number = ALL_EVENTS): Promise<void> {
    for (let tries = 0; tries < 40; tries++) {
      if ((await this.events(fd, interest)) === expected) return;
      await (tries < 20 ? this.sys.settle() : delay(20));
    }
    assert.equal(await this.events(fd, interest), expected);
  }

  /** Waits for one of these events. */
  async ready(fd: number, interest: number): Promise<void> {
    await this.#poll(fd, interest, -1);
  }

  /** What recv() comes to: the text, or the error's name. */
  async receive(fd: number, room = 64, flags = 0): Promise<string> {
    const buffer = new Uint8Array(room);
    const result = await this.sys.recv(fd, buffer, flags);
    return result < 0 ? named(result) : textOf(buffer.subarray(0, Math.min(result, room)));
  }

  /** Sends all of a text; gives the error's name or the count. */
  async say(fd: number, text: string, flags = 0): Promise<string> {
    return named(await this.sys.send(fd, bytesOf(text), flags));
  }

  /** The number that an ioctl gives. */
  async ioctl(fd: number, request: number): Promise<number> {
    const room = { value: -1 };
    await ok(this.sys.ioctl(fd, request, room));
    return room.value;
  }

  /** Waits until exactly so many octets can be read. */
  async arrived(fd: number, octets: number): Promise<void> {
    for (let tries = 0; tries < 100 && (await this.ioctl(fd, FIONREAD)) < octets; tries++) {
      await this.sys.settle();
    }
    assert.equal(await this.ioctl(fd, FIONREAD), octets);
  }

  /** Ends a connection with RST. */
  async abort(fd: number): Promise<void> {
    await this.set(fd, SOL_SOCKET, SO_LINGER, lingerValue(0));
    await ok(this.sys.close(fd));
  }

  /** Fills what there is between two ends until it stays full for `quietMs`; gives the octets that fitted. */
  async fill(fd: number, quietMs = FULL_FOR_MS): Promise<number> {
    const block = new Uint8Array(1 << 18);
    let total = 0;
    for (let refusedAt = 0; refusedAt === 0 || performance.now() - refusedAt < quietMs; ) {
      const taken = await this.sys.send(fd, block, MSG_DONTWAIT);
      total += Math.max(taken, 0);
      if (taken >= 0) refusedAt = 0;
      else refusedAt ||= performance.now();
      if (taken < 0) await this.sys.settle();
    }
    return total;
  }

  async #poll(fd: number, events: number, timeoutMs: number): Promise<number> {
    const record = { fd, events, revents: 0 };
    await ok(this.sys.poll([record], timeoutMs));
    return record.revents;
  }
}

/** Acknowledgments may be late by 40 ms, and what they free is filled again. */
const FULL_FOR_MS = 60;

/** A name at `address`: any port, unless told. */
export function at(address: string, port = 0): InetName {
  return { family: familyOf(address), address, port };
}

/** For what goes on beside the program: it must not be missed as a failure of nobody when that ends first. */
export function meanwhile<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

export function familyOf(address: string): number {
  return address.includes(":") ? AF_INET6 : AF_INET;
}

export function wildcardOf(address: string): string {
  return address.includes(":") ? "::" : "0.0.0.0";
}

/** `struct timeval`. */
export function timeValue(seconds: number, microseconds = 0): Uint8Array {
  const octets = new Uint8Array(16);
  viewOf(octets).setBigInt64(0, BigInt(seconds), true);
  viewOf(octets).setBigInt64(8, BigInt(microseconds), true);
  return octets;
}

/** `struct timeval` of less than a second. */
export function milliseconds(ms: number): Uint8Array {
  return timeValue(0, 1000 * ms);
}

/** `struct linger`, on. */
export function lingerValue(seconds: number): Uint8Array {
  return Uint8Array.of(1, 0, 0, 0, seconds, 0, 0, 0);
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

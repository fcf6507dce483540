import { Errno } from "../../src/base/errno.ts";
import { IpAddress } from "../../src/base/ip-address.ts";
import { type RandomSource, randomBelow } from "../../src/base/random.ts";
import * as c from "../../src/socket/constants.ts";
import { Process } from "../../src/socket/process.ts";
import type { SocketName } from "../../src/socket/socket-address.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { PEER_4, PEER_6, TCP_PORT, UDP_PORT } from "./corpus.ts";
import { PEER_PORT } from "./peer.ts";

/** Connections the program keeps; the oldest makes room. */
const MAX_CONNECTIONS = 24;

/**
 * The program on the host: an echo server over TCP and UDP, both families, that also opens
 * connections, sends bursts and closes things at odd moments.
 */
export class Application {
  /** Octets read from connections, connections accepted, datagrams received, those of several fragments. */
  octets = 0;
  datagrams = 0;
  reassembled = 0;
  accepted = 0;
  readonly #process: Process;
  readonly #random: RandomSource;
  readonly #listener: number;
  readonly #datagramSocket: number;
  readonly #connections: number[] = [];
  readonly #buffer = new Uint8Array(4096);

  constructor(stack: Stack, random: RandomSource, now: number) {
    this.#process = new Process(stack);
    this.#random = random;
    this.#listener = this.#open(c.SOCK_STREAM, TCP_PORT, now);
    expect(this.#process.listen(this.#listener, 16, now));
    this.#datagramSocket = this.#open(c.SOCK_DGRAM, UDP_PORT, now);
  }

  /** Does what a program does when it is woken. */
  run(now: number): void {
    this.#accept(now);
    for (let at = this.#connections.length - 1; at >= 0; at--) this.#serve(at, now);
    this.#answerDatagrams(now);
    if (randomBelow(this.#random, 50) === 0) this.#connect(now);
  }

  close(now: number): void {
    this.#process.exit(now);
  }

  #open(type: number, port: number, now: number): number {
    const fd = expect(this.#process.socket(c.AF_INET6, type | c.SOCK_NONBLOCK, 0));
    expect(this.#process.bind(fd, nameOf(IpAddress.ANY6, port), now));
    return fd;
  }

  #accept(now: number): void {
    for (;;) {
      const fd = this.#process.accept(this.#listener, c.SOCK_NONBLOCK, null, now);
      if (fd < 0) return;
      this.accepted++;
      this.#keep(fd, now);
    }
  }

  #keep(fd: number, now: number): void {
    this.#connections.push(fd);
    if (this.#connections.length > MAX_CONNECTIONS) this.#drop(0, now);
  }

  #drop(at: number, now: number): void {
    const [fd] = this.#connections.splice(at, 1);
    this.#process.close(fd as number, now);
  }

  #serve(at: number, now: number): void {
    const fd = this.#connections[at] as number;
    const octets = this.#process.read(fd, this.#buffer, now);
    if (octets > 0) {
      this.octets += octets;
      this.#process.write(fd, this.#buffer.subarray(0, octets), now);
    } else if (octets !== -Errno.EAGAIN && octets !== -Errno.ENOTCONN) {
      return this.#drop(at, now);
    }
    switch (randomBelow(this.#random, 4000)) {
      case 0:
        return this.#drop(at, now);
      case 1:
        this.#process.shutdown(fd, c.SHUT_WR, now);
        return;
      case 2:
        this.#process.write(fd, this.#buffer, now);
    }
  }

  #answerDatagrams(now: number): void {
    for (;;) {
      const octets = this.#process.recv(this.#datagramSocket, this.#buffer, 0, now);
      if (octets === -Errno.EAGAIN) return;
      if (octets < 0) continue;
      this.datagrams++;
      if (octets === 3000) this.reassembled++;
      if (randomBelow(this.#random, 8) !== 0) continue;
      const peer = nameOf(octets & 1 ? PEER_4 : PEER_6, UDP_PORT);
      const answer = this.#buffer.subarray(0, octets);
      this.#process.sendto(this.#datagramSocket, answer, 0, peer, now);
    }
  }

  #connect(now: number): void {
    const fd = this.#process.socket(c.AF_INET6, c.SOCK_STREAM | c.SOCK_NONBLOCK, 0);
    if (fd < 0) return;
    const address = this.#random.int32() & 1 ? PEER_4 : PEER_6;
    this.#process.connect(fd, nameOf(address, PEER_PORT), now);
    this.#keep(fd, now);
  }
}

function nameOf(address: IpAddress, port: number): SocketName {
  return { family: c.AF_INET6, address, port, scopeId: 0 };
}

function expect(result: number): number {
  if (result < 0) throw new Error(`a call failed with ${result}`);
  return result;
}

/** A whole host whose wire is the test: frames go in as octets, and what it sends is kept. Time moves when told. */
import assert from "node:assert/strict";
import type { DropReason } from "../../src/base/drop-reason.ts";
import { errnoName } from "../../src/base/errno.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { IpInterface } from "../../src/ip/interface.ts";
import * as c from "../../src/socket/constants.ts";
import { Process } from "../../src/socket/process.ts";
import type { InterfaceConfig } from "../../src/stack/interface-config.ts";
import { Stack } from "../../src/stack/stack.ts";
import type { TcpFlow } from "../../src/stack/tcp-flow.ts";
import type { TcpConfig } from "../../src/tcp/config.ts";
import { PacketBuffer } from "../../src/wire/packet-buffer.ts";
import { FrameFormatter } from "../../src/wire/pretty.ts";
import type { Ends } from "./frame-builders.ts";
import { FakeDevice } from "./link-devices.ts";
import { FAMILIES, OUR_MAC, PEER_MAC } from "./network-host.ts";
import { name } from "./socket-world.ts";

export interface HostWireOptions {
  readonly tcp?: Partial<TcpConfig>;
  readonly config?: InterfaceConfig;
  readonly seed?: number;
  /** Where the clock begins, ms. */
  readonly now?: number;
  /** Whether the peer's link address is known from the start; default true. */
  readonly knowsPeer?: boolean;
  /** An Ethernet card without offload unless given. */
  readonly card?: FakeDevice;
}

/** 10.77.0.1 and fd77::1; the peer is .2 in both. */
export class HostWire {
  readonly stack: Stack;
  readonly calls: Process;
  readonly card: FakeDevice;
  readonly iface: IpInterface;
  now: number;
  /** Turns taken, for tests of how much work something makes. */
  turns = 0;
  readonly #formatter = new FrameFormatter();
  #isWoken = false;

  constructor(options: HostWireOptions = {}) {
    const { seed = 1, tcp = {}, config, knowsPeer = true } = options;
    this.now = options.now ?? 0;
    this.card = options.card ?? new FakeDevice({ mac: OUR_MAC });
    const wake = (): void => {
      this.#isWoken = true;
    };
    const [random, secureRandom] = [new SeededRandom(seed), new SeededRandom(seed + 1000)];
    this.stack = new Stack({ random, secureRandom, tcp, owner: { wake, run: wake } }, this.now);
    this.calls = new Process(this.stack, { maxDescriptors: 1 << 20 });
    const iface = this.stack.addInterface(this.card, { ...QUIET, ...config }, this.now);
    assert.ok(typeof iface === "object", "the interface is up");
    this.iface = iface;
    const { network } = this.stack;
    if (knowsPeer) {
      for (const { peer } of FAMILIES) network.setNeighbor(iface, peer, PEER_MAC, this.now);
    }
    this.rest();
    this.card.sent.length = 0;
  }

  /** Frames arrive, each a batch of its own. */
  feed(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.feedTogether(frame);
  }

  /** Frames arrive together. */
  feedTogether(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.card.waiting.push(packetOf(frame));
    this.rest();
  }

  /** Takes turns until there is nothing left to do now. */
  rest(): void {
    for (let turns = 0; turns < MAX_TURNS; turns++) {
      this.#isWoken = false;
      this.turns++;
      if (!this.stack.turn(this.now) && !this.#isWoken) return;
    }
    assert.fail("the stack never comes to rest");
  }

  /** Lets `ms` pass, with everything that is due on the way at its own time. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let next = this.stack.pollTimeout(); next <= until; next = this.stack.pollTimeout()) {
      const before = this.now;
      this.now = Math.max(this.now, next);
      this.rest();
      const isStuck = this.now === before && this.stack.pollTimeout() <= this.now;
      assert.ok(!isStuck, `at ${this.now} ms: what is due stays due`);
    }
    this.now = until;
    this.rest();
  }

  /** A dual-stack listener. */
  listen(port: number, backlog = 128): number {
    const fd = this.calls.socket(c.AF_INET6, c.SOCK_STREAM, 0);
    assert.equal(this.calls.bind(fd, name(`[::]:${port}`), this.now), 0);
    assert.equal(this.calls.listen(fd, backlog, this.now), 0);
    return fd;
  }

  /** The next connection of a listener. */
  accept(listener: number): number {
    const fd = this.calls.accept(listener, 0, null, this.now);
    assert.ok(fd > 0, `accept: ${errnoName(fd)}`);
    return fd;
  }

  /** A UDP socket of both families. */
  bindUdp(port: number): number {
    const fd = this.calls.socket(c.AF_INET6, c.SOCK_DGRAM, 0);
    assert.equal(this.calls.bind(fd, name(`[::]:${port}`), this.now), 0);
    return fd;
  }

  flows(): TcpFlow[] {
    return [...this.stack.tcp.flows()];
  }

  /** Octets of memory in the buffers of all connections. */
  storageOctets(): number {
    return this.flows().reduce((sum, { connection }) => sum + connection.storageOctets, 0);
  }

  /** Frames sent since the last look, as octets. */
  frames(): Uint8Array[] {
    return this.card.sent.splice(0).map(({ octets }) => octets);
  }

  /** The same as tcpdump tells them. */
  sent(): string[] {
    return this.frames().map((frame) => {
      const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
      return this.#formatter.format(view, 0, frame.length, "ethernet");
    });
  }

  dropped(reason: DropReason): number {
    return this.stack.counters.dropped(reason);
  }
}

/** From the peer to the host, or from elsewhere. */
export function inward(isV6: boolean, given: Partial<Ends> = {}): Ends {
  return { ...FAMILIES[isV6 ? 1 : 0]!.inward, ...given };
}

/** Addresses at once, without checks and announcements. */
const QUIET: InterfaceConfig = {
  addresses: ["10.77.0.1/24", "fd77::1/64"],
  conflictDetection: "off",
  duplicateAddressDetection: 0,
  linkLocal: false,
};

const MAX_TURNS = 100_000;

function packetOf(frame: Uint8Array): PacketBuffer {
  const packet = new PacketBuffer(Math.max(2048, frame.length + 256));
  packet.reset();
  packet.bytes.set(frame, packet.start);
  packet.end = packet.start + frame.length;
  return packet;
}
